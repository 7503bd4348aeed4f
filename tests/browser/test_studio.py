"""The studio in a real JupyterLab: start, watch, pause, resume, stop; reload, restart, a second notebook."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import meta_store
from kerasnas.search import Search

from .conftest import Lab, Notebook

pytestmark = pytest.mark.browser

LONG = 180_000  # ms that a runner may need to load TensorFlow on a busy machine; nothing is asserted about it

DATA = """
import kerasnas as kn
from sklearn.datasets import load_iris

frame = load_iris(as_frame=True).frame
frame["species"] = frame.pop("target").map(dict(enumerate(["setosa", "versicolor", "virginica"])))
"""
STUDIO = DATA + "panel = kn.studio(frame, target='species', budget=kn.Budget(trials=500))\npanel"
START = (
    DATA
    + """
task = kn.Task(frame, target="species", name="iris")
search = kn.Search(task, budget=kn.Budget(trials=500))
search.start()
print("started", search.id)
"""
)


def state(where: Page | Locator) -> Locator:
    return where.get_by_test_id("state")


def button(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("group", name=re.compile("Search actions|Stop the search")).get_by_role(
        "button", name=name, exact=True
    )


def first_row(where: Page | Locator) -> Locator:
    return where.get_by_role("grid", name="Leaderboard").get_by_role("row").nth(1)


def stop(where: Page | Locator) -> None:
    """Stop is the one action that asks back."""
    button(where, "Stop").click()
    button(where, "Stop now").click()
    expect(state(where)).to_have_text("stopped", timeout=LONG)


@pytest.fixture(scope="module")
def running(lab: Lab) -> Iterator[str]:
    """The id of a search that was started elsewhere, as a colleague's would be."""
    environment = {**os.environ, **lab.environment}
    told = subprocess.run(
        [sys.executable, "-c", START],
        env=environment,
        cwd=lab.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    found = told.stdout.split("started ")[1].strip()
    yield found
    Search.attach(found, store=lab.environment["KERASNAS_STORE"]).stop(finalists=False)


def test_start_watch_pause_resume_stop(notebook: Callable[..., Notebook]) -> None:
    book = notebook("start.ipynb", STUDIO, "print(6 * 7)", "print(len(panel.search.leaderboard()))")
    book.run_cell(0)
    panel = book.output(0)
    expect(state(panel)).to_have_text("not started", timeout=LONG)
    columns = panel.get_by_role("table", name="Columns")
    expect(columns.get_by_role("row", name=re.compile("petal width"))).to_contain_text("numeric")

    # A form that cannot be started says why beside the field, and in the button's own row.
    trials = panel.get_by_role("spinbutton", name="Trials")
    trials.fill("0")
    trials.press("Enter")
    expect(panel.get_by_text("Give the search a limit").first).to_be_visible()
    expect(button(panel, "Start")).to_have_attribute("aria-disabled", "true")
    trials.fill("500")
    trials.press("Enter")
    expect(button(panel, "Start")).not_to_have_attribute("aria-disabled", "true")

    button(panel, "Start").click()
    expect(state(panel)).to_have_text(re.compile("starting|running"))
    expect(state(panel)).to_have_text("running", timeout=LONG)
    book.run_cell(1)  # the kernel is free while the search runs
    expect(book.output(1)).to_have_text("42", timeout=LONG)
    expect(first_row(panel)).to_contain_text("completed", timeout=LONG)
    expect(panel.get_by_test_id("best")).to_have_text(re.compile(r"0\.\d{3}|1\.000"))
    expect(panel.get_by_text("provisional", exact=True)).to_be_visible()

    panel.get_by_role("tab", name="Curves").click()
    expect(panel.get_by_role("img", name=re.compile("Validation accuracy by epoch")).first).to_be_visible(
        timeout=LONG
    )
    panel.get_by_role("tab", name="Show code").click()
    expect(panel.get_by_text("search = kn.Search(task, budget=kn.Budget(trials=500)").first).to_be_visible()

    button(panel, "Pause").click()
    expect(state(panel)).to_have_text("paused", timeout=LONG)
    expect(button(panel, "Resume")).to_be_focused()
    button(panel, "Resume").click()
    expect(state(panel)).to_have_text("running", timeout=LONG)
    stop(panel)
    book.run_cell(2)
    expect(book.output(2)).to_have_text(re.compile(r"\d+"), timeout=LONG)
    # When the search has ended, a static report stands below the panel, for whoever opens the saved notebook.
    expect(panel.get_by_text("To open its panel:")).to_be_visible(timeout=LONG)


def test_a_reload_keeps_the_panel_and_attach_opens_another(
    notebook: Callable[..., Notebook], running: str
) -> None:
    book = notebook(
        "reload.ipynb", f"import kerasnas as kn\nkn.attach({running!r})", f"kn.attach({running!r})"
    )
    book.run_cell(0)
    expect(first_row(book.output(0))).to_contain_text("completed", timeout=LONG)
    book.save_and_reload()
    expect(state(book.output(0))).to_have_text("running", timeout=LONG)
    expect(first_row(book.output(0))).to_contain_text("completed", timeout=LONG)
    book.run_cell(1)
    expect(first_row(book.output(1))).to_contain_text("completed", timeout=LONG)


def test_a_restarted_kernel_is_noticed_and_attach_finds_the_search(
    notebook: Callable[..., Notebook], running: str
) -> None:
    book = notebook(
        "restart.ipynb",
        f"import kerasnas as kn\nkn.attach({running!r})",
        f"import kerasnas as kn\nkn.attach({running!r})",
    )
    book.run_cell(0)
    expect(first_row(book.output(0))).to_contain_text("completed", timeout=LONG)
    expect(button(book.output(0), "Pause")).not_to_have_attribute("aria-disabled", "true")
    book.restart_kernel()
    expect(book.output(0).get_by_text("The kernel is gone: run this after a restart")).to_be_visible(
        timeout=30_000
    )
    expect(book.output(0).get_by_text(f"kn.attach('{running}'").first).to_be_visible()
    for name in ("Pause", "Stop"):
        expect(button(book.output(0), name)).to_have_attribute("aria-disabled", "true")
    button(book.output(0), "Stop").click(force=True)
    expect(button(book.output(0), "Stop now")).to_have_count(0)
    book.run_cell(1)
    expect(state(book.output(1))).to_have_text("running", timeout=LONG)
    expect(first_row(book.output(1))).to_contain_text("completed", timeout=LONG)
    book.shut_kernel_down()
    expect(book.output(1).get_by_text("The kernel is gone: run this after a restart")).to_be_visible(
        timeout=30_000
    )
    expect(button(book.output(1), "Pause")).to_have_attribute("aria-disabled", "true")


def test_buttons_work_while_a_cell_runs(notebook: Callable[..., Notebook], lab: Lab, running: str) -> None:
    """The cell ends only when the test says so: both commands have taken effect before."""
    flag = lab.root / "go-on"
    busy = f"import time, pathlib\nwhile not pathlib.Path({str(flag)!r}).exists():\n    time.sleep(0.1)\nprint('done')"
    book = notebook("busy.ipynb", f"import kerasnas as kn\nkn.attach({running!r})", busy)
    book.run_cell(0)
    panel = book.output(0)
    expect(state(panel)).to_have_text("running", timeout=LONG)
    book.run_cell(1)
    try:
        expect(book.page.locator('.jp-Cell[data-windowed-list-index="1"] .jp-InputPrompt')).to_have_text(
            "[*]:"
        )
        button(panel, "Pause").click()
        expect(state(panel)).to_have_text("paused", timeout=LONG)
        button(panel, "Resume").click()
        expect(state(panel)).to_have_text("running", timeout=LONG)
        expect(book.output(1)).to_have_count(0)
    finally:
        flag.touch()
    expect(book.output(1)).to_have_text("done", timeout=LONG)


def test_two_notebooks_steer_one_search(
    notebook: Callable[..., Notebook], browser: Any, lab: Lab, running: str
) -> None:
    one = notebook("one.ipynb", f"import kerasnas as kn\nkn.attach({running!r})")
    one.run_cell(0)
    expect(state(one.output(0))).to_have_text("running", timeout=LONG)
    lab.write("two.ipynb", f"import kerasnas as kn\nkn.attach({running!r})")
    other = Notebook(browser.new_page(), lab, "two.ipynb").open()
    other.run_cell(0)
    expect(state(other.output(0))).to_have_text("running", timeout=LONG)
    button(other.output(0), "Pause").click()
    expect(state(one.output(0))).to_have_text("paused", timeout=LONG)
    expect(state(other.output(0))).to_have_text("paused", timeout=LONG)
    button(one.output(0), "Resume").click()
    expect(state(other.output(0))).to_have_text("running", timeout=LONG)
    other.page.close()


def test_the_grid_is_read_by_keys_and_every_text_has_contrast(
    notebook: Callable[..., Notebook], running: str
) -> None:
    book = notebook("keys.ipynb", f"import kerasnas as kn\nkn.attach({running!r})")
    book.run_cell(0)
    panel = book.output(0)
    grid = panel.get_by_role("grid", name="Leaderboard")
    expect(first_row(panel)).to_contain_text("completed", timeout=LONG)
    button(panel, "Pause").click()
    expect(state(panel)).to_have_text("paused", timeout=LONG)

    first_row(panel).get_by_role("gridcell").nth(1).click()
    expect(first_row(panel)).to_have_attribute("aria-selected", "true")
    expect(panel.get_by_text("training/learning_rate")).to_be_visible(timeout=LONG)
    for key, column in (("ArrowRight", "3"), ("End", "9"), ("Home", "1"), ("ArrowRight", "2")):
        book.page.keyboard.press(key)
        expect(grid.locator(":focus")).to_have_attribute("aria-colindex", column)
    book.page.keyboard.press("ArrowUp")
    header = grid.get_by_role("columnheader", name=re.compile("accuracy"))
    expect(header).to_be_focused()
    expect(header).to_have_attribute("aria-sort", "descending")
    book.page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "ascending", timeout=LONG)
    expect(grid.locator('[tabindex="0"]')).to_have_count(1)
    expect(header).to_be_focused()  # JupyterLab did not take the keys for itself

    panel.get_by_role("tab", name="Curves").click()
    curves = panel.get_by_role("group", name=re.compile("Learning curves"))
    curves.focus()
    book.page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("status").filter(has_text=re.compile(r"trial \d+, ")).first).to_be_visible()

    contrast = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
    for theme in ("Light", "Dark"):
        book.theme(theme)
        for tab in ("Leaderboard", "Curves", "Show code"):
            panel.get_by_role("tab", name=tab).click()
            assert book.page.evaluate(contrast) == [], f"{theme}, {tab}"
    book.theme("Light")
    button(panel, "Resume").click()
    expect(state(panel)).to_have_text("running", timeout=LONG)


def test_a_lost_runner_is_shown_with_its_log_and_resumed(
    notebook: Callable[..., Notebook], lab: Lab, running: str
) -> None:
    book = notebook("lost.ipynb", f"import kerasnas as kn\nkn.attach({running!r})")
    book.run_cell(0)
    panel = book.output(0)
    expect(state(panel)).to_have_text("running", timeout=LONG)
    with meta_store.open(lab.environment["KERASNAS_STORE"]) as store:
        pid = store.get_search(running).pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    expect(state(panel)).to_have_text("runner lost", timeout=LONG)
    banner = panel.get_by_role("alert").filter(has_text="runner is lost")
    expect(banner).to_contain_text(f"process {pid}")
    expect(banner.get_by_label("Last lines of the log")).to_contain_text(re.compile("trial|search"))
    button(panel, "Resume").click()
    expect(state(panel)).to_have_text("running", timeout=LONG)
    expect(banner).to_be_hidden()
