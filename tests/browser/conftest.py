"""A real JupyterLab and a real Chromium for the tests of the studio."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
READY = """() => { const w = window.jupyterapp?.shell.currentWidget, k = w?.sessionContext?.session?.kernel;
                   return k?.status === 'idle' && k.connectionStatus === 'connected' }"""


def _run(*command: str) -> str:
    """Run a command; what it said when it failed, else nothing."""
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=900,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command)}: {error}"
    return (
        "" if done.returncode == 0 else f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-400:]}"
    )


def find_chromium(playwright: Playwright) -> str | None:
    """A Chromium to drive: the system's; else Debian's, installed where that may be; else Playwright's own.

    Returns:
        Its path; None for Playwright's own.

    Raises:
        pytest.fail.Exception: If there is none and none can be installed. This suite skips nothing.
    """

    def present() -> str | None:
        return next((found for name in NAMES if (found := shutil.which(name))), None)

    if found := present():
        return found
    tried = []
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        said = _run(*root, "apt-get", "install", "-y", "--no-install-recommends", "chromium")
        if said:
            _run(*root, "apt-get", "update")
            said = _run(*root, "apt-get", "install", "-y", "--no-install-recommends", "chromium")
        if not said and (found := present()):
            return found
        tried.append(said)
    if Path(playwright.chromium.executable_path).exists():
        return None
    said = _run(sys.executable, "-m", "playwright", "install", "chromium")
    if not said:
        return None
    pytest.fail(
        "No Chromium was found, and none could be installed:\n"
        + "\n".join([*tried, said])
        + "\nOn Debian: apt-get install chromium"
    )


@dataclass
class Lab:
    """A running JupyterLab.

    Attributes:
        url: Address of the server.
        root: Folder of its notebooks.
        environment: Where its kernels keep searches and caches; a test that starts a search uses the same.
    """

    url: str
    root: Path
    environment: dict[str, str]

    def write(self, name: str, *cells: str) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.root / name)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for all tests; no setting, workspace or store of the person who runs them is touched."""
    base = tmp_path_factory.mktemp("lab")
    root, home = base / "notebooks", base / "jupyter"
    root.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {
        "KERASNAS_HOME": str(base / "home"),
        "KERASNAS_CACHE": str(base / "cache"),
        "KERASNAS_STORE": str(base / "team.db"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    theirs = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    notices = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notices.parent.mkdir(parents=True)
    notices.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    environment = {**os.environ, **ours, **{name: str(home / folder) for name, folder in theirs.items()}}
    options = {
        "ip": "127.0.0.1",
        "port": port,
        "IdentityProvider.token": "",
        "ServerApp.root_dir": root,
    }
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
    ]
    command += [f"--{name}={value}" for name, value in options.items()]
    log = base / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(480):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/api/status", timeout=1):
                break
            if server.poll() is not None:
                pytest.fail(f"JupyterLab ended with {server.returncode}:\n{log.read_text()[-2000:]}")
            time.sleep(0.25)
        else:
            pytest.fail(f"JupyterLab did not answer:\n{log.read_text()[-2000:]}")
        yield Lab(url, root, ours)
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=find_chromium(playwright),
            args=FLAGS,
            viewport={"width": 1280, "height": 1000},
        )
        yield context
        context.close()


@pytest.fixture
def page(browser: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page; errors in its console fail the test when they come from our scripts."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    shots = os.environ.get("KERASNAS_SCREENSHOTS")
    if shots:
        Path(shots).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(shots) / f"{request.node.name}.png")
    page.close()
    assert not wrong, wrong


class Notebook:
    """A notebook on a page."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name

    def open(self) -> Notebook:
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?reset")
        return self.ready()

    def ready(self) -> Notebook:
        """Wait until the kernel would take what is sent; sent earlier it is lost."""
        self.page.wait_for_function(READY, timeout=90_000)
        return self

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Run a command of JupyterLab without waiting for its end: a cell may run for long."""
        self.page.evaluate(
            "([name, args]) => { window.jupyterapp.commands.execute(name, args) }", [name, arguments or {}]
        )

    def run_all(self) -> Notebook:
        self.command("notebook:run-all-cells")
        return self

    def save_and_reload(self) -> Notebook:
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        self.page.reload()
        return self.ready()

    def restart_kernel(self) -> Notebook:
        """End the kernel as Restart does, without its dialogue."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        return self.ready()

    def shut_kernel_down(self) -> None:
        """End the kernel without another, and without a dialogue."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    def run_cell(self, index: int) -> None:
        self.page.evaluate(
            "(k) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = k }", index
        )
        self.command("notebook:run-cell")

    def output(self, index: int) -> Locator:
        """The outputs of a cell, where the panels live; never the cell's own source."""
        return self.page.locator(
            f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"] .jp-OutputArea-output'
        )

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {name}",
        )
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeName === 'JupyterLab {name}'")


@pytest.fixture
def notebook(page: Page, lab: Lab) -> Any:
    """Write a notebook of these cells and open it."""

    def make(name: str, *cells: str) -> Notebook:
        lab.write(name, *cells)
        return Notebook(page, lab, name).open()

    return make
