"""The one walk that makes a genotype concrete: fills in decisions, infers shapes, adds up cost."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ..errors import GenotypeError, InfeasibleError, SpaceError
from .decision import Decision, Scalar
from .expression import Expr
from .graph import Inferred, Nested, Node, Plan, Region, Spec, Step, Tensor, nest_leaves, nest_map
from .value import Value

Infer = Callable[[str, Any, dict[str, Any], tuple[Any, ...], dict[str, Any]], Inferred]
Fill = Callable[[Decision], Scalar]

RECORDED = (Value, Expr, Nested)
DRAWS = 64  # of a real number, until a requirement is met


class Walk:
    """One pass over the active regions of a space.

    Args:
        decisions: The space's decisions by path, as restricted.
        given: Values known beforehand.
        fill: Gives a value for an active decision that is not given; None: a missing one is an error.
        infer: Shapes and cost of one call.
        rng: Draws again what breaks a requirement; None: the nearest value that meets it is taken.
        repair: Whether a requirement may also change a value that was given.
    """

    def __init__(
        self,
        decisions: Mapping[str, Decision],
        given: Mapping[str, Any],
        fill: Fill | None,
        infer: Infer,
        rng: random.Random | None = None,
        *,
        repair: bool = False,
    ) -> None:
        self.decisions, self.fill, self.infer, self.rng, self.repair = decisions, fill, infer, rng, repair
        self.given = dict(given)
        self.genotype: dict[str, Any] = {}
        self.used: set[str] = set()
        self.values: dict[Node, Any] = {}
        self.layers: dict[str, dict[str, Any]] = {}
        self.order: list[Step] = []  # every step that is not a block

    def value(self, decision: Decision) -> Any:
        """What a decision was set to."""
        path = decision.path
        self.used.add(path)
        return self.genotype[path]

    def position(self, decision: Decision) -> int:
        """Which of its declared options a choice took."""
        self.used.add(decision.path)
        return decision.position(self.genotype[decision.path])

    def tensor(self, value: Value) -> Tensor:
        """The concrete tensor of a recorded one.

        Raises:
            SpaceError: If the call has no such output.
        """
        found = self.values[value.node]
        if value.item is None:
            if isinstance(found, Tensor):
                return found
            raise SpaceError(
                f"'{value.node.path}' gives {_outputs_in_words(found)}, and is used as one tensor: take one "
                "of them, x[0]."
            )
        for key in value.item if isinstance(value.item, tuple) else (value.item,):
            try:
                found = found[key]
            except (KeyError, IndexError, TypeError) as error:
                raise SpaceError(
                    f"'{value.node.path}' gives {_outputs_in_words(found)}; item {key!r} was asked for."
                ) from error
        if not isinstance(found, Tensor):
            raise SpaceError(
                f"Item {value.item!r} of '{value.node.path}' is {_outputs_in_words(found)}, not one tensor."
            )
        return found

    def shape(self, value: Value) -> tuple[int | None, ...]:
        """The concrete shape of a recorded tensor, batch first."""
        return self.tensor(value).shape

    def concrete(self, x: Any) -> Any:
        """A nest with every recorded tensor and expression made concrete."""
        if type(x) in (tuple, dict) and not x:
            return x
        return nest_map(self._one, RECORDED, x)

    def _arguments(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Most calls take one tensor, or a list of them."""
        if len(args) == 1:
            only = args[0]
            if type(only) is Value:
                return (self.tensor(only),)
            if type(only) is list and all(type(v) is Value for v in only):
                return ([self.tensor(v) for v in only],)
        return self.concrete(args)  # type: ignore[no-any-return]

    def _one(self, leaf: Any) -> Any:
        if isinstance(leaf, Value):
            return self.tensor(leaf)
        if isinstance(leaf, Nested):
            return Nested(leaf.target, self.concrete(leaf.config))
        return leaf.at(self)

    def run(self, region: Region) -> list[Step]:
        """Walk a region; returns its steps, blocks nested, branches flattened."""
        steps: list[Step] = []
        for node in region.nodes:
            kind = node.kind
            if kind == "decide":
                self._decide(node.index)
            elif kind == "require":
                self._require(node)
            elif kind == "pick":
                branch = node.regions[self._branch(node)]
                steps += self.run(branch)
                self.values[node] = self.concrete(branch.out)
            elif kind == "block":
                inner = node.regions[0]
                step = Step(
                    node,
                    node.config,
                    self.concrete(node.args),
                    self.concrete(node.kwargs),
                    prefix=node.config["prefix"],
                )
                step.steps = self.run(inner)
                step.out = self.values[node] = self.concrete(inner.out)
                steps.append(step)
            else:
                steps.append(self._leaf(node))
        return steps

    def _branch(self, node: Node) -> int:
        return int(node.index.at(self))

    def _decide(self, declared: Decision) -> None:
        path = declared.path
        if path in self.genotype:
            return
        decision = self.decisions[path]
        if path in self.given:
            self.genotype[path] = decision.check(self.given[path])
        elif self.fill is None:
            raise GenotypeError(
                f"The genotype lacks '{path}', which is active here. Expected {decision.expected()}."
            )
        else:
            self.genotype[path] = self.fill(decision)

    def _require(self, node: Node) -> None:
        condition: Expr = node.index
        mentioned = [ref.decision.path for ref in condition.refs()]
        if not mentioned:
            if not condition.at(self):
                raise GenotypeError(f"The requirement `{condition!r}` is not met under this genotype.")
            return
        path = mentioned[-1]
        used = path in self.used
        if condition.at(self):
            if not used:
                self.used.discard(path)
            return
        decision, received = self.decisions[path], self.genotype[path]
        fixed = used or self.fill is None or (path in self.given and not self.repair)
        met = [] if fixed else self._meeting(condition, decision)
        if not met:
            known = sorted({*mentioned} - {path})
            others = f", with {', '.join(f'{p} = {self.genotype[p]!r}' for p in known)}" if known else ""
            what = f"'{path}' = {received!r} breaks" if fixed else f"No value of '{path}' meets"
            raise GenotypeError(f"{what} the requirement `{condition!r}`{others}.")
        if self.rng is not None:
            self.genotype[path] = decision.draw(self.rng, tuple(met))
        else:
            numbers = isinstance(received, int | float) and all(isinstance(m, int | float) for m in met)
            self.genotype[path] = min(met, key=lambda m: abs(m - received)) if numbers else met[0]
        self.used.discard(path)

    def _meeting(self, condition: Expr, decision: Decision) -> list[Any]:
        """Values of a decision that meet a requirement: all of them, or one of a real number."""
        path, met = decision.path, []
        if decision.discrete:
            tried = iter(decision.domain())
        else:
            drawn = self.rng or random.Random(path)  # noqa: S311  (without a generator: the same numbers each time)
            tried = (decision.draw(drawn) for _ in range(DRAWS))
        for value in tried:
            self.genotype[path] = value
            if condition.at(self):
                met.append(value)
                if not decision.discrete:
                    break
        return met

    def _leaf(self, node: Node) -> Step:
        if node.varying is None:
            node.varying = _varying(node.config)
        config = dict(node.config) if node.varying else node.config
        for key in node.varying:
            value = config[key]
            config[key] = value.at(self) if isinstance(value, Expr) else self.concrete(value)
        step = Step(
            node, config, self._arguments(node.args), self.concrete(node.kwargs) if node.kwargs else {}
        )
        if node.layer:
            known = self.layers.setdefault(node.layer, config)
            if known is not config and not _alike(known, config):
                raise SpaceError(
                    f"The layer '{node.layer}' is called twice and would need two configurations: "
                    f"{known} and {config}."
                )
        try:
            found = self.infer(node.kind, node.target, step.config, step.args, step.kwargs)
        except SpaceError as error:
            raise InfeasibleError(f"At '{node.path}': {error}") from error
        step.parameters, step.flops = found.parameters, found.flops
        out = found.out
        if type(out) is Spec:
            step.out = self.values[node] = Tensor(step, None, out.shape, out.dtype)
        else:
            step.out = self.values[node] = _outputs(step, out)
        self.order.append(step)
        return step


def _alike(a: Any, b: Any) -> bool:
    """Whether two configurations make the same layer."""
    if isinstance(a, Nested) and isinstance(b, Nested):
        return a.target == b.target and _alike(a.config, b.config)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_alike(v, b[k]) for k, v in a.items())
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_alike, a, b))
    if hasattr(a, "get_config") and not isinstance(a, type):
        return _alike(a.get_config(), b.get_config())
    if hasattr(a, "tolist"):
        return bool(a.shape == b.shape and (a == b).all())
    return bool(a == b)


def _varying(config: dict[str, Any]) -> tuple[str, ...]:
    """The arguments that hold anything recorded; all others are the same for all genotypes."""
    return tuple(key for key, value in config.items() if nest_leaves(RECORDED, value))


def _outputs(step: Step, out: Any, item: Any = None) -> Any:
    if isinstance(out, Spec):
        return Tensor(step, item, out.shape, out.dtype)
    if isinstance(out, dict):
        return {k: _outputs(step, v, k) for k, v in out.items()}
    if isinstance(out, tuple | list):
        return tuple(_outputs(step, v, i) for i, v in enumerate(out))
    raise SpaceError(f"'{step.node.path}' gives something that is no tensor: {out!r}.")


def _outputs_in_words(found: Any) -> str:
    if isinstance(found, Tensor):
        return "one tensor"
    return f"a dict of {sorted(found)}" if isinstance(found, dict) else f"{len(found)} outputs"


def plan(walk: Walk, root: Region, settings: Region | None) -> Plan:
    """Run a walk and keep what the outputs need."""
    steps = walk.run(root)
    out = walk.concrete(root.out)
    chosen: dict[str, Any] = {}
    if settings is not None:
        walk.run(settings)
        chosen = walk.concrete(settings.out)
    needed = {id(t.step) for t in nest_leaves(Tensor, out)}
    order = walk.order
    for step in reversed(order):
        if id(step) in needed:
            for given in step.args:
                if type(given) is Tensor:
                    needed.add(id(given.step))
                else:
                    needed.update([id(t.step) for t in _tensors(given)])
            if step.kwargs:
                needed.update([id(t.step) for t in _tensors(step.kwargs)])
    steps = _pruned(steps, needed)
    inputs: dict[str, Step] = {}
    unknown: list[str] = []
    layers: dict[str, int] = {}
    flops = activations = 0
    for step in order:
        if id(step) not in needed:
            continue
        if step.node.kind == "input":
            inputs[step.node.path] = step
            continue
        if step.node.layer:
            layers[step.node.layer] = step.parameters
        if step.flops is None:
            unknown.append(step.node.path)
        else:
            flops += step.flops
        if type(step.out) is Tensor:
            activations += _numbers(step.out.shape)
        else:
            activations += sum(_numbers(tensor.shape) for tensor in _tensors(step.out))
    return Plan(
        walk.genotype,
        steps,
        out,
        sum(layers.values()),
        None if unknown else flops,
        activations,
        inputs,
        chosen,
        tuple(unknown),
    )


@lru_cache(4096)
def _numbers(shape: tuple[int | None, ...]) -> int:
    """What a tensor of a shape holds a row; axes that vary count once."""
    return math.prod([d or 1 for d in shape[1:]])


def _tensors(x: Any) -> list[Tensor]:
    """Every tensor in a nest; most are a lone tensor, or a list of them."""
    if type(x) is Tensor:
        return [x]
    if type(x) is list and all(type(t) is Tensor for t in x):
        return x
    return nest_leaves(Tensor, x)


def _pruned(steps: list[Step], needed: set[int]) -> list[Step]:
    kept = []
    for step in steps:
        if step.steps is None:
            if id(step) in needed:
                kept.append(step)
        else:
            step.steps = _pruned(step.steps, needed)
            if step.steps:
                kept.append(step)
    return kept
