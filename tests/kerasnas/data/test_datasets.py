"""Data from tf.data, PyDataset and functions known by name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import scipy.sparse
import tensorflow as tf

import kerasnas as kn
from kerasnas.data import TaskData, datasets
from kerasnas.data.factories import name_of
from kerasnas.data.reading import read
from kerasnas.errors import DataError

HERE = str(Path(__file__).parent)


def sliced(parts: Any, batch: int = 4) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(parts).batch(batch)


def test_batches_of_dicts_become_a_frame() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (10, 8, 8, 3)).astype("uint8")
    parts = {
        "p": pixels, "t": np.array([f"né {i}" for i in range(10)]), "n": np.arange(10.0), "m": np.ones((10, 2)), "y": np.arange(10) % 2,
    }  # fmt: skip
    frame, base = read(sliced(parts))
    assert base is None
    assert list(frame.columns) == ["p", "t", "n", "m/0", "m/1", "y"]
    assert frame["t"][9] == "né 9"
    assert frame["n"].tolist() == list(range(10))
    np.testing.assert_array_equal(frame["p"][7], pixels[7])
    single, _ = read(tf.data.Dataset.from_tensor_slices(parts))  # rows, not batches
    assert single["t"].tolist() == frame["t"].tolist()
    np.testing.assert_array_equal(single["p"][7], pixels[7])


def test_pairs_get_the_target_s_name() -> None:
    x, y = np.random.default_rng(0).normal(size=(9, 3)), np.arange(9) % 3
    frame, _ = read(sliced((x, y)), "kind")
    assert list(frame.columns) == ["features/0", "features/1", "features/2", "kind"]
    one_hot, _ = read(sliced(({"a": x[:, 0]}, np.eye(3)[y])), "kind")
    assert one_hot["kind"].tolist() == y.tolist()
    column, _ = read(sliced((x, y[:, None])), "kind")
    assert column["kind"].tolist() == y.tolist()
    both, _ = read(sliced((x, np.stack([y, y], axis=1))), "kind")
    assert list(both.columns)[-2:] == ["kind/0", "kind/1"]


def test_classes_that_the_dataset_names() -> None:
    data = sliced((np.zeros((6, 4, 4, 1), "uint8"), np.array([0, 1, 1, 0, 1, 0])))
    data.class_names = ["cat", "dog"]
    assert read(data, "label")[0]["label"].tolist() == ["cat", "dog", "dog", "cat", "dog", "cat"]


def test_ragged_rows_are_lists_and_encoded_pictures_stay_bytes(picture: Any) -> None:
    words = tf.ragged.constant([["a", "b"], ["c"], []])
    frame, _ = read(tf.data.Dataset.from_tensors({"w": words, "p": [picture()] * 3, "y": [1, 2, 3]}))
    assert [len(cell) for cell in frame["w"]] == [2, 1, 0]
    assert frame["p"][0] == picture()


class Batches(keras.utils.PyDataset):
    def __init__(self, batches: list[Any]) -> None:
        super().__init__()
        self.batches = batches
        self.read: list[int] = []

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        self.read.append(index)
        return self.batches[index]


def test_a_keras_dataset_is_read_once() -> None:
    data = Batches(
        [
            ({"x": np.arange(3.0), "s": ["a", "b", "c"]}, np.zeros(3)),
            ({"x": np.ones(1), "s": ["d"]}, np.ones(1)),
        ]
    )
    frame, _ = read(data, "y")
    assert frame.to_dict("list") == {
        "x": [0.0, 1.0, 2.0, 1.0],
        "s": ["a", "b", "c", "d"],
        "y": [0.0, 0.0, 0.0, 1.0],
    }
    assert data.read == [0, 1]


class Endless(keras.utils.PyDataset):
    def __getitem__(self, index: int) -> Any:
        return {"x": np.ones(2)}


def endless() -> Iterator[dict[str, np.ndarray]]:
    while True:
        yield {"x": np.ones(1000)}


def failing() -> Iterator[dict[str, np.ndarray]]:
    yield {"x": np.ones(2)}
    raise ValueError("row 17 is broken")


SIGNATURE = {"x": tf.TensorSpec((None,), tf.float64)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sliced({"x": [1.0]}).repeat(), r"endless.*dataset.take\(n\)"),
        (lambda: Endless(), "does not say how many batches"),
        (lambda: sliced(([1.0], [2.0], [1])), "Batch 0 of the dataset is a tuple of 3 parts without names.*Sample weights"),
        (lambda: sliced(([1.0],)), "tuple of 1 parts without names"),
        (lambda: sliced([1.0]), "without a name.*Give batches that are dicts"),
        (lambda: sliced((([1.0], [2.0]), [1])), "The features in batch 0 of the dataset are 2 parts without names"),
        (lambda: sliced(([1.0], {"a": [1], "b": [2]})), "The target in batch 0 of the dataset has 2 parts"),
        (lambda: sliced(({"y": [1.0]}, [1])), "called 'y', but a feature has this name"),
        (lambda: sliced({"a": {"b": [1.0]}}), "'a' in batch 0 of the dataset has parts of its own"),
        (lambda: sliced({"x": [1.0]}).filter(lambda _: False), "The dataset is empty"),
        (lambda: Batches([]), "The dataset is empty"),
        (lambda: Batches([{"a": np.ones(3), "b": np.ones(2)}]), "Batch 0 of the dataset is ragged: 'a' has 3 rows, 'b' has 2 rows"),
        (lambda: Batches([{"a": np.ones(3)}, {"b": np.ones(2)}]), r"Batch 1 of the dataset has the columns \['b'\]"),
        (lambda: tf.data.Dataset.from_tensors({"s": tf.sparse.from_dense([[1.0, 0.0]])}), "is sparse. Make it dense"),
        (
            lambda: tf.data.Dataset.from_generator(failing, output_signature=SIGNATURE),
            "The dataset failed while it was read: .*row 17 is broken",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_dataset_is_said(make: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(make(), "y")


def test_one_that_never_ends_without_saying_so_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "_limit", lambda: 1e6)
    with pytest.raises(DataError, match="endless, or too large for memory"):
        read(tf.data.Dataset.from_generator(endless, output_signature=SIGNATURE))


def test_a_task_from_a_dataset_of_pictures() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    pixels = (rng.integers(0, 90, (60, 12, 12, 3)) + 90 * labels[:, None, None, None]).astype("uint8")
    task = kn.Task(sliced((pixels, labels), 16), "label")
    assert (task.modalities, task.problem, task.name) == (["image"], "binary", "label")
    assert task.views["image_pixels"].shape == (12, 12, 3)


def test_no_library_is_loaded_to_recognise_a_dataset() -> None:
    code = "import sys, kerasnas.data.reading as r; r.read({'a': [1, 2]}); print({'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Any:
    import importlib

    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module("factories_to_call")


def test_factories_by_name_and_as_functions(functions: Any) -> None:
    assert name_of(functions.frame) == name_of("factories_to_call:frame") == "factories_to_call:frame"
    assert len(read(functions.frame)[0]) == len(read("factories_to_call:frame")[0]) == 80
    assert read("factories_to_call:arrays")[0]["y"].tolist() == ["a", "b"] * 3
    assert name_of("rows.csv") is None
    assert name_of("C:\\rows.csv") is None
    task = kn.Task(functions.frame, "y")
    assert (task.name, task.factory, task.rows) == ("frame", "factories_to_call:frame", 78)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("factories_to_call:absent", "'factories_to_call:absent' cannot be imported: .*Expected 'package.module:function'"),
        ("no_such_module_at_all:f", "cannot be imported: No module named"),
        ("factories_to_call:NUMBER", "is no function. Received: int"),
        ("factories_to_call:broken", "failed: RuntimeError: the disk is full"),
        ("factories_to_call:nothing", "Received: NoneType"),
        ("factories_to_call:another", "gave another factory"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_factory_is_said(functions: Any, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(name)


def test_functions_that_another_process_cannot_import(functions: Any) -> None:
    def inside() -> None: ...

    for function in (inside, lambda: None):
        with pytest.raises(
            DataError, match="cannot be imported there. Put the function at the top level of a module"
        ):
            read(function)
    renamed = type(functions.frame)(functions.frame.__code__, {}, "frame")
    renamed.__module__, renamed.__qualname__ = "factories_to_call", "frame"
    with pytest.raises(DataError, match="cannot be imported there"):
        read(renamed)


def test_only_the_name_is_spooled_and_the_rows_are_the_same(functions: Any, tmp_path: Path) -> None:
    task = kn.Task(functions.frame, "y")
    task.spool(tmp_path / "spool")
    assert not list((tmp_path / "spool" / "views").iterdir())
    memory, disk = task.data(), TaskData.open(tmp_path / "spool")
    assert disk.views == memory.views
    for part in ("train", "validation", "holdout"):
        np.testing.assert_array_equal(disk.targets(part), memory.targets(part))
        for name, wanted in memory.inputs(memory.views, part).items():
            found = disk.inputs([name], part)[name]
            same = (
                (found != wanted).nnz == 0 if scipy.sparse.issparse(found) else np.array_equal(found, wanted)
            )
            assert same, name


def test_another_process_calls_it(functions: Any, tmp_path: Path) -> None:
    task = kn.Task(functions.changing, "y")
    task.spool(tmp_path / "spool")
    code = "import sys; from kerasnas.data import TaskData; print(TaskData.open(sys.argv[1]).array('table_numbers').shape)"
    given = {**os.environ, "PYTHONPATH": os.pathsep.join([HERE, *sys.path])}
    run = [sys.executable, "-c", code, str(tmp_path / "spool")]
    done = subprocess.run(run, capture_output=True, text=True, env=given, check=False)
    assert done.stdout.startswith("(78, "), done.stderr
    other = subprocess.run(
        run, capture_output=True, text=True, env={**given, "KERASNAS_TEST_X": "2"}, check=False
    )
    assert "gave other rows than when the task was made" in other.stderr
