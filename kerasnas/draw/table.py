"""The table that stands beside a picture: the same facts, for whoever reads rather than looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> str:
    """Write an HTML table with a caption and column headers.

    Args:
        columns: Headers.
        rows: One sequence a row, as long as ``columns``; every cell is escaped.
        caption: What the table says, read first by a screen reader.

    Returns:
        A ``<table>`` string; a sentence instead of a body when there are no rows.

    Raises:
        ValueError: If a row has another length than the header.
    """
    body = []
    for number, row in enumerate(rows):
        if len(row) != len(columns):
            raise ValueError(
                f"Row {number} of the table '{caption}' has {len(row)} cells; its header has {len(columns)}."
            )
        body.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    filled = "".join(body) or f'<tr><td colspan="{len(columns)}">Nothing yet.</td></tr>'
    return (
        f'<table class="kn-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{filled}</tbody></table>"
    )
