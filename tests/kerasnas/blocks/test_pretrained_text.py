"""A pretrained text encoder inside the model: as its definition, trained as far as asked, and from a bundle without its folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas import Choice, Input, Space
from kerasnas.blocks.text.bert import bert as rebuilt
from kerasnas.blocks.text.pretrained import pretrained
from kerasnas.data.adapters import pieces
from kerasnas.errors import EncoderError
from kerasnas.evaluators import FullTraining
from kerasnas.testing.blocks import check_block

from ..data.test_encoders import WIDTH, WORDS, bert, by_numpy  # noqa: F401  (bert is a fixture)

PIECES = {"pieces": Input((8,), "int32")}


def stories(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    label = rng.choice(["cat", "dog"], rows)
    words = rng.choice(["went home", "slept", "and a number went"], rows)
    return pd.DataFrame({"story": [f"a {a} {b}" for a, b in zip(label, words, strict=True)], "animal": label})


def task(folder: Path) -> kn.Task:
    return kn.Task(stories(), "animal", column_types={"story": "text"}, encoders={"text": folder}, seed=0)


def test_features_are_those_of_the_definition(bert: Path) -> None:  # noqa: F811
    ids = np.array([[2, 5, 6, 9, 3, 0, 0, 0]])
    found = np.asarray(rebuilt(str(bert), 8, 1)(ids))[0, :5].mean(axis=0)
    assert np.abs(found - by_numpy(["a", "cat", "went"])).max() < 1e-5


def test_every_lowering_agrees(bert: Path) -> None:  # noqa: F811
    block = pretrained.using(folder=str(bert), tuned=Choice(1, 2))
    assert not check_block(block, PIECES, samples=2, numbers={"pieces": (0, len(WORDS))}).unknown


@pytest.mark.parametrize(("tuned", "trained"), [(1, 16), (2, 2 * 16 + 4)])
def test_as_many_units_are_trained_as_asked(bert: Path, tuned: int, trained: int) -> None:  # noqa: F811
    space = Space.trace(pretrained.using(folder=str(bert), tuned=Choice(1, 2)), PIECES)
    model = space.build({**space.default(), "pretrained/tuned": tuned})
    assert len(model.trainable_weights) == trained


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be read"):
        rebuilt(str(tmp_path / "none"), 8, 1)


def test_pieces_are_the_tokenizer_s_and_an_empty_text_is_padding(bert: Path) -> None:  # noqa: F811
    made = task(bert)
    assert made.views["text_pieces"].shape == (8,)
    rows = pd.DataFrame({"story": ["a cat went home", None]})
    found = made.preprocessor.transform(rows, ["text_pieces"])["text_pieces"]
    assert found.tolist() == [[2, 5, 6, 9, 10, 3, 0, 0], [0] * 8]


def test_the_view_is_there_only_where_an_epoch_is_affordable(
    bert: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces, "MOST_FLOPS", 1e4)
    assert "text_pieces" not in task(bert).views


@pytest.mark.slow
def test_a_bundle_holds_the_encoder_and_its_tokenizer(bert: Path, tmp_path: Path) -> None:  # noqa: F811
    made = task(bert)
    space = kn.spaces.text(made).restrict({"text/encoder": ["pretrained"]})
    search = kn.Search(
        made, space, budget="1 trial", finalists=1, evaluator=FullTraining(2, 2), executor="inline", warm_start=False,
    ).start()  # fmt: skip
    assert search.wait(), search.status
    path = search.best.save(tmp_path / "animals.kn")
    rows = stories(9).drop(columns="animal")
    here = kn.load(path).predict_proba(rows)
    shutil.rmtree(bert)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    code = """\
import json, pandas as pd, kerasnas as kn
print(json.dumps(kn.load("animals.kn").predict_proba(pd.read_csv("rows.csv")).tolist()))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]), here, atol=1e-5)
    view = next(v for v in kn.load(path).preprocessor.views.values() if v.name == "text_pieces")
    assert view.info["folder"] == "encoder_text"
    assert [each["view"] for each in kn.load(path).card["encoders"]] == ["text_pieces"]
