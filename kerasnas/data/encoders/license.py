"""The license of an encoder, as far as its files say."""

from __future__ import annotations

import re

from .base import Encoder

UNKNOWN = "unknown"
PAPERS = (
    "README.md",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "NOTICE",
    "NOTICE.txt",
)  # travel with the files
HEAD = re.compile(r"\ufeff?---[ \t]*\n(.*?)\n---", re.DOTALL)
FIELD = re.compile(r"^(license(?:_name)?):(?:[ \t]*|\s*\n\s*-[ \t]*)(\S[^\n#]*)", re.MULTILINE)


def license_of(encoder: Encoder) -> str:
    """What the model card beside an encoder calls its license, e.g. ``"apache-2.0"``; "unknown" where nothing is said.

    A folder in Hugging Face layout may have a ``README.md`` whose first lines name the license; a ``.keras`` file says nothing.
    """
    page = encoder.path / "README.md"
    if not page.is_file():
        return UNKNOWN
    head = HEAD.match(page.read_text(encoding="utf-8", errors="replace"))
    said: dict[str, str] = dict(FIELD.findall(head[1])) if head else {}
    name = said.get("license", "").strip()
    name = said.get("license_name", name) if name == "other" else name
    return name.strip("[] \"'") or UNKNOWN
