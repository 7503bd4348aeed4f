"""Recording twins of Keras' layers and operations, of layers of one's own, and of whole models."""

from __future__ import annotations

import difflib
import inspect
import types
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

from ..errors import SpaceError
from .decision import DECLARATIONS
from .graph import Nested, Node, Target, nest_leaves
from .later import Later, waits
from .trace import Trace, snake

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, partial, type)


class Layer:
    """A recorded layer; as in Keras, calling the same object twice shares its weights."""

    recorded = True

    def __init__(
        self, target: Target, found: Any, args: tuple[Any, ...], kwargs: dict[str, Any], kind: str = "layer"
    ) -> None:
        config = {**_by_name(target.short, found, args), **kwargs}
        self.given = config.pop("name", None)
        if self.given is not None and not isinstance(self.given, str):
            raise SpaceError(
                f"The name of a layer is a string, the same for all genotypes. Received: {self.given!r}."
            )
        for key, value in config.items():
            _refuse_declarations(f"{target.short}({key}=...)", value)
        self.target, self.kind = target, kind
        self.config = {k: _frozen(v) for k, v in config.items()}
        self.__name__ = self.given or snake(target.short)
        self._home: tuple[ref[Trace], str] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Record a call."""
        if waits(args, kwargs):
            return Later(self, args, kwargs)
        trace = Trace.current(self.target.short)
        frame, known = trace.frame, self._path(trace)
        _refuse_declarations(f"{self.target.short}(...)(...)", (args, kwargs))
        local = trace.local(snake(self.target.short), self.given if known is None else None)
        if known is None:
            known = "/".join((*frame.layers, local))
            trace.weigh(known)
            self._home = (ref(trace), known)
            for found in functions(self.config):
                trace.target(found)
        path = "/".join((*frame.nodes, local))
        return trace.add(Node(self.kind, path, self.target, self.config, args, kwargs, layer=known))

    def _path(self, trace: Trace) -> str | None:
        """The name of its weights in a trace; None before its first call there."""
        return self._home[1] if self._home is not None and self._home[0]() is trace else None


def _by_name(called: str, found: Any, args: tuple[Any, ...]) -> dict[str, Any]:
    """Arguments given by position, by their names."""
    if not args:
        return {}
    names = [n for n, p in inspect.signature(found).parameters.items() if p.kind in POSITIONAL]
    if len(args) > len(names):
        raise SpaceError(
            f"{called} takes at most {len(names)} arguments by position, {names}. Received: {len(args)}. "
            "Name the others."
        )
    return dict(zip(names, args, strict=False))


def _refuse_declarations(where: str, value: Any) -> None:
    for found in nest_leaves(DECLARATIONS, value):
        raise SpaceError(
            f"{where} was given {found!r}. A decision is declared as a keyword default of a block, so that "
            "it has a path: "
            "@block(...) def f(x, *, units=Choice(8, 16)). It cannot be made inside a call."
        )


def _frozen(value: Any) -> Any:
    """A constructor argument with recorded layers inside turned into data."""
    if isinstance(value, Layer):
        return Nested(
            value.target, value.config if value.given is None else {**value.config, "name": value.given}
        )
    if isinstance(value, list | tuple):
        return (
            type(value)(map(_frozen, value)) if not hasattr(value, "_fields") else tuple(map(_frozen, value))
        )
    if isinstance(value, dict):
        return {k: _frozen(v) for k, v in value.items()}
    return value


def functions(config: Any) -> list[Any]:
    """Every function or class among the arguments of a layer; they are stored by name."""
    if isinstance(config, Nested):
        return [*functions(config.config)]
    if isinstance(config, dict):
        return [f for v in config.values() for f in functions(v)]
    if isinstance(config, list | tuple):
        return [f for v in config for f in functions(v)]
    return [config] if isinstance(config, FUNCTIONS) else []


class _Layers:
    """Recording twin of ``keras.layers``, and of our own layers (``kerasnas/layers/``)."""

    def __getattr__(self, name: str) -> Callable[..., Layer]:
        if name.startswith("_"):
            raise AttributeError(name)
        import keras

        from ..layers import own

        found, ours = getattr(keras.layers, name, None), own(name)
        if found is None and ours is not None:
            return custom(ours)
        if found is None:
            close = difflib.get_close_matches(name, dir(self), 1)
            hint = (
                f"Did you mean `{close[0]}`?" if close else f"Wrap a layer of your own: custom({name})(...)."
            )
            raise SpaceError(f"Keras has no layer `{name}`. {hint}")

        def make(*args: Any, **kwargs: Any) -> Layer:
            return Layer(Target(f"keras.layers:{name}", found), found, args, kwargs)

        return make

    def __dir__(self) -> list[str]:
        import keras

        from ..layers import OWN

        return [*dir(keras.layers), *OWN]


class _Ops:
    """Recording twin of ``keras.ops``, or of a module inside it such as ``keras.ops.image``."""

    def __init__(self, inside: str = "") -> None:
        self._inside = inside

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        module = self._module()
        found, path = getattr(module, name, None), f"{self._inside}{name}"
        if found is None:
            close = difflib.get_close_matches(name, dir(module), 1)
            hint = f"Did you mean `{close[0]}`?" if close else "It is not in keras.ops."
            raise SpaceError(f"Keras has no operation `{path}`. {hint}")
        if inspect.ismodule(found):
            return _Ops(f"{path}.")

        def call(*args: Any, **kwargs: Any) -> Any:
            return record(Target(f"keras.ops:{path}", found), *args, **kwargs)

        return call

    def _module(self) -> Any:
        import keras

        module = keras.ops
        for part in filter(None, self._inside.split(".")):
            module = getattr(module, part)
        return module

    def __dir__(self) -> list[str]:
        return dir(self._module())


layers, ops = _Layers(), _Ops()


def record(target: Target, *args: Any, **kwargs: Any) -> Any:
    """Record the call of an operation."""
    if waits(args, kwargs):
        return Later(partial(record, target), args, kwargs)
    trace = Trace.current(target.short)
    _refuse_declarations(f"ops.{target.short}(...)", (args, kwargs))
    path = "/".join((*trace.frame.nodes, trace.local(target.short)))
    return trace.add(Node("op", path, target, {}, args, kwargs))


def custom(cls: type) -> Callable[..., Layer]:
    """The recording twin of a Keras layer class of one's own, also one defined in a notebook.

    Args:
        cls: A subclass of ``keras.layers.Layer``; everything its constructor takes must be plain data.

    Raises:
        SpaceError: If it is not a class.
    """
    if not isinstance(cls, type):
        raise SpaceError(
            f"custom(...) wraps a layer class. Received: {cls!r}. For a function that makes a model: "
            "external(...)."
        )

    def make(*args: Any, **kwargs: Any) -> Layer:
        return Layer(Trace.current(cls.__name__).target(cls), cls, args, kwargs)

    return make


def external(factory: Callable[..., Any], *args: Any, trainable: Any = True, **kwargs: Any) -> Layer:
    """A nested model, such as a pretrained backbone, made by a function.

    The function is called once for each model that is built. Its own name for the model stays.

    Args:
        factory: Returns a Keras model; importable, or defined in the notebook.
        *args: What the factory is called with.
        trainable: Whether its weights are trained; may be a decision.
        **kwargs: What the factory is called with; ``name`` names the weights in this space instead.

    Raises:
        SpaceError: If ``factory`` is a model instead of a function that makes one.
    """
    if not callable(factory) or (hasattr(factory, "get_config") and not isinstance(factory, type)):
        raise SpaceError(
            "external(...) needs a function that makes the model, so that each candidate has its own. "
            f"Received: {factory!r}. "
            "Load or build the model inside the function."
        )
    found = Trace.current(getattr(factory, "__name__", "external")).target(factory)
    layer = Layer(found, factory, args, kwargs, "external")
    _refuse_declarations("external(trainable=...)", trainable)
    layer.config["trainable"] = trainable
    return layer
