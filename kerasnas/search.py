"""The handle of a search: start it, watch it, steer it, take its best."""

from __future__ import annotations

import getpass
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import SearchError
from .objectives.costs import COSTS, read_limits, read_minimised
from .run.begin import Request, begin
from .run.budget import Budget
from .run.folder import RunFolder, default_store, locked
from .run.process import here
from .run.rules import Rules
from .run.setup import check_objectives, make_strategy, strategy_json
from .run.watch import LIVE, Watch

if TYPE_CHECKING:
    import pandas as pd

    from meta_store import TrialRecord

    from .draw.drawing import Drawing
    from .evaluators import Evaluator
    from .run.best import Best
    from .space import Space
    from .task import Task

LOOK = 0.2  # seconds between two looks at the store


class Search:
    """A search for a good model: a process of its own, and the store that it writes to.

    Nothing happens until ``start``. Then the search goes on without this object, this notebook and this
    terminal; ``Search.attach`` gives another handle to it, from anywhere that sees the store.

    Args:
        task: What to predict from what.
        space: Where to search; ``spaces.multimodal(task)`` if not given.
        budget: What may be spent: a ``Budget``, or text such as ``"10m"`` or ``"50 trials"``.
        strategy: How candidates are chosen: a name (``"evolution"``, ``"random"``, ``"nsga2"``), a name with options
            (``("evolution", {"population": 20})``), or an importable ``Strategy`` class, alone or with options. If not given,
            ``"evolution"`` for one objective and ``"nsga2"`` for several.
        evaluator: How a candidate is judged; ``FullTraining()`` if not given.
        store: Path of the store; ``KERASNAS_STORE`` or the user's own if not given.
        seed: Fixes proposals and trainings. The same search with a budget in trials gives the same trials on
            the same machine.
        warm_start: Whether what the store knows of similar tasks is tried.
        finalists: How many of the best are retrained on train+validation rows and judged once on the held-out
            rows.
        ensemble: Whether the search's result may be the average of several finalists, in one model, where that has the smaller loss
            on the validation rows. False gives one network always, and so does ``minimise``.
        executor: "process", or "inline": a thread of this process, for tests and small things.
        limits: Most that a candidate may have of ``parameters``, ``flops`` (a row), ``activations`` (numbers a row), ``model_size`` (bytes
            of the weights) and ``latency`` (milliseconds a row): numbers, or text such as ``"2MB"``, ``"5ms"`` or ``"3M"``. What is over
            one is refused before it is built; for latency it is built and measured here, then refused before it is trained.
        minimise: Costs that are objectives beside the task's metric, by the same names, at most three: the search then looks for a
            front, and ``pareto()`` gives it.
        name: For people; the task's name if not given.

    Raises:
        SearchError: If an argument is not what it should be.
    """

    def __init__(
        self,
        task: Task,
        space: Space | None = None,
        *,
        budget: Budget | str | Mapping[str, Any],
        strategy: Any = None,
        evaluator: Evaluator | None = None,
        store: Any = None,
        seed: int = 0,
        warm_start: bool = True,
        finalists: int = 5,
        ensemble: bool = True,
        executor: str = "process",
        limits: Mapping[str, Any] | None = None,
        minimise: str | Sequence[str] = (),
        name: str | None = None,
    ) -> None:
        if executor not in ("process", "inline"):
            raise SearchError(f"executor is 'process' or 'inline'. Received: {executor!r}.")
        if not hasattr(task, "spool"):
            raise SearchError(
                f"task is a kn.Task(frame, target=...). Received: {task!r} of type {type(task).__name__}."
            )
        allowed, lowered = read_limits(limits or {}), read_minimised(minimise)
        Rules(seed=seed, direction="max", finalists=finalists)
        chosen = strategy_json(("nsga2" if lowered else "evolution") if strategy is None else strategy)
        check_objectives(chosen, lowered)
        self._asked: dict[str, Any] | None = {
            "task": task, "strategy": chosen, "evaluator": evaluator, "budget": Budget.of(budget),
            "seed": int(seed), "warm_start": bool(warm_start), "finalists": int(finalists), "ensemble": bool(ensemble), "executor": executor,
            "limits": allowed, "minimise": lowered, "name": name or task.name,
        }  # fmt: skip
        self._space = space
        self._watch = Watch(address(store))

    @classmethod
    def attach(cls, search_id: str, store: Any = None) -> Search:
        """The handle of a search that exists, whoever started it.

        Args:
            search_id: As ``search.id`` and ``kerasnas runs`` show it.
            store: Path of its store; the default one if not given.

        Raises:
            SearchError: If there is no such search or store.
        """
        from meta_store import StoreError

        where = address(store)
        if "://" not in where and not Path(where).exists():
            raise SearchError(
                f"There is no store at {where}, so no search {search_id!r}. "
                "Name the store that it was started with."
            )
        self = cls.__new__(cls)
        self._asked, self._space, self._watch = None, None, Watch(where, search_id)
        try:
            self._watch.record  # noqa: B018 - to see whether it is there
        except StoreError as error:
            self.close()
            raise SearchError(f"{error} `kerasnas runs` lists them all.") from None
        return self

    # -- what it is

    @property
    def id(self) -> str:
        """The search's name in its store.

        Raises:
            SearchError: If it has not been started.
        """
        return self._started.id

    @property
    def store(self) -> str:
        """Path of the store."""
        return self._watch.where

    @property
    def space(self) -> Space:
        """Where is searched."""
        from .space import Space

        if self._space is None:
            if self._asked is not None:
                from .spaces import multimodal

                self._space = multimodal(self._asked["task"])
            else:
                record = self._watch.record
                objects = RunFolder(record.run_folder).read_objects() if record.run_folder else {}
                self._space = Space.from_json(self._watch.store.get_space(record.space_id).json, objects)
        return self._space

    # -- what it is told

    def start(self) -> Search:
        """Start the search, and return as soon as its process has all that it needs.

        Returns:
            The search itself.

        Raises:
            SearchError: If it was started before, or the strategy refuses its options.
            DataError: If the task's rows cannot be read.
        """
        watch = self._watch
        if self._asked is None or watch.id:
            raise SearchError(
                f"The search {watch.id!r} was started before. resume() goes on with it; make a new Search for "
                "another."
            )
        search_id = secrets.token_hex(4)
        folder = RunFolder.make(search_id)
        inline = self._asked["executor"] == "inline"
        try:
            if not inline:
                watch.start(folder)  # it loads Keras while we prepare
            from .evaluators import FullTraining

            space, task = self.space, self._asked["task"]
            make_strategy(
                self._asked["strategy"], space, seed=self._asked["seed"], direction=task.direction,
                minimise=self._asked["minimise"], limits=self._asked["limits"],
            )  # fmt: skip
            asked = {**self._asked, "space": space, "evaluator": self._asked["evaluator"] or FullTraining()}
            pid = watch.process.pid if watch.process else 0
            begin(Request(**asked), search_id, folder, watch.store, watch.where, pid)
        except BaseException:
            from meta_store import StoreError

            if watch.process is not None:
                watch.process.terminate()
                watch.process.wait()
            with suppress(StoreError):  # it is not there yet, where the interruption came before
                watch.store.delete_search(search_id)
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
        watch.id = search_id
        if inline:
            self._run_inline(folder)
        return self

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> bool:
        """Wait until the search has ended. Ctrl-C ends the waiting, not the search.

        A pause that a person asked for is waited through. A search that paused itself, because candidate after candidate failed
        alike, is not: nobody may be there to resume it, so the reason is raised. Its process stands still for an hour, and can be
        resumed or stopped, from here or elsewhere; after that it ends as stopped, and can be resumed, too.

        Args:
            timeout: Most seconds to wait.
            progress: Whether to print what happens.

        Returns:
            Whether it has ended.

        Raises:
            SearchError: If it failed, paused itself, or its runner died; with the last lines of its log.
        """
        from .run.progress import Silent, display

        until = None if timeout is None else time.monotonic() + timeout
        with display(self._started) if progress else Silent() as shown:
            try:
                while True:
                    snapshot, state = self._watch.look()
                    shown.show(snapshot, state)
                    if state in ("finished", "stopped"):
                        return True
                    steered = any(command.state == "requested" for command in snapshot.commands)
                    if state in ("failed", "lost") or (
                        state == "paused" and snapshot.search.reason and not steered
                    ):
                        raise self._watch.failure(snapshot.search, state)
                    if until is not None and time.monotonic() >= until:
                        return False
                    time.sleep(LOOK)
            except KeyboardInterrupt:
                shown.say(
                    f"No longer waiting. The search goes on: Search.attach({self.id!r}) finds it, stop() ends "
                    f"it, `kerasnas attach {self.id}` shows it."
                )
                return False

    def pause(self) -> None:
        """Let the training stand still at its next batch. The minutes of the budget do not pass meanwhile.

        Raises:
            SearchError: If the search has ended or its runner is lost.
        """
        self._command("pause")

    def resume(self, budget: Budget | str | Mapping[str, Any] | None = None) -> None:
        """Go on: after a pause, after a stop, or after the runner or the machine died.

        No finished trial is trained again; one that was running when the runner died goes on from the last epoch whose state was
        kept. The rows are those of the start, whatever has become of the files that they came from.

        Args:
            budget: A new budget, of the whole search, if given.

        Raises:
            SearchError: If the search has finished and no larger budget is given, or it was run on another
                machine.
        """
        arguments = {} if budget is None else {"budget": Budget.of(budget).to_json()}
        watch = self._started
        snapshot, state = watch.look()
        record = snapshot.search
        if state in LIVE:
            self._command("resume", arguments)
            return
        if state == "finished" and budget is None:
            raise SearchError(
                f"The search {self.id!r} has finished. {record.reason or ''} To go on give a larger budget: "
                "resume('50 trials')."
            )
        if record.host not in (None, here()):
            raise SearchError(
                f"The search {self.id!r} was run on '{record.host}', where its data lies. Resume it there."
            )
        folder = RunFolder(record.run_folder)
        folder.check_private()
        job = folder.read_job()
        number = watch.store.send_command(self.id, "resume", arguments, who=getpass.getuser())
        if job["executor"] == "inline":
            self._run_inline(folder)
        else:
            watch.start(folder)

        def waits() -> bool:
            return any(command.id == number for command in watch.store.pending_commands(self.id))

        while waits():
            if not watch.is_ours_alive() and waits():  # it may have read it and ended since the first look
                raise watch.failure(watch.record, "lost")
            time.sleep(0.05)

    def stop(self, *, finalists: bool = True) -> None:
        """End the search. What was trained so far is kept, and the finalists are judged.

        Args:
            finalists: Whether to judge the finalists; a second ``stop`` leaves that out, too.

        Raises:
            SearchError: If the search has ended already.
        """
        if self._started.look()[1] == "lost":
            self._watch.bury()
        else:
            self._command("stop", {"finalists": finalists})

    def delete(self) -> None:
        """Remove a search that has ended: its records and its run folder, with rows and bundles.

        Raises:
            SearchError: If it has not ended.
        """
        watch = self._started
        snapshot, state = watch.look()
        if state in LIVE:
            raise SearchError(f"The search {self.id!r} is {state}. Stop it first.")
        if state == "lost":
            watch.bury()
        folder = RunFolder(snapshot.search.run_folder)
        if not folder.path.exists():
            watch.store.delete_search(self.id)
            return
        with locked(folder) as owned:
            if not owned:
                raise SearchError(f"The runner of the search {self.id!r} is just ending. Delete it again.")
            watch.store.delete_search(self.id)
            shutil.rmtree(folder.path)

    # -- what it has found

    @property
    def status(self) -> dict[str, Any]:
        """The state now, as a dict of plain values.

        Among them ``state``, ``reason``, ``trials``, ``best``, ``final``, ``used``, ``budget``, ``doing``, ``pid``,
        ``features`` (where those of frozen encoders come from, in words) and ``run_folder_mib``, what the run folder takes of the disk.
        ``state`` is one of created, running, paused, stopping, finalising, finished, stopped, failed, or lost
        where the runner should be at work and is gone.
        """
        return self._started.status()

    @property
    def trials(self) -> list[TrialRecord]:
        """Every trial, by number."""
        return self._started.trials

    def leaderboard(self, *, lines: bool = False) -> pd.DataFrame:
        """All trials, the best first.

        Columns ``validation`` and ``held-out`` are the metric on those rows. With several objectives ``front`` says which trials no
        other is better than.

        Args:
            lines: Whether the lines to beat stand among them, each by its name in ``origin``; see ``lines_to_beat``.

        Raises:
            SearchError: As ``lines_to_beat``, where lines are asked for.
        """
        from .run.views import leaderboard, with_lines

        watch = self._started
        limits = watch.record.settings.get("limits", {})
        finals, direction = watch.store.finals(watch.id), watch.task.direction
        board = leaderboard(watch.trials, finals, direction, minimise=self.minimise, limits=limits)
        return with_lines(board, self.lines_to_beat(), direction) if lines else board

    def lines_to_beat(self) -> pd.DataFrame:
        """What scikit-learn's linear model and gradient boosting reach on the same validation rows.

        They are fitted on the task's training rows when this is first asked, here, and kept in the run folder; they read the table
        alone: numbers, categories and tags. The search knows nothing of them.

        Returns:
            Columns ``name``, ``validation``, ``rows`` (training rows, at most 100,000) and ``seconds``; empty where the task has no table.

        Raises:
            SearchError: If the rows are on another machine, or gone.
        """
        import pandas as pd

        from .run.lines import Line, known_lines

        watch = self._started
        if watch.record.host not in (None, here()) or not watch.folder.data.exists():
            raise SearchError(
                f"The lines to beat of the search {self.id!r} are fitted where its rows lie: on '{watch.record.host}', in "
                f"{watch.folder.data}. Ask there."
            )
        found = [asdict(line) for line in known_lines(watch.folder)]
        return pd.DataFrame(found, columns=[field.name for field in fields(Line)])

    @property
    def minimise(self) -> tuple[str, ...]:
        """Costs that are objectives beside the task's metric."""
        return tuple(self._started.record.settings.get("minimise", ()))

    def pareto(self) -> pd.DataFrame:
        """The front: trials that no other is better than in metric and costs, the best by metric first.

        Columns as in ``leaderboard``, and ``bundle``: where a finalist's model lies, empty for others. ``finalist(number)`` gives it.

        Raises:
            SearchError: If the search has one objective.
        """
        from .run.views import pareto

        watch = self._started
        if not self.minimise:
            raise SearchError(
                f"The search {self.id!r} has one objective, {watch.task.metric}, so no front: leaderboard() ranks it. "
                "Search(..., minimise=('latency',)) has several."
            )
        return pareto(watch.trials, watch.store.finals(watch.id), watch.task.direction, self.minimise)

    def draw_pareto(self, cost: str | None = None) -> Drawing:
        """A drawing of the front, the metric over one cost, shown by any notebook.

        Args:
            cost: One of ``minimise``; the first if not given.

        Raises:
            SearchError: If the cost is none of the search's objectives.
        """
        from .draw.pareto import Candidate, pareto_front

        name = cost or next(iter(self.minimise), None)
        on = set(self.pareto()["trial"])
        if name not in self.minimise:
            raise SearchError(f"The search minimises {', '.join(self.minimise)}. Received: cost={cost!r}.")
        key = COSTS[str(name)].key
        known = [t for t in self.trials if t.trained and t.value is not None and t.cost.get(key) is not None]
        drawn = [
            Candidate(t.number, float(t.cost[key]), float(t.value or 0.0), t.number in on) for t in known
        ]
        unit = {"latency": "latency, ms", "model_size": "model_size, bytes"}.get(str(name), str(name))
        return pareto_front(drawn, metric=self._watch.task.metric, cost=unit)

    def finalist(self, number: int) -> Best:
        """A finalist by its trial's number: retrained and judged as ``best`` is, with a bundle of its own.

        Raises:
            SearchError: If the trial is no judged finalist.
        """
        from .run.best import Best

        watch = self._started
        finals = {final.number: final for final in watch.store.finals(watch.id)}
        if number not in finals:
            raise SearchError(
                f"Trial {number!r} is no finalist of the search {self.id!r}. Those judged so far: {sorted(finals) or 'none'}."
            )
        trials = [t for t in watch.trials if t.number == number]
        return Best(trials, finals[number], lambda: self.space, watch.task.metric, "")

    @property
    def best(self) -> Best:
        """The best candidate: of the finalists once they are judged, or several of them averaged; before that of the trials.

        It is the best by the validation rows; the held-out rows have no say in it, so that their figure stays
        honest.

        Raises:
            SearchError: If no trial has been completed.
        """
        from .run.best import Best
        from .run.history import History

        watch = self._started
        snapshot, state = watch.look()
        record, task = snapshot.search, watch.task
        reason = str(record.reason or "") if record.state not in LIVE else ""
        judged = snapshot.result
        ended = [t for t in snapshot.trials if t.state != "running"]
        if judged is None:
            ranked = History(ended, task.direction).ranked()
            if not ranked:
                raise SearchError(f"The search {self.id!r} has no completed trial yet. It is {state}.")
            chosen = ranked[:1]
        else:
            by_number = {t.number: t for t in ended}
            chosen = [by_number[number] for number in judged.members]
        return Best(chosen, judged, lambda: self.space, task.metric, reason)

    def explain_warm_start(self) -> Any:
        """What was taken from past searches, from which, and what became of it."""
        from .warmstart import explain

        watch = self._started
        return explain(watch.record.hint, watch.trials, watch.store.gate_history(watch.id))

    def close(self) -> None:
        """Let go of the store; the search goes on."""
        self._watch.close()

    # -- within

    @property
    def _started(self) -> Watch:
        if not self._watch.id:
            raise SearchError("This search has not been started: call start() first.")
        return self._watch

    def _command(self, verb: str, arguments: Mapping[str, Any] | None = None) -> None:
        watch = self._started
        snapshot, state = watch.look()
        if state == "lost":
            raise watch.failure(snapshot.search, state)
        if state not in LIVE:
            raise SearchError(f"The search {self.id!r} has ended ({state}): there is nothing to {verb}.")
        watch.store.send_command(self.id, verb, dict(arguments or {}), who=getpass.getuser())

    def _run_inline(self, folder: RunFolder) -> None:
        from .run.inline import run_inline

        self._watch.thread = run_inline(folder, self.space)

    def __repr__(self) -> str:
        if not self._watch.id:
            return f"<Search over {self._asked['task']!r}, not started>" if self._asked else "<Search>"
        told = self._watch.status(size=False)
        best = told["best"]
        said = "" if best is None else f", best validation {told['metric']} {best['validation']:.4f}"
        return f"<Search {self.id}: {told['state']}, {sum(told['trials'].values())} trials{said}>"

    def _repr_html_(self) -> str:
        if not self._watch.id:
            return f"<p>{escape(repr(self))}</p>"
        table = self.leaderboard().iloc[:10].loc[:, :"epochs"].to_html(border=0, na_rep="")
        return f"<p>{escape(repr(self))}, as of {time.strftime('%H:%M:%S')}</p>{table}"


def address(store: Any) -> str:
    """The store's address: an absolute path, so that other processes find it, too."""
    text = str(getattr(store, "where", None) or store or default_store())
    return text if "://" in text else str(Path(text).expanduser().resolve())
