"""The Keras model of a program."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from ...space.graph import Step, Tensor, nest_map
from .elastic import Elastic
from .program import Branch, Fork, Program, steps

Values = dict[int, Any]


class SupernetModel(keras.Model):  # type: ignore[misc]
    """All models of a space in one, with shared weights. It computes the path that its variable ``positions`` holds, and no other.

    An ordinary Keras model otherwise: ``compile``, ``fit``, ``evaluate`` and ``predict`` work, and are traced once whatever the paths are.
    A fork runs by ``keras.ops.switch``; each of its branches gets the values of its variables as they are outside, and returns what
    it updated.

    Args:
        program: What it computes.

    Attributes:
        positions: An integer variable: the position of each decision's value in its domain.
        reached: Which variants an output needs on that path; read only for layers of which no branch tells.
        elastic: The layers and their variants.
        traces: How often Python ran through ``call``: more often than once a compiled function is a retrace.
    """

    def __init__(self, program: Program, name: str = "supernet") -> None:
        super().__init__(name=name)
        self.elastic = Elastic(steps(program.items))
        self.layers_by_path = self.elastic.shared
        self.program = program
        self.traces = 0
        self.positions = self.add_weight(
            shape=(max(1, len(program.domains)),),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            name="positions",
        )
        self.reached = self.add_weight(
            shape=(max(1, self.elastic.count),),
            dtype="bool",
            initializer="ones",
            trainable=False,
            name="reached",
        )
        self._loose = [
            (v, [variant.number for variant in self.elastic.variants[path].values()])
            for path, layer in self.elastic.shared.items()
            if path in program.loose
            for v in layer.non_trainable_variables
        ]
        self._strides, self._starts, self._table = _routes(program)
        self._fork_number = {id(f): i for i, f in enumerate(program.forks)}
        self._held = {id(f): self._variables(f.layers) for f in program.forks}
        self.built = True

    def _variables(self, layers: frozenset[str]) -> list[Any]:
        found = [v for path, layer in self.elastic.shared.items() if path in layers for v in layer.variables]
        return list({id(v): v for v in found}.values())

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The outputs on the path that ``positions`` holds.

        Args:
            inputs: By name.
            training: Whether statistics are updated and noise is added.
        """
        self.traces += 1
        routes = None
        if self.program.forks:
            where = ops.sum(self._strides * ops.expand_dims(self.positions, 0), axis=1) + self._starts
            routes = ops.take(self._table, ops.cast(where, "int32"))
        values: Values = {}
        before = [ops.copy(ops.convert_to_tensor(v)) for v, _ in self._loose] if training else []
        self._run(self.program.items, values, inputs, routes, bool(training))
        for (variable, numbers), old in zip(self._loose if training else [], before, strict=True):
            reached = ops.any(ops.stack([self.reached[n] for n in numbers]))
            variable.assign(ops.where(reached, ops.convert_to_tensor(variable), old))
        return nest_map(lambda t: _value(t, values), Tensor, self.program.out)

    def _run(
        self, items: list[Step | Fork], values: Values, inputs: Any, routes: Any, training: bool
    ) -> None:
        for item in items:
            if isinstance(item, Fork):
                values[id(item.step)] = self._switch(item, values, inputs, routes, training)
                continue
            node = item.node
            if node.kind == "input":
                values[id(item)] = inputs[node.path]
                continue
            args, kwargs = nest_map(lambda t: _value(t, values), Tensor, (item.args, item.kwargs))
            if node.kind == "op":
                values[id(item)] = node.target.resolve()(*args, **kwargs)
            else:
                values[id(item)] = self.elastic.of_step[id(item)](training, *args, **kwargs)

    def _switch(self, fork: Fork, values: Values, inputs: Any, routes: Any, training: bool) -> Any:
        held = self._held[id(fork)]
        outside = [(v, ops.convert_to_tensor(v)) for v in held]
        moving = [v for v in held if not v.trainable] if training else []

        def alone(branch: Branch) -> Callable[[], Any]:
            def run() -> Any:
                inner = Within(values)
                with keras.StatelessScope(state_mapping=outside) as scope:
                    self._run(branch.items, inner, inputs, routes, training)
                    out = [ops.convert_to_tensor(_value(t, inner)) for t in branch.out]
                    return out, [ops.cast(scope.get_current_value(v), v.dtype) for v in moving]

            return run

        out, moved = ops.switch(routes[self._fork_number[id(fork)]], [alone(b) for b in fork.branches])
        for variable, value in zip(moving, moved, strict=True):
            variable.assign(value)
        return out


class Within(dict[int, Any]):
    """The values inside of a branch.

    One from outside is copied at its first use: TensorFlow's own gradients of some functions (``silu``) look for their arguments in the
    branch.

    Args:
        outside: The values around the branch.
    """

    def __init__(self, outside: Values) -> None:
        super().__init__()
        self.outside = outside

    def __missing__(self, key: int) -> Any:
        scope = self.outside
        while isinstance(scope, Within) and key not in scope:
            scope = scope.outside
        found = self[key] = keras.tree.map_structure(ops.copy, scope[key])
        return found


def _value(tensor: Tensor, values: Values) -> Any:
    whole = values[id(tensor.step)]
    return whole if tensor.item is None else whole[tensor.item]


def _routes(program: Program) -> tuple[Any, Any, Any]:
    """The branch of every fork as one look-up: ``table[strides @ path + starts]``."""
    columns = {path: i for i, path in enumerate(program.domains)}
    strides = np.zeros((len(program.forks), max(1, len(columns))), "int32")
    starts = np.zeros(len(program.forks), "int32")
    table: list[int] = []
    for row, fork in enumerate(program.forks):
        starts[row] = len(table)
        table += fork.table
        sizes = [len(program.domains[p]) for p in fork.reads]
        for i, path in enumerate(fork.reads):
            strides[row, columns[path]] = math.prod(sizes[i + 1 :])
    return strides, starts, np.array(table, "int32")
