"""``python -m kerasnas.demo``: search, judge and save; then start a second task from what the first one learned."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import options
from .comparison import Compared, compare, related, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns 0 where everything ran, whatever the figures say."""
    parser = argparse.ArgumentParser(prog="python -m kerasnas.demo", description=__doc__)
    options(parser)
    show(parser.parse_args(arguments))
    return 0


def show(given: argparse.Namespace) -> dict[str, Any]:
    """Run the demo and print what it gave.

    Args:
        given: The values of ``options``.

    Returns:
        The figures, JSON: accuracies on the held-out rows, the bundle, and the second task's curves.
    """
    given.folder.mkdir(parents=True, exist_ok=True)
    store = given.folder / "store.db"
    for old in given.folder.glob("store.db*"):
        old.unlink()
    compared = compare(
        given.seed, store, minutes=given.minutes, single_minutes=given.minutes / 4, progress=True
    )
    bundle = compared.search.best.save(given.folder / "clipart.kn")
    verdict(compared, bundle)
    curves = second(store, given.seed, given.trials)
    return {
        "rows": compared.rows,
        "all modalities": compared.multimodal,
        "one modality": compared.single,
        "linear probe": compared.probe.holdout,
        "beaten": compared.beaten,
        "bundle": str(bundle),
        "second task": curves,
    }


def verdict(compared: Compared, bundle: Path) -> None:
    """Print what the comparison gave: the truth, whatever it is."""
    best = compared.search.best
    best_single = compared.best_single
    print(f"\nOn {compared.rows} held-out rows, which no search saw (accuracy):")
    of = "" if len(best.members) == 1 else f", {len(best.members)} networks averaged"
    print(
        f"  best model over all modalities  {compared.multimodal:.3f}   (validation {best.validation:.3f}{of})"
    )
    for modality, figure in compared.single.items():
        print(
            f"  {modality + ' alone':32}{figure:.3f}{'   best single modality' if modality == best_single else ''}"
        )
    print(
        f"  linear probe over all           {compared.probe.holdout:.3f}   (validation {compared.probe.validation:.3f})"
    )
    beaten = [
        name
        for name, value in (
            ("the best single modality", compared.single[best_single]),
            ("the linear probe", compared.probe.holdout),
        )
        if compared.multimodal > value
    ]
    print(f"The search over all modalities beat {' and '.join(beaten) if beaten else 'neither reference'}.")
    print(f"Saved: {bundle}\n\nThe model, as code:\n")
    print(best.source())


def second(store: Path, seed: int, trials: int) -> dict[str, list[float]]:
    """A related task, cold and warm: prints and returns the best validation accuracy after each trial."""
    from .. import spaces
    from ..run.budget import Budget

    task = related(seed)
    print(f"\nA second, related task: {task.describe()}\n")
    curves = {}
    for name, warm in (("cold", False), ("warm", True)):
        print(f"Searching {name}, {trials} trials.")
        search = run(
            task,
            spaces.multimodal(task),
            Budget(trials=trials),
            store,
            seed=seed,
            progress=True,
            warm=warm,
            finalists=1,
        )
        best, curve = float("-inf"), []
        for trial in search.trials:
            if not trial.trained:
                continue
            best = max(best, trial.value if trial.value is not None else best)
            curve.append(best)
        curves[name] = (curve, search)
    print("\nBest validation accuracy after each trial:")
    print("  trial " + " ".join(f"{i + 1:>6}" for i in range(max(len(c) for c, _ in curves.values()))))
    for name, (curve, _) in curves.items():
        print(f"  {name:5} " + " ".join(f"{v:6.3f}" for v in curve))
    for name, (_, search) in curves.items():
        print(f"  {name}: the best model's held-out accuracy {search.best.holdout:.3f}")
    print(f"\n{curves['warm'][1].explain_warm_start()}")
    return {name: curve for name, (curve, _) in curves.items()}


if __name__ == "__main__":
    sys.exit(main())
