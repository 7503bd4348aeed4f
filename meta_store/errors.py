"""What a store refuses."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what was asked; the message says what was received and what to do."""


class StoreGone(StoreError):  # noqa: N818  (reads as what happened)
    """The store's file was removed, moved or replaced while it was open."""


class LeaseHeld(StoreError):  # noqa: N818  (reads as what happened)
    """Another runner owns the search."""


class LeaseLost(StoreError):  # noqa: N818
    """A write came from a runner that does not own the search any more: it must stop."""
