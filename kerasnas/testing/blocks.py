"""``check_block``: all lowerings of a space agree with each other and with Keras."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..lower.model import traced
from ..space import Genotype, Input, Space
from ..space.graph import Plan, Step, Tensor, leaves, nest_leaves, nest_map
from ..space.trace import keras_name
from .weights import copy_by_name, scramble


@dataclass(frozen=True)
class Checked:
    """What was compared.

    Attributes:
        genotypes: How many candidates.
        parameters: Smallest and largest parameter count met.
        difference: Largest difference between the model's outputs and those of its source, relative to their
            size.
        unknown: Layers whose FLOPs are unknown, by path.
    """

    genotypes: int
    parameters: tuple[int, int]
    difference: float
    unknown: tuple[str, ...]


def check_block(
    what: Space | Callable[..., Any],
    inputs: Mapping[str, Input] | None = None,
    *,
    samples: int = 8,
    seed: int = 0,
    rows: int = 3,
    tolerance: float = 1e-5,
    numbers: Mapping[str, tuple[int, int]] | None = None,
) -> Checked:
    """Run every lowering of a block or space on random genotypes and compare.

    On each genotype: every layer's output shape, dtype and parameters equal those of the built Keras model;
    FLOPs equal an independent count within 1 %; the executed source gives equal outputs under copied weights
    and statistics, under equal layer names; the space restored from JSON gives the same plan; features are
    finite, as many as their names, and those of the restored space. Over all of them: no decision is unread
    or without effect.

    Args:
        what: A space, or a block to be traced over ``inputs``.
        inputs: Inputs of the block by name.
        samples: Random genotypes beside the default one.
        seed: Of genotypes, weights and inputs.
        rows: Batch size of the compared outputs.
        tolerance: Largest difference allowed between outputs, relative to their size.
        numbers: Bounds (low, high) of the integers to feed an integer input; (0, 256) for uint8, else (0,
            2), if not given.

    Returns:
        What was compared.

    Raises:
        AssertionError: Naming the genotype, the layer, and what differs.
        SpaceError: If the block cannot be traced, or a genotype cannot be lowered.
    """
    space = (
        what
        if isinstance(what, Space)
        else Space.trace(what, inputs or {}, name=getattr(what, "name", "block"))
    )
    unread = sorted(set(space.decisions) - space.read_decisions())
    assert not unread, f"No layer, call, branch or setting reads {unread}: use or remove them."
    restored = Space.from_json(json.loads(json.dumps(space.to_json())), space.objects())
    assert restored.fingerprint == space.fingerprint, "The space differs after a round trip through JSON."
    rng = random.Random(seed)  # noqa: S311  (not for secrets)
    genotypes = list(dict.fromkeys([space.default(), *(space.sample(rng) for _ in range(samples))]))
    counts, worst = [], 0.0
    unknown: set[str] = set()
    for genotype in genotypes:
        plan = space.plan(genotype)
        try:
            model, made = traced(plan)
            _same_layers(plan, model, made)
            _same_flops(plan, model)
            _same_after_json(space, restored, genotype)
            _same_features(space, restored, genotype)
            difference = _difference(
                space.source(genotype), model, _inputs(plan, rows, numbers or {}, seed), seed
            )
            assert difference <= tolerance, f"The source's outputs differ by {difference:.2e} of their size."
            assert "<svg" in space.draw(genotype).svg, "The drawing is not SVG."
        except AssertionError as error:
            error.add_note(f"Genotype: {json.dumps(genotype.to_json())}\n{space.source(genotype)}")
            raise
        counts.append(plan.parameters)
        worst = max(worst, difference)
        unknown.update(plan.unknown)
        _clear()
    idle = _without_effect(space, genotypes)
    assert not idle, f"Changing {idle} changes nothing in the model or the settings: use or remove them."
    return Checked(len(genotypes), (min(counts), max(counts)), worst, tuple(sorted(unknown)))


def _same_layers(plan: Plan, model: Any, made: Mapping[int, Any]) -> None:
    """Shape and dtype of every step's output, parameters of every layer, and the totals."""
    import keras

    for step in leaves(plan.steps):
        path = step.node.path
        ours = [(tuple(t.shape), t.dtype) for t in nest_leaves(Tensor, step.out)]
        theirs = [(tuple(t.shape), t.dtype) for t in nest_leaves(keras.KerasTensor, made[id(step)])]
        assert ours == theirs, f"'{path}': cost says {ours}, Keras {theirs}."
        if step.node.layer:
            count = model.get_layer(keras_name(step.node.layer)).count_params()
            assert step.parameters == count, (
                f"'{path}': cost says {step.parameters} parameters, Keras {count}."
            )
    total = model.count_params()
    assert plan.parameters == total, f"cost says {plan.parameters} parameters in all, Keras {total}."


def _same_flops(plan: Plan, model: Any) -> None:
    """Each layer's FLOPs, and the sum, within 1 % of an independent count; unknown ones left out."""
    from .flops import flops_by_layer

    steps = [s for s in leaves(plan.steps) if s.node.kind != "input"]
    unknown = {_name(s) for s in steps if s.flops is None}
    assert unknown == {_name(s) for s in steps if s.node.path in plan.unknown}, "plan.unknown misses a layer."
    assert (plan.flops is None) == bool(unknown), (
        f"FLOPs are {plan.flops} where {sorted(unknown)} are unknown."
    )
    theirs = flops_by_layer(model, frozenset(unknown))
    total = 0
    for name in {_name(s) for s in steps if s.node.layer} - unknown:
        ours = sum(s.flops or 0 for s in steps if _name(s) == name)
        assert _close(ours, theirs[name]), (
            f"'{name}': cost says {ours} FLOPs, an independent count {theirs[name]}."
        )
    total = sum(s.flops or 0 for s in steps if _name(s) not in unknown)
    counted = sum(theirs.values())
    assert _close(total, counted), f"cost says {total} FLOPs in all, an independent count {counted}."


def _name(step: Step) -> str:
    return keras_name(step.node.layer) if step.node.layer else step.node.path


def _close(a: int, b: int) -> bool:
    return abs(a - b) <= 0.01 * max(a, b)


def _same_after_json(space: Space, restored: Space, genotype: Genotype) -> None:
    a, b = space.plan(genotype), restored.plan(Genotype.from_json(json.loads(json.dumps(genotype.to_json()))))
    assert _signature(a) == _signature(b), "The plan differs after a round trip through JSON."


def _same_features(space: Space, restored: Space, genotype: Genotype) -> None:
    names, vector = space.feature_names, space.features(genotype)
    assert vector.shape == (len(names),), f"{len(names)} features are named, and {vector.shape} were given."
    odd = [name for name, number in zip(names, vector, strict=True) if not np.isfinite(number)]
    assert not odd, f"The features {odd} are not finite."
    again = restored.features(genotype)
    assert restored.feature_names == names, "The features' names differ after a round trip through JSON."
    assert np.array_equal(vector, again), "The features differ after a round trip through JSON."


def _signature(plan: Plan) -> str:
    """All that a plan says, as text: steps, constants, wiring and settings."""
    order = {id(s): i for i, s in enumerate(leaves(plan.steps))}

    def wired(x: Any) -> Any:
        return nest_map(lambda t: ("tensor", order.get(id(t.step)), t.item), Tensor, x)

    steps = [
        (s.node.path, s.node.layer, s.node.target, wired((s.config, s.args, s.kwargs)), s.parameters, s.flops)
        for s in leaves(plan.steps)
    ]
    return repr(
        (steps, wired(plan.out), plan.settings, plan.parameters, plan.flops, plan.activations, plan.unknown)
    )


def _without_effect(space: Space, genotypes: list[Genotype]) -> list[str]:
    """Decisions, met in the genotypes, that change nothing there whatever they are set to."""
    idle: dict[str, bool] = {}
    for genotype in genotypes:
        here = _signature(space.plan(genotype))
        for path in genotype:
            if idle.get(path, True):
                idle[path] = not _matters(space, genotype, path, here)
    return sorted(path for path, nothing in idle.items() if nothing and _options(space, path) > 1)


def _matters(space: Space, genotype: Genotype, path: str, here: str) -> bool:
    decision = space.decisions[path]
    others = decision.options if decision.kind in ("choice", "float") else decision.domain()
    for other in others:
        changed, _ = space.adapt({**genotype, path: other})
        if changed.get(path) == other and other != genotype[path] and _signature(space.plan(changed)) != here:
            return True
    return False


def _options(space: Space, path: str) -> int:
    return len(set(space.decisions[path].options)) + space.decisions[path].optional


def _difference(source: str, model: Any, fed: Mapping[str, Any], seed: int) -> float:
    """Largest difference between the model's outputs and its executed source's, relative to their size."""
    import keras

    scope: dict[str, Any] = {"__name__": "source"}
    exec(compile(source, "<source>", "exec"), scope)  # noqa: S102  (what we wrote a line above)
    twin = scope["build_model"]()
    scramble(model, seed)
    copy_by_name(model, twin)
    ours, theirs = (_flat(m(fed, training=False)) for m in (model, twin))
    assert len(ours) == len(theirs), f"The model gives {len(ours)} outputs, its source {len(theirs)}."
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        x, y = (keras.ops.convert_to_numpy(v).astype("float64") for v in (a, b))
        assert x.shape == y.shape, f"The model gives the shape {x.shape}, its source {y.shape}."
        assert np.isfinite(x).all(), "The model gives numbers that are not finite."
        if x.size:
            worst = max(worst, float(np.abs(x - y).max() / max(1e-6, np.abs(x).max())))
    return worst


def _flat(outputs: Any) -> list[Any]:
    """The tensors of a model's outputs, those of a dict by name."""
    if isinstance(outputs, dict):
        return [t for name in sorted(outputs) for t in _flat(outputs[name])]
    if isinstance(outputs, list | tuple):
        return [t for one in outputs for t in _flat(one)]
    return [outputs]


def _inputs(plan: Plan, rows: int, numbers: Mapping[str, tuple[int, int]], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    fed = {}
    for name, step in plan.inputs.items():
        shape, dtype = (rows, *(7 if d is None else d for d in step.config["shape"])), step.config["dtype"]
        if "int" in dtype:
            low, high = numbers.get(name, (0, 256 if dtype == "uint8" else 2))
            fed[name] = rng.integers(low, high, shape).astype(dtype)
        else:
            fed[name] = rng.normal(size=shape).astype(dtype)
    return fed


def _clear() -> None:
    import keras

    keras.backend.clear_session(free_memory=False)
