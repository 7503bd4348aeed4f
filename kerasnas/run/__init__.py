"""How a search runs: a runner in a process of its own, one warm worker, and the loop between them."""

from .budget import Budget

__all__ = ["Budget"]
