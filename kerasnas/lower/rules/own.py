"""Our own layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...layers import OWN
from ...space.graph import Inferred, Spec
from .base import RULES, Rule, computed, made


def ours(name: str) -> Callable[[Rule], Rule]:
    """Register a rule for a layer of ``kerasnas.layers``."""

    def register(rule: Rule) -> Rule:
        RULES[f"kerasnas.layers.{OWN[name]}:{name}"] = rule
        return rule

    return register


@ours("PeriodicEmbedding")
def periodic_embedding(config: dict[str, Any], x: Any) -> Inferred:
    """Sines and cosines, elementwise."""
    waves = config["waves"]
    return made((*x.shape, 2 * waves), x.shape[-1] * waves, 0, computed(config))


@ours("CumulativeLogits")
def cumulative_logits(config: dict[str, Any], score: Any) -> Inferred:
    """A threshold between each two classes, elementwise."""
    classes = config["classes"]
    return made((*score.shape[:-1], classes), classes - 1, 0, computed(config))


@ours("ModalityDropout")
def modality_dropout(config: dict[str, Any], vectors: Any) -> Inferred:
    """As many vectors out as in, elementwise."""
    return Inferred([Spec(v.shape, computed(config)) for v in vectors], 0, 0)


@ours("StandIn")
def stand_in(config: dict[str, Any], view: Any, vector: Any) -> Inferred:
    """One choice a row."""
    del view
    return made(vector.shape, vector.shape[-1], 0, computed(config))
