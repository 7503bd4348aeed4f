"""What lies beside an exported model: the facts that its runner reads, and a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import problems
from ..problems.quantile import LEVELS
from . import script
from .formats import Format

if TYPE_CHECKING:
    from .predictor import Predictor

FACTS, PAGE = "model.json", "README.md"
FORMAT = 1
MEANING = {
    "classes": "logits, one a class",
    "labels": "logits, one a label, each on its own",
    "logarithms": "standardised logarithms: value = exp(output * spread + mean)",
    "quantiles": "quantiles of a standardised number: value = output * spread + mean",
    "numbers": "standardised numbers: value = output * spread + mean",
}


def facts(predictor: Predictor, kind: Format, model: Any, made_with: Mapping[str, str]) -> dict[str, Any]:
    """Inputs, output and what must be done outside, JSON.

    Args:
        predictor: Whose model is exported.
        kind: To what.
        model: As exported.
        made_with: Library -> version.
    """
    inputs = []
    for tensor in model.inputs:
        adapter = predictor.preprocessor.adapter(tensor.name)
        inputs.append(
            {
                "name": tensor.name,
                "shape": list(tensor.shape),
                "dtype": str(tensor.dtype),
                "columns": list(adapter.columns),
                "made_by": adapter.kind,
                "meaning": (type(adapter).__doc__ or adapter.kind).partition("\n")[0],
                "facts": {
                    k: v
                    for k, v in adapter.view.info.items()
                    if k not in ("columns", "numbers", "folder", "path")
                },
            }
        )
    mean, spread = predictor.scaling
    outcome = problems.get(predictor.problem).outcome
    name, output = (
        next(iter(model.output.items())) if isinstance(model.output, dict) else ("output", model.output)
    )
    return {
        "format": FORMAT,
        "kind": kind.name,
        "file": kind.file,
        "bundle": predictor.name,
        "task": predictor.card["task"],
        "inputs": inputs,
        "output": {
            "name": name,
            "shape": list(output.shape),
            "target": predictor.target,
            "kind": outcome,
            "meaning": MEANING[outcome],
            "classes": predictor.classes,
            "mean": mean,
            "spread": spread,
        },
        "made_with": dict(made_with),
        "trained_with": predictor.versions,
    }  # fmt: skip


def page(told: Mapping[str, Any], kind: Format) -> str:
    """The page for people.

    Args:
        told: As ``facts``, with ``proof``.
        kind: The format.
    """
    output, proof = told["output"], told["proof"]
    classes = output["classes"]
    shown = ", ".join(f"`{c}`" for c in classes[:20]) + (
        f" and {len(classes) - 20} more" if len(classes) > 20 else ""
    )
    cooled = (
        "" if output["spread"] == 1 else f", of logits divided by the temperature {output['spread']:.6g},"
    )
    if output["kind"] == "classes":
        meaning = f"logits of {len(classes)} classes in this order: {shown}. Their softmax{cooled} gives probabilities."
    elif output["kind"] == "labels":
        meaning = f"logits of {len(classes)} labels in this order: {shown}. Each one's sigmoid{cooled} is its probability."
    elif output["kind"] == "logarithms":
        meaning = f"one standardised logarithm; `exp(output * {output['spread']:.9g} + {output['mean']:.9g})` is in original units."
    elif output["kind"] == "quantiles":
        meaning = (
            f"quantiles of one standardised number, {', '.join(f'{level:.0%}' for level in LEVELS)}; "
            f"`output * {output['spread']:.9g} + {output['mean']:.9g}`, sorted, is in original units."
        )
    elif classes:
        meaning = (
            f"{len(classes)} standardised numbers in this order: {shown}; `output * spread + mean`, with those of `{FACTS}`, is in "
            "original units."
        )
    else:
        meaning = f"one standardised number; `output * {output['spread']:.9g} + {output['mean']:.9g}` is in original units."
    lines = [
        f"# {told['task']}, as {kind.label}",
        "",
        f"Predicts **{output['target']}**. Exported from the bundle `{told['bundle']}`, whose card is `card.md` here.",
        "",
        f"- `{kind.file}`: the model; it needs `{kind.runtime}` and nothing of kerasnas",
        f"- `{script.NAME}`: runs it and turns its output into classes or numbers; NumPy and `{kind.runtime}` alone",
        f"- `{FACTS}`: its inputs and its output, for programs",
        *(["- `source.py`: `build_model()` builds the same network in plain Keras; the weights of the file fit it"] if told.get("source") else []),
        "",
        "## From raw rows to a prediction",
        "",
        "Preprocessing stays outside of the file. Where kerasnas is installed, raw rows become inputs by",
        "",
        "```python",
        "import numpy as np",
        "import pandas as pd",
        "",
        "import kerasnas as kn",
        "",
        f"predictor = kn.load({json.dumps(told['bundle'], ensure_ascii=False)})",
        'np.savez("inputs.npz", **predictor.inputs(pd.read_csv("rows.csv")))',
        "```",
        "",
        "and where it is not, these become predictions by",
        "",
        f"    python {script.NAME} inputs.npz predictions.npz",
        "",
        "## Inputs",
        "",
        "| name | shape | type | columns | what it is |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| `{each['name']}` | {' x '.join('rows' if n is None else str(n) for n in each['shape'])} | {each['dtype']} | "
            f"{', '.join(_cell(c) for c in each['columns'])} | {_cell(each['meaning'])} |"
            for each in told["inputs"]
        ),
        "",
        f"All of it was fitted on the training rows and lies in the bundle, as `preprocessing/` ({', '.join(sorted({each['made_by'] for each in told['inputs']}))}).",
        "",
        "## Output",
        "",
        f"One array, {' x '.join('rows' if n is None else str(n) for n in output['shape'])}: {meaning}",
        "",
        "## Proof",
        "",
        f"`{script.NAME}` was run in a process of its own on {proof['rows']} {proof['of']}: its outputs and those of the Keras model "
        f"differ by {proof['difference']:.2g} at most ({proof['allowed']:.2g} allowed).",
        *(["", "The network was trained in half precision; here it computes in float32."] if told.get("half") else []),
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
