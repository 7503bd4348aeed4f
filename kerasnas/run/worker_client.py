"""The runner's side of the worker: starts it, talks to it, replaces it when it died or grew too large."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

from ..errors import EvaluationError, SearchError
from .ensemble import NOBODY, Team
from .executor import (
    GO,
    PAUSE,
    STOP,
    Combination,
    Control,
    Executor,
    Result,
    Retraining,
    Verdict,
    Work,
    WorkerDied,
)
from .folder import RunFolder

log = logging.getLogger("kerasnas.run")

POLL = 0.1  # seconds between two looks at the commands
SILENCE = 300.0  # seconds without a beat after which a worker is taken for dead
GRACE = 30.0  # seconds that a training may take to end after it was told to
GROWTH_MIB = 2048.0  # a worker that has grown by this much since its first candidate is replaced
NOTHING = Result(float("nan"), {}, {}, 0, 0, stopped=True)
NO_VERDICT = Verdict(None, {}, "", stopped=True)


class WorkerExecutor(Executor):
    """Trains candidates in a warm process of its own.

    Call ``start`` first: the process then loads Keras while the runner prepares; and ``prepare`` when the run
    folder is complete. Both from the thread that outlives the worker: on Linux a worker dies with the thread
    that started it.

    Args:
        folder: The run folder.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._complete = self._prepared = False
        self._heard = 0.0
        self._first_memory: float | None = None
        self._false_starts = self._serial = 0
        self._devices: list[str] = []

    def start(self) -> None:
        """Start the process, if there is none; returns at once."""
        if self._process is not None:
            return
        ours, theirs = socket.socketpair()
        with theirs, self._folder.log.open("ab") as output:
            command = [
                sys.executable,
                "-P",
                "-m",
                "kerasnas.run.worker",
                str(self._folder.path),
                str(theirs.fileno()),
                str(os.getpid()),
            ]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                cwd=self._folder.path,
            )
        self._line = Connection(ours.detach())
        self._prepared, self._first_memory, self._heard = False, None, time.monotonic()
        if self._complete:
            self._send(do="prepare")

    def prepare(self) -> None:
        """Let the worker read the run folder: job, data and code are in place."""
        self._complete = True
        if self._process is not None:
            self._send(do="prepare")

    def ready(self, control: Control) -> None:
        """See ``Executor``."""
        self._wait_prepared(control)

    def evaluate(self, work: Work, control: Control) -> Result:
        """See ``Executor``."""
        said = self._ask(
            control, f"trial {work.number}", do="evaluate", number=work.number, genotype=work.genotype.to_json(), seed=work.seed,
            most_epochs=work.most_epochs, epochs=work.epochs,
        )  # fmt: skip
        return NOTHING if said is None else Result(**said)

    def judge(self, work: Retraining, control: Control) -> Verdict:
        """See ``Executor``."""
        said = self._ask(
            control, f"finalist {work.number}", do="judge", number=work.number, genotype=work.genotype.to_json(), seed=work.seed,
            epochs=work.epochs, bundle=work.bundle.name, card=dict(work.card), schedule=work.schedule,
        )  # fmt: skip
        return NO_VERDICT if said is None else Verdict(**said)

    def pick(self, numbers: Sequence[int], most: int, control: Control) -> Team:
        """See ``Executor``."""
        said = self._ask(control, "the choice of an ensemble", do="pick", numbers=list(numbers), most=most)
        return NOBODY if said is None else Team(tuple(said["members"]), said["validation"])

    def combine(self, work: Combination, control: Control) -> Verdict:
        """See ``Executor``."""
        members = [(number, path.name) for number, path in work.members.items()]
        said = self._ask(
            control,
            "the ensemble",
            do="combine",
            members=members,
            bundle=work.bundle.name,
            card=dict(work.card),
        )
        return NO_VERDICT if said is None else Verdict(**said)

    def closed(self, number: int) -> None:
        """See ``Executor``."""
        self._folder.drop_checkpoints(number)

    def describe(self) -> Mapping[str, Any]:
        """See ``Executor``."""
        return {
            "worker_pid": self._process.pid if self._process else None,
            "devices": self._devices,
            "features": self._folder.features(),
        }

    def close(self) -> None:
        """End the worker and wait for it, so that none is left behind."""
        process, self._process = self._process, None
        if self._line is not None:
            self._line.close()
            self._line = None
        if process is not None:
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # -- talking

    def _wait_prepared(self, control: Control) -> bool:
        """Wait until the worker is ready for a candidate; False where a stop came first.

        Raises:
            SearchError: If it cannot get ready: no candidate could be trained.
        """
        while True:
            self.start()
            wish = control.tick()
            if wish == STOP:
                return False
            control.held(wish == PAUSE)
            if self._prepared and wish == GO:
                return True
            try:
                message = self._receive()
            except WorkerDied as died:
                self._false_starts += 1
                if self._false_starts > 1:
                    raise SearchError(
                        f"No worker could be started. {died} Last lines of its log:\n"
                        + "\n".join(self._folder.tail())
                    ) from died
                continue
            if message is None:
                continue
            if message["said"] == "ready":
                self._devices = message["devices"]
            elif message["said"] == "prepared":
                self._prepared, self._false_starts = True, 0
            elif message["said"] == "unfit":
                self.close()
                raise SearchError(f"The worker cannot prepare: {message['message']}")

    def _ask(self, control: Control, about: str, **message: Any) -> dict[str, Any] | None:
        """Have the worker do something, and steer it while it does; None where a stop came first."""
        if not self._wait_prepared(control):
            return None
        self._serial += 1
        self._send(serial=self._serial, **message)
        answer = self._converse(about, control)
        result: dict[str, Any] | None = None if answer is None else answer["result"]
        return result

    def _converse(self, about: str, control: Control) -> dict[str, Any] | None:
        """Steer and listen until the worker has done what was asked.

        Returns:
            The last message; None where it had to be ended by force after a stop.
        """
        told, since = GO, 0.0
        while True:
            message = self._receive()
            wish = control.tick()
            if wish != told:
                self._send(do=wish, serial=self._serial)
                told, since = wish, time.monotonic()
                if wish != PAUSE:
                    control.held(False)
            if told == STOP and time.monotonic() - since > GRACE:
                log.warning("%s did not end within %.0f s after a stop: its worker is ended", about, GRACE)
                self.close()
                return None
            if message is None or message.get("serial") != self._serial:
                continue
            if message["said"] == "epoch":
                control.epoch(message["epoch"], message["metrics"])
            elif message["said"] == "still" and told == PAUSE:
                control.held(True)
            elif message["said"] in ("done", "failed"):
                self._recycle(message["memory"])
                if message["said"] == "failed":
                    error = EvaluationError(message["message"], message["kind"])
                    error.trace = message["trace"]  # type: ignore[attr-defined]
                    raise error
                return message

    def _recycle(self, memory: float) -> None:
        """Replace a worker that has grown too large."""
        if self._first_memory is None:
            self._first_memory = memory
        elif memory > self._first_memory + GROWTH_MIB:
            log.info("the worker has grown from %.0f to %.0f MiB and is replaced", self._first_memory, memory)
            self.close()
            self.start()

    def _send(self, **message: Any) -> None:
        if self._line is None:
            return
        try:
            self._line.send_bytes(json.dumps(message).encode())
        except OSError:  # it has died: the next look for an answer says how
            log.info("the worker did not hear %s", message["do"])

    def _receive(self) -> dict[str, Any] | None:
        """The next message; None where none came within ``POLL`` seconds.

        Raises:
            WorkerDied: If there is no worker any more, or it has fallen silent.
        """
        process, line = self._process, self._line
        if process is None or line is None:
            raise WorkerDied("There is no worker.")
        try:
            if line.poll(POLL):
                message: dict[str, Any] = json.loads(line.recv_bytes())
                self._heard = time.monotonic()
                return None if message["said"] == "beat" else message
        except (EOFError, OSError):
            raise self._died() from None
        if time.monotonic() - self._heard > SILENCE:
            process.kill()
            raise self._died(f"It gave no sign for {SILENCE:.0f} s.")
        return None

    def _died(self, why: str = "") -> WorkerDied:
        process = self._process
        pid = process.pid if process else 0
        code = -signal.SIGKILL
        if process is not None:
            try:
                code = process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        self.close()
        how = f"exit code {code}"
        if code < 0:
            how = signal.Signals(-code).name
            if code == -signal.SIGKILL and not why:
                why = "Most often that means that memory ran out."
        error = WorkerDied(f"The worker (process {pid}) was ended by {how}. {why}".strip())
        error.trace = "\n".join(self._folder.tail())  # type: ignore[attr-defined]
        return error
