"""The block for numbers in a row."""

from __future__ import annotations

import pytest

from kerasnas import Input
from kerasnas.blocks import temporal
from kerasnas.testing.blocks import check_block


@pytest.mark.parametrize(("points", "stages"), [(24, 2), (2, 1), (1, 2)])
def test_temporal(points: int, stages: int) -> None:
    check_block(temporal.using(stages=stages), {"series": Input((points, 2))}, samples=3)
