"""What the tables' benchmark compares with: three models of scikit-learn on raw rows, and when a difference is a tie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.table_suite import RIVALS, Table, rivals, said_by, standard_error
from kerasnas.objectives import score

KINDS = {"a": "numeric", "b": "numeric", "kind": "categorical"}


def frame(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.normal(size=rows)})
    made["kind"] = rng.choice(["red", "green", "blue"], rows)
    made["amount"] = 2 * made["a"] + (made["kind"] == "red") + 0.1 * rng.normal(size=rows)
    made["class"] = np.where(made["a"] + (made["kind"] == "red") > 0.3, 1, 0)
    made.loc[::9, "b"] = np.nan
    made.loc[::11, "kind"] = None
    made["split"] = np.where(made.index < rows // 2, "train", "test")
    made.loc[rows - 1, "kind"] = "never seen"
    return made


@pytest.mark.parametrize(("target", "metric"), [("amount", "r2"), ("class", "roc_auc")])
def test_rivals_learn_from_raw_rows(target: str, metric: str) -> None:
    table = Table("made", target, metric, metric == "r2", 0.0)
    rows = frame()
    test = rows[rows["split"] == "test"]
    truth = test[target].to_numpy()
    with threadpool_limits(1):
        found = rivals(table, rows, KINDS, 0)
    assert tuple(found) == RIVALS
    for model in found.values():
        assert score(metric, truth, said_by(model, table, test, ["0", "1"])) > 0.85


def test_the_standard_error_is_that_of_the_difference() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=300)
    ours = truth + 0.5 * rng.normal(size=300)
    assert standard_error("r2", truth, ours, ours) == 0.0
    apart = standard_error("r2", truth, ours, truth + 0.5 * rng.normal(size=300))
    assert 0.005 < apart < 0.05
