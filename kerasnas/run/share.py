"""No candidate takes the whole of a search that has minutes to spend.

A candidate is ended once its epochs say that it will take more than its share of the minutes. What a model costs in seconds is not known
before: it depends on the device, on what is compiled, and on how the rows are fed.
"""

from __future__ import annotations

from statistics import median

from .history import History

SHARE = 0.15  # of the minutes
TIMES = 3.0  # a candidate may always take this many times the seconds of the quickest: perhaps everything is slow here


def too_long(history: History, minutes: float | None, *, epoch: int, first: float, now: float) -> str | None:
    """Why a candidate is ended in the midst of its training; None while it may go on.

    Args:
        history: Its epochs and seconds tell how many epochs a candidate takes, and what the quickest took. While nothing has been
            completed, a candidate may take as long as it likes.
        minutes: Of the budget; None where time is no limit.
        epoch: Epochs that it has trained.
        first: Seconds that it took until the end of its first epoch, with all that is built and compiled.
        now: Seconds that it has taken so far.
    """
    done = [r for r in history.records.values() if r.trained and r.state == "completed"]
    if minutes is None or epoch < 2 or not done:
        return None
    usual = median(int(r.cost.get("epochs") or 1) for r in done)
    whole = first + (now - first) / (epoch - 1) * (max(usual, epoch) - 1)
    most = max(60 * minutes * SHARE, TIMES * min(float(r.cost.get("seconds") or 0.0) for r in done))
    if whole <= most:
        return None
    return (
        f"Ended after {epoch} epochs: its training would have taken {whole:.0f} s, and one candidate may take {most:.0f} s of "
        f"{minutes:g} minutes. Give more minutes, or limits={{'flops': ...}} so that none like it is tried."
    )
