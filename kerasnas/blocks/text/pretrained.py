"""Texts through a pretrained encoder that is trained further inside the model.

Slower than ``frozen`` features, which are computed once for all candidates, but it learns the task's own words and turns of phrase.
Sources: see ``kerasnas/blocks/text/bert.py``.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, dim, external, layers
from .bert import bert


@block("pretrained")
def pretrained(
    pieces: Any,
    *,
    folder: str,
    tuned: Any = 1,
    pool: Any = Choice("mean", "max", "attention", "first"),
    rate: Any = FloatRange(0.0, 0.5, default=0.1),
) -> Any:
    """Numbers of word pieces to a vector: ``(length,)`` -> the encoder's width.

    Args:
        pieces: ``(length,)`` integers, as the encoder's own tokenizer gives them; zeros at the end are padding.
        folder: The encoder's files: ``config.json`` and ``model.safetensors``.
        tuned: How many of its last units are trained; where that is all of them, its embeddings are, too.
        pool: How the pieces' features become one vector.
        rate: Dropout on that.
    """
    real = layers.SequenceMask()(pieces)
    made = external(bert, folder=folder, length=dim(pieces, 1), tuned=tuned)
    return layers.Dropout(rate)(layers.SequencePooling(pool, name="pool")(made(pieces), real))
