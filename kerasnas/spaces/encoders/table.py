"""Tables: what may make a vector of numbers, categories and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks import mlp
from ...data.views import View
from ...space import Choice, because, layers
from ..scopes import at, choose


def table(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """One vector for all of the table."""
    categories = given.get("table_categories")
    plain = [given[name] for name in ("table_numbers", "table_tags") if name in given]
    cardinalities = views["table_categories"].info["cardinalities"] if categories is not None else ()
    sized = mlp.using(cardinalities=tuple(int(c) for c in cardinalities))
    if categories is not None:
        why = f"categories have up to {max(map(int, cardinalities))} values"
        sized = sized.using(embedding=because(Choice(4, 8, 16, default=8), why))

    def rows() -> Any:
        numbers = layers.Concatenate()(plain) if len(plain) > 1 else plain[0] if plain else None
        return at(sized, "table", "mlp")(numbers, categories)

    return [choose("table", {"mlp": rows})]
