"""Parameters, FLOPs and activations of a genotype, before a single weight exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import SpaceError
from ..space.graph import Inferred, Nested, Plan, Spec, Target, Tensor, nest_map
from .ghost import ghost
from .rules import LIGHT, RULES
from .rules.base import NothingLeft, Rule

GHOSTS_KEPT = 4096
UNUSUAL = (TypeError, AttributeError, KeyError, IndexError, ValueError, ZeroDivisionError)

_ghosts: dict[Any, Inferred] = {}
_rules: dict[str, Rule | None] = {}


WEIGHT_BYTES = 4  # float32, as Keras makes weights and every bundle holds them


@dataclass(frozen=True)
class Cost:
    """What a model takes.

    Attributes:
        parameters: All weights, moving statistics included, as ``model.count_params()`` counts.
        flops: 2 x multiply-accumulate to judge one row, in convolutions, dense layers, matrix products,
            attention and recurrent cells; None where a part is unknown.
        activations: Numbers that all outputs of one row hold.
        unknown: Paths of the parts whose FLOPs are unknown.
    """

    parameters: int
    flops: int | None
    activations: int
    unknown: tuple[str, ...] = ()

    @property
    def model_size(self) -> int:
        """Bytes of all weights, moving statistics included; not the file's frame, nor a frozen encoder before the model."""
        return WEIGHT_BYTES * self.parameters


def cost(plan: Plan) -> Cost:
    """The cost of a plan."""
    return Cost(plan.parameters, plan.flops, plan.activations, plan.unknown)


def infer(
    kind: str, target: Target | None, config: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Inferred:
    """Output, parameters and FLOPs of one call: by rule, else from a ghost (FLOPs then unknown, never 0).

    Args:
        kind: input, layer, op or external.
        target: What is called.
        config: Constructor arguments.
        args: Call arguments; Tensors where tensors go in.
        kwargs: The same by keyword.

    Raises:
        SpaceError: If the call cannot be made, e.g. a window larger than the picture.
    """
    if kind == "input":
        return Inferred(Spec((None, *config["shape"]), config["dtype"]), 0, 0)
    if target is None:
        raise SpaceError(f"A node of the kind '{kind}' calls nothing.")
    name = target.name
    try:
        rule = _rules[name]
    except KeyError:
        rule = _rules[name] = RULES.get(_public(target))
    if rule is not None:
        if kwargs:
            kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
        found: Inferred | None
        try:
            found = rule(config, *args, **kwargs) if kind == "layer" else rule(*args, **kwargs)
        except NothingLeft as error:
            raise SpaceError(
                f"{target.short} with {config} leaves nothing of an input of shape {_shapes(args)}: {error}. "
                "Use a smaller window or stride, or padding='same'."
            ) from error
        except UNUSUAL:
            found = (
                None  # an unusual call: Keras itself decides what it gives, and says what is wrong with it
            )
        if found is not None:
            return found
    return _from_ghost(kind, target, config, args, kwargs)


def _from_ghost(
    kind: str, target: Target, config: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Inferred:
    """What a ghost gave, remembered by target, arguments and input shapes."""
    written = repr(nest_map(lambda n: (n.target.name, repr(n.config)), Nested, config))
    key = (kind, target.name, id(target.resolve()), written, repr(_shapes((args, kwargs))))
    if key not in _ghosts:
        if len(_ghosts) >= GHOSTS_KEPT:
            _ghosts.clear()
        found = ghost(kind, target, config, args, kwargs)
        if _public(target) in LIGHT:
            found = Inferred(found.out, found.parameters, 0)
        _ghosts[key] = found
    return _ghosts[key]


def _public(target: Target) -> str:
    """The name by which a rule knows a target, also where Keras' class came by its inner module."""
    if not target.name.startswith("keras.src.layers."):
        return target.name
    return f"keras.layers:{target.short}"


def _shapes(x: Any) -> Any:
    return nest_map(lambda t: (t.shape, t.dtype), Tensor, x)
