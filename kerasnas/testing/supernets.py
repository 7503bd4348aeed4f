"""``check_supernet``: a supernet computes what the stand-alone models do, and trains only the path that it is on."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..space import Genotype, Input, Space
from ..space.graph import leaves
from ..space.trace import keras_name
from .blocks import _flat, _inputs
from .weights import scramble

if TYPE_CHECKING:
    from ..lower.supernet import Supernet


@dataclass(frozen=True)
class SupernetChecked:
    """What was compared.

    Attributes:
        calls: Layer and operation calls that the supernet holds.
        paths: Random paths that were computed.
        retraces: Python runs through the model beyond the first of each compiled function; 0, or the check fails.
        difference: Largest difference between a path's outputs and its stand-alone model's, relative to their size.
        trained: Layers with weights that were on the path of a training step, counted at each step.
        still: The same off the path.
    """

    calls: int
    paths: int
    retraces: int
    difference: float
    trained: int
    still: int


def check_supernet(
    what: Space | Callable[..., Any],
    inputs: Mapping[str, Input] | None = None,
    *,
    paths: int = 200,
    samples: int = 4,
    seed: int = 0,
    rows: int = 4,
    tolerance: float = 1e-5,
    numbers: Mapping[str, tuple[int, int]] | None = None,
) -> SupernetChecked:
    """Lower a block or space to a supernet, and hold it against the stand-alone models.

    - ``paths`` random paths are computed without a retrace, and so are ``samples`` training steps.
    - On ``samples`` of them the outputs equal those of ``space.build(genotype)`` with inherited weights.
    - A training step (AdamW with decay) leaves weights, moments, step counts and statistics of what is off the path exactly as they were:
      whole layers, and the part of a layer that a smaller slice leaves out.

    Args:
        what: A space, or a block to be traced over ``inputs``.
        inputs: Inputs of the block by name.
        paths: Random paths to compute.
        samples: Paths to compare and train.
        seed: Of genotypes, weights and inputs.
        rows: Batch size.
        tolerance: Largest difference allowed between outputs, relative to their size.
        numbers: Bounds (low, high) of the integers to feed an integer input; (0, 256) for uint8, else (0, 2), if not given.

    Returns:
        What was compared.

    Raises:
        AssertionError: Naming the genotype, the layer, and what differs.
        SpaceError: If the space cannot be lowered so.
    """
    import keras

    space = (
        what
        if isinstance(what, Space)
        else Space.trace(what, inputs or {}, name=getattr(what, "name", "block"))
    )
    net = space.supernet()
    scramble(net.model, seed)
    rng = random.Random(seed)  # noqa: S311  (not for secrets)
    fed = _inputs(space.plan(space.default()), rows, numbers or {}, seed)
    missing = set(space.inputs) - set(fed)
    assert not missing, (
        f"The default genotype does not read {sorted(missing)}: check a space that reads all inputs."
    )
    targets = net.call(fed, space.default())
    for genotype in _unlike(space, rng, samples):
        _with_note(genotype, partial(_same_path, net, genotype, fed, tolerance))
    before = net.model.traces
    for _ in range(paths):
        net.call(fed, net.sample(rng))
    forward = net.model.traces - before
    assert forward == 0, f"{forward} retraces over {paths} random paths."

    net.model.compile(
        net.optimizer(keras.optimizers.AdamW(0.01, weight_decay=0.1)), _spread(targets), jit_compile=_jit()
    )
    targets = keras.tree.map_structure(np.zeros_like, targets)
    net.train(fed, targets, space.default())
    before = net.model.traces
    trained = still = 0
    for genotype in _unlike(space, rng, samples):
        on, off = _with_note(genotype, partial(_trains_only, net, genotype, fed, targets))
        trained, still = trained + on, still + off
    assert net.model.traces == before, f"{net.model.traces - before} retraces over {samples} training steps."
    difference = max(
        _with_note(g, partial(_same_path, net, g, fed, tolerance)) for g in _unlike(space, rng, samples)
    )
    keras.backend.clear_session(free_memory=False)
    return SupernetChecked(net.calls, paths, 0, difference, trained, still)


def _with_note(genotype: Genotype, work: Callable[[], Any]) -> Any:
    """A result; an error in it names the genotype."""
    try:
        return work()
    except AssertionError as error:
        error.add_note(f"Genotype: {json.dumps(genotype.to_json())}")
        raise


def _unlike(space: Space, rng: random.Random, count: int) -> list[Genotype]:
    return list(dict.fromkeys(space.sample(rng) for _ in range(count)))


def _same_path(net: Supernet, genotype: Genotype, fed: Mapping[str, Any], tolerance: float) -> float:
    """A path against its stand-alone model."""
    import keras

    model = net.inherit(genotype)
    alone = model({name: fed[name] for name in net.space.plan(genotype).inputs}, training=False)
    worst = 0.0
    for a, b in zip(_flat(net.call(fed, genotype)), _flat(alone), strict=True):
        x, y = np.asarray(a, "float64"), keras.ops.convert_to_numpy(b).astype("float64")
        assert x.shape == y.shape, f"The path gives the shape {x.shape}, its model {y.shape}."
        worst = max(worst, float(np.abs(x - y).max() / max(1e-6, np.abs(y).max())))
    assert worst <= tolerance, f"The path's outputs differ from its model's by {worst:.2e} of their size."
    return worst


def _trains_only(net: Supernet, genotype: Genotype, fed: Mapping[str, Any], targets: Any) -> tuple[int, int]:
    """One training step; counts the layers on the path, and off it."""
    import keras

    from ..lower.supernet.elastic import aligned, part_of

    optimizer, shared = net.model.optimizer, net.model.elastic.shared
    beside: dict[int, list[Any]] = {}
    for slot, number in optimizer.masks.slots:
        beside.setdefault(id(net.model.trainable_variables[number]), []).append(slot)
    for number, count in enumerate(optimizer.masks.counts):
        beside.setdefault(id(net.model.trainable_variables[number]), []).append(count)
    alone = net.space.build(genotype)
    kinds = {
        s.node.layer: s.node.target.short for s in leaves(net.space.plan(genotype).steps) if s.node.layer
    }
    held = {
        path: [(v, [v, *beside.get(id(v), [])]) for v in layer.variables] for path, layer in shared.items()
    }
    old = {
        id(x): np.array(keras.ops.convert_to_numpy(x))
        for pairs in held.values()
        for _, xs in pairs
        for x in xs
    }
    net.train(fed, targets, genotype)
    trained = still = 0
    for path, pairs in held.items():
        parts: dict[int, Any] = {}
        if path in kinds:
            layer = alone.get_layer(keras_name(path))
            parts = {
                id(big): part_of(kinds[path], own, big, path)
                for own, big in aligned(layer, shared[path], path)
            }
        moved = False
        for variable, owned in pairs:
            outside = np.ones(tuple(variable.shape), bool)
            if id(variable) in parts:
                outside[parts[id(variable)]] = False
            for one in owned:
                was, now = old[id(one)], keras.ops.convert_to_numpy(one)
                differs = was != now
                beyond = differs & outside if differs.shape == outside.shape else differs & outside.all()
                assert not beyond.any(), f"'{one.path}' of the layer '{path}' moved off the path."
                moved = moved or bool(differs.any())
        if any(v.trainable for v in shared[path].variables):
            assert moved == (path in kinds), f"The layer '{path}' is on the path, and did not move."
            trained, still = trained + (path in kinds), still + (path not in kinds)
    return trained, still


def _spread(outputs: Any) -> Any:
    """A loss that every output takes part in."""
    return dict.fromkeys(outputs, "mse") if isinstance(outputs, dict) else "mse"


def _jit() -> bool:
    from ..backend import current

    return bool(current().jit())
