"""Recurrent layers: FLOPs count every step of the sequence."""

from __future__ import annotations

from typing import Any

from .base import layer

GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def _recurrent(kind: str, config: dict[str, Any], x: Any) -> Any:
    if config.get("return_state") or config.get("stateful"):
        return None
    units, width, gates = config["units"], x.shape[-1], GATES[kind]
    biases = 0 if not config.get("use_bias", True) else units * (2 if kind == "GRU" and config.get("reset_after", True) else 1)
    parameters = gates * (units * (units + width) + biases)
    steps = x.shape[1] or 1
    out = (x.shape[0], x.shape[1], units) if config.get("return_sequences") else (x.shape[0], units)
    return out, parameters, 2 * steps * gates * units * (units + width)


for _kind in GATES:
    layer(_kind)(lambda config, x, kind=_kind: _recurrent(kind, config, x))


@layer("Bidirectional")
def bidirectional(config: dict[str, Any], x: Any) -> Any:
    inner = config["layer"]
    if inner.target.short not in GATES or config.get("backward_layer") is not None or config.get("merge_mode", "concat") != "concat":
        return None
    one = _recurrent(inner.target.short, inner.config, x)
    if one is None:
        return None
    shape, parameters, flops = one
    return (*shape[:-1], 2 * shape[-1]), 2 * parameters, 2 * flops
