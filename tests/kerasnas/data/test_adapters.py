from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kerasnas.data.adapters.base import Rows
from kerasnas.data.adapters.categories import Categories
from kerasnas.data.adapters.numbers import Numbers, date_parts
from kerasnas.data.adapters.tfidf import MOST_TERMS, Tfidf
from kerasnas.data.adapters.tokens import Tokens, tokens
from kerasnas.data.columns import ColumnInfo, describe
from kerasnas.errors import DataError


def rows_of(**columns: object) -> Rows:
    return Rows(pd.DataFrame(columns))


def typed(rows: Rows) -> list[ColumnInfo]:
    return describe(rows.frame)


def numeric(name: str, **settings: object) -> ColumnInfo:
    return ColumnInfo(name, "numeric", "", settings=settings)


def test_a_heavy_tail_is_drawn_in_and_the_middle_kept_apart() -> None:
    x = np.random.default_rng(0).lognormal(sigma=3, size=2000)
    found = Numbers.fit(rows_of(x=x), [numeric("x")]).transform(
        rows_of(x=[*np.quantile(x, [0.1, 0.5, 0.9]), 1e300, -1e300])
    )
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 5
    assert (np.diff(found[:3, 0]) > 0.1).all()
    assert (np.diff(found[:3, 1:].sum(axis=1)) > 3).all()


def test_scaled_numbers_have_mean_0_and_deviation_1() -> None:
    x = np.random.default_rng(0).normal(50, 7, 500)
    first = Numbers.fit(rows_of(x=x), [numeric("x")]).transform(rows_of(x=x))[:, 0]
    assert abs(first.mean()) < 1e-5
    assert abs(first.std() - 1) < 1e-5


def test_an_empty_number_is_zero_and_says_so() -> None:
    x = np.where(np.arange(200) % 5 == 0, np.nan, np.arange(200.0))
    adapter = Numbers.fit(rows_of(x=x), [numeric("x")])
    found = adapter.transform(rows_of(x=[np.nan, 10.0]))
    assert found[0, :-1].tolist() == [0.0] * (found.shape[1] - 1)
    assert found[:, -1].tolist() == [1.0, 0.0]
    without = Numbers.fit(rows_of(x=np.arange(200.0)), [numeric("x")])
    assert without.view.shape[0] == adapter.view.shape[0] - 1
    assert without.transform(rows_of(x=[None]))[0].tolist() == [0.0] * without.view.shape[0]


def test_ramps_need_rows_and_are_bounded() -> None:
    few = Numbers.fit(rows_of(x=np.arange(30.0)), [numeric("x")])
    assert few.view.shape == (1,)
    many = {f"x{i}": np.random.default_rng(i).normal(size=1000) for i in range(300)}
    wide = Numbers.fit(rows_of(**many), [numeric(name) for name in many])
    assert 300 < wide.view.shape[0] <= 300 + 768


def test_numbers_mostly_alike_still_have_a_scale() -> None:
    x = np.zeros(400)
    x[:20] = np.arange(20) + 1000
    found = Numbers.fit(rows_of(x=x), [numeric("x")]).transform(rows_of(x=[0.0, 1010.0]))
    assert np.isfinite(found).all()
    assert found[1, 0] > found[0, 0] + 1


def test_dates_become_time_and_circles() -> None:
    parts = date_parts(pd.DatetimeIndex(["1970-01-02 06:00", pd.NaT], tz="UTC"))
    assert parts["days"][0] == 1.25
    assert parts["year"][0] == 1970
    assert parts["hour (sine)"][0] == pytest.approx(1.0)
    assert all(np.isnan(part[1]) for part in parts.values())
    when = pd.date_range("2020-01-01", periods=300)
    adapter = Numbers.fit(rows_of(when=when), typed(rows_of(when=when)))
    assert "when days" in adapter.view.info["numbers"]
    assert not any("hour" in name for name in adapter.view.info["numbers"])
    assert np.isfinite(adapter.transform(rows_of(when=["2031-05-06", None]))).all()


def test_numbers_that_are_all_empty_in_training_give_nothing() -> None:
    assert Numbers.fit(rows_of(x=[None] * 9), [numeric("x")]).view.shape == (0,)


def test_categories_are_numbered_by_frequency_and_zero_is_missing() -> None:
    adapter = Categories.fit(rows_of(c=["b", "b", "a", None, "b"]), [ColumnInfo("c", "categorical", "")])
    assert adapter.view.info["cardinalities"] == [3]
    assert adapter.transform(rows_of(c=["b", "a", None, "", "new"])).ravel().tolist() == [1, 2, 0, 0, 0]


def test_rare_categories_are_pooled_and_unseen_ones_join_them() -> None:
    names = [f"often{i}" for i in range(15)] * 3 + [f"once{i}" for i in range(30)]
    adapter = Categories.fit(rows_of(c=names), [ColumnInfo("c", "categorical", "")])
    assert adapter.view.info["cardinalities"] == [17]
    found = adapter.transform(rows_of(c=["often3", "once3", "never seen", None])).ravel()
    assert 1 <= found[0] <= 15
    assert found[1:].tolist() == [16, 16, 0]


def test_numbers_as_codes() -> None:
    adapter = Categories.fit(rows_of(c=[1, 2, 2, 3, 3, 3]), [numeric("c", codes=True)])
    assert adapter.transform(rows_of(c=[3.0, None, "1"])).ravel().tolist() == [1, 0, 3]


TEXTS = [f"{word} film number {i} with {word} people" for i, word in enumerate(["good", "bad"] * 60)]
TARGETS = np.array([0, 1] * 60)


def text_columns(*names: str) -> list[ColumnInfo]:
    return [ColumnInfo(name, "text", "") for name in names]


def test_tfidf_has_words_pairs_and_letter_groups_at_length_one_each() -> None:
    adapter = Tfidf.fit(rows_of(t=TEXTS), text_columns("t"), TARGETS, False)
    terms = set(adapter.state()[0]["words"])
    assert {"good", "good film", "film number"} <= terms
    found = adapter.transform(rows_of(t=TEXTS))
    assert found.dtype == np.float32
    words = found[:, : adapter.view.info["words"]]
    assert np.allclose(np.sqrt(words.multiply(words).sum(axis=1)), 1)
    assert adapter.transform(rows_of(t=[None, "", "😀"])).sum() == 0


def test_tfidf_is_bounded_and_keeps_what_tells_the_classes_apart() -> None:
    rng = np.random.default_rng(0)
    noise = [" ".join(f"w{n}" for n in rng.integers(0, 6000, 60)) for _ in range(1500)]
    targets = np.arange(1500) % 2
    texts = [
        f"{text} {'zebra' if target and i % 5 == 1 else ''}"
        for i, (text, target) in enumerate(zip(noise, targets, strict=True))
    ]
    adapter = Tfidf.fit(rows_of(t=texts), text_columns("t"), targets, False)
    assert adapter.view.shape == (MOST_TERMS,)
    assert "zebra" in adapter.state()[0]["words"]
    regression = Tfidf.fit(rows_of(t=texts), text_columns("t"), targets.astype(float), True)
    assert "zebra" in regression.state()[0]["words"]


def test_tfidf_of_nothing() -> None:
    adapter = Tfidf.fit(rows_of(t=[None] * 60), text_columns("t"), np.arange(60) % 2, False)
    assert adapter.view.shape == (1,)
    assert adapter.transform(rows_of(t=["a word"])).shape == (1, 1)


def test_several_text_columns_are_one_text() -> None:
    adapter = Tokens.fit(rows_of(a=["one"] * 9, b=["two"] * 9), text_columns("a", "b"))
    assert (adapter.transform(rows_of(a=["one"], b=[None])) > 1).sum() == 1
    assert (adapter.transform(rows_of(a=["one"], b=["two"])) > 1).sum() == 2


def test_tokens_keep_emoji_and_letters_of_scripts_without_spaces() -> None:
    assert tokens("It's GREAT 😀!") == ["it", "'", "s", "great", "😀", "!"]
    assert tokens("猫と犬 naïve") == ["猫", "と", "犬", "naïve"]


def test_tokens_are_bounded_by_the_data() -> None:
    adapter = Tokens.fit(rows_of(t=TEXTS), text_columns("t"))
    found = adapter.transform(rows_of(t=[*TEXTS, None, "unheard " * 50]))
    assert found.dtype == np.int32
    assert found.max() < adapter.view.info["vocabulary"]
    assert (found[-2] == 0).all()
    assert (found[-1] == 1).all()
    assert adapter.view.shape == (7,)
    assert Tokens.fit(rows_of(t=["w " * 5000] * 60), text_columns("t")).view.shape == (256,)


def test_a_column_that_is_absent_is_named() -> None:
    adapter = Numbers.fit(rows_of(x=np.arange(9.0)), [numeric("x")])
    with pytest.raises(
        DataError, match=r"Column 'x' is needed and not there. Received: \['y'\].*with None where"
    ):
        adapter.transform(rows_of(y=[1]))
