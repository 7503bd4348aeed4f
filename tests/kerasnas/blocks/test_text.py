"""Blocks for texts: every lowering agrees."""

from __future__ import annotations

from kerasnas import Input
from kerasnas.blocks import convolution, frozen, tfidf
from kerasnas.testing.blocks import check_block


def test_tfidf() -> None:
    check_block(tfidf, {"weights": Input((20,))}, samples=3)


def test_convolution() -> None:
    check_block(
        convolution.using(vocabulary=30),
        {"tokens": Input((12,), "int32")},
        samples=3,
        numbers={"tokens": (0, 30)},
    )


def test_frozen_features() -> None:
    check_block(frozen, {"features": Input((20,))}, samples=3)
