from __future__ import annotations

import pytest

from kerasnas.space import Space

from .spaces import every_space


@pytest.fixture(scope="session")
def spaces() -> dict[str, Space]:
    return every_space()
