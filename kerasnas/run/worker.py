"""The worker: a warm process that trains one candidate after another.

Started by ``worker_client``, never by hand.

It speaks JSON over one socket. When the other end is gone, so is its reason to be, and it ends at once, in
whatever it does: by the socket's end, and on Linux by a signal that the kernel sends when the runner dies.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from .executor import GO, PAUSE, STOP, Combination, Retraining, Work

BEAT = 2.0
PR_SET_PDEATHSIG = 1


class Line:
    """The worker's end of the socket.

    One thread reads, so that a message that steers takes effect while another thread trains.

    Args:
        connection: The socket.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._arrived = threading.Condition()
        self._tasks: list[dict[str, Any]] = []
        self._wish = GO
        self.serial = 0
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        threading.Thread(target=self._beat, name="beat", daemon=True).start()

    def send(self, **message: Any) -> None:
        """Tell the runner; ends the process where there is none any more."""
        try:
            with self._sending:
                self._connection.send_bytes(json.dumps(message, default=float).encode())
        except OSError:
            os._exit(0)

    def next(self) -> dict[str, Any]:
        """The next task."""
        with self._arrived:
            while not self._tasks:
                self._arrived.wait()
            return self._tasks.pop(0)

    def begin(self, serial: int) -> None:
        """A task begins; what was wished of an earlier one is forgotten."""
        with self._arrived:
            if self.serial != serial:
                self.serial, self._wish = serial, GO

    def pulse(self) -> bool:
        """Stands still while a pause is wished; False where the training is to end."""
        if self._wish == PAUSE:
            self.send(said="still", serial=self.serial)
            with self._arrived:
                while self._wish == PAUSE:
                    self._arrived.wait()
        return self._wish != STOP

    def _read(self) -> None:
        while True:
            try:
                message = json.loads(self._connection.recv_bytes())
            except (EOFError, OSError):
                os._exit(0)
            with self._arrived:
                if message["do"] in (GO, PAUSE, STOP):
                    self.serial, self._wish = message["serial"], message["do"]
                else:
                    self._tasks.append(message)
                self._arrived.notify_all()

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT)
            self.send(said="beat")


def die_with(parent: int) -> None:
    """Ask the kernel for a SIGKILL when the parent dies (Linux; elsewhere the socket's end must do)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def memory_mib() -> float:
    """Resident memory of this process now."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def main(folder_path: str, handle: int, parent: int) -> None:
    """Load Keras, prepare when told what for, then train candidates until the runner is gone.

    Args:
        folder_path: The run folder.
        handle: File descriptor of the socket.
        parent: The runner's process.
    """
    die_with(parent)
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("kerasnas").setLevel(logging.INFO)
    line = Line(Connection(handle))
    from .. import backend
    from .folder import RunFolder
    from .process import extend_path
    from .trainer import Trainer, make_evaluator

    folder = RunFolder(folder_path)
    trainer: Trainer | None = None
    try:
        module = backend.current()
        module.prepare()
        from ..evaluators import training  # noqa: F401 - the rest of what the first candidate needs

        line.send(said="ready", devices=module.devices())
        line.next()
        from ..data.task_data import TaskData
        from ..space import Space

        job = folder.read_job()
        extend_path(job["sys_path"])
        space = Space.from_json(job["space"], folder.read_objects())
        trainer = Trainer(
            space,
            TaskData.open(folder.data),
            make_evaluator(job["evaluator"]),
            job["seed"],
            folder,
            limits=job["limits"],
            minimise=job.get("minimise", ()),
        )
        line.send(said="prepared")
    except Exception as error:
        line.send(said="unfit", message=f"{type(error).__name__}: {error}")
        raise  # into the log
    while True:
        _serve(line, trainer, line.next(), folder)


def _serve(line: Line, trainer: Any, message: dict[str, Any], folder: Any) -> None:
    from ..errors import EvaluationError

    line.begin(message["serial"])
    try:
        result = _done(line, trainer, message, folder)
    except EvaluationError as error:
        line.send(
            said="failed",
            serial=message["serial"],
            kind=error.kind,
            message=str(error),
            trace=getattr(error, "trace", ""),
            memory=memory_mib(),
        )
    else:
        line.send(said="done", serial=message["serial"], result=vars(result), memory=memory_mib())


def _done(line: Line, trainer: Any, message: dict[str, Any], folder: Any) -> Any:
    """Do what a message asks for; see ``Executor`` for what each gives."""
    from ..space import Genotype

    def report(epoch: int, metrics: Any) -> bool:
        line.send(said="epoch", serial=message["serial"], epoch=epoch, metrics=dict(metrics))
        return line.pulse()

    match message["do"]:
        case "evaluate":
            genotype = Genotype.from_json(message["genotype"])
            work = Work(
                message["number"], genotype, message["seed"], message["most_epochs"], message["epochs"]
            )
            return trainer.evaluate(work, report, line.pulse)
        case "judge":
            genotype = Genotype.from_json(message["genotype"])
            bundle = folder.bundles / message["bundle"]
            final = Retraining(
                message["number"], genotype, message["seed"], message["epochs"], bundle, message["card"], message["schedule"],
            )  # fmt: skip
            return trainer.judge(final, report, line.pulse)
        case "pick":
            return trainer.pick(message["numbers"], message["most"])
        case "combine":
            members = {number: folder.bundles / file for number, file in message["members"]}
            return trainer.combine(Combination(members, folder.bundles / message["bundle"], message["card"]))
        case other:
            raise ValueError(f"The worker does not know how to do {other!r}.")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
