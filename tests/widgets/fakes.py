"""A store in memory and a comm that counts: what the widgets meet in tests."""

from __future__ import annotations

import json
import math
import time
from typing import Any, ClassVar

from meta_store.records import SearchRecord, Snapshot, SpaceRecord, TaskRecord, TrialRecord

DEFAULT = {
    "text/encoder": "tfidf",
    "image/encoder": "residual",
    "fusion/kind": "concatenation",
    "training/learning_rate": 1e-3,
    "depth": 2,
}


def task(**changes: Any) -> TaskRecord:
    values = {
        "id": "t1", "fingerprint": "f", "name": "season", "rows": 4210,
        "modalities": ("image", "text", "table"),
        "problem": "multiclass", "metric": "accuracy", "direction": "max", "outputs": 4,
    }  # fmt: skip
    return TaskRecord(**{**values, **changes})


def search(**changes: Any) -> SearchRecord:
    now = time.time()
    values = {
        "id": "7f3a", "task_id": "t1", "space_id": "s1", "strategy": "evolution", "seed": 0,
        "budget": {"trials": 40, "minutes": 10}, "settings": {"baseline": 0.31},
        "state": "running", "revision": 1, "pid": 4242, "host": "desk", "created_at": now - 130,
        "heartbeat_at": now,
    }  # fmt: skip
    return SearchRecord(**{**values, **changes})


def trial(
    number: int, *, epochs: int = 6, state: str = "completed", metric: str = "accuracy", **changes: Any
) -> TrialRecord:
    reached = 0.5 + 0.35 * math.sin(number * 12.9898) ** 2
    curve = tuple({"epoch": k, "objective": reached * (1 - math.exp(-0.6 * (k + 1)))} for k in range(epochs))
    genotype = dict(DEFAULT)
    if number:
        genotype["text/encoder"] = ("convolution", "tfidf", "frozen")[number % 3]
        genotype["depth"] = 1 + number % 4
        genotype["training/learning_rate"] = 10 ** -(2.5 + (number % 5) / 4)
    values = {
        "search_id": "7f3a", "number": number, "genotype": genotype, "state": state,
        "origin": "mutation" if number else "default",
        "value": curve[-1]["objective"] if state == "completed" and curve else None,
        "cost": {"parameters": 12_000 + 9_000 * (number % 7), "flops": 1e6, "seconds": 3.0 + number % 5},
        "started_at": 1.0, "finished_at": 4.0, "curve": curve,
    }  # fmt: skip
    return TrialRecord(**{**values, **changes})


def snapshot(trials: list[Any], **changes: Any) -> Snapshot:
    finals, commands = changes.pop("finals", ()), changes.pop("commands", ())
    ensemble = changes.pop("ensemble", None)
    record = search(**changes)
    return Snapshot(
        record, tuple(trials), tuple(finals), tuple(commands), (), record.revision, time.time(), ensemble
    )


class FakeStore:
    """The part of a store that a session reads, and a list of the commands that it was sent."""

    def __init__(self, trials: list[Any] | None = None, **changes: Any) -> None:
        self.trials = list(trials or [])
        self.changes = changes
        self.revision = 1
        self.sent: list[tuple[Any, str, str]] = []
        self.task = task()

    def write(self, **changes: Any) -> None:
        self.changes.update(changes)
        self.revision += 1

    def snapshot(self, search_id: Any, after: int | None = None) -> Any:
        if after is not None and after >= self.revision:
            return None
        return snapshot(self.trials, **{"id": search_id, **self.changes, "revision": self.revision})

    def get_search(self, search_id: Any) -> Any:
        return search(
            **{"id": search_id, **{k: v for k, v in self.changes.items() if k not in ("finals", "commands")}}
        )

    def get_task(self, task_id: Any) -> Any:
        return self.task

    def get_space(self, space_id: Any) -> Any:
        return SpaceRecord("s1", "season", 1, {})

    def send_command(self, search_id: Any, verb: str, arguments: Any = None, who: str = "") -> int:
        self.sent.append((search_id, verb, who))
        return len(self.sent)


class FakeComm:
    """Takes what a kernel would send to the page."""

    made: ClassVar[list[FakeComm]] = []

    def __init__(self, **opened: Any) -> None:
        self.comm_id = f"comm-{len(FakeComm.made)}"
        self.opened = opened
        self.sent: list[dict[str, Any]] = []
        self.bytes: list[int] = []
        FakeComm.made.append(self)

    def on_msg(self, callback: Any) -> None:
        self.callback = callback

    def send(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        self.sent.append(data)
        self.bytes.append(len(json.dumps(data).encode()))

    def close(self, *args: Any, **kwargs: Any) -> None: ...

    def says(self, content: dict[str, Any]) -> None:
        """A message of the page."""
        self.callback({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [
            m["state"]["snapshot"]
            for m in self.sent
            if m and m.get("method") == "update" and "snapshot" in m["state"]
        ]

    @property
    def replies(self) -> list[dict[str, Any]]:
        return [m["content"] for m in self.sent if m and m.get("method") == "custom"]
