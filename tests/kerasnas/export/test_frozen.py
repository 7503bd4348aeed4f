"""A search over frozen encoders, from raw rows to a bundle that predicts in a fresh process, where the encoders are no more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import kerasnas as kn
from kerasnas.data.encoders import license_of, resolve
from kerasnas.data.encoders.image import KerasImageEncoder
from kerasnas.data.encoders.text import TextEncoder
from kerasnas.evaluators import FullTraining
from kerasnas.run.progress import Lines

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "dog", "sat", "ran", "home"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KERASNAS_STORE", raising=False)


@pytest.fixture
def encoders(tmp_path: Path) -> dict[str, Path]:
    """A picture encoder as a Keras file, and a folder with a text encoder, its tokenizer and its license."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(pixels))
    folder = tmp_path / "encoders"
    words = folder / "words"
    words.mkdir(parents=True)
    keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(x)).save(folder / "pictures.keras")
    ids, mask = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    shown = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    keras.Model([ids, mask], keras.layers.Embedding(len(WORDS), 6)(ids) * shown).save(words / "encoder.keras")
    (words / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (words / "vocab.txt").write_text("\n".join(WORDS))
    (words / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    (words / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# Words\n")
    (words / "LICENSE").write_text("the whole text")
    return {"image": folder / "pictures.keras", "text": words}


def table(folder: Path, rows: int = 48) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    label = rng.choice(["cat", "dog"], rows)
    photos = []
    for i, kind in enumerate(label):
        colour = np.array([200, 40, 40] if kind == "cat" else [40, 40, 200])
        noisy = np.clip(colour + rng.integers(-30, 30, (10, 12, 3)), 0, 255).astype("uint8")
        Image.fromarray(noisy).save(folder / f"{i}.png")
        photos.append(f"{i}.png")
    stories = [
        f"a {kind} {word} home" for kind, word in zip(label, rng.choice(["sat", "ran"], rows), strict=True)
    ]
    return pd.DataFrame({"photo": photos, "story": stories, "animal": label})


@pytest.mark.slow
def test_a_search_over_frozen_encoders_ends_in_a_bundle_that_travels(
    encoders: dict[str, Path], tmp_path: Path
) -> None:
    frame = table(tmp_path)
    task = kn.Task(
        frame, "animal", column_types={"photo": "image", "story": "text"}, encoders=encoders, base=tmp_path, seed=0,
    )  # fmt: skip
    space = kn.spaces.multimodal(task).restrict({"image/encoder": ["frozen"], "text/encoder": ["frozen"]})
    search = kn.Search(
        task, space, budget="2 trials", strategy="random", finalists=1, evaluator=FullTraining(3, 3), executor="inline", warm_start=False,
    ).start()  # fmt: skip
    assert search.wait(), search.status
    path = search.best.save(tmp_path / "animals.kn")
    rows = frame.drop(columns=["animal"]).head(9)
    rows.loc[3, "photo"], rows.loc[4, "story"] = None, None
    here = kn.load(path).predict_proba(rows, base=tmp_path)

    shutil.rmtree(encoders["text"].parent)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    code = """\
import sys, json, pandas as pd, kerasnas as kn
print(json.dumps(kn.load("animals.kn").predict_proba(pd.read_csv("rows.csv")).tolist()))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]), here, atol=1e-5)

    card = kn.load(path).card
    known: dict[str, Any] = {each["view"]: each for each in card["encoders"]}
    assert set(known) == {"image_encoder", "text_encoder"}
    assert known["text_encoder"]["license"] == "apache-2.0"
    assert known["image_encoder"]["license"] == "unknown"
    assert all(len(each["fingerprint"]) == 64 for each in known.values())
    text = kn.load(path).text
    assert "`image_encoder` is made by the frozen encoder pictures" in text
    assert "its license: unknown" in text
    assert "its license: apache-2.0" in text
    words = next(a for a in kn.load(path).preprocessor.adapters.values() if a.view.name == "text_encoder")
    assert words.encoder.fingerprint == known["text_encoder"]["fingerprint"]


@pytest.mark.slow
def test_a_second_search_over_the_same_rows_takes_the_features_from_the_cache_and_says_so(
    encoders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for cls in (KerasImageEncoder, TextEncoder):

        def counted(self: Any, raw: Any, encode: Any = cls.encode) -> np.ndarray:
            calls.append(self.modality)
            return np.asarray(encode(self, raw))

        monkeypatch.setattr(cls, "encode", counted)
    frame = table(tmp_path)

    def searched(seed: int) -> kn.Search:
        task = kn.Task(
            frame, "animal", column_types={"photo": "image", "story": "text"}, encoders=encoders, base=tmp_path, seed=seed,
        )  # fmt: skip
        space = kn.spaces.multimodal(task).restrict({"image/encoder": ["frozen"], "text/encoder": ["frozen"]})
        search = kn.Search(
            task, space, budget="1 trials", strategy="random", finalists=0, evaluator=FullTraining(2, 2), executor="inline", warm_start=False,
        ).start()  # fmt: skip
        assert search.wait()
        return search

    first = searched(0)
    assert sorted(calls) == ["image", "text"]
    assert all(
        "computed in" in line and "kept for the next search" in line for line in first.status["features"]
    )
    second = searched(1)
    assert len(calls) == 2
    assert second.status["features"] == [
        "image/pictures features: from the cache (48 rows)",
        "text/words features: from the cache (48 rows)",
    ]
    shown: list[str] = []
    lines = Lines("max", "accuracy")
    lines.say = shown.append  # type: ignore[method-assign]
    for _ in range(2):
        lines.show(*second._watch.look())
    assert [line for line in shown if "features" in line] == second.status["features"]


@pytest.mark.parametrize(
    ("page", "license"),
    [
        ("---\nlicense: mit\n---\n", "mit"),
        ("---\ntags:\n- a\nlicense:\n- bsd-3-clause\ntask: b\n---\ntext", "bsd-3-clause"),
        ('---\nlicense: other\nlicense_name: "house-1.0"\n---\n', "house-1.0"),
        ("---\ntags: [license]\n---\nlicense: mit\n", "unknown"),
        ("# No head\nlicense: mit\n", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_license_is_what_the_page_of_an_encoder_says(
    page: str | None, license: str, encoders: dict[str, Path]
) -> None:
    (encoders["text"] / "README.md").unlink()
    if page is not None:
        (encoders["text"] / "README.md").write_text(page)
    assert license_of(resolve({"text": encoders["text"]})["text"]) == license


def test_the_license_travels_and_is_no_part_of_the_fingerprint(
    encoders: dict[str, Path], tmp_path: Path
) -> None:
    before = resolve({"text": encoders["text"]})["text"]
    before.save(tmp_path / "copy")
    assert (tmp_path / "copy" / "LICENSE").read_text() == "the whole text"
    (encoders["text"] / "LICENSE").write_text("changed")
    assert resolve({"text": encoders["text"]})["text"].fingerprint == before.fingerprint
    assert resolve({"text": tmp_path / "copy"})["text"].fingerprint == before.fingerprint
