"""How the next candidates are chosen: one strategy a file, one contract."""

from .base import Proposal, Strategy, Trial
from .registry import find, made, make, names

__all__ = ["Proposal", "Strategy", "Trial", "find", "made", "make", "names"]
