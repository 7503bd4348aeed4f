"""What stands at the end of a model, by the kind of problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import problems
from ..blocks import classification, cumulative, regression
from ..space import Block, Choice, pick
from .scopes import at

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from ..space import Space
    from ..task import Task

SMOOTHING = "training/label_smoothing"


def predicted(task: Task | TaskData, vector: Any, name: str = "head") -> Any:
    """What the model says: logits ``(classes,)`` or standardised numbers ``(outputs,)``.

    Classes in order may have one score and thresholds instead of a logit each: the decision ``head/kind``.

    Args:
        task: What is predicted.
        vector: ``(d,)``, of all that was read.
        name: Scope of the last layers.
    """
    if problems.get(task.problem).numeric:
        return at(regression, name)(vector, units=task.outputs, name=name)
    flat = at(classification, name)
    if not problems.get(task.problem).ordered:
        return flat(vector, classes=task.outputs, name=name)

    def head(x: Any, *, kind: Any) -> Any:
        return pick(kind, x)

    ways = {
        "classes": flat.using(classes=task.outputs),
        "cumulative": at(cumulative, name, "cumulative").using(classes=task.outputs),
    }
    return at(Block(head, name), name).using(kind=Choice(**ways))(vector, name=name)


def output(task: Task | TaskData) -> str:
    """The name of the model's output."""
    return "value" if problems.get(task.problem).numeric else "logits"


def settled(space: Space, task: Task | TaskData) -> Space:
    """The space without the training choices that mean nothing to the task."""
    if problems.get(task.problem).smoothed or SMOOTHING not in space.decisions:
        return space
    return space.restrict({SMOOTHING: [0.0]})
