"""What can go wrong; every message says what was wrong, where, what was received and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class KerasnasError(Exception):
    """Base of all errors that kerasnas raises on purpose."""


class SpaceError(KerasnasError):
    """A search space was declared in a way that cannot be recorded or lowered."""


class DuplicatePathError(SpaceError):
    """Two decisions, blocks or layers claim the same path."""


class GenotypeError(KerasnasError, ValueError):
    """A genotype does not fit its space."""


class ConstraintError(GenotypeError):
    """A genotype breaks what its space demands of a whole candidate.

    Attributes:
        constraint: Its name.
        said: What was found, in words.
        excess: How far off, over all constraints: the sum of relative excesses, 1 for a condition.
        genotype: The values that break it.
    """

    def __init__(
        self, message: str, constraint: str, said: str, excess: float, genotype: Mapping[str, Any]
    ) -> None:
        super().__init__(message)
        self.constraint, self.said, self.excess, self.genotype = constraint, said, excess, dict(genotype)


class InfeasibleError(SpaceError, GenotypeError):
    """A genotype fits its space, but no model can be made of it: a window is larger than its picture."""


class DataError(KerasnasError, ValueError):
    """The data, a column, a target or a file is not what it should be."""


class EncoderError(DataError):
    """A pretrained encoder cannot be found, read or rebuilt."""


class EvaluationError(KerasnasError):
    """A candidate could not be judged.

    Attributes:
        kind: A short cause, e.g. ``"nan"``, ``"out_of_memory"``, ``"exception"``.
    """

    def __init__(self, message: str, kind: str = "exception") -> None:
        super().__init__(message)
        self.kind = kind


class SearchError(KerasnasError):
    """A search cannot be started, found or steered as asked."""


class BundleError(KerasnasError):
    """A bundle is damaged, unsafe or from a newer release."""
