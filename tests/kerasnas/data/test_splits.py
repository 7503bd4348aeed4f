from __future__ import annotations

import numpy as np
import pytest

from kerasnas.data.splits import Splits, by_time, by_words, split
from kerasnas.errors import DataError


def shares(splits: Splits, labels: np.ndarray) -> dict[str, np.ndarray]:
    parts = {"train": splits.train, "validation": splits.validation, "holdout": splits.holdout}
    return {name: np.bincount(labels[rows], minlength=labels.max() + 1) for name, rows in parts.items()}


def test_every_row_is_in_one_part_and_classes_keep_their_shares() -> None:
    labels = np.repeat([0, 1, 2, 3], [1000, 100, 10, 3])
    splits = split(labels, holdout=0.2, validation=0.25, seed=0)
    assert sorted(splits.order) == list(range(len(labels)))
    counts = shares(splits, labels)
    assert counts["holdout"].tolist()[:3] == [200, 20, 2]
    assert counts["validation"].tolist()[:3] == [200, 20, 2]
    assert counts["train"][3] >= 1
    assert len(splits.holdout) == round(0.2 * len(labels))


def test_the_seed_decides_and_nothing_else() -> None:
    labels = np.arange(60) % 3
    first, again, other = (split(labels, holdout=0.2, validation=0.2, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.order, again.order)
    assert not np.array_equal(first.order, other.order)


def test_a_class_of_one_row_trains() -> None:
    labels = np.array([0] * 30 + [1] * 30 + [2])
    for seed in range(20):
        assert 60 in split(labels, holdout=0.3, validation=0.3, seed=seed).train


def test_groups_stay_together_and_classes_stay_near_their_shares() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 120, 1200)
    labels = rng.integers(0, 3, 1200)
    splits = split(labels, holdout=0.2, validation=0.2, seed=0, groups=groups)
    sides = [set(groups[part]) for part in (splits.train, splits.validation, splits.holdout)]
    assert not (sides[0] & sides[1])
    assert not (sides[0] & sides[2])
    assert not (sides[1] & sides[2])
    assert 0.15 < len(splits.holdout) / 1200 < 0.25
    assert 0.1 < len(splits.validation) / 1200 < 0.2
    held = shares(splits, labels)["holdout"] / len(splits.holdout)
    assert np.abs(held - 1 / 3).max() < 0.06


def test_one_group_larger_than_the_part() -> None:
    groups = np.array([0] * 80 + [1] * 15 + [2] * 5)
    splits = split(np.zeros(100, int), holdout=0.2, validation=0.2, seed=0, groups=groups)
    assert (len(splits.train), len(splits.validation) + len(splits.holdout)) == (80, 20)
    assert len(splits.validation) in (5, 15)


def test_given_rows_are_taken_as_they_are() -> None:
    splits = split(np.zeros(20, int), holdout=np.array([3, 4]), validation=np.array([4, 5, 6]), seed=0)
    assert sorted(splits.holdout) == [3, 4]
    assert sorted(splits.validation) == [5, 6]


def test_no_holdout_is_allowed() -> None:
    assert len(split(np.zeros(20, int), holdout=0.0, validation=0.2, seed=0).holdout) == 0


def test_parts_are_slices_of_the_order() -> None:
    splits = split(np.zeros(20, int), holdout=0.2, validation=0.25, seed=0)
    assert splits.order[splits.slice("holdout")].tolist() == splits.holdout.tolist()
    assert splits.slice("train+validation") == slice(0, 16)
    with pytest.raises(DataError, match=r"Expected one of .*'holdout'.*Received: 'test'"):
        splits.slice("test")


def test_too_few_rows_or_groups_are_named() -> None:
    with pytest.raises(DataError, match="No row is left for the validation part: 5 rows in 1 groups"):
        split(np.zeros(5, int), holdout=0.2, validation=0.2, seed=0, groups=np.zeros(5, int))
    with pytest.raises(DataError, match="No row is left for the train part: 4 rows, holdout=4 rows"):
        split(np.zeros(4, int), holdout=np.arange(4), validation=0.2, seed=0)


@pytest.mark.parametrize(
    ("words", "held", "validating"),
    [
        (["train", "test", "Test", "val", "dev"], [1, 2], [3, 4]),
        (["true", "false", "true"], [0, 2], []),
        (["1", "0", ""], [0], []),
        (["1", "2", "3"], [], []),
        (["holdout", "", "x"], [0], []),
    ],
)
def test_words_of_a_split_column(words: list[str], held: list[int], validating: list[int]) -> None:
    found = by_words(np.array(words, dtype=object))
    assert [part.tolist() for part in found] == [held, validating]


def test_the_newest_rows_judge_and_moments_stay_together() -> None:
    times = np.array([5, 1, 4, 4, 2, 3, np.nan, 9, 8, 7], dtype=float)
    found = by_time(times, holdout=0.2, validation=0.25, seed=0)
    assert set(found.holdout) == {7, 8}
    assert set(found.validation) == {9, 0}
    assert set(found.train) == {1, 2, 3, 4, 5, 6}
    wider = by_time(times, holdout=0.5, validation=0.2, seed=0)  # a half would part the two 4s
    assert set(wider.holdout) == {7, 8, 9, 0}
    assert set(wider.validation) == {2, 3}


def test_one_moment_cannot_be_split() -> None:
    with pytest.raises(DataError, match="10 rows at 1 different moments"):
        by_time(np.ones(10), holdout=0.2, validation=0.2, seed=0)
