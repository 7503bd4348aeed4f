"""Options that are drawn more often than others."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from kerasnas import Choice, Input, Space, block
from kerasnas import layers as L
from kerasnas.errors import SpaceError


@block("net")
def net(x: object, *, units: object = Choice(8, 16, 32, 64, prior={32: 7})) -> object:
    return {"logits": L.Dense(units)(x)}


SPACE = Space.trace(net, {"x": Input((4,))})
PATH = "net/units"


def drawn(space: Space, times: int = 400) -> Counter[object]:
    rng = random.Random(0)
    return Counter(space.sample(rng)[PATH] for _ in range(times))


def test_what_usually_does_well_is_drawn_more_often_and_nothing_is_left_out() -> None:
    found = drawn(SPACE)
    assert 0.6 < found[32] / 400 < 0.8
    assert set(found) == {8, 16, 32, 64}
    assert SPACE.default()[PATH] == 8


def test_mutations_follow_it_too() -> None:
    rng = random.Random(0)
    moved = Counter(SPACE.mutate(SPACE.default(), rng)[PATH] for _ in range(400))
    assert moved[32] > 2 * moved[64]


def test_it_stays_through_json_and_restrictions() -> None:
    restored = Space.from_json(json.loads(json.dumps(SPACE.to_json())))
    assert restored.fingerprint == SPACE.fingerprint
    assert drawn(restored) == drawn(SPACE)
    few = drawn(SPACE.restrict({PATH: [8, 32]}))
    assert few[32] > 4 * few[8]
    assert set(drawn(SPACE.restrict({PATH: [8, 16]}))) == {8, 16}


@pytest.mark.parametrize(
    ("prior", "said"), [({7: 2}, "Received: 7"), ({8: 0}, "Received: 8: 0"), ({8: True}, "above 0")]
)
def test_errors(prior: dict[object, float], said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        Choice(8, 16, prior=prior)
