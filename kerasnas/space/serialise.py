"""A space as JSON and back: the graph, its decisions and its restrictions, without any code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SpaceError
from .decision import Decision
from .expression import FUNCTIONS, Dim, Expr, Ref
from .graph import Nested, Node, Region, Target, Value

FORMAT = 1


def region_to_json(region: Region, writer: Writer) -> dict[str, Any]:
    """One region and all inside it."""
    return {"label": region.label, "nodes": [writer.node(n) for n in region.nodes], "out": writer.value(region.out)}


class Writer:
    """Gives every node a number and writes what refers to it by that number."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}

    def node(self, node: Node) -> dict[str, Any]:
        """One node; what is empty is left out."""
        regions = [region_to_json(r, self) for r in node.regions]
        self.numbers[id(node)] = number = len(self.numbers)
        data: dict[str, Any] = {"id": number, "kind": node.kind, "path": node.path}
        if node.kind == "decide":
            data["decision"] = node.index.path
            return data
        if node.target is not None:
            data["target"] = node.target.name if isinstance(node.target, Target) else {"block": node.target}
        for key in ("config", "args", "kwargs"):
            if getattr(node, key):
                data[key] = self.value(getattr(node, key))
        if node.layer:
            data["layer"] = node.layer
        if regions:
            data["regions"] = regions
        if node.index is not None:
            data["index"] = self.value(node.index)
        return data

    def value(self, x: Any) -> Any:
        """Any argument as JSON; what JSON has no word for is an object with one marked key."""
        if x is None or isinstance(x, bool | int | float | str):
            return x
        if isinstance(x, Value):
            return {"$tensor": self.numbers[id(x.node)], "item": x.item}
        if isinstance(x, Ref):
            return {"$decision": x.decision.path, "position": x.position}
        if isinstance(x, Dim):
            return {"$dim": self.value(x.tensor), "axis": x.axis}
        if isinstance(x, Expr):
            return {"$call": x.fn, "args": [self.value(a) for a in x.args]}
        if isinstance(x, Nested):
            return {"$layer": x.target.name, "config": self.value(x.config)}
        if isinstance(x, tuple):
            return {"$tuple": [self.value(v) for v in x]}
        if isinstance(x, list):
            return [self.value(v) for v in x]
        if isinstance(x, dict):
            return {"$dict": [[self.value(k), self.value(v)] for k, v in x.items()]}
        if isinstance(x, slice):
            return {"$slice": [self.value(v) for v in (x.start, x.stop, x.step)]}
        if x is Ellipsis:
            return {"$ellipsis": True}
        if hasattr(x, "item") and getattr(x, "ndim", None) == 0:
            return self.value(x.item())
        if hasattr(x, "tolist") and hasattr(x, "dtype"):
            return {"$array": x.tolist(), "dtype": str(x.dtype)}
        return _keras_to_json(x)


def _keras_to_json(x: Any) -> dict[str, Any]:
    import keras

    try:
        data = keras.saving.serialize_keras_object(x)
    except (TypeError, ValueError) as error:
        raise SpaceError(
            f"An argument of type {type(x).__name__} cannot be written as data: {x!r}. Use numbers, strings or Keras objects."
        ) from error
    return {"$keras": data}


class Reader:
    """The inverse of ``Writer``."""

    def __init__(self, decisions: Mapping[str, Decision], objects: Mapping[str, Any]) -> None:
        self.decisions, self.objects = decisions, objects
        self.nodes: dict[int, Node] = {}

    def target(self, name: str) -> Target:
        """A target by name, taken from ``objects`` where it is there."""
        return Target(name, self.objects.get(name))

    def region(self, data: Mapping[str, Any], depth: tuple[Region, ...] = ()) -> Region:
        """One region and all inside it."""
        region = Region(label=data["label"])
        depth = (*depth, region)
        for item in data["nodes"]:
            region.nodes.append(self.node(item, depth))
        region.out = self.value(data["out"])
        return region

    def node(self, data: Mapping[str, Any], depth: tuple[Region, ...]) -> Node:
        """One node."""
        node = Node(data["kind"], data["path"])
        if node.kind == "decide":
            node.index = self.decisions[data["decision"]]
        else:
            target = data.get("target")
            node.target = target["block"] if isinstance(target, dict) else None if target is None else self.target(target)
            node.regions = tuple(self.region(r, depth) for r in data.get("regions", ()))
            node.config = self.value(data.get("config", {"$dict": []}))
            node.args = self.value(data.get("args", {"$tuple": []}))
            node.kwargs = self.value(data.get("kwargs", {"$dict": []}))
            node.layer = data.get("layer", "")
            node.index = self.value(data.get("index"))
        self.nodes[data["id"]] = node
        return node

    def value(self, x: Any) -> Any:
        """Any argument from JSON."""
        if isinstance(x, list):
            return [self.value(v) for v in x]
        if not isinstance(x, dict):
            return x
        kind = next(iter(x))
        if kind == "$tensor":
            return Value(self.nodes[x[kind]], x["item"])
        if kind == "$decision":
            return Ref(self.decisions[x[kind]], x["position"])
        if kind == "$dim":
            return Dim(self.value(x[kind]), x["axis"])
        if kind == "$call":
            if x[kind] not in FUNCTIONS:
                raise SpaceError(f"The space uses the operation '{x[kind]}', which this release does not know.")
            return Expr(x[kind], *(self.value(a) for a in x["args"]))
        if kind == "$layer":
            return Nested(self.target(x[kind]), self.value(x["config"]))
        if kind == "$tuple":
            return tuple(self.value(v) for v in x[kind])
        if kind == "$dict":
            return {self.value(k): self.value(v) for k, v in x[kind]}
        if kind == "$slice":
            return slice(*(self.value(v) for v in x[kind]))
        if kind == "$ellipsis":
            return Ellipsis
        if kind == "$array":
            import numpy as np

            return np.array(x[kind], x["dtype"])
        if kind == "$keras":
            import keras

            return keras.saving.deserialize_keras_object(x[kind], safe_mode=True)
        raise SpaceError(f"The space holds a value of the kind '{kind}', which this release does not know.")
