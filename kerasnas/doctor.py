"""What kerasnas finds on this machine: versions, backend, devices, store, and room for runs."""

from __future__ import annotations

import os
import platform
import shutil
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from . import __version__
from .errors import KerasnasError

PACKAGES = (
    "keras", "tensorflow", "jax", "keras-tuner", "scikit-learn", "transformers", "pandas", "numpy", "pyarrow", "soundfile", "ipywidgets",
    "anywidget", "jupyterlab", "SQLAlchemy",
)  # fmt: skip
LITTLE = 2 * 2**30  # bytes free below which a search may run out of disk


def examine(store: str | None = None) -> dict[str, Any]:
    """Look at what a search needs. Loads Keras.

    Args:
        store: Path of the store; the default one if not given.

    Returns:
        JSON: ``kerasnas``, ``python``, ``platform``, ``cores``, ``memory_gib``, ``packages`` (None where one is absent), ``backend``,
        ``devices``, ``store`` (path, searches), ``home`` (path, free GiB), and ``problems``: one line each, with what to do; none
        where all is well.
    """
    import psutil

    from .run.folder import home

    problems: list[str] = []
    place = home()
    free = shutil.disk_usage(place).free
    if free < LITTLE:
        problems.append(
            f"{place} has {free / 2**30:.1f} GiB left for runs. Free some, or set KERASNAS_HOME to a larger disk."
        )
    backend, devices = _devices(problems)
    return {
        "kerasnas": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "packages": {name: _version(name) for name in PACKAGES},
        "backend": backend,
        "devices": devices,
        "store": _store(store, problems),
        "home": {"path": str(place), "free_gib": round(free / 2**30, 1)},
        "problems": problems,
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _devices(problems: list[str]) -> tuple[str, list[str]]:
    """The backend and what it trains on."""
    wanted = os.environ.get("KERAS_BACKEND", "tensorflow")
    if find_spec(wanted) is None:
        problems.append(
            f"KERAS_BACKEND is '{wanted}', which is not installed: pip install '{wanted}', or unset KERAS_BACKEND."
        )
        return wanted, []
    from . import backend

    try:
        return wanted, list(backend.current().devices())
    except KerasnasError as error:
        problems.append(str(error))
        return wanted, []


def _store(given: str | None, problems: list[str]) -> dict[str, Any]:
    """The store's path and how many searches it has; None where there is none yet."""
    from pathlib import Path

    import meta_store

    from .search import address

    where = address(given)
    if "://" not in where and not Path(where).exists():
        return {"path": where, "searches": None}
    try:
        with meta_store.open(where) as store:
            return {"path": where, "searches": len(store.list_searches())}
    except meta_store.StoreError as error:
        problems.append(str(error))
        return {"path": where, "searches": None}


def in_words(found: dict[str, Any]) -> str:
    """What was found, for people."""
    absent = [name for name, version in found["packages"].items() if version is None]
    store = found["store"]
    held = "the first search makes it" if store["searches"] is None else f"{store['searches']:,} searches"
    lines = [
        f"kerasnas   {found['kerasnas']} on Python {found['python']}, {found['platform']}",
        f"machine    {found['cores']} cores, {found['memory_gib']} GiB memory",
        f"backend    {found['backend']} on {', '.join(found['devices']) or 'no device'}",
        "packages   " + ", ".join(f"{n} {v}" for n, v in found["packages"].items() if v is not None),
        *(["absent     " + ", ".join(absent)] if absent else []),
        f"store      {store['path']} ({held})",
        f"runs       {found['home']['path']} ({found['home']['free_gib']} GiB free)",
        *(f"problem    {problem}" for problem in found["problems"]),
    ]
    return "\n".join([*lines, *([] if found["problems"] else ["All is well."])])
