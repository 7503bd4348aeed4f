"""A model of two hundred layers: its drawing and its source are read, not scrolled through."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kerasnas.space import Choice, Input, Space, block, layers, leaves, repeat

SVG = "{http://www.w3.org/2000/svg}"


@block("cell")
def cell(x: Any, *, op: Any = Choice("relu", "gelu")) -> Any:
    a = layers.Conv2D(16, 3, padding="same", activation=op, name="a")(x)
    b = layers.SeparableConv2D(16, 5, padding="same", name="b")(x)
    b = layers.ReLU()(layers.BatchNormalization()(b))
    c = layers.AveragePooling2D(3, 1, padding="same")(x)
    return layers.Add()([x, layers.Conv2D(16, 1, name="join")(layers.Concatenate()([a, b, c]))])


def deep(x: Any) -> Any:
    """Twenty equal cells, then four at half the size, with a branch in between."""
    x = repeat(20, cell, layers.Conv2D(16, 3, padding="same", name="stem")(x), "stage", tie=True)
    early = layers.GlobalAveragePooling2D(name="early")(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", name="down")(x)
    x = repeat(4, cell, x, "late", tie=True)
    y = layers.Concatenate()([early, layers.GlobalAveragePooling2D()(x)])
    return {"logits": layers.Dense(10, name="logits")(y), "aux": layers.Dense(3, name="aux")(early)}


@cache
def space() -> Space:
    return Space.trace(deep, {"picture": Input((32, 32, 3))}, name="deep")


def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(space().draw(space().default()).svg)


def test_equal_blocks_are_drawn_once_in_a_frame() -> None:
    assert len(list(leaves(space().plan(space().default()).steps))) >= 200
    words = [t.text for t in drawn().iter(f"{SVG}text")]
    assert words.count("Add") == 2
    assert {"cell x 20", "cell x 4", "logits", "aux", "picture"} <= set(words)
    titles = [t.text or "" for t in drawn().iter(f"{SVG}title")]
    assert any("stage/0 to stage/19: 20 equal blocks" in t and "FLOPs in all" in t for t in titles)
    assert any(t.startswith("stage/0/a: Conv2D(") for t in titles)
    assert float(drawn().get("height", "")) < 1500
    assert float(drawn().get("width", "")) < 1000


def test_every_box_lies_inside_its_frame_and_beside_the_others() -> None:
    def boxes(
        element: ElementTree.Element, x: float = 0.0, y: float = 0.0
    ) -> list[tuple[float, float, float, float]]:
        moved = element.get("transform", "")
        if moved:
            dx, dy = map(float, moved.removeprefix("translate(").rstrip(")").split())
            x, y = x + dx, y + dy
        found = []
        for child in element:
            if child.tag == f"{SVG}rect":
                left, top, width, height = (float(child.get(k, "")) for k in ("x", "y", "width", "height"))
                found.append((left + x, top + y, left + x + width, top + y + height))
            found += boxes(child, x, y)
        return found

    found = boxes(drawn())
    for i, a in enumerate(found):
        for b in found[:i]:
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            a_in_b = b[0] <= a[0] and a[2] <= b[2] and b[1] <= a[1] and a[3] <= b[3]
            b_in_a = a[0] <= b[0] and b[2] <= a[2] and a[1] <= b[1] and b[3] <= a[3]
            assert apart or a_in_b or b_in_a


def test_blocks_whose_inside_is_read_elsewhere_or_that_differ_are_drawn_one_by_one() -> None:
    def dense(x: Any) -> Any:
        kept = []
        for i in range(12):
            x = cell.using(op="relu" if i < 6 else "gelu")(x, name=f"c{i}")
            kept.append(layers.GlobalAveragePooling2D()(x) if i < 3 else x)
        return layers.Concatenate()([*kept[:3], layers.GlobalAveragePooling2D()(x)])

    other = Space.trace(dense, {"x": Input((8, 8, 16))})
    words = [t.text for t in ElementTree.fromstring(other.draw(other.default()).svg).iter(f"{SVG}text")]
    assert [w for w in words if w and " x " in w and w.startswith("cell")] == ["cell x 3", "cell x 6"]
    assert words.count("Add") == 3 + 1 + 1


def test_the_same_picture_stands_in_a_file_light_and_dark(tmp_path: Path) -> None:
    drawing = space().draw(space().default())
    text = drawing.save(tmp_path / "model.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme:dark" in text
    assert text.replace(text[text.index("<style>") : text.index("</style>") + 8], "") == drawing.svg
    ElementTree.fromstring(text)
    assert drawing._repr_svg_() == text
    assert "--jp-content-font-color1" in drawing.svg


def test_twenty_cells_are_a_loop_in_the_source() -> None:
    text = space().source(space().default())
    assert "for i in range(20):" in text
    assert text.count("def ") == 2
    assert len(text.splitlines()) < 50


@pytest.mark.filterwarnings("ignore")
def test_sources_of_every_ready_space_pass_ruff(tmp_path: Path) -> None:
    from kerasnas.testing.ready import ready

    (tmp_path / "deep.py").write_text(space().source(space().default()), encoding="utf-8")
    for name, one in ready().items():
        for seed in range(6):
            (tmp_path / f"{name}_{seed}.py").write_text(one.source(one.sample(seed)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--output-format=concise", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
