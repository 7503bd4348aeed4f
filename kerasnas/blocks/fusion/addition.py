"""What the modalities say, added up: late fusion.

Source: Baltrusaitis, Ahuja, Morency, "Multimodal machine learning: a survey and taxonomy", 2019 (section 6, late fusion).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("addition")
def addition(
    *vectors: Any,
    units: Any = Choice(64, 128, 256, default=128),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
) -> Any:
    """Bring all to one width by a linear layer each and add them: ``(units,)``.

    Nothing bends between here and a linear head, so that each modality adds its own logits and no layer can learn combinations
    of them by heart: on little data this does better than mixing them.
    """
    said = [
        layers.Dense(units, name=f"says{i}")(layers.Dropout(rate)(vector)) for i, vector in enumerate(vectors)
    ]
    return layers.Add()(said) if len(said) > 1 else said[0]
