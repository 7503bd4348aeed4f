"""One candidate of a space: its active decisions and their values."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ..errors import GenotypeError
from .decision import Scalar, plain

PLAIN = frozenset({str, int, bool, type(None)})  # these need no closer look


class Genotype(Mapping[str, Scalar]):
    """An immutable, hashable mapping of decision path to value: strings, finite numbers, booleans or None.

    Two genotypes are equal when their canonical JSON is; the order of paths does not matter. ``key`` is its
    SHA-256.

    Raises:
        GenotypeError: If a path or value is not plain.
    """

    __slots__ = ("_key", "_values")

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values: dict[str, Scalar] = {}
        for path, given in values.items():
            if type(path) is str and type(given) in PLAIN:
                self._values[path] = given
                continue
            value = plain(given)
            scalar = value is None or isinstance(value, str | bool | int | float)
            if (
                not isinstance(path, str)
                or not scalar
                or (isinstance(value, float) and not math.isfinite(value))
            ):
                raise GenotypeError(
                    "A genotype maps paths to strings, finite numbers, booleans or None. "
                    f"Received: {path!r}: {given!r}."
                )
            self._values[path] = value
        self._key = ""

    def __getitem__(self, path: str) -> Scalar:
        return self._values[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the canonical JSON: the candidate's identity inside its space."""
        if not self._key:
            self._key = hashlib.sha256(canonical(self._values).encode()).hexdigest()
        return self._key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Genotype):
            return self.key == other.key
        return isinstance(other, Mapping) and dict(self) == dict(other)

    def to_json(self) -> dict[str, Scalar]:
        """Plain data."""
        return dict(self._values)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Genotype:
        """The inverse of ``to_json``."""
        return cls(data)

    def __repr__(self) -> str:
        return f"Genotype({', '.join(f'{p}={_short(v)}' for p, v in self._values.items())})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(p)}</td><td>{escape(_short(v))}</td></tr>" for p, v in self._values.items()
        )
        return f"<table><thead><tr><th>decision</th><th>value</th></tr></thead><tbody>{rows}</tbody></table>"


def canonical(data: Any) -> str:
    """JSON with one spelling for equal data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _short(value: Scalar) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
