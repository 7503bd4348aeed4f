"""Exporting a model to be run elsewhere: written by Keras, then proven by running the file in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backend
from ..errors import BundleError
from . import guide, own, script
from .erfc import teach_tf2onnx
from .formats import Format, named
from .portable import portable, predicting

if TYPE_CHECKING:
    import pandas as pd

    from .predictor import Predictor

TOLERANCE = 1e-3  # of the largest output: runtimes add up in other orders
MADE_UP = 5
MOST_ROWS = 256


def export(
    predictor: Predictor,
    path: str | Path,
    kind: str,
    *,
    rows: pd.DataFrame | None = None,
    base: str | Path | None = None,
) -> Path:
    """Write a model in a format of another runtime; see ``Predictor.export``."""
    import keras

    wanted, goal = named(kind), Path(path).expanduser()
    wanted.check(keras.backend.backend(), keras.__version__)
    if goal.exists() and (not goal.is_dir() or any(goal.iterdir())):
        raise BundleError(
            f"{goal} is there already. An export is a new folder: name another, or remove that one."
        )
    if not goal.parent.is_dir():
        raise BundleError(f"The folder {goal.parent} for the export does not exist. Make it first.")
    with keras.device("cpu:0"):
        model, half = portable(predictor.model, predictor.custom_objects)
        given = rows is not None
        inputs = predictor.inputs(rows.head(MOST_ROWS), base=base) if rows is not None else made_up(predictor)
        expected = backend.current().forward(model)(inputs)
    with tempfile.TemporaryDirectory(dir=goal.parent, prefix=f".{goal.name}.") as name:
        folder = Path(name) / "export"
        folder.mkdir()
        write(model, folder / wanted.file, wanted)
        told = guide.facts(predictor, wanted, model, _versions(wanted))
        told["half"] = half
        if wanted.name == "keras" and predictor.has_source:
            told["source"] = "source.py"
            (folder / "source.py").write_text(predictor.source(), encoding="utf-8")
        code = own.written(model, predictor.custom_objects) if wanted.runtime == "keras" else ""
        (folder / script.NAME).write_text(script.written(wanted, code), encoding="utf-8")
        _write_json(folder / guide.FACTS, told)
        told["proof"] = {
            "rows": len(expected),
            "of": "raw rows" if given else "rows of made-up inputs",
            **prove(folder, wanted, inputs, expected),
        }
        _write_json(folder / guide.FACTS, told)
        (folder / guide.PAGE).write_text(guide.page(told, wanted), encoding="utf-8")
        (folder / "card.md").write_text(predictor.text, encoding="utf-8")
        folder.chmod(0o755)
        if goal.is_dir():
            goal.rmdir()
        folder.replace(goal)
    return goal


def write(model: Any, path: Path, kind: Format) -> None:
    """Have Keras write a model.

    Raises:
        BundleError: If Keras, or what it converts by, cannot write this model; their reason is part of the message.
    """
    import keras

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "tf2onnx" in kind.writers[keras.backend.backend()]:
                teach_tf2onnx()
            if kind.keras:
                predicting(model).export(path, format=kind.keras, verbose=False)
            else:
                model.save(path)
    except Exception as error:  # converters fail in ways of their own
        raise BundleError(
            f"Keras {keras.__version__} could not write this model as {kind.label}: {type(error).__name__}: {_short(str(error))}"
        ) from error


def prove(
    folder: Path, kind: Format, inputs: Mapping[str, np.ndarray], expected: np.ndarray
) -> dict[str, float]:
    """Run an exported model in a process of its own and compare.

    Args:
        folder: With the model, its runner and its facts.
        kind: The format.
        inputs: By name.
        expected: What the Keras model says of them.

    Returns:
        ``difference``, the largest over all outputs, and ``allowed``.

    Raises:
        BundleError: If it cannot be run, or says something else.
    """
    with tempfile.TemporaryDirectory(prefix="kerasnas-export-") as name:
        given, out = Path(name) / "inputs.npz", Path(name) / "outputs.npz"
        np.savez(given, allow_pickle=False, **inputs)
        alone = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(
            [sys.executable, "-P", str(folder / script.NAME), str(given), str(out)],
            capture_output=True, text=True, check=False, env={**os.environ, **alone}, cwd=name,
        )  # fmt: skip
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise BundleError(
                f"The model was written as {kind.label}, but {kind.runtime} cannot run it: "
                f"{_short(lines[-1] if lines else f'it ended with {done.returncode}')} Export it in another format."
            )
        with np.load(out, allow_pickle=False) as file:
            found = file["outputs"]
    if found.shape != expected.shape:
        raise BundleError(
            f"The model was written as {kind.label}, but gives outputs of shape {found.shape} where Keras gives {expected.shape}. "
            "Export it in another format."
        )
    difference = float(np.abs(found - expected).max())
    allowed = TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if not difference <= allowed:  # NaN is no proof either
        raise BundleError(
            f"The model was written as {kind.label}, but its outputs differ from those of Keras by {difference:.3g}, more than the "
            f"{allowed:.3g} allowed. Export it in another format."
        )
    return {"difference": difference, "allowed": allowed}


def made_up(predictor: Predictor) -> dict[str, np.ndarray]:
    """Inputs of the right shapes and ranges, from a fixed seed: a bundle holds no rows."""
    rng = np.random.default_rng(0)
    inputs: dict[str, np.ndarray] = {}
    for tensor in predictor.model.inputs:
        view = predictor.preprocessor.adapter(tensor.name).view
        shape = (MADE_UP, *view.shape)
        if view.dtype.startswith("float"):
            inputs[view.name] = rng.normal(size=shape).astype(view.dtype)
        elif view.dtype == "uint8":
            inputs[view.name] = rng.integers(0, 256, shape).astype(view.dtype)
        else:
            numbers = view.info.get("cardinalities") or view.info.get("vocabulary") or 2
            inputs[view.name] = rng.integers(0, np.asarray(numbers), shape).astype(view.dtype)
    return inputs


def _versions(kind: Format) -> dict[str, str]:
    from .bundle import versions

    made = versions()
    for package in (*kind.writers[made["backend"]], kind.runtime):
        with contextlib.suppress(metadata.PackageNotFoundError):  # onnxruntime has several names
            made[package] = metadata.version(package)
    return made


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def _short(text: str, most: int = 400) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]} ..."
