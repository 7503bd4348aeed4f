"""Processes: how a runner is started, and whether one is still there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterable
from pathlib import Path

from .folder import RunFolder

PACKAGE_HOME = Path(__file__).resolve().parents[2]


def start_runner(folder: RunFolder) -> subprocess.Popen[bytes]:
    """Start the runner of a run folder, in a session of its own.

    No Ctrl-C, hang-up or restarted kernel reaches it.

    It is started with ``-P`` so that no file of the present folder shadows a module, without input, and
    writes into the run's log. A thread waits for its end, so that no zombie remains while this process lives.
    """
    command = [sys.executable, "-P", "-m", "kerasnas.run.runner", str(folder.path), str(os.getpid())]
    with folder.log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=folder.path, env=_environment()
        )  # fmt: skip
    threading.Thread(target=process.wait, name=f"kerasnas-runner-{process.pid}", daemon=True).start()
    return process


def _environment() -> dict[str, str]:
    """The present environment; with the way to this package where it is not installed."""
    environment = dict(os.environ)
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    known = [str(Path(p).absolute()) for p in environment.get("PYTHONPATH", "").split(os.pathsep) if p]
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    if PACKAGE_HOME not in installed:
        known.append(str(PACKAGE_HOME))
    environment["PYTHONPATH"] = os.pathsep.join(known)
    return environment


def extend_path(paths: Iterable[str]) -> None:
    """Let modules be found that the starting process could find.

    They come behind what is found without, so that nothing is shadowed.
    """
    sys.path.extend(p for p in paths if p and p not in sys.path and Path(p).exists())


def here() -> str:
    """This machine's name."""
    return socket.gethostname()


def is_alive(pid: int | None) -> bool:
    """Whether a process of this machine lives; a zombie does not."""
    if pid is None:
        return False
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
