"""The Data tab: every column with the kind found and why; a kind can be changed until the search starts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from kerasnas.data.columns import KINDS
from kerasnas.draw.scale import score

from .. import assets
from ..words import clip, count

if TYPE_CHECKING:
    from kerasnas.task import Task

MOST_COLUMNS = 200


def describe(
    task: Task, errors: Mapping[str, str] | None = None, *, fixed: Collection[str] = (), locked: bool = False
) -> dict[str, Any]:
    """What the tab shows of a task.

    Args:
        task: The task as typed now.
        errors: Column to message, where a change was refused.
        fixed: Columns whose kind other options of the task decide.
        locked: No more changes: the search has started.

    Returns:
        JSON; at most 200 columns are listed, and the summary says so where there are more.
    """
    errors = errors or {}
    columns = list(task.columns)
    used = sum(column.kind != "dropped" for column in columns)
    summary = (
        f"{count(task.rows, 'row')}, {count(len(columns), 'column')}, {used} used. "
        f"Predicts {task.target} ({task.problem}), judged by {task.metric}."
    )
    summary += "".join(f" Note: {note}." for note in task.notes[:3])
    if len(columns) > MOST_COLUMNS:
        summary += f" The first {MOST_COLUMNS} columns are listed."
    rows = [
        {
            "name": column.name,
            "kind": column.kind,
            "kinds": [column.kind] if column.name in fixed else list(KINDS),
            "reason": clip(column.reason, 160),
            "missing": f"{column.missing:,}" if column.missing else "none",
            "distinct": f"{column.distinct:,}",
            "examples": clip(", ".join(clip(_example(example), 40) for example in column.examples), 120),
            "error": clip(errors.get(column.name, ""), 200),
        }
        for column in columns[:MOST_COLUMNS]
    ]
    return {
        "summary": summary,
        "columns": rows,
        "locked": locked,
        "error": clip(errors.get("", ""), 300),
        "target": None,
    }


def _example(value: Any) -> str:
    if isinstance(value, bytes):
        return f"({len(value):,} bytes)"
    if isinstance(value, float):
        return f"{value:g}"
    return " ".join(str(value).split())


def classes(name: str, counts: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The target's distribution of a classification: the largest classes and the rest."""
    total = sum(number for _, number in counts) or 1
    ordered = sorted(counts, key=lambda pair: -pair[1])
    shown, rest = ordered[:12], ordered[12:]
    parts = [
        {"name": clip(label, 24), "text": f"{number:,} ({number / total:.0%})", "fraction": number / total}
        for label, number in shown
    ]
    if rest:
        number = sum(n for _, n in rest)
        parts.append(
            {
                "name": f"{len(rest)} more",
                "text": f"{number:,} ({number / total:.0%})",
                "fraction": number / total,
            }
        )
    told = (
        f"{count(len(ordered), 'class', 'classes')}; the largest, {ordered[0][0]}, "
        f"has {ordered[0][1] / total:.0%} of the rows, the smallest {ordered[-1][1] / total:.1%}"
    )
    return {"name": name, "parts": parts, "told": told}


def numbers(name: str, quantiles: Sequence[float]) -> dict[str, Any]:
    """The target's distribution of a regression, from its five quantiles."""
    names = ("minimum", "lower quarter", "median", "upper quarter", "maximum")
    told = ", ".join(f"{label} {score(value)}" for label, value in zip(names, quantiles, strict=True))
    return {"name": name, "parts": [], "told": told}


class Columns(anywidget.AnyWidget):  # type: ignore[misc]  # ipywidgets has no types
    """The table of columns. One trait, so that fifty columns are one message and not seven hundred.

    Attributes:
        data: What ``describe`` gives.
        on_kind: Called with (column, kind) when a person chooses another kind.
    """

    _esm = assets.module("columns.js")
    _css = assets.style()
    data = traitlets.Dict().tag(sync=True)

    def __init__(self, data: Mapping[str, Any], on_kind: Callable[[str, str], None] | None = None) -> None:
        self.on_kind = on_kind
        super().__init__(data=dict(data))
        self.on_msg(self._handle)

    def _handle(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        if content.get("type") == "kind" and self.on_kind is not None and content.get("kind") in KINDS:
            self.on_kind(str(content["column"]), str(content["kind"]))
