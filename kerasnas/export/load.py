"""Reading a bundle: checked first, then opened without running anything of it."""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BundleError, DataError, GenotypeError
from . import manifest
from .predictor import Predictor

if TYPE_CHECKING:
    from ..data.preprocessor import Preprocessor
    from ..data.target import Target

# what reading of content that someone has changed may raise
MALFORMED = (
    DataError, GenotypeError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, MemoryError, zipfile.BadZipFile,
)  # fmt: skip


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
    for inner in sorted(p for p in folder.rglob("*") if p.suffix in (".keras", ".npz")):
        manifest.check_growth(inner, where)
    try:
        parts = _parts(folder)
    except MALFORMED as error:
        raise BundleError(f"{where} cannot be read: {_said(error)}. It is damaged or was changed.") from error
    model = _model(where, folder / "model.keras", custom)
    try:
        _check_fit(model, parts["preprocessor"], parts["task"], parts["target"])
    except MALFORMED as error:
        raise BundleError(
            f"The parts of {where} do not fit each other, or its preprocessing cannot be read: {_said(error)}. It was changed."
        ) from error
    return Predictor(
        model=model,
        versions=dict(found.get("versions", {})),
        custom=custom,
        name=where.name,
        holder=holder,
        **parts,
    )


def _parts(folder: Path) -> dict[str, Any]:
    """All but the model, checked for form."""
    from ..data.preprocessor import Preprocessor
    from ..data.target import Target
    from ..space import Genotype

    task, genotypes, card, space = (
        json.loads((folder / f"{n}.json").read_text(encoding="utf-8"))
        for n in ("task", "genotypes", "card", "space")
    )
    mean, spread = (_numbers(told) for told in task["scaling"])
    preprocessor = Preprocessor.load(folder / "preprocessing")
    source, text = folder / "source.py", folder / "card.md"
    return {
        "preprocessor": preprocessor,
        "task": {
            **task,
            "views": list(task["views"]),
            "scaling": [mean, spread],
            "columns": preprocessor.columns(task["views"]),
        },
        "target": Target.from_json(task["target"]),
        "genotypes": [Genotype.from_json(genotypes[0]), *map(Genotype.from_json, genotypes[1:])],
        "card": dict(card),
        "text": text.read_text(encoding="utf-8") if text.is_file() else "",
        "code": source.read_text(encoding="utf-8") if source.is_file() else None,
        "space": dict(space),
    }


def _numbers(told: Any) -> Any:
    """A number, or a list of numbers.

    Raises:
        ValueError: If it is neither.
        TypeError: If it is neither.
    """
    return [float(number) for number in told] if isinstance(told, list) else float(told)


def _check_fit(model: Any, preprocessor: Preprocessor, task: Mapping[str, Any], target: Target) -> None:
    """The model reads the views and says as much as the target has classes; the views can be made, of an empty row.

    Raises:
        ValueError: If not.
    """
    import pandas as pd

    from ..data.adapters.by_encoder import ByEncoder

    for tensor in model.inputs:
        view = preprocessor.adapter(tensor.name).view
        if tuple(tensor.shape[1:]) != view.shape or tensor.name not in task["views"]:
            raise ValueError(
                f"the model's input '{tensor.name}' {tensor.shape[1:]} does not fit the view {view.shape}"
            )
    numbers = [len(told) for told in task["scaling"] if isinstance(told, list)]
    if any(count != target.outputs for count in numbers):
        raise ValueError(f"the scaling is of {numbers} numbers, the target of {target.outputs}")
    spread = task["scaling"][1]
    if not target.kind.numeric and not (isinstance(spread, float) and 0 < spread < math.inf):
        raise ValueError(f"the temperature is {spread}")
    output = next(iter(model.output.values())) if isinstance(model.output, dict) else model.output
    if output.shape[-1] != target.outputs:
        raise ValueError(
            f"the model has {output.shape[-1]} outputs, the target {target.outputs} classes or numbers"
        )
    empty = pd.DataFrame({column: [None] for column in task["columns"]})
    read = [name for name in task["views"] if not isinstance(preprocessor.adapter(name), ByEncoder)]
    preprocessor.transform(empty, read)


def _said(error: BaseException) -> str:
    return (
        str(error).rstrip(".")
        if isinstance(error, DataError)
        else f"{type(error).__name__}: {str(error)[:300]}"
    )


def _model(where: Path, file: Path, custom: Mapping[str, Any]) -> Any:
    """The Keras model, in safe mode: no lambda, nothing imported by name beyond Keras."""
    import keras

    from .. import layers

    layers.register()
    try:
        return keras.saving.load_model(file, custom_objects=dict(custom), compile=False, safe_mode=True)
    except (
        *MALFORMED,
        ImportError,
        NotImplementedError,
    ) as error:
        first = str(error).partition(" Full object config")[0].strip()
        raise BundleError(
            f"The model in {where} cannot be opened with Keras {keras.__version__}: {first} "
            "Where it uses layers of your own, pass them: load(path, custom_objects={'Name': Name})."
        ) from error
