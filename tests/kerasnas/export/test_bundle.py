"""A bundle predicts from raw rows in a fresh process, and a damaged or hostile one is refused before anything of it is read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import BundleError, DataError
from kerasnas.evaluators.full_training import train
from kerasnas.export import load, save_bundle
from kerasnas.export.manifest import check_name
from kerasnas.space import Choice, Input, Space, block, layers


@block("net")
def net(table_numbers, table_categories, *, outputs, units=Choice(8, 16)):
    x = layers.Dense(units, activation="relu")(table_numbers)
    y = layers.Flatten()(layers.Embedding(20, 4)(table_categories))
    return {"said": layers.Dense(outputs)(layers.Concatenate()([x, y]))}


def frame(rows: int = 160) -> pd.DataFrame:
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


def made(tmp_path, target: str, drop: str):
    task = kn.Task(frame(), target=target, drop=[drop], seed=0)
    data = task.data()
    inputs = {
        n: Input(v.shape, v.dtype)
        for n, v in data.views.items()
        if n in ("table_numbers", "table_categories")
    }
    space = Space.trace(net.using(outputs=data.outputs), inputs)
    genotype = space.default()
    model, _ = train(space, genotype, data, seed=0, max_epochs=8, patience=8)
    card = {"validation": 0.9, "holdout": 0.875, "metrics": {data.metric: 0.875}, "epochs": 8, "seed": 0}
    path = save_bundle(
        tmp_path / "model.kn", model=model, space=space, genotypes=[genotype], data=data, card=card
    )
    return path, model, data, space


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return made(tmp_path_factory.mktemp("classifier"), "kind", "price")


def test_it_predicts_raw_rows_as_the_model_did(classifier) -> None:
    path, model, data, space = classifier
    predictor = load(path)
    rows = frame().head(12)
    said = predictor.predict_proba(rows)
    assert said.shape == (12, 2)
    np.testing.assert_allclose(said.sum(axis=1), 1.0)
    names = ["table_numbers", "table_categories"]
    raw = model.predict(data.preprocessor.transform(rows, names), verbose=0)["said"]
    np.testing.assert_allclose(said, np.exp(raw) / np.exp(raw).sum(1, keepdims=True), rtol=1e-5)
    assert predictor.classes == ["new", "old"]
    assert list(predictor.predict(rows)) == [predictor.classes[i] for i in said.argmax(axis=1)]
    assert predictor.columns == ["size", "colour"]
    assert predictor.genotype == space.default()
    assert predictor.space().fingerprint == space.fingerprint
    assert not predictor.model.compiled
    assert repr(predictor) == "<Predictor of 'kind' (binary), accuracy 0.8750 on held-out rows>"
    assert "held-out: judged once" in predictor._repr_html_()


def test_numbers_come_back_in_their_own_units(tmp_path) -> None:
    path, _, _, _ = made(tmp_path, "price", "kind")
    predictor = load(path)
    said = predictor.predict(frame())
    assert said.shape == (160,)
    assert 1000.0 < said.mean() < 1100.0
    with pytest.raises(BundleError, match="'price' is a number"):
        predictor.predict_proba(frame())
    assert predictor.classes == []


def test_a_fresh_process_reads_it(classifier, tmp_path) -> None:
    path, *_ = classifier
    frame().head(5).drop(columns=["kind", "price"]).to_csv(tmp_path / "rows.csv", index=False)
    code = (
        "import sys, pandas as pd, kerasnas as kn\n"
        "p = kn.load(sys.argv[1])\n"
        "print(*p.predict(pd.read_csv(sys.argv[2])))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(path), str(tmp_path / "rows.csv")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.split() == list(load(path).predict(frame().head(5)))


def test_it_holds_what_it_says_and_no_pickle(classifier) -> None:
    path, _, _, space = classifier
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        card = json.loads(archive.read("card.json"))
        text = archive.read("card.md").decode()
        source = archive.read("source.py").decode()
        for name in names:
            assert not archive.read(name).startswith(b"\x80"), f"{name} looks like a pickle"
    assert names[0] == "manifest.json"
    assert set(names) == {"manifest.json", *manifest["files"]}
    assert manifest["format"] == 1
    assert manifest["versions"]["keras"] == keras.__version__
    assert card["parameters"] == space.cost(space.default()).parameters
    assert card["rows"]["holdout"] > 0
    assert "| held-out: judged once" in text
    module: dict = {}
    exec(compile(source, "source.py", "exec"), module)
    assert module["build_model"]().count_params() == card["parameters"]


def test_the_unpacked_folder_is_a_bundle_too(classifier, tmp_path) -> None:
    path, *_ = classifier
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "open")
    np.testing.assert_array_equal(load(tmp_path / "open").predict(frame()), load(path).predict(frame()))
    (tmp_path / "open" / "genotypes.json").write_text("{}")
    with pytest.raises(BundleError, match=r"'genotypes.json' in .* is not the file that its manifest lists"):
        load(tmp_path / "open")
    (tmp_path / "open" / "genotypes.json").unlink()
    (tmp_path / "open" / "genotypes.json").symlink_to("/etc/hostname")
    with pytest.raises(BundleError, match=r"holds the link 'genotypes.json'"):
        load(tmp_path / "open")


def rewritten(path, goal, change) -> str:
    """A copy of a bundle with some of its entries changed: name -> bytes, or None to leave it out."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(goal, "w") as out:
        files = {name: archive.read(name) for name in archive.namelist()}
        for name, content in {**files, **change(files)}.items():
            if content is not None:
                out.writestr(name, content)
    return str(goal)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/evil",
        "a/../../evil",
        "..\\evil",
        "C:\\evil",
        "C:evil",
        "a//b",
        "./a",
        ".",
        "",
        "a\0b",
    ],
)
def test_names_that_could_lead_out_are_refused(name, tmp_path) -> None:
    with pytest.raises(BundleError, match="could lead out of the bundle"):
        check_name(name, tmp_path)


def test_a_zip_that_leads_out_is_refused(classifier, tmp_path) -> None:
    path, *_ = classifier
    with pytest.raises(BundleError, match="could lead out of the bundle"):
        load(rewritten(path, tmp_path / "a.kn", lambda _: {"../evil.py": b"x"}))
    assert not (tmp_path.parent / "evil.py").exists()

    def listed(files):
        manifest = json.loads(files["manifest.json"])
        manifest["files"]["../evil.py"] = {"sha256": "0", "bytes": 1}
        return {"manifest.json": json.dumps(manifest)}

    with pytest.raises(BundleError, match="could lead out of the bundle"):
        load(rewritten(path, tmp_path / "b.kn", listed))
    link = zipfile.ZipInfo("preprocessing/link")
    link.external_attr = 0o120777 << 16
    linked = rewritten(path, tmp_path / "c.kn", lambda _: {})
    with zipfile.ZipFile(linked, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BundleError, match="holds the link"):
        load(linked)


def test_damage_is_found(classifier, tmp_path) -> None:
    path, *_ = classifier
    with pytest.raises(BundleError, match="is not the file that its manifest lists"):
        load(rewritten(path, tmp_path / "a.kn", lambda files: {"card.json": files["card.json"] + b" "}))
    with pytest.raises(BundleError, match=r"Absent: \['card.md'\]"):
        load(rewritten(path, tmp_path / "b.kn", lambda _: {"card.md": None}))
    with pytest.raises(BundleError, match=r"Not listed: \['more.py'\]"):
        load(rewritten(path, tmp_path / "c.kn", lambda _: {"more.py": b"x"}))
    with pytest.raises(BundleError, match=r"has no manifest.json"):
        load(rewritten(path, tmp_path / "d.kn", lambda _: {"manifest.json": None}))
    with pytest.raises(BundleError, match="cannot be read: "):
        load(rewritten(path, tmp_path / "e.kn", lambda _: {"manifest.json": b"[1]"}))
    (tmp_path / "f.kn").write_bytes(path.read_bytes()[:3000])
    with pytest.raises(BundleError, match="cannot be read as a bundle"):
        load(tmp_path / "f.kn")
    with pytest.raises(BundleError, match="no bundle at"):
        load(tmp_path / "none.kn")

    def other(number):
        return lambda files: {
            "manifest.json": json.dumps({**json.loads(files["manifest.json"]), "format": number})
        }

    with pytest.raises(BundleError, match=r"format 2; this release reads format 1. Update kerasnas."):
        load(rewritten(path, tmp_path / "g.kn", other(2)))
    with pytest.raises(
        BundleError, match=r"format 'one'; this release reads format 1. No release wrote such"
    ):
        load(rewritten(path, tmp_path / "h.kn", other("one")))


def resigned(files, name, content):
    """A changed file together with its hash, as an attacker would write it."""
    import hashlib

    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {name: content, "manifest.json": json.dumps(manifest)}


def test_a_model_that_would_run_code_is_refused(classifier, tmp_path) -> None:
    path, *_ = classifier
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    buffer = tmp_path / "lambda.keras"
    model.save(buffer)
    evil = rewritten(
        path, tmp_path / "a.kn", lambda files: resigned(files, "model.keras", buffer.read_bytes())
    )
    with pytest.raises(BundleError, match="cannot be opened with Keras"):
        load(evil)


def test_arrays_with_pickles_are_refused(classifier, tmp_path) -> None:
    path, *_ = classifier
    buffer = io.BytesIO()
    np.savez(buffer, evil=np.array([{"a": 1}], dtype=object))

    def changed(files):
        return resigned(files, "preprocessing/preprocessing.npz", buffer.getvalue())

    with pytest.raises(BundleError, match="cannot be read"):
        load(rewritten(path, tmp_path / "a.kn", changed))


def test_layers_of_one_s_own_are_named_and_passed(tmp_path) -> None:
    task = kn.Task(frame(), target="kind", drop=["price"], seed=0)
    data = task.data()

    class Twice(keras.layers.Layer):
        def call(self, x):
            return 2.0 * x

        def compute_output_shape(self, shape):
            return shape

    twice = kn.custom(Twice)
    view = data.views["table_numbers"]
    space = Space.trace(
        lambda table_numbers: layers.Dense(2)(twice()(table_numbers)), {"table_numbers": Input(view.shape)}
    )
    model = space.build(space.default())
    path = save_bundle(
        tmp_path / "own.kn",
        model=model,
        space=space,
        genotypes=[space.default()],
        data=data,
        card={"note": "hers"},
    )
    with pytest.raises(BundleError, match="custom_objects"):
        load(path)
    assert load(path, custom_objects={"Twice": Twice}).predict(frame()).shape == (160,)


def test_a_bundle_is_written_whole_or_not_at_all(classifier, tmp_path) -> None:
    _, model, data, space = classifier
    with pytest.raises(BundleError, match="cannot be written as JSON"):
        save_bundle(
            tmp_path / "x.kn",
            model=model,
            space=space,
            genotypes=[space.default()],
            data=data,
            card={"bad": object()},
        )
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BundleError, match="is a folder"):
        save_bundle(tmp_path, model=model, space=space, genotypes=[space.default()], data=data)
    with pytest.raises(BundleError, match="does not exist"):
        save_bundle(
            tmp_path / "no" / "x.kn", model=model, space=space, genotypes=[space.default()], data=data
        )


def test_an_absent_column_is_named(classifier) -> None:
    path, *_ = classifier
    with pytest.raises(DataError, match="size"):
        load(path).predict(frame().drop(columns=["size"]))
