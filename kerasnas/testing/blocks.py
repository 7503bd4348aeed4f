"""``check_block``: all lowerings of a space agree with each other and with Keras."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..space import Input, Space
from ..space.graph import Plan, Tensor, leaves, nest_leaves

HEAVY = (
    "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Dense", "MultiHeadAttention",
    "LSTM", "GRU", "SimpleRNN", "Bidirectional", "matmul",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """What was compared.

    Attributes:
        genotypes: How many candidates.
        parameters: Smallest and largest parameter count met.
        difference: Largest difference between the model's outputs and those of its source.
    """

    genotypes: int
    parameters: tuple[int, int]
    difference: float


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

    Args:
        what: A space, or a block to be traced over ``inputs``.
        inputs: Inputs of the block by name.
        samples: Random genotypes beside the default one.
        seed: Of genotypes, weights and inputs.
        rows: Batch size of the compared outputs.
        tolerance: Largest difference allowed between outputs, relative to their size.
        numbers: Bounds (low, high) of the integers to feed an integer input; (0, 2) if not given.

    Raises:
        AssertionError: Naming the genotype, and what differs: parameters, output shapes, the executed source's outputs under
            copied weights, FLOPs beyond 1 % of an independent count, an unread decision, or a JSON round trip.
    """
    space = what if isinstance(what, Space) else Space.trace(what, inputs or {}, name=getattr(what, "name", "block"))
    unread = set(space.decisions) - space.read_decisions()
    assert not unread, f"No layer, call, branch or setting reads {sorted(unread)}: use or remove them."
    restored = Space.from_json(json.loads(json.dumps(space.to_json())), space.objects())
    assert restored.fingerprint == space.fingerprint, "The space differs after a round trip through JSON."
    rng = random.Random(seed)
    genotypes = [space.default(), *(space.sample(rng) for _ in range(samples))]
    counts, worst = [], 0.0
    for genotype in genotypes:
        plan = space.plan(genotype)
        model = space.build(genotype)
        where = f"\nGenotype: {genotype.to_json()}"
        assert plan.parameters == model.count_params(), f"cost says {plan.parameters} parameters, Keras {model.count_params()}.{where}"
        _same_shapes(plan, model, where)
        again = restored.plan(genotype)
        assert (again.parameters, again.flops) == (plan.parameters, plan.flops), f"The plan differs after a round trip.{where}"
        _same_flops(plan, model, where)
        difference = _same_outputs(space, genotype, plan, model, rows, numbers or {}, seed)
        assert difference <= tolerance, f"The source's outputs differ by {difference:.2e} of their size.{where}\n{space.source(genotype)}"
        assert "<svg" in space.draw(genotype).svg
        counts.append(plan.parameters)
        worst = max(worst, difference)
        _clear()
    return Checked(len(genotypes), (min(counts), max(counts)), worst)


def _same_shapes(plan: Plan, model: Any, where: str) -> None:
    expected = plan.out if isinstance(plan.out, dict) else {"output": plan.out}
    outputs = model.output if isinstance(model.output, dict) else {"output": model.output}
    for name, out in expected.items():
        ours = [tuple(t.shape) for t in nest_leaves(Tensor, out)]
        theirs = outputs[name] if isinstance(outputs[name], list | tuple) else [outputs[name]]
        assert ours == [tuple(t.shape) for t in theirs], f"Output '{name}': cost says {ours}, Keras {[t.shape for t in theirs]}.{where}"


def main_flops(plan: Plan) -> int:
    """FLOPs of a plan's convolutions, dense and recurrent layers and matrix products alone."""
    return sum(s.flops or 0 for s in leaves(plan.steps) if s.node.target is not None and s.node.target.short in HEAVY)


def _same_flops(plan: Plan, model: Any, where: str) -> None:
    from .flops import count_flops

    if plan.flops is None:
        return
    ours, theirs = main_flops(plan), count_flops(model)
    assert abs(ours - theirs) <= 0.01 * max(ours, theirs), f"cost says {ours} FLOPs, an independent count {theirs}.{where}"
    assert plan.flops >= ours


def _same_outputs(
    space: Space, genotype: Any, plan: Plan, model: Any, rows: int, numbers: Mapping[str, tuple[int, int]], seed: int
) -> float:
    scope: dict[str, Any] = {"__name__": "source"}
    exec(compile(space.source(genotype), "<source>", "exec"), scope)  # noqa: S102  (what we wrote a line above)
    twin = scope["build_model"]()
    scramble(model, seed)
    twin.set_weights(_by_name(model, twin))
    rng = np.random.default_rng(seed)
    fed = {}
    for name, step in plan.inputs.items():
        shape = (rows, *(d or 7 for d in step.config["shape"]))
        if "int" in step.config["dtype"]:
            low, high = numbers.get(name, (0, 2))
            fed[name] = rng.integers(low, high, shape).astype(step.config["dtype"])
        else:
            fed[name] = rng.normal(size=shape).astype(step.config["dtype"])
    a, b = model(fed, training=False), twin(fed, training=False)
    a, b = (x if isinstance(x, dict) else {"output": x} for x in (a, b))
    import keras

    worst = 0.0
    for name in a:
        x, y = (keras.ops.convert_to_numpy(v) for v in (a[name], b[name]))
        worst = max(worst, float(np.abs(x - y).max() / max(1e-6, np.abs(x).max())))
    return worst


def _by_name(model: Any, twin: Any) -> list[Any]:
    """The twin's weights in its own order, from the model's layers of the same names."""
    mine = {(layer.name, w.path.split("/", 1)[-1]): w for layer in model.layers for w in layer.weights}
    fallback = iter(w for layer in model.layers for w in layer.weights)
    values = []
    for layer in twin.layers:
        for w in layer.weights:
            following = next(fallback)
            values.append(np.asarray(_numpy(mine.get((layer.name, w.path.split("/", 1)[-1]), following))))
    return values


def _numpy(variable: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(variable)


def scramble(model: Any, seed: int = 0) -> None:
    """Weights that no initialiser would give, moving statistics included, so that a wrong wiring cannot hide."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "seed" in weight.path or not str(weight.dtype).startswith("float"):
            continue
        fan_in = int(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 1
        value = rng.normal(size=weight.shape) * (fan_in**-0.5 if len(weight.shape) > 1 else 0.3)
        positive = "variance" in weight.path or "gamma" in weight.path
        weight.assign(np.abs(value) + 0.5 if positive else value)


def _clear() -> None:
    import keras

    keras.backend.clear_session(free_memory=False)
