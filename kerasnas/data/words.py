"""A task in words and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..task import Task


def head(task: Task) -> list[str]:
    """What is predicted, from how many rows, and what was noticed."""
    word = "labels" if task.problem == "multilabel" else "classes"
    classes = "" if task.kind.numeric else f", {task.outputs} {word}"
    parts = task.splits
    return [
        f"{task.name}: predict '{task.target}' ({task.problem}{classes}: {task.problem_reason}), "
        f"judged by {task.metric}",
        f"{task.rows:,} rows: {len(parts.train):,} to train, {len(parts.validation):,} to validate, "
        f"{len(parts.holdout):,} held out",
        *(f"note: {note}" for note in task.notes),
    ]


def in_words(task: Task) -> str:
    """The task as lines of text: its head, then every column with its kind and reason."""
    lines = head(task)
    width = max(len(column.name) for column in task.columns)
    for column in task.columns:
        empty = f", {column.missing:,} empty" if column.missing else ""
        lines.append(f"  {column.name:<{width}}  {column.kind:<11}  {column.reason}{empty}")
    return "\n".join(lines)


def in_html(task: Task) -> str:
    """The task for a notebook: its head, then a table of the columns."""

    def row(cells: Sequence[str], tag: str = "td") -> str:
        inside = "".join(f"<{tag} style='text-align:left'>{html.escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{inside}</tr>"

    first, *others = map(html.escape, head(task))
    body = [
        row([c.name, c.kind, c.reason, f"{c.missing:,}", f"{c.distinct:,}", ", ".join(c.examples)])
        for c in task.columns
    ]
    top = row(["column", "read as", "why", "empty", "distinct", "for example"], "th")
    return f"<div><b>{first}</b><br>{'<br>'.join(others)}<table>{top}{''.join(body)}</table></div>"
