"""Which channels and places of a feature map matter: ``(h, w, c)`` -> ``(h, w, c)``, chosen by the blocks as ``attend``."""

from __future__ import annotations

from typing import Any

from ...space import Choice, at_least, block, channels, layers, ops


@block("squeeze_excite")
def squeeze_excite(x: Any, *, ratio: int = 4) -> Any:
    """Weigh each channel by what the whole picture says of it.

    Source: Hu, Shen, Sun, "Squeeze-and-excitation networks", 2018.
    """
    width = channels(x)
    s = layers.GlobalAveragePooling2D(keepdims=True)(x)
    s = layers.Conv2D(at_least(width // ratio, 1), 1, activation="relu", name="squeeze")(s)
    return x * layers.Conv2D(width, 1, activation="sigmoid", name="excite")(s)


@block("efficient_channel")
def efficient_channel(x: Any, *, kernel: int = 3) -> Any:
    """Weigh each channel by its own mean and those of its neighbours: a handful of weights.

    Source: Wang, Wu, Zhu, Li, Zuo, Hu, "ECA-Net: efficient channel attention for deep convolutional neural networks", 2020.
    """
    width = channels(x)
    s = layers.Reshape((width, 1))(layers.GlobalAveragePooling2D()(x))
    s = layers.Conv1D(1, kernel, padding="same", use_bias=False, activation="sigmoid", name="neighbours")(s)
    return x * layers.Reshape((1, 1, width))(s)


@block("channel_and_place")
def channel_and_place(x: Any, *, ratio: int = 8, kernel: int = 5) -> Any:
    """Weigh the channels, then the places.

    Source: Woo, Park, Lee, Kweon, "CBAM: convolutional block attention module", 2018; there the window is 7 wide, for larger maps.
    """
    width = channels(x)
    squeeze = layers.Dense(at_least(width // ratio, 1), activation="relu", name="squeeze")
    excite = layers.Dense(width, name="excite")
    mean = excite(squeeze(layers.GlobalAveragePooling2D(keepdims=True)(x)))
    most = excite(squeeze(layers.GlobalMaxPooling2D(keepdims=True)(x)))
    x = x * layers.Activation("sigmoid")(mean + most)
    seen = layers.Concatenate()([ops.mean(x, axis=-1, keepdims=True), ops.max(x, axis=-1, keepdims=True)])
    return x * layers.Conv2D(1, kernel, padding="same", activation="sigmoid", name="places")(seen)


def attentions(default: str = "none") -> Choice:
    """The choice of attention in a unit."""
    return Choice(
        none=None,
        squeeze_excite=squeeze_excite,
        efficient_channel=efficient_channel,
        channel_and_place=channel_and_place,
        default=default,
    )
