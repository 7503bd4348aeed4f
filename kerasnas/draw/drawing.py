"""A picture with the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .table import table


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

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return f"{self.svg}<details><summary>As a table</summary>{self.table()}</details>"
