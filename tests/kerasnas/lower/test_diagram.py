"""Drawings of plans."""

from __future__ import annotations

from xml.etree import ElementTree

from kerasnas.space import Space

SVG = "{http://www.w3.org/2000/svg}"


def test_one_box_a_layer_with_activation_and_normalisation_inside(zoo: dict[str, Space]) -> None:
    space = zoo["pictures"]
    drawing = space.draw(space.default())
    tree = ElementTree.fromstring(drawing.svg)
    words = [t.text for t in tree.iter(f"{SVG}text")]
    assert words.count("Conv2D") == 1 + 2 + 4
    assert "BatchNormalization" not in words
    assert any(w and w.endswith("+ norm + relu") for w in words)
    titles = [t.text or "" for t in tree.iter(f"{SVG}title")]
    assert any(
        "stem: Conv2D(filters=4, kernel_size=3) -> 6x6x4, 112 parameters, 7,776 FLOPs" in t for t in titles
    )


def test_the_table_says_the_same(zoo: dict[str, Space]) -> None:
    space = zoo["several"]
    drawing = space.draw(space.default())
    assert drawing.columns == ("layer", "kind", "output", "parameters", "FLOPs")
    assert {r[1] for r in drawing.rows} >= {"Input", "GRU", "Bidirectional"}
    assert ("net/gru", "unknown") in {(r[0], r[4]) for r in drawing.rows}
    assert "<table" in drawing.table()
    assert drawing.svg in drawing._repr_html_()


def test_every_space_of_the_zoo_can_be_drawn(zoo: dict[str, Space]) -> None:
    for space in zoo.values():
        for seed in range(3):
            plan = space.plan(space.sample(seed))
            tree = ElementTree.fromstring(space.draw(plan.genotype).svg)
            boxes = [t.text for t in tree.iter(f"{SVG}text")]
            assert set(plan.inputs) <= set(boxes)
