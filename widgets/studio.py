"""The panel: from a table to a running search, and back to one that runs already."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ipywidgets
import pandas

import meta_store
from kerasnas.errors import KerasnasError, SearchError
from kerasnas.run.budget import Budget
from kerasnas.run.folder import default_store
from kerasnas.search import Search
from kerasnas.task import Task

from . import report
from .facts import Facts
from .forms import columns as columns_form
from .forms.budget import BudgetForm
from .session import Session, following
from .views import code
from .views.curves import Curves
from .views.leaderboard import Leaderboard
from .views.status import Status
from .words import STATE_NAMES, count

SEARCH_OPTIONS = (
    "store",
    "budget",
    "space",
    "strategy",
    "evaluator",
    "seed",
    "warm_start",
    "finalists",
    "executor",
    "limits",
)
STRATEGIES = ("evolution", "random")


class Studio(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The whole panel of one search.

    Args:
        session: What its views read.
        before: The forms that precede the search, where it has not been started.

    Attributes:
        session: The session; its ``search_id`` names the search once there is one.
    """

    def __init__(self, session: Session, before: Before | None = None) -> None:
        self.session = session
        self._before = before
        self._slot: Any = None
        self._search: Search | None = None
        live = [Leaderboard(session), Curves(session), code.Code(session)]
        titles = ["Leaderboard", "Curves", "Show code"]
        parts: list[ipywidgets.Widget] = [Status(session)]
        if before is not None:
            live.insert(0, before.columns)
            titles.insert(0, "Data")
            parts.append(before.form)
        self.tabs = ipywidgets.Tab(children=live, titles=titles, selected_index=0)
        self.tabs.add_class("kn-tabs")
        super().__init__([*parts, self.tabs], layout=ipywidgets.Layout(max_width="980px"))
        self.add_class("kn-panel")
        session.on_end = self._on_end
        if before is not None:
            session.on_start = self._start
            before.changed = self._show_before
            self._show_before()
            session.step()

    @property
    def search(self) -> Search:
        """The handle of the panel's search: ``panel.search.best``, ``panel.search.leaderboard()``.

        Raises:
            SearchError: If none has been started.
        """
        if self._search is None:
            if self.session.search_id is None:
                raise SearchError(
                    "This panel has no search yet: press Start, or call kn.attach(id) for one that exists."
                )
            self._search = Search.attach(self.session.search_id, store=self.session.store_path)
        return self._search

    # before the search

    def _show_before(self, state: str = "new") -> None:
        before = self._before
        if before is None:
            return
        self.session.show(
            {"head": before.head(state, self.session.store_path), "code": {"search": before.code()}}
        )

    def _start(self) -> None:
        """Begin: on the handler's thread only what is quick; the search is made and started on another."""
        before = self._before
        if before is None or self.session.search_id is not None:
            raise SearchError("This search has been started already.")
        if before.error:
            raise SearchError(before.error)
        self._show_before("starting")
        threading.Thread(
            target=self._launch, args=(before,), name="kerasnas-studio-start", daemon=True
        ).start()

    def _launch(self, before: Before) -> None:
        try:
            search = before.search()
            search.start()
        except Exception as error:
            # Whatever went wrong, the person pressed Start and waits: say why, offer Start again.
            self._show_before("new")
            self.session.refuse(f"The search could not start: {error}")
            if not isinstance(error, KerasnasError | OSError | ValueError):
                raise
            return
        self._search = search
        self.session.title = before.title
        self.session.form_code = before.code()
        self.session.follow(search.id)
        before.lock()
        self.tabs.selected_index = 1

    # in a notebook

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = dict(super()._repr_mimebundle_(**kwargs) or {})
        bundle["text/html"] = self.html()
        bundle["text/plain"] = repr(self)
        return bundle

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        # The search's report appears here when it ends: a place of its own, so that the panel keeps focus.
        self._slot = display({"text/html": "", "text/plain": ""}, raw=True, display_id=True)
        facts = self.session.facts
        if facts is not None and not facts.live:
            self._on_end(facts)

    def _on_end(self, facts: Facts) -> None:
        if self._slot is not None:
            self._slot.update(
                {"text/html": report.report(facts, self.session.title), "text/plain": repr(self)}, raw=True
            )

    def html(self) -> str:
        """The panel as static HTML, true at this moment."""
        if self.session.facts is not None:
            return report.report(self.session.facts, self.session.title)
        if self._before is not None:
            task = self._before.task
            return report.not_started(
                self._before.columns.data["summary"], [(c.name, c.kind, c.reason) for c in task.columns]
            )
        return f"<p>Search {self.session.search_id}: nothing has been read yet.</p>"

    def __repr__(self) -> str:
        facts = self.session.facts
        if facts is None:
            return "<kerasnas studio: no search yet>"
        best = facts.best
        said = (
            f", best {facts.task.metric} {best.value:.3f} (trial {best.number})"
            if best is not None and best.value is not None
            else ""
        )
        state = STATE_NAMES.get(facts.state, facts.state)
        return (
            f"<kerasnas studio: search {facts.search.id} {state}, {count(len(facts.trials), 'trial')}{said}>"
        )


class Before:
    """What precedes a search: the task with its columns, the budget, and the code that says the same.

    Args:
        data: As given to ``studio``: a frame, a path or a ``Task``.
        target: Name of the target; None with a ``Task``.
        task_options: For ``kn.Task``.
        search_options: For ``kn.Search``.

    Raises:
        DataError: If the data cannot be read.
    """

    def __init__(
        self,
        data: Any,
        target: str | None,
        task_options: Mapping[str, Any],
        search_options: Mapping[str, Any],
    ) -> None:
        self._data, self._target = data, target
        self._task_options, self._search_options = dict(task_options), dict(search_options)
        self._kinds: dict[str, str] = dict(task_options.get("column_types") or {})
        self._typing = threading.Lock()
        self.changed: Any = lambda: None
        self.task = data if isinstance(data, Task) else self._type(self._kinds)
        said = self._task_options.get("holdout")
        self._fixed = {*self._task_options.get("drop", ()), *([said] if isinstance(said, str) else [])}
        self._found = {c.name: c.kind for c in self.task.columns if c.name not in self._kinds}
        self.title = f"Predict {self.task.target}"
        budget = self._search_options.pop("budget", None)
        strategy = self._search_options.pop("strategy", "evolution")
        self._strategy_options: Any = None
        if not isinstance(strategy, str):
            self._strategy_options, strategy = strategy, getattr(strategy, "name", type(strategy).__name__)
        self.form = BudgetForm(
            _limits(budget), strategy=strategy,
            strategies=STRATEGIES if self._strategy_options is None else (),
            seed=int(self._search_options.pop("seed", 0)), changed=self._on_form,
        )  # fmt: skip
        described = columns_form.describe(self.task, fixed=self._fixed, locked=isinstance(data, Task))
        self._distribution = _distribution(self.task)
        self.columns = columns_form.Columns({**described, "target": self._distribution}, self._on_kind)

    def _type(self, kinds: Mapping[str, str]) -> Task:
        options = {**self._task_options, **({"column_types": dict(kinds)} if kinds else {})}
        return Task(self._data, str(self._target), **options)

    def _on_form(self) -> None:
        self.changed()

    def _on_kind(self, column: str, kind: str) -> None:
        threading.Thread(
            target=self._retype, args=(column, kind), name="kerasnas-studio-columns", daemon=True
        ).start()

    def _retype(self, column: str, kind: str) -> None:
        """Look at the data again with one column told otherwise; what cannot be stays, and says why."""
        errors: dict[str, str] = {}
        with self._typing:
            kinds = {**self._kinds, column: kind}
            if self._found.get(column) == kind:
                del kinds[column]  # as it was found: nothing has to be said
            try:
                self.task = self._type(kinds)
            except KerasnasError as error:
                errors[column] = str(error)
            else:
                self._kinds = kinds
            self.columns.data = {
                **columns_form.describe(self.task, errors, fixed=self._fixed),
                "target": self._distribution,
            }
        self.changed()

    @property
    def error(self) -> str:
        """Why the search cannot start; empty when it can."""
        return self.form.error

    def lock(self) -> None:
        """The search has started: nothing here can be changed any more."""
        self.columns.data = {**columns_form.describe(self.task, locked=True), "target": self._distribution}
        self.form.layout.display = "none"

    def search(self) -> Search:
        """The search that the forms describe, not started."""
        strategy = self._strategy_options if self._strategy_options is not None else self.form.strategy.value
        return Search(
            self.task,
            **self._search_options,
            strategy=strategy,
            seed=self.form.seed.value,
            budget=Budget(**self.form.limits),
        )

    def code(self) -> str:
        """The same as Python."""
        given = isinstance(self._data, Task)
        options = {**self._task_options, **({"column_types": self._kinds} if self._kinds else {})}
        search = {name: _written(value) for name, value in self._search_options.items() if value is not None}
        strategy = (
            _written(self._strategy_options)
            if self._strategy_options is not None
            else self.form.strategy.value
        )
        return code.search(
            _expression(self._data), None if given else self._target, {} if given else options,
            {**search, "strategy": strategy, "seed": self.form.seed.value}, self.form.limits,
        )  # fmt: skip

    def head(self, state: str, store: str) -> dict[str, Any]:
        """The part "head" while there is no search."""
        task = self.task
        about = f"{', '.join(task.modalities)} · {task.problem} · {task.metric}"
        source = Path(self._data).name if isinstance(self._data, str | Path) else task.name or "a table"
        return {
            "state": state, "stateName": STATE_NAMES[state], "title": self.title,
            "subtitle": f"{source} · {count(task.rows, 'row')} · {about}",
            "id": None, "store": store, "attach": "", "live": False,
            "actions": ["start"] if state == "new" else [],
            "now": "check the columns, set a budget, start" if state == "new" else "prepares the data",
            "waiting": None, "blocked": self.error, "reason": "", "lost": None, "asOf": "",
        }  # fmt: skip


def studio(data: Any, target: str | None = None, **options: Any) -> Studio:
    """Open the panel over a table; see ``kerasnas.studio``.

    Raises:
        DataError: If the data cannot be read or ``target`` is no column of it.
        TypeError: If ``target`` is missing, or given beside a ``Task``.
    """
    given = isinstance(data, Task)
    if given == (target is not None):
        raise TypeError(
            "kn.studio needs a table and the name of its target, or a kn.Task alone. "
            f"Received: data of type {type(data).__name__}, target={target!r}."
        )
    search_options = {name: options.pop(name) for name in SEARCH_OPTIONS if name in options}
    if given and options:
        raise TypeError(
            f"A kn.Task is complete: {', '.join(sorted(options))} cannot be given beside it. "
            "Make the Task with it."
        )
    store = _path_of(search_options.get("store"))
    return Studio(Session(store), Before(data, target, options, search_options))


def attach(search_id: Any = None, store: Any = None) -> Studio:
    """Open the panel of a search that exists; see ``kerasnas.attach``.

    Raises:
        SearchError: If the store has no such search; the message names the newest it has.
    """
    path = _path_of(store)
    with meta_store.open(path) as opened:
        known = [record.id for record in opened.list_searches()]
    if search_id is None and known:
        search_id = known[0]
    if search_id not in known:
        newest = ", ".join(repr(each) for each in known[:5]) or "none at all"
        raise SearchError(
            f"There is no search {search_id!r} in {path}. It has: {newest}. `kerasnas runs` lists them all."
        )
    session = following(search_id, path)
    session.step()
    return Studio(session)


def _path_of(store: Any) -> str:
    """The store's path, absolute: another notebook may stand in another folder. An address stays as it is."""
    if store is None:
        return str(default_store())
    named = str(getattr(store, "where", store))
    return named if "://" in named else str(Path(named).expanduser().resolve())


def _limits(budget: Any) -> dict[str, Any]:
    return {} if budget is None else Budget.of(budget).to_json()


def _written(value: Any) -> Any:
    """A value as code shows it: itself where its repr is Python, else a name to fill in."""
    if isinstance(value, str | int | float | bool | dict | list | tuple | type(None)):
        return value
    return code.Verbatim(_variable(value) or type(value).__name__.lower())


def _expression(data: Any) -> str:
    """How the code names the data: a quoted path, or the variable that holds it."""
    if isinstance(data, str | Path):
        return repr(str(data))
    return _variable(data) or ("task" if isinstance(data, Task) else "frame")


def _variable(value: Any) -> str | None:
    """The name that the notebook gave to an object."""
    names = getattr(sys.modules.get("__main__"), "__dict__", {})
    return next(
        (name for name, held in list(names.items()) if held is value and not name.startswith("_")), None
    )


def _distribution(task: Task) -> dict[str, Any]:
    """How the target is spread: its classes with their rows, or its quantiles."""
    target = task.frame[task.target]
    if task.kind.numeric:
        quantiles = pandas.to_numeric(target, errors="coerce").quantile([0, 0.25, 0.5, 0.75, 1])
        return columns_form.numbers(task.target, [float(value) for value in quantiles])
    return columns_form.classes(task.target, task.class_counts())
