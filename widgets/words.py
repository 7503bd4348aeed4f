"""How the panel writes numbers, times, choices and causes. Plain functions of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DASH = "\N{EN DASH}"

STATE_NAMES = {
    "new": "not started",
    "starting": "starting",
    "created": "starting",
    "running": "running",
    "paused": "paused",
    "stopping": "stopping",
    "finalising": "judging the finalists",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
    "lost": "runner lost",
}
ENDED = ("finished", "stopped", "failed")

_CAUSES: dict[str, tuple[str, str]] = {
    "memory": (
        "out of memory",
        "Smaller batches or a limit on parameters (`limits=`) keep such candidates out.",
    ),
    "nan": (
        "the loss became NaN",
        "A lower learning rate usually helps; the search goes on without this candidate.",
    ),
    "shape": (
        "tensor shapes do not fit",
        "The space allows a combination that cannot be built; restrict one of its decisions.",
    ),
    "timeout": (
        "the trial ran out of its time",
        "Raise the time limit of a trial, or leave the dearest options out.",
    ),
    "behind": (
        "slower and worse than most",
        "Its best epoch until then is kept. It is ended so that more candidates fit into the time.",
    ),
    "killed": (
        "the worker process was killed",
        "Often the machine ran out of memory. The search goes on with a fresh worker.",
    ),
}
_ALIASES = {"out_of_memory": "memory", "space": "shape", "worker_died": "killed"}


def duration(seconds: float) -> str:
    """Seconds as a person says them: "8 s", "3 min 20 s", "2 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min" if rest >= 60 else f"{hours} h"


def count(number: float, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 trial", "1,204 trials"."""
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"


def amount(number: float | None) -> str:
    """A large count in three figures: "850", "12.4 k", "3.1 M"; a dash for None."""
    if number is None:
        return DASH
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(number) >= size:
            scaled = number / size
            return f"{scaled:.0f} {unit}" if scaled >= 100 else f"{scaled:.1f} {unit}"
    return f"{number:.0f}"


def choice(value: Any) -> str:
    """One decision's value, short: 0.000312 -> "3.12e-04", None -> "none"."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2e}" if value and not 1e-3 <= abs(value) < 1e5 else f"{value:.4g}"
    return str(value)


def differences(genotype: Mapping[str, Any], default: Mapping[str, Any], most: int = 4) -> str:
    """What a genotype chooses otherwise than the default: "encoder=convolution, depth=3, +2 more"."""
    changed = [path for path, value in genotype.items() if path not in default or default[path] != value]
    if not changed:
        return "all defaults"
    tails = [path.rpartition("/")[2] for path in genotype]
    shown = []
    for path in changed[:most]:
        tail = path.rpartition("/")[2]
        name = tail if tails.count(tail) == 1 else "/".join(path.split("/")[-2:])
        shown.append(f"{name}={choice(genotype[path])}")
    rest = len(changed) - len(shown)
    return ", ".join(shown) + (f", +{rest} more" if rest else "")


def cause(error: Mapping[str, Any] | None) -> tuple[str, str]:
    """One line on why a trial failed, and one on what to do.

    Args:
        error: A trial's ``error`` record: ``kind``, ``message``, ``trace``.

    Returns:
        (cause, advice). The advice is empty where the kind is not known.
    """
    if not error:
        return "no cause was recorded", ""
    kind = str(error.get("kind", ""))
    message = next(
        (line.strip() for line in str(error.get("message") or "").splitlines() if line.strip()), ""
    )
    known = _CAUSES.get(_ALIASES.get(kind, kind))
    if known is None:
        return clip(message or kind or "no cause was recorded", 200), ""
    return clip(f"{known[0]} ({message})" if message else known[0], 200), known[1]


def clip(text: str, most: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def tail(text: str, most: int = 4000) -> str:
    """The end of a long text, from the start of a line: the cause of a trace stands last."""
    if len(text) <= most:
        return text
    return "…\n" + text[-most:].partition("\n")[2]
