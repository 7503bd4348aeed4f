"""A space as JSON and back: the graph, its decisions and its restrictions, without any code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import SpaceError
from .decision import Decision
from .expression import FUNCTIONS, LAZY, Dim, Expr, Ref
from .graph import Nested, Node, Region, Target
from .trace import imported
from .twins import FUNCTIONS as BY_REFERENCE
from .value import Value

FORMAT = 1
OPERATIONS = ("keras.ops:", "operator:getitem")


class Writer:
    """Gives every node a number and writes what refers to it by that number.

    Args:
        objects: Functions and classes that go by a name of the space's own.
    """

    def __init__(self, objects: Mapping[str, Any]) -> None:
        self.numbers: dict[int, int] = {}
        self.names = {id(found): name for name, found in objects.items()}

    def region(self, region: Region) -> dict[str, Any]:
        """One region and all inside it."""
        return {
            "label": region.label,
            "nodes": [self.node(n) for n in region.nodes],
            "out": self.value(region.out),
        }

    def node(self, node: Node) -> dict[str, Any]:
        """One node; what is empty is left out."""
        regions = [self.region(r) for r in node.regions]
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

    def decision(self, decision: Decision) -> dict[str, Any]:
        """One decision, without the functions behind its labels."""
        data = {
            "path": decision.path,
            "kind": decision.kind,
            "options": list(decision.options),
            "default": decision.default,
            "log": decision.log,
            "optional": decision.optional,
        }
        if decision.prior:
            data["prior"] = [list(pair) for pair in decision.prior]
        if decision.values:
            data["values"] = [self.value(v) for v in decision.values]
        return data

    def value(self, x: Any) -> Any:
        """Any argument as JSON; what JSON has no word for is an object whose first key is marked.

        Raises:
            SpaceError: If it is nothing that can be written as data.
        """
        if x is None or isinstance(x, bool | str):
            return x
        if isinstance(x, int | float) and type(x) in (int, float):
            return x if math.isfinite(x) else {"$float": repr(x)}
        if isinstance(x, Value):
            return {"$tensor": self.numbers[id(x.node)], "item": self.value(x.item)}
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
        if hasattr(x, "tolist") and hasattr(x, "dtype"):
            return self._array(x)
        return self._object(x)

    def _array(self, x: Any) -> Any:
        import numpy as np

        array = np.asarray(x)
        if array.dtype.kind not in "biuf":
            raise SpaceError(f"An array of the type {array.dtype} cannot be written as data. Use numbers.")
        if array.ndim == 0:
            return self.value(array.item())
        flat = [self.value(v) for v in array.ravel().tolist()]
        return {"$array": flat, "shape": list(array.shape), "dtype": str(array.dtype)}

    def _object(self, x: Any) -> dict[str, Any]:
        import keras

        if id(x) in self.names:
            return {"$object": self.names[id(x)]}
        if isinstance(x, BY_REFERENCE) and not str(getattr(x, "__module__", "")).startswith("keras."):
            module, path = getattr(x, "__module__", ""), getattr(x, "__qualname__", "")
            if not module or imported(module, path) != x:
                raise SpaceError(
                    f"The function {x!r} cannot be found again by its name. Put it into a module."
                )
            return {"$object": f"{module}:{path}"}
        try:
            return {"$keras": keras.saving.serialize_keras_object(x)}
        except (TypeError, ValueError) as error:
            raise SpaceError(
                f"An argument of type {type(x).__name__} cannot be written as data: {x!r}. "
                "Use numbers, strings or Keras objects."
            ) from error


class Reader:
    """The inverse of ``Writer``.

    Args:
        decisions: As declared, by path.
        objects: What cannot be imported by name.
        safe: Whether only Keras, kerasnas and ``objects`` may be called.
    """

    def __init__(
        self, decisions: Mapping[str, Decision], objects: Mapping[str, Any], *, safe: bool = False
    ) -> None:
        self.decisions, self.objects, self.safe = decisions, objects, safe
        self.nodes: dict[int, Node] = {}

    def target(self, name: str, kind: str) -> Target:
        """A target by name, taken from ``objects`` where it is there.

        Raises:
            SpaceError: If nodes of this kind may not call it.
        """
        if kind == "op" and not name.startswith(OPERATIONS):
            raise SpaceError(f"The space calls '{name}' as an operation; operations are those of keras.ops.")
        trusted = (
            "keras.layers:",
            "keras.applications:",
            "keras.src.layers.",
            "keras.ops:",
            "operator:getitem",
            "kerasnas.layers.",
            "kerasnas.blocks.",
        )
        if self.safe and name not in self.objects and not name.startswith(trusted):
            raise SpaceError(
                f"The space calls '{name}', which is neither Keras' nor ours, and was read as data from "
                "elsewhere. "
                "If you trust it, pass the object: Space.from_json(data, objects={name: object})."
            )
        return Target(name, self.objects.get(name))

    def region(self, data: Mapping[str, Any]) -> Region:
        """One region and all inside it."""
        region = Region(label=data["label"])
        region.nodes += [self.node(item) for item in data["nodes"]]
        region.out = self.value(data["out"])
        return region

    def node(self, data: Mapping[str, Any]) -> Node:
        """One node."""
        node = Node(data["kind"], data["path"])
        if node.kind == "decide":
            node.index = self.decisions[data["decision"]]
        else:
            target = data.get("target")
            if isinstance(target, dict):
                node.target = target["block"]
            elif target is not None:
                node.target = self.target(target, node.kind)
            node.regions = tuple(self.region(r) for r in data.get("regions", ()))
            node.config = self.value(data.get("config", {"$dict": []}))
            node.args = self.value(data.get("args", {"$tuple": []}))
            node.kwargs = self.value(data.get("kwargs", {"$dict": []}))
            node.layer = data.get("layer", "")
            node.index = self.value(data.get("index"))
        self.nodes[data["id"]] = node
        return node

    def decision(self, data: Mapping[str, Any]) -> Decision:
        """One decision."""
        values = tuple(self.value(v) for v in data.get("values", ()))
        return Decision(
            data["path"],
            data["kind"],
            tuple(data["options"]),
            data["default"],
            data["log"],
            data["optional"],
            values=values,
            prior=tuple((label, float(weight)) for label, weight in data.get("prior", ())),
        )

    def value(self, x: Any) -> Any:
        """Any argument from JSON.

        Raises:
            SpaceError: If this release does not know its kind.
        """
        if isinstance(x, list):
            return [self.value(v) for v in x]
        if not isinstance(x, dict):
            return x
        kind = next(iter(k for k in x if k.startswith("$")), "nothing known")
        inner: Any = x.get(kind)
        match kind:
            case "$tensor":
                return Value(self.nodes[inner], self.value(x["item"]))
            case "$decision":
                return Ref(self.decisions[inner], x["position"])
            case "$dim":
                return Dim(self.value(inner), x["axis"])
            case "$call":
                if inner not in FUNCTIONS and inner not in LAZY:
                    raise SpaceError(
                        f"The space uses the operation '{inner}', which this release does not know."
                    )
                return Expr(inner, *(self.value(a) for a in x["args"]))
            case "$layer":
                return Nested(self.target(inner, "layer"), self.value(x["config"]))
            case "$tuple":
                return tuple(self.value(v) for v in inner)
            case "$dict":
                return {self.value(k): self.value(v) for k, v in inner}
            case "$slice":
                return slice(*(self.value(v) for v in inner))
            case "$ellipsis":
                return Ellipsis
            case "$float":
                return float(inner)
            case "$array":
                import numpy as np

                return np.array([self.value(v) for v in inner], x["dtype"]).reshape(x["shape"])
            case "$object":
                return self.target(inner, "object").resolve()
            case "$keras":
                import keras

                return keras.saving.deserialize_keras_object(inner, safe_mode=True)
        raise SpaceError(f"The space holds a value of the kind '{kind}', which this release does not know.")
