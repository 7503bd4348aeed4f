"""How the next candidates are chosen: one strategy a file, one contract."""

from .base import Proposal, Strategy, Trial
from .registry import asked, find, made, make, name_of, names

__all__ = ["Proposal", "Strategy", "Trial", "asked", "find", "made", "make", "name_of", "names"]
