from __future__ import annotations

import pytest

from kerasnas.draw.scale import DASH, Scale, decimate, label, score, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.5, 1.0]),
        (0.42, 0.87, [0.4, 0.6, 0.8, 1.0]),
        (0, 100, [0, 50, 100]),
        (-1, 1, [-1, 0, 1.0]),
    ],
)
def test_ticks_are_round_and_span_the_values(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high, 4) == pytest.approx(expected)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (0, 0), (-3, -3), (1e-9, 2e-9), (1e6, 3e6)])
def test_ticks_rise_and_hold_the_bounds(low: float, high: float) -> None:
    found = ticks(low, high)
    assert found == sorted(set(found))
    assert len(found) >= 2
    assert found[0] <= low + 1e-12
    assert found[-1] >= high - 1e-12


def test_whole_ticks_are_whole() -> None:
    assert ticks(1, 3, 7, whole=True) == [1, 2, 3]


@pytest.mark.parametrize(("low", "high"), [(float("nan"), 1), (0, float("inf")), (2, 1)])
def test_bounds_that_make_no_axis_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="two finite bounds"):
        ticks(low, high)


def test_labels_differ_between_neighbours() -> None:
    assert [label(v, 0.02) for v in (0.42, 0.44)] == ["0.42", "0.44"]
    assert label(20, 20) == "20"
    assert label(3000, 1000) == "3k"


def test_scores_are_short() -> None:
    assert [score(v) for v in (0.87654, 23.456, 12345.6, None, float("nan"))] == [
        "0.877",
        "23.46",
        "12,346",
        DASH,
        DASH,
    ]


def test_a_scale_maps_also_downwards() -> None:
    assert Scale((0, 10), (100, 0))(2.5) == 75
    assert Scale((3, 3), (0, 10))(3) == 0


def test_decimation_keeps_ends_and_peaks() -> None:
    points = [(float(k), 1.0 if k == 617 else 0.0) for k in range(1000)]
    kept = decimate(points, 50)
    assert len(kept) <= 50
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert (617.0, 1.0) in kept
    assert [p[0] for p in kept] == sorted(p[0] for p in kept)
    assert decimate(points[:10], 50) == points[:10]
