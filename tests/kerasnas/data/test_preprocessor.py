from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from kerasnas.data.preprocessor import Preprocessor, identifier
from kerasnas.errors import DataError
from kerasnas.task import Task


def equal(left: object, right: object) -> bool:
    if scipy.sparse.issparse(left):
        return bool((left != right).nnz == 0) and left.dtype == right.dtype  # type: ignore[attr-defined]
    return np.array_equal(left, right) and left.dtype == right.dtype  # type: ignore[attr-defined, arg-type]


def test_views_are_what_they_say(mixed: pd.DataFrame) -> None:
    task = Task(mixed, "animal")
    assert list(task.views) == [
        "image_pixels",
        "text_tfidf",
        "text_tokens",
        "table_numbers",
        "table_categories",
    ]
    for name, array in task.preprocessor.transform(mixed).items():
        view = task.views[name]
        assert array.shape == (len(mixed), *view.shape)
        assert array.dtype == view.dtype
        assert scipy.sparse.issparse(array) == view.sparse
        assert json.loads(json.dumps(view.to_json())) == view.to_json()
        assert type(view).from_json(view.to_json()) == view
        assert name.isidentifier()


def test_saved_and_loaded_it_is_equal_bit_for_bit(mixed: pd.DataFrame, tmp_path: Path) -> None:
    task = Task(mixed, "animal")
    task.preprocessor.save(tmp_path / "p")
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [
        "preprocessing.json",
        "preprocessing.npz",
    ]
    loaded = Preprocessor.load(tmp_path / "p")
    assert loaded.views == task.views
    before, after = task.preprocessor.transform(mixed), loaded.transform(mixed)
    assert all(equal(before[name], after[name]) for name in before)


def test_a_row_reads_the_same_in_any_company(mixed: pd.DataFrame) -> None:
    preprocessor = Task(mixed, "animal").preprocessor
    together, alone = preprocessor.transform(mixed), preprocessor.transform(mixed.iloc[[7]])
    assert all(equal(together[name][[7]], alone[name]) for name in together)


def test_only_training_rows_are_learned_from(mixed: pd.DataFrame) -> None:
    """Whatever the other rows hold, the preprocessing stays the same."""
    task = Task(mixed, "animal")
    others = np.setdiff1d(np.arange(len(mixed)), task.splits.train)
    changed = mixed.copy()
    changed.loc[others, "story"] = "utterly different words, unheard of"
    changed.loc[others, "weight"] = 1e6
    changed.loc[others, "colour"] = changed.loc[others, "colour"].map(
        {"red": "pink", "grey": "gold", "black": "cyan"}
    )
    again = Task(changed, "animal", column_types={c.name: c.kind for c in task.columns if c.name != "paws"})
    assert np.array_equal(again.splits.train, task.splits.train)
    before, after = task.preprocessor.transform(mixed), again.preprocessor.transform(mixed)
    assert list(before) == list(after)
    assert all(equal(before[name], after[name]) for name in before)


def test_every_cell_may_be_empty(mixed: pd.DataFrame) -> None:
    preprocessor = Task(mixed, "animal").preprocessor
    nothing = pd.DataFrame({name: [None, None] for name in mixed.columns if name != "animal"})
    for array in preprocessor.transform(nothing).values():
        assert np.isfinite(array.toarray() if scipy.sparse.issparse(array) else array).all()


def test_some_views_need_some_columns_only(mixed: pd.DataFrame, tmp_path: Path) -> None:
    preprocessor = Task(mixed, "animal").preprocessor
    assert preprocessor.columns(["text_tfidf"]) == ["story"]
    assert preprocessor.columns() == ["photo", "story", "weight", "paws", "colour"]
    preprocessor.save(tmp_path / "p", ["text_tfidf"])
    loaded = Preprocessor.load(tmp_path / "p")
    assert list(loaded.transform(mixed[["story"]])) == ["text_tfidf"]
    with pytest.raises(
        DataError,
        match=r"No such view of the data. Expected one of \['text_tfidf'\]. Received: 'image_pixels'",
    ):
        loaded.transform(mixed, ["image_pixels"])


def test_several_picture_columns_have_views_of_their_own(mixed: pd.DataFrame) -> None:
    task = Task(mixed.assign(**{"Back side!": mixed["photo"]}), "animal")
    assert [name for name in task.views if name.endswith("pixels")] == ["photo_pixels", "back_side_pixels"]


def test_identifiers_of_columns() -> None:
    taken: set[str] = set()
    assert [identifier(name, taken) for name in ("Photo 1", "photo-1", "2nd", "Größe", "写真", "!!")] == [
        "photo_1", "photo_1_2", "column_2nd", "groe", "column", "column_2",
    ]  # fmt: skip


def test_numbers_that_are_empty_in_training_leave_the_other_views(mixed: pd.DataFrame) -> None:
    task = Task(mixed, "animal")
    hollow = mixed.drop(columns=["weight", "paws"]).assign(late=np.nan)
    hollow.loc[task.splits.holdout, "late"] = np.arange(len(task.splits.holdout)) + 0.5
    assert "table_numbers" not in Task(hollow, "animal").views
    with pytest.raises(DataError, match="No column can be learned from: 'late' is numeric"):
        _ = Task(hollow[["late", "animal"]], "animal").views


def test_a_folder_without_or_with_newer_preprocessing(tmp_path: Path, mixed: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="No preprocessing can be read from"):
        Preprocessor.load(tmp_path)
    Task(mixed, "animal").preprocessor.save(tmp_path)
    data = json.loads((tmp_path / "preprocessing.json").read_text())
    (tmp_path / "preprocessing.json").write_text(json.dumps({**data, "format": 99}))
    with pytest.raises(DataError, match="has format 99; this release reads 1"):
        Preprocessor.load(tmp_path)


def test_a_view_says_how_many_training_rows_have_nothing_in_it(mixed: pd.DataFrame, tmp_path: Path) -> None:
    from kerasnas import spaces

    full, task = Task(mixed.dropna(ignore_index=True), "animal"), Task(mixed, "animal")
    assert not any("lacking" in view.info for view in full.views.values())
    told = task.views["image_pixels"].info["lacking"]
    assert told == int(mixed["photo"].isna().to_numpy()[task.splits.train].sum()) > 0
    assert not any("lacking" in view.info for view in task.views.values() if view.modality == "table")
    task.preprocessor.save(tmp_path / "p")
    assert Preprocessor.load(tmp_path / "p").views["image_pixels"].info["lacking"] == told
    space = spaces.multimodal(task)
    assert "StandIn" in space.source(space.default())
    bare = spaces.multimodal(full)
    assert "StandIn" not in bare.source(bare.default())
    assert set(space.decisions) == set(bare.decisions)
