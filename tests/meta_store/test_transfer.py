"""Features, similarity, portfolio and gate."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from meta_store.features import (
    describe_pictures,
    describe_sounds,
    describe_table,
    describe_target,
    describe_texts,
)
from meta_store.gate import DOUBTED, DROPPED, KEPT, LEAST_POINTS, YOUNG, Gate, judge_past, kendall
from meta_store.portfolio import portfolio
from meta_store.similarity import distance, scales, similarity
from meta_store.surrogate import Source, apart, predict, ranked

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 300)


def test_features_are_finite_numbers_or_nan() -> None:
    import scipy.sparse

    pixels = RNG.integers(0, 255, (300, 12, 10, 3)).astype("uint8")
    vectors = [
        describe_target(LABELS, "multiclass", 300),
        describe_target(RNG.normal(size=300), "regression", 300),
        describe_table(RNG.normal(size=(300, 5)), RNG.integers(0, 4, (300, 2)), LABELS, "multiclass"),
        describe_table(RNG.normal(size=(300, 5)), None, RNG.normal(size=300), "regression"),
        describe_texts(
            RNG.integers(0, 50, (300, 9)),
            scipy.sparse.random(300, 60, 0.1, "csr", random_state=0),
            LABELS,
            "multiclass",
        ),
        describe_pictures(pixels, LABELS, "multiclass"),
        describe_sounds(pixels[..., :1], LABELS, "multiclass"),
    ]
    for vector in vectors:
        assert vector
        assert all(isinstance(v, float) for v in vector.values())
    assert describe_table(None, None, LABELS, "multiclass") == {}


def test_features_follow_the_data() -> None:
    x = RNG.normal(size=(300, 4))
    easy = describe_table(x, None, (x[:, 0] > 0).astype(int), "binary")
    hard = describe_table(x, None, RNG.integers(0, 2, 300), "binary")
    assert easy["landmark_linear"] > 0.8 > 0.5 > hard["landmark_linear"]
    assert easy["target_correlation"] > hard["target_correlation"]


def test_a_task_of_five_rows_has_features_too() -> None:
    assert math.isnan(describe_table(np.ones((5, 2)), None, np.zeros(5, int), "binary")["landmark_linear"])


def test_near_tasks_are_more_alike_than_far_ones() -> None:
    a = {"task": {"log_rows": 7.0}, "text": {"words_p50": 8.0}}
    near = {"task": {"log_rows": 7.2}, "text": {"words_p50": 9.0}}
    far = {"task": {"log_rows": 12.0}, "image": {"mean": 0.5}}
    assert similarity(a, a) == 1.0
    assert similarity(a, near) > similarity(a, far)
    assert distance(a, far)[1][0][1] >= 1.0
    assert scales([a, near]) == {}
    assert scales([a, near, a, near, far])["task/log_rows"] > 0


def test_candidates_are_apart_by_what_differs() -> None:
    assert apart({"a": 1, "b": "x"}, {"a": 1, "b": "x"}) == 0.0
    assert apart({"a": 1}, {"b": 1}) == 1.0
    assert apart({"a": 0.001}, {"a": 0.002}) == pytest.approx(apart({"a": 64}, {"a": 128}))
    assert apart({"a": True}, {"a": False}) == 1.0


def test_ranks_run_from_best_to_worst() -> None:
    assert ranked([0.5, 0.9, 0.7], "max") == [1.0, 0.0, 0.5]
    assert ranked([0.5, 0.9, 0.7], "min") == [0.0, 1.0, 0.5]
    assert ranked([1.0, 1.0], "max") == [0.5, 0.5]
    assert ranked([3.0], "max") == [0.0]


def test_the_past_predicts_what_it_has_seen() -> None:
    past = Source("p", 1.0, (({"a": 1}, 0.0), ({"a": 16}, 1.0)))
    assert predict({"a": 1}, [past]) < 0.1 < 0.9 < predict({"a": 16}, [past])
    assert predict({"a": 1}, []) == 0.5


def test_a_portfolio_covers_its_tasks() -> None:
    kinds = [{"k": c} for c in "xyz"]
    tasks = [
        Source(str(i), 1.0, tuple((c, r) for c, r in zip(kinds, ranks, strict=True)))
        for i, ranks in enumerate([(0.0, 0.6, 1.0), (0.0, 0.6, 1.0), (1.0, 0.6, 0.0)])
    ]
    assert [i for i, _ in portfolio(kinds, tasks, 2)] == [0, 2]
    assert [i for i, _ in portfolio(kinds, tasks[:1], 2)] == [0, 1]
    assert portfolio([], tasks, 3) == []


def replay(agree: float, seed: int, points: int = 25) -> list[str]:
    """States of the gate where expected and observed order agree more or less (a correlation, from -1 to 1)."""
    rng = random.Random(seed)
    observed = [rng.gauss(0, 1) for _ in range(points)]
    expected = [-agree * v + math.sqrt(1 - agree**2) * rng.gauss(0, 1) for v in observed]
    return [v.state for v in judge_past(expected, observed, "max")]


def drop_rate(tau: float, within: int, searches: int = 600) -> float:
    """Share of simulated searches that drop a past of a true tau within so many cold points."""
    agree = math.sin(math.pi / 2 * tau)  # the correlation of normal scores with that tau
    return sum(DROPPED in replay(agree, seed)[:within] for seed in range(searches)) / searches


def test_the_gate_is_young_at_first() -> None:
    for agree in (0.9, -0.9):
        assert replay(agree, 0)[: LEAST_POINTS - 1] == [YOUNG] * (LEAST_POINTS - 1)


@pytest.mark.parametrize(("tau", "highest"), [(0.8, 0.01), (0.6, 0.05), (0.4, 0.2)])
def test_a_past_that_helps_is_rarely_dropped(tau: float, highest: float) -> None:
    assert drop_rate(tau, 25) <= highest


@pytest.mark.parametrize(
    ("tau", "within", "lowest"), [(-0.8, 6, 0.95), (-0.6, 9, 0.99), (-0.4, 9, 0.9), (0.0, 25, 0.8)]
)
def test_a_past_that_misleads_is_dropped_within_a_bounded_number_of_trials(
    tau: float, within: int, lowest: float
) -> None:
    assert drop_rate(tau, within) >= lowest


def test_a_past_turned_upside_down_goes_at_the_first_test() -> None:
    states = [v.state for v in judge_past([6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 6], "max")]
    assert states == [YOUNG] * 5 + [KEPT]
    states = [v.state for v in judge_past([6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 6], "min")]
    assert states == [YOUNG] * 5 + [DROPPED]


def test_one_bad_test_is_no_verdict() -> None:
    doubtful = judge_past([1, 2, 3, 4, 5, 6], [4, 1, 6, 3, 5, 2], "min")[-1]
    assert doubtful.tau == pytest.approx(-1 / 15)
    assert (doubtful.state, doubtful.suspicion) == (DOUBTED, pytest.approx(0.2 + 1 / 15))


def test_a_dropped_past_does_not_come_back() -> None:
    gate = Gate("max")
    for step in range(LEAST_POINTS):
        gate.add(1 - step / 10, 6 - step)
    assert gate.verdict.state == DROPPED
    for step in range(30):
        assert gate.add(-step, 100 + step).state == DROPPED


def test_a_past_that_says_nothing_is_dropped_in_the_end() -> None:
    verdicts = judge_past([0.5] * 12, list(range(12)), "max")
    assert all(v.tau is None for v in verdicts)
    assert [v.state for v in verdicts].index(DROPPED) == LEAST_POINTS + 1


def test_the_gate_takes_infinities_and_numpy_numbers() -> None:
    observed = np.array([math.inf, 1.0, -math.inf, 2.0, math.inf, 0.0])
    assert judge_past(np.arange(6.0), observed, "max")[-1].tau is not None


def test_kendall_knows_ties() -> None:
    assert kendall([1, 2, 3], [1, 2, 3]) == 1.0
    assert kendall([1, 2, 3], [3, 2, 1]) == -1.0
    assert kendall([1, 1, 1], [1, 2, 3]) is None
