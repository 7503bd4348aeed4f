"""Picture encoders: a ``.keras`` file, or a network of ``keras.applications``."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import EncoderError
from .. import cache
from .base import Encoder, digest

# pictures encoded at once: this many values of the input
BATCH_VALUES = 64 * 96 * 96 * 3
DEFAULT_SIDE = 96


class KerasImageEncoder(Encoder):
    """A Keras model from pictures in 0..255 to vectors, or to feature maps, which are averaged.

    Whatever scaling the model needs must be inside it (``keras.layers.Rescaling``). Its input size decides
    how large pictures are read; where it has none, 96 x 96.
    """

    kind: ClassVar[str] = "keras-image"
    modality: ClassVar[str] = "image"

    def __init__(
        self, path: Path, *, name: str, features: int, input_shape: tuple[int, ...], fingerprint: str
    ) -> None:
        self.path, self.name, self.features = path, name, features
        self.input_shape, self.fingerprint = input_shape, fingerprint

    def encode(self, raw: Any) -> np.ndarray:
        """Features of uint8 pictures."""
        model = _model(str(self.path), self.fingerprint)
        step = max(1, BATCH_VALUES // int(np.prod(self.input_shape)))
        out = np.zeros((len(raw), self.features), dtype=np.float32)
        for start in range(0, len(raw), step):
            batch = np.asarray(raw[start : start + step], dtype=np.float32)
            filled = len(batch)
            if filled < step and len(raw) > step:  # one shape: no second compilation for the last batch
                batch = np.concatenate([batch, np.zeros((step - filled, *batch.shape[1:]), np.float32)])
            result = np.asarray(model.predict_on_batch(batch), dtype=np.float32)[:filled]
            out[start : start + filled] = result.mean(axis=(1, 2)) if result.ndim == 4 else result
        return out

    def flops(self) -> int | None:
        """By the rules of ``kerasnas.lower``; None where the file holds a layer that they do not know."""
        known = cache.facts_path(self.fingerprint)
        facts = json.loads(known.read_text(encoding="utf-8")) if known.is_file() else {}
        if "flops" not in facts:
            import keras

            facts = _facts(_load(keras, self.path), self.path)
            cache.write_json(known, facts)
        found = facts["flops"]
        return None if found is None else int(found)

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the file."""
        self._same(digest(self.path))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path, folder / "encoder.keras")
        return {**self.to_json(), "path": f"{folder.name}/encoder.keras"}


@functools.lru_cache(maxsize=2)
def _model(path: str, fingerprint: str) -> Any:
    import keras

    if digest(Path(path)) != fingerprint:
        raise EncoderError(
            f"The encoder file {path} has changed since the task was made. Put it back, or make the task "
            "anew."
        )
    return _load(keras, Path(path))


def _load(keras: Any, path: Path) -> Any:
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, TypeError) as error:
        raise EncoderError(
            f"The encoder file {path} cannot be loaded by Keras {keras.__version__}: {str(error)[:300]}. "
            "Save it with "
            f"`model.save('encoder.keras')`, without Lambda layers and custom classes."
        ) from error


def resolve(named: str | Path) -> KerasImageEncoder:
    """The encoder that a person named.

    Raises:
        EncoderError: If the file is missing, no encoder, or the name unknown or out of reach.
    """
    path = Path(named).expanduser()
    if path.suffix == ".keras":
        if not path.is_file():
            raise EncoderError(
                f"No such encoder file. Received: {path}. Expected a file that Keras' `model.save` wrote."
            )
        return _from_file(path.resolve(), path.stem)
    return _from_file(_application(str(named)), str(named))


def _from_file(path: Path, name: str) -> KerasImageEncoder:
    fingerprint = digest(path)
    known = cache.facts_path(fingerprint)
    if known.is_file():
        facts = json.loads(known.read_text(encoding="utf-8"))
    else:
        import keras

        facts = _facts(_load(keras, path), path)
        cache.write_json(known, facts)
    return KerasImageEncoder(
        path,
        name=name,
        features=facts["features"],
        input_shape=tuple(facts["input_shape"]),
        fingerprint=fingerprint,
    )


def _facts(model: Any, path: Path) -> dict[str, Any]:
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(model.inputs[0].shape) != 4:
        raise EncoderError(
            f"An image encoder takes one tensor of pictures (rows, height, width, channels) and gives one. "
            f"Received: {path} "
            f"with inputs {[tuple(t.shape) for t in model.inputs]} and outputs "
            f"{[tuple(t.shape) for t in model.outputs]}."
        )
    _, height, width, channels = model.inputs[0].shape
    shape = (height or DEFAULT_SIDE, width or DEFAULT_SIDE, channels)
    output = model.outputs[0].shape
    if channels not in (1, 3) or len(output) not in (2, 4) or output[-1] is None:
        raise EncoderError(
            f"An image encoder takes 1 or 3 channels and gives a vector or a feature map. Received: {path} "
            "from "
            f"{tuple(model.inputs[0].shape)} to {tuple(output)}."
        )
    return {
        "features": int(output[-1]),
        "input_shape": [int(side) for side in shape],
        "flops": None if height is None or width is None else _flops(model),
    }


def _flops(model: Any) -> int | None:
    """By the rules; None where they do not fit a layer as it is called there."""
    from ...lower.cost import UNUSUAL
    from ...lower.ghost import model_flops

    try:
        return model_flops(model)
    except UNUSUAL:
        return None


def _application(name: str) -> Path:
    """A network of ``keras.applications`` with its ImageNet weights and scaling, as a file in the cache."""
    import keras

    path = cache.folder() / "encoders" / f"v{cache.VERSION}" / f"{name}-{DEFAULT_SIDE}.keras"
    if path.is_file():
        return path
    build: Any = getattr(keras.applications, name, None)
    if not callable(build) or not name[:1].isupper():
        known = sorted(n for n in dir(keras.applications) if n[:1].isupper())
        raise EncoderError(
            f"Unknown image encoder. Expected a '.keras' file or one of keras.applications: "
            f"{', '.join(known)}. Received: {name!r}."
        )
    pixels = keras.Input((DEFAULT_SIDE, DEFAULT_SIDE, 3), name="pixels")
    try:
        body = build(
            include_top=False, weights="imagenet", pooling="avg", input_shape=(DEFAULT_SIDE, DEFAULT_SIDE, 3)
        )
    except Exception as error:  # downloads fail in many ways: URLError, timeouts, bare Exception
        raise EncoderError(
            f"The weights of keras.applications.{name} could not be fetched ({type(error).__name__}: "
            f"{str(error)[:200]}). Connect to the network once, or give a '.keras' file."
        ) from error
    module: Any = next(
        m
        for m in vars(keras.applications).values()
        if hasattr(m, "preprocess_input") and getattr(m, name, None) is not None
    )
    model = keras.Model(pixels, body(module.preprocess_input(pixels)), name=name.lower())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    writing = path.with_name(f".writing-{path.name}")
    model.save(writing)
    writing.replace(path)
    return path
