"""A model exported to another runtime says the same there, in a process that has nothing of kerasnas."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import BundleError
from kerasnas.export import averaged, deploy, formats, load, save_bundle
from kerasnas.space import Choice, Input, Space, block, layers

FACTOR = 2.0
NAMES = list(formats.FORMATS)
OURS = {"kerasnas", "meta_store"}
ABSENT = {
    "keras": OURS,
    "saved_model": OURS,  # TensorFlow itself looks for Keras
    "litert": OURS | {"keras", "tensorflow", "jax"},
    "onnx": OURS | {"keras", "tensorflow", "jax"},
}
BLOCKED = """\
import runpy, sys
absent = sys.argv[1].split(",")
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
try:
    import kerasnas
except ModuleNotFoundError:
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
else:
    raise SystemExit("kerasnas is here")
"""

offered = pytest.mark.parametrize(
    "name", [n for n in NAMES if n in ("keras", "saved_model") or keras.backend.backend() == "tensorflow"]
)


@block("net")
def net(table_numbers: Any, table_categories: Any, *, outputs: Any, units: Any = Choice(8, 16)) -> Any:
    x = layers.BatchNormalization()(layers.Dense(units, activation="gelu")(table_numbers))
    y = layers.Flatten()(layers.Embedding(20, 4)(table_categories))
    return {"said": layers.Dense(outputs)(layers.Dropout(0.3)(layers.Concatenate()([x, y])))}


def frame(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, rows)
    return pd.DataFrame(
        {
            "size": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(kind, 0.5)),
            "colour": np.array(["red", "blue", "green"])[rng.integers(0, 3, rows)],
            "price": 1000.0 + 100.0 * kind + rng.normal(0, 5, rows),
            "kind": np.array(["old", "new"])[kind],
        }
    )


def bundle(folder: Path, target: str, drop: str) -> Path:
    data = kn.Task(frame(), target=target, drop=[drop], seed=0).data()
    views = {n: data.views[n] for n in ("table_numbers", "table_categories")}
    space = Space.trace(
        net.using(outputs=data.outputs), {n: Input(v.shape, v.dtype) for n, v in views.items()}
    )
    keras.utils.set_random_seed(0)
    model, genotype = space.build(space.default()), space.default()
    return save_bundle(
        folder / "model.kn", model=model, space=space, genotypes=[genotype], data=data, temperature=1.7
    )


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("classifier"), "kind", "price")


def run_without(absent: set[str], script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", BLOCKED, ",".join(sorted(absent)), str(script), *arguments],
        capture_output=True, text=True, check=False, cwd=script.parent,
    )  # fmt: skip


@pytest.mark.slow
@offered
def test_it_predicts_the_same_where_nothing_of_kerasnas_is(
    name: str, classifier: Path, tmp_path: Path
) -> None:
    predictor = load(classifier)
    rows = frame(40).drop(columns=["kind", "price"])
    folder = predictor.export(tmp_path / "out", name, rows=rows)
    told = json.loads((folder / "model.json").read_text())
    assert told["proof"]["rows"] == 40
    assert told["proof"]["of"] == "raw rows"
    assert told["proof"]["difference"] <= told["proof"]["allowed"]

    np.savez(folder / "inputs.npz", **predictor.inputs(rows))
    done = run_without(ABSENT[name], folder / "predict.py", "inputs.npz", "predictions.npz")
    assert done.returncode == 0, done.stderr
    with np.load(folder / "predictions.npz", allow_pickle=False) as said:
        assert list(said["predictions"]) == list(predictor.predict(rows))
        np.testing.assert_allclose(said["probabilities"], predictor.predict_proba(rows), atol=1e-4)


@pytest.mark.slow
def test_its_page_leads_from_raw_rows_to_numbers_in_their_own_units(tmp_path: Path) -> None:
    predictor = load(bundle(tmp_path, "price", "kind"))
    folder = predictor.export(tmp_path / "out", "keras")
    rows = frame(9).drop(columns=["kind", "price"])
    snippet = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    shutil.copy(tmp_path / "model.kn", folder / "model.kn")
    rows.to_csv(folder / "rows.csv", index=False)
    (folder / "inputs.py").write_text(snippet.group(1))
    subprocess.run([sys.executable, "inputs.py"], cwd=folder, check=True, capture_output=True)
    done = run_without(ABSENT["keras"], folder / "predict.py", "inputs.npz", "predictions.npz")
    assert done.returncode == 0, done.stderr
    with np.load(folder / "predictions.npz", allow_pickle=False) as said:
        assert set(said) == {"outputs", "predictions"}
        np.testing.assert_allclose(said["predictions"], predictor.predict(rows), rtol=1e-5)
    output = json.loads((folder / "model.json").read_text())["output"]
    assert (output["mean"], output["spread"]) == predictor.scaling
    assert "in original units" in (folder / "README.md").read_text()


def photos(rows: int = 60) -> pd.DataFrame:
    from PIL import Image

    rng = np.random.default_rng(0)
    words = np.array(["red", "blue", "green", "soft", "hard", "old"])
    table = frame(rows).drop(columns=["price"])
    table["text"] = [" ".join(words[rng.integers(0, 6, 7)]) for _ in range(rows)]
    table["photo"] = [Image.fromarray(rng.integers(0, 256, (24, 20, 3), dtype=np.uint8)) for _ in range(rows)]
    return table


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks over pictures, texts and a table, of the space that a search uses, averaged."""
    task = kn.Task(photos(), "kind", column_types={"photo": "image", "text": "text"}, seed=0)
    space, data = kn.spaces.multimodal(task), task.data()
    genotypes = [
        space.adapt({**space.default(), "text/encoder": encoder})[0] for encoder in ("convolution", "tfidf")
    ]
    keras.utils.set_random_seed(0)
    names = ["trial_0", "trial_1"]
    members = {name: space.build(g) for name, g in zip(names, genotypes, strict=True)}
    path = tmp_path_factory.mktemp("ensemble") / "both.kn"
    return save_bundle(
        path, model=averaged(members), space=space, genotypes=genotypes, names=names, data=data
    )


@pytest.mark.slow
@offered
def test_an_average_over_all_modalities_can_be_exported(name: str, ensemble: Path, tmp_path: Path) -> None:
    predictor = load(ensemble)
    folder = predictor.export(tmp_path / "out", name, rows=photos() if name == "keras" else None)
    told = json.loads((folder / "model.json").read_text())
    assert {each["made_by"] for each in told["inputs"]} == {
        "pixels",
        "tokens",
        "tfidf",
        "numbers",
        "categories",
    }
    assert all(each["meaning"].endswith(".") for each in told["inputs"])
    page = (folder / "README.md").read_text()
    assert all(f"`{each['name']}`" in page for each in told["inputs"])
    assert "card.md" in page
    assert (folder / "card.md").read_text() == predictor.text


@pytest.mark.slow
@pytest.mark.parametrize("which", ["classifier", "ensemble"])
def test_file_and_source_need_keras_alone(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    predictor = load(request.getfixturevalue(which))
    folder = predictor.export(tmp_path / "out", "keras")
    code = """\
import keras, numpy as np
from pathlib import Path
here = Path(__file__).parent
made = {}
exec((here / "source.py").read_text(), made)
model = made["build_model"]()
model.load_weights(here / "model.keras")
trained = keras.saving.load_model(here / "model.keras", compile=False)
inputs = {t.name: np.ones((3, *t.shape[1:]), t.dtype) for t in trained.inputs}
first, second = (keras.tree.flatten(m(inputs, training=False))[0] for m in (model, trained))
difference = float(abs(keras.ops.convert_to_numpy(first) - keras.ops.convert_to_numpy(second)).max())
assert difference < 1e-6, difference
import sys
assert not [name for name in sys.modules if name.startswith(("kerasnas", "meta_store"))]
"""
    (folder / "both.py").write_text(code)
    done = run_without(ABSENT["keras"], folder / "both.py")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_network_of_half_precision_is_exported_in_full(classifier: Path, tmp_path: Path) -> None:
    predictor = load(classifier)
    config = keras.saving.serialize_keras_object(predictor.model)
    text = json.dumps(config).replace('"name": "float32"', '"name": "mixed_float16"')
    half = keras.saving.deserialize_keras_object(json.loads(text))
    half.set_weights(predictor.model.get_weights())
    assert half.get_layer(index=-1).compute_dtype == "float16"
    predictor.model = half
    name = "litert" if keras.backend.backend() == "tensorflow" else "keras"
    folder = predictor.export(tmp_path / "out", name)
    assert "trained in half precision; here it computes in float32" in (folder / "README.md").read_text()
    other = load(classifier)
    assert (
        "half precision"
        not in (other.export(tmp_path / "full", "keras", rows=frame()) / "README.md").read_text()
    )


@pytest.mark.slow
def test_a_file_that_says_something_else_is_an_error(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = formats.FORMATS["keras"]

    def instead(last: str) -> None:
        wrong = dataclasses.replace(kind, run=f"{kind.run}\n\n{last}\n")
        monkeypatch.setitem(formats.FORMATS, "keras", wrong)

    instead("right = run\nrun = lambda batch: 1.5 * right(batch)")
    with pytest.raises(
        BundleError, match="its outputs differ from those of Keras by .*Export it in another format"
    ):
        load(classifier).export(tmp_path / "out", "keras")
    instead("raise RuntimeError('no such operation')")
    with pytest.raises(BundleError, match="keras cannot run it: RuntimeError: no such operation"):
        load(classifier).export(tmp_path / "out", "keras")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_layers_of_one_s_own_stand_beside_a_keras_file(tmp_path: Path) -> None:
    data = kn.Task(frame(), target="kind", drop=["price"], seed=0).data()

    class Twice(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return FACTOR * x

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    twice = kn.custom(Twice)
    view = data.views["table_numbers"]
    space = Space.trace(
        lambda table_numbers: layers.Dense(2)(twice()(table_numbers)), {"table_numbers": Input(view.shape)}
    )
    path = save_bundle(
        tmp_path / "own.kn",
        model=space.build(space.default()),
        space=space,
        genotypes=[space.default()],
        data=data,
    )
    predictor = load(path, custom_objects={"Twice": Twice})
    folder = predictor.export(tmp_path / "keras", "keras")
    text = (folder / "predict.py").read_text()
    assert "FACTOR = 2.0" in text
    assert 'OWN = {"Twice": Twice}' in text
    assert predictor.export(tmp_path / "saved", "saved_model").is_dir()
    assert "Twice" not in (tmp_path / "saved" / "predict.py").read_text()


@pytest.mark.slow
def test_layers_of_ours_stand_beside_a_keras_file(tmp_path: Path) -> None:
    data = kn.Task(frame(), target="kind", drop=["price"], seed=0).data()
    view = data.views["table_numbers"]
    keras.utils.set_random_seed(0)
    space = Space.trace(
        lambda table_numbers: layers.Dense(2)(
            layers.Flatten()(
                layers.TimeDistributed(layers.Dense(3))(layers.PeriodicEmbedding(4)(table_numbers))
            )
        ),
        {"table_numbers": Input(view.shape)},
    )
    path = save_bundle(
        tmp_path / "ours.kn",
        model=space.build(space.default()), space=space, genotypes=[space.default()], data=data,
    )  # fmt: skip
    predictor, rows = load(path), frame(30).drop(columns=["kind", "price"])
    folder = predictor.export(tmp_path / "keras", "keras", rows=rows)
    assert "class PeriodicEmbedding(keras.layers.Layer)" in (folder / "predict.py").read_text()
    np.savez(folder / "inputs.npz", **predictor.inputs(rows))
    done = run_without(ABSENT["keras"], folder / "predict.py", "inputs.npz", "predictions.npz")
    assert done.returncode == 0, done.stderr
    with np.load(folder / "predictions.npz", allow_pickle=False) as said:
        np.testing.assert_allclose(said["probabilities"], predictor.predict_proba(rows), atol=1e-4)
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore=E402", str(folder / "predict.py"), str(folder / "source.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_cannot_be_exported_is_said(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = load(classifier)
    with pytest.raises(
        BundleError, match=r"format is one of keras, saved_model, litert, onnx. Received: 'pickle'"
    ):
        predictor.export(tmp_path / "out", "pickle")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with pytest.raises(BundleError, match="full is there already. An export is a new folder"):
        predictor.export(tmp_path / "full", "keras")
    with pytest.raises(BundleError, match="The folder .*nowhere for the export does not exist"):
        predictor.export(tmp_path / "nowhere" / "out", "keras")
    monkeypatch.setattr(deploy, "write", lambda *_: pytest.fail("nothing is written before all is there"))
    found = formats.importlib.util.find_spec
    monkeypatch.setattr(
        formats.importlib.util,
        "find_spec",
        lambda n, *a: None if n in ("onnx", "tf2onnx", "jax2onnx", "onnxruntime") else found(n, *a),
    )
    kind = formats.FORMATS["onnx"]
    with pytest.raises(
        BundleError,
        match=r"ONNX needs onnx, tf2onnx, onnxruntime, which is not installed: pip install 'kerasnas\[onnx\]'",
    ):
        kind.check("tensorflow", "3.15.1")
    with pytest.raises(
        BundleError,
        match="ONNX on the backend 'jax' needs jax2onnx, .*pip install jax2onnx. A bundle is the same on",
    ):
        kind.check("jax", "3.15.1")
    with pytest.raises(
        BundleError,
        match="LiteRT cannot be written on the backend 'jax': .*offers it on tensorflow. .*KERAS_BACKEND=tensorflow",
    ):
        formats.FORMATS["litert"].check("jax", "3.15.1")


def test_what_keras_cannot_write_is_said_with_its_reason(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError("no converter for\nthis layer")

    monkeypatch.setattr(keras.Model, "export", refuse)
    with pytest.raises(
        BundleError,
        match="could not write this model as a TensorFlow SavedModel: ValueError: no converter for this layer",
    ):
        load(classifier).export(tmp_path / "out", "saved_model")
    assert list(tmp_path.iterdir()) == []
