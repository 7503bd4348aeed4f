"""The studio in a real JupyterLab: start, watch, pause, resume, stop; reload, restart and a second notebook attach."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

LONG = (
    120_000  # ms to wait for a runner that loads TensorFlow on a busy machine; nothing is asserted about it
)

DATA = """
import kerasnas as kn
from sklearn.datasets import load_iris

frame = load_iris(as_frame=True).frame
frame["species"] = frame.pop("target").map(dict(enumerate(["setosa", "versicolor", "virginica"])))
"""
SPACE = """
@kn.block("small")
def small(numbers, *, width=kn.Choice(4, 8, 16), depth=kn.Choice(1, 2)):
    x = numbers
    x = kn.repeat(depth, lambda x: kn.layers.Dense(width, activation="relu")(x), x)
    return kn.layers.Dense(3, activation="softmax")(x)
"""
"""Filled in by the fixture below."""


def state(where: Page | Locator) -> Locator:
    return where.get_by_test_id("state")


def button(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("group", name=re.compile("Search actions|Stop the search")).get_by_role(
        "button", name=name, exact=True
    )
