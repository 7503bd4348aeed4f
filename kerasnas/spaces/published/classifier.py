"""What stands around a published network: pictures in, logits out, nothing that the papers do not have."""

from __future__ import annotations

from typing import Any

from ...space import Block, Input, Space, layers


def classifier(network: Block, shape: tuple[int, int, int], classes: int, name: str) -> Space:
    """The space of a network with one dense layer at its end.

    Args:
        network: A block from pictures to a vector.
        shape: Of a picture.
        classes: How many logits.
        name: The space's.
    """

    def model(pixels: Any) -> Any:
        return {"logits": layers.Dense(classes, name="logits", dtype="float32")(network(pixels))}

    return Space.trace(model, {"pixels": Input(shape)}, name=name)
