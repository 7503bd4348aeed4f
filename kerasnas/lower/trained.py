"""How many parameters training changes: what PyTorch and most papers count."""

from __future__ import annotations

from ..space.graph import Plan, Step, leaves

STATISTICS = {"BatchNormalization": 2}  # a mean and a variance a channel, which no gradient reaches


def trained_parameters(plan: Plan) -> int:
    """Parameters without the moving statistics of normalisations and without nested models that are frozen.

    ``plan.parameters`` counts both, as ``model.count_params()`` does.
    """
    known: dict[str, int] = {}
    for step in leaves(plan.steps):
        if step.node.layer and step.node.layer not in known:
            known[step.node.layer] = _trained(step)
    return sum(known.values())


def _trained(step: Step) -> int:
    target = step.node.target
    if step.node.kind == "external":
        return step.parameters if step.config.get("trainable", True) else 0
    if target is None or target.short not in STATISTICS or not step.parameters:
        return step.parameters
    learned = bool(step.config.get("scale", True)) + bool(step.config.get("center", True))
    return step.parameters * learned // (learned + STATISTICS[target.short])
