"""The best value as a search went on: SVG, and the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence

from .frame import Frame
from .lines import ACCENT, FAINT, MUTED, Line, choose, extent
from .scale import path, score
from .table import table

MOST_DOTS = 200


def progress(
    lines: Sequence[Line], *, metric: str, direction: str = "max", baseline: float | None = None
) -> str:
    """Draw each trial's value in the order of the search, and above them the best so far as a stair.

    Args:
        lines: All trials; those without a value are left out, and of very many the best and newest drawn.
        metric: Name of the objective.
        direction: "max" or "min".
        baseline: Value of a model that knows nothing; drawn as a dashed rule.

    Returns:
        An ``<svg>`` string; empty when no trial has completed.
    """
    done = sorted((line for line in lines if line.judged), key=lambda line: line.number)
    if not done:
        return ""
    stairs = _stairs(done, direction)
    last = stairs[-1][1]
    went = f"the best {'rose' if direction == 'max' else 'fell'} from {score(stairs[0][1])} to {score(last)}"
    values = [line.value or 0.0 for line in done] + ([baseline] if baseline is not None else [])
    frame = Frame(
        name="progress",
        title=f"Best validation {metric} so far",
        description=f"{len(done)} completed trial{'s' if len(done) != 1 else ''}; {went}.",
        x_values=(done[0].number, max(done[-1].number, done[0].number + 1)),
        y_values=extent(values),
        x_label="trial",
        y_label=f"validation {metric}",
    )
    if baseline is not None:
        frame.marks.append(_rule(frame, baseline))
    corners = _corners(stairs, frame.x.domain[1])
    frame.marks += [
        f'<polyline points="{path(corners, frame.x, frame.y)}" fill="none" '
        f'stroke="currentColor" stroke-width="2.5" style="stroke:{ACCENT}"/>',
        _dots(frame, choose(done, direction, MOST_DOTS)),
        f'<text x="{frame.x.pixels[1] + 8}" y="{frame.y(last) + 4:.1f}" font-weight="600">'
        f"best {score(last)}</text>",
    ]
    return frame.svg()


def _rule(frame: Frame, value: float) -> str:
    (left, right), y = frame.x.pixels, frame.y(value)
    return (
        f'<path d="M{left} {y:.1f}H{right}" stroke="currentColor" stroke-dasharray="2 4" '
        f'style="stroke:{MUTED}"/>'
        f'<text x="{right + 8}" y="{y + 4:.1f}" style="fill:{MUTED}">baseline</text>'
    )


def _dots(frame: Frame, lines: Sequence[Line]) -> str:
    low, high = frame.y.domain
    dots = []
    for line in lines:
        x, y = frame.x(line.number), frame.y(min(max(line.value or 0.0, low), high))
        told = f'data-trial="{line.number}" data-label="trial {line.number}, {score(line.value)}"'
        dots.append(f'<g {told}><circle cx="{x:.1f}" cy="{y:.1f}" r="3.2"/></g>')
    return f'<g fill="currentColor" style="fill:{FAINT}">{"".join(dots)}</g>'


def _stairs(done: Sequence[Line], direction: str) -> list[tuple[int, float]]:
    """The trials that raised the best, with their value."""
    sign = 1.0 if direction == "max" else -1.0
    stairs: list[tuple[int, float]] = []
    for line in done:
        value = line.value or 0.0
        if not stairs or sign * value > sign * stairs[-1][1]:
            stairs.append((line.number, value))
    return stairs


def _corners(stairs: Sequence[tuple[int, float]], end: float) -> list[tuple[float, float]]:
    corners: list[tuple[float, float]] = []
    for number, value in stairs:
        if corners:
            corners.append((float(number), corners[-1][1]))
        corners.append((float(number), value))
    return [*corners, (end, stairs[-1][1])]


def progress_table(lines: Sequence[Line], *, metric: str, direction: str = "max") -> str:
    """The table twin of ``progress``: the trials that improved the best."""
    done = sorted((line for line in lines if line.judged), key=lambda line: line.number)
    rows = [(f"#{number}", score(value)) for number, value in _stairs(done, direction)]
    return table(("trial", metric), rows, caption=f"Trials that improved the best validation {metric}")
