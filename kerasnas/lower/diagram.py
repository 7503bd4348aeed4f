"""Plan -> a drawing: one box a layer; what only follows it (normalisation, activation, dropout) is in it.

In a large model, equal blocks in a chain are drawn once, in a frame that says how often: a reader sees the architecture, not its length.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..draw.drawing import Drawing
from ..draw.graph import PAD, Box, Picture, arranged, layered
from ..space.graph import Plan, Step, Tensor, leaves, nest_leaves
from .runs import Run, entries

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
FULL = 40  # layers up to which every one is drawn
WIDTHS = ("filters", "units", "output_dim", "num_heads")


def diagram(plan: Plan) -> Drawing:
    """Draw a plan from its inputs to its outputs.

    Args:
        plan: What ``space.plan(genotype)`` gave.

    Returns:
        The drawing; resting on a box tells the layers' paths, arguments, shapes and parameters.
    """
    steps = list(leaves(plan.steps))
    scene = _Scene(steps, _outputs(plan), fold=len(steps) - len(plan.inputs) > FULL)
    boxes, edges, home = scene.of(plan.steps)
    for name, out in _outputs(plan).items():
        tensors = nest_leaves(Tensor, out)
        boxes["output", name] = Box(name, " and ".join(map(_sizes, tensors)), f"output {name}", "output")
        edges += [(home[id(t.step)], ("output", name)) for t in tensors]
    caption = f"Architecture: {len(steps) - len(plan.inputs)} layers, {plan.parameters:,} parameters"
    columns = ("layer", "kind", "output", "parameters", "FLOPs")
    return Drawing(layered(boxes, edges, title=caption), caption, columns, tuple(map(_row, steps)))


Boxes = dict[Hashable, Box]
Edges = list[tuple[Hashable, Hashable]]


class _Scene:
    """Boxes and edges of some steps, with what all steps of the model read."""

    def __init__(self, steps: list[Step], outputs: dict[str, Any], *, fold: bool) -> None:
        self.fold = fold
        self.read = {id(s): nest_leaves(Tensor, (s.args, s.kwargs)) for s in steps}
        self.readers: dict[int, set[Hashable]] = {id(s): set() for s in steps}
        named = {("output", name): nest_leaves(Tensor, out) for name, out in outputs.items()}
        for key, tensors in [*self.read.items(), *named.items()]:
            for tensor in tensors:
                self.readers[id(tensor.step)].add(key)

    def of(self, steps: list[Step]) -> tuple[Boxes, Edges, dict[int, Hashable]]:
        """Boxes by key, edges between them, and the key of the box that each step is in."""
        home: dict[int, Hashable] = {}
        groups: dict[Hashable, list[Step]] = {}
        boxes: Boxes = {}
        found = entries(steps, lambda s: self.readers[id(s)], self.fold)  # type: ignore[arg-type,return-value]
        for entry in found:
            if isinstance(entry, Run):
                home.update({id(s): ("run", id(entry.blocks[0])) for s in leaves(list(entry.blocks))})
                boxes["run", id(entry.blocks[0])] = Box(
                    entry.name, "", entry.detail, "run", self._inside(entry.blocks[0])
                )
                continue
            before = self.read[id(entry)]
            alone = len(before) == 1 and len(self.readers[id(before[0].step)]) == 1
            group = home.get(id(before[0].step)) if alone else None
            if group in groups and entry.node.target.short in FOLDED and before[0].step.node.kind != "input":
                home[id(entry)] = group
                groups[group].append(entry)
            else:
                home[id(entry)] = id(entry)
                groups[id(entry)] = [entry]
                boxes[id(entry)] = Box("")  # in its place; filled when all that follows it is known
        boxes.update({key: _box(group) for key, group in groups.items()})
        edges: Edges = []
        for step in leaves(steps):
            for tensor in self.read[id(step)]:
                start, end = home.get(id(tensor.step), "in"), home[id(step)]
                if start != end:
                    edges.append((start, end))
        return boxes, edges, home

    def _inside(self, block: Step) -> Picture:
        boxes, edges, home = self.of(block.steps or [])
        boxes.update({"in": Box("", kind="port"), "out": Box("", kind="port")})
        for tensor in nest_leaves(Tensor, block.out):
            if id(tensor.step) in self.readers:  # else nothing needs it
                edges.append((home.get(id(tensor.step), "in"), "out"))
        return arranged(boxes, edges, margin=PAD)


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
