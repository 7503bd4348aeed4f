"""Spaces written as in AutoKeras: inputs and blocks called one on the other, and the last of them made a space.

picture, words = spaces.view("image_pixels"), spaces.encoded("text")
joined = blocks.concatenation(blocks.residual(picture), words)
space = spaces.composed(task, spaces.head(joined))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from ..space import Input, Space
from ..space.graph import nest_leaves
from ..space.later import Later
from .encoders import ENCODERS
from .heads import output as output_name
from .heads import predicted, settled
from .training import training_for

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from ..task import Task


class View(Later):
    """A view of the data, known when the task is."""

    def __init__(self, name: str) -> None:
        super().__init__(_unknown, (name,))
        self.name = name


class Encoded(Later):
    """A vector for all of a modality, by whichever of our encoders the space chooses."""

    def __init__(self, modality: str) -> None:
        super().__init__(_unknown, (modality,))
        self.modality = modality


class Head(Later):
    """The last layers, by the kind of problem."""

    def __init__(self, x: Later, name: str) -> None:
        super().__init__(_unknown, (x,), {"name": name})
        self.x, self.name = x, name


def _unknown(*_: Any, **__: Any) -> Any:
    raise SpaceError(
        "This is known only with a task: make the space by kerasnas.spaces.composed(task, output)."
    )


def view(name: str) -> Later:
    """A view of a task's data by its name, to call blocks on; ``task.views`` lists them."""
    return View(name)


def encoded(modality: str) -> Later:
    """A vector for a modality ("image", "text", "table", "audio"): what ``multimodal`` would choose among."""
    return Encoded(modality)


def head(x: Later, *, name: str = "head") -> Later:
    """The last layers on a vector: classes, labels or numbers, as the task has them."""
    return Head(x, name)


def composed(task: Task | TaskData, output: Later, *, name: str = "composed", training: Any = None) -> Space:
    """The space of everything that an output stands on.

    Args:
        task: Whose views are read.
        output: The last call, usually a ``head``.
        name: The space's.
        training: A block of training choices; ours if not given.

    Raises:
        SpaceError: If the output is none of these calls, or reads a view or modality that the task does not have.
    """
    if not isinstance(output, Later):
        raise SpaceError(
            "composed(task, output) wants what a block gave that was called on view(...), encoded(...) or head(...). "
            f"Received: {output!r}."
        )
    views = task.views
    parts = _all(output)
    wanted = {p.name for p in parts if isinstance(p, View)}
    asked = {p.modality for p in parts if isinstance(p, Encoded)}
    missing = sorted(wanted - set(views)) + sorted(asked - {v.modality for v in views.values()})
    if missing or not wanted | asked:
        raise SpaceError(
            f"The task '{task.name}' has no {' and no '.join(map(repr, missing)) or 'view here'}. Views: {sorted(views)}; modalities: "
            f"{sorted({v.modality for v in views.values()})}."
        )
    used = {n: v for n, v in views.items() if n in wanted or v.modality in asked}

    def model(**given: Any) -> dict[str, Any]:
        known: dict[int, Any] = {}
        for part in parts:
            if isinstance(part, View):
                known[id(part)] = given[part.name]
            elif isinstance(part, Encoded):
                known[id(part)] = _vector(
                    part.modality, {n: v for n, v in used.items() if v.modality == part.modality}, given
                )
            elif isinstance(part, Head):
                known[id(part)] = predicted(task, part.x.given(known), part.name)
        return {output_name(task): output.given(known)}

    inputs = {n: Input(v.shape, v.dtype) for n, v in used.items()}
    return settled(Space.trace(model, inputs, name=name, training=training or training_for(used)), task)


def _vector(modality: str, views: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    vectors = ENCODERS[modality](views, given)
    if len(vectors) == 1:
        return vectors[0]
    from ..space import layers

    return layers.Concatenate()(vectors)


def _all(output: Later) -> list[Later]:
    """Every call that an output stands on, each once, those first that others stand on."""
    order: dict[int, Later] = {}

    def visit(later: Later) -> None:
        if id(later) in order:
            return
        for inner in nest_leaves(Later, (list(later.args), later.kwargs)):
            visit(inner)
        order[id(later)] = later

    visit(output)
    return list(order.values())
