"""Whether a candidate whose training was interrupted is trained again.

A death of its process says little of the candidate where the candidate had got further before it; one that takes its process with it
time and again, without getting further, is given up. So deaths are counted in a row, the worker's and the runner's apart, and the count
begins anew when the candidate has finished more epochs than in any attempt before. Deaths between two trainings, while a runner or worker
starts, count for nothing. The count lies in the trial's cost, as ``interrupted``, so that the next runner knows it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meta_store import TrialRecord

MOST = {
    "worker": 2,
    "runner": 5,
}  # deaths in a row: a worker mostly dies of what it trains, a runner of something else


def interrupted(record: TrialRecord, who: str, epochs: int) -> TrialRecord | None:
    """The next attempt of a trial; None where it is given up.

    Args:
        record: The trial.
        who: "worker" or "runner": whose process died.
        epochs: Epochs that were finished when it died.
    """
    known = record.cost.get("interrupted") or {"epochs": 0}
    further = epochs > known["epochs"]
    count = 1 if further else known.get(who, 0) + 1
    if count >= MOST[who]:
        return None
    kept = {} if further else {name: known[name] for name in MOST if name in known}
    noted = {**kept, who: count, "epochs": max(epochs, known["epochs"])}
    return replace(record, attempt=record.attempt + 1, cost={**record.cost, "interrupted": noted})
