"""Optimizers that leave what is off the path alone.

An optimizer moves a weight whose gradient is zero: by its moments, by weight decay, by averaging. In a supernet that would move
every layer at every step. Here each variable has a mask, true where the path reaches it; elsewhere weights, slots and step count stay as they are.
The step count is each weight's own, so that Adam's bias correction is right for a layer that is seldom reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from ...errors import EvaluationError
from .elastic import Slice

Parts = Sequence[tuple[tuple[int, ...], Slice | None]]


class Masks:
    """What a masked optimizer knows of its variables.

    Args:
        parts: For each trainable variable the variants that reach it, grouped by the part that they reach (None: the whole); None for
            one that every path reaches.
        flags: How many variants there are.
    """

    def __init__(self, parts: Sequence[Parts | None], flags: int) -> None:
        self.parts, self.flags = parts, flags
        self.order: dict[int, int] = {}
        self.slots: list[tuple[Any, int]] = []
        self.counts: list[Any] = []
        self.current: Any = None

    def of(self, number: int, shape: tuple[int, ...], reached: Any) -> Any:
        """True where a path reaches the variable; a scalar if it reaches all of it or nothing."""
        parts = self.parts[number]
        if parts is None:
            return None
        found = None
        for variants, part in parts:
            flag = (
                ops.any(ops.stack([reached[v] for v in variants]))
                if len(variants) > 1
                else reached[variants[0]]
            )
            if part is not None:
                inside = np.zeros(shape, bool)
                inside[part] = True
                flag = ops.logical_and(flag, inside)
            found = flag if found is None else ops.logical_or(found, flag)
        return found


def masked(optimizer: Any, parts: Sequence[Parts | None], flags: int) -> Any:
    """An optimizer with the same configuration that updates only what is reached; see ``Masks``.

    Set its variable ``reached`` (one flag a variant) before each step.

    Raises:
        EvaluationError: If it accumulates gradients over several steps, which may be on several paths.
    """
    if optimizer.gradient_accumulation_steps:
        raise EvaluationError(
            "A supernet's optimizer cannot accumulate gradients: each step is on a path of its own. Received: "
            f"gradient_accumulation_steps={optimizer.gradient_accumulation_steps}."
        )
    base = type(optimizer)
    kind: Any = type(f"Masked{base.__name__}", (_MaskedUpdates, base), {})
    made = kind.from_config(optimizer.get_config())
    made.__dict__["masks"] = Masks(parts, flags)
    return made


class _MaskedUpdates:
    """The part that is put before an optimizer class."""

    masks: Masks
    add_variable: Any
    built: bool
    _get_variable_index: Any
    _trainable_variables: Any

    def build(self, variables: Any) -> None:
        """Slots, one step count a variable, and the flags."""
        if len(variables) != len(self.masks.parts):
            raise EvaluationError(
                f"This optimizer is of a supernet with {len(self.masks.parts)} trainable variables. Received: {len(variables)}. Make one with "
                "supernet.optimizer(...)."
            )
        self.masks.slots.clear()
        self.masks.order = {id(v): i for i, v in enumerate(variables)}
        super().build(variables)  # type: ignore[misc]
        self.masks.counts = []
        for number, variable in enumerate(variables):
            parts = self.masks.parts[number]
            sliced = parts is not None and any(part is not None for _, part in parts)
            shape = tuple(variable.shape) if sliced else ()
            self.masks.counts.append(self.add_variable(shape, dtype="int32", name=f"steps_{number}"))
        self.reached = self.add_variable((max(1, self.masks.flags),), "ones", dtype="bool", name="reached")

    def add_variable_from_reference(self, reference_variable: Any, *args: Any, **kwargs: Any) -> Any:
        """A slot; remembered with the variable that it belongs to."""
        slot = super().add_variable_from_reference(reference_variable, *args, **kwargs)  # type: ignore[misc]
        number = self.masks.order.get(id(reference_variable))
        if number is not None:
            self.masks.slots.append((slot, number))
        return slot

    @property
    def iterations(self) -> Any:
        """Steps so far: inside an update, those of the variable that is updated."""
        found = self.masks.current if "masks" in self.__dict__ else None
        return super().iterations if found is None else found  # type: ignore[misc]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's update, with its own step count."""
        self.masks.current = ops.convert_to_tensor(self.masks.counts[self._get_variable_index(variable)])
        try:
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]
        finally:
            self.masks.current = None

    def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        """An update, after which all that was not reached is put back."""
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if not self.built:
            self.build(variables)
        reached = ops.convert_to_tensor(self.reached)
        masks = [self.masks.of(i, tuple(v.shape), reached) for i, v in enumerate(variables)]
        owned = [*enumerate(variables), *((number, slot) for slot, number in self.masks.slots)]
        kept = [(v, masks[i], ops.copy(ops.convert_to_tensor(v))) for i, v in owned if masks[i] is not None]
        done = super().apply(grads, trainable_variables)  # type: ignore[misc]
        for variable, mask, old in kept:
            variable.assign(ops.where(mask, ops.convert_to_tensor(variable), old))
        for count, mask in zip(self.masks.counts, masks, strict=True):
            count.assign_add(1 if mask is None else ops.cast(mask, "int32"))
        return done
