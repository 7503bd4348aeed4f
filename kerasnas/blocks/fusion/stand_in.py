"""Rows that lack a modality."""

from __future__ import annotations

from typing import Any

from ...space import block, layers


@block("stand_in")
def stand_in(view: Any, vector: Any) -> Any:
    """A learned vector instead of what an encoder says of a view of zeros: ``(d,)`` -> ``(d,)``; see ``StandIn``.

    Args:
        view: What the encoder read; all zeros where the row has no picture, sound, text or series.
        vector: What it said.
    """
    return layers.StandIn(name="missing")(view, vector)
