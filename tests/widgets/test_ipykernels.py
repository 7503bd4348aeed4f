"""Handlers run on other threads in other ipykernels: each of them takes commands and tells what happens while a cell runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

import meta_store
from kerasnas.run.process import here
from meta_store.records import SearchRecord, SpaceRecord

from .fakes import task

pytestmark = [pytest.mark.ci, pytest.mark.slow]

VERSIONS = ("6.30.*", "7.3.*", "7.4.*")


@pytest.fixture(scope="module", params=VERSIONS)
def ipykernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release of ipykernel."""
    folder = tmp_path_factory.mktemp("ipykernel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(folder),
        f"ipykernel=={request.param}",
    ]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[meta_store.Store, str, Path]]:
    """A store with a search whose runner is this very process."""
    path = tmp_path / "team.db"
    with meta_store.open(path) as store:
        store.put_task(task())
        store.put_space(SpaceRecord("s1", "f", 1, {}))
        found = store.create_search(SearchRecord("", "t1", "s1", "random", 0, {"trials": 3}))
        lease = store.acquire_lease(found, "test", pid=os.getpid(), host=here())
        store.set_search_state(lease, "running")
        yield store, found, path


def commands(store: meta_store.Store, search: str) -> list[str]:
    return [command.verb for command in store.pending_commands(search)]


def test_commands_arrive_and_the_panel_lives_while_a_cell_runs(ipykernel: Path, running: Any) -> None:
    store, search, path = running
    manager = KernelManager()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ipykernel), *sys.path])}
    manager.start_kernel(env=environment)
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        code = (
            f"import ipykernel; print(ipykernel.__version__)\nimport kerasnas as kn\n"
            f"panel = kn.attach({search!r}, {str(path)!r})\nprint(panel.session.model_id)"
        )
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if (
                message["content"].get("name") == "stdout"
            ):  # a warning on the other stream is not what was asked for
                said.append(message["content"]["text"])

        reply = client.execute_interactive(code, timeout=120, output_hook=hear)
        assert reply["content"]["status"] == "ok", reply["content"]
        version, model = "".join(said).split()
        assert (ipykernel / f"ipykernel-{version}.dist-info").is_dir()

        def press(verb: str) -> None:
            data = {"method": "custom", "content": {"type": "act", "verb": verb}}
            client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": model, "data": data}))

        def wait_for(verbs: list[str]) -> None:
            for _ in range(600):
                if commands(store, search) == verbs:
                    return
                time.sleep(0.1)
            pytest.fail(f"ipykernel {version}: the store has {commands(store, search)}, not {verbs}.")

        press("pause")
        wait_for(["pause"])
        heard: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
                heard.append(content["comm_id"])

        busy = client.execute("import time; time.sleep(5)")
        press("stop")
        while True:  # the messages of the running cell and, among them, those of the poller
            message = client.get_iopub_msg(timeout=60)
            hear(message)
            ended = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            if ended and message["parent_header"].get("msg_id") == busy:
                break
        assert heard.count(model) >= 2, f"ipykernel {version}: the poller was silent while a cell ran"
        wait_for(["pause", "stop"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
