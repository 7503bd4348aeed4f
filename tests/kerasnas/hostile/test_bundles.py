"""Bundles made to do harm, each with sound hashes where it can have them: refused, nothing executed, nothing written outside."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import KerasnasError
from kerasnas.export import load, save_bundle
from kerasnas.space import Choice, Input, Space, block, layers

Files = dict[str, bytes]


@block("net")
def net(table_numbers: Any, *, units: Any = Choice(4, 8)) -> Any:
    return {"logits": layers.Dense(2)(layers.Dense(units, activation="relu")(table_numbers))}


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"size": rng.normal(size=60), "kind": rng.choice(["old", "new"], 60)})


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a bundle that works."""
    task = kn.Task(rows(), "kind")
    space = Space.trace(net, {"table_numbers": Input(task.views["table_numbers"].shape)})
    genotype = space.default()
    path = save_bundle(
        tmp_path_factory.mktemp("bundle") / "a.kn", model=space.build(genotype), space=space, genotypes=[genotype], data=task.data(), card={}
    )  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes], path: Path, *, sign: bool = True, deflate: bool = False) -> Path:
    """A bundle of these files, with hashes that fit."""
    files = dict(files)
    if sign:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in files.items()
            if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[Files], Files]:
    """One JSON file of a bundle, changed."""

    def apply(files: Files) -> Files:
        data = json.loads(files[name])
        made = change(data)
        return {**files, name: json.dumps(data if made is None else made).encode()}

    return apply


def replaced(name: str, content: bytes) -> Callable[[Files], Files]:
    return lambda files: {**files, name: content}


def put(*path: Any, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = value

    return change


def without(*path: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return change


def arrays(**given: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **given)
    return buffer.getvalue()


def archive_of(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def npy_of_a_giant() -> bytes:
    """An array that says it has 2^40 numbers, and holds none."""
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    head += b" " * (118 - len(head)) + b"\n"
    return archive_of(table_numbers__npy=b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)


def deep() -> bytes:
    return b"[" * 200_000 + b"]" * 200_000


PRE, TASK = "preprocessing/preprocessing.json", "task.json"
ZEROS = b"0" * (90 * 2**20)

BUNDLES: dict[str, tuple[Callable[[Files], Files], str]] = {
    "task is no JSON": (replaced(TASK, b"{"), "cannot be read"),
    "task is a list": (replaced(TASK, b"[]"), "cannot be read"),
    "task is null": (replaced(TASK, b"null"), "cannot be read"),
    "task is no text": (replaced(TASK, b"\xff\xfe\xff"), "cannot be read"),
    "task is a million brackets": (replaced(TASK, deep()), "cannot be read"),
    "task without a target": (changed(TASK, without("target")), "cannot be read"),
    "task without views": (changed(TASK, without("views")), "cannot be read"),
    "task without scaling": (changed(TASK, without("scaling")), "cannot be read"),
    "task with scaling of words": (changed(TASK, put("scaling", value=["a", "b"])), "cannot be read"),
    "task with an unknown view": (changed(TASK, put("views", value=["nothing"])), "No such view"),
    "task with other classes": (changed(TASK, put("target", "classes", value=["a"])), "classes"),
    "target with more than it has": (changed(TASK, put("target", "__class__", value="x")), "cannot be read"),
    "genotypes are no list": (replaced("genotypes.json", b"3"), "cannot be read"),
    "genotypes are none": (replaced("genotypes.json", b"[]"), "cannot be read"),
    "genotypes of numbers": (replaced("genotypes.json", b"[3]"), "cannot be read"),
    "card is a number": (replaced("card.json", b"3"), "cannot be read"),
    "card is no text": (replaced("card.md", b"\xff\xff"), "cannot be read"),
    "source is no text": (replaced("source.py", b"\xff\xff"), "cannot be read"),
    "space is no JSON": (replaced("space.json", b"{"), "cannot be read"),
    "preprocessing is a list": (replaced(PRE, b"[]"), "cannot be read"),
    "preprocessing is deep": (replaced(PRE, deep()), "cannot be read"),
    "preprocessing of a newer release": (changed(PRE, put("format", value=99)), "format 99"),
    "preprocessing of an unknown kind": (changed(PRE, put("adapters", 0, "kind", value="os.system")), "cannot be read"),
    "preprocessing without a view": (changed(PRE, without("adapters", 0, "view")), "cannot be read"),
    "preprocessing with a view of words": (changed(PRE, put("adapters", 0, "view", "shape", value="big")), "cannot be read"),
    "preprocessing of a giant view": (changed(PRE, put("adapters", 0, "view", "shape", value=[10**12])), "does not fit"),
    "preprocessing of another view": (changed(PRE, put("adapters", 0, "view", "name", value="other")), "No such view"),
    "preprocessing without its figures": (replaced("preprocessing/preprocessing.npz", arrays()), "cannot be read"),
    "arrays with a pickle": (replaced("preprocessing/preprocessing.npz", arrays(evil=np.array([{}], dtype=object))), "cannot be read"),
    "arrays that are a pickle": (replaced("preprocessing/preprocessing.npz", b"cos\nsystem\n(S'touch canary'\ntR."), "cannot be read"),
    "arrays that are no zip": (replaced("preprocessing/preprocessing.npz", b"PK\x03\x04 no"), "cannot be read"),
    "arrays of a giant": (replaced("preprocessing/preprocessing.npz", npy_of_a_giant()), "cannot be read"),
    "arrays that are a bomb": (replaced("preprocessing/preprocessing.npz", archive_of(a__npy=ZEROS)), "unpacks to"),
    "an encoder outside": (
        changed(PRE, put("adapters", 0, "data", value={"encoder": {"path": "../../../../etc/passwd"}})), "outside of it|cannot be read"
    ),
    "an encoder of an absolute path": (
        changed(PRE, put("adapters", 0, "data", value={"encoder": {"path": "/etc/passwd"}})), "outside of it|cannot be read"
    ),
    "model is nothing": (replaced("model.keras", b""), "cannot be opened|cannot be read"),
    "model is no zip": (replaced("model.keras", b"PK no"), "cannot be opened|cannot be read"),
    "model is an empty zip": (replaced("model.keras", archive_of()), "cannot be opened|cannot be read"),
    "model is a bomb": (replaced("model.keras", archive_of(config__json=ZEROS)), "unpacks to"),
    "model is a pickle": (replaced("model.keras", b"cos\nsystem\n(S'touch canary'\ntR."), "cannot be opened|cannot be read"),
    "model for other inputs": (lambda files: {**files, "model.keras": saved(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))}, "fit"),
}  # fmt: skip


def saved(model: Any) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "m.keras")
        return (Path(folder) / "m.keras").read_bytes()


@pytest.mark.parametrize("name", BUNDLES)
def test_bundles(name: str, sound: Files, tmp_path: Path, canary: Path, bounded: Any) -> None:
    change, message = BUNDLES[name]
    path = packed(change(sound), tmp_path / "b.kn")
    before = sorted(p for p in tmp_path.rglob("*"))
    with bounded(), pytest.raises(KerasnasError, match=message):
        load(path).predict(rows())
    assert sorted(p for p in tmp_path.rglob("*")) == before


def test_the_bundle_itself_is_sound(sound: Files, tmp_path: Path, canary: Path, bounded: Any) -> None:
    with bounded():
        assert load(packed(sound, tmp_path / "b.kn")).predict(rows()).shape == (60,)


def layer(
    module: str | None, name: str, config: Mapping[str, Any], registered: str | None = None
) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": dict(config), "registered_name": registered}


CODE = base64.b64encode(b"\xe3\0\0\0\0").decode()
CONFIGS: dict[str, dict[str, Any]] = {
    "a lambda": layer("keras.layers", "Lambda", {"function": {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}}),
    "a lambda by name": layer("keras.layers", "Lambda", {"function": "os.system"}),
    "a function of another module": layer("os", "system", {"command": "touch canary"}),
    "a class of another module": layer("subprocess", "Popen", {"args": ["touch", "canary"]}),
    "a builtin": layer("builtins", "function", {}, "exec"),
    "an activation of another module": layer(
        "keras.layers", "Dense", {"units": 2, "activation": layer("builtins", "function", "os.system" and {"name": "system"})}
    ),
    "a function that fetches": layer("keras.utils", "get_file", {"fname": "canary", "origin": "http://localhost/evil"}),
    "a function of Keras' own that reads": layer("keras.saving", "load_model", {"filepath": "/etc/passwd"}),
    "pickled weights of another framework": layer("keras.layers", "TorchModuleWrapper", {"module": {"class_name": "__bytes__", "config": {"value": CODE}}, "name": "t"}),
    "a vocabulary from a file": layer("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}),
    "an unknown layer": layer("evil.package", "Layer", {}, "Evil>Layer"),
    "an unknown class": layer("keras.layers", "NoSuchLayer", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_models_that_would_run_code(
    name: str, sound: Files, tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second layer of the model is another thing; Keras' safe mode stays on, and no file of ours is opened for it."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(io.BytesIO(sound["model.keras"])) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    config = json.loads(parts["config.json"])
    place = next(i for i, one in enumerate(config["config"]["layers"]) if one["class_name"] == "Dense")
    old = config["config"]["layers"][place]
    new = CONFIGS[name]
    config["config"]["layers"][place] = {
        **old,
        **new,
        "config": {"name": old["config"]["name"], **new["config"]},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry, content in {**parts, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(entry, content)
    path = packed({**sound, "model.keras": buffer.getvalue()}, tmp_path / "b.kn")
    with pytest.raises(KerasnasError, match="cannot be opened with Keras"):
        load(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.kn"]


@pytest.mark.parametrize(
    "called",
    [
        "os:system", "subprocess:run", "builtins:eval", "keras.utils:get_file", "importlib:import_module", "keras.saving:load_model",
        "kerasnas.data.factories:called", "kerasnas.run.process:start", "pickle:loads",
    ],
)  # fmt: skip
def test_spaces_that_would_run_code(called: str, sound: Files, tmp_path: Path, canary: Path) -> None:
    space = sound["space.json"].replace(b'"keras.layers:Dense"', f'"{called}"'.encode())
    assert space != sound["space.json"]
    predictor = load(packed({**sound, "space.json": space}, tmp_path / "b.kn"))
    assert predictor.predict(rows()).shape == (60,)  # a prediction needs no space
    with pytest.raises(KerasnasError, match="neither Keras' nor ours"):
        predictor.space()


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "a/../../x", "C:\\x", "..\\x", "preprocessing/../../x", "a//x", "\\\\host\\x", "x\n/../../y", "CON:", "./x", "a/./x"],
)  # fmt: skip
def test_names_that_lead_out(name: str, sound: Files, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(KerasnasError, match="could lead out of the bundle"):
        load(packed({**sound, name: b"x"}, inside / "b.kn"))
    assert [p.name for p in tmp_path.iterdir()] == ["inside"]


def test_zips_that_lie(sound: Files, tmp_path: Path, bounded: Any) -> None:
    whole = packed(sound, tmp_path / "a.kn").read_bytes()
    cases = {
        "cut": whole[: len(whole) // 2],
        "end only": whole[-22:],
        "nothing": b"",
        "a page": b"<html>404</html>",
        "bits turned": bytes(b ^ (0xFF if 5000 < i < 5010 else 0) for i, b in enumerate(whole)),
    }
    for name, content in cases.items():
        (tmp_path / "b.kn").write_bytes(content)
        with bounded(), pytest.raises(KerasnasError, match="cannot be read as a bundle|is not the file"):
            load(tmp_path / "b.kn")
        assert name


def test_a_zip_that_unpacks_to_much_more_than_it_is(sound: Files, tmp_path: Path, bounded: Any) -> None:
    path = packed({**sound, "more.bin": b"\0" * (300 * 2**20)}, tmp_path / "b.kn", deflate=True)
    assert path.stat().st_size < 2**20
    with bounded(), pytest.raises(KerasnasError, match="unpacks to .* Nothing of it was read"):
        load(path)


def test_an_encrypted_entry_and_a_second_manifest(sound: Files, tmp_path: Path) -> None:
    path = packed(sound, tmp_path / "a.kn")
    raw = bytearray(path.read_bytes())
    place = raw.index(b"PK\x01\x02")
    raw[place + 8] |= 1  # says that the manifest is encrypted
    (tmp_path / "b.kn").write_bytes(raw)
    with pytest.raises(KerasnasError, match="cannot be read as a bundle"):
        load(tmp_path / "b.kn")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("manifest.json", sound["manifest.json"])
    with pytest.raises(KerasnasError, match="holds a file twice"):
        load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("format", value=2), "format 2; this release reads format 1. Update kerasnas"),
        (put("format", value="1"), "format '1'"),
        (put("format", value=None), "format None"),
        (put("files", value=[]), "lacks"),
        (put("files", value="x"), "cannot be read"),
        (put("files", "task.json", value={}), "cannot be read"),
        (put("files", "task.json", "bytes", value=-1), "is not the file that its manifest lists"),
        (put("files", "task.json", "bytes", value=10**18), "is not the file that its manifest lists"),
        (put("files", "task.json", "sha256", value="0" * 64), "is not the file that its manifest lists"),
        (put("files", "task.json", "bytes", value="many"), "cannot be read"),
        (without("files", "task.json"), "lacks"),
        (without("files", "card.md"), "Not listed"),
        (put("files", "ghost.json", value={"sha256": "0", "bytes": 1}), "Absent"),
    ],
)  # fmt: skip
def test_manifests(
    change: Callable[[Any], None], message: str, sound: Files, tmp_path: Path, bounded: Any
) -> None:
    good = packed(sound, tmp_path / "good.kn")
    with zipfile.ZipFile(good) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with bounded(), pytest.raises(KerasnasError, match=message):
        load(packed(changed("manifest.json", change)(files), tmp_path / "b.kn", sign=False))
    assert load(good).predict(rows()).shape == (60,)  # nothing of what is sound was lost
