"""Our own layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...layers import OWN
from ...space.graph import Inferred, Spec
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


@ours("ColumnTokens")
def column_tokens(config: dict[str, Any], x: Any) -> Inferred:
    """A matrix for every column, of the widest column's size."""
    columns, widest, units = len(config["widths"]), max(config["widths"]), config["units"]
    products = columns * widest * units
    return made(
        (x.shape[0], columns, units), products + columns * units, flops_of(products), computed(config)
    )


@ours("ClassToken")
def class_token(config: dict[str, Any], x: Any) -> Inferred:
    """One vector more."""
    length = None if x.shape[1] is None else x.shape[1] + 1
    return made((x.shape[0], length, x.shape[2]), x.shape[2], 0, computed(config))


@ours("BatchEnsemble")
def batch_ensemble(config: dict[str, Any], x: Any) -> Inferred:
    """Every member's products, of matrices that are held once."""
    members, units, depth = config["members"], config["units"], config.get("depth", 2)
    read = x.shape[-1]
    weights = read * units + (depth - 1) * units * units
    own = members * (read + (depth - 1) * units + 2 * depth * units)
    return made((x.shape[0], units), weights + own, flops_of(members * weights), computed(config))


@ours("GeneralizedMean2D")
def generalized_mean(config: dict[str, Any], x: Any) -> Inferred:
    """Powers, elementwise, and their mean; an exponent a channel."""
    return made((x.shape[0], x.shape[-1]), x.shape[-1], 0, computed(config))


@ours("PatchPositions")
def patch_positions(config: dict[str, Any], x: Any) -> Inferred:
    """A sum; a vector for each place, the first token's twice."""
    rows, length, width = x.shape
    first = bool(config.get("class_token"))
    return made((rows, length + first, width), (length + 2 * first) * width, 0, computed(config))


@ours("RandomCutout")
def random_cutout(config: dict[str, Any], x: Any) -> Inferred:
    """No work when the model is used."""
    return made(x.shape, 0, 0, computed(config))


@ours("SequenceMask")
def sequence_mask(config: dict[str, Any], x: Any) -> Inferred:
    """Comparisons and counts."""
    length = None if x.shape[1] is None else -(-x.shape[1] // config.get("stride", 1))
    return made((x.shape[0], length), dtype="bool")


@ours("KeepReal")
def keep_real(config: dict[str, Any], x: Any, _: Any) -> Inferred:
    """One product a number, elementwise."""
    return made(x.shape, dtype=computed(config))


@ours("SequencePooling")
def sequence_pooling(config: dict[str, Any], x: Any, _: Any) -> Inferred:
    """Sums; where places are scored, one product of a vector with each."""
    width, mode = x.shape[-1], config.get("mode", "mean")
    scored = mode == "attention"
    shape = (x.shape[0], width * (2 if mode in ("mean_max", "statistics") else 1))
    return made(shape, width * scored, flops_of(width, x.shape[1]) if scored else 0, computed(config))


@ours("SequencePositions")
def sequence_positions(config: dict[str, Any], x: Any) -> Inferred:
    """One sum a number."""
    return made(x.shape, x.shape[1] * x.shape[2], 0, computed(config))


@ours("SpectrogramMasking")
def spectrogram_masking(config: dict[str, Any], x: Any) -> Inferred:
    """No work when the model is used."""
    return made(x.shape, dtype=computed(config))


@ours("CosineTransform")
def cosine_transform(config: dict[str, Any], x: Any) -> Inferred:
    """A product with a fixed matrix at every place."""
    coefficients = config["coefficients"]
    flops = flops_of(x.shape[-1] * coefficients, *x.shape[1:-1])
    return made((*x.shape[:-1], coefficients), 0, flops, computed(config))


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


@ours("TreeRecurrent")
def tree_recurrent(config: dict[str, Any], x: Any) -> Inferred:
    """Two matrices for all leaves, at every step."""
    units, leaves = config["units"], (len(config["combine"]) + 1) // 2
    weights = (x.shape[-1] + units) * leaves * units
    return made(
        (x.shape[0], units), weights + leaves * units, flops_of(weights, x.shape[1]), computed(config)
    )
