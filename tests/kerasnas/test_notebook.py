"""The door to the widgets: lazy, and not fooled by a foreign module of their name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOREIGN = {
    "module": {"widgets.py": "MINE = 'a notebook helper'\n"},
    "package": {"widgets/__init__.py": "MINE = 'a notebook helper'\n"},
    "folder": {"widgets/notes.txt": "no module at all\n"},
}


def python(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("kind", ["module", "package"])
@pytest.mark.parametrize("first", ["", "import widgets\n"], ids=["not imported", "imported before"])
def test_a_foreign_module_called_widgets_is_left_alone_and_ours_is_loaded_beside_it(
    tmp_path: Path, kind: str, first: str
) -> None:
    for name, text in FOREIGN[kind].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    told = python(
        tmp_path,
        first + "from kerasnas import notebook\nours = notebook._widgets('words')\nimport widgets\n"
        "print(ours.__name__, ours.duration(90), widgets.MINE)",
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == ["kerasnas_widgets.words", "1", "min", "30", "s", "a", "notebook", "helper"]
    assert (
        f"`import widgets` finds {tmp_path / next(iter(FOREIGN[kind]))} here, which is not the studio's."
        in told.stderr
    )
    assert "kerasnas loads its own widgets from" in told.stderr


@pytest.mark.parametrize("place", ["elsewhere", "a folder without Python"])
def test_where_ours_is_found_it_is_used_under_its_own_name_and_nothing_is_said(
    tmp_path: Path, place: str
) -> None:
    if place != "elsewhere":
        (tmp_path / "widgets").mkdir()
    told = python(tmp_path, "from kerasnas import notebook\nprint(notebook._widgets('words').__name__)")
    assert (told.returncode, told.stdout.strip(), told.stderr) == (0, "widgets.words", "")


def test_the_door_stays_shut_until_it_is_opened(tmp_path: Path) -> None:
    told = python(
        tmp_path,
        "import sys\nimport kerasnas\nkerasnas.studio\n"
        "print('widgets' in sys.modules, 'ipywidgets' in sys.modules)",
    )
    assert told.stdout.split() == ["False", "False"], told.stderr


def test_the_warning_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "widgets.py").write_text("")
    told = python(tmp_path, "from kerasnas import notebook\nfor _ in range(3): notebook._widgets('words')")
    assert told.stderr.count("which is not the studio's") == 1
