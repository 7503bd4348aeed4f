"""A learning curve as small as a word, for a row of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .scale import Scale, decimate, path, score

WIDTH, HEIGHT = 72, 18


def sparkline(
    values: Sequence[float], *, what: str = "objective", domain: tuple[float, float] | None = None
) -> str:
    """Draw one value an epoch as an SVG line that ends in a dot.

    Args:
        values: Values in order; those that are not finite are left out.
        what: Name of the values, for the description that a screen reader hears.
        domain: Shared (low, high) of a column of sparklines, else the line's own.

    Returns:
        An ``<svg>`` string, 72 x 18 px, in ``--kn-accent`` or the text's colour. Empty without a value.
    """
    points = [(float(k), float(v)) for k, v in enumerate(values) if math.isfinite(v)]
    if not points:
        return ""
    low, high = domain or (min(v for _, v in points), max(v for _, v in points))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    x = Scale((0.0, max(points[-1][0], 1.0)), (2.0, WIDTH - 4.0))
    y = Scale((low, high), (HEIGHT - 3.0, 3.0))
    end_x, end_y = x(points[-1][0]), min(max(y(points[-1][1]), 2.0), HEIGHT - 2.0)
    clipped = [(k, min(max(v, low), high)) for k, v in decimate(points, 24)]
    count = len(points)
    epochs = f"{count} epoch{'s' if count != 1 else ''}"
    heard = f"{what} over {epochs}: from {score(points[0][1])} to {score(points[-1][1])}"
    return (
        f'<svg class="kn-spark" role="img" aria-label="{escape(heard, quote=True)}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<polyline points="{path(clipped, x, y)}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-linejoin="round" style="stroke:var(--kn-accent,var(--jp-brand-color1,currentColor))"/>'
        f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="2" fill="currentColor" '
        'style="fill:var(--kn-accent,var(--jp-brand-color1,currentColor))"/></svg>'
    )
