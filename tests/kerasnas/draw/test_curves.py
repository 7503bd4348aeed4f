"""The drawings are well-formed, described, small, coloured by variables only; each has its table."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from kerasnas.draw.curves import MOST_LINES, learning_curves, learning_table
from kerasnas.draw.lines import Line
from kerasnas.draw.progress import progress, progress_table
from kerasnas.draw.sparkline import sparkline
from kerasnas.draw.table import table

SVG = "{http://www.w3.org/2000/svg}"


def line(number: int, *values: float, value: float | None = None, state: str = "completed") -> Line:
    return Line(
        number,
        tuple((float(k + 1), v) for k, v in enumerate(values)),
        values[-1] if value is None and values else value,
        state,
    )


LINES = [line(0, 0.3, 0.5, 0.55), line(1, 0.4, 0.7, 0.72), line(2, 0.2, state="failed"), line(3)]
DRAWINGS = {
    "learning": lambda: learning_curves(LINES, metric="accuracy"),
    "progress": lambda: progress(LINES, metric="accuracy", baseline=0.25),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_is_xml_with_title_and_description(name: str) -> None:
    root = ElementTree.fromstring(
        DRAWINGS[name]().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    assert description.text
    assert root.get("aria-label") == f"{title.text}. {description.text}"


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_colour_is_fixed(name: str) -> None:
    assert not re.search(
        r"#[0-9a-fA-F]{3,8}\b(?!\d*</text>)|rgb\(|hsl\(",
        re.sub(r"<(text|desc|title).*?</\1>", "", DRAWINGS[name]()),
    )


def test_the_best_line_is_named_and_thicker_and_the_failed_one_dashed() -> None:
    svg = DRAWINGS["learning"]()
    assert "best #1" in svg
    best = re.search(r'<g data-trial="1".*?</g>', svg)
    failed = re.search(r'<g data-trial="2".*?</g>', svg)
    assert best is not None
    assert 'stroke-width="2.5"' in best[0]
    assert failed is not None
    assert "stroke-dasharray" in failed[0]


def test_each_line_carries_its_trial_and_a_label() -> None:
    assert re.findall(r'data-trial="(\d+)" data-label="([^"]*)"', DRAWINGS["learning"]()) == [
        ("0", "trial 0, completed, 0.550"),
        ("2", "trial 2, failed, 0.200"),
        ("1", "trial 1, completed, 0.720"),
    ]  # fmt: skip


def test_the_best_is_the_lowest_where_less_is_better() -> None:
    assert "best #0" in learning_curves(LINES[:2], metric="rmse", direction="min")
    assert "the best, trial 0, reached 0.550" in learning_curves(LINES[:2], metric="rmse", direction="min")


def test_nothing_to_draw_is_an_empty_string() -> None:
    assert learning_curves([line(0)], metric="accuracy") == ""
    assert progress([], metric="accuracy") == ""
    assert sparkline([]) == ""
    assert sparkline([float("nan")]) == ""


def test_values_that_are_not_finite_are_left_out() -> None:
    assert "nan" not in learning_curves([line(0, 0.1, float("nan"), 0.3)], metric="accuracy").lower().replace(
        "aria-labelledby", ""
    )
    assert learning_table([line(0, 0.1, float("nan"), 0.3)], metric="accuracy").count("<td>2</td>") == 1


def test_one_value_that_blew_up_does_not_flatten_the_rest() -> None:
    lines = [line(k, *(0.5 + 0.01 * e for e in range(10))) for k in range(5)] + [line(9, 0.6, 1e9)]
    labels = re.findall(
        r'text-anchor="end">([\d.k-]+)<', learning_curves(lines, metric="loss", direction="min")
    )
    assert max(float(text) for text in labels if "k" not in text) < 10


def test_a_thousand_long_curves_stay_small_and_the_best_and_newest_are_kept() -> None:
    lines = [
        line(k, *(0.5 + 0.4 * ((k * 7 + e) % 100) / 100 for e in range(100)), value=((k * 37) % 1000) / 1000)
        for k in range(1000)
    ]
    svg = learning_curves(lines, metric="accuracy")
    assert len(svg) < 48_000
    assert svg.count("<g data-trial=") == MOST_LINES
    assert 'data-trial="999"' in svg
    assert f"best #{max(lines, key=lambda each: each.value or 0).number}" in svg
    assert "40 of 1000 trials" in svg
    assert len(progress(lines, metric="accuracy")) < 48_000


def test_tables_say_what_the_pictures_show() -> None:
    assert (
        "<td>#1</td><td>completed</td><td>3</td><td>0.400</td><td>0.720</td><td>0.720</td>"
        in learning_table(LINES, metric="accuracy")
    )
    assert progress_table(LINES, metric="accuracy").count("<tr><td>") == 2
    assert "Nothing yet." in progress_table([], metric="accuracy")


def test_a_sparkline_is_heard() -> None:
    assert 'aria-label="accuracy over 3 epochs: from 0.100 to 0.300"' in sparkline(
        [0.1, 0.2, 0.3], what="accuracy"
    )
    assert 'aria-label="a&quot;b over 1 epoch' in sparkline([0.5], what='a"b')


def test_cells_are_escaped_and_rows_must_fit() -> None:
    assert "&lt;b&gt;" in table(("a",), [("<b>",)], caption="c")
    with pytest.raises(ValueError, match=r"Row 0 of the table 'c' has 2 cells; its header has 1\."):
        table(("a",), [(1, 2)], caption="c")
