"""Learning curves of a search's trials, and the best value as the search went on: SVG, each with its table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape

from .frame import Frame
from .scale import decimate, path, score
from .table import table

MOST_LINES, MOST_POINTS, MOST_DOTS = 40, 1600, 200
FAINT = "stroke:var(--kn-faint,currentColor);stroke-opacity:1"
ACCENT = "stroke:var(--kn-accent,currentColor)"


@dataclass(frozen=True)
class Line:
    """One trial's curve.

    Attributes:
        number: The trial's number in its search.
        points: (epoch from 1, value), in order.
        value: What the trial was judged by; None while it runs or where it failed.
        state: "running", "completed", "failed", "refused" or "stopped".
    """

    number: int
    points: tuple[tuple[float, float], ...]
    value: float | None = None
    state: str = "completed"


def choose(lines: Iterable[Line], direction: str, limit: int = MOST_LINES, *, needs_points: bool = True) -> list[Line]:
    """The lines worth drawing: three quarters the best, the rest the newest; by number."""
    usable = [replace(k, points=tuple(p for p in k.points if math.isfinite(p[1]))) for k in lines]
    usable = [line for line in usable if line.points or not needs_points]
    if len(usable) <= limit:
        return sorted(usable, key=lambda line: line.number)
    sign = -1.0 if direction == "max" else 1.0
    ranked = sorted((k for k in usable if k.value is not None), key=lambda line: sign * (line.value or 0.0))
    kept = {line.number: line for line in ranked[: limit * 3 // 4]}
    for line in sorted(usable, key=lambda line: -line.number):
        if len(kept) >= limit:
            break
        kept.setdefault(line.number, line)
    return [kept[number] for number in sorted(kept)]


def _extent(values: Iterable[float]) -> tuple[float, float]:
    """Bounds for the vertical axis; a few wild values (a loss that blew up) may leave the picture."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    if len(ordered) >= 20:
        inner_low, inner_high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
        reach = 3 * ((inner_high - inner_low) or abs(inner_high) or 1.0)
        low, high = max(low, inner_low - reach), min(high, inner_high + reach)
    return low, high


def learning_curves(lines: Sequence[Line], *, metric: str, direction: str = "max") -> str:
    """Draw the objective by epoch, one line a trial, the best one marked and named.

    Args:
        lines: All trials; those worth it are drawn (see ``choose``), at most 1,600 points in all.
        metric: Name of the objective.
        direction: "max" or "min".

    Returns:
        An ``<svg>`` string. Each line is a ``<g data-trial="N" data-label="...">`` for a view to listen to.
        Empty when no trial has finished an epoch.
    """
    drawn = choose(lines, direction)
    if not drawn:
        return ""
    each = max(8, MOST_POINTS // len(drawn))
    best = best_of(drawn, direction)
    low, high = _extent(v for line in drawn for _, v in line.points)
    told = f"{len(drawn)} of {len(lines)} trials. " if len(drawn) < len(lines) else f"{len(drawn)} trials. " if len(drawn) > 1 else ""
    told += f"The best, trial {best.number}, reached {score(best.value)}." if best else "None has finished yet."
    frame = Frame(
        "curves", f"Validation {metric} by epoch", told,
        (1.0, max(line.points[-1][0] for line in drawn)), (low, high), "epoch", f"validation {metric}",
    )  # fmt: skip
    for line in sorted(drawn, key=lambda k: best is not None and k.number == best.number):
        frame.marks.append(_line(frame, line, each, best is not None and line.number == best.number))
    if best is not None:
        x, y = (frame.x(best.points[-1][0]), frame.y(best.points[-1][1]))
        frame.marks.append(
            f'<text x="{x + 8:.1f}" y="{min(max(y + 4, 30.0), frame.height - 40.0):.1f}" font-weight="600">'
            f"best #{best.number}</text>"
        )
    return frame.svg()


def _line(frame: Frame, line: Line, limit: int, best: bool) -> str:
    low, high = frame.y.domain
    points = [(e, min(max(v, low), high)) for e, v in decimate(line.points, limit)]
    told = f"trial {line.number}, {line.state}, {score(line.value if line.value is not None else line.points[-1][1])}"
    dash = "" if line.state == "completed" else ' stroke-dasharray="5 3"'
    style, width = (ACCENT, "2.5") if best else (FAINT, "1.2")
    end_x, end_y = frame.x(points[-1][0]), frame.y(points[-1][1])
    dot = f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="{3.5 if best else 2}" fill="currentColor" style="{style.replace("stroke:", "fill:", 1)}" stroke="none"/>'
    return (
        f'<g data-trial="{line.number}" data-label="{escape(told, quote=True)}"><polyline points="{path(points, frame.x, frame.y)}" fill="none" '
        f'stroke="currentColor" stroke-opacity="{1 if best else 0.4}" stroke-width="{width}"{dash} style="{style}"/>{dot}</g>'
    )


def best_of(lines: Iterable[Line], direction: str) -> Line | None:
    """The completed line with the best value, the earlier one where two are equal."""
    done = [k for k in lines if k.value is not None and math.isfinite(k.value) and k.state == "completed"]
    sign = 1.0 if direction == "max" else -1.0
    return max(done, key=lambda line: (sign * (line.value or 0.0), -line.number), default=None)


def learning_table(lines: Sequence[Line], *, metric: str, direction: str = "max") -> str:
    """The table twin of ``learning_curves``: first, best and last value of each line drawn."""
    pick = max if direction == "max" else min
    rows = []
    for line in choose(lines, direction):
        values = [v for _, v in line.points]
        rows.append((f"#{line.number}", line.state, len(values), score(values[0]), score(pick(values)), score(values[-1])))
    return table(("trial", "state", "epochs", "first", "best", "last"), rows, caption=f"Validation {metric} by epoch")


def progress(lines: Sequence[Line], *, metric: str, direction: str = "max", baseline: float | None = None) -> str:
    """Draw each trial's value in the order of the search, and above them the best so far as a stair.

    Args:
        lines: All trials; those without a value are left out.
        metric: Name of the objective.
        direction: "max" or "min".
        baseline: Value of a model that knows nothing; drawn as a dashed rule.

    Returns:
        An ``<svg>`` string; empty when no trial has completed.
    """
    done = _completed(lines)
    if not done:
        return ""
    stairs = _stairs(done, direction)
    values = [line.value or 0.0 for line in done] + ([baseline] if baseline is not None else [])
    last = stairs[-1][1]
    told = f"{len(done)} completed trials; the best rose" if direction == "max" else f"{len(done)} completed trials; the best fell"
    told += f" from {score(stairs[0][1])} to {score(last)}."
    frame = Frame(
        "progress", f"Best validation {metric} so far", told,
        (done[0].number, max(done[-1].number, done[0].number + 1)), _extent(values), "trial", f"validation {metric}",
    )  # fmt: skip
    low, high = frame.y.domain
    if baseline is not None:
        left, right = frame.x.pixels
        frame.marks.append(
            f'<path d="M{left} {frame.y(baseline):.1f}H{right}" stroke="currentColor" stroke-dasharray="2 4" '
            f'style="stroke:var(--kn-muted,currentColor)"/><text x="{right + 8}" y="{frame.y(baseline) + 4:.1f}" '
            'style="fill:var(--kn-muted,currentColor)">baseline</text>'
        )
    corners: list[tuple[float, float]] = []
    for number, value in stairs:
        if corners:
            corners.append((float(number), corners[-1][1]))
        corners.append((float(number), value))
    corners.append((frame.x.domain[1], last))
    frame.marks.append(
        f'<polyline points="{path(corners, frame.x, frame.y)}" fill="none" stroke="currentColor" stroke-width="2.5" style="{ACCENT}"/>'
    )
    dots = "".join(
        f'<g data-trial="{line.number}" data-label="trial {line.number}, {score(line.value)}">'
        f'<circle cx="{frame.x(line.number):.1f}" cy="{frame.y(min(max(line.value or 0.0, low), high)):.1f}" r="3.2"/></g>'
        for line in choose(done, direction, MOST_DOTS, needs_points=False)
    )
    frame.marks.append(f'<g fill="currentColor" style="fill:var(--kn-faint,currentColor)">{dots}</g>')
    frame.marks.append(
        f'<text x="{frame.x.pixels[1] + 8}" y="{frame.y(last) + 4:.1f}" font-weight="600">best {score(last)}</text>'
    )
    return frame.svg()


def _completed(lines: Iterable[Line]) -> list[Line]:
    done = [k for k in lines if k.state == "completed" and k.value is not None and math.isfinite(k.value)]
    return sorted(done, key=lambda line: line.number)


def _stairs(done: Sequence[Line], direction: str) -> list[tuple[int, float]]:
    sign = 1.0 if direction == "max" else -1.0
    stairs: list[tuple[int, float]] = []
    for line in done:
        value = line.value or 0.0
        if not stairs or sign * value > sign * stairs[-1][1]:
            stairs.append((line.number, value))
    return stairs


def progress_table(lines: Sequence[Line], *, metric: str, direction: str = "max") -> str:
    """The table twin of ``progress``: the trials that raised the best."""
    rows = [(f"#{number}", score(value)) for number, value in _stairs(_completed(lines), direction)]
    return table(("trial", metric), rows, caption=f"Trials that improved the best validation {metric}")
