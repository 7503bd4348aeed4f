"""One modality, scaled and shifted by the others."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("film")
def film(
    *vectors: Any,
    units: Any = Choice(64, 128, 256, default=128),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
    first: int = 0,
) -> Any:
    """Scale and shift the features of one modality by what the others say of each: ``(units,)``.

    Scales start at 1: the modality as it is, and the others added to it.

    Source: Perez, Strub, de Vries, Dumoulin, Courville, "FiLM: visual reasoning with a general conditioning layer", 2018.

    Args:
        vectors: ``(d,)`` each, two or more.
        units: Features that are modulated.
        rate: Dropout on each vector.
        first: Which vector is modulated.
    """
    normal = [
        layers.Dropout(rate)(layers.LayerNormalization(name=f"normal{i}")(v)) for i, v in enumerate(vectors)
    ]
    x = layers.Dense(units, name="says")(normal[first])
    others = [v for i, v in enumerate(normal) if i != first]
    if not others:
        return x
    seen = layers.Concatenate()(others) if len(others) > 1 else others[0]
    scale = layers.Dense(units, kernel_initializer="zeros", bias_initializer="ones", name="scale")(seen)
    shift = layers.Dense(units, name="shift")(seen)
    return layers.Add()([layers.Multiply()([x, scale]), shift])
