"""Early fusion: what all modalities give as plain numbers, side by side before any layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..blocks import mlp
from ..blocks.text.tfidf import LENGTH
from ..data.views import View
from ..space import Choice, layers
from .scopes import at

PLAIN = ("_encoder", "_tfidf")
"""Views of pictures and texts that a dense layer can read as they are, by the end of their names; the first there is taken."""


def joinable(modalities: Sequence[str], views: Mapping[str, View]) -> bool:
    """Whether each modality can be read as plain numbers."""
    return all(m == "table" or _plain(m, views) for m in modalities)


def _plain(modality: str, views: Mapping[str, View]) -> list[str]:
    """The plain views of a modality; none unless every column has one."""
    mine = [n for n, v in views.items() if v.modality == modality]
    for ending in PLAIN:
        found = sorted(n for n in mine if n.endswith(ending))
        others = [n for n in mine if n.endswith("_pixels")]
        if found and (not others or len(others) == len(found)):
            return found
    return []


def early(modalities: Sequence[str], views: Mapping[str, View], given: Mapping[str, Any]) -> Any:
    """One perceptron over frozen features, numbers, tags and embedded categories together: a vector ``(units,)``.

    Source: Baltrusaitis, Ahuja, Morency, "Multimodal machine learning: a survey and taxonomy", 2019 (section 6, early fusion).

    Args:
        modalities: Those that are read; all ``joinable``.
        views: Theirs.
        given: The views' tensors.
    """
    names = [n for m in modalities for n in (_plain(m, views) if m != "table" else _numbers(given))]
    parts = [layers.Rescaling(LENGTH)(given[n]) if n.endswith("_tfidf") else given[n] for n in names]
    categories = given.get("table_categories") if "table" in modalities else None
    sized = mlp
    if categories is not None:
        cardinalities = tuple(int(c) for c in views["table_categories"].info["cardinalities"])
        sized = mlp.using(cardinalities=cardinalities, embedding=Choice(4, 8, 16, default=8))
    x = layers.Concatenate()(parts) if len(parts) > 1 else parts[0] if parts else None
    return at(sized, "fusion", "inputs")(x, categories)


def _numbers(given: Mapping[str, Any]) -> list[str]:
    return [n for n in ("table_numbers", "table_tags") if n in given]
