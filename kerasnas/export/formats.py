"""The formats that a model can be exported to: what each is made by, what it is run by, where Keras offers it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import BundleError

UNLISTED = ("jax2onnx",)  # it brings flax, orbax and some thirty more: a person decides


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: As a person asks for it.
        label: As people call it.
        file: What the model is called in the exported folder.
        keras: What ``keras.Model.export`` calls it; empty where ``keras.Model.save`` writes it.
        writers: Backend of Keras -> modules that writing needs there. Keras does not offer it on others.
        runtime: The module that runs it, and all that running it needs beside NumPy.
        run: Python source that defines ``run(batch)``, from a dict of arrays to the model's one output; ``{own}`` in it stands for the
            code of layers that the runtime does not have.
        extra: The extra of kerasnas that brings what is not among its dependencies; empty where all is.
    """

    name: str
    label: str
    file: str
    keras: str
    writers: Mapping[str, tuple[str, ...]]
    runtime: str
    run: str
    extra: str = ""

    def check(self, backend: str, keras_version: str) -> None:
        """See whether it can be written and proven here.

        Args:
            backend: What Keras runs on.
            keras_version: For the message.

        Raises:
            BundleError: If Keras does not offer it on this backend, or a package is missing.
        """
        again = "A bundle is the same on every backend: set KERAS_BACKEND=tensorflow and export it again."
        if backend not in self.writers:
            raise BundleError(
                f"{self.label} cannot be written on the backend '{backend}': Keras {keras_version} offers it on "
                f"{' and '.join(self.writers)}. {again}"
            )
        absent = [
            name for name in (*self.writers[backend], self.runtime) if importlib.util.find_spec(name) is None
        ]
        if not absent:
            return
        foreign = [name for name in absent if name in UNLISTED]
        if foreign:
            raise BundleError(
                f"{self.label} on the backend '{backend}' needs {', '.join(absent)}, which is not installed: "
                f"pip install {' '.join(foreign)}. {again}"
            )
        how = f"pip install 'kerasnas[{self.extra}]'" if self.extra else f"pip install {' '.join(absent)}"
        raise BundleError(f"{self.label} needs {', '.join(absent)}, which is not installed: {how}.")


KERAS = """\
{own}
MODEL = keras.saving.load_model(HERE / FACTS["file"], custom_objects=OWN, compile=False)


def run(batch):
    said = MODEL(batch, training=False)
    return keras.ops.convert_to_numpy(next(iter(said.values())) if isinstance(said, dict) else said)
"""

SAVED_MODEL = """\
import tensorflow as tf

MODEL = tf.saved_model.load(str(HERE / FACTS["file"]))
SERVE = MODEL.signatures["serving_default"]


def run(batch):
    said = SERVE(**{name: tf.constant(rows) for name, rows in batch.items()})
    return next(iter(said.values())).numpy()
"""

LITERT = """\
from ai_edge_litert.interpreter import Interpreter

MODEL = Interpreter(str(HERE / FACTS["file"]))
SERVE = MODEL.get_signature_runner()


def run(batch):
    return next(iter(SERVE(**batch).values()))
"""

ONNX = """\
import onnxruntime

MODEL = onnxruntime.InferenceSession(str(HERE / FACTS["file"]), providers=["CPUExecutionProvider"])


def run(batch):
    return MODEL.run(None, batch)[0]
"""

FORMATS = {
    each.name: each
    for each in (
        Format("keras", "a Keras file", "model.keras", "", {"tensorflow": (), "jax": ()}, "keras", KERAS),
        Format(
            "saved_model", "a TensorFlow SavedModel", "saved_model", "tf_saved_model", {"tensorflow": (), "jax": ("tensorflow",)},
            "tensorflow", SAVED_MODEL,
        ),
        Format("litert", "LiteRT", "model.tflite", "litert", {"tensorflow": ()}, "ai_edge_litert", LITERT, "litert"),
        Format(
            "onnx", "ONNX", "model.onnx", "onnx", {"tensorflow": ("onnx", "tf2onnx"), "jax": ("jax2onnx",)}, "onnxruntime", ONNX,
            "onnx",
        ),
    )
}  # fmt: skip


def named(name: str) -> Format:
    """A format by its name.

    Raises:
        BundleError: If there is none of that name.
    """
    if name not in FORMATS:
        raise BundleError(f"format is one of {', '.join(FORMATS)}. Received: {name!r}.")
    return FORMATS[name]
