"""The words of the trace language: recording twins of Keras' layers and operations, blocks, branches and loops."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import DuplicatePathError, SpaceError
from .decision import Choice, FloatRange, IntRange, Optional
from .expression import Dim, Expr, Ref, ceil_div
from .graph import Nested, Node, Region, Target, Value, nest_map
from .trace import Trace, check_name, snake

DECLARATIONS = (Choice, IntRange, FloatRange, Optional)


class Layer:
    """A recorded layer; as in Keras, calling the same object twice shares its weights."""

    def __init__(self, target: Target, found: Any, args: tuple[Any, ...], kwargs: dict[str, Any], kind: str = "layer") -> None:
        if args:
            names = [n for n, p in inspect.signature(found).parameters.items() if p.kind is not p.VAR_KEYWORD]
            if len(args) > len(names):
                raise SpaceError(f"{target.short} takes at most {len(names)} arguments by position. Received: {len(args)}.")
            kwargs = {**dict(zip(names, args, strict=False)), **kwargs}
        self.given = kwargs.pop("name", None)
        for key, value in kwargs.items():
            if isinstance(value, DECLARATIONS):
                raise SpaceError(
                    f"{target.short}({key}={value!r}): a decision is declared as a keyword default of a block, so that it has a name and a "
                    f"path: @block(...) def f(x, *, {key}=...)."
                )
        self.target, self.kind, self.path = target, kind, ""
        self.config = {k: _frozen(v) for k, v in kwargs.items()}
        self.__name__ = self.given or snake(target.short)

    def __call__(self, *args: Any, **kwargs: Any) -> Value:
        trace = Trace.current(self.target.short)
        frame = trace.frame
        local = trace.local(snake(self.target.short), self.given if not self.path else None)
        if not self.path:
            self.path = "/".join((*frame.layers, local))
        path = "/".join((*frame.nodes, local))
        return trace.add(Node(self.kind, path, self.target, self.config, args, kwargs, layer=self.path))


def _frozen(value: Any) -> Any:
    """A constructor argument with recorded layers inside turned into data."""
    if isinstance(value, Layer):
        return Nested(value.target, value.config if value.given is None else {**value.config, "name": value.given})
    if isinstance(value, tuple | list):
        return type(value)(map(_frozen, value))
    if isinstance(value, dict):
        return {k: _frozen(v) for k, v in value.items()}
    return value


class _Layers:
    """Recording twin of ``keras.layers``."""

    def __getattr__(self, name: str) -> Callable[..., Layer]:
        if name.startswith("_"):
            raise AttributeError(name)
        import keras

        found = getattr(keras.layers, name, None)
        if found is None:
            raise SpaceError(f"Keras has no layer `{name}`. Wrap a layer of your own: custom({name})(...).")
        return lambda *args, **kwargs: Layer(Target(f"keras.layers:{name}", found), found, args, kwargs)


class _Ops:
    """Recording twin of ``keras.ops``."""

    def __getattr__(self, name: str) -> Callable[..., Value]:
        if name.startswith("_"):
            raise AttributeError(name)
        import keras

        found = keras.ops
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is None:
            raise SpaceError(f"Keras has no operation `{name}` in keras.ops.")
        return lambda *args, **kwargs: record(Target(f"keras.ops:{name}", found), *args, **kwargs)


layers, ops = _Layers(), _Ops()


def record(target: Target, *args: Any, **kwargs: Any) -> Value:
    """Record the call of an operation."""
    trace = Trace.current(target.short)
    path = "/".join((*trace.frame.nodes, trace.local(target.short)))
    return trace.add(Node("op", path, target, {}, args, kwargs))


def custom(cls: type) -> Callable[..., Layer]:
    """The recording twin of a Keras layer class of one's own, also one defined in a notebook.

    Args:
        cls: A subclass of ``keras.layers.Layer``; everything its constructor takes must be plain data.
    """

    def make(*args: Any, **kwargs: Any) -> Layer:
        return Layer(Trace.current(cls.__name__).target(cls), cls, args, kwargs)

    return make


def external(factory: Callable[..., Any], *args: Any, trainable: Any = True, **kwargs: Any) -> Layer:
    """A nested model, such as a pretrained backbone, made by a function.

    Args:
        factory: Returns a Keras model; importable, or defined in the notebook.
        *args: What the factory is called with.
        trainable: Whether its weights are trained; may be a decision.
        **kwargs: What the factory is called with.
    """
    found = Trace.current(getattr(factory, "__name__", "external")).target(factory)
    layer = Layer(found, factory, args, kwargs, "external")
    layer.config["trainable"] = trainable
    return layer


def _arithmetic(name: str, reverse: bool = False) -> Callable[[Value, Any], Value]:
    def method(self: Value, other: Any) -> Value:
        operation = getattr(ops, name)
        return operation(other, self) if reverse else operation(self, other)  # type: ignore[no-any-return]

    return method


for _method, _operation in {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul", "pow": "power"}.items():
    setattr(Value, f"__{_method}__", _arithmetic(_operation))
    setattr(Value, f"__r{_method}__", _arithmetic(_operation, reverse=True))


def _negative(self: Value) -> Value:
    return ops.negative(self)


def _item(self: Value, key: Any) -> Value:
    """An integer or name takes an output of a call with several; anything else slices the tensor."""
    if isinstance(key, int | str) and self.item is None:
        return Value(self.node, key, self.depth)
    import operator

    return record(Target("operator:getitem", operator.getitem), self, key)


Value.__neg__ = _negative  # type: ignore[attr-defined]
Value.__getitem__ = _item  # type: ignore[attr-defined]


def dim(x: Value, axis: int) -> Dim:
    """One dimension of a tensor, known when a genotype is made concrete; axis 0 is the batch."""
    return Dim(x, axis)


def channels(x: Value) -> Dim:
    """The last dimension of a tensor."""
    return Dim(x, -1)


def size(x: Value) -> Dim:
    """The first dimension after the batch: a picture's height, a sequence's length."""
    return Dim(x, 1)


def require(condition: Expr) -> None:
    """Demand a condition; it narrows the last decision that it mentions.

    Place it before that decision is used. Sampling draws that decision again among the values that meet the condition;
    a genotype that breaks it is refused.

    Raises:
        SpaceError: If the condition mentions no decision.
    """
    if not isinstance(condition, Expr) or not list(condition.refs()):
        raise SpaceError(f"require(...) needs a condition on a decision. Received: {condition!r}.")
    Trace.current("require").add(Node("require", "", index=condition))


class Block:
    """A function over recorded tensors whose keyword defaults may be decisions; made by ``@block(name)``."""

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str,
        fixed: dict[str, Any] | None = None,
        ties: tuple[str, ...] | None = None,
        share: tuple[str, ...] | None = None,
    ) -> None:
        self.fn, self.name, self.fixed, self.ties, self.share = fn, name, fixed or {}, ties, share
        self.__doc__ = fn.__doc__
        self.__name__ = name

    def using(self, **fixed: Any) -> Block:
        """The same block with some keywords fixed (or declared otherwise).

        Raises:
            SpaceError: If the block has no such keyword.
        """
        known = self._keywords()
        for name in fixed:
            if name not in known:
                raise SpaceError(f"The block '{self.name}' has no keyword '{name}'. It has: {sorted(known)}.")
        return Block(self.fn, self.name, {**self.fixed, **fixed}, self.ties, self.share)

    def _keywords(self) -> dict[str, inspect.Parameter]:
        return {n: p for n, p in inspect.signature(self.fn).parameters.items() if p.kind is p.KEYWORD_ONLY}

    def __call__(self, *xs: Any, name: str | None = None, **keywords: Any) -> Any:
        trace = Trace.current(self.name)
        outer, part = trace.frame, name or self.name
        check_name(part)
        keywords = {**self.fixed, **keywords}
        parameters = self._keywords()
        for key in keywords:
            if key not in parameters:
                raise SpaceError(f"The block '{self.name}' has no keyword '{key}'. It has: {sorted(parameters)}.")
        missing = [n for n, p in parameters.items() if p.default is p.empty and n not in keywords]
        if missing:
            raise SpaceError(f"The block '{self.name}' needs {missing}: pass them, or fix them with using(...).")
        key, count = (*outer.nodes, part), 1
        if key in trace.blocks and name:
            raise DuplicatePathError(f"Two calls are named '{name}' in '{'/'.join(outer.nodes) or 'the space'}'. Rename one.")
        while key in trace.blocks:
            count += 1
            key = (*outer.nodes, f"{part}_{count}")
        trace.blocks.add(key)
        with trace.scope(key[-1], decisions=self.ties, layers=self.share, tied=self.ties is not None) as region:
            if count > 1:
                trace.frame.positional = self.name
            values = {n: _parameter(trace, n, keywords.get(n, p.default)) for n, p in parameters.items()}
            region.out = self.fn(*xs, **values)
            prefix = "/".join(trace.frame.layers)
        node = Node("block", "/".join(key), self.name, {"prefix": prefix}, xs, {}, regions=(region,))
        return _wrapped(trace.add(node), region.out)


def _parameter(trace: Trace, name: str, given: Any) -> Any:
    return Ref(trace.decide(name, given)) if isinstance(given, DECLARATIONS) else given


def _wrapped(value: Value, out: Any) -> Any:
    """The outputs of a block or pick, as its author returned them."""
    if isinstance(out, dict):
        return {k: Value(value.node, k, value.depth) for k in out}
    if isinstance(out, tuple | list):
        return type(out)(Value(value.node, i, value.depth) for i in range(len(out)))
    return value


def block(name: str) -> Callable[[Callable[..., Any]], Block]:
    """Make a block of a function: its keyword-only defaults that are declarations become decisions.

    Args:
        name: Its name in paths, e.g. ``"image/residual"``.
    """
    check_name(name)
    return lambda fn: Block(fn, name)


def tied(what: Block, name: str) -> Block:
    """A block all of whose calls take the same decisions, declared at the first call, with weights of their own."""
    frame = Trace.current("tied").frame
    return Block(what.fn, what.name, what.fixed, (*frame.decisions, name), what.share)


def shared(what: Block, name: str) -> Block:
    """A block all of whose calls take the same decisions and the same weights."""
    frame = Trace.current("shared").frame
    return Block(what.fn, what.name, what.fixed, (*frame.decisions, name), (*frame.layers, name))


def pick(choice: Any, *xs: Any) -> Any:
    """One branch per option of a structural choice, each called with ``xs``; None leaves a tensor as it is.

    Args:
        choice: A decision declared as a Choice over functions or blocks (or one function, where it was fixed).
        *xs: What each branch is called with.

    Raises:
        SpaceError: If the choice is over plain values.
    """
    if not isinstance(choice, Ref):
        if isinstance(choice, Expr):
            raise SpaceError(f"pick(...) needs a decision itself, not arithmetic on it. Received: {choice!r}. Use when(...).")
        return (xs[0] if len(xs) == 1 else xs) if choice is None else choice(*xs)
    decision = choice.decision
    if not decision.bodies:
        raise SpaceError(
            f"pick(...) needs functions to choose from, and '{decision.path}' is over {decision.options}. "
            "Declare it as Choice(label=function, ...), or use when(choice == value, a, b)."
        )
    name = decision.path.rpartition("/")[2]
    branches = {f"{name}={label}": body for label, body in zip(decision.options, decision.bodies, strict=True)}
    trace = Trace.current("pick")
    regions = []
    for label, body in branches.items():
        with trace.scope(label) as region:
            region.out = (xs[0] if len(xs) == 1 else xs) if body is None else body(*xs)
        regions.append(region)
    return _branch(trace, Ref(decision, position=True), regions, trace.local(f"pick_{name}"), xs)


def when(condition: Any, yes: Any, no: Any, name: str | None = None) -> Any:
    """Two branches, each a value or a function without arguments.

    Args:
        condition: May mix decisions and tensor sizes.
        yes: Taken where the condition holds.
        no: Taken where it does not.
        name: Scope of what the branches declare; without one, decisions inside take the surrounding scope.
    """
    if not isinstance(condition, Expr):
        chosen = yes if condition else no
        return chosen() if callable(chosen) else chosen
    trace = Trace.current("when")
    outer = trace.frame
    local = trace.local("when", name)
    regions = []
    for label, body in (("no", no), ("yes", yes)):
        part = f"{local}={label}"
        with trace.scope(part, decisions=None if name else outer.decisions) as region:
            region.out = body() if callable(body) and not isinstance(body, Value) else body
        regions.append(region)
    return _branch(trace, condition, regions, local, ())


def _branch(trace: Trace, index: Expr, regions: list[Region], local: str, xs: tuple[Any, ...]) -> Any:
    shapes = {_shape(r.out) for r in regions}
    if len(shapes) > 1:
        raise SpaceError(
            f"The branches of '{'/'.join((*trace.frame.nodes, local))}' return different things: "
            f"{', '.join(f'{r.label}: {_shape(r.out)}' for r in regions)}. Return the same structure from each."
        )
    node = Node("pick", "/".join((*trace.frame.nodes, local)), args=xs, regions=tuple(regions), index=index)
    return _wrapped(trace.add(node), regions[0].out)


def _shape(out: Any) -> str:
    if isinstance(out, dict):
        return f"a dict of {sorted(out)}"
    if isinstance(out, tuple | list):
        return f"{len(out)} tensors"
    return "one tensor" if isinstance(out, Value) else f"{type(out).__name__}"


def repeat(count: Any, body: Callable[..., Any], x: Any, name: str | None = None, *, tie: bool = False) -> Any:
    """Apply a body several times; the count may be a decision.

    Args:
        count: An integer or a decision over integers.
        body: A block, or a function ``(x, name)``; gets the name ``NAME/0``, ``NAME/1``, ...
        x: A tensor or several.
        name: Scope of the steps; the block's name if not given.
        tie: One set of decisions for all steps, instead of one a step.

    Raises:
        SpaceError: If the count is neither an integer nor a decision over integers.
    """
    trace = Trace.current("repeat")
    name = name or (body.name if isinstance(body, Block) else getattr(body, "__name__", "step").strip("<>"))
    if tie:
        if not isinstance(body, Block):
            raise SpaceError("repeat(..., tie=True) needs a block, since only a block holds decisions.")
        body = tied(body, name)
    if isinstance(count, Ref) and not count.position and all(isinstance(o, int) and not isinstance(o, bool) for o in count.decision.domain()):
        steps = sorted(o for o in count.decision.domain() if isinstance(o, int))
        low, high = steps[0], steps[-1]
    elif isinstance(count, int) and not isinstance(count, bool):
        low = high = count
    else:
        raise SpaceError(f"repeat(...) needs an integer or a decision over integers. Received: {count!r}.")
    for i in range(high):
        if i < low:
            x = body(x, name=f"{name}/{i}")
            continue
        outer = trace.frame
        keep = {"decisions": outer.decisions, "layers": outer.layers, "nodes": outer.nodes, "fresh": False}
        with trace.scope(f"{name}/{i}=no", **keep) as no:  # type: ignore[arg-type]
            no.out = x
        with trace.scope(f"{name}/{i}=yes", **keep) as yes:  # type: ignore[arg-type]
            yes.out = body(x, name=f"{name}/{i}")
        x = _branch(trace, count > i, [no, yes], f"{name}/{i}?", ())
    return x


def match_like(x: Value, y: Value, name: str = "match") -> Any:
    """``x``, through a strided 1x1 convolution only where its shape differs from that of ``y`` (pictures)."""

    def project() -> Value:
        strides = ceil_div(size(x), size(y))
        return layers.Conv2D(channels(y), 1, strides=strides, padding="same", use_bias=False, name="projection")(x)

    return when((channels(x) != channels(y)) | (size(x) != size(y)), project, x, name)


def resolve_nested(x: Any, make: Callable[[Nested], Any]) -> Any:
    """A configuration with every wrapped layer made by ``make``."""
    return nest_map(make, Nested, x)
