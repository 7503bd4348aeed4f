"""What a person asks of a search's records: the leaderboard as a table, the status as a dict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .history import History

if TYPE_CHECKING:
    import pandas as pd

    from meta_store import FinalRecord, Snapshot, TrialRecord

COUNTED = ("completed", "failed", "refused", "stopped", "running")


def leaderboard(trials: Sequence[TrialRecord], finals: Sequence[FinalRecord], direction: str) -> pd.DataFrame:
    """Trials as a table, the best first; those without a value last.

    Args:
        trials: All trials.
        finals: Finalists.
        direction: "max" or "min".

    Returns:
        Columns ``trial``, ``state``, ``validation``, ``held-out``, ``parameters``, ``flops``, ``epochs``,
        ``seconds``, ``origin``, then one for every decision; the index is the rank, from 1.
    """
    import pandas as pd

    held = {f.number: f.holdout for f in finals}
    ranked = History((t for t in trials if t.state != "running"), direction).ranked()
    places = {t.number: place for place, t in enumerate(ranked)}
    ordered = sorted(trials, key=lambda t: (places.get(t.number, len(places)), t.number))
    columns = [
        "trial",
        "state",
        "validation",
        "held-out",
        "parameters",
        "flops",
        "epochs",
        "seconds",
        "origin",
    ]
    decisions = list(dict.fromkeys(path for t in trials for path in t.genotype))
    rows = [
        [
            t.number, t.state, _number(t.value), _number(held.get(t.number)), t.cost.get("parameters"), t.cost.get("flops"),
            t.cost.get("epochs", len(t.curve)), t.cost.get("seconds"), t.origin, *(t.genotype.get(path) for path in decisions),
        ]
        for t in ordered
    ]  # fmt: skip
    return pd.DataFrame(
        rows, columns=[*columns, *decisions], index=pd.RangeIndex(1, len(rows) + 1, name="rank")
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def status(snapshot: Snapshot, *, state: str, direction: str, metric: str, store: str) -> dict[str, Any]:
    """A search in a dict of plain values; see ``Search.status``, which adds the size of the run folder."""
    search = snapshot.search
    ranked = History((t for t in snapshot.trials if t.state != "running"), direction).ranked()
    result = snapshot.result
    return {
        "id": search.id,
        "state": state,
        "reason": search.reason,
        "doing": search.progress.get("doing", "") if state in ("running", "finalising", "stopping") else "",
        "trials": {name: sum(t.state == name for t in snapshot.trials) for name in COUNTED},
        "metric": metric,
        "best": None if not ranked else {"trial": ranked[0].number, "validation": ranked[0].value},
        "final": None
        if result is None
        else {
            "trial": result.members[0],
            "members": list(result.members),
            "validation": result.validation,
            "held-out": result.holdout,
        },
        "used": {
            "trials": search.progress.get("trials", 0),
            "minutes": round(float(search.progress.get("seconds", 0.0)) / 60, 3),
            "epochs": search.progress.get("epochs", 0),
        },
        "budget": dict(search.budget),
        "features": list(search.progress.get("features", ())),
        "commands": [c.verb for c in snapshot.commands if c.state == "requested"],
        "pid": search.pid,
        "worker_pid": search.progress.get("worker_pid"),
        "run_folder": search.run_folder,
        "store": store,
    }


def held_out(figure: float | None) -> str:
    """A held-out figure in words."""
    return "no held-out rows" if figure is None else f"held-out {figure:.4f}"
