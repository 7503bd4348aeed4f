"""The JavaScript and CSS as served: small ES modules in ``static/``, joined into the text of a widget.

A widget's module reaches the page as text and has no address, so it cannot import a neighbour. The modules
stay separate files (checked, tested by Node.js), and are joined here: imports resolved, ``export`` dropped.
Nothing is built ahead, and nothing is fetched from a network.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)
_NAME = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
_DEFAULT = "export default { render };"


@cache
def module(name: str) -> str:
    """One ES module that holds ``static/<name>`` and all that it imports.

    Args:
        name: File name of a view's module.

    Returns:
        The text of a module whose only export is ``{ render }``.

    Raises:
        ValueError: If the file does not end in ``export default { render };``, or two share a name.
    """
    order: list[str] = []
    _visit(name, order)
    entry = (STATIC / name).read_text(encoding="utf-8")
    if not entry.rstrip().endswith(_DEFAULT):
        raise ValueError(f"widgets/static/{name} must end in `{_DEFAULT}` to be shown as a view.")
    texts = []
    owners: dict[str, str] = {}
    for each in order:
        text = _EXPORT.sub("", _IMPORT.sub("", (STATIC / each).read_text(encoding="utf-8")))
        for found in _NAME.findall(text):
            if found in owners:
                raise ValueError(
                    f"widgets/static: {each} and {owners[found]} both name `{found}`; joined, they clash."
                )
            owners[found] = each
        texts.append(text.replace("// @ts-check\n", "").strip())
    return "\n\n".join(texts) + "\n"


def _visit(name: str, order: list[str]) -> None:
    for needed in _IMPORT.findall((STATIC / name).read_text(encoding="utf-8")):
        if needed not in order:
            _visit(needed, order)
    if name not in order:
        order.append(name)


@cache
def style() -> str:
    """The style sheet of every view."""
    return (STATIC / "studio.css").read_text(encoding="utf-8")
