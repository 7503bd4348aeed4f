"""What a terminal shows of a running search: a live table where it can be redrawn, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Self

from .history import History
from .views import held_out

if TYPE_CHECKING:
    from rich.console import RenderableType

    from meta_store import EnsembleRecord, Snapshot, TrialRecord

    from .watch import Watch

ROWS = 10
CUT = {"timeout": ": it takes too long", "behind": ": slower and worse than most"}


class Silent:
    """Shows nothing of the search; says what must be said."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def show(self, snapshot: Snapshot, state: str) -> None:
        """Take the newest snapshot."""

    def say(self, text: str) -> None:
        """Say something."""
        print(text, file=sys.stderr)


class Lines(Silent):
    """One line for every change of state, finished trial and finalist, and for where frozen features come from.

    Args:
        direction: "max" or "min".
        metric: The objective.
    """

    def __init__(self, direction: str, metric: str) -> None:
        self._direction, self._metric = direction, metric
        self._state = ""
        self._told: set[tuple[str, object]] = set()

    def show(self, snapshot: Snapshot, state: str) -> None:
        """See ``Silent``."""
        for line in snapshot.search.progress.get("features", ()):
            if ("features", line) not in self._told:
                self._told.add(("features", line))
                self.say(line)
        ranked = _ranked(snapshot, self._direction)
        best = f"best {ranked[0].value:.4f} (trial {ranked[0].number})" if ranked else "no best yet"
        for trial in snapshot.trials:
            if trial.state != "running" and ("trial", trial.number) not in self._told:
                self._told.add(("trial", trial.number))
                self.say(f"trial {trial.number}: {_outcome(trial, self._metric)}; {best}; {spent(snapshot)}")
        for final in snapshot.finals:
            if ("final", final.number) not in self._told:
                self._told.add(("final", final.number))
                self.say(
                    f"finalist {final.number} (place {final.rank}): validation {final.validation:.4f}, {held_out(final.holdout)}"
                )
        ensemble = snapshot.ensemble
        if ensemble is not None and ("ensemble", ensemble.members) not in self._told:
            self._told.add(("ensemble", ensemble.members))
            self.say(in_words(ensemble))
        if state != self._state:
            self._state = state
            reason = (
                f": {snapshot.search.reason}"
                if snapshot.search.reason and state in ("finished", "stopped", "paused")
                else ""
            )
            self.say(f"{state}{reason}")

    def say(self, text: str) -> None:
        """See ``Silent``."""
        print(text, flush=True)


class Table(Silent):
    """A table that is redrawn in its place.

    Args:
        search: The search's id.
        direction: "max" or "min".
        metric: The objective.
        task: The task's name.
    """

    def __init__(self, search: str, direction: str, metric: str, task: str) -> None:
        from rich.console import Console
        from rich.live import Live

        self._search, self._direction, self._metric, self._task = search, direction, metric, task
        self._console = Console()
        self._live = Live(console=self._console, refresh_per_second=4, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot, state: str) -> None:
        """See ``Silent``."""
        self._live.update(self._draw(snapshot, state))

    def say(self, text: str) -> None:
        """See ``Silent``."""
        self._console.print(text)

    def _draw(self, snapshot: Snapshot, state: str) -> RenderableType:
        from rich.console import Group
        from rich.table import Table as RichTable
        from rich.text import Text

        ranked = _ranked(snapshot, self._direction)
        held = {f.number: f.holdout for f in snapshot.finals}
        doing = snapshot.search.progress.get("doing", "")
        table = RichTable(title=f"{self._task}: search {self._search}", title_justify="left")
        for name, side in (
            ("rank", "right"), ("trial", "right"), (f"validation {self._metric}", "right"), ("held-out", "right"), ("parameters", "right"),
            ("epochs", "right"), ("origin", "left"),
        ):  # fmt: skip
            table.add_column(name, justify="right" if side == "right" else "left")
        for place, trial in enumerate(ranked[:ROWS], start=1):
            judged = held.get(trial.number)
            table.add_row(
                str(place), str(trial.number), f"{trial.value:.4f}", "" if judged is None else f"{judged:.4f}",
                _amount(trial.cost.get("parameters")), str(trial.cost.get("epochs", "")), trial.origin,
            )  # fmt: skip
        failed = [t for t in snapshot.trials if t.state == "failed"]
        lines = [
            f"{state}  {spent(snapshot)}  {doing}",
            *snapshot.search.progress.get("features", ()),
        ]
        if failed:
            lines.append(
                f"{len(failed)} failed, the latest: trial {failed[-1].number}: {_first_line((failed[-1].error or {}).get('message', ''))}"
            )
        if snapshot.ensemble is not None:
            lines.append(in_words(snapshot.ensemble))
        if snapshot.search.reason:
            lines.append(str(snapshot.search.reason))
        return Group(table, Text("\n".join(lines)))


def display(watch: Watch) -> Silent:
    """What fits the output: a table in a terminal, else lines."""
    record, task = watch.record, watch.task
    if sys.stdout.isatty():
        return Table(watch.id, task.direction, task.metric, str(record.settings.get("name") or task.name))
    return Lines(task.direction, task.metric)


def in_words(ensemble: EnsembleRecord) -> str:
    """An ensemble and its figures, in a line."""
    members = ", ".join(map(str, ensemble.members))
    return f"trials {members} averaged: validation {ensemble.validation:.4f}, {held_out(ensemble.holdout)}"


def spent(snapshot: Snapshot) -> str:
    """What of the budget is used."""
    progress, budget = snapshot.search.progress, snapshot.search.budget
    seconds = float(progress.get("seconds", 0.0))
    used = {"trials": progress.get("trials", 0), "minutes": seconds / 60, "epochs": progress.get("epochs", 0)}
    parts = [
        f"{used[name]:.1f}/{limit:g} min" if name == "minutes" else f"{used[name]}/{limit} {name}"
        for name, limit in budget.items()
    ]
    if "minutes" not in budget:
        parts.append(time.strftime("%H:%M:%S", time.gmtime(seconds)))
    return ", ".join(parts)


def _ranked(snapshot: Snapshot, direction: str) -> list[TrialRecord]:
    return History((t for t in snapshot.trials if t.state != "running"), direction).ranked()


def _outcome(trial: TrialRecord, metric: str) -> str:
    if trial.value is not None:
        why = CUT.get((trial.error or {}).get("kind", ""), "")
        cut = "" if trial.state == "completed" else f" ({trial.state}{why})"
        small = trial.cost.get("out_of_memory_at")
        size = f", in batches of {trial.cost['batch_size']}: memory ran out with {small}" if small else ""
        return f"validation {metric} {trial.value:.4f}{cut} after {trial.cost.get('epochs', len(trial.curve))} epochs{size}"
    return f"{trial.state}: {_first_line((trial.error or {}).get('message', ''))}".rstrip(": ")


def _first_line(text: Any) -> str:
    return str(text).partition("\n")[0][:160]


def _amount(count: Any) -> str:
    return f"{count:,}" if isinstance(count, int) else ""
