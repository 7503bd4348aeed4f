"""The search space: traced once into data, then asked, narrowed, lowered and stored."""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from ..errors import GenotypeError, SpaceError
from . import operators
from .count import Counter
from .decision import Decision
from .expression import Expr
from .genotype import Genotype, canonical
from .graph import Node, Plan, Region, Value, nest_leaves, nest_map, nodes
from .serialise import FORMAT, Reader, Writer, region_to_json
from .trace import Trace
from .walk import Fill, Walk, plan


@dataclass(frozen=True)
class Input:
    """One input of the models in a space.

    Attributes:
        shape: Shape of one row, without the batch; None for an axis that varies.
        dtype: What the values are.
    """

    shape: tuple[int | None, ...]
    dtype: str = "float32"


class Space:
    """A search space. Make one with ``Space.trace`` or a ready one from ``kn.spaces``.

    Attributes:
        name: For people.
        root: The traced graph.
        settings: The traced training choices, or None.
        declared: All decisions by path, as declared.
        decisions: The same, as restricted.
    """

    def __init__(
        self,
        name: str,
        root: Region,
        settings: Region | None,
        declared: Mapping[str, Decision],
        decisions: Mapping[str, Decision] | None = None,
        objects: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.root, self.settings = name, root, settings
        self.declared = dict(declared)
        self.decisions: Mapping[str, Decision] = dict(decisions if decisions is not None else declared)
        self._objects = dict(objects or {})

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
            fn: A block or function; takes one tensor per input, by keyword where a parameter has the input's name, else in
                order. Returns a tensor, or a dict of tensors by output name.
            inputs: The inputs by name (Python identifiers).
            name: The space's name.
            training: A block or function without tensors that returns settings by name; its decisions stand under
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
                given[key] = trace.add(Node("input", key, None, {"shape": tuple(spec.shape), "dtype": spec.dtype}))
            trace.regions[0].out = _call(fn, given)
            if not nest_leaves(Value, trace.regions[0].out):
                raise SpaceError(f"The function of the space '{name}' must return a tensor or a dict of tensors. Received: {trace.regions[0].out!r}.")
            settings = None
            if training is not None:
                with trace.scope("training", decisions=()) as settings:
                    settings.out = _settings(training)
        return cls(name, trace.regions[0], settings, trace.decisions, objects=trace.objects)

    # -- asking

    @property
    def inputs(self) -> dict[str, Input]:
        """The inputs by name; a genotype may read fewer (``plan(genotype).inputs``)."""
        return {n.path: Input(n.config["shape"], n.config["dtype"]) for n in self.root.nodes if n.kind == "input"}

    def walk(self, given: Mapping[str, Any], fill: Fill | None, rng: random.Random | None) -> Plan:
        """Make a genotype concrete from some of its values; what every operator and lowering goes through."""
        from ..lower.cost import infer

        return plan(Walk(self.decisions, given, fill, infer, rng), self.root, self.settings)

    def plan(self, genotype: Mapping[str, Any]) -> Plan:
        """A genotype made concrete, strictly.

        Raises:
            GenotypeError: If a decision is missing, unknown, inactive or has an invalid value.
        """
        for path in genotype:
            if path not in self.decisions:
                raise GenotypeError(f"The space '{self.name}' has no decision '{path}'.{self._meant(path)}")
        made = self.walk(genotype, None, None)
        idle = [p for p in genotype if p not in made.genotype]
        if idle:
            raise GenotypeError(f"{idle} are not active under the other decisions of this genotype. Leave them out.")
        return made

    def validate(self, genotype: Mapping[str, Any]) -> Genotype:
        """The genotype, if it is one of this space's, with its decisions in the space's order.

        Raises:
            GenotypeError: If it is not; the message names path, value and what is allowed.
        """
        return Genotype(self.plan(genotype).genotype)

    def default(self) -> Genotype:
        """The genotype of all defaults: where a search starts."""
        return Genotype(self.walk({}, lambda d: d.default, None).genotype)

    def sample(self, seed: int | random.Random, given: Mapping[str, Any] | None = None) -> Genotype:
        """A random genotype. See ``operators.sample``."""
        return operators.sample(self, seed, given)

    def mutate(self, genotype: Mapping[str, Any], seed: int | random.Random, count: int = 1) -> Genotype:
        """A genotype close to one given, never equal to it. See ``operators.mutate``."""
        return operators.mutate(self, genotype, seed, count)

    def crossover(self, first: Mapping[str, Any], second: Mapping[str, Any], seed: int | random.Random) -> Genotype:
        """A child of two genotypes. See ``operators.crossover``."""
        return operators.crossover(self, first, second, seed)

    def neighbours(self, genotype: Mapping[str, Any]) -> Iterator[Genotype]:
        """Every genotype one decision away. See ``operators.neighbours``."""
        return operators.neighbours(self, genotype)

    def adapt(self, values: Mapping[str, Any], seed: int = 0) -> tuple[Genotype, float]:
        """A genotype from one of another space, with its coverage. See ``operators.adapt``; no chance is involved."""
        return operators.adapt(self, values)

    def is_active(self, genotype: Mapping[str, Any], path: str) -> bool:
        """Whether a decision plays a part under the others of a genotype."""
        return path in self.walk(genotype, lambda d: d.default, None).genotype

    def size(self) -> int | float:
        """The number of genotypes; infinite where a real number is decided.

        Exact, except where a branch that holds decisions turns on a tensor's size: there an upper bound.
        """
        return Counter(self.decisions).count(*filter(None, (self.root, self.settings)))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the space as data: equal for equal spaces, whoever traced them."""
        return hashlib.sha256(canonical({k: v for k, v in self.to_json().items() if k != "name"}).encode()).hexdigest()

    # -- narrowing

    def restrict(self, to: Mapping[str, Any]) -> Space:
        """The same space with fewer options.

        Args:
            to: By path, or by a pattern such as ``"*/depth"``: a list of options, a pair ``(low, high)`` for a range, or
                one value.

        Raises:
            SpaceError: If a path is unknown or an option is none of the decision's.
        """
        decisions = dict(self.decisions)
        for pattern, allowed in to.items():
            matched = [p for p in decisions if p == pattern] or [p for p in decisions if fnmatch.fnmatchcase(p, pattern)]
            if not matched:
                raise SpaceError(f"The space '{self.name}' has no decision '{pattern}'.{self._meant(pattern)}")
            for path in matched:
                decisions[path] = _narrowed(decisions[path], allowed)
        return Space(self.name, self.root, self.settings, self.declared, decisions, self._objects)

    def pin(self, values: Mapping[str, Any]) -> Space:
        """The same space with decisions fixed, each at one value."""
        return self.restrict({p: [v] for p, v in values.items()})

    def diff(self, other: Space) -> dict[str, tuple[str | None, str | None]]:
        """Decisions that differ: path -> (allowed here, allowed there); None where one lacks it."""
        paths = dict.fromkeys([*self.decisions, *other.decisions])
        both = {p: tuple(s.decisions[p].expected() if p in s.decisions else None for s in (self, other)) for p in paths}
        return {p: (a, b) for p, (a, b) in both.items() if a != b}

    def _meant(self, path: str) -> str:
        close = difflib.get_close_matches(path, list(self.declared), 3, 0.5)
        return f" Did you mean {' or '.join(map(repr, close))}?" if close else f" It has: {', '.join(self.declared) or 'none'}."

    # -- lowering

    def cost(self, genotype: Mapping[str, Any]) -> Any:
        """Parameters, FLOPs a row and activations of a genotype, without building a layer."""
        from ..lower.cost import cost

        return cost(self.plan(genotype))

    def build(self, genotype: Mapping[str, Any]) -> Any:
        """The ``keras.Model`` of a genotype, not compiled."""
        from ..lower.model import build

        return build(self.plan(genotype))

    def source(self, genotype: Mapping[str, Any]) -> str:
        """A readable Python module that builds the same model with Keras alone."""
        from ..lower.source import source

        return source(self.plan(genotype))

    def draw(self, genotype: Mapping[str, Any]) -> Any:
        """A drawing of the model, shown by any notebook."""
        from ..lower.diagram import diagram

        return diagram(self.plan(genotype))

    def training(self, genotype: Mapping[str, Any]) -> dict[str, Any]:
        """The training choices of a genotype by name."""
        return dict(self.plan(genotype).settings)

    # -- storing

    def to_json(self) -> dict[str, Any]:
        """The space as plain data, without code."""
        writer = Writer()
        return {
            "format": FORMAT,
            "name": self.name,
            "declared": [d.to_json() for d in self.declared.values()],
            "restricted": {
                p: {"options": list(d.options), "optional": d.optional, "default": d.default}
                for p, d in self.decisions.items()
                if (d.options, d.optional, d.default) != (self.declared[p].options, self.declared[p].optional, self.declared[p].default)
            },
            "root": region_to_json(self.root, writer),
            "settings": None if self.settings is None else region_to_json(self.settings, writer),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], objects: Mapping[str, Any] | None = None) -> Space:
        """The inverse of ``to_json``.

        Args:
            data: What ``to_json`` gave.
            objects: What cannot be imported by name, as ``objects()`` gave it.

        Raises:
            SpaceError: If the data is of a newer format.
        """
        if data.get("format") != FORMAT:
            raise SpaceError(f"Expected a space of format {FORMAT}. Received: {data.get('format')!r}. Update kerasnas.")
        declared = {d["path"]: Decision.from_json(d) for d in data["declared"]}
        decisions = dict(declared)
        for path, kept in data["restricted"].items():
            decisions[path] = declared[path].with_options(tuple(kept["options"]), kept["optional"])
            decisions[path].default = kept["default"]
        reader = Reader(declared, objects or {})
        root = reader.region(data["root"])
        settings = None if data["settings"] is None else reader.region(data["settings"])
        return cls(data["name"], root, settings, declared, decisions, objects)

    def objects(self) -> dict[str, Any]:
        """Classes and functions of the space that cannot be imported by name, such as those of a notebook."""
        return dict(self._objects)

    def describe(self) -> str:
        """Size and decisions, as text."""
        size = self.size()
        count = "infinitely many" if size == float("inf") else f"{size:,}" if size < 1e9 else f"{size:.2e}"
        lines = [f"Space '{self.name}': {len(self.decisions)} decisions, {count} genotypes"]
        lines += [f"  {p}: {d.expected()}{' (log)' if d.log else ''}, default {d.default}" for p, d in self.decisions.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Space '{self.name}' with {len(self.decisions)} decisions>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(p)}</td><td>{escape(d.expected())}</td><td>{escape(str(d.default))}</td></tr>" for p, d in self.decisions.items()
        )
        head = escape(self.describe().partition("\n")[0])
        return f"<p>{head}</p><table><thead><tr><th>decision</th><th>allowed</th><th>default</th></tr></thead><tbody>{rows}</tbody></table>"

    def all_nodes(self) -> Iterator[Node]:
        """Every node of the graph, training choices included."""
        for region in filter(None, (self.root, self.settings)):
            yield from nodes(region)

    def read_decisions(self) -> set[str]:
        """Paths of the decisions that anything reads: a layer, a call, a branch, a requirement or a setting."""
        read: set[str] = set()
        for region in filter(None, (self.root, self.settings)):
            for x in [region.out, *((n.config, n.args, n.kwargs, None if n.kind == "decide" else n.index) for n in nodes(region))]:
                read.update(r.decision.path for e in nest_leaves(Expr, _opened(x)) for r in e.refs())
        return read


def _opened(x: Any) -> Any:
    from .graph import Nested

    return nest_map(lambda n: _opened(n.config), Nested, x)


def _call(fn: Callable[..., Any], given: Mapping[str, Value]) -> Any:
    target = getattr(fn, "fn", fn)
    names = inspect.signature(target).parameters
    if any(p.kind is p.VAR_KEYWORD for p in names.values()):
        return fn(**given)
    by_name = {k: v for k, v in given.items() if k in names}
    if getattr(fn, "fn", None) is None and len(by_name) == len(given):
        return fn(**by_name)
    return fn(*(given[n] for n in names if n in given)) if len(by_name) == len(given) else fn(*given.values())


def _settings(training: Callable[..., Any]) -> dict[str, Any]:
    from .language import Block

    block = training if isinstance(training, Block) else Block(training, "training")
    out = Block(block.fn, "training", block.fixed)()
    made = Trace.current("training").regions[-1].nodes[-1]
    result = made.regions[0].out
    if not isinstance(result, dict):
        raise SpaceError(f"training must return a dict of settings by name. Received: {result!r}.")
    del out
    return dict(result)


def _narrowed(decision: Decision, allowed: Any) -> Decision:
    path = decision.path
    if isinstance(allowed, tuple) and decision.kind != "choice" and len(allowed) == 2:
        low, high = allowed
        for bound in allowed:
            if bound is None or not decision.accepts(bound):
                raise SpaceError(f"'{path}' cannot be restricted to {allowed}. Expected a pair within {decision.options}.")
        if low > high:
            raise SpaceError(f"'{path}' cannot be restricted to {allowed}: low is above high.")
        return decision.with_options((low, high), False)
    values = list(allowed) if isinstance(allowed, list | set | tuple | frozenset) else [allowed]
    if not values:
        raise SpaceError(f"'{path}' cannot be restricted to nothing. Expected at least {decision.expected()}.")
    for value in values:
        if not decision.accepts(value):
            raise SpaceError(f"'{path}' cannot be restricted to {value!r}. Expected {decision.expected()}.")
    absent = decision.optional and None in values
    present = [v for v in values if v is not None or decision.kind == "choice"]
    if decision.kind == "choice":
        return decision.with_options(tuple(o for o in decision.options if any(o == v and type(o) is type(v) for v in present)), absent)
    if not present:
        kept = decision.with_options((decision.options[0], decision.options[0]), True)
        raise SpaceError(f"'{path}' cannot be restricted to None alone yet has a range: remove it from the space. Kept: {kept.expected()}.")
    low, high = min(present), max(present)
    if decision.kind == "int" and len(set(present)) != high - low + 1:
        raise SpaceError(f"'{path}' is a range of integers: restrict it to a pair (low, high) or to one value. Received: {values}.")
    if decision.kind == "float" and len(set(present)) > 1:
        raise SpaceError(f"'{path}' is a range of numbers: restrict it to a pair (low, high) or to one value. Received: {values}.")
    return decision.with_options((low, high), absent)


def align(old: Space, new: Space) -> dict[str, str]:
    """Layer paths of an edited space -> the paths they had, by a diff of class and constants inside each scope.

    A heuristic, for weights of unnamed layers; decisions need none, since their paths stay.
    """

    def scopes(space: Space) -> dict[str, list[tuple[str, tuple[str, str]]]]:
        found: dict[str, list[tuple[str, tuple[str, str]]]] = {}
        for node in space.all_nodes():
            if node.layer:
                constants = {k: v for k, v in node.config.items() if not isinstance(v, Expr)}
                found.setdefault(node.layer.rpartition("/")[0], []).append((node.layer, (node.target.name, repr(constants))))
        return found

    before, after, mapped = scopes(old), scopes(new), {}
    for scope in before.keys() & after.keys():
        a, b = before[scope], after[scope]
        for match in difflib.SequenceMatcher(a=[x[1] for x in a], b=[x[1] for x in b], autojunk=False).get_matching_blocks():
            mapped.update({b[match.b + i][0]: a[match.a + i][0] for i in range(match.size)})
    return mapped
