"""A session: one poller a search, one trait that feeds every view, and the requests that the page sends."""

from __future__ import annotations

import getpass
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import traitlets

import meta_store
from kerasnas.errors import SpaceError
from kerasnas.run.folder import RunFolder, default_store
from kerasnas.run.process import here, is_alive
from kerasnas.space import Space
from meta_store.records import SpaceRecord

from .facts import Facts
from .outbox import Outbox
from .views import code, curves, leaderboard, status

SPACING = 0.25  # seconds between two messages: at most four a second
MOST_REST = 2.0  # seconds; less than the silence after which the page misses the kernel
BEAT = 1.0  # seconds between messages when nothing changed, so that the page knows the kernel is there
VERBS = ("pause", "resume", "stop")

log = logging.getLogger(__name__)

_sessions: dict[tuple[str, Any], Session] = {}
_registry = threading.Lock()


def following(search_id: Any, store: str | Path) -> Session:
    """The session of a search in this kernel: made once, so that five panels of it cost one poller.

    Raises:
        StoreError: If the store has no such search.
    """
    key = (str(store), search_id)
    with _registry:
        session = _sessions.get(key)
        if session is None or session.closed:
            session = Session(store)
            session.follow(search_id)
    return session


class Session(ipywidgets.Widget):  # type: ignore[misc]  # ipywidgets has no types
    """The model behind the views of one search.

    One thread reads the store every 250 ms and alone writes ``snapshot``. Requests of the page arrive in
    ``_handle`` on whatever thread the kernel chooses; a command is written to the store there and
    then, everything else only wakes the poller. So no handler waits, and no two threads write one trait.

    Args:
        store: Path or address of the store.
        poll: Whether to start the thread; tests step by hand with ``step``.
    """

    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, store: str | Path, *, poll: bool = True) -> None:
        self.store_path = str(store)
        self.search_id: Any = None
        self.title = ""
        self.form_code = ""
        self.on_start: Callable[[], None] | None = None
        self.on_end: Callable[[Facts], None] | None = None
        self.facts: Facts | None = None
        self.window = leaderboard.Window()
        self._outbox = Outbox()
        self._store: meta_store.Store | None = None
        self._task: Any = None
        self._default: Mapping[str, Any] = {}
        self._revision: int | None = None
        self._skew = 0.0
        self._known: dict[int, Any] = {}
        self._sent_at = 0.0
        self._recompose = False
        self._ended = False
        self._patience = 0.0  # until then a search that has ended may come back: a new runner is on its way
        self._closing = False
        self._wake = threading.Event()
        super().__init__()
        answer_where_asked(self.comm)
        self.on_msg(self._handle)
        self._thread: threading.Thread | None = None
        if poll:
            self._thread = threading.Thread(target=self._run, name="kerasnas-studio-poller", daemon=True)
            self._thread.start()

    # what the studio calls

    def show(self, parts: Mapping[str, Any]) -> None:
        """Take parts that come from the forms, before a search exists."""
        self._outbox.put(parts)
        self._wake.set()

    def follow(self, search_id: Any) -> None:
        """Begin to read a search.

        Raises:
            StoreError: If the store has no such search.
        """
        store = self.store
        record = store.get_search(search_id)
        self._task = store.get_task(record.task_id)
        self._default = defaults(store.get_space(record.space_id))
        self._revision, self._ended, self._known = None, False, {}
        self.search_id = search_id
        _sessions[self.store_path, search_id] = self
        self._wake.set()

    @property
    def closed(self) -> bool:
        """Whether the session was closed."""
        return self._closing

    @property
    def store(self) -> meta_store.Store:
        """The store, opened on first use."""
        if self._store is None:
            self._store = meta_store.open(self.store_path)
        return self._store

    def close(self) -> None:
        """End the poller and close the comm."""
        self._closing = True
        self._wake.set()
        super().close()

    # the poller

    def _run(self) -> None:
        while not self._closing:
            asleep = self.search_id is None or self._ended
            self._wake.wait(None if asleep and not self._outbox.pending else SPACING)
            self._wake.clear()
            if self._closing:
                return
            began = time.monotonic()
            try:
                self.step()
            except Exception as error:  # noqa: BLE001 - seen by nobody in a thread: the page shows it, we go on
                self._report(error)
                time.sleep(1.0)
            took = time.monotonic() - began
            time.sleep(min(MOST_REST, max(SPACING - took, 4 * took)))  # at most a fifth of the kernel's time

    def step(self) -> None:
        """Read once, and send at most one message."""
        if self.search_id is not None and not self._ended:
            self._read()
        elif self._recompose and self.facts is not None:
            self._compose(self.facts)
        self._recompose = False
        self.step_messages()

    def step_messages(self) -> None:
        """Send at most one message of what is waiting."""
        beat = not self._ended and self.search_id is not None and time.monotonic() - self._sent_at >= BEAT
        message = self._outbox.next(beat=beat)
        if message is not None:
            self._sent_at = time.monotonic()
            self.snapshot = message
        if self._outbox.pending:
            self._wake.set()

    def _read(self) -> None:
        fresh = self.store.snapshot(self.search_id, after=self._revision)
        if fresh is not None:
            self._revision = fresh.revision
            self._skew = fresh.taken_at - time.time()  # times in a store are its own clock's
        now = time.time() + self._skew
        if fresh is not None:
            self._compose(self._facts(fresh, now))
        elif self.facts is not None and (self._recompose or now - self.facts.now >= BEAT):
            # Nothing new was written, but time passes, and a runner may have fallen silent.
            record = self.store.get_search(self.search_id)
            self._compose(self._facts(replace(self.facts.snapshot, search=record), now))
        if self.facts is not None and not self.facts.live and now >= self._patience:
            self._ended = True
            self._outbox.restart()  # the last message is a whole one, true also in a saved notebook
            if self.on_end is not None:
                self.on_end(self.facts)

    def _facts(self, snapshot: Any, now: float) -> Facts:
        usual = self.store_path == str(default_store())
        record = snapshot.search
        alive = is_alive(record.pid) if record.pid and record.host == here() else None
        facts = Facts(
            snapshot,
            self._task,
            self.store_path,
            now,
            self._default,
            usual=usual,
            alive=alive,
            known=self._known,
        )
        if facts.state in ("lost", "failed") and facts.search.run_folder:
            return replace(facts, log=RunFolder(facts.search.run_folder).tail(8))
        return facts

    def _compose(self, facts: Facts) -> None:
        self.facts = facts
        parts = {
            "head": status.head(facts, self.title),
            "best": status.best(facts),
            "budget": status.budget(facts),
            "top": status.top(facts),
            "failure": status.failure(facts),
            "board": leaderboard.board(facts, self.window),
            "progress": curves.progress(facts),
            "learning": curves.learning(facts),
            "code": {
                "search": self.form_code,
                "attach": code.attach(facts.attach),
                "after": code.after(facts.task.name),
            },
        }
        self._outbox.put(parts)

    def _report(self, error: Exception) -> None:
        log.error("The studio could not read %s", self.store_path, exc_info=error)
        if self.facts is not None:
            self._outbox.put(
                {
                    "head": {
                        **status.head(self.facts, self.title),
                        "reason": f"The store cannot be read: {error}",
                    }
                }
            )

    # the page's requests

    def _handle(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        kind = content.get("type")
        if kind == "resync":
            self._outbox.restart()
        elif kind == "window":
            self.window = leaderboard.Window(
                max(0, int(content.get("start", 0))),
                str(content.get("sort", self.window.sort)),
                bool(content.get("descending", self.window.descending)),
            )
            self._recompose = True
        elif kind == "detail" and self.facts is not None:
            self.send(leaderboard.detail(self.facts, int(content["number"])))
        elif kind == "act":
            self._act(str(content.get("verb")))
        self._wake.set()

    def _act(self, verb: str) -> None:
        """Do what a button asks, and tell the page that it was taken, or why not."""
        try:
            self._do(verb)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person who pressed the button must see it
            self.refuse(f"{verb} was not possible: {error}")
            return
        self.send({"type": "taken", "verb": verb})

    def _do(self, verb: str) -> None:
        if verb == "start" and self.on_start is not None:
            self.on_start()
        elif verb == "revive":
            threading.Thread(target=self._revive, name="kerasnas-studio-resume", daemon=True).start()
        elif verb in VERBS and self.search_id is not None:
            self.store.send_command(self.search_id, verb, {}, who=getpass.getuser())
        else:
            raise ValueError(f"There is nothing to {verb}: no search has been started here.")

    def _revive(self) -> None:
        from kerasnas.search import Search

        try:
            Search.attach(self.search_id, store=self.store_path).resume()
        except Exception as error:  # noqa: BLE001 - a thread's exception would be seen by nobody
            self.refuse(f"A new runner could not be started: {error}")
            return
        self._patience = time.time() + 60
        self._revision, self._ended = None, False
        self._wake.set()

    def refuse(self, why: str) -> None:
        """Show under the buttons why a request came to nothing."""
        log.warning("%s", why)
        self.send({"type": "refused", "why": why})


def answer_where_asked(comm: Any) -> None:
    """Let a page's requests arrive in the subshell that they were sent to, so that they are served while a cell runs.

    JupyterLab sends them to a subshell of the kernel. ipykernel 7.4 sends a comm's requests to where the comm last spoke from instead,
    which is the main shell for whatever a thread says: there they would wait for the running cell.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None


def defaults(space: SpaceRecord) -> dict[str, Any]:
    """The default of every decision of a stored space; empty, with a word in the log, where it cannot be read here."""
    try:
        return {path: each.default for path, each in Space.from_json(space.json).decisions.items()}
    except SpaceError as error:
        log.warning("The space %s is shown without its defaults: %s", space.family, error)
        return {}
