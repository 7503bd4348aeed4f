"""The module that lies beside an exported model and runs it without kerasnas."""

from __future__ import annotations

from .formats import Format

NAME = "predict.py"

TEXT = '''\
"""Predict with {file}; NumPy and {runtime} are all that this needs.

    python predict.py inputs.npz predictions.npz

inputs.npz holds an array for each input that model.json lists; README.md says how raw rows become one.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
FACTS = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
BATCH = 256

{run}

def outputs(inputs):
    """What the model says: logits ``(rows, classes)``, or standardised numbers ``(rows, 1)``."""
    fed = {{told["name"]: np.asarray(inputs[told["name"]], told["dtype"]) for told in FACTS["inputs"]}}
    rows = len(next(iter(fed.values())))
    return np.concatenate([run({{k: v[i : i + BATCH] for k, v in fed.items()}}) for i in range(0, rows, BATCH)])


def read(said):
    """What the outputs mean: classes, or 0 and 1 for each label, with their probabilities; or numbers and None."""
    told, said = FACTS["output"], said.astype("float64")
    if told["kind"] == "numbers":
        numbers = said * np.asarray(told["spread"]) + np.asarray(told["mean"])
        return (numbers if told["classes"] else numbers[:, 0]), None
    if told["kind"] == "labels":
        shares = 1 / (1 + np.exp(-said))
        return (shares >= 0.5).astype("int64"), shares
    shares = np.exp(said - said.max(axis=1, keepdims=True))
    shares = shares / shares.sum(axis=1, keepdims=True)
    return np.array([told["classes"][i] for i in shares.argmax(axis=1)]), shares


if __name__ == "__main__":
    with np.load(sys.argv[1], allow_pickle=False) as file:
        said = outputs(dict(file))
    predictions, shares = read(said)
    more = {{}} if shares is None else {{"probabilities": shares}}
    np.savez(sys.argv[2], outputs=said, predictions=predictions, **more)
'''


def written(kind: Format, own: str = "") -> str:
    """The module for a format.

    Args:
        kind: The format.
        own: Code of layers that are not of its runtime.
    """
    return TEXT.format(file=kind.file, runtime=kind.runtime, run=kind.run.replace("{own}", own))
