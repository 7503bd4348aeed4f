"""What a trace leaves behind, and what a genotype makes of it: nodes in nested regions, steps in a plan."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpaceError

# leaves that no nest needs looking into
ATOMS = frozenset({int, float, str, bool, type(None)})


class Target:
    """Something a node calls, known by name: a Keras layer, an operation, a class or a factory.

    Args:
        name: ``"module:qualified.name"``.
        found: The object itself, where the caller has it.
    """

    __slots__ = ("_found", "name")

    def __init__(self, name: str, found: Any = None) -> None:
        self.name, self._found = name, found

    def resolve(self) -> Any:
        """The object, imported on first use.

        Raises:
            SpaceError: If nothing of that name can be imported.
        """
        if self._found is None:
            module, _, path = self.name.partition(":")
            try:
                found: Any = importlib.import_module(module)
                for part in path.split("."):
                    found = getattr(found, part)
            except (ImportError, AttributeError) as error:
                raise SpaceError(
                    f"The space calls '{self.name}', which cannot be imported here: {error}. "
                    "Define it again and pass it: Space.from_json(data, objects={name: object})."
                ) from error
            self._found = found
        return self._found

    @property
    def short(self) -> str:
        """The last part of the name, e.g. ``"Conv2D"``."""
        return self.name.rpartition(":")[2].rpartition(".")[2]

    @property
    def keras(self) -> bool:
        """Whether it is Keras' own."""
        return self.name.startswith("keras.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Target({self.name})"


@dataclass(eq=False)
class Nested:
    """A layer given to another layer's constructor, e.g. what ``Bidirectional`` wraps."""

    target: Target
    config: dict[str, Any]


@dataclass(eq=False, repr=False)
class Region:
    """Nodes that run together.

    Attributes:
        nodes: In order.
        out: What it gives: any nest of Values, expressions and constants.
        label: Its scope.
        branch: Whether it runs for some genotypes only. The trace needs to know; it is not part of the data.
    """

    nodes: list[Node] = field(default_factory=list)
    out: Any = None
    label: str = ""
    branch: bool = False

    def __repr__(self) -> str:
        return f"<region '{self.label}' with {len(self.nodes)} nodes>"


@dataclass(eq=False, repr=False)
class Node:
    """One recorded call.

    Attributes:
        kind: input, layer, op, external (a nested model), block, pick, decide or require.
        path: This call's own name, unique in the space.
        target: What is called; for a block its name.
        config: Constructor arguments; may hold expressions.
        args: Call arguments: any nest of Values, expressions and constants.
        kwargs: Call arguments by keyword.
        layer: Which weights the call uses: equal for two calls of one layer object.
        regions: The inside of a block, the branches of a pick.
        index: pick: which branch (expression); decide: the Decision; require: the condition.
        varying: Which constructor arguments hold expressions; None until a walk has looked.
    """

    kind: str
    path: str
    target: Any = None
    config: dict[str, Any] = field(default_factory=dict)
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    layer: str = ""
    regions: tuple[Region, ...] = ()
    index: Any = None
    varying: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} '{self.path}'>"


@dataclass(frozen=True)
class Spec:
    """Shape (batch first, as None) and dtype of a tensor."""

    shape: tuple[int | None, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class Inferred:
    """What a call gives: output (Spec, or a nest of them), parameters, and FLOPs a row (None: unknown)."""

    out: Any
    parameters: int
    flops: int | None


@dataclass(eq=False, slots=True, repr=False)
class Tensor:
    """An output of a step."""

    step: Step
    item: Any
    shape: tuple[int | None, ...]
    dtype: str = "float32"

    def __repr__(self) -> str:
        return f"<tensor {self.shape} of '{self.step.node.path}'>"


@dataclass(eq=False, slots=True, repr=False)
class Step:
    """A node made concrete for one genotype.

    Attributes:
        node: Where it comes from.
        config: Constructor arguments, all numbers known.
        args: Call arguments; Tensors where tensors go in.
        kwargs: The same by keyword.
        parameters: Weights of its layer (also where the layer is called a second time).
        flops: Per row; None when unknown.
        out: Tensor, or a nest of Tensors.
        steps: The inside of a block; None for all else.
        prefix: Path of a block's layers.
    """

    node: Node
    config: dict[str, Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    parameters: int = 0
    flops: int | None = 0
    out: Any = None
    steps: list[Step] | None = None
    prefix: str = ""

    def __repr__(self) -> str:
        return f"<step '{self.node.path}'>"


@dataclass(eq=False, repr=False)
class Plan:
    """A genotype made concrete: the one thing that lowerings read.

    Attributes:
        genotype: The active decisions and their values.
        steps: What is computed, in order; blocks nest. What no output needs is not there.
        out: Tensor, or a dict of Tensors by output name.
        parameters: All weights, each layer once.
        flops: Per row; None where a step's count is unknown.
        activations: Numbers that the outputs of all steps hold, per row.
        inputs: The inputs that an output depends on.
        settings: Training choices by name.
        unknown: Paths of the steps whose FLOPs are unknown.
    """

    genotype: dict[str, Any]
    steps: list[Step]
    out: Any
    parameters: int
    flops: int | None
    activations: int
    inputs: dict[str, Step]
    settings: dict[str, Any]
    unknown: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Plan with {self.parameters:,} parameters, {len(list(leaves(self.steps)))} steps>"


def nest_map(fn: Callable[[Any], Any], leaf: type | tuple[type, ...], x: Any) -> Any:
    """Apply ``fn`` to every leaf of the given types in a nest of tuples, lists and dicts."""
    kind = type(x)
    if kind in ATOMS:  # most of what a plan holds; the walk asks millions of times in a search
        return x
    if isinstance(x, leaf):
        return fn(x)
    if isinstance(x, (tuple, list)):
        if not x:
            return x
        mapped = [nest_map(fn, leaf, v) for v in x]
        return kind(*mapped) if hasattr(kind, "_fields") else kind(mapped)
    if isinstance(x, dict):
        return {k: v if type(v) in ATOMS else nest_map(fn, leaf, v) for k, v in x.items()}
    return x


def nest_leaves(leaf: type | tuple[type, ...], x: Any) -> list[Any]:
    """Every leaf of the given types, in order."""
    found: list[Any] = []
    nest_map(found.append, leaf, x)
    return found


def leaves(steps: list[Step]) -> Iterator[Step]:
    """Every step that is not a block, in order."""
    for step in steps:
        if step.steps is None:
            yield step
        else:
            yield from leaves(step.steps)


def nodes(region: Region) -> Iterator[Node]:
    """Every node of a region and of all regions inside, in order."""
    for node in region.nodes:
        yield node
        for inner in node.regions:
            yield from nodes(inner)
