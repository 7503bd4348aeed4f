"""The charts: best so far, and learning curves. Drawn by ``kerasnas.draw``, each with its table."""

from __future__ import annotations

from kerasnas.draw.curves import learning_curves, learning_table
from kerasnas.draw.progress import progress as progress_chart
from kerasnas.draw.progress import progress_table

from ..facts import Facts
from .base import View


def progress(facts: Facts) -> dict[str, str]:
    """The part "progress"."""
    metric, direction = facts.task.metric, facts.task.direction
    return {
        "svg": progress_chart(facts.lines, metric=metric, direction=direction, baseline=facts.baseline),
        "table": progress_table(facts.lines, metric=metric, direction=direction),
    }


def learning(facts: Facts) -> dict[str, str]:
    """The part "learning"."""
    metric, direction = facts.task.metric, facts.task.direction
    return {
        "svg": learning_curves(facts.lines, metric=metric, direction=direction),
        "table": learning_table(facts.lines, metric=metric, direction=direction),
    }


class Curves(View):
    """Both charts; a line is chosen by pointer or arrow keys."""

    script = "curves.js"
