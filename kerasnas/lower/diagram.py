"""Plan -> a drawing: one box a layer, with what only follows it (normalisation, activation, dropout) folded in."""

from __future__ import annotations

from typing import Any

from ..draw.drawing import Drawing
from ..draw.graph import Box, layered
from ..space.graph import Plan, Step, Tensor, leaves, nest_leaves

FOLDED = {
    "BatchNormalization": "norm", "LayerNormalization": "norm", "GroupNormalization": "norm", "ReLU": "relu", "Activation": "",
    "Dropout": "dropout", "SpatialDropout2D": "dropout", "LeakyReLU": "leaky relu", "Softmax": "softmax", "relu": "relu",
    "silu": "silu", "gelu": "gelu",
}  # fmt: skip


def diagram(plan: Plan) -> Drawing:
    """Draw a plan from its inputs to its outputs.

    Args:
        plan: What ``space.plan(genotype)`` gave.
    """
    steps = list(leaves(plan.steps))
    readers: dict[int, set[int]] = {}
    for step in steps:
        for tensor in nest_leaves(Tensor, (step.args, step.kwargs)):
            readers.setdefault(id(tensor.step), set()).add(id(step))
    outputs = plan.out if isinstance(plan.out, dict) else {"output": plan.out}
    for name, out in outputs.items():
        for tensor in nest_leaves(Tensor, out):
            readers.setdefault(id(tensor.step), set()).add(hash(("output", name)))
    home: dict[int, int] = {}
    groups: dict[int, list[Step]] = {}
    for step in steps:
        before = nest_leaves(Tensor, (step.args, step.kwargs))
        owner = home.get(id(before[0].step)) if len(before) == 1 else None
        if step.node.kind != "input" and step.node.target.short in FOLDED and owner is not None and len(readers[id(before[0].step)]) == 1:
            home[id(step)] = owner
            groups[owner].append(step)
        else:
            home[id(step)] = id(step)
            groups[id(step)] = [step]
    boxes: dict[Any, Box] = {key: _box(group) for key, group in groups.items()}
    edges: list[tuple[Any, Any]] = []
    for step in steps:
        for tensor in nest_leaves(Tensor, (step.args, step.kwargs)):
            pair = (home[id(tensor.step)], home[id(step)])
            if pair[0] != pair[1]:
                edges.append(pair)
    for name, out in outputs.items():
        key = ("output", name)
        tensors = nest_leaves(Tensor, out)
        boxes[key] = Box(name, " and ".join(_sizes(t) for t in tensors), f"output {name}", "output")
        edges += [(home[id(t.step)], key) for t in tensors]
    rows = tuple(
        (s.node.path, s.node.target.short if s.node.target else "Input", _shape(s), s.parameters, "unknown" if s.flops is None else s.flops)
        for s in steps
    )
    caption = f"Architecture: {len(steps)} layers, {plan.parameters:,} parameters"
    return Drawing(layered(boxes, edges, title=caption), caption, ("layer", "kind", "output", "parameters", "FLOPs"), rows)


def _box(group: list[Step]) -> Box:
    first = group[0]
    if first.node.kind == "input":
        return Box(first.node.path, _shape(first), f"input {first.node.path}: {_shape(first)} {first.config['dtype']}", "input")
    extras = [str(s.config.get("activation", "")) if s.node.target.short == "Activation" else FOLDED[s.node.target.short] for s in group[1:]]
    note = " + ".join([_main(first), *filter(None, extras)])
    detail = "\n".join(f"{s.node.path}: {s.node.target.short}({_config(s)}) -> {_shape(s)}, {s.parameters:,} parameters" for s in group)
    return Box(first.node.target.short, note, detail, "op")


def _main(step: Step) -> str:
    """The numbers that tell one layer from the next."""
    config = step.config
    parts = [str(config[k]) for k in ("filters", "units", "output_dim", "num_heads") if k in config]
    if "kernel_size" in config:
        k = config["kernel_size"]
        parts.append(f"{k}x{k}" if isinstance(k, int) else "x".join(map(str, k)))
    if config.get("strides") not in (None, 1):
        parts.append(f"/{config['strides']}")
    if isinstance(config.get("activation"), str):
        parts.append(config["activation"])
    return " ".join(parts) or _shape(step)


def _config(step: Step) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in step.config.items() if isinstance(v, str | int | float | tuple | bool))


def _shape(step: Step) -> str:
    return " and ".join(_sizes(t) for t in nest_leaves(Tensor, step.out))


def _sizes(tensor: Tensor) -> str:
    return "x".join("?" if d is None else str(d) for d in tensor.shape[1:]) or "1"
