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


def within_switch(layer: Any) -> None:
    """Have the convolutions in a layer compute gradients that XLA compiles well inside of ``jax.lax.switch``.

    XLA's CPU compiler brings convolutions into the form that its fast kernels take, but only outside of branches. JAX's own gradients
    with respect to a kernel and an input are not of that form: inside of a branch they are computed by a plain loop, 4 to 10 times slower
    (JAX 0.10). Here they are written in that form to begin with; the values are the same.
    """
    import keras

    for one in layer._flatten_layers():
        one.supports_jit = True  # layers that augment pictures deny it for TensorFlow's sake; one such would run the whole model uncompiled
        if getattr(one, "data_format", "") != "channels_last" or getattr(one, "padding", "") not in (
            "same",
            "valid",
        ):
            continue
        if type(one) in (keras.layers.Conv1D, keras.layers.Conv2D) and one.groups == 1:
            one.convolution_op = _convolution(one, depthwise=False)
        elif type(one) in (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D):
            one.call = _depthwise_call(one)


def _depthwise_call(layer: Any) -> Callable[[Any], Any]:
    convolve = _convolution(layer, depthwise=True)

    def call(inputs: Any) -> Any:
        out = convolve(inputs, layer.kernel)
        if layer.use_bias:
            out = out + layer.bias
        return out if layer.activation is None else layer.activation(out)

    return call


def _convolution(layer: Any, *, depthwise: bool) -> Callable[[Any, Any], Any]:
    """A layer's convolution of ``(b, *n, i)`` with ``(*k, i, o)``, with gradients of its own."""
    import jax
    import jax.numpy as jnp
    import keras
    from jax import lax

    rank = layer.rank
    strides, dilation, padding = tuple(layer.strides), tuple(layer.dilation_rate), layer.padding.upper()
    n = "012"[:rank]
    form = (f"N{n}C", f"{n}IO", f"N{n}C")

    def pads(x: Any, kernel: Any) -> list[tuple[int, int]]:
        reach = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
        return list(lax.padtype_to_pads(x.shape[1:-1], reach, strides, padding))

    def forward(x: Any, kernel: Any) -> Any:
        groups = x.shape[-1] if depthwise else 1
        flat = kernel.reshape((*kernel.shape[:rank], 1, -1)) if depthwise else kernel
        return lax.conv_general_dilated(
            x,
            flat,
            strides,
            pads(x, kernel),
            rhs_dilation=dilation,
            dimension_numbers=form,
            feature_group_count=groups,
        )

    def kept(x: Any, kernel: Any) -> Any:
        return forward(x, kernel), (x, kernel)

    def back(saved: Any, g: Any) -> Any:
        x, kernel = saved
        if depthwise:
            return jax.vjp(lambda x: forward(x, kernel), x)[1](g)[0], taps(x, kernel, g)
        return to_input(x, kernel, g), to_kernel(x, kernel, g)

    def to_input(x: Any, kernel: Any, g: Any) -> Any:
        around = []
        for (low, _), size, k, d, s, out in zip(
            pads(x, kernel), x.shape[1:], kernel.shape, dilation, strides, g.shape[1:-1], strict=False
        ):
            reach = (k - 1) * d
            before = reach - low
            around.append((before, size + reach - ((out - 1) * s + 1) - before))
        turned = jnp.swapaxes(jnp.flip(kernel, range(rank)), -1, -2)
        return lax.conv_general_dilated(
            g,
            turned,
            (1,) * rank,
            around,
            lhs_dilation=strides,
            rhs_dilation=dilation,
            dimension_numbers=form,
        )

    def to_kernel(x: Any, kernel: Any, g: Any) -> Any:
        around = []
        for (low, _), size, k, d, s, out in zip(
            pads(x, kernel), x.shape[1:], kernel.shape, dilation, strides, g.shape[1:-1], strict=False
        ):
            around.append((low, (k - 1) * d + (out - 1) * s + 1 - size - low))
        axes = tuple(range(1, rank + 1))
        found = lax.conv_general_dilated(
            x.transpose(rank + 1, *axes, 0),
            g.transpose(*axes, 0, rank + 1),
            dilation,
            around,
            rhs_dilation=strides,
            dimension_numbers=form,
        )
        return found.transpose(*axes, 0, rank + 1)

    def taps(x: Any, kernel: Any, g: Any) -> Any:
        """One weighted sum for each place of the window."""
        wide = jnp.pad(x, [(0, 0), *pads(x, kernel), (0, 0)])
        by_channel = g.reshape((*g.shape[:-1], x.shape[-1], -1))
        found = []
        for place in np.ndindex(*kernel.shape[:rank]):
            seen = tuple(
                slice(p * d, p * d + (out - 1) * s + 1, s)
                for p, d, s, out in zip(place, dilation, strides, g.shape[1:-1], strict=True)
            )
            found.append((wide[(slice(None), *seen)][..., None] * by_channel).sum(range(rank + 1)))
        return jnp.stack(found).reshape(kernel.shape)

    convolve = jax.custom_vjp(forward)
    convolve.defvjp(kept, back)
    return lambda x, kernel: convolve(x, jnp.asarray(keras.ops.convert_to_tensor(kernel), x.dtype))
