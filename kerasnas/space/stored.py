"""A whole space as plain data and back; ``serialise`` knows the parts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from .constraints import Condition, Constraint, Limits
from .decision import Decision
from .genotype import canonical
from .serialise import FORMAT, Reader, Writer

if TYPE_CHECKING:
    from .space import Space

UNIDENTIFIED = ("name", "reasons")
"""What is written for people: two spaces that differ in nothing else are the same space."""


def written(space: Space) -> dict[str, Any]:
    """The space as plain data, without code; what is empty and came later than the format is left out."""
    writer = Writer(space.objects())
    changed = {p: d for p, d in space.decisions.items() if _changed(d, space.declared[p])}
    data = {
        "format": FORMAT,
        "name": space.name,
        "declared": [writer.decision(d) for d in space.declared.values()],
        "restricted": [writer.decision(d) for d in changed.values()],
        "root": writer.region(space.root),
        "settings": None if space.settings is None else writer.region(space.settings),
    }
    if space.constraints:
        data["constraints"] = [_constraint(c, writer) for c in space.constraints]
    if space.reasons:
        data["reasons"] = dict(space.reasons)
    return data


def parts(data: Mapping[str, Any], objects: Mapping[str, Any], *, safe: bool) -> dict[str, Any]:
    """The arguments of a ``Space`` from what ``written`` gave.

    Raises:
        SpaceError: If the data is of another format or damaged, or calls what it may not.
    """
    if data.get("format") != FORMAT:
        raise SpaceError(
            f"Expected a space of format {FORMAT}. Received: {data.get('format')!r}. Update kerasnas."
        )
    try:
        reader = Reader({}, objects, safe=safe)
        declared = {d["path"]: reader.decision(d) for d in data["declared"]}
        reader.decisions = declared
        return {
            "name": data["name"],
            "declared": declared,
            "decisions": {**declared, **{d["path"]: reader.decision(d) for d in data["restricted"]}},
            "root": reader.region(data["root"]),
            "settings": None if data["settings"] is None else reader.region(data["settings"]),
            "objects": objects,
            "constraints": tuple(_read(c, reader) for c in data.get("constraints", ())),
            "reasons": data.get("reasons", {}),
        }
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise SpaceError(
            f"The data of the space '{data.get('name')}' is damaged: {type(error).__name__}: {error}."
        ) from error


def fingerprint(space: Space) -> str:
    """SHA-256 (hex) of all that makes it this space."""
    data = {k: v for k, v in written(space).items() if k not in UNIDENTIFIED}
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def _constraint(constraint: Constraint, writer: Writer) -> dict[str, Any]:
    if isinstance(constraint, Limits):
        return {"name": constraint.name, "most": dict(constraint.most)}
    return {"name": constraint.name, "condition": writer.value(constraint.condition)}


def _read(data: Mapping[str, Any], reader: Reader) -> Constraint:
    if "most" in data:
        return Limits(data["name"], dict(data["most"]))
    return Condition(data["name"], reader.value(data["condition"]))


def _changed(a: Decision, b: Decision) -> bool:
    return (a.kind, a.options, a.optional, a.default, a.log) != (
        b.kind, b.options, b.optional, b.default, b.log,
    )  # fmt: skip
