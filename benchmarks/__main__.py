"""``python -m benchmarks list`` and ``python -m benchmarks run NAME [--seeds N]``."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import datetime
import importlib
import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results"
PACKAGES = ("kerasnas", "keras", "tensorflow", "keras-tuner", "scikit-learn", "numpy", "transformers")


def benchmarks() -> dict[str, str]:
    """Every benchmark's name and its one-line summary, read without importing it."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def machine() -> dict[str, object]:
    """Where and with what a benchmark ran."""
    return {
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "cores_used": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
    }


def run(name: str, seeds: int | None) -> int:
    """Run one benchmark, print one JSON line a figure, write ``results/NAME.json`` after each.

    Figures of an earlier run that this one does not repeat are kept, each with the machine and date that it is of.
    """
    module = importlib.import_module(f".{name}", __package__)
    path = RESULTS / f"{name}.json"
    known = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else []
    kept = {(figure["name"], tuple(figure["seeds"])): figure for figure in known}
    RESULTS.mkdir(exist_ok=True)
    for figure in module.run(seeds if seeds is not None else getattr(module, "SEEDS", 1)):
        record = {**dataclasses.asdict(figure), "machine": machine()}
        kept[figure.name, figure.seeds] = record
        print(json.dumps(record), flush=True)
        document = {"benchmark": name, "figures": list(kept.values())}
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the benchmarks and what each shows")
    runner = commands.add_parser("run", help="run one benchmark")
    runner.add_argument("name", choices=sorted(benchmarks()))
    runner.add_argument(
        "--seeds", type=int, default=None, help="how many seeds (default: the benchmark's own)"
    )
    given = parser.parse_args(arguments)
    if given.command == "list":
        for name, summary in benchmarks().items():
            print(f"{name:24} {summary}")
        return 0
    return run(given.name, given.seeds)


if __name__ == "__main__":
    sys.exit(main())
