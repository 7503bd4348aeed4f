"""The frame of a chart: title and description for a screen reader, axes with round ticks, room for marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from .scale import Scale, label, ticks

RULE = "var(--kn-rule,currentColor)"
SOLID = "var(--kn-solid"  # 1 where the colours are ours; else a share of the text's colour
MUTED = "var(--kn-muted,currentColor)"


@dataclass
class Frame:
    """A chart in the making: its scales are ready, its marks are appended to ``marks``.

    Attributes:
        name: The chart's kind, a CSS class ``kn-chart-<name>``.
        title: One line, the SVG's ``<title>``.
        description: What a person would see, in a sentence or two: the SVG's ``<desc>``.
        x_values: (low, high) of the horizontal axis.
        y_values: (low, high) of the vertical axis.
        x_label: What the horizontal axis counts.
        y_label: What the vertical axis measures.
        width: Of the drawing, px; it scales with its container.
        height: Of the drawing, px.
        whole_x: Ticks of the horizontal axis are whole numbers.
    """

    name: str
    title: str
    description: str
    x_values: tuple[float, float]
    y_values: tuple[float, float]
    x_label: str
    y_label: str
    width: int = 680
    height: int = 280
    whole_x: bool = True
    marks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        left, right, top, bottom = 52, 96, 26, 36
        self.x_ticks = ticks(*self.x_values, 7, whole=self.whole_x)
        self.y_ticks = ticks(*self.y_values, 5)
        low, high = self.x_values
        self.x = Scale((low, high if high > low else low + 1), (left, self.width - right))
        self.y = Scale((self.y_ticks[0], self.y_ticks[-1]), (self.height - bottom, top))

    def svg(self) -> str:
        """The finished drawing."""
        said = escape(f"{self.title}. {self.description}", quote=True)
        return (
            f'<svg class="kn-chart kn-chart-{self.name}" role="img" aria-label="{said}" '
            f'viewBox="0 0 {self.width} {self.height}" width="100%" style="max-width:{self.width}px" '
            'font-family="inherit" font-size="12" fill="currentColor">'
            f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
            f"{self._axes()}{''.join(self.marks)}</svg>"
        )

    def _axes(self) -> str:
        left, right = self.x.pixels
        bottom = self.y.pixels[0]
        y_step = self.y_ticks[1] - self.y_ticks[0]
        x_step = self.x_ticks[1] - self.x_ticks[0]
        rules = "".join(f'<path d="M{left} {self.y(v):.1f}H{right}"/>' for v in self.y_ticks)
        beside = "".join(
            f'<text x="{left - 8}" y="{self.y(v) + 4:.1f}" text-anchor="end">{label(v, y_step)}</text>'
            for v in self.y_ticks
        )
        shown = [v for v in self.x_ticks if self.x.domain[0] <= v <= self.x.domain[1]]
        below = "".join(
            f'<text x="{self.x(v):.1f}" y="{bottom + 16}" text-anchor="middle">{label(v, x_step)}</text>'
            for v in shown
        )
        return (
            f'<g stroke="currentColor" stroke-opacity=".2" style="stroke:{RULE};stroke-opacity:{SOLID},.2)">'
            f"{rules}</g>"
            f'<g style="fill:{MUTED}">{beside}{below}'
            f'<text x="{left - 44}" y="13">{escape(self.y_label)}</text>'
            f'<text x="{right}" y="{bottom + 31}" text-anchor="end">{escape(self.x_label)}</text></g>'
        )
