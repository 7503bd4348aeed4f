"""The charts: best so far as the search went on, and learning curves. Drawn by ``kerasnas.draw``, each with its table."""

from __future__ import annotations

from kerasnas.draw import curves as draw

from ..facts import Facts
from .base import View


def progress(facts: Facts) -> dict[str, str]:
    """The part "progress"."""
    metric, direction = facts.task.metric, facts.task.direction
    return {
        "svg": draw.progress(facts.lines, metric=metric, direction=direction, baseline=facts.baseline),
        "table": draw.progress_table(facts.lines, metric=metric, direction=direction),
    }


def learning(facts: Facts) -> dict[str, str]:
    """The part "learning"."""
    metric, direction = facts.task.metric, facts.task.direction
    return {
        "svg": draw.learning_curves(facts.lines, metric=metric, direction=direction),
        "table": draw.learning_table(facts.lines, metric=metric, direction=direction),
    }


class Curves(View):
    """Both charts; a line is chosen by pointer or arrow keys."""

    script = "curves.js"
