"""How a search begins: data, code and job go into the run folder; task, space and search into the store."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ..errors import SearchError
from .budget import Budget
from .folder import RunFolder
from .lineage import sources
from .process import here

if TYPE_CHECKING:
    from meta_store import Store, TaskRecord

    from ..data.task_data import TaskData
    from ..evaluators import Evaluator
    from ..space import Space
    from ..task import Task

PACKAGES = ("kerasnas", "keras", "tensorflow", "jax", "numpy", "pandas", "scikit-learn")


@dataclass(frozen=True)
class Request:
    """What a person asks for; see ``Search``."""

    task: Task
    space: Space
    strategy: Mapping[str, Any]
    evaluator: Evaluator
    budget: Budget
    seed: int = 0
    warm_start: bool = True
    finalists: int = 5
    ensemble: bool = True
    executor: str = "process"
    limits: Mapping[str, float] = field(default_factory=dict)
    minimise: tuple[str, ...] = ()
    name: str = ""


def versions() -> dict[str, str]:
    """What a search runs on; nothing is imported to find out."""
    found = {"python": platform.python_version(), "backend": os.environ.get("KERAS_BACKEND", "")}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def task_record(task: Task, data: TaskData) -> TaskRecord:
    """A task in numbers, from its spooled rows."""
    from meta_store import TaskRecord

    from ..warmstart import task_features

    asked = f"{task.fingerprint}/{task.problem}/{task.metric}"
    return TaskRecord(
        hashlib.sha256(asked.encode()).hexdigest()[:16], task.fingerprint, task.name, tuple(task.modalities), task.problem, task.metric,
        task.direction, task.rows, task.outputs, task_features(data),
    )  # fmt: skip


def _check_inputs(task: Task, space: Space) -> None:
    """Refuse a space whose inputs are none of the task's views, before anything is spooled.

    Raises:
        SearchError: If an input has no view of its name, or one of another shape.
    """
    views = task.views
    for name, given in space.inputs.items():
        if name not in views:
            raise SearchError(
                f"The space '{space.name}' reads the input '{name}', which the task '{task.name}' does not offer. "
                f"Its views are {sorted(views)}: name the input after one of them."
            )
        expected = tuple(views[name].shape)
        if len(given.shape) != len(expected) or any(
            g not in (None, e) for g, e in zip(given.shape, expected, strict=True)
        ):
            raise SearchError(
                f"The space '{space.name}' declares the input '{name}' with shape {tuple(given.shape)}; the task's view has "
                f"{expected}. Declare it as Input(task.views['{name}'].shape, task.views['{name}'].dtype)."
            )


def begin(request: Request, search_id: str, folder: RunFolder, store: Store, where: str, pid: int) -> None:
    """Put everything in its place; the job comes last, and with it the runner begins.

    Args:
        request: What is asked for.
        search_id: The new search's.
        folder: Its run folder, empty.
        store: Where searches are.
        where: The store's path.
        pid: The process that will run it.
    """
    from meta_store import SearchRecord, SpaceRecord

    from ..data.task_data import TaskData
    from .trainer import evaluator_json

    task, space = request.task, request.space
    _check_inputs(task, space)
    task.spool(folder.data)
    data = TaskData.open(folder.data)
    folder.write_objects(space.objects())
    known = task_record(task, data)
    store.put_task(known)
    space_json = space.to_json()
    store.put_space(SpaceRecord(space.fingerprint, space.name, 1, space_json))
    hint = None
    if request.warm_start:
        from ..warmstart import make_hint

        hint = make_hint(store, known, space, request.seed)
    floor = data.baseline()
    evaluator = evaluator_json(request.evaluator)
    settings = {
        "name": request.name, "target": task.target, "baseline": floor, "evaluator": evaluator, "strategy": dict(request.strategy),
        "limits": dict(request.limits), "minimise": list(request.minimise), "finalists": request.finalists, "ensemble": request.ensemble, "executor": request.executor,
        "rows": {part: data.rows(part) for part in ("train", "validation", "holdout")},
    }  # fmt: skip
    store.create_search(
        SearchRecord(
            search_id, known.id, space.fingerprint, request.strategy["name"], request.seed, request.budget.to_json(), settings, hint,
            versions(), run_folder=str(folder.path), pid=pid, host=here(),
        )
    )  # fmt: skip
    folder.write_job(
        {
            "search": search_id, "store": where, "space": space_json, "strategy": dict(request.strategy), "evaluator": evaluator,
            "seed": request.seed, "direction": task.direction, "finalists": request.finalists, "ensemble": request.ensemble,
            "limits": dict(request.limits), "minimise": list(request.minimise), "growth": data.rows("train+validation") / max(1, data.rows("train")), "executor": request.executor,
            "card": {"search": search_id, "strategy": request.strategy["name"], "budget": request.budget.to_json(),
                     "baseline": floor, "search_seed": request.seed, "warm_start": sources(hint)},
            "sys_path": [p for p in sys.path if p],
        }
    )  # fmt: skip
