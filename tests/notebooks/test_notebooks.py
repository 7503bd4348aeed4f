"""The notebooks do what they say, in a kernel of their own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run(name: str, folder: Path) -> Any:
    """Execute a notebook in a copy of its folder, so that what it writes stays out of the project."""
    shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True)
    notebook = nbformat.read(folder / name, as_version=4)
    NotebookClient(
        notebook, timeout=1200, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def outputs(notebook: Any, text: str) -> list[Any]:
    """The outputs of the one cell whose source holds a text."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and text in cell.source]
    assert len(cells) == 1, f"{len(cells)} cells hold {text!r}"
    return list(cells[0].outputs)


def html(found: list[Any]) -> str:
    return "\n".join(output.get("data", {}).get("text/html", "") for output in found)


@pytest.mark.slow
def test_quickstart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNAS_STORE", str(tmp_path / "home" / "store.db"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = run("01_quickstart.ipynb", tmp_path / "notebooks")
    panel = outputs(notebook, "kn.attach(")
    assert "application/vnd.jupyter.widget-view+json" in panel[0]["data"]
    # The panel's own place is followed by the report of the search that has ended: true in the saved notebook, too.
    assert "Predict label: finished" in html(panel[1:])
    assert html(panel[1:]).count("<svg") == 2
    said = outputs(notebook, "best.validation")[0]["text"]
    figures = [float(figure) for figure in re.findall(r"\d\.\d{3}", said)]
    assert len(figures) == 3
    source = outputs(notebook, "best.source()")[0]["text"]
    compile(source, "source", "exec")
    assert not re.search(
        r"^\s*(import|from)\s+kerasnas", source, re.MULTILINE
    )  # layers of ours are written out
    assert "predicted" in html(outputs(notebook, "kn.load(path)"))
    assert "No search has been started here" in html(outputs(notebook, "kn.studio("))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
