"""A space in words and as HTML: its size, what it decides and why, what it demands, and what its candidates cost."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..errors import GenotypeError
from .extremes import Extreme, extremes
from .restrict import in_words

if TYPE_CHECKING:
    from ..lower.cost import Cost
    from .space import Space


def heading(space: Space) -> str:
    """Name and size, in one line."""
    return f"Space '{space.name}': {len(space.decisions)} decisions, {_size(space)} genotypes"


def describe(space: Space) -> str:
    """All that a person may want to know before a search, as text."""
    lines = [heading(space)]
    for path, decision in space.decisions.items():
        reason = space.reasons.get(path)
        lines.append(f"  {path}: {in_words(decision)}" + (f" ({reason})" if reason else ""))
    lines += [f"  where {c.name}: {c.in_words()}" for c in space.constraints]
    others = {path: reason for path, reason in space.reasons.items() if path not in space.decisions}
    lines += [f"  {path}: {reason}" for path, reason in others.items()]
    return "\n".join([*lines, *costs(space)])


def costs(space: Space) -> list[str]:
    """What the default, the cheapest and the dearest candidate found cost, a line each."""
    try:
        rows = [("default", space.cost(space.default()))]
        lows, highs = zip(*(extremes(space, by) for by in ("parameters", "flops")), strict=True)
        for by, name in (
            ("parameters", "parameters"),
            ("flops", "FLOPs"),
        ):  # the other's ends may lie further out

            def amount(one: Extreme, by: str = by) -> int:
                return getattr(one.cost, by) or 0

            low, high = min(lows, key=amount), max(highs, key=amount)
            rows += [(f"cheapest by {name}", low.cost), (f"dearest by {name}", high.cost)]
    except GenotypeError as error:
        return [f"No candidate to cost: {error}"]
    return [f"{name}: {_cost(found)}" for name, found in _merged(rows)]


def html(space: Space) -> str:
    """The decisions as a table, for a notebook; quick, without the costs."""
    rows = "".join(
        f"<tr><td>{escape(p)}</td><td>{escape(d.expected())}</td><td>{escape(str(d.default))}</td>"
        f"<td>{escape(space.reasons.get(p, ''))}</td></tr>"
        for p, d in space.decisions.items()
    )
    columns = "<tr><th>decision</th><th>allowed</th><th>default</th><th>why</th></tr>"
    demands = "".join(f"<p>where {escape(c.name)}: {escape(c.in_words())}</p>" for c in space.constraints)
    return f"<p>{escape(heading(space))}</p><table><thead>{columns}</thead><tbody>{rows}</tbody></table>{demands}"


def _merged(rows: list[tuple[str, Cost]]) -> list[tuple[str, Cost]]:
    """Ends that are one and the same cost, in one line."""
    found: list[tuple[str, Cost]] = []
    for name, cost in rows:
        for i, (other, known) in enumerate(found):
            if other.partition(" by ")[0] == name.partition(" by ")[0] and known == cost:
                found[i] = (other.replace(" by parameters", ""), cost)
                break
        else:
            found.append((name, cost))
    return found


def _cost(cost: Cost) -> str:
    flops = "unknown" if cost.flops is None else f"{cost.flops:,}"
    return f"{cost.parameters:,} parameters, {flops} FLOPs"


def _size(space: Space) -> str:
    number = space.size()
    if number == float("inf"):
        return "infinitely many"
    shown = f"{number:,}" if number < 10**9 else f"{number:.2e}"
    return shown if space.size_is_exact else f"at most {shown}"
