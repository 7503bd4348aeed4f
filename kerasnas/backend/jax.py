"""JAX: devices, memory, reproducible operations."""

from __future__ import annotations

import gc
import os


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
