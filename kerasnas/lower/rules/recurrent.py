"""Recurrent layers: FLOPs count every step of the sequence."""

from __future__ import annotations

from typing import Any

from ...space.graph import Inferred
from .base import computed, flops_of, layer, made

GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def _recurrent(kind: str) -> Any:
    gates = GATES[kind]

    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if config.get("return_state") or config.get("stateful") or len(x.shape) != 3:
            return None
        units, width = config["units"], x.shape[-1]
        biases = 2 if kind == "GRU" and config.get("reset_after", True) else 1
        weights = gates * units * (units + width)
        parameters = weights + (gates * units * biases if config.get("use_bias", True) else 0)
        shape = (*x.shape[:2], units) if config.get("return_sequences") else (x.shape[0], units)
        return made(shape, parameters, flops_of(weights, x.shape[1]), computed(config))

    return rule


INNER = {kind: _recurrent(kind) for kind in GATES}
for _kind, _rule in INNER.items():
    layer(_kind)(_rule)


@layer("Bidirectional")
def bidirectional(config: dict[str, Any], x: Any) -> Inferred | None:
    """Two of the layer inside, one for each direction."""
    inner, mode = config["layer"], config.get("merge_mode", "concat")
    if inner.target.short not in GATES or config.get("backward_layer") is not None or mode is None:
        return None
    one: Inferred | None = INNER[inner.target.short](inner.config, x)
    if one is None:
        return None
    shape = one.out.shape if mode != "concat" else (*one.out.shape[:-1], 2 * one.out.shape[-1])
    flops = None if one.flops is None else 2 * one.flops
    return made(shape, 2 * one.parameters, flops, one.out.dtype)
