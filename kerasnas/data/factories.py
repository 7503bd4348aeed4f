"""A function that gives the data, known by its name: for data that cannot be copied to where it is needed."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from ..errors import DataError

_NAME = re.compile(r"^[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*$")


def name_of(data: Any) -> str | None:
    """The name of a factory, "package.module:function"; None where the data is given in another way.

    Args:
        data: Such a name, a function that can be imported by it, or anything else.

    Raises:
        DataError: If it is a function that another process cannot import: of a notebook or ``__main__``, inside another function,
            or a lambda.
    """
    if isinstance(data, str):
        return data if _NAME.match(data) and not Path(data).exists() else None
    if not callable(data) or not hasattr(data, "__qualname__"):
        return None
    module, path = str(getattr(data, "__module__", None)), str(data.__qualname__)
    name = f"{module}:{path}"
    if module == "__main__" or not _NAME.match(name) or _found(name) is not data:
        raise DataError(
            f"A factory of data is called by its name in the process that needs the rows, but {name} cannot be imported there. Put the "
            "function at the top level of a module of its own, and give it or its name 'package.module:function'."
        )
    return name


def called(name: str) -> Any:
    """What the factory of this name gives.

    Raises:
        DataError: If there is no such function, it fails, or it gives another factory.
    """
    made = _found(name)
    if not callable(made):
        raise DataError(f"The factory '{name}' is no function. Received: {type(made).__name__}.")
    try:
        data = made()
    except Exception as error:
        raise DataError(
            f"The factory '{name}' failed: {type(error).__name__}: {error}. It is called without arguments."
        ) from error
    if name_of(data) is not None:
        raise DataError(
            f"The factory '{name}' gave another factory, {data!r}. It is to give the data itself."
        )
    return data


def _found(name: str) -> Any:
    """The function of this name.

    Raises:
        DataError: If it is not there.
    """
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise DataError(
            f"The factory '{name}' cannot be imported: {error}. Expected 'package.module:function', in a module on the path."
        ) from error
    return found
