"""Convolutions first, a transformer on the small map that they leave: what is near by convolutions, what is far by attention.

Sources: Xiao, Singh, Mintun, Darrell, Dollár, Girshick, "Early convolutions help transformers see better", 2021; Hassani et al.,
"Escaping the big data paradigm with compact transformers", 2021.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, IntRange, block, layers, repeat
from .augment import PLAIN
from .residual import unit
from .stem import opening, prepared
from .vit import attending, tokens


@block("hybrid")
def hybrid(
    pixels: Any,
    *,
    downscale: Any = None,
    halvings: int = 1,
    augment: Any = Choice(**PLAIN, default="shift"),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(48, 64, 96, default=64),
    depth: Any = IntRange(1, 3, default=2),
    heads: Any = Choice(2, 4, default=4),
    ratio: Any = Choice(2, 4),
    rate: Any = FloatRange(0.0, 0.3, default=0.1),
) -> Any:
    """Pictures to a vector.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        halvings: Residual units after the stem, each of which halves the picture.
        augment: What is done to training pictures.
        stride: Of the first convolution.
        width: Numbers a token; the stem has half as many channels.
        depth: Layers of the transformer.
        heads: Of each layer's attention.
        ratio: How many times the perceptron is wider inside.
        rate: Dropout inside each layer.

    Returns:
        A vector of ``width`` numbers.
    """
    x = opening(prepared(pixels, downscale, augment), width // 2, stride, "relu")
    for number in range(halvings):
        x = unit(x, filters=width, stride=2, name=f"half{number}")
    x = layers.PatchPositions(name="positions")(tokens(x))
    step = attending.using(heads=heads, ratio=ratio, rate=rate)
    x = repeat(depth, step, x, "layer")
    return layers.LayerNormalization(epsilon=1e-6, name="last")(layers.GlobalAveragePooling1D(name="pool")(x))
