"""No candidate takes the whole of a search that has minutes to spend.

A candidate is ended once its epochs say that it will take more than its share of the minutes, or once it has been both slower
and worse than most. What a model costs in seconds is not known before: it depends on the device, on what is compiled, and on how
the rows are fed. Where time is no limit nothing is ended, so that the same seed gives the same search.

Source of the second rule: the median stopping rule of Golovin et al., "Google Vizier: a service for black-box optimization",
2017; here only those who cost more than most have to justify it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from .history import History

SHARE = 0.15  # of the minutes
TIMES = 3.0  # a candidate may always take this many times the seconds of the quickest: perhaps everything is slow here
ENOUGH = 4  # completed trials from which on there is a "most"

Cause = dict[str, str]


def ended(
    history: History, minutes: float | None, curve: Sequence[Mapping[str, Any]], *, first: float, now: float
) -> Cause | None:
    """Why a candidate is ended in the midst of its training, as a trial's error; None while it may go on.

    Args:
        history: Its epochs and seconds tell how many epochs a candidate takes, and what the others took. While nothing has been
            completed, a candidate may take as long as it likes.
        minutes: Of the budget; None where time is no limit.
        curve: The figures of the candidate's epochs so far.
        first: Seconds that it took until the end of its first epoch, with all that is built and compiled.
        now: Seconds that it has taken so far.
    """
    done = [r for r in history.records.values() if r.trained and r.state == "completed"]
    if minutes is None or len(curve) < 2 or not done:
        return None
    seconds = [float(r.cost.get("seconds") or 0.0) for r in done]
    usual = median(int(r.cost.get("epochs") or 1) for r in done)
    epoch = len(curve)
    whole = first + (now - first) / (epoch - 1) * (max(usual, epoch) - 1)
    most = max(60 * minutes * SHARE, TIMES * min(seconds))
    if whole > most:
        return {
            "kind": "timeout",
            "message": f"Ended after {epoch} epochs: its training would have taken {whole:.0f} s, and one candidate may take "
            f"{most:.0f} s of {minutes:g} minutes. Give more minutes, or limits={{'flops': ...}} so that none like it is tried.",
        }
    own = history.best_until(curve, epoch)
    if len(done) < ENOUGH or own is None or now <= median(seconds):
        return None
    rivals = [best for r in done if (best := history.best_until(r.curve, epoch)) is not None]
    if len(rivals) < ENOUGH or not history.better(median(rivals), own):
        return None
    return {
        "kind": "behind",
        "message": f"Ended after {epoch} epochs: it took longer than most ({now:.0f} s), and was worse than most after as many epochs "
        f"({own:.4f}, and they {median(rivals):.4f}).",
    }
