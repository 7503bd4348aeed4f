"""Random search: the line that every other strategy has to beat.

Source: Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012; Li and Talwalkar, "Random search and
reproducibility for neural architecture search", 2019.
"""

from __future__ import annotations

import random

from .base import Proposal, Strategy


class RandomSearch(Strategy):
    """Draws every candidate from the space, independently of what was seen; the first is the space's default."""

    name = "random"
    most_objectives = 4  # it looks at none

    def _propose(self, rng: random.Random, number: int) -> Proposal:  # noqa: ARG002
        return Proposal(self.space.sample(rng), "random")
