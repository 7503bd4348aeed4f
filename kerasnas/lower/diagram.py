"""Plan -> a drawing: one box a layer; what only follows it (normalisation, activation, dropout) is in it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..draw.drawing import Drawing
from ..draw.graph import Box, layered
from ..space.graph import Plan, Step, Tensor, leaves, nest_leaves

FOLDED = {
    "Activation": "",
    "AlphaDropout": "dropout",
    "BatchNormalization": "norm",
    "Dropout": "dropout",
    "GroupNormalization": "norm",
    "LayerNormalization": "norm",
    "LeakyReLU": "leaky relu",
    "RMSNormalization": "norm",
    "ReLU": "relu",
    "Softmax": "softmax",
    "SpatialDropout1D": "dropout",
    "SpatialDropout2D": "dropout",
    "gelu": "gelu",
    "relu": "relu",
    "silu": "silu",
}
WIDTHS = ("filters", "units", "output_dim", "num_heads")


def diagram(plan: Plan) -> Drawing:
    """Draw a plan from its inputs to its outputs.

    Args:
        plan: What ``space.plan(genotype)`` gave.

    Returns:
        The drawing; resting on a box tells the layers' paths, arguments, shapes and parameters.
    """
    steps = list(leaves(plan.steps))
    read = {id(s): nest_leaves(Tensor, (s.args, s.kwargs)) for s in steps}
    outputs = {name: nest_leaves(Tensor, out) for name, out in _outputs(plan).items()}
    readers: dict[int, set[Hashable]] = {id(s): set() for s in steps}
    for key, tensors in [*read.items(), *outputs.items()]:
        for tensor in tensors:
            readers[id(tensor.step)].add(key)
    groups: dict[int, list[Step]] = {}
    home: dict[int, int] = {}
    for step in steps:
        before = read[id(step)]
        alone = len(before) == 1 and len(readers[id(before[0].step)]) == 1
        if alone and step.node.target.short in FOLDED and before[0].step.node.kind != "input":
            home[id(step)] = home[id(before[0].step)]
            groups[home[id(step)]].append(step)
        else:
            home[id(step)] = id(step)
            groups[id(step)] = [step]
    boxes: dict[Hashable, Box] = {key: _box(group) for key, group in groups.items()}
    edges: list[tuple[Hashable, Hashable]] = [
        (home[id(t.step)], home[id(s)]) for s in steps for t in read[id(s)] if home[id(t.step)] != home[id(s)]
    ]
    for name, tensors in outputs.items():
        boxes["output", name] = Box(name, " and ".join(map(_sizes, tensors)), f"output {name}", "output")
        edges += [(home[id(t.step)], ("output", name)) for t in tensors]
    caption = f"Architecture: {len(steps) - len(plan.inputs)} layers, {plan.parameters:,} parameters"
    columns = ("layer", "kind", "output", "parameters", "FLOPs")
    return Drawing(layered(boxes, edges, title=caption), caption, columns, tuple(map(_row, steps)))


def _outputs(plan: Plan) -> dict[str, Any]:
    return plan.out if isinstance(plan.out, dict) else {"output": plan.out}


def _row(step: Step) -> tuple[object, ...]:
    kind = step.node.target.short if step.node.target else "Input"
    flops = "unknown" if step.flops is None else step.flops
    return step.node.path, kind, _shape(step), step.parameters, flops


def _box(group: list[Step]) -> Box:
    first = group[0]
    if first.node.kind == "input":
        detail = f"input {first.node.path}: {_shape(first)} {first.config['dtype']}"
        return Box(first.node.path, _shape(first), detail, "input")
    note = " + ".join([_main(first), *filter(None, map(_folded, group[1:]))])
    return Box(first.node.target.short, note, "\n".join(map(_detail, group)), "op")


def _folded(step: Step) -> str:
    named = step.config.get("activation")
    return named if isinstance(named, str) else FOLDED[step.node.target.short]


def _main(step: Step) -> str:
    """The numbers that tell one layer from the next."""
    config = step.config
    parts = [str(config[k]) for k in WIDTHS if k in config]
    if "kernel_size" in config:
        kernel = config["kernel_size"]
        rank = len(nest_leaves(Tensor, step.args)[0].shape) - 2
        parts.append("x".join(map(str, (kernel,) * rank if isinstance(kernel, int) else kernel)))
    if config.get("strides") not in (None, 1):
        parts.append(f"/{config['strides']}")
    if isinstance(config.get("activation"), str):
        parts.append(config["activation"])
    return " ".join(parts) or _shape(step)


def _detail(step: Step) -> str:
    plain = (str, int, float, tuple)
    config = ", ".join(f"{k}={v!r}" for k, v in step.config.items() if isinstance(v, plain))
    flops = "unknown FLOPs" if step.flops is None else f"{step.flops:,} FLOPs"
    cost = f"{step.parameters:,} parameters, {flops}"
    return f"{step.node.path}: {step.node.target.short}({config}) -> {_shape(step)}, {cost}"


def _shape(step: Step) -> str:
    return " and ".join(map(_sizes, nest_leaves(Tensor, step.out)))


def _sizes(tensor: Tensor) -> str:
    return "x".join("?" if d is None else str(d) for d in tensor.shape[1:]) or "1"
