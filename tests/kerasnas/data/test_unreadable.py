"""Pictures and sounds that cannot be read: counted, named, and by choice an error or a missing cell."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import kerasnas as kn
from kerasnas.data import TaskData
from kerasnas.data.adapters.base import Rows
from kerasnas.data.adapters.mel import Mel
from kerasnas.data.adapters.pixels import Pixels
from kerasnas.errors import DataError

ROWS = 60


def tone() -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.sin(np.arange(4000) / 5).astype("float32"), 8000, format="WAV")
    return buffer.getvalue()


def damaged(folder: Path, good: bytes, ending: str) -> dict[str, str]:
    """Files that cannot be read, by what is wrong with them, and the telling part of what is said."""
    (folder / f"truncated{ending}").write_bytes(good[:20])
    (folder / f"corrupt{ending}").write_bytes(good[:12] + bytes(reversed(good[12:])))
    (folder / f"words{ending}").write_text("not what my name says", encoding="utf-8")
    (folder / f"empty{ending}").write_bytes(b"")
    (folder / f"folder{ending}").mkdir()
    os.mkfifo(folder / f"pipe{ending}")
    return {
        "truncated": "",
        "corrupt": "",
        "words": "no picture"
        if ending == ".png"
        else "LibsndfileError: Error opening it: Format not recognised",
        "empty": "an empty file"
        if ending == ".png"
        else "LibsndfileError: Error opening it: Format not recognised",
        "folder": "a folder",
        "pipe": "no regular file",
        "absent": "No such file or directory",
    }


@pytest.fixture(params=["picture", "sound"])
def column(
    request: pytest.FixtureRequest, tmp_path: Path, picture: Callable[..., bytes]
) -> tuple[Pixels | Mel, Path, dict[str, str], str]:
    """An adapter fitted on good files, their folder, what is wrong with the others, and their ending."""
    good, ending = (picture(), ".png") if request.param == "picture" else (tone(), ".wav")
    for number in range(9):
        (tmp_path / f"{number}{ending}").write_bytes(good)
    rows = Rows(pd.DataFrame({"c": [f"{number}{ending}" for number in range(9)]}), tmp_path)
    adapter = (Pixels if ending == ".png" else Mel).fit(rows, "c", "v")
    return adapter, tmp_path, damaged(tmp_path, good, ending), ending


def test_each_kind_of_damage_is_a_missing_cell_with_its_cause(column: tuple) -> None:
    adapter, folder, causes, ending = column
    for name, cause in causes.items():
        cells = [f"0{ending}", f"{name}{ending}", f"1{ending}"]
        rows = Rows(pd.DataFrame({"c": cells}), folder, "missing")
        seen = adapter.transform(rows)
        assert [bool(one.any()) for one in seen] == [True, False, True], name
        (said,) = rows.notes
        assert f"1 of 3 {'picture' if ending == '.png' else 'sound'}s in column 'c' cannot be read" in said
        assert f"{name}{ending} ({cause}" in said
        with pytest.raises(DataError, match=rf"{name}{ending} .*unreadable='missing'"):
            adapter.transform(Rows(rows.frame, folder, "error"))


def test_most_of_them_are_an_error_unless_allowed(column: tuple) -> None:
    adapter, folder, causes, ending = column
    frame = pd.DataFrame({"c": [f"{name}{ending}" for name in causes]})
    with pytest.raises(DataError, match=r"7 of 7 .* and 2 more. Check the files.*base="):
        adapter.transform(Rows(frame, folder))
    rows = Rows(frame, folder, "missing")
    assert not adapter.transform(rows).any()
    assert "7 of 7" in rows.notes[0]
    assert not adapter.transform(Rows(frame.assign(c=None), folder, "error")).any()  # empty is not unreadable


def test_no_permission_as_the_system_says_it(column: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, folder, _, ending = column
    whole = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == f"0{ending}":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    rows = Rows(pd.DataFrame({"c": [f"0{ending}", f"1{ending}"]}), folder, "missing")
    adapter.transform(rows)
    assert f"0{ending} (Permission denied)" in rows.notes[0]


@pytest.fixture
def table(tmp_path: Path, picture: Callable[..., bytes]) -> Path:
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b"], ROWS)
    for number, label in enumerate(labels):
        (tmp_path / f"{number}.png").write_bytes(picture((200 if label == "a" else 20, 9, 9)))
    (tmp_path / "3.png").write_text("words", encoding="utf-8")
    (tmp_path / "4.png").unlink()
    frame = pd.DataFrame({"p": [f"{n}.png" for n in range(ROWS)], "x": rng.normal(size=ROWS), "y": labels})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


def test_a_task_notes_them_and_says_so_in_the_spool(table: Path, tmp_path: Path) -> None:
    task = kn.Task(table, "y")
    task.spool(tmp_path / "spool")
    (said,) = [note for note in task.notes if "cannot be read" in note]
    assert said.startswith("2 of 60 pictures in column 'p' cannot be read: ")
    assert "3.png (no picture)" in said
    assert "4.png (No such file or directory)" in said
    assert said.endswith("they are read as empty")
    assert said in TaskData.open(tmp_path / "spool").facts["notes"]
    assert f"note: {said}" in task.describe()
    again = kn.Task(table, "y")
    again.data().array("image_pixels")
    assert any("2 of 60" in note for note in again.notes)


def test_a_task_refuses_them_where_asked(table: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="in column 'p' cannot be read: .*Mend or remove them"):
        kn.Task(table, "y", unreadable="error").spool(tmp_path / "spool")
    with pytest.raises(DataError, match=r"`unreadable`. Expected 'missing', 'error' or None. Received: 'no'"):
        kn.Task(table, "y", unreadable="no")


def test_at_prediction(table: Path, caplog: pytest.LogCaptureFixture) -> None:
    task = kn.Task(table, "y")
    rows = pd.read_csv(table).iloc[[3, 4, 5]]
    read = task.preprocessor.transform
    with pytest.raises(DataError, match="2 of 3 pictures"):
        read(rows, base=table.parent)
    with caplog.at_level(logging.WARNING, "kerasnas"):
        seen = read(rows, base=table.parent, unreadable="missing")["image_pixels"]
    assert [bool(one.any()) for one in seen] == [False, False, True]
    assert "2 of 3 pictures in column 'p' cannot be read: 3.png" in caplog.text
    with pytest.raises(DataError, match="unreadable='missing'"):
        read(rows, base=table.parent, unreadable="error")
    with pytest.raises(DataError, match="`unreadable`"):
        read(rows, base=table.parent, unreadable="skip")


def test_a_program_is_never_started_for_a_picture(picture: Callable[..., bytes]) -> None:
    """Pillow hands EPS to Ghostscript; such bytes are no picture here, whatever the file is called."""
    from kerasnas.data.pictures import to_image

    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) print\n"
    with pytest.raises(ValueError, match="no picture"):
        to_image(eps)
