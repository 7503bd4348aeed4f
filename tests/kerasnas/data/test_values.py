from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from kerasnas.data import values


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("12", 12),
        (" -3.5 ", -3.5),
        ("1,234.5", 1234.5),
        ("$1,200", 1200),
        ("-€5", -5),
        ("45 %", 45),
        ("1e-3", 1e-3),
        ("1 234", 1234),
        (".5", 0.5),
        ("5.", 5),
        ("+7", 7),
    ],
)
def test_numbers_as_people_write_them(word: str, expected: float) -> None:
    assert values.number(word) == expected


@pytest.mark.parametrize("word", ["", "?", "n/a", "nan", "inf", "12a", "1,2,3", "0x10", "--", "1.2.3"])
def test_what_is_no_number_is_nan(word: str) -> None:
    assert math.isnan(values.number(word))


def test_a_decimal_comma() -> None:
    assert values.number("3,14", ",") == 3.14
    assert values.number("1.234,5", ",") == 1234.5
    assert values.number("7", ",") == 7


def test_numbers_of_any_column() -> None:
    assert values.numbers(pd.Series([True, False])).tolist() == [1.0, 0.0]
    assert values.numbers(pd.Series(pd.array([1, None], dtype="Int64")))[0] == 1.0
    assert np.isnan(values.numbers(pd.Series([np.inf, -np.inf, None], dtype=float))).all()
    assert values.numbers(pd.Series([pd.Timedelta("90s"), pd.NaT])).tolist()[0] == 90.0
    found = values.numbers(pd.Series([1, "2", b"3", 4.5, "x", None, [1]], dtype=object))
    assert found[:4].tolist() == [1.0, 2.0, 3.0, 4.5]
    assert np.isnan(found[4:]).all()


def test_labels_are_the_same_whatever_the_type() -> None:
    expected = ["2011", "2012", ""]
    for column in (
        pd.Series([2011, 2012, None], dtype=float),
        pd.Series(["2011 ", " 2012", None]),
        pd.Series(["2011", "2012", " "], dtype=object),
        pd.Series([2011, b"2012", None], dtype=object),
        pd.Series(pd.Categorical([2011, 2012, None])),
        pd.Series(pd.array([2011, 2012, None], dtype="Int64")),
    ):
        assert values.labels(column).tolist() == expected
    assert values.labels(pd.Series([True, False])).tolist() == ["true", "false"]


def test_texts_of_odd_cells() -> None:
    column = pd.Series(["a", None, np.nan, b"\xff\xfe", ["x", "y"], 3.0, pd.NA, "😀"], dtype=object)
    assert values.texts(column) == ["a", "", "", "ÿþ", "x y", "3", "", "😀"]


def test_missing_cells() -> None:
    column = pd.Series(["a", "", "  ", None, b"", pd.NA, [1]], dtype=object)
    assert values.missing(column).tolist() == [False, True, True, True, True, True, False]
    assert values.missing(pd.Series([1.0, np.nan])).tolist() == [False, True]
    assert values.missing(pd.Series(["x", None])).tolist() == [False, True]


@pytest.mark.parametrize(
    "word",
    [
        "2020-01-31",
        "31/01/2020",
        "01.31.2020",
        "2020-01-31T10:20:30Z",
        "2020/01/31 10:20",
        "31 Jan 2020",
        "January 31, 2020",
        "Fri, 31 Jan 2020",
    ],
)
def test_what_looks_like_a_date(word: str) -> None:
    assert values.looks_like_date(word)


@pytest.mark.parametrize(
    "word", ["12", "3.14", "1-800-555-1234-9", "hello", "10:20", "2020", "v1.2.3-rc", ""]
)
def test_what_does_not(word: str) -> None:
    assert not values.looks_like_date(word)


def test_dates_of_any_column() -> None:
    expected = pd.Timestamp("2005-08-14", tz="UTC")
    for column in (
        pd.Series(["14/08/2005", None]),
        pd.Series([datetime.date(2005, 8, 14), None], dtype=object),
        pd.Series(pd.to_datetime(["2005-08-14", None])),
        pd.Series(["2005-08-14", "no date"]),
        pd.Series(pd.PeriodIndex(["2005-08-14", "NaT"], freq="D")),
    ):
        found = values.dates(column, day_first=True)
        assert found[0] == expected
        assert found[1] is pd.NaT
    berlin = pd.Series(pd.to_datetime(["2005-08-14 02:00"]).tz_localize("Europe/Berlin"))
    assert values.dates(berlin)[0] == expected
