"""The code of layers and functions that no package holds, written out with all that it needs."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import re
import symtable
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

from ..errors import SpaceError

TO_TOOLS = re.compile(r" +# (?:noqa|type: ignore)\b[^\n]*")
PLAIN = (str, int, float, bool, type(None))
PUBLIC = ("layers", "ops", "saving", "initializers", "regularizers", "constraints", "activations", "random")


class OwnCode:
    """Collects definitions in the order in which they must stand, and the imports that they need.

    Attributes:
        parts: Source by name, what is needed before what needs it.
        imports: Import statements.
    """

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.imports: set[str] = set()
        self._objects: dict[str, Any] = {}

    def needs(self, found: Any, name: str) -> bool:
        """Whether the code must be written out: it is kerasnas' own, or of no module that can be imported."""
        module = getattr(found, "__module__", None) or "__main__"
        return module.split(".")[0] in ("__main__", "kerasnas") or "<" in getattr(found, "__qualname__", name)

    def add(self, found: Any, name: str) -> str:
        """Write out a class or function, or import it; returns what to call it.

        Raises:
            SpaceError: If its code cannot be found, or needs something that cannot be written.
        """
        if hasattr(found, "write_source"):  # an object that knows what it is in words
            return str(found.write_source(self))
        if not self.needs(found, name):
            return self._imported(found, name)
        name = found.__name__
        if self._objects.setdefault(name, found) is not found:
            raise SpaceError(
                f"Two different objects of this model are called '{name}', which its source "
                "cannot tell apart: rename one."
            )
        if name in self.parts:
            return name
        if name == "<lambda>":
            raise SpaceError("A lambda cannot be written as source: make it a function with a name.")
        text = _text(found)
        self.parts[name] = ""  # it may call itself
        for needed, value in _needed(found, text):
            if value is not found:
                self._resolve(needed, value, name)
        del self.parts[name]
        self.parts[name] = text
        return name

    def _resolve(self, name: str, value: Any, user: str) -> None:
        if isinstance(value, types.ModuleType):
            self._module(name, value, user)
        elif isinstance(value, type | types.FunctionType) or (
            callable(value) and hasattr(value, "__qualname__")
        ):
            called = self.add(value, name)
            if called != name and called in self.parts:
                raise SpaceError(
                    f"'{user}' calls '{called}' by the name '{name}': use one name, so that its source "
                    "can be written."
                )
        elif _plain(value):
            self.parts.setdefault(name, f"{name} = {value!r}")
        else:
            raise SpaceError(
                f"'{user}' reads '{name}', a {type(value).__name__} that cannot be written as source: "
                "pass it as a plain argument, "
                "or put the code into a module that can be imported."
            )

    def _module(self, name: str, module: types.ModuleType, user: str) -> None:
        path = module.__name__
        if path.split(".")[0] == "kerasnas":
            raise SpaceError(
                f"'{user}' reads the module '{path}': import from it what is needed, so that "
                "it can be written out."
            )
        parent, _, last = path.rpartition(".")
        if name == path:
            self.imports.add(f"import {path}")
        elif name == last and parent:
            self.imports.add(f"from {parent} import {last}")
        elif path.startswith(name + "."):
            self.imports.add(f"import {path}")
        else:
            self.imports.add(f"import {path} as {name}")

    def _imported(self, found: Any, name: str) -> str:
        module, path = found.__module__, found.__qualname__
        exported = getattr(found, "_api_export_path", None)
        if module.startswith("keras.src."):
            exported = exported[0] if isinstance(exported, list) else exported or _exported(found)
            module, _, path = exported.rpartition(".")
        first = path.partition(".")[0]
        as_name = "" if name in (first, path) or "." in path else f" as {name}"
        self.imports.add(f"from {module} import {first}{as_name}")
        return name if as_name else path


def _exported(found: Any) -> str:
    import keras

    name = found.__name__
    for module in PUBLIC:
        if getattr(getattr(keras, module), name, None) is found:
            return f"keras.{module}.{name}"
    return f"keras.{name}" if hasattr(keras, name) else f"{found.__module__}.{found.__qualname__}"


def _plain(value: Any) -> bool:
    if isinstance(value, tuple | list | set | frozenset):
        return all(map(_plain, value))
    if isinstance(value, dict):
        return all(_plain(k) and _plain(v) for k, v in value.items())
    return isinstance(value, PLAIN)


def _text(found: Any) -> str:
    """The code of a class or function, without what is said to our own tools."""
    return TO_TOOLS.sub("", _as_it_stands(found))


def _as_it_stands(found: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(found)).strip()
    except (OSError, TypeError) as error:
        text = _text_of_class(found) if isinstance(found, type) else None
        if text is None:
            raise SpaceError(
                f"The code of '{found.__qualname__}' cannot be found to write it out: {error}. Put it into a "
                "module that can be imported."
            ) from error
        return text


def _text_of_class(found: type) -> str | None:
    """A class of a notebook, found by way of one of its methods: a notebook's ``__main__`` has no file."""
    for method in vars(found).values():
        code = getattr(method, "__code__", None)
        if code is None:
            continue
        lines = linecache.getlines(code.co_filename)
        if not lines:
            continue
        for node in ast.walk(ast.parse("".join(lines))):
            last = getattr(node, "end_lineno", 0)
            if (
                isinstance(node, ast.ClassDef)
                and node.name == found.__name__
                and node.lineno <= code.co_firstlineno <= last
            ):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                return textwrap.dedent("".join(lines[first - 1 : last])).strip()
    return None


def _needed(found: Any, text: str) -> Iterator[tuple[str, Any]]:
    """Names that the code reads from outside itself, and what they are."""
    space = _namespace(found)
    for name in sorted(_outside(symtable.symtable(text, "<own>", "exec"))):
        if name in space:
            yield name, space[name]
        elif name in sys.modules:  # imported where a local class was defined, which leaves no trace in it
            yield name, sys.modules[name]
        elif not hasattr(builtins, name) and name != found.__name__:
            raise SpaceError(
                f"'{found.__qualname__}' reads '{name}', which is not found where it is defined."
            )


def _outside(table: symtable.SymbolTable) -> set[str]:
    top = table.get_type() == "module"
    names = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_referenced() and (not s.is_assigned() if top else s.is_global())
    }
    for child in table.get_children():
        names |= _outside(child)
    return names - {
        s.get_name() for s in table.get_symbols() if top and (s.is_assigned() or s.is_namespace())
    }


def _namespace(found: Any) -> dict[str, Any]:
    space = dict(vars(sys.modules[found.__module__])) if found.__module__ in sys.modules else {}
    members = [found, *vars(found).values()] if isinstance(found, type) else [found]
    plain = [inspect.unwrap(getattr(m, "__func__", m)) for m in members]
    functions = [f for f in plain if isinstance(f, types.FunctionType)]
    for function in functions:
        space.update(function.__globals__)
    for function in functions:
        space.update(inspect.getclosurevars(function).nonlocals)
    return space
