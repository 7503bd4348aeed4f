"""Spaces composed from the views of a task: one encoder a modality, a fusion, a head, and the training choices.

Paths do not depend on what else there is to choose: ``image/residual/depth`` is the same decision in a task with and without
a pretrained encoder, so that what one search learned can be told to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..data.views import MODALITIES
from ..errors import SpaceError
from ..space import Input, Space
from .fusion import joined
from .heads import output, predicted, settled
from .training import training_for

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from ..task import Task


def multimodal(task: Task | TaskData, modalities: Sequence[str] | None = None) -> Space:
    """The space for all that a task offers.

    Each modality has an encoder, chosen among those that its views allow; ``fusion`` joins their vectors where there are
    several, and decides whether to do without one of them: what a modality costs is not always what it tells, and candidates
    that read different things average well. The default candidate is the one that usually does well: frozen features where an
    encoder was given (beside TF-IDF for text), TF-IDF for text without one, small ConvNets for pictures and for the
    spectrograms of sounds, convolutions along series, a two-layer perceptron for the table, and what they all say added up.

    Args:
        task: What to model.
        modalities: Use these only; all that the task has if not given.

    Raises:
        SpaceError: If a modality is asked for that the task does not have.
    """
    views = task.views
    present = [m for m in MODALITIES if any(v.modality == m for v in views.values())]
    asked = (
        present if modalities is None else [modalities] if isinstance(modalities, str) else list(modalities)
    )
    missing = [m for m in asked if m not in present]
    if missing or not asked:
        raise SpaceError(
            f"The task '{task.name}' has no {' or '.join(missing) or 'modality'} to model. It has: {', '.join(present)}."
        )
    chosen = [m for m in MODALITIES if m in asked]
    used = {n: v for n, v in views.items() if v.modality in chosen}

    def model(**given: Any) -> dict[str, Any]:
        return {output(task): joined(chosen, used, given, partial(predicted, task), task.outputs)}

    inputs = {n: Input(v.shape, v.dtype) for n, v in used.items()}
    return settled(Space.trace(model, inputs, name="+".join(chosen), training=training_for(used)), task)


def image(task: Task | TaskData) -> Space:
    """The space over a task's pictures alone."""
    return multimodal(task, ("image",))


def text(task: Task | TaskData) -> Space:
    """The space over a task's texts alone."""
    return multimodal(task, ("text",))


def audio(task: Task | TaskData) -> Space:
    """The space over a task's sounds alone."""
    return multimodal(task, ("audio",))


def series(task: Task | TaskData) -> Space:
    """The space over a task's numbers in a row alone."""
    return multimodal(task, ("series",))


def tabular(task: Task | TaskData) -> Space:
    """The space over a task's numbers, categories and tags alone."""
    return multimodal(task, ("table",))
