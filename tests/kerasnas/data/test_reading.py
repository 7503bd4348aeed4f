from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kerasnas.data.reading import checked, read
from kerasnas.errors import DataError


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_with_any_separator(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"a{separator}b\n1{separator}x\n2{separator}y\n", encoding="utf-8")
    frame, folder = read(path)
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert folder == tmp_path


def test_csv_of_other_encodings_and_compressed(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes("name,x\nMüller,1\n".encode("cp1252"))
    assert read(tmp_path / "old.csv")[0]["name"][0] == "Müller"
    (tmp_path / "mark.csv").write_bytes("\ufeffname,x\n😀,1\n".encode())
    assert read(tmp_path / "mark.csv")[0].columns.tolist() == ["name", "x"]
    pd.DataFrame({"a": [1], "b": [2]}).to_csv(tmp_path / "small.csv.gz", index=False)
    assert read(str(tmp_path / "small.csv.gz"))[0].shape == (1, 2)


def test_a_quoted_separator_is_none(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('"a; b",c\n"1; 2",3\n', encoding="utf-8")
    assert read(path)[0].columns.tolist() == ["a; b", "c"]


def test_frames_keep_their_cells_and_get_plain_names() -> None:
    frame = pd.DataFrame({0: [1, 2], ("a", "b"): [3, 4]}, index=[7, 9])
    found = checked(frame, "the frame")
    assert list(found.columns) == ["0", "a/b"]
    assert found.index.tolist() == [0, 1]
    assert list(frame.columns) == [0, ("a", "b")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("absent.csv", "No such file: absent.csv"),
        (pd.DataFrame({"a": []}), "There are no rows in the frame"),
        (
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            "Column names must differ. Received in the frame: 'a' more than once",
        ),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), "Column names must differ"),
        ([1, 2], "Expected a pandas DataFrame or the path of a CSV file. Received: list"),
    ],
)
def test_errors(data: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(data)  # type: ignore[arg-type]


def test_errors_of_files(tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("a,b,a\n1,2,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="'a' more than once"):
        read(tmp_path / "twice.csv")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read(tmp_path / "empty.csv")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n1,2,3,4\n", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read(tmp_path / "ragged.csv")
