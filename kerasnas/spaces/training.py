"""Training choices, as decisions of the space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..data.views import View
from ..space import Block, Choice, FloatRange, block
from .encoders.image import columns, tunable


@block("training")
def training(
    *,
    optimizer: Any = Choice("adamw", "sgd", prior={"adamw": 3}),
    learning_rate: Any = FloatRange(3e-4, 1e-2, default=2e-3, log=True),
    schedule: Any = Choice("cosine", "constant", prior={"cosine": 2}),
    batch_size: Any = Choice(32, 64, 128, default=64),
    weight_decay: Any = FloatRange(1e-5, 1e-1, default=1e-2, log=True),
    label_smoothing: Any = Choice(0.0, 0.05, 0.1, default=0.1),
    mix: Any = "none",
    backbone_rate: Any = 1.0,
) -> dict[str, Any]:
    """The settings that full training reads; see ``kerasnas.evaluators.training``."""
    return {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "batch_size": batch_size,
        "weight_decay": weight_decay,
        "label_smoothing": label_smoothing,
        "mix": mix,
        "backbone_rate": backbone_rate,
    }


def training_for(views: Mapping[str, View]) -> Block:
    """The training choices for what a space reads.

    Mixing rows (mixup, CutMix) is offered where there are pictures or spectrograms and nothing that cannot be mixed: half a word or
    half a category is none. A rate of its own for pretrained weights is offered where there may be some.

    Args:
        views: Of the space's inputs.
    """
    made = training
    if mixable(views):
        made = made.using(mix=Choice("none", "mixup", "cutmix", prior={"none": 2}))
    if "text_pieces" in views or any(tunable(views, name) for name in columns(views)):
        made = made.using(backbone_rate=Choice(0.03, 0.1, 0.3, default=0.1))
    return made


def mixable(views: Mapping[str, View]) -> bool:
    """Whether rows of these views can be mixed, and some of them are pictures or spectrograms."""
    maps = any(v.modality in ("image", "audio") and len(v.shape) == 3 for v in views.values())
    return maps and all(_a_quantity(v) for v in views.values())


def _a_quantity(view: View) -> bool:
    return not view.sparse and (view.dtype != "int32")
