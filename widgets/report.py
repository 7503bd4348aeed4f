"""A static report: what a saved notebook or a page without a kernel shows of a search. Only HTML and SVG."""

from __future__ import annotations

import time
from html import escape
from typing import Any

from kerasnas.draw.curves import learning_curves
from kerasnas.draw.progress import progress
from kerasnas.draw.scale import score
from kerasnas.draw.table import table

from .facts import Facts
from .views import status
from .words import STATE_NAMES, amount, cause, differences

ROWS = 10


def report(facts: Facts, title: str = "") -> str:
    """Write a search as HTML.

    Args:
        facts: What is known of it.
        title: Heading; the task's name by default.

    Returns:
        Heading with the moment it was true, best, ten best trials as a table, both charts, how to attach.
        Without a style sheet or a script: it reads as text where those are stripped.
    """
    head, best = status.head(facts, title), status.best(facts)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(facts.now))
    parts = [
        f"<h3>{escape(head['title'])}: {escape(STATE_NAMES.get(facts.state, facts.state))}</h3>",
        f"<p>{escape(head['subtitle'])}<br>As of {moment}. "
        f"Search <code>{escape(str(facts.search.id))}</code> in <code>{escape(facts.store)}</code></p>",
    ]
    if best:
        change = f" ({escape(best['change'])})" if best["change"] else ""
        parts.append(
            f"<p><strong>Best {escape(best['metric'])}: {best['text']}</strong>{change}, "
            f"{best['stage']}, {escape(best['judged'])}.<br>{escape(best['about'])}</p>"
        )
    if facts.latest_failure is not None:
        why, _ = cause(facts.latest_failure.error)
        parts.append(f"<p>Latest failure, trial {facts.latest_failure.number}: {escape(why)}</p>")
    parts.append(_trials(facts))
    metric, direction = facts.task.metric, facts.task.direction
    parts += [
        progress(facts.lines, metric=metric, direction=direction, baseline=facts.baseline),
        learning_curves(facts.lines, metric=metric, direction=direction),
    ]
    if head["attach"]:
        parts.append(f"<p>To open its panel: <code>{escape(head['attach'])}</code></p>")
    return f'<div style="max-width:980px">{"".join(parts)}</div>'


def _trials(facts: Facts) -> str:
    rows: list[tuple[Any, ...]] = [
        (
            place, f"#{trial.number}", score(trial.value), len(trial.curve),
            amount(trial.cost.get("parameters")), differences(trial.genotype, facts.default),
        )
        for place, trial in enumerate(facts.ranked[:ROWS], start=1)
    ]  # fmt: skip
    columns = (
        "place",
        "trial",
        f"validation {facts.task.metric}",
        "epochs",
        "parameters",
        "choices that differ from the default",
    )
    total = len(facts.trials)
    return table(columns, rows, caption=f"The best {len(rows)} of {total} trials" if rows else "Trials")


def not_started(summary: str, columns: list[tuple[str, str, str]]) -> str:
    """Write a studio whose search has not been started: its data, and how to go on.

    Args:
        summary: One line about the data.
        columns: (name, kind, reason) of each column.
    """
    return (
        f"<p>{escape(summary)}</p>{table(('column', 'kind', 'why'), columns, caption='Columns')}"
        "<p>No search has been started here. Run the cell in Jupyter to open the panel.</p>"
    )
