"""Reading a bundle: checked first, then opened without running anything of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import BundleError, DataError
from . import manifest
from .predictor import Predictor


def load(path: str | Path, *, custom_objects: Mapping[str, Any] | None = None) -> Predictor:
    """Read a bundle.

    Args:
        path: A file ``NAME.kn``, or the folder that it was unpacked into.
        custom_objects: Layers and functions of your own that the model uses, by name; they are never taken from the bundle.

    Returns:
        A predictor that takes raw rows.

    Raises:
        BundleError: If there is no bundle, it is damaged, unsafe or from a newer release, or it needs a custom object.
    """
    where = Path(path)
    if not where.exists():
        raise BundleError(f"There is no bundle at {where}.")
    holder: tempfile.TemporaryDirectory[str] | None = None
    if where.is_dir():
        folder, found = where, manifest.check_folder(where)
    else:
        holder = tempfile.TemporaryDirectory(prefix="kerasnas-bundle-", ignore_cleanup_errors=True)
        folder = Path(holder.name)
        found = manifest.unpack(where, folder)
    try:
        return _opened(where, folder, found, dict(custom_objects or {}), holder)
    except BaseException:
        if holder is not None:
            holder.cleanup()
        raise


def _opened(
    where: Path,
    folder: Path,
    found: Mapping[str, Any],
    custom: Mapping[str, Any],
    holder: tempfile.TemporaryDirectory[str] | None,
) -> Predictor:
    from ..data.preprocessor import Preprocessor
    from ..data.target import Target
    from ..space import Genotype

    try:
        task, genotypes, card = (
            json.loads((folder / f"{n}.json").read_text(encoding="utf-8"))
            for n in ("task", "genotypes", "card")
        )
        target = Target.from_json(task["target"])
        preprocessor = Preprocessor.load(folder / "preprocessing")
    except (DataError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{where} cannot be read: {error}") from error
    source = folder / "source.py"
    return Predictor(
        model=_model(where, folder / "model.keras", custom),
        preprocessor=preprocessor,
        task=task,
        target=target,
        genotypes=[Genotype.from_json(genotype) for genotype in genotypes],
        card=card,
        text=(folder / "card.md").read_text(encoding="utf-8") if (folder / "card.md").is_file() else "",
        code=source.read_text(encoding="utf-8") if source.is_file() else None,
        space=json.loads((folder / "space.json").read_text(encoding="utf-8")),
        versions=dict(found.get("versions", {})),
        custom=custom,
        name=where.name,
        holder=holder,
    )


def _model(where: Path, file: Path, custom: Mapping[str, Any]) -> Any:
    """The Keras model, in safe mode: no lambda, nothing imported by name beyond Keras."""
    import keras

    try:
        return keras.saving.load_model(file, custom_objects=dict(custom), compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError) as error:
        first = str(error).partition(" Full object config")[0].strip()
        raise BundleError(
            f"The model in {where} cannot be opened with Keras {keras.__version__}: {first} "
            "Where it uses layers of your own, pass them: load(path, custom_objects={'Name': Name})."
        ) from error
