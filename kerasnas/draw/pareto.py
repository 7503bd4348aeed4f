"""The front of several objectives: the metric over one cost, SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .drawing import Drawing
from .frame import SOLID, Frame
from .lines import ACCENT, FAINT
from .scale import score

MOST_POINTS = 600


@dataclass(frozen=True)
class Candidate:
    """One trial: its number, cost and metric, and whether it is on the front."""

    number: int
    cost: float
    value: float
    front: bool = False


def pareto_front(candidates: Sequence[Candidate], *, metric: str, cost: str) -> Drawing:
    """Draw trials as points, the metric over a cost; those on the front are marked and joined.

    Args:
        candidates: Trials that have both; of those beside the front the newest 600 are drawn.
        metric: Name of the metric.
        cost: Name of the cost, with its unit.

    Returns:
        The drawing; its table lists the front. Each point is a ``<g data-trial="N" data-label="...">``. Without a candidate the
        picture is empty.
    """
    on = sorted((c for c in candidates if c.front), key=lambda c: c.cost)
    caption = f"Validation {metric} over {cost}: the trials that no other is better than"
    rows = tuple((f"#{c.number}", score(c.value), f"{c.cost:.4g}") for c in reversed(on))
    columns = ("trial", metric, cost)
    if not candidates:
        return Drawing("", caption, columns, rows)
    beside = sorted((c for c in candidates if not c.front), key=lambda c: c.number)[-MOST_POINTS:]
    drawn = [*beside, *on]
    values, costs = [c.value for c in drawn], [c.cost for c in drawn]
    frame = Frame(
        name="pareto",
        title=f"Validation {metric} over {cost}",
        description=f"{len(candidates)} trial{'s' if len(candidates) != 1 else ''}; {len(on)} on the front.",
        x_values=(min(0.0, *costs) if len(costs) > 1 else min(0.0, costs[0]), max(costs)),
        y_values=(min(values), max(values)),
        x_label=cost,
        y_label=f"validation {metric}",
        whole_x=False,
    )
    if len(on) > 1:
        points = " ".join(f"{frame.x(c.cost):.1f},{frame.y(c.value):.1f}" for c in on)
        frame.marks.append(
            f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-opacity=".6" stroke-width="1.5" '
            f'style="stroke:{ACCENT};stroke-opacity:{SOLID},.6)"/>'
        )
    frame.marks.extend(_draw(frame, c) for c in drawn)
    return Drawing(frame.svg(), caption, columns, rows)


def _draw(frame: Frame, candidate: Candidate) -> str:
    told = escape(f"trial {candidate.number}, {score(candidate.value)} at {candidate.cost:.4g}", quote=True)
    colour, opacity, radius = (ACCENT, 1, 4) if candidate.front else (FAINT, 0.4, 2.5)
    return (
        f'<g data-trial="{candidate.number}" data-label="{told}"><circle cx="{frame.x(candidate.cost):.1f}" '
        f'cy="{frame.y(candidate.value):.1f}" r="{radius}" fill="currentColor" fill-opacity="{opacity}" '
        f'style="fill:{colour};fill-opacity:{SOLID},{opacity})"/></g>'
    )
