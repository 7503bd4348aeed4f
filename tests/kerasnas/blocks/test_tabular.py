"""The block for tables: numbers alone, categories alone, both."""

from __future__ import annotations

from typing import Any

import pytest

from kerasnas import Choice, Input, Space
from kerasnas.blocks import mlp
from kerasnas.testing.blocks import check_block

NUMBERS = {"numbers": Input((4,))}
CATEGORIES = {"categories": Input((2,), "int32")}


@pytest.mark.parametrize(
    "inputs", [NUMBERS, CATEGORIES, {**NUMBERS, **CATEGORIES}], ids=["numbers", "categories", "both"]
)
def test_mlp(inputs: dict[str, Input]) -> None:
    given = mlp.using(cardinalities=(3, 5), embedding=Choice(4, 8)) if "categories" in inputs else mlp

    def table(**views: Any) -> Any:
        return given(views.get("numbers"), views.get("categories"))

    check_block(table, inputs, samples=3)


def test_each_column_has_its_own_embeddings() -> None:
    import numpy as np

    space = Space.trace(lambda categories: mlp(None, categories, cardinalities=(3, 5)), CATEGORIES)
    model = space.build(space.default())
    table = next(layer for layer in model.layers if type(layer).__name__ == "Embedding")
    assert table.input_dim == 8
    first, second = (np.asarray(model({"categories": np.array([row], "int32")})) for row in ([0, 1], [1, 0]))
    assert not np.allclose(first, second)


def test_embeddings_begin_as_large_as_scaled_numbers() -> None:
    import numpy as np

    space = Space.trace(lambda categories: mlp(None, categories, cardinalities=(300, 200)), CATEGORIES)
    table = next(
        layer for layer in space.build(space.default()).layers if type(layer).__name__ == "Embedding"
    )
    assert 0.9 < np.asarray(table.embeddings).std() < 1.1
