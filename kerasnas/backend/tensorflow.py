"""TensorFlow: threads, memory growth, reproducible operations, devices."""

from __future__ import annotations

import gc


def prepare(threads: int | None = None) -> None:
    """Set up a worker's process before its first computation.

    Memory on a GPU grows as needed rather than being taken whole; operations are made reproducible; a GPU that has tensor cores
    trains in mixed precision.

    Args:
        threads: CPU threads for one operation; TensorFlow's choice if not given.
    """
    import keras
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    if _tensor_cores():
        keras.config.set_dtype_policy("mixed_float16")


def _tensor_cores() -> bool:
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        capability = tf.config.experimental.get_device_details(device).get("compute_capability")
        if capability and tuple(capability) >= (7, 0):
            return True
    return False


def devices() -> list[str]:
    """What training runs on, e.g. ``["GPU:0"]`` or ``["CPU"]``."""
    import tensorflow as tf

    return [f"GPU:{i}" for i, _ in enumerate(tf.config.list_physical_devices("GPU"))] or ["CPU"]


def jit() -> bool:
    """Whether to compile by XLA: it costs seconds a model on a CPU and gains nothing there."""
    return devices() != ["CPU"]


def memory(device: str) -> int | None:
    """Peak bytes in use on a GPU; None on a CPU, whose memory is the process's."""
    import tensorflow as tf

    if not device.startswith("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info(device)["peak"])


def release() -> None:
    """Give back what the last model held."""
    import keras

    keras.backend.clear_session()
    gc.collect()
