"""A picture with the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .table import table

ALONE = (
    "<style>svg{--kn-alone:#1c1e21;background:#ffffff}"
    "@media(prefers-color-scheme:dark){svg{--kn-alone:#e6e8eb;background:#16181c}}</style>"
)
"""Colours of a picture that stands in no page, whose text it could take the colour of: light, or dark where the reader prefers it."""


@dataclass(frozen=True)
class Drawing:
    """An SVG picture that a notebook shows, with a table twin for whoever reads rather than looks.

    Attributes:
        svg: The picture.
        caption: What it shows.
        columns: Headers of the table.
        rows: Its rows.
    """

    svg: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Sequence[object], ...]

    def table(self) -> str:
        """The same facts as an HTML table."""
        return table(self.columns, self.rows, caption=self.caption)

    @property
    def alone(self) -> str:
        """The picture as a file of its own holds it, with its own colours: light, or dark where the reader prefers that."""
        head, bracket, rest = self.svg.partition(">")
        return self.svg if head.endswith("/") else f"{head}{bracket}{ALONE}{rest}"

    def save(self, path: str | Path) -> Path:
        """Write the picture as an SVG file that any browser shows, details on hover included.

        Args:
            path: Of the file.
        """
        goal = Path(path).expanduser()
        goal.write_text(self.alone, encoding="utf-8")
        return goal

    def _repr_svg_(self) -> str:
        return self.alone

    def _repr_html_(self) -> str:
        return f"{self.svg}<details><summary>As a table</summary>{self.table()}</details>"
