"""The commands around a bundle: ``predict``, ``export``, and the ``demo`` that makes one."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from .errors import BundleError


def add_verbs(verbs: Any) -> None:
    """Add the commands to a parser."""
    from . import demo

    predict = verbs.add_parser("predict", help="predict the rows of a CSV file")
    predict.add_argument("bundle", help="a bundle, NAME.kn")
    predict.add_argument("file", help="CSV file with the columns that the model learned from")
    predict.add_argument("--proba", action="store_true", help="class probabilities beside the label")
    predict.add_argument("--out", metavar="CSV", help="where to write; the standard output if not given")
    json_option(predict)

    export = verbs.add_parser("export", help="write a bundle's model for another runtime, and prove it there")
    export.add_argument("bundle", help="a bundle, NAME.kn")
    export.add_argument("path", help="a new folder, for the model and what is needed to use it")
    export.add_argument(
        "--format", default="saved_model", help="keras, saved_model (default), litert or onnx"
    )
    export.add_argument("--rows", metavar="FILE", help="rows to prove it on; made-up inputs if not given")
    json_option(export)

    shown = verbs.add_parser("demo", help="search, judge and save on data that ships with the project")
    demo.options(shown)
    json_option(shown)


def json_option(command: argparse.ArgumentParser) -> None:
    """Add ``--json`` to a command."""
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def predict(given: argparse.Namespace) -> int:
    """Predict a file's rows."""
    import pandas as pd

    from .data.reading import read
    from .export import load
    from .problems import get
    from .problems.base import array_of
    from .problems.quantile import LEVELS

    frame, base = read(given.file)
    predictor = load(given.bundle)
    numeric = get(predictor.problem).numeric
    if given.proba and numeric:
        raise BundleError("--proba is for classes; this bundle predicts a number.")
    said = predictor.predict(frame, base=base)
    chances = predictor.predict_proba(frame, base=base) if given.proba else None
    names = predictor.classes or [f"{predictor.target} {level:.0%}" for level in LEVELS]
    several = dict(zip(names, said.T, strict=True)) if said.ndim == 2 else {}
    if said.dtype == object:  # labels, as a cell may hold them
        said = array_of([";".join(map(str, each)) if isinstance(each, list) else each for each in said])
    out = pd.DataFrame(several or {predictor.target: said})
    for position, name in enumerate(predictor.classes if chances is not None else ()):
        out[f"p({name})"] = chances[:, position]  # type: ignore[index]
    if given.out or not given.json:
        out.to_csv(given.out or sys.stdout, index=False)
    if given.json:
        told = {
            "target": predictor.target,
            "problem": predictor.problem,
            "rows": len(out),
            "saved": given.out,
        }
        if not given.out:
            told["predictions"] = said.tolist()
            if chances is not None:
                told |= {"classes": predictor.classes, "probabilities": chances.tolist()}
        print(json.dumps(told))
    return 0


def export(given: argparse.Namespace) -> int:
    """Export a bundle's model."""
    from .export import load
    from .export.guide import FACTS

    rows, base = None, None
    if given.rows:
        from .data.reading import read

        rows, base = read(given.rows)
    folder = load(given.bundle).export(given.path, given.format, rows=rows, base=base)
    told = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    if given.json:
        print(json.dumps({"saved": str(folder), **told}))
        return 0
    proof = told["proof"]
    print(f"saved: {folder}")
    print(
        f"proven on {proof['rows']} {proof['of']}: it differs from the Keras model by {proof['difference']:.2g} at most"
    )
    print(f"how to use it: {Path(folder) / 'README.md'}")
    return 0


def demo(given: argparse.Namespace) -> int:
    """Run the demo; with ``--json`` its lines go to the error output."""
    from .demo.__main__ import show

    if not given.json:
        show(given)
        return 0
    with contextlib.redirect_stdout(sys.stderr):
        told = show(given)
    print(json.dumps(told))
    return 0
