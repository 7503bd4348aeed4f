"""Training choices, as decisions of the space."""

from __future__ import annotations

from typing import Any

from ..space import Choice, FloatRange, block


@block("training")
def training(
    *,
    optimizer: Any = Choice("adamw", "sgd"),
    learning_rate: Any = FloatRange(3e-4, 1e-2, default=2e-3, log=True),
    schedule: Any = Choice("cosine", "constant"),
    batch_size: Any = Choice(32, 64, 128, default=64),
    weight_decay: Any = FloatRange(1e-5, 1e-1, default=1e-2, log=True),
    label_smoothing: Any = Choice(0.0, 0.05, 0.1, default=0.1),
) -> dict[str, Any]:
    """The settings that full training reads; see ``kerasnas.evaluators.training``."""
    return {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "batch_size": batch_size,
        "weight_decay": weight_decay,
        "label_smoothing": label_smoothing,
    }
