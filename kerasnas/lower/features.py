"""A genotype as a vector of fixed length: what surrogates learn from, without building a layer.

Its entries, in this order (``Space.feature_names`` says which is which):

1. Every decision as declared. A choice is one-hot, ``path=option``. A number is its place in its range, from 0 to 1, on the
   log scale where it is drawn on that (``path``), and whether it is set (``path?``). All are 0 where the decision is inactive. A
   restricted space keeps the entries of the whole one, so that vectors of both can be compared.
2. What the plan takes: parameters, FLOPs, activations, steps and widths, as logarithms.
3. How data flows: the longest, shortest and mean path from an input to an output, counted in layers that multiply, and the
   logarithm of the number of paths. What is multiplied by a constant zero cuts a path, as the operation "none" of the
   published cells does; layers that lie on no path that is left are idle, and the ``alive`` entries leave them out.
4. Kinds of layers: how many of each are alive (logarithm), and how many a path meets on average. Convolutions count by whether
   they look at neighbours (``Conv2D/spatial``) or not (``Conv2D/pointwise``).

Statistics over paths follow the path encoding of White, Neiswanger, Savani, "BANANAS: Bayesian optimization with neural
architectures for neural architecture search", 2021, made independent of a cell's size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..space.decision import Decision, same
from ..space.graph import Node, Plan, Step, Tensor, leaves, nest_leaves

if TYPE_CHECKING:
    from ..space.space import Space

TAKEN = (
    "log parameters", "log parameters alive", "log trained parameters", "log flops", "log flops alive", "log activations",
    "log steps", "log widest", "log mean width", "log narrowest",
)  # fmt: skip
PATHS = ("longest path", "shortest path", "mean path", "log paths")


class Layout:
    """Which entry of a vector stands for what, for one space.

    Attributes:
        names: One a number of the vector.
    """

    def __init__(self, space: Space) -> None:
        self.decisions = list(space.declared.values())
        self.kinds = {name: i for i, name in enumerate(sorted(_kinds(space)))}
        self.names: tuple[str, ...] = (
            *(name for d in self.decisions for name in _entries(d)),
            *TAKEN,
            *PATHS,
            *(f"log count {kind}" for kind in self.kinds),
            *(f"mean on paths {kind}" for kind in self.kinds),
        )

    def vector(self, plan: Plan) -> np.ndarray:
        """The vector of a plan: float64, as long as ``names``, finite."""
        decided = [number for d in self.decisions for number in _decided(d, plan.genotype)]
        return np.array([*decided, *self._described(plan)])

    def _described(self, plan: Plan) -> list[float]:
        steps = list(leaves(plan.steps))
        flow = _Flow(steps, plan, self.kinds)
        alive = [s for s in steps if id(s) in flow.alive]
        widths = [float(s.out.shape[-1]) for s in steps if s.node.layer and _wide(s)] or [1.0]
        taken = (
            plan.parameters, _once(alive), flow.trained, sum(s.flops or 0 for s in steps),
            sum(s.flops or 0 for s in alive), plan.activations, len(steps), max(widths), sum(widths) / len(widths), min(widths),
        )  # fmt: skip
        counts = [0.0] * len(self.kinds)
        for step in alive:
            kind = self.kinds.get(_kind(step) or "")
            if kind is not None:
                counts[kind] += 1
        return [*map(math.log1p, taken), *flow.paths, *map(math.log1p, counts), *flow.met]


class _Flow:
    """Paths from the inputs to the outputs of a plan.

    Attributes:
        paths: Longest, shortest and mean number of multiplying layers on a path, and the log of the number of paths.
        met: How many layers of each kind a path meets on average.
        alive: Steps, by ``id``, that lie on a path.
        trained: Parameters that training changes.
    """

    def __init__(self, steps: list[Step], plan: Plan, kinds: Mapping[str, int]) -> None:
        from .trained import trained_parameters

        self.trained = trained_parameters(plan)
        before = {id(s): _sources(s) for s in steps}
        state: dict[int, tuple[float, float, float, list[float]]] = {}
        nothing = [0.0] * len(kinds)
        for step in steps:
            reached = [state[id(s)] for s in before[id(step)] if id(s) in state]
            if step.node.kind == "input":
                found = (0.0, 0.0, 0.0, nothing)
            elif not reached or _cuts(step):
                continue
            else:
                found = reached[0] if len(reached) == 1 else _joined(reached)
            state[id(step)] = _passed(found, step, kinds)
        ends = [t.step for t in nest_leaves(Tensor, plan.out)]
        reached = [state[id(s)] for s in ends if id(s) in state]
        self.alive: set[int] = set()
        todo = [s for s in ends if id(s) in state]
        while todo:
            step = todo.pop()
            if id(step) not in self.alive:
                self.alive.add(id(step))
                todo += [s for s in before[id(step)] if id(s) in state]
        if not reached:
            self.paths, self.met = [0.0, 0.0, 0.0, 0.0], nothing
            return
        count, longest, shortest, met = _joined(reached)
        deep = sum(met[i] for kind, i in kinds.items() if kind.endswith(MULTIPLYING))
        self.paths, self.met = [longest, shortest, deep, count], met


MULTIPLYING = ("/spatial", "/pointwise", "/product")


def _joined(
    reached: list[tuple[float, float, float, list[float]]],
) -> tuple[float, float, float, list[float]]:
    """All paths that meet in a step: the log of their number, longest, shortest, and what they met on average."""
    top = max(r[0] for r in reached)
    shares = [math.exp(r[0] - top) for r in reached]
    total = sum(shares)
    met = [
        sum(s * m for s, m in zip(shares, ms, strict=True)) / total
        for ms in zip(*(r[3] for r in reached), strict=True)
    ]
    return top + math.log(total), max(r[1] for r in reached), min(r[2] for r in reached), met


def _passed(
    found: tuple[float, float, float, list[float]], step: Step, kinds: Mapping[str, int]
) -> tuple[float, float, float, list[float]]:
    """The paths after a step."""
    kind = _kind(step)
    place = None if kind is None else kinds.get(kind)
    if kind is None or place is None:
        return found
    count, longest, shortest, met = found
    one = kind.endswith(MULTIPLYING)
    met = list(met)
    met[place] += 1
    return count, longest + one, shortest + one, met


def _sources(step: Step) -> list[Step]:
    """The steps that a step reads; the same one twice where it reads it twice."""
    if len(step.args) == 1 and type(step.args[0]) is Tensor and not step.kwargs:
        return [step.args[0].step]
    return [t.step for t in nest_leaves(Tensor, (step.args, step.kwargs))]


def _cuts(step: Step) -> bool:
    """Whether a step gives zeros whatever it reads."""
    if step.node.kind != "op" or step.node.target.short not in ("multiply", "zeros_like"):
        return False
    return step.node.target.short == "zeros_like" or any(
        type(a) in (int, float) and a == 0 for a in step.args
    )


def _once(steps: list[Step]) -> int:
    """Parameters of steps, each layer once."""
    return sum({s.node.layer: s.parameters for s in steps if s.node.layer}.values())


def _wide(step: Step) -> bool:
    return type(step.out) is Tensor and isinstance(step.out.shape[-1], int)


def _kinds(space: Space) -> set[str]:
    """Every kind that a step of the space can be of."""
    found: set[str] = set()
    for node in space.all_nodes():
        if node.kind in ("layer", "op", "external"):
            found.update(_kinds_of(node))
    return found


def _kinds_of(node: Node) -> tuple[str, ...]:
    short = "external" if node.kind == "external" else node.target.short
    if "Conv" in short:
        return f"{short}/spatial", f"{short}/pointwise"
    return (f"{short}/product",) if short.startswith(PRODUCTS) else (short,)


PRODUCTS = (
    "Dense",
    "EinsumDense",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Bidirectional",
    "RNN",
    "external",
    "MultiHead",
    "GroupQuery",
    "Attention",
)


def _kind(step: Step) -> str | None:
    """The kind of a step; None for an input."""
    if step.node.kind == "input":
        return None
    kinds = _kinds_of(step.node)
    if len(kinds) == 1:
        return kinds[0]
    kernel = step.config.get("kernel_size", 1)
    return kinds[kernel in (1, (1,), (1, 1), (1, 1, 1), [1], [1, 1], [1, 1, 1])]


def _entries(decision: Decision) -> list[str]:
    """What the entries of a decision are called."""
    if decision.kind == "choice":
        named = [f"{decision.path}={option}" for option in decision.options]
        return [*named, f"{decision.path}=None"] if decision.optional else named
    return [decision.path, f"{decision.path}?"]


def _decided(decision: Decision, genotype: Mapping[str, Any]) -> list[float]:
    """The entries of a decision, in the order of their names."""
    if decision.kind == "choice":
        options = (*decision.options, None) if decision.optional else decision.options
        if decision.path not in genotype:
            return [0.0] * len(options)
        value = genotype[decision.path]
        return [float(option is value or same(option, value)) for option in options]
    value = genotype.get(decision.path)
    if value is None:
        return [0.0, 0.0]
    low, high = decision.options
    if decision.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return [(value - low) / (high - low) if high > low else 0.0, 1.0]
