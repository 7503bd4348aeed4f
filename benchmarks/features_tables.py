"""How well boosted trees on a space's features rank architectures that they have not seen: NAS-Bench-201.

100 random cells are told with their test accuracy after 200 epochs; the figure is Spearman's correlation between what
scikit-learn's gradient boosting predicts and the published accuracy of 2,000 others, a mean of 10 draws. "Decisions" keeps the
one-hot entries alone, "descriptors" leaves them out.

Source: Dong and Yang, "NAS-Bench-201", 2020.
"""

from __future__ import annotations

import time
from statistics import fmean

import numpy as np
from scipy.stats import rankdata, spearmanr
from sklearn.ensemble import GradientBoostingRegressor

from kerasnas.spaces.published import nasbench201

from .figure import Figure, mean_interval
from .shared_data import folder

SEEDS = 10
SETS = {"cifar10": 10, "cifar100": 100, "imagenet16": 120}
TOLD, JUDGED = 100, 2000
TARGETS = {"cifar10": 0.80}  # Spearman's correlation, with all features


def drawn(seed: int) -> np.ndarray:
    """Numbers of different architectures: those told first, then those judged."""
    return np.random.default_rng(seed).permutation(15_625)[: TOLD + JUDGED]


def correlation(vectors: np.ndarray, accuracy: np.ndarray, seed: int) -> float:
    """Spearman's correlation on the judged rows of a model of the told ones."""
    model = GradientBoostingRegressor(
        n_estimators=300, learning_rate=0.05, max_depth=3, subsample=0.7, max_features=0.3, random_state=seed
    )
    model.fit(vectors[:TOLD], rankdata(accuracy[:TOLD]))
    return float(spearmanr(model.predict(vectors[TOLD:]), accuracy[TOLD:])[0])


def run(seeds: int) -> list[Figure]:
    """The correlation on each data set, with all features and with either half of them."""
    data = np.load(folder() / "bench" / "nasbench201.npz")
    space = nasbench201.space()
    decided = np.array([name.startswith(nasbench201.PATHS) for name in space.feature_names])
    columns = {"all": np.ones(len(decided), bool), "decisions": decided, "descriptors": ~decided}
    numbers = tuple(range(seeds))
    wanted = sorted({int(i) for seed in numbers for i in drawn(seed)})
    start = time.monotonic()
    vectors = np.zeros((len(data["ops"]), len(decided)))
    for i in wanted:
        vectors[i] = space.features(nasbench201.decode(data["ops"][i]))
    made = time.monotonic() - start
    figures = [
        Figure("nasbench201/milliseconds_a_vector", 1000 * made / len(wanted), "ms", detail={"numbers": len(decided), "vectors": len(wanted)})
    ]  # fmt: skip
    for name in SETS:
        accuracy = data[f"test200_{name}"].astype("float64")
        for which, kept in columns.items():
            start = time.monotonic()
            found = [
                correlation(vectors[drawn(seed)][:, kept], accuracy[drawn(seed)], seed) for seed in numbers
            ]
            target = TARGETS.get(name) if which == "all" else None
            figures.append(
                Figure(
                    f"nasbench201/{name}/{which}/spearman", fmean(found), "Spearman's correlation", mean_interval(found), target,
                    None if target is None else fmean(found) >= target, numbers, round(time.monotonic() - start, 2),
                    {"told": TOLD, "judged": JUDGED, "features": int(kept.sum())},
                )
            )  # fmt: skip
    return figures
