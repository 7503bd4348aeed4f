from __future__ import annotations

from pathlib import Path

import numpy as np
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
        ([1, 2], "Expected a pandas DataFrame, a dict of arrays, .* Received: list"),
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


def test_parquet_files_and_patterns_are_tables(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for part in range(3):
        frame = pd.DataFrame({"a": [part, part + 10], "b": ["x", None], "c": [b"\x89PNG", None]})
        frame.to_parquet(tmp_path / "parts" / f"{part}.parquet")
        frame[["a", "b"]].to_csv(tmp_path / "parts" / f"{part}.csv", index=False)
    frame, folder = read(tmp_path / "parts" / "1.parquet")
    assert frame["a"].tolist() == [1, 11]
    assert frame["c"][0] == b"\x89PNG"
    assert folder == tmp_path / "parts"
    for many in ("parts/*.parquet", "parts/*.csv", "parts"):
        frame, folder = read(str(tmp_path / many))
        assert frame["a"].tolist() == [0, 10, 1, 11, 2, 12]
        assert folder == tmp_path / "parts"
    with pytest.raises(DataError, match="No file matches"):
        read(tmp_path / "*.feather")
    pd.DataFrame({"other": [1]}).to_csv(tmp_path / "parts" / "3.csv", index=False)
    with pytest.raises(DataError, match="differ in the columns 'a', 'b', 'other'"):
        read(tmp_path / "parts" / "*.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(tmp_path / "broken.parquet")


def test_a_dict_of_arrays_is_a_table() -> None:
    pixels = np.zeros((4, 8, 8, 3), "uint8")
    frame, folder = read(
        {
            "picture": pixels, "x": np.arange(8.0).reshape(4, 2), "one": np.ones((4, 1)), "y": ["a", "b", None, "a"],
            "n": (1, 2, 3, 4), "s": pd.Series([1, 2, 3, 4], index=[9, 8, 7, 6]),
        }
    )  # fmt: skip
    assert folder is None
    assert list(frame.columns) == ["picture", "x/0", "x/1", "one", "y", "n", "s"]
    assert frame["picture"][3].shape == (8, 8, 3)
    assert frame["x/1"].tolist() == [1.0, 3.0, 5.0, 7.0]
    assert frame["n"].dtype.kind == "i"
    assert frame["s"].tolist() == [1, 2, 3, 4]
    with pytest.raises(DataError, match="'a' has 3, 'b' has 2"):
        read({"a": [1, 2, 3], "b": np.zeros(2)})
    with pytest.raises(DataError, match="'a' holds one value, 3"):
        read({"a": 3, "b": [1, 2]})


def test_a_folder_with_a_subfolder_a_class_is_a_table(tmp_path: Path) -> None:
    for name in (
        "cat/1.png",
        "cat/deep/2.JPG",
        "dog/1.png",
        ".hidden/1.png",
        "dog/.1.png",
        "dog/notes.txt",
        "top.png",
    ):
        (tmp_path / "one" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "one" / name).write_bytes(b"")
        for part in ("train", "test"):
            (tmp_path / "two" / part / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "two" / part / name).with_suffix(".wav").write_bytes(b"")
    frame, folder = read(tmp_path / "one")
    assert frame.to_dict("list") == {
        "image": ["cat/1.png", "cat/deep/2.JPG", "dog/1.png"],
        "label": ["cat", "cat", "dog"],
    }
    assert folder == tmp_path / "one"
    frame, _ = read(str(tmp_path / "two"))
    assert list(frame.columns) == ["audio", "label", "split"]
    assert frame["split"].value_counts().to_dict() == {"train": 4, "test": 4}
    assert frame["audio"][0] == "test/cat/1.wav"
    (tmp_path / "one" / "cat" / "3.wav").write_bytes(b"")
    with pytest.raises(DataError, match="holds pictures and sounds"):
        read(tmp_path / "one")
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="no pictures and no sounds in subfolders"):
        read(tmp_path / "none")
