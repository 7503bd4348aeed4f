"""Our own layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...layers import OWN
from ...space.graph import Inferred
from .base import RULES, Rule, computed, flops_of, made


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


@ours("TreeRecurrent")
def tree_recurrent(config: dict[str, Any], x: Any) -> Inferred:
    """Two matrices for all leaves, at every step."""
    units, leaves = config["units"], (len(config["combine"]) + 1) // 2
    weights = (x.shape[-1] + units) * leaves * units
    return made(
        (x.shape[0], units), weights + leaves * units, flops_of(weights, x.shape[1]), computed(config)
    )
