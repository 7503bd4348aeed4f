"""The list of a bundle's files with their hashes, and the checks that every bundle passes before anything in it is read.

The hashes find damage and half-finished copies. They do not say who wrote a bundle: whoever changes a file can change its
hash too. What keeps a foreign bundle from running code is that nothing in it is executed: JSON, arrays without pickle, and a
Keras model read in safe mode.
"""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from ..errors import BundleError

FORMAT = 1
MANIFEST = "manifest.json"
REQUIRED = (
    "model.keras",
    "task.json",
    "genotypes.json",
    "space.json",
    "card.json",
    "preprocessing/preprocessing.json",
)
MOST_MANIFEST_BYTES = 4 * 2**20
CHUNK = 2**20
MOST_GROWTH, SLACK = (
    200,
    64 * 2**20,
)  # times and bytes that a file unpacks to: text to a tenth, weights hardly at all


def write(folder: Path, versions: Mapping[str, str], created: str) -> None:
    """Write the manifest of everything that a folder holds.

    Args:
        folder: The bundle's files.
        versions: Library -> version it was made with.
        created: When, as ISO 8601.
    """
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            files[path.relative_to(folder).as_posix()] = {
                "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
                "bytes": path.stat().st_size,
            }
    manifest = {"format": FORMAT, "created": created, "versions": dict(versions), "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")


def parsed(text: bytes, where: Path) -> dict[str, Any]:
    """A manifest, checked for form.

    Raises:
        BundleError: If it is not one, of a newer format, or lists a path that leads out of the bundle.
    """
    try:
        data = json.loads(text)
        number, files = data["format"], dict(data["files"])
        {name: (str(e["sha256"]), int(e["bytes"])) for name, e in files.items()}  # every entry is complete
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"The manifest of {where} cannot be read: {error!r}. It is no bundle, or it is damaged."
        ) from error
    if number != FORMAT:
        newer = isinstance(number, int) and number > FORMAT
        raise BundleError(
            f"{where} is a bundle of format {number!r}; this release reads format {FORMAT}. "
            + ("Update kerasnas." if newer else "No release wrote such a format: the manifest is damaged.")
        )
    for name in files:
        check_name(name, where)
    absent = [name for name in REQUIRED if name not in files]
    if absent:
        raise BundleError(f"{where} lacks {absent}: it is no bundle, or it is damaged.")
    return {**data, "files": files}


def check_name(name: str, where: Path) -> None:
    """Refuse a path that could lead out of a bundle on any system.

    Raises:
        BundleError: If it is absolute, climbs, or is not in its plain form.
    """
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    plain = name == posix.as_posix() and "\\" not in name and "\0" not in name and ":" not in name
    if (
        not name
        or not plain
        or posix.is_absolute()
        or windows.drive
        or windows.root
        or ".." in posix.parts
        or name == "."
    ):
        raise BundleError(
            f"{where} holds a file called {name!r}, which could lead out of the bundle. Nothing of it was read."
        )


def check_growth(path: Path, where: Path) -> None:
    """Refuse a zip that unpacks to far more than it is; what is no zip is refused by whoever reads it.

    Raises:
        BundleError: If it does.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            whole = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return
    size = path.stat().st_size
    if whole > MOST_GROWTH * size + SLACK:
        raise BundleError(
            f"'{path.name}' of {where} has {size:,} bytes and unpacks to {whole:,}, as no bundle does. Nothing of it was read."
        )


def unpack(path: Path, folder: Path) -> dict[str, Any]:
    """Check a zipped bundle and write its files into an empty folder.

    Args:
        path: The bundle.
        folder: Where to.

    Returns:
        The manifest.

    Raises:
        BundleError: If it is damaged, holds a file that its manifest does not list, or a name or link that leads elsewhere.
    """
    check_growth(path, path)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            for info in infos:
                check_name(info.filename, path)
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise BundleError(
                        f"{path} holds the link {info.filename!r}, which could lead out of the bundle. Nothing of it was read."
                    )
            names = [info.filename for info in infos]
            if MANIFEST not in names:
                raise BundleError(f"{path} has no {MANIFEST}: it is no bundle of kerasnas.")
            entry = archive.getinfo(MANIFEST)
            if entry.file_size > MOST_MANIFEST_BYTES:
                raise BundleError(
                    f"The manifest of {path} has {entry.file_size:,} bytes, which is no sensible size."
                )
            manifest = parsed(archive.read(MANIFEST), path)
            _same_names(names, manifest, path)
            for info in infos:
                if info.filename == MANIFEST:
                    continue
                goal = folder / info.filename
                goal.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, goal.open("wb") as out:
                    _copy(source, out, info.filename, manifest["files"][info.filename], path)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise BundleError(
            f"{path} cannot be read as a bundle: {error}. It is damaged, or it is none."
        ) from error
    return manifest


def check_folder(path: Path) -> dict[str, Any]:
    """Check a bundle that lies unpacked in a folder; returns its manifest.

    Raises:
        BundleError: As ``unpack``.
    """
    if not (path / MANIFEST).is_file():
        raise BundleError(f"{path} has no {MANIFEST}: it is no bundle of kerasnas.")
    manifest = parsed((path / MANIFEST).read_bytes(), path)
    found = []
    for file in sorted(path.rglob("*")):
        if file.is_symlink():
            raise BundleError(
                f"{path} holds the link {file.relative_to(path).as_posix()!r}, which could lead out of the bundle. Nothing of it was read."
            )
        if file.is_file():
            found.append(file.relative_to(path).as_posix())
    _same_names(found, manifest, path)
    for name, entry in manifest["files"].items():
        with (path / name).open("rb") as source:
            _copy(source, None, name, entry, path)
    return manifest


def _same_names(found: list[str], manifest: Mapping[str, Any], where: Path) -> None:
    listed = {MANIFEST, *manifest["files"]}
    if len(found) != len(set(found)):
        raise BundleError(f"{where} holds a file twice: {sorted({n for n in found if found.count(n) > 1})}.")
    absent, foreign = sorted(listed - set(found)), sorted(set(found) - listed)
    if absent or foreign:
        raise BundleError(
            f"{where} does not hold what its manifest lists. Absent: {absent}. Not listed: {foreign}. Copy it anew."
        )


def _copy(source: IO[bytes], out: IO[bytes] | None, name: str, entry: Mapping[str, Any], where: Path) -> None:
    """Copy a file while counting and hashing it; never more than the manifest says."""
    digest, count = hashlib.sha256(), 0
    for chunk in _chunks(source):
        count += len(chunk)
        if count > int(entry["bytes"]):
            break
        digest.update(chunk)
        if out is not None:
            out.write(chunk)
    if count != int(entry["bytes"]) or digest.hexdigest() != entry["sha256"]:
        raise BundleError(
            f"'{name}' in {where} is not the file that its manifest lists: it is damaged or was changed. Copy it anew."
        )


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
