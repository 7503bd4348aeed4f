"""Whether the past still deserves its place: a sequential test on the cold arm alone.

The portfolio's own points say nothing about the past, since they all stand where it expected to do well; only candidates that
were chosen without it do. For each of these there is an expected rank and an observed value, and Kendall's tau tells whether the two orders
agree. Six points are few (by chance alone tau exceeds 0.2 in a quarter of shuffled pasts), so one test decides nothing: evidence
accumulates over the tests.

Each new cold point is compared with all before it: the share of concordant pairs is one half on average when the past knows nothing. A
bet against the past multiplies its stake by ``1 - STAKE * (2 * share - 1)``; by Ville's inequality it exceeds ``1 / level``
with at most that chance when the past is worth something on balance. So the past goes when the stake has grown past ``DROP``, when
tau was not above ``LEAST_TAU`` in ``PATIENCE`` tests running, or when the two orders plainly oppose each other (tau at or below
``-LEAST_TAU``). It does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

YOUNG, KEPT, DROPPED = "young", "kept", "dropped"
LEAST_POINTS = 6
LEAST_TAU = 0.2
PATIENCE = 3
STAKE = 0.6
DROP = 4.0


@dataclass(frozen=True)
class Verdict:
    """What the test says after a number of cold points.

    Attributes:
        state: ``young`` (too few points), ``kept`` or ``dropped``.
        tau: Kendall's tau between expected and observed order; None where it has no meaning.
        points: Cold points so far.
        evidence: The stake of the bet against the past; 1 at the start.
        strikes: Tests running in which tau was not above ``LEAST_TAU``.
    """

    state: str
    tau: float | None
    points: int
    evidence: float
    strikes: int


def test_past(expected: Sequence[float], observed: Sequence[float], direction: str) -> list[Verdict]:
    """The verdict after each cold point.

    Args:
        expected: Ranks that the past expects, 0 the best, in the order of observation.
        observed: Values of the same candidates.
        direction: Whether values are to be raised ("max") or lowered ("min").
    """
    sign = -1.0 if direction == "max" else 1.0
    seen = [sign * v for v in observed]
    verdicts: list[Verdict] = []
    evidence, strikes, state = 1.0, 0, YOUNG
    for n in range(1, len(seen) + 1):
        agree = _agreement(expected, seen, n - 1)
        if agree is not None:
            evidence *= 1.0 - STAKE * agree
        tau = kendall(expected[:n], seen[:n])
        if n >= LEAST_POINTS and state != DROPPED:
            strikes = 0 if tau is not None and tau > LEAST_TAU else strikes + 1
            opposed = tau is not None and tau <= -LEAST_TAU
            state = DROPPED if opposed or evidence >= DROP or strikes >= PATIENCE else KEPT
        verdicts.append(Verdict(state, tau, n, evidence, strikes))
    return verdicts


test_past.__test__ = False  # type: ignore[attr-defined]  # a statistical test, none of pytest's


def _agreement(expected: Sequence[float], seen: Sequence[float], at: int) -> float | None:
    """Concordant less discordant pairs of one point with all before it, as a share of the pairs that differ."""
    signs = [_sign(expected[at] - expected[i]) * _sign(seen[at] - seen[i]) for i in range(at)]
    pairs = [s for s in signs if s]
    return sum(pairs) / len(pairs) if pairs else None


def kendall(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Kendall's tau-b; None where one order has no pair that differs."""
    n = len(a)
    together = ties_a = ties_b = pairs = 0
    for i in range(n):
        for j in range(i):
            x, y = _sign(a[i] - a[j]), _sign(b[i] - b[j])
            together += x * y
            ties_a += x == 0
            ties_b += y == 0
            pairs += 1
    scale = ((pairs - ties_a) * (pairs - ties_b)) ** 0.5
    return together / scale if scale else None


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)
