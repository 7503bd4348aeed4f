"""One file that holds all that a prediction needs: model, preprocessing, genotype, source and card.

A bundle ``NAME.kn`` is a zip of

    manifest.json          format, versions, every file's SHA-256
    model.keras            the trained model, without its optimizer
    preprocessing/         what was fitted on the training rows, JSON and arrays; frozen encoders with it
    task.json              target, classes, scaling, metric
    genotypes.json         the decisions of each network that the model averages; mostly of one
    space.json             the space that they are of, as data
    source.py              the same model written in plain Keras
    card.json, card.md     what it is, how it was judged, what it must not be asked

and nothing in it is pickled or executed when it is read.
"""

from __future__ import annotations

import datetime
import json
import platform
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import BundleError, SpaceError
from ..space import Genotype, Space
from . import card as cards
from . import manifest
from .ensemble import ensemble_source

PACKAGES = ("numpy", "pandas", "scipy", "pillow", "soundfile", "transformers")

if TYPE_CHECKING:
    from ..data.task_data import TaskData


def save_bundle(
    path: str | Path,
    *,
    model: Any,
    space: Space,
    genotypes: Sequence[Genotype],
    data: TaskData,
    names: Sequence[str] = (),
    card: Mapping[str, Any] | None = None,
    temperature: float = 1.0,
) -> Path:
    """Write a bundle, whole or not at all.

    Args:
        path: ``NAME.kn``; what lies there is replaced.
        model: The trained ``keras.Model``, logits or standardised values as its output: of one genotype, or what ``averaged`` made
            of several.
        space: Where the genotypes come from.
        genotypes: The decisions behind the model; of each member where it averages several.
        data: The task's data: its preprocessing, classes and scaling go along; no row does.
        names: The members' names in the model; needed where there are several.
        card: What the search knows of the model: ``validation``, ``holdout``, ``metrics``, ``seed``, ``epochs``, ``search``, ...;
            JSON. The rest of the card is filled in here.
        temperature: What a classifier's logits are divided by where probabilities are read.

    Returns:
        Where the bundle lies.

    Raises:
        BundleError: If the path is a folder or its parent does not exist, or the card is not JSON.
    """
    goal = Path(path)
    if goal.is_dir():
        raise BundleError(
            f"A bundle is a file, but {goal} is a folder. Give a path such as {goal / 'model.kn'}."
        )
    if not goal.parent.is_dir():
        raise BundleError(f"The folder {goal.parent} for the bundle does not exist. Make it first.")
    views = list(dict.fromkeys(view for genotype in genotypes for view in space.plan(genotype).inputs))
    created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory(dir=goal.parent, prefix=f".{goal.name}.") as name:
        folder = Path(name) / "bundle"
        folder.mkdir()
        _bare(model).save(folder / "model.keras")
        data.preprocessor.save(folder / "preprocessing", views)
        facts = cards.facts(data, space, genotypes, views, card or {}, versions(), created)
        try:
            (folder / "source.py").write_text(_source(space, genotypes, names), encoding="utf-8")
        except SpaceError as error:  # the model is worth more than its source: the card says what is missing
            facts["source"] = str(error)
        for file, content in (
            ("task", _task(data, views, temperature)),
            ("genotypes", [genotype.to_json() for genotype in genotypes]),
            ("space", space.to_json()),
            ("card", facts),
        ):
            _write_json(folder / f"{file}.json", content)
        (folder / "card.md").write_text(cards.markdown(facts), encoding="utf-8")
        manifest.write(folder, versions(), created)
        packed = Path(name) / "packed"
        _pack(folder, packed)
        packed.replace(goal)
    return goal


def _source(space: Space, genotypes: Sequence[Genotype], names: Sequence[str]) -> str:
    if len(genotypes) == 1:
        return space.source(genotypes[0])
    return ensemble_source(space, dict(zip(names, genotypes, strict=True)))


def versions() -> dict[str, str]:
    """What the model was made with: kerasnas, Keras and its backend, and what its preprocessing runs on."""
    import keras

    backend = keras.backend.backend()
    found = {name: metadata.version(name) for name in (backend, *PACKAGES)}
    return {
        "kerasnas": __version__,
        "keras": keras.__version__,
        "backend": backend,
        "python": platform.python_version(),
        **found,
    }


def _bare(model: Any) -> Any:
    """The same layers as a model that was never compiled.

    An optimizer's state would double the file, and our loss would keep plain Keras from reading it.
    """
    import keras

    return (
        keras.Model({t.name: t for t in model.inputs}, model.output, name=model.name)
        if model.compiled
        else model
    )


def _task(data: TaskData, views: list[str], temperature: float) -> dict[str, Any]:
    return {
        "name": data.name,
        "fingerprint": data.fingerprint,
        "target": data.target.to_json(),
        "scaling": list(data.target_scaling) if data.kind.numeric else [0.0, temperature],
        "metric": data.metric,
        "direction": data.direction,
        "views": views,
        "columns": data.preprocessor.columns(views),
    }


def _write_json(path: Path, content: Any) -> None:
    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    except (TypeError, ValueError) as error:
        raise BundleError(
            f"'{path.name}' of the bundle cannot be written as JSON: {error}. Give plain numbers, texts, lists and dicts."
        ) from error


def _pack(folder: Path, goal: Path) -> None:
    """Zip a folder, the manifest first; the same files give the same bytes."""
    files = sorted(
        (p for p in folder.rglob("*") if p.is_file()),
        key=lambda p: (p.name != manifest.MANIFEST, p.as_posix()),
    )
    with zipfile.ZipFile(goal, "w") as archive:
        for file in files:
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            info.external_attr = 0o644 << 16
            stored = file.suffix in (".keras", ".npz", ".safetensors", ".h5")
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(info, "w", force_zip64=True) as out:
                while chunk := source.read(manifest.CHUNK):
                    out.write(chunk)
