"""What a person asks of a search's records: the leaderboard as a table, the status as a dict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..objectives.costs import COSTS, vector
from ..objectives.pareto import front
from .history import History

if TYPE_CHECKING:
    import pandas as pd

    from meta_store import FinalRecord, Snapshot, TrialRecord

COUNTED = ("completed", "failed", "refused", "stopped", "running")


def on_front(trials: Iterable[TrialRecord], minimise: Sequence[str], direction: str) -> set[int]:
    """Numbers of the trials that no other is better than in metric and costs; one of which a cost is not known is none of them.

    Args:
        trials: Those that were trained and have a value.
        minimise: Names in ``objectives.costs``.
        direction: The metric's, "max" or "min".
    """
    points = {t.number: vector(float(t.value or 0.0), t.cost, minimise, direction) for t in trials}
    known = [number for number, point in points.items() if all(map(math.isfinite, point))]
    return {known[place] for place in front([points[number] for number in known])}


def pareto(
    trials: Sequence[TrialRecord], finals: Sequence[FinalRecord], direction: str, minimise: Sequence[str]
) -> pd.DataFrame:
    """The rows of ``leaderboard`` that are on the front, the best by metric first; ``bundle`` is where a finalist's model lies, else empty."""
    board = leaderboard(trials, finals, direction, minimise=minimise)
    bundles = {f.number: f.bundle for f in finals}
    found = board[board["front"]].drop(columns="front")
    found.insert(4, "bundle", [bundles.get(number, "") for number in found["trial"]])
    return found


def leaderboard(
    trials: Sequence[TrialRecord],
    finals: Sequence[FinalRecord],
    direction: str,
    *,
    minimise: Sequence[str] = (),
    limits: Iterable[str] = (),
) -> pd.DataFrame:
    """Trials as a table, the best first; those without a value last.

    Args:
        trials: All trials.
        finals: Finalists.
        direction: "max" or "min".
        minimise: Costs that are objectives beside the metric.
        limits: Costs that are limited.

    Returns:
        Columns ``trial``, ``state``, ``validation``, ``held-out``, ``parameters``, ``flops``, further costs that are asked for
        (``activations``, ``model_size``, ``latency_ms``), ``epochs``, ``seconds``, ``origin``, then one for every decision; the index is
        the rank by the metric, from 1. With several objectives ``front`` after ``state`` says which no other trial is better than.
    """
    import pandas as pd

    held = {f.number: f.holdout for f in finals}
    ranked = History((t for t in trials if t.state != "running"), direction).ranked()
    places = {t.number: place for place, t in enumerate(ranked)}
    ordered = sorted(trials, key=lambda t: (places.get(t.number, len(places)), t.number))
    asked = [kind.key for name, kind in COSTS.items() if name in {*minimise, *limits}]
    costs = list(dict.fromkeys(["parameters", "flops", *asked]))
    columns = ["trial", "state", "validation", "held-out", *costs, "epochs", "seconds", "origin"]
    decisions = list(dict.fromkeys(path for t in trials for path in t.genotype))
    rows = [
        [
            t.number, t.state, _number(t.value), _number(held.get(t.number)), *(t.cost.get(key) for key in costs),
            t.cost.get("epochs", len(t.curve)), t.cost.get("seconds"), t.origin, *(t.genotype.get(path) for path in decisions),
        ]
        for t in ordered
    ]  # fmt: skip
    board = pd.DataFrame(
        rows, columns=[*columns, *decisions], index=pd.RangeIndex(1, len(rows) + 1, name="rank")
    )
    if minimise:
        on = on_front(ranked, minimise, direction)
        board.insert(2, "front", [t.number in on for t in ordered])
    return board


def with_lines(board: pd.DataFrame, lines: pd.DataFrame, direction: str) -> pd.DataFrame:
    """A leaderboard with the lines to beat where they belong: ``state`` says "line to beat", ``origin`` which one, ``trial`` nothing.

    Args:
        board: What ``leaderboard`` gave.
        lines: What ``Search.lines_to_beat`` gave.
        direction: "max" or "min".
    """
    import pandas as pd

    rows: list[dict[Any, Any]] = board.astype({"trial": "Int64"}).to_dict("records")
    for line in lines.to_dict("records"):
        better = [
            r["validation"] >= line["validation"]
            if direction == "max"
            else r["validation"] <= line["validation"]
            for r in rows
        ]
        row = {
            "trial": pd.NA,
            "state": "line to beat",
            "validation": line["validation"],
            "origin": line["name"],
        }
        if "front" in board:
            row["front"] = False
        rows.insert(sum(better), {**row, "seconds": line["seconds"]})
    found = pd.DataFrame(rows, columns=board.columns, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))
    return found.astype({"trial": "Int64"})


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
