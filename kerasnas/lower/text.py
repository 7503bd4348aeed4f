"""Lines of Python: names, literals, loops, and what is too long for a line."""

from __future__ import annotations

import builtins
import json
import keyword
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import SpaceError
from ..space.graph import Nested, Target, Tensor
from ..space.trace import keras_name

WIDTH = 100
#: Names of local variables. No function, parameter or input gets one of these.
VARIABLES = (*"xyzabcdefgh", *(f"t{i}" for i in range(1, 1000)))
RESERVED = frozenset(
    (*VARIABLES, *dir(builtins), "build_model", "i", "keras", "layers", "model", "name", "ops")
)


def identifier(path: str) -> str:
    """A path as a Python name: ``"image/residual"`` -> ``"image_residual"``."""
    name = re.sub(r"\W+", "_", path).strip("_") or "block"
    return f"block_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the name and the first number that makes it new."""
    taken = frozenset(taken)
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 9999))) if n not in taken)


def label(path: str, prefix: str) -> str:
    """A layer's name as an expression, relative to its block's where it stands inside."""
    if not prefix or not (path == prefix or path.startswith(prefix + "/")):
        return f'"{keras_name(path)}"'
    rest = keras_name(path[len(prefix) :])
    return f'f"{{name}}{rest}"' if rest else "name"


def literal(value: Any, variables: dict[int, str], called: Callable[[Target], str]) -> str:
    """A value as an expression.

    Args:
        value: Tensors, numbers, strings, recorded layers, arrays, Keras objects, and nests of them.
        variables: What tensors are called, by ``id``.
        called: How a target is written.

    Raises:
        SpaceError: If the value cannot be written.
    """

    def inner(v: Any) -> str:
        return literal(v, variables, called)

    if isinstance(value, Tensor):
        return variables.get(id(value), "None")
    if isinstance(value, Nested):
        return f"{called(value.target)}({', '.join(f'{k}={inner(v)}' for k, v in value.config.items())})"
    if isinstance(value, list):
        return f"[{', '.join(map(inner, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(inner, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{inner(k)}: {inner(v)}' for k, v in value.items())}}}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return f'float("{value}")'
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        return f"slice({inner(value.start)}, {inner(value.stop)}, {inner(value.step)})"
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return f'ops.convert_to_tensor({inner(value.tolist())}, dtype="{value.dtype}")'
    return _keras_object(value)


def _keras_object(value: Any) -> str:
    """An initialiser, regulariser, constraint or the like, by its class and arguments."""
    import keras

    module, name = type(value).__module__, type(value).__name__
    if module.startswith("keras.") and hasattr(value, "get_config"):
        for public in ("initializers", "regularizers", "constraints"):
            if getattr(getattr(keras, public), name, None) is type(value):
                given = ", ".join(f"{k}={v!r}" for k, v in value.get_config().items())
                return f"keras.{public}.{name}({given})"
    try:
        data = keras.saving.serialize_keras_object(value)
    except (TypeError, ValueError) as error:
        raise SpaceError(
            f"{value!r} cannot be written as source: {error}. Use numbers, strings or Keras objects."
        ) from error
    return f"keras.saving.deserialize_keras_object({data!r})"


def subscript(key: Any, shown: Callable[[Any], str]) -> str:
    """What stands between the brackets: ``(slice(None), 0)`` -> ``":, 0"``."""

    def one(k: Any) -> str:
        if isinstance(k, slice):
            start, stop = ("" if p is None else shown(p) for p in (k.start, k.stop))
            return f"{start}:{stop}" + ("" if k.step is None else f":{shown(k.step)}")
        return shown(k)

    return ", ".join(map(one, key)) if isinstance(key, tuple) and key else one(key)


_NUMBERED = re.compile(r'name=f?"(?P<stem>[^"]*?)(?P<number>\d+)"\)')


def merged(imports: Iterable[str]) -> list[str]:
    """Import statements in the order that ruff and isort give them: Python's own, an empty line, all others."""
    taken: dict[str, set[str]] = {}
    plain = set()
    for line in imports:
        if line.startswith("from "):
            module, _, names = line.removeprefix("from ").partition(" import ")
            taken.setdefault(module, set()).update(names.split(", "))
        else:
            plain.add(line)
    found = [
        *((line.split()[1], line) for line in sorted(plain)),
        *(
            (m, f"from {m} import {', '.join(sorted(names, key=_kind))}")
            for m, names in sorted(taken.items())
        ),
    ]
    known = [line for module, line in found if module.partition(".")[0] in sys.stdlib_module_names]
    others = [line for module, line in found if module.partition(".")[0] not in sys.stdlib_module_names]
    return [*known, *([""] if known and others else []), *others]


def _kind(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def folded(lines: list[str]) -> list[str]:
    """Consecutive lines that differ only in a step's number, as a loop."""
    out: list[str] = []
    i = 0
    while i < len(lines):
        match = _NUMBERED.search(lines[i])
        end = i + 1
        first = int(match["number"]) if match else 0
        while match and end < len(lines):
            before, after = lines[i][: match.start("number")], lines[i][match.end("number") :]
            if lines[end] != f"{before}{first + end - i}{after}":
                break
            end += 1
        if match is None or end - i < 2:
            out.append(lines[i])
        else:
            bounds = f"{first}, {first + end - i}" if first else str(end - i)
            named = f'name=f"{match["stem"]}{{i}}")'
            out += [
                f"for i in range({bounds}):",
                f"    {lines[i][: match.start()]}{named}{lines[i][match.end() :]}",
            ]
        i = end
    return out


def indented(lines: list[str], by: int = 4) -> list[str]:
    """Lines moved to the right, and wrapped where they are too long."""
    return [part for line in lines for part in wrapped(" " * by + line)]


def wrapped(line: str) -> list[str]:
    """A line; where it is too long, with the arguments of its outermost call on lines of their own."""
    if len(line) <= WIDTH:
        return [line]
    pad = " " * (len(line) - len(line.lstrip()))
    depth, start, opened, quote = 0, 0, -1, ""
    parts: list[str] = []
    for i, c in enumerate(line):
        if quote:
            if c == quote and line[i - 1] != "\\":
                quote = ""
        elif c in "\"'":
            quote = c
        elif c in "([{":
            depth += 1
            if depth == 1 and opened < 0:
                opened = start = i + 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                parts.append(line[start:i].strip())
                inner = [x for p in parts if p for x in wrapped(f"{pad}    {p},")]
                return [line[:opened], *inner, *wrapped(pad + line[i:])]
        elif c == "," and depth == 1:
            parts.append(line[start:i].strip())
            start = i + 1
    return [line]
