"""The handle of a search: start it, watch it, steer it, take its best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .run.budget import Budget

if TYPE_CHECKING:
    import pandas as pd

    from meta_store import TrialRecord

    from .run.best import Best


class Search:
    """A search. Being written: the interface is fixed, see the method signatures."""

    def __init__(
        self,
        task: Any,
        space: Any = None,
        *,
        budget: Budget | str,
        strategy: Any = "evolution",
        evaluator: Any = None,
        store: Any = None,
        seed: int = 0,
        warm_start: bool = True,
        finalists: int = 3,
        executor: str = "process",
        limits: Mapping[str, int] | None = None,
        name: str | None = None,
    ) -> None:
        raise NotImplementedError

    @classmethod
    def attach(cls, search_id: str, store: Any = None) -> Search:
        """The handle of a search that exists."""
        raise NotImplementedError

    @property
    def id(self) -> str: ...
    def start(self) -> Search: ...
    def wait(self, timeout: float | None = None, *, progress: bool = False) -> bool: ...
    def pause(self) -> None: ...
    def resume(self, budget: Budget | str | None = None) -> None: ...
    def stop(self, *, finalists: bool = True) -> None: ...
    @property
    def status(self) -> dict[str, Any]: ...
    @property
    def trials(self) -> list[TrialRecord]: ...
    def leaderboard(self) -> pd.DataFrame: ...
    @property
    def best(self) -> Best: ...
    def explain_warm_start(self) -> Any: ...
