"""All views of a table: fitted on training rows, saved as JSON and arrays, applied to raw rows."""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import cache, reading, values
from .adapters.base import Adapter, Rows
from .adapters.by_encoder import ByEncoder
from .adapters.categories import Categories
from .adapters.frozen import Frozen
from .adapters.mel import Mel
from .adapters.numbers import Numbers
from .adapters.pieces import Pieces
from .adapters.pixels import Pixels
from .adapters.series import Series
from .adapters.tags import Tags
from .adapters.tfidf import Tfidf
from .adapters.tokens import Tokens
from .columns import ColumnInfo, used
from .encoders import Encoder
from .files import check_unreadable
from .target import Target
from .views import View

FORMAT = 1
KINDS: dict[str, type[Adapter]] = {
    cls.kind: cls for cls in (Numbers, Categories, Tags, Tfidf, Tokens, Pixels, Mel, Series, Frozen, Pieces)
}


class Preprocessor:
    """Turns raw rows into the views that a model reads.

    Args:
        adapters: One for every view.
    """

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self.adapters: dict[str, Adapter] = {adapter.view.name: adapter for adapter in adapters}

    @property
    def views(self) -> dict[str, View]:
        """The views by name."""
        return {name: adapter.view for name, adapter in self.adapters.items()}

    @classmethod
    def fit(
        cls,
        rows: Rows,
        columns: Sequence[ColumnInfo],
        target: Target,
        targets: np.ndarray,
        *,
        image_size: Sequence[int] | None = None,
        encoders: Mapping[str, Encoder] | None = None,
    ) -> Preprocessor:
        """Learn everything from the training rows.

        Args:
            rows: Training rows, and no others.
            columns: All columns with their kinds.
            target: What is predicted.
            targets: The target of those rows.
            image_size: (height, width[, channels]); None chooses from the pictures.
            encoders: Frozen encoders by modality.

        Raises:
            DataError: If no view can be made.
        """
        encoders = dict(encoders or {})
        adapters: list[Adapter] = []
        images, texts = used(columns, "image"), used(columns, "text")
        taken: set[str] = set()
        for column in images:
            stem = "image" if len(images) == 1 else identifier(column.name, taken)
            adapters.append(Pixels.fit(rows, column.name, f"{stem}_pixels", image_size))
            if "image" in encoders:
                adapters.append(Frozen.fit([column.name], f"{stem}_encoder", encoders["image"]))
        recordings = used(columns, "audio")
        for column in recordings:
            stem = "audio" if len(recordings) == 1 else identifier(column.name, taken)
            adapters.append(Mel.fit(rows, column.name, f"{stem}_mel"))
        courses = used(columns, "series")
        for column in courses:
            stem = "series" if len(courses) == 1 else identifier(column.name, taken)
            adapters.append(Series.fit(rows, column.name, f"{stem}_values"))
        if texts:
            adapters.append(Tfidf.fit(rows, texts, targets, target.kind.numeric))
            adapters.append(Tokens.fit(rows, texts))
            if "text" in encoders:
                adapters.append(
                    Frozen.fit([column.name for column in texts], "text_encoder", encoders["text"])
                )
                pieces = Pieces.fit(rows, [column.name for column in texts], encoders["text"])
                adapters += [] if pieces is None else [pieces]
        numeric = used(columns, "numeric")
        coded = [
            c for c in columns if c.kind == "categorical" or (c.kind == "numeric" and c.settings.get("codes"))
        ]
        if numeric:
            numbers = Numbers.fit(rows, numeric)
            if numbers.view.shape[0]:
                adapters.append(numbers)
        if coded:
            adapters.append(Categories.fit(rows, coded))
        tagged = used(columns, "tags")
        if tagged:
            tags = Tags.fit(rows, tagged)
            if tags.view.shape[0]:
                adapters.append(tags)
        if not adapters:
            raise DataError(
                "No column can be learned from: "
                + "; ".join(f"'{c.name}' is {c.kind} ({c.reason})" for c in columns[:10])
                + ". Bring other columns, or decide with column_types={'column': kind}."
            )
        for adapter in adapters:
            _note_missing(adapter, rows)
        return cls(adapters)

    def transform(
        self,
        frame: pd.DataFrame,
        views: Iterable[str] | None = None,
        base: str | Path | None = None,
        unreadable: str | None = None,
    ) -> dict[str, Any]:
        """Read raw rows.

        Args:
            frame: Rows with the columns that the views need; other columns are not looked at.
            views: Names of the views that are wanted; None gives all.
            base: The folder that relative picture paths refer to; None is the current one.
            unreadable: What becomes of pictures and sounds that cannot be read; see ``Task``.

        Returns:
            View to array ``(rows, *shape)``, or to a CSR matrix where the view is sparse.

        Raises:
            DataError: If a view does not exist, a column is absent, there is no row, or more files are unreadable than allowed.
        """
        check_unreadable(unreadable)
        rows = Rows(reading.checked(frame, "the frame"), Path(base) if base is not None else None, unreadable)
        return {
            name: self.adapter(name).transform(rows) for name in (self.adapters if views is None else views)
        }

    def adapter(self, view: str) -> Adapter:
        """What makes one view.

        Raises:
            DataError: If there is no such view.
        """
        if view not in self.adapters:
            raise DataError(
                f"No such view of the data. Expected one of {list(self.adapters)}. Received: {view!r}."
            )
        return self.adapters[view]

    def columns(self, views: Iterable[str] | None = None) -> list[str]:
        """The columns that some views read, each once."""
        wanted = [self.adapter(name) for name in (self.adapters if views is None else views)]
        return list(dict.fromkeys(column for adapter in wanted for column in adapter.columns))

    def save(self, folder: str | Path, views: Iterable[str] | None = None, *, encoders: str = "copy") -> None:
        """Write what was fitted: ``preprocessing.json``, ``preprocessing.npz`` and the encoders' files.

        Args:
            folder: Made where it is not there.
            views: Those to keep; None keeps all.
            encoders: "copy" puts the encoders' files into the folder, so that it can travel; "reference"
                names where they are.
        """
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        entries: list[dict[str, Any]] = []
        arrays: dict[str, Any] = {}
        saved: dict[str, dict[str, Any]] = {}
        for name in self.adapters if views is None else views:
            adapter = self.adapter(name)
            data, figures = adapter.state()
            view = adapter.view.to_json()
            if isinstance(adapter, ByEncoder) and encoders == "copy":
                mark = adapter.encoder.fingerprint
                if mark not in saved:
                    saved[mark] = adapter.encoder.save(path / f"encoder_{adapter.view.modality}")
                data = {"encoder": saved[mark]}
                if "folder" in view["info"]:
                    view["info"]["folder"] = saved[mark]["path"]
                view["info"].pop("path", None)  # of this machine; the files travel along
            entries.append(
                {
                    "kind": adapter.kind,
                    "view": view,
                    "columns": list(adapter.columns),
                    "data": data,
                }
            )
            arrays.update({f"{name}/{key}": value for key, value in figures.items()})
        np.savez_compressed(path / "preprocessing.npz", allow_pickle=False, **arrays)
        cache.write_json(path / "preprocessing.json", {"format": FORMAT, "adapters": entries})

    @classmethod
    def load(cls, folder: str | Path, *, references: bool = False) -> Preprocessor:
        """Read what ``save`` wrote. Nothing in the folder is executed.

        Args:
            folder: As given to ``save``.
            references: Whether encoders may lie elsewhere; only for a folder that this user has written.

        Raises:
            DataError: If the folder holds no preprocessing, that of a newer release, or names files outside
                of it.
        """
        path = Path(folder)
        try:
            data = json.loads((path / "preprocessing.json").read_text(encoding="utf-8"))
            with np.load(path / "preprocessing.npz", allow_pickle=False) as file:
                arrays = dict(file)
        except (
            OSError,
            EOFError,
            ValueError,
            LookupError,
            TypeError,
            RecursionError,
            MemoryError,
            zipfile.BadZipFile,
        ) as error:
            raise DataError(f"No preprocessing can be read from {path}: {error}.") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise DataError(
                f"The preprocessing in {path} cannot be read: it has format {data.get('format') if isinstance(data, dict) else None}; this release reads "
                f"{FORMAT}. Update kerasnas."
            )
        adapters = []
        for entry in data["adapters"]:
            view = View.from_json(entry["view"])
            stem = f"{view.name}/"
            figures = {key.removeprefix(stem): value for key, value in arrays.items() if key.startswith(stem)}
            adapters.append(
                KINDS[entry["kind"]].restore(
                    view, entry["columns"], _located(entry["data"], path, references), figures
                )
            )
        return cls(adapters)


def _note_missing(adapter: Adapter, rows: Rows) -> None:
    """Write into a view how many training rows have nothing to read there; a table says so in features of its own."""
    if adapter.view.modality == "table":
        return
    empty = np.logical_and.reduce([values.missing(rows.column(name)) for name in adapter.columns])
    if empty.any():
        adapter.view = replace(adapter.view, info={**adapter.view.info, "lacking": int(empty.sum())})


def _located(data: dict[str, Any], folder: Path, references: bool) -> dict[str, Any]:
    """An encoder's path inside the folder as a path that can be opened.

    Raises:
        DataError: If the path leads out of the folder and references are not allowed.
    """
    if "encoder" not in data:
        return data
    path = (folder / data["encoder"]["path"]).resolve()
    if not references and not path.is_relative_to(folder.resolve()):
        raise DataError(
            f"The preprocessing in {folder} names an encoder outside of it: {data['encoder']['path']!r}. "
            "It is not opened."
        )
    return {**data, "encoder": {**data["encoder"], "path": str(path)}}


def identifier(name: str, taken: set[str]) -> str:
    """A column's name as a Python identifier of plain letters, as spaces and layers are named, that is not taken yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    word = re.sub(r"\W+", "_", plain).strip("_").lower() or "column"
    word = f"column_{word}" if word[0].isdigit() else word
    found, count = word, 2
    while found in taken:
        found, count = f"{word}_{count}", count + 1
    taken.add(found)
    return found
