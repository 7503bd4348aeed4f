"""Learning curves of a search's trials: SVG, and the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .frame import SOLID, Frame
from .lines import ACCENT, FAINT, Line, best_of, choose, extent
from .scale import decimate, path, score
from .table import table

MOST_LINES, MOST_POINTS = 40, 1600


def learning_curves(lines: Sequence[Line], *, metric: str, direction: str = "max") -> str:
    """Draw the objective by epoch, one line a trial, the best one marked and named.

    Args:
        lines: All trials; those worth it are drawn (see ``lines.choose``), at most 1,600 points in all.
        metric: Name of the objective.
        direction: "max" or "min".

    Returns:
        An ``<svg>`` string. Each line is a ``<g data-trial="N" data-label="...">`` for a view to listen to.
        Empty when no trial has finished an epoch.
    """
    drawn = choose([line for line in lines if line.points], direction, MOST_LINES)
    if not drawn:
        return ""
    best = best_of(drawn, direction)
    frame = Frame(
        name="curves",
        title=f"Validation {metric} by epoch",
        description=_told(len(drawn), len(lines), best),
        x_values=(1.0, max(line.points[-1][0] for line in drawn)),
        y_values=extent(value for line in drawn for _, value in line.points),
        x_label="epoch",
        y_label=f"validation {metric}",
    )
    each = max(8, MOST_POINTS // len(drawn))
    for line in sorted(drawn, key=lambda line: line is best):
        frame.marks.append(_draw(frame, line, each, best=line is best))
    if best is not None:
        x, y = (
            frame.x(best.points[-1][0]) + 8,
            min(max(frame.y(best.points[-1][1]) + 4, 30.0), frame.height - 40.0),
        )
        frame.marks.append(f'<text x="{x:.1f}" y="{y:.1f}" font-weight="600">best #{best.number}</text>')
    return frame.svg()


def _told(drawn: int, total: int, best: Line | None) -> str:
    counted = f"{drawn} of {total} trials" if drawn < total else f"{drawn} trial{'s' if drawn != 1 else ''}"
    if best is None:
        return f"{counted}; none has finished yet."
    return f"{counted}; the best, trial {best.number}, reached {score(best.value)}."


def _draw(frame: Frame, line: Line, limit: int, *, best: bool) -> str:
    low, high = frame.y.domain
    points = [(epoch, min(max(value, low), high)) for epoch, value in decimate(line.points, limit)]
    said = score(line.value if line.value is not None else line.points[-1][1])
    told = escape(f"trial {line.number}, {line.state}, {said}", quote=True)
    colour, width, opacity, radius = (ACCENT, 2.5, 1, 3.5) if best else (FAINT, 1.2, 0.4, 2)
    dash = "" if line.state == "completed" else ' stroke-dasharray="5 3"'
    end_x, end_y = frame.x(points[-1][0]), frame.y(points[-1][1])
    return (
        f'<g data-trial="{line.number}" data-label="{told}">'
        f'<polyline points="{path(points, frame.x, frame.y)}" fill="none" stroke="currentColor" '
        f'stroke-opacity="{opacity}" stroke-width="{width}"{dash} '
        f'style="stroke:{colour};stroke-opacity:{SOLID},{opacity})"/>'
        f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="{radius}" '
        f'fill="currentColor" style="fill:{colour}"/></g>'
    )


def learning_table(lines: Sequence[Line], *, metric: str, direction: str = "max") -> str:
    """The table twin of ``learning_curves``: first, best and last value of each line drawn."""
    pick = max if direction == "max" else min
    rows = []
    for line in choose([line for line in lines if line.points], direction, MOST_LINES):
        values = [value for _, value in line.points]
        shown = (values[0], pick(values), values[-1])
        rows.append((f"#{line.number}", line.state, len(values), *map(score, shown)))
    columns = ("trial", "state", "epochs", "first", "best", "last")
    return table(columns, rows, caption=f"Validation {metric} by epoch")
