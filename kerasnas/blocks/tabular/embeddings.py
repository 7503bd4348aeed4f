"""Categories as embeddings.

Source: Guo and Berkhahn, "Entity embeddings of categorical variables", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...space import Choice, block
from .columns import category_vector


@block("embeddings")
def embeddings(
    categories: Any,
    *,
    cardinalities: Sequence[int],
    width: Any = Choice(4, 8, 16, default=8),
    sizes: Any = Choice("equal", "by_cardinality"),
) -> Any:
    """Categories to one vector.

    Args:
        categories: ``(c,)`` integers, each below its column's cardinality.
        cardinalities: Of the columns.
        width: Of an embedding, the largest where they differ.
        sizes: "equal", or "by_cardinality": narrower where a column has few values.
    """
    return category_vector(categories, cardinalities, width, sizes)
