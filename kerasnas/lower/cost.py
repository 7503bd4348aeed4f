"""Parameters, FLOPs and activations of a genotype, before a single weight exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import SpaceError
from ..space.graph import Inferred, Nested, Plan, Spec, Target, Tensor, nest_leaves, nest_map
from .ghost import ghost
from .rules import LAYERS, OPS

_ghosts: dict[Any, Inferred] = {}
GHOSTS_KEPT = 4096


@dataclass(frozen=True)
class Cost:
    """What a model takes.

    Attributes:
        parameters: All weights, moving statistics included, as ``model.count_params()`` counts.
        flops: Floating-point operations to judge one row (a multiply-accumulate is two); None where a part is unknown.
        activations: Numbers that all outputs of one row hold.
        unknown: Paths of the parts whose FLOPs are unknown.
    """

    parameters: int
    flops: int | None
    activations: int
    unknown: tuple[str, ...] = ()


def cost(plan: Plan) -> Cost:
    """The cost of a plan."""
    return Cost(plan.parameters, plan.flops, plan.activations, plan.unknown)


def infer(kind: str, target: Target | None, config: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Inferred:
    """Output shape, parameters and FLOPs of one call: by rule, else from a ghost (FLOPs then unknown, never 0).

    Raises:
        SpaceError: If the call cannot be made, e.g. a window larger than the picture.
    """
    if kind == "input":
        return Inferred(Spec((None, *config["shape"]), config["dtype"]), 0, 0)
    if target is None:
        raise SpaceError(f"A node of the kind '{kind}' calls nothing.")
    rule = None
    if target.keras:
        rule = LAYERS.get(target.short) if kind == "layer" else OPS.get(target.short) if kind == "op" else None
    if rule is not None:
        try:
            found = rule(config, *args, **kwargs) if kind == "layer" else rule(*args, **kwargs)
        except (TypeError, AttributeError, KeyError, IndexError):
            found = None  # an unusual call: Keras itself decides what it gives, and says what is wrong with it
        if found is not None:
            shape, parameters, flops, *dtype = found
            if any(d is not None and d < 1 for d in shape[1:]):
                raise SpaceError(f"{target.short} with {config} leaves nothing of an input of shape {_shapes(args)}: {shape}.")
            return Inferred(Spec(tuple(shape), dtype[0] if dtype else _float(args)), int(parameters), int(flops))
    key = (kind, target, repr(nest_map(lambda n: (n.target.name, repr(n.config)), Nested, config)), repr(_shapes((args, kwargs))))
    if key not in _ghosts:
        if len(_ghosts) >= GHOSTS_KEPT:
            _ghosts.clear()
        _ghosts[key] = ghost(kind, target, config, args, kwargs)
    return _ghosts[key]


def _float(args: Any) -> str:
    dtypes = [t.dtype for t in nest_leaves(Tensor, args)]
    return next((d for d in dtypes if "float" in d), "float32")


def _shapes(x: Any) -> Any:
    return nest_map(lambda t: (t.shape, t.dtype), Tensor, x)
