"""Real data sets that stand beside the project are read, typed and modelled."""

from __future__ import annotations

import json

import pytest

from benchmarks import shared_data
from benchmarks.real_tasks import TASKS, Real, ask

pytestmark = pytest.mark.shared
GRADES = ("wine_quality_white",)


@pytest.mark.parametrize(
    "name",
    [t["name"] for t in json.loads((shared_data.folder() / "data/tabular_suite/index.json").read_text())],
)
def test_every_table_task_is_read(name: str) -> None:
    import kerasnas as kn

    index = json.loads((shared_data.folder() / "data/tabular_suite/index.json").read_text())
    entry = next(t for t in index if t["name"] == name)
    expected = {"binary": "binary", "classification": "multiclass", "regression": "regression"}[entry["task"]]
    frame = shared_data.frame(f"tabular_suite/{name}")
    task = kn.Task(frame, target=entry["target"], holdout="split", seed=0)
    if name in GRADES:  # whole numbers from 3 to 9: classes or a quantity, which only a person can say
        assert task.problem == "multiclass"
        assert "problem='regression'" in task.problem_reason
        task = kn.Task(frame, target=entry["target"], holdout="split", seed=0, problem="regression")
    assert task.problem == expected
    space = kn.spaces.tabular(task)
    assert space.cost(space.default()).parameters > 0


@pytest.mark.parametrize("real", TASKS, ids=lambda r: r.name)
def test_modalities_are_recognised(real: Real) -> None:
    import dataclasses

    task, test = ask(dataclasses.replace(real, image_encoder=False, text_encoder=False), 0)
    expected = {
        "openclipart": ["image", "text", "table"], "fashion_products": ["image", "text", "table"], "banking77": ["text"],
        "fashion_mnist_12k": ["image"], "tabular_suite/adult_income": ["table"], "sign_digits": ["image"], "fsdd": ["audio"],
        "drum_hits": ["audio"], "trec6": ["text"], "clinc150": ["text"], "sms_spam": ["text"], "tabular_suite/california_housing": ["table"],
    }[real.name]  # fmt: skip
    assert list(task.modalities) == expected
    assert len(test) > 100
