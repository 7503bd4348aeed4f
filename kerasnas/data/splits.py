"""Which rows train, validate and judge: seeded, stratified or by group."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import room

TEST_WORDS = frozenset({"test", "holdout", "hold-out", "held-out", "heldout"})
TRAIN_WORDS = frozenset({"train", "training"})
TRUE_WORDS, FALSE_WORDS = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})
VALIDATION_WORDS = frozenset({"validation", "valid", "val", "dev"})


@dataclass(frozen=True)
class Splits:
    """Row numbers of the three parts, each in a seeded order.

    Attributes:
        train: Rows that a model and the preprocessing are fitted on.
        validation: Rows that choose between candidates.
        holdout: Rows that judge once, at the end; may be empty.
    """

    train: np.ndarray
    validation: np.ndarray
    holdout: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """All rows, part after part."""
        parts = (self.train, self.validation, self.holdout)
        out, place = room.empty(sum(map(len, parts)), np.result_type(*parts)), 0
        for part in parts:
            out[place : place + len(part)] = part
            place += len(part)
        return out

    def slice(self, part: str) -> slice:
        """Where a part lies in ``order``.

        Raises:
            DataError: If there is no such part.
        """
        first, second, third = len(self.train), len(self.validation), len(self.holdout)
        bounds = {
            "train": slice(0, first),
            "validation": slice(first, first + second),
            "train+validation": slice(0, first + second),
            "holdout": slice(first + second, first + second + third),
        }
        if part not in bounds:
            raise DataError(
                f"Invalid value for argument `part`. Expected one of {list(bounds)}. Received: {part!r}."
            )
        return bounds[part]


def split(
    strata: np.ndarray,
    *,
    holdout: float | np.ndarray,
    validation: float | np.ndarray,
    seed: int,
    groups: np.ndarray | None = None,
) -> Splits:
    """Divide the rows.

    Args:
        strata: A class number for every row, kept in equal shares where no group forbids it.
        holdout: A share of the rows, or the held-out row numbers themselves.
        validation: A share of the remaining rows, or the row numbers.
        seed: Decides the rest.
        groups: A group number for every row; rows of one group stay on one side.

    Raises:
        DataError: If a part that is needed would be empty.
    """
    rng = np.random.default_rng(seed)
    rows = room.counted(len(strata))

    def take(among: np.ndarray, share: float, leave: int) -> np.ndarray:
        if groups is None:
            return _by_stratum(among, strata, share, rng)
        return _by_group(among, strata, share, rng, groups=groups, leave=leave)

    left = room.empty(len(rows), bool)
    left[:] = True
    held = take(rows, holdout, 2) if isinstance(holdout, float) else np.asarray(holdout, dtype=rows.dtype)
    left[held] = False
    if isinstance(validation, float):
        chosen = take(room.where(left), validation, 1)
    else:
        chosen = np.setdiff1d(np.asarray(validation, dtype=rows.dtype), held)
    left[chosen] = False
    train = room.where(left)
    for name, part, wanted in (
        ("train", train, True),
        ("validation", chosen, True),
        ("holdout", held, holdout != 0.0 if isinstance(holdout, float) else False),
    ):
        if wanted and not len(part):
            of_groups = f" in {len(np.unique(groups))} groups" if groups is not None else ""
            raise DataError(
                f"No row is left for the {name} part: {len(rows)} rows{of_groups}, holdout={_said(holdout)}, "
                f"validation={_said(validation)}. Bring more rows{' or groups' if of_groups else ''}, or "
                "change the shares."
            )
    return Splits(*(room.shuffled(part, rng) for part in (train, chosen, held)))


def by_time(times: np.ndarray, *, holdout: float, validation: float, seed: int) -> Splits:
    """Divide the rows so that older ones learn, newer ones choose, and the newest judge.

    Args:
        times: A number for every row that rises with time; NaN where it is not known: such rows train.
        holdout: Share of the rows, the newest.
        validation: Share of the others, the newest of them. Rows of one moment stay on one side, which makes the shares a little
            smaller, or larger where that would leave none.
        seed: Decides the order within the parts.

    Raises:
        DataError: If a part that is needed would be empty.
    """
    rng = np.random.default_rng(seed)
    known = np.sort(times[np.isfinite(times)])
    held = times > _moment(known, round(holdout * len(times)))
    older = known[: len(known) - int(held.sum())]
    chosen = ~held & (times > _moment(older, round(validation * (len(times) - int(held.sum())))))
    train = ~held & ~chosen
    for name, part, wanted in (
        ("train", train, True),
        ("validation", chosen, True),
        ("holdout", held, holdout > 0),
    ):
        if wanted and not part.any():
            raise DataError(
                f"No row is left for the {name} part: {len(times)} rows at {len(np.unique(known))} different moments, "
                f"holdout={holdout:g}, validation={validation:g}. Bring more rows, change the shares, or split by chance (without time=)."
            )
    return Splits(*(room.shuffled(room.where(part), rng) for part in (train, chosen, held)))


def _moment(known: np.ndarray, count: int) -> float:
    """The last moment before the newest ``count`` of sorted moments; before fewer, where a moment would be parted."""
    if count <= 0 or not len(known):
        return math.inf
    first = known[max(0, len(known) - count)]
    before = known[known < first]
    whole = len(known) - len(before) <= count or first == known[-1]
    return float(before[-1]) if whole and len(before) else float(first)


def _said(share: float | np.ndarray) -> str:
    return f"{share:g}" if isinstance(share, float) else f"{len(share)} rows"


def _by_stratum(rows: np.ndarray, strata: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the rows with equal shares of every stratum; a stratum never gives its last row away."""
    if share <= 0 or not len(rows):
        return rows[:0]
    kinds, codes, counts = _coded(strata, rows)
    exact = counts * share
    quota = np.minimum(np.floor(exact).astype(np.int64), counts - 1)
    open_places = round(share * len(rows)) - int(quota.sum())
    # the largest remainders get the places that rounding down left over; ties are drawn
    ranked = np.lexsort((rng.random(len(kinds)), -(exact - np.floor(exact))))
    for index in ranked:
        if open_places <= 0:
            break
        if quota[index] < counts[index] - 1:
            quota[index] += 1
            open_places -= 1
    drawn = room.shuffled(room.counted(len(rows)), rng)
    taken, given = room.empty(len(rows), bool), np.zeros(len(kinds), np.int64)
    for part in room.pieces(len(rows)):
        inside = drawn[part]
        code = codes[inside]
        here = np.bincount(code, minlength=len(kinds))
        position = np.arange(len(inside)) - np.repeat(np.cumsum(here) - here - given, here)
        taken[inside[np.argsort(code, kind="stable")[position < np.repeat(quota, here)]]] = True
        given += here
    return room.taken(rows, room.where(taken))


def _coded(strata: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The strata of some rows, the place of each row's among them, and how many rows each has."""
    kinds = strata[:0]
    for part in room.pieces(len(rows)):
        kinds = np.union1d(kinds, strata[rows[part]])
    counts = np.zeros(len(kinds), np.int64)
    codes = room.empty(len(rows), np.min_scalar_type(len(kinds)))
    for part in room.pieces(len(rows)):
        codes[part] = np.searchsorted(kinds, strata[rows[part]])
        counts += np.bincount(codes[part], minlength=len(kinds))
    return kinds, codes, counts


def _by_group(
    rows: np.ndarray,
    strata: np.ndarray,
    share: float,
    rng: np.random.Generator,
    *,
    groups: np.ndarray,
    leave: int,
) -> np.ndarray:
    """Whole groups in a drawn order, each taken if it brings the classes nearer to the wanted counts.

    At least ``leave`` groups are left to the other parts, and at least one is taken.
    """
    names, members = np.unique(groups[rows], return_inverse=True)
    if share <= 0 or len(names) <= leave:
        return rows[:0]
    kinds, codes = np.unique(strata[rows], return_inverse=True)
    wanted, have = np.bincount(codes) * share, np.zeros(len(kinds))
    weight, most = 1.0 / np.maximum(wanted, 1.0), wanted.sum() + max(1.0, 0.02 * len(rows))
    by_group = np.argsort(members, kind="stable")
    bounds = np.searchsorted(members[by_group], np.arange(len(names) + 1))
    drawn = rng.permutation(len(names))
    taken: list[np.ndarray] = []
    for group in drawn:
        inside = by_group[bounds[group] : bounds[group + 1]]
        kind, count = np.unique(codes[inside], return_counts=True)
        gap = wanted[kind] - have[kind]
        nearer = float(np.sum(weight[kind] * ((gap - count) ** 2 - gap**2))) < 0
        if nearer and have.sum() + len(inside) <= most and len(taken) < len(names) - leave:
            have[kind] += count
            taken.append(inside)
    if not taken:  # every group is larger than the part: the smallest makes it
        smallest = drawn[np.argmin(np.diff(bounds)[drawn])]
        taken.append(by_group[bounds[smallest] : bounds[smallest + 1]])
    return np.sort(rows[np.concatenate(taken)])


def by_words(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The held-out and the validation rows that a split column names.

    Args:
        labels: The column's cells as text.

    Returns:
        (holdout, validation): row numbers; rows that say anything else train.
    """
    words = [str(label).lower() for label in labels]
    test = TRUE_WORDS if set(words) <= TRUE_WORDS | FALSE_WORDS else TEST_WORDS
    return (
        np.flatnonzero([word in test for word in words]),
        np.flatnonzero([word in VALIDATION_WORDS for word in words]),
    )
