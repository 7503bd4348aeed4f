from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from kerasnas.data import TaskData, cache
from kerasnas.errors import DataError
from kerasnas.task import Task


def dense(array: object) -> np.ndarray:
    return array.toarray() if scipy.sparse.issparse(array) else np.asarray(array)  # type: ignore[attr-defined]


@pytest.fixture
def spooled(mixed: pd.DataFrame, tmp_path: Path) -> tuple[Task, Path]:
    task = Task(mixed, "animal", name="zoo")
    task.spool(tmp_path / "run" / "data")
    return task, tmp_path / "run" / "data"


def test_what_is_spooled_equals_what_is_in_memory(spooled: tuple[Task, Path]) -> None:
    task, folder = spooled
    memory, disk = task.data(), TaskData.open(folder)
    assert disk.facts["columns"] == memory.facts["columns"]
    assert disk.views == memory.views == task.views
    for part in ("train", "validation", "train+validation", "holdout"):
        assert disk.rows(part) == memory.rows(part) == len(disk.targets(part))
        assert np.array_equal(disk.targets(part), memory.targets(part))
        left, right = disk.inputs(disk.views, part), memory.inputs(memory.views, part)
        for name in left:
            assert left[name].dtype == task.views[name].dtype
            assert np.array_equal(dense(left[name]), dense(right[name]))


def test_rows_and_targets_belong_together(spooled: tuple[Task, Path], mixed: pd.DataFrame) -> None:
    task, folder = spooled
    data = TaskData.open(folder)
    for part, rows in (("train", task.splits.train), ("holdout", task.splits.holdout)):
        names = [data.class_names[number] for number in data.targets(part)]
        assert names == mixed["animal"].iloc[rows].tolist()
        expected = task.preprocessor.transform(mixed.iloc[rows])
        assert np.array_equal(data.inputs(["image_pixels"], part)["image_pixels"], expected["image_pixels"])


def test_arrays_are_mapped_and_the_folder_is_private(spooled: tuple[Task, Path]) -> None:
    _, folder = spooled
    assert folder.stat().st_mode & 0o777 == 0o700
    found = TaskData.open(folder).inputs(["image_pixels", "text_tfidf"], "train")
    assert isinstance(found["image_pixels"].base, np.memmap) or isinstance(found["image_pixels"], np.memmap)
    assert scipy.sparse.issparse(found["text_tfidf"])
    assert found["text_tfidf"].format == "csr"


def test_facts_of_a_classification(spooled: tuple[Task, Path]) -> None:
    data = TaskData.open(spooled[1])
    assert (data.name, data.problem, data.metric, data.direction) == ("zoo", "multiclass", "accuracy", "max")
    assert (data.classes, data.outputs, data.target_scaling) == (["cat", "dog", "owl"], 3, (0.0, 1.0))
    assert data.modalities == ["image", "text", "table"]
    assert data.fingerprint == spooled[0].fingerprint
    assert data.targets("train").dtype == np.int32


def test_targets_of_a_regression_keep_their_units(mixed: pd.DataFrame, tmp_path: Path) -> None:
    frame = mixed.dropna(subset=["weight"])
    task = Task(frame, "weight")
    task.spool(tmp_path / "data")
    data = TaskData.open(tmp_path / "data")
    train = data.targets("train")
    assert train.dtype == np.float32
    assert np.allclose(
        sorted(np.concatenate([train, data.targets("validation"), data.targets("holdout")])),
        sorted(frame["weight"]),
    )
    assert data.target_scaling == pytest.approx((train.mean(), train.std()), rel=1e-5)
    assert (data.outputs, data.metric, data.direction) == (1, "rmse", "min")


def test_errors(spooled: tuple[Task, Path], tmp_path: Path) -> None:
    task, folder = spooled
    with pytest.raises(DataError, match=r"There is a spooled task in .* already"):
        task.spool(folder)
    with pytest.raises(DataError, match="No spooled task can be read from"):
        TaskData.open(tmp_path)
    data = TaskData.open(folder)
    with pytest.raises(DataError, match="No such view of the data"):
        data.inputs(["image_encoder"], "train")
    with pytest.raises(DataError, match="argument `part`"):
        data.inputs(["image_pixels"], "test")


def test_reading_a_spooled_task_loads_no_keras(spooled: tuple[Task, Path]) -> None:
    code = (
        "import sys; from kerasnas.data import TaskData; d = TaskData.open(sys.argv[1]);"
        "d.inputs(d.views, 'train');"
        "print(sorted({'keras', 'tensorflow', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(spooled[1])], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_cache_never_shows_half_an_array(cache: Path) -> None:
    from kerasnas.data import cache as store

    path = store.features_path("e" * 64, "d" * 64)
    assert path.is_relative_to(cache)
    assert store.read_array(path) is None

    class Broken(np.ndarray):
        def tofile(self, *_: object) -> None:
            raise OSError("disk full")

    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    with pytest.raises(OSError, match="disk full"):
        store.write_array(path, array.view(Broken))
    assert list(path.parent.iterdir()) == []
    store.write_array(path, array)
    assert np.array_equal(store.read_array(path), array)
    path.write_bytes(path.read_bytes()[:40])
    assert store.read_array(path) is None
    assert not path.exists()


def test_the_cache_is_for_this_user_only() -> None:
    assert cache.folder().stat().st_mode & 0o777 == 0o700
