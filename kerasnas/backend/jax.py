"""JAX: devices, memory, reproducible operations."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

ONE_SHAPE = True  # every other batch size is compiled anew


def prepare(threads: int | None = None) -> None:
    """Set up a worker's process before its first computation.

    Args:
        threads: Not used: XLA's CPU client sizes its own pool.
    """
    del threads
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import keras

    if devices() != ["CPU"]:
        keras.config.set_dtype_policy("mixed_bfloat16")
    reproducible()
    gc.collect()
    gc.freeze()  # what the libraries hold lives as long as the process: collecting between trials need not look at it


def reproducible() -> None:
    """Have the same seed give the same figures: XLA on a CPU does; on a GPU its flag must be set before JAX starts."""
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_gpu_deterministic_ops" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()


def trainer(model: Any) -> None:
    """Keras' own training step is compiled once a shape already; nothing to do."""


def forward(model: Any) -> Callable[[Mapping[str, np.ndarray]], np.ndarray]:
    """A function from one batch of inputs to the model's one output, for judging it while it trains."""
    import jax

    def run(trainable: Any, fixed: Any, inputs: Any) -> Any:
        out, _ = model.stateless_call(trainable, fixed, inputs, training=False)
        return next(iter(out.values())) if isinstance(out, dict) else out

    compiled = jax.jit(run)

    def call(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        trainable = [v.value for v in model.trainable_variables]
        fixed = [v.value for v in model.non_trainable_variables]
        return np.asarray(
            compiled(trainable, fixed, {name: np.asarray(rows) for name, rows in inputs.items()})
        )

    return call


def devices() -> list[str]:
    """What training runs on, e.g. ``["GPU:0"]`` or ``["CPU"]``."""
    import jax

    return [f"GPU:{d.id}" for d in jax.devices() if d.platform == "gpu"] or ["CPU"]


def jit() -> bool:
    """Whether to compile a training step: without it JAX is the slowest of all."""
    return True


def memory(device: str) -> int | None:
    """Peak bytes in use on a GPU; None on a CPU, whose memory is the process's."""
    import jax

    if not device.startswith("GPU"):
        return None
    stats = jax.devices()[int(device.partition(":")[2])].memory_stats() or {}
    return int(stats["peak_bytes_in_use"]) if "peak_bytes_in_use" in stats else None


def release() -> None:
    """Give back what the last model held."""
    import jax
    import keras

    keras.backend.clear_session()
    jax.clear_caches()
    gc.collect()
