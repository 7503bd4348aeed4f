"""The door to the widgets: the only module of kerasnas that imports them, and only when it is opened."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widgets.studio import Studio

OURS = Path(__file__).resolve().parents[1] / "widgets" / "__init__.py"
OTHER_NAME = "kerasnas_widgets"


def studio(data: Any, target: str | None = None, **options: Any) -> Studio:
    """Open the studio over a table: check its columns, set a budget, start a search and watch it.

    Args:
        data: A DataFrame, the path of a CSV file, or a ``kn.Task``.
        target: Name of the column to predict; not with a ``kn.Task``.
        **options: ``store`` (path), ``budget`` (``kn.Budget``), ``space``, ``strategy``, ``evaluator``,
            ``seed``, ``limits``, ``finalists``, ``executor`` and ``warm_start`` go to ``kn.Search``; the rest
            to ``kn.Task``.

    Returns:
        A panel; in a notebook it shows itself when it is a cell's last line.

    Raises:
        DataError: If the data cannot be read or ``target`` is no column of it.
    """
    opened: Studio = _widgets("studio").studio(data, target, **options)
    return opened


def attach(search_id: Any = None, store: Any = None) -> Studio:
    """Open the panel of a search that exists: after a page reload, a kernel restart, from another notebook.

    Args:
        search_id: As the panel, ``search.id`` or ``kerasnas runs`` shows it; the newest search by default.
        store: Path of the store; the default store if not given.

    Returns:
        A panel with the same state, whoever started the search.

    Raises:
        SearchError: If the store has no such search; the message names the newest it has.
    """
    opened: Studio = _widgets("studio").attach(search_id, store)
    return opened


def load_ipython_extension(ipython: Any) -> None:
    """Register ``%nas`` (``%load_ext kerasnas``): list, attach, pause, resume and stop searches by a line."""
    _widgets("magics").register(ipython)


def _widgets(module: str) -> ModuleType:
    """One of our widget modules, also where a foreign ``widgets`` stands first on the path."""
    return importlib.import_module(f"{_package()}.{module}")


def _package() -> str:
    """The name under which our package ``widgets`` can be imported here.

    A notebook's folder often has a ``widgets.py`` of its own. It stays what it is to the notebook; ours is
    then loaded from beside kerasnas under another name, and a warning says so.

    Raises:
        ImportError: If our package is not where it was installed.
    """
    if OTHER_NAME in sys.modules:
        return OTHER_NAME
    found = _found()
    if found == OURS:
        return "widgets"
    if not OURS.is_file():
        raise ImportError(
            f"The studio's widgets are missing: expected {OURS}. Reinstall kerasnas.", name="widgets"
        )
    spec = importlib.util.spec_from_file_location(
        OTHER_NAME, OURS, submodule_search_locations=[str(OURS.parent)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"Python cannot load {OURS}. Reinstall kerasnas.", name="widgets")
    package = importlib.util.module_from_spec(spec)
    sys.modules[OTHER_NAME] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules[OTHER_NAME]
        raise
    if found is not None:
        warnings.warn(
            f"`import widgets` finds {found} here, which is not the studio's. It is left alone: "
            f"kerasnas loads its own widgets from {OURS.parent}, as {OTHER_NAME}.",
            UserWarning,
            stacklevel=4,
        )
    return OTHER_NAME


def _found() -> Path | None:
    """The file that ``import widgets`` gives or would give, without running it; None when there is none."""
    loaded = sys.modules.get("widgets")
    if loaded is not None:
        file = getattr(loaded, "__file__", None)
        return Path(file).resolve() if file else Path("(a module without a file)")
    spec = importlib.util.find_spec("widgets")
    if spec is None:
        return None
    if spec.origin is None:
        places = list(spec.submodule_search_locations or [])
        return Path(places[0]).resolve() if places else Path("(a module without a file)")
    return Path(spec.origin).resolve()
