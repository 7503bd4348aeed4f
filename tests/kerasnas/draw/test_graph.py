"""Layered drawings of graphs."""

from __future__ import annotations

import random
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from kerasnas.draw.drawing import Drawing
from kerasnas.draw.graph import Box, layered

SVG = "{http://www.w3.org/2000/svg}"
DIAMOND = (
    {"a": Box("In", kind="input"), "b": Box("L", "note"), "c": Box("R"), "d": Box("Out")},
    ["ab", "ac", "bd", "cd"],
)


def rectangles(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height of every box."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [tuple(float(r.get(k, "")) for k in ("x", "y", "width", "height")) for r in found]  # type: ignore[misc]


def big(count: int = 200) -> str:
    rng = random.Random(0)
    boxes = {
        i: Box(rng.choice(["Conv2D", "Add", "Concatenate"]), "64 3x3 + norm + relu", str(i))
        for i in range(count)
    }
    edges = [(rng.randrange(max(0, i - 8), i), i) for i in range(1, count) for _ in range(2)]
    return layered(boxes, edges, title="big")


def test_edges_go_down_and_each_is_drawn_once() -> None:
    boxes, edges = DIAMOND
    svg = layered(boxes, [tuple(e) for e in edges] * 2, title="diamond")
    tree = ElementTree.fromstring(svg)
    assert len(list(tree.iter(f"{SVG}path"))) == 4
    tops = [r[1] for r in rectangles(svg)]
    assert tops[0] < tops[1] == tops[2] < tops[3]


def test_no_two_boxes_overlap_at_two_hundred_nodes() -> None:
    found = sorted(rectangles(big()), key=lambda r: (r[1], r[0]))
    assert len(found) == 200
    for (x, y, width, _), (other, top, _, _) in pairwise(found):
        assert y != top or x + width <= other


def test_all_of_it_lies_in_the_picture() -> None:
    svg = big()
    _, _, width, height = map(float, ElementTree.fromstring(svg).get("viewBox", "").split())
    for x, y, w, h in rectangles(svg):
        assert min(x, y) >= 0
        assert x + w <= width
        assert y + h <= height


def test_it_follows_the_colours_of_the_page() -> None:
    svg = big(20)
    assert "currentColor" in svg
    assert "#" not in svg
    assert "black" not in svg


def test_details_are_titles_and_text_is_escaped() -> None:
    svg = layered({1: Box("<b>", "a & b", 'say "hi" <now>')}, [], title="x < y")
    tree = ElementTree.fromstring(svg)
    assert [t.text for t in tree.iter(f"{SVG}title")] == ["x < y", 'say "hi" <now>']
    assert [t.text for t in tree.iter(f"{SVG}text")] == ["<b>", "a & b"]
    assert tree.get("role") == "img"


def test_an_empty_graph_is_an_empty_picture() -> None:
    assert ElementTree.fromstring(layered({}, [], title="nothing")).tag == f"{SVG}svg"


def test_the_same_graph_gives_the_same_picture() -> None:
    assert big(60) == big(60)


def test_wrong_edges_are_refused() -> None:
    with pytest.raises(ValueError, match="'a' -> 'z' names a node that is not drawn"):
        layered(DIAMOND[0], [("a", "z")], title="")
    with pytest.raises(ValueError, match="has a cycle"):
        layered(DIAMOND[0], [("a", "b"), ("b", "a")], title="")


def test_a_drawing_shows_picture_and_table() -> None:
    drawing = Drawing("<svg/>", "Two <things>", ("name", "size"), (("a", 1), ("b & c", 2)))
    shown = drawing._repr_html_()
    assert shown.startswith("<svg/>")
    assert "b &amp; c" in shown
    assert "Two &lt;things&gt;" in shown
    assert drawing._repr_svg_() == "<svg/>"
