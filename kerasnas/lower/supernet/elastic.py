"""One set of weights for a layer that paths configure differently: the largest one, of which each takes a slice.

The slice of a smaller kernel is the centre, that of fewer units, heads or channels the first ones. The layer that computes with
the slice is Keras' own, built at its own size and handed the slice in place of its variables: so every layer has an elastic form
that is exact, normalisation included.

Sources: Yu, Yang, Xu, Yang, Huang, "Slimmable neural networks", 2019; Cai, Gan, Wang, Zhang, Han, "Once-for-all: train one network and
specialize it for efficient deployment", 2020.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from ...backend import current
from ...errors import SpaceError
from ...space.graph import Step, Tensor, nest_map
from ..make import make_layer
from .program import variant_key

GATED = ("LSTM", "GRU", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "RNN")

Slice = tuple[slice, ...]


class Variant:
    """A layer in one configuration, on one input shape.

    Attributes:
        number: Among all variants of the supernet.
        layer: A Keras layer of this size; its own values are never read unless it is the only one.
        pairs: Its variables, each with the shared one that it is a slice of; empty where they are the same.
    """

    def __init__(self, number: int, layer: Any) -> None:
        self.number, self.layer = number, layer
        self.pairs: list[tuple[Any, Any, Slice]] = []

    def __call__(self, training: bool, *args: Any, **kwargs: Any) -> Any:
        """Call the layer on slices of the shared variables; what it updates goes back into them."""
        if (
            self.layer._call_has_training_arg
        ):  # said outright: a stateless call of the model (JAX) hands nothing down
            kwargs.setdefault("training", training)
        if not self.pairs:
            return self.layer(*args, **kwargs)
        given = [(own, _cut(own, shared, part)) for own, shared, part in self.pairs]
        with keras.StatelessScope(state_mapping=given) as scope:
            before = [scope.get_current_value(own) for own, _, _ in self.pairs]
            out = self.layer(*args, **kwargs)
        for (own, shared, part), old in zip(self.pairs, before, strict=True):
            new = scope.get_current_value(own)
            if new is not old:
                shared.assign(_pasted(shared, part, new))
        return out


class Elastic:
    """The layers of a supernet by path, each with its variants.

    Args:
        steps: Every step of the program.

    Attributes:
        shared: The layer that holds the weights, by path; none for layers without variables.
        variants: By path, then by ``variant_key``.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.shared: dict[str, Any] = {}
        self.variants: dict[str, dict[str, Variant]] = {}
        self.of_step: dict[int, Variant] = {}
        met: dict[str, dict[str, list[Step]]] = {}
        for step in steps:
            if step.node.layer:
                met.setdefault(step.node.layer, {}).setdefault(variant_key(step), []).append(step)
        number, prepare = 0, current().within_switch
        for path, by_key in met.items():
            made = self.variants[path] = {}
            for key, same in by_key.items():
                made[key] = Variant(number, _built(same[0]))
                prepare(made[key].layer)
                number += 1
                self.of_step.update({id(s): made[key] for s in same})
            self._share(path, [s[0] for s in by_key.values()], list(made.values()))
        self.count = number

    def _share(self, path: str, firsts: list[Step], variants: list[Variant]) -> None:
        if not any(v.layer.variables for v in variants):
            return
        if len(variants) == 1:
            self.shared[path] = variants[0].layer
            return
        largest = self.shared[path] = _built(_largest(firsts))
        current().within_switch(largest)
        for variant in variants:
            variant.pairs = [
                (own, shared, part_of(firsts[0].node.target.short, own, shared, path))
                for own, shared in aligned(variant.layer, largest, path)
            ]
        if firsts[0].node.target.short in GATED and any(
            tuple(own.shape) != tuple(shared.shape) for v in variants for own, shared, _ in v.pairs
        ):
            raise SpaceError(
                f"'{path}': a {firsts[0].node.target.short} keeps the weights of its gates side by side, so a smaller one is no "
                "slice of a larger one. Pin the decision about its units or its input."
            )


def aligned(small: Any, large: Any, path: str) -> list[tuple[Any, Any]]:
    """The variables of two configurations of one layer, side by side.

    Raises:
        SpaceError: If the smaller one has a variable that the larger one lacks.
    """
    ours, theirs = small.variables, large.variables
    if len(ours) == len(theirs):
        return list(zip(ours, theirs, strict=True))
    by_path = {v.path: v for v in theirs}
    missing = [v.path for v in ours if v.path not in by_path]
    if missing:
        raise SpaceError(
            f"'{path}' has other variables in one configuration ({missing}) than in another, so they cannot share weights. Declare two "
            "layers, and pick one of them."
        )
    return [(v, by_path[v.path]) for v in ours]


def part_of(kind: str, small: Any, large: Any, path: str) -> Slice:
    """Which part of a larger variable a smaller one is.

    Args:
        kind: The layer's class.
        small: The variable of the smaller configuration.
        large: The shared one.
        path: The layer's, for the message.

    Raises:
        SpaceError: If it does not fit.
    """
    a, b = tuple(small.shape), tuple(large.shape)
    if len(a) != len(b) or any(x > y for x, y in zip(a, b, strict=True)):
        raise SpaceError(
            f"'{path}': its variable '{small.name}' has the shape {a} in one configuration, which is no part of {b}, the shape in the "
            "largest one. Pin a decision that it depends on."
        )
    spatial = len(a) - 2 if "Conv" in kind and "kernel" in small.name else 0
    starts = [(y - x) // 2 if i < spatial else 0 for i, (x, y) in enumerate(zip(a, b, strict=True))]
    return tuple(slice(s, s + x) for s, x in zip(starts, a, strict=True))


def _cut(own: Any, shared: Any, part: Slice) -> Any:
    value = keras.ops.convert_to_tensor(shared)
    if tuple(own.shape) != tuple(shared.shape):
        value = value[part]
    return value if own.trainable or not shared.trainable else keras.ops.stop_gradient(value)


def _pasted(shared: Any, part: Slice, new: Any) -> Any:
    """The shared value with a part replaced."""
    new = keras.ops.cast(keras.ops.stop_gradient(new), shared.dtype)
    if tuple(new.shape) == tuple(shared.shape):
        return new
    inside = np.zeros(tuple(shared.shape), bool)
    inside[part] = True
    around = [(p.start, size - p.stop) for p, size in zip(part, shared.shape, strict=True)]
    return keras.ops.where(inside, keras.ops.pad(new, around), keras.ops.convert_to_tensor(shared))


def _built(step: Step) -> Any:
    """A layer with its variables."""
    layer = make_layer(step)
    args, kwargs = nest_map(lambda t: keras.KerasTensor(t.shape, t.dtype), Tensor, (step.args, step.kwargs))
    try:
        layer(*args, **kwargs)
    except (TypeError, ValueError) as error:
        raise SpaceError(
            f"'{step.node.path}': {step.node.target.short} cannot be called here. {error}"
        ) from error
    return layer


def _largest(steps: list[Step]) -> Step:
    """The step that all of them are part of: the largest of every number, on the largest of every input."""
    first = steps[0]
    config = {k: _most([s.config[k] for s in steps]) for k in first.config}
    args, kwargs = _most([(s.args, s.kwargs) for s in steps])
    return Step(first.node, config, args, kwargs)


def _most(values: list[Any]) -> Any:
    first = values[0]
    if isinstance(first, Tensor):
        shape = tuple(
            None if None in axis else max(axis) for axis in zip(*(v.shape for v in values), strict=True)
        )
        return Tensor(first.step, first.item, shape, first.dtype)
    if isinstance(first, (int, float)):
        return max(values)
    if isinstance(first, (tuple, list)) and all(
        isinstance(v, type(first)) and len(v) == len(first) for v in values
    ):
        return type(first)(_most([v[i] for v in values]) for i in range(len(first)))
    if isinstance(first, dict):
        return {k: _most([v[k] for v in values]) for k in first}
    return first
