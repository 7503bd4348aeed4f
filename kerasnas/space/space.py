"""The search space: traced once into data, then asked, narrowed, lowered and stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import GenotypeError, SpaceError
from . import describe, meet, operators, stored
from .blocks import Block, call
from .changing import Changing
from .constraints import Constraint, refuse
from .count import size
from .decision import Decision
from .extremes import Extreme, extremes
from .genotype import Genotype
from .graph import Node, Plan, Region, nest_leaves, nodes
from .judged import Judged
from .slices import reads
from .trace import Trace
from .value import Value
from .walk import Fill, Walk, plan

if TYPE_CHECKING:
    import numpy as np

    from ..draw.drawing import Drawing
    from ..lower.cost import Cost
    from ..lower.features import Layout
    from ..lower.supernet import Supernet


@dataclass(frozen=True)
class Input:
    """One input of the models in a space.

    Attributes:
        shape: Shape of one row, without the batch; None for an axis that varies.
        dtype: What the values are.
    """

    shape: tuple[int | None, ...]
    dtype: str = "float32"


class Space(Changing):
    """A search space. Make one with ``Space.trace`` or a ready one from ``kn.spaces``.

    Attributes:
        name: For people.
        root: The traced graph.
        settings: The traced training choices, or None.
        declared: All decisions by path, as declared.
        decisions: The same, as restricted or widened.
        constraints: What a whole candidate must meet.
        reasons: Why choices are bounded as they are, by path of a decision or name of a part.
    """

    def __init__(
        self,
        name: str,
        root: Region,
        settings: Region | None,
        declared: Mapping[str, Decision],
        *,
        decisions: Mapping[str, Decision] | None = None,
        objects: Mapping[str, Any] | None = None,
        constraints: tuple[Constraint, ...] = (),
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.root, self.settings = name, root, settings
        self.declared = dict(declared)
        self.decisions: Mapping[str, Decision] = dict(decisions if decisions is not None else declared)
        self._objects = dict(objects or {})
        self.constraints, self.reasons = tuple(constraints), dict(reasons or {})
        self._judged = Judged()

    @classmethod
    def trace(
        cls,
        fn: Callable[..., Any],
        inputs: Mapping[str, Input],
        *,
        name: str = "space",
        training: Callable[[], Mapping[str, Any]] | None = None,
    ) -> Space:
        """Record a function over tensors as a space.

        Args:
            fn: A block or function; takes one tensor per input, by keyword where a parameter has the input's
                name, else in
                order. Returns a tensor, or a dict of tensors by output name.
            inputs: The inputs by name (Python identifiers).
            name: The space's name.
            training: A block or function without tensors that returns settings by name; its decisions stand
                under
                ``training/``.

        Raises:
            SpaceError: If the declaration cannot be recorded; the message names what to use instead.
            DuplicatePathError: If two decisions, blocks or layers claim one path.
        """
        trace = Trace()
        with trace.recording():
            given: dict[str, Value] = {}
            for key, spec in inputs.items():
                if not key.isidentifier():
                    raise SpaceError(f"The name of an input must be a Python identifier. Received: {key!r}.")
                given[key] = trace.add(
                    Node("input", key, None, {"shape": tuple(spec.shape), "dtype": spec.dtype})
                )
            out = trace.give(call(fn, given))
            outputs = list(out.values()) if isinstance(out, dict) else [out]
            if not outputs or not all(isinstance(o, Value) for o in outputs):
                raise SpaceError(
                    f"The function of the space '{name}' must return a tensor, or a dict of tensors by "
                    "output name. "
                    f"Received: {out!r}."
                )
            settings = None if training is None else _settings(trace, training)
        return cls(
            name, trace.regions[0], settings, trace.decisions, objects=trace.objects, reasons=trace.reasons
        )

    # -- asking

    @property
    def inputs(self) -> dict[str, Input]:
        """The inputs by name; a genotype may read fewer (``plan(genotype).inputs``)."""
        return {
            n.path: Input(n.config["shape"], n.config["dtype"]) for n in self.root.nodes if n.kind == "input"
        }

    def walk(
        self, given: Mapping[str, Any], fill: Fill | None, rng: random.Random | None, *, repair: bool = False
    ) -> Plan:
        """Make a genotype concrete from some of its values; what every operator and lowering goes through.

        Args:
            given: Values by path; those of inactive decisions are passed over.
            fill: Gives a value for an active decision that is not given; None: a missing one is an error.
            rng: Draws again what breaks a requirement; None: the nearest value that meets it is taken.
            repair: Whether a requirement may also change what was given.

        Raises:
            ConstraintError: If what was made breaks a constraint.
            GenotypeError: If a value is missing or invalid, or a requirement cannot be met.
            InfeasibleError: If a layer cannot be what the genotype asks for.
        """
        from ..lower.cost import cost

        made = self.made(given, fill, rng, repair=repair)
        if self.constraints:
            refuse(self.constraints, made)
        if (
            fill is None or not self._demanding
        ):  # a requirement that was met may be broken by what a later one changed
            self._judged.put(made.genotype, cost(made))
        return made

    def made(
        self, given: Mapping[str, Any], fill: Fill | None, rng: random.Random | None, *, repair: bool = False
    ) -> Plan:
        """The same as ``walk``, whether constraints are met or not."""
        from ..lower.cost import infer

        return plan(Walk(self.decisions, given, fill, infer, rng, repair=repair), self.root, self.settings)

    def plan(self, genotype: Mapping[str, Any]) -> Plan:
        """A genotype made concrete, strictly.

        Raises:
            ConstraintError: If it breaks a constraint.
            GenotypeError: If a decision is missing, unknown, inactive or has an invalid value, or a
                requirement is not met.
            InfeasibleError: If a layer cannot be what the genotype asks for.
        """
        for path in genotype:
            self.decision(path)
        made = self.walk(genotype, None, None)
        idle = [p for p in genotype if p not in made.genotype]
        if idle:
            raise GenotypeError(
                f"{idle} are not active under the other decisions of this genotype. Leave them out."
            )
        return made

    @cached_property
    def _demanding(self) -> bool:
        """Whether anything is required of several decisions."""
        return any(node.kind == "require" for node in self.all_nodes())

    def validate(self, genotype: Mapping[str, Any]) -> Genotype:
        """The genotype, if it is one of this space's, with its decisions in the space's order.

        Raises:
            GenotypeError: If it is not; the message names path, value and what is allowed.
        """
        known = self._judged.get(genotype) is not None
        return Genotype(genotype if known else self.plan(genotype).genotype)

    def default(self) -> Genotype:
        """The genotype of all defaults, or one near it where that breaks a constraint: where a search starts.

        Raises:
            ConstraintError: If none is found that meets the constraints.
        """
        return self._default

    @cached_property
    def _default(self) -> Genotype:
        if self.constraints:
            return meet.first(self)
        return Genotype(self.walk({}, lambda d: d.default, None).genotype)

    def sample(self, seed: int | random.Random, given: Mapping[str, Any] | None = None) -> Genotype:
        """A random genotype. See ``operators.sample``."""
        return operators.sample(self, seed, given)

    def mutate(self, genotype: Mapping[str, Any], seed: int | random.Random, count: int = 1) -> Genotype:
        """A genotype close to one given, never equal to it. See ``operators.mutate``."""
        return operators.mutate(self, genotype, seed, count)

    def crossover(
        self, first: Mapping[str, Any], second: Mapping[str, Any], seed: int | random.Random
    ) -> Genotype:
        """A child of two genotypes. See ``operators.crossover``."""
        return operators.crossover(self, first, second, seed)

    def neighbours(self, genotype: Mapping[str, Any]) -> Iterator[Genotype]:
        """Every genotype one decision away. See ``operators.neighbours``."""
        return operators.neighbours(self, genotype)

    def adapt(self, values: Mapping[str, Any], seed: int = 0) -> tuple[Genotype, float]:
        """A genotype from one of another space, with its coverage. See ``operators.adapt``.

        Args:
            values: Paths and values from elsewhere.
            seed: Takes part in nothing today: what is missing starts from its default.
        """
        del seed
        return operators.adapt(self, values)

    def is_active(self, genotype: Mapping[str, Any], path: str) -> bool:
        """Whether a decision plays a part under the others of a genotype.

        Those not given are at their defaults.

        Raises:
            GenotypeError: If the space has no such decision, or a value is invalid.
        """
        self.decision(path)
        return path in self.made(genotype, lambda d: d.default, None).genotype

    @cached_property
    def _size(self) -> tuple[int | float, bool]:
        return size(self)

    def size(self) -> int | float:
        """The number of genotypes; infinite where a real number is decided.

        Exact wherever ``size_is_exact`` says so; else an upper bound. See ``count.size`` for how it is
        counted. Genotypes
        that meet all requirements but ask a layer for the impossible are counted, and so are those that break a constraint.
        """
        return self._size[0]

    @property
    def size_is_exact(self) -> bool:
        """Whether ``size()`` is exact: it is, unless there are constraints, or conditions on tensor sizes depend on too much."""
        return self._size[1] and not self.constraints

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the space as data, without its name: equal for equal spaces."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        return stored.fingerprint(self)

    # -- lowering

    def cost(self, genotype: Mapping[str, Any]) -> Cost:
        """Parameters, FLOPs a row and activations of a genotype, without building a layer."""
        from ..lower.cost import cost

        known = self._judged.get(genotype)
        return cost(self.plan(genotype)) if known is None else known

    @cached_property
    def _layout(self) -> Layout:
        from ..lower.features import Layout

        return Layout(self)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What each number of ``features(genotype)`` stands for. See ``kerasnas.lower.features``."""
        return self._layout.names

    def features(self, genotype: Mapping[str, Any]) -> np.ndarray:
        """A genotype as a vector for a surrogate: its decisions and what its plan is like, without building a layer.

        Returns:
            Finite numbers (float64), as many as ``feature_names`` for every genotype.
        """
        return self._layout.vector(self.plan(genotype))

    def build(self, genotype: Mapping[str, Any]) -> Any:
        """The ``keras.Model`` of a genotype, not compiled."""
        from ..lower.model import build

        return build(self.plan(genotype))

    def source(self, genotype: Mapping[str, Any]) -> str:
        """A readable Python module that builds the same model with Keras alone."""
        from ..lower.source import source

        return source(self.plan(genotype))

    def draw(self, genotype: Mapping[str, Any]) -> Drawing:
        """A drawing of the model, shown by any notebook."""
        from ..lower.diagram import diagram

        return diagram(self.plan(genotype))

    def supernet(self) -> Supernet:
        """One model that holds every model of the space with shared weights, for one-shot search. See ``Supernet``.

        Raises:
            SpaceError: If the space cannot be lowered so; the message names the decision and what to do.
        """
        from ..lower.supernet import Supernet

        return Supernet(self)

    def hypermodel(self, problem: str = "multiclass") -> Any:
        """The space as a ``keras_tuner.HyperModel``, for KerasTuner's own tuners. See ``kerasnas.tuner``.

        Args:
            problem: "binary", "multiclass" or "regression".
        """
        from ..tuner import SpaceHyperModel

        return SpaceHyperModel(self, problem)

    def training(self, genotype: Mapping[str, Any]) -> dict[str, Any]:
        """The training choices of a genotype by name."""
        return dict(self.plan(genotype).settings)

    # -- storing

    def to_json(self) -> dict[str, Any]:
        """The space as plain data, without code."""
        return stored.written(self)

    @classmethod
    def from_json(
        cls, data: Mapping[str, Any], objects: Mapping[str, Any] | None = None, *, safe: bool = False
    ) -> Space:
        """The inverse of ``to_json``.

        Args:
            data: What ``to_json`` gave.
            objects: What cannot be imported by name, as ``objects()`` gave it.
            safe: For data from elsewhere: refuse calls of anything but Keras, kerasnas and ``objects``.

        Raises:
            SpaceError: If the data is of another format or damaged, or calls what it may not.
        """
        return cls(**stored.parts(data, objects or {}, safe=safe))

    def objects(self) -> dict[str, Any]:
        """Classes and functions of the space that cannot be imported by name, such as those of a notebook."""
        return dict(self._objects)

    def named_objects(self) -> dict[str, Any]:
        """The same by the names that a saved model calls them by."""
        return {getattr(thing, "__name__", name): thing for name, thing in self._objects.items()}

    def extremes(self, by: str = "parameters") -> tuple[Extreme, Extreme]:
        """The cheapest and the dearest candidate found, with their costs. See ``extremes.extremes``."""
        return extremes(self, by)

    def describe(self) -> str:
        """Size, decisions with reasons, constraints, and what the default, cheapest and dearest candidates cost, as text."""
        return describe.describe(self)

    def __repr__(self) -> str:
        return f"<Space '{self.name}' with {len(self.decisions)} decisions>"

    def _repr_html_(self) -> str:
        return describe.html(self)

    def all_nodes(self) -> Iterator[Node]:
        """Every node of the graph, training choices included."""
        for region in filter(None, (self.root, self.settings)):
            yield from nodes(region)

    def read_decisions(self) -> set[str]:
        """Paths of the decisions that anything reads: a layer, call, branch, requirement or setting."""
        read: set[str] = set()
        for region in filter(None, (self.root, self.settings)):
            read.update(reads(region.out))
            for node in nodes(region):
                index = None if node.kind == "decide" else node.index
                read.update(
                    reads((node.config, node.args, node.kwargs, index, [r.out for r in node.regions]))
                )
        return read


def _settings(trace: Trace, training: Callable[..., Any]) -> Region:
    fn, fixed = (training.fn, training.fixed) if isinstance(training, Block) else (training, {})
    with trace.scope("training", decisions=()) as region:
        out = Block(fn, "training", fixed)()
        if not isinstance(out, dict) or nest_leaves(Value, out):
            raise SpaceError(
                f"training must return a dict of settings by name, without tensors. Received: {out!r}."
            )
        trace.give(dict(out))
    return region
