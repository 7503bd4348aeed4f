"""TensorFlow: threads, memory growth, reproducible operations, devices, and two functions that Keras traces more than needed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

ONE_SHAPE = False  # a graph takes batches of any size
_lasting: frozenset[str] | None = (
    None  # gradients registered before a worker's first model; None outside of workers
)


def prepare(threads: int | None = None) -> None:
    """Set up a worker's process before its first computation.

    Memory on a GPU grows as needed rather than being taken whole; operations are made reproducible; a GPU that has
    tensor cores trains in mixed precision.

    Args:
        threads: CPU threads for one operation; TensorFlow's choice if not given.
    """
    global _lasting
    import keras
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    reproducible()
    if _tensor_cores():
        keras.config.set_dtype_policy("mixed_float16")
    _lasting = frozenset(_gradients())
    gc.collect()
    gc.freeze()  # what the libraries hold lives as long as the process: collecting between trials need not look at it


def reproducible() -> None:
    """Have the same seed give the same figures, from here on in this process."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def _tensor_cores() -> bool:
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        capability = tf.config.experimental.get_device_details(device).get("compute_capability")
        if capability and tuple(capability) >= (7, 0):
            return True
    return False


def trainer(model: Any) -> None:
    """Give a compiled model a training step that is traced once.

    Keras' own traces the step twice for each model, which at small scale is a third of a trial's time. The step itself is
    the model's ``train_step``, unchanged.
    """
    import tensorflow as tf

    model.optimizer.build(model.trainable_variables)
    step = (
        tf.function(model.train_step, reduce_retracing=True, jit_compile=True) if jit() else model.train_step
    )

    def train(iterator: Any) -> Any:
        return step(iterator.get_next())

    model.train_function = tf.function(train, reduce_retracing=True, autograph=False)


def batches(
    inputs: dict[str, np.ndarray],
    targets: np.ndarray,
    weights: np.ndarray | None,
    batch_size: int,
    seed: int,
    first: int,
) -> Any:
    """Batches without end, for ``fit`` with ``steps_per_epoch``: each epoch's order follows from seed and epoch.

    Keras' own pipeline is made anew for each epoch, which for a small model is half of the epoch's time.

    Args:
        inputs: By name: one row each.
        targets: One each.
        weights: How much each row counts; None where all count alike.
        batch_size: Rows a batch; the last one of an epoch may be smaller.
        seed: Of the order.
        first: The epoch to begin with, from 0.
    """
    import tensorflow as tf

    with tf.device("CPU:0"):
        rows = {name: tf.convert_to_tensor(np.asarray(values)) for name, values in inputs.items()}
        beside = [tf.convert_to_tensor(values) for values in (targets, weights) if values is not None]

    def order(epoch: Any) -> Any:
        numbers = tf.range(len(targets), dtype=tf.int64)
        shuffled = tf.random.experimental.stateless_shuffle(
            numbers, tf.stack([tf.cast(seed, tf.int64), epoch])
        )
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    def gather(numbers: Any) -> Any:
        taken = {name: tf.gather(values, numbers) for name, values in rows.items()}
        return (taken, *(tf.gather(values, numbers) for values in beside))

    made = (
        tf.data.Dataset.range(first, 2**62).flat_map(order).map(gather, tf.data.AUTOTUNE, deterministic=True)
    )
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = (
        False  # they cost more than they gain here
    )
    return made.with_options(options).prefetch(2)


def forward(model: Any) -> Callable[[Mapping[str, np.ndarray]], np.ndarray]:
    """A function from one batch of inputs to the model's one output, for judging it while it trains."""
    import tensorflow as tf

    def run(inputs: Any) -> Any:
        out = model(inputs, training=False)
        return next(iter(out.values())) if isinstance(out, dict) else out

    graph = tf.function(run, reduce_retracing=True, autograph=False)
    return lambda inputs: graph({name: tf.convert_to_tensor(rows) for name, rows in inputs.items()}).numpy()


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
    """Give back what the last model held.

    TensorFlow registers a gradient for each traced call of a function that has its own (``silu``; the sum over replicas in each
    optimizer's step), for as long as the process lives, and with it the graph. In a worker, where every graph is a candidate's,
    those go too.
    """
    import keras

    keras.backend.clear_session()
    if _lasting is not None:
        known = _gradients()
        for name in [name for name in known if name.startswith("CustomGradient-") and name not in _lasting]:
            del known[name]
    gc.collect()


def _gradients() -> dict[str, Any]:
    """TensorFlow's gradients by name, to take from; it has no public way to forget one."""
    from tensorflow.python.framework import ops

    found: dict[str, Any] = ops.gradient_registry._registry
    return found


def within_switch(layer: Any) -> None:
    """TensorFlow runs the same kernels inside of a branch as outside; nothing to do."""
