"""Candidates that meet a space's constraints: mended where they are near, walked towards one that meets them where they are not.

Drawing again until a candidate fits stalls where few do. So a candidate that breaks a constraint is mended: decisions that matter to
the constraint move, one at a time and for a limit to smaller values, while that brings it nearer; then decisions are taken over, one
after another in random order, from a candidate that is known to meet everything. The second way ends at that candidate, so it cannot
fail unless decisions that must stay are in its way.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConstraintError, GenotypeError
from .constraints import Limits, judged
from .decision import Decision, Scalar, same
from .genotype import Genotype

if TYPE_CHECKING:
    from .graph import Plan
    from .space import Space

MOVES = 24  # walks of the first way
DESCENT = 600  # walks to find a first candidate that meets everything, from one start
STARTS = 8
OPTIONS = 8  # at most so many values of a decision are tried


def mended(
    space: Space,
    genotype: Mapping[str, Any],
    rng: random.Random,
    keep: Collection[str] = (),
    towards: Mapping[str, Any] | None = None,
) -> Genotype | None:
    """A candidate that meets all constraints, close to one that does not.

    Args:
        space: Whose constraints.
        genotype: To start from.
        rng: Of the moves.
        keep: Decisions that stay as they are.
        towards: One that meets them; ``space.default()`` if not given.

    Returns:
        The candidate, or None where what must stay is in the way.
    """
    found = _moved(space, dict(genotype), rng, keep)
    if found is not None:
        return found
    values, goal = dict(genotype), space.default() if towards is None else towards
    order = [p for p in goal if p not in keep]
    rng.shuffle(order)
    for path in order:
        if path in values and same(values[path], goal[path]):
            continue
        values[path] = goal[path]
        plan = _walked(space, values, rng)
        if plan is not None and _kept(plan, values, keep) and not judged(space.constraints, plan):
            return Genotype(plan.genotype)
    return None


def _moved(
    space: Space, values: dict[str, Any], rng: random.Random, keep: Collection[str]
) -> Genotype | None:
    """Random moves of what matters, taken where they bring the candidate nearer."""
    plan = _walked(space, values, rng)
    if plan is None:
        return None
    wanted = {p: values[p] for p in keep if p in values}
    broken = judged(space.constraints, plan)
    for _ in range(MOVES):
        if not broken:
            return Genotype(plan.genotype)
        constraint = broken[rng.randrange(len(broken))][0]
        movable = [p for p in constraint.paths(plan) if p not in keep]
        if not movable:
            return None
        path = movable[rng.randrange(len(movable))]
        others = _others(space.decisions[path], plan.genotype[path], isinstance(constraint, Limits))
        if not others:
            continue
        tried = _walked(space, {**plan.genotype, path: others[rng.randrange(len(others))]}, rng)
        if tried is None or not _kept(tried, wanted, keep):
            continue
        left = judged(space.constraints, tried)
        if _excess(left) < _excess(broken):
            plan, broken = tried, left
    return Genotype(plan.genotype) if not broken else None


def _others(decision: Decision, value: Scalar, smaller: bool) -> list[Scalar]:
    """Other values, spread over the range; of numbers only the smaller ones where a limit is to be met."""
    found = [v for v in spread(decision) if not same(v, value)]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if smaller and number:
        return [v for v in found if v is None or not isinstance(v, int | float) or v < value]  # type: ignore[operator]
    return found


def spread(decision: Decision) -> list[Scalar]:
    """The values of a decision, or some of them from one end to the other."""
    if not decision.discrete:
        low, high = decision.options
        return [*([None] if decision.optional else []), low, (low + high) / 2, high]
    values = decision.domain()
    if len(values) <= OPTIONS:
        return list(values)
    return [values[round(i * (len(values) - 1) / (OPTIONS - 1))] for i in range(OPTIONS)]


def first(space: Space) -> Genotype:
    """The candidate of defaults or, where it breaks a constraint, one near it that meets all.

    Decision after decision takes the value that leaves the least to mend, from the defaults and then from random candidates of a fixed
    seed.

    Raises:
        ConstraintError: If none is found; it names the constraint and the nearest miss.
        GenotypeError: If the space has no candidate at all.
    """
    rng = random.Random(0)  # noqa: S311  (not for secrets)
    best: Plan | None = None
    for start in range(STARTS):
        fill = _default if start == 0 else lambda d: d.draw(rng)
        try:
            plan = space.made({}, fill, None if start == 0 else rng)
        except GenotypeError:
            if start == 0 and not space.constraints:
                raise
            continue
        plan = _descended(space, plan)
        if not judged(space.constraints, plan):
            return Genotype(plan.genotype)
        if best is None or _off(space, plan) < _off(space, best):
            best = plan
    if best is None:
        raise GenotypeError(f"No candidate of the space '{space.name}' meets its requirements.")
    raise missed(space, [_error(space, best)])


def missed(space: Space, errors: Iterable[ConstraintError]) -> ConstraintError:
    """What to say where nothing met the constraints."""
    nearest = min(errors, key=lambda e: e.excess)
    return ConstraintError(
        f"No candidate of the space '{space.name}' was found that meets the constraint '{nearest.constraint}'. The nearest miss: "
        f"{nearest.said}, with {_short(nearest.genotype)}. Loosen the constraint, or widen the space.",
        nearest.constraint, nearest.said, nearest.excess, nearest.genotype,
    )  # fmt: skip


def _error(space: Space, plan: Plan) -> ConstraintError:
    constraint, _, said = judged(space.constraints, plan)[0]
    return ConstraintError("", constraint.name, said, _off(space, plan), plan.genotype)


def _descended(space: Space, plan: Plan) -> Plan:
    walks = 0
    while walks < DESCENT:
        broken = judged(space.constraints, plan)
        before = _excess(broken)
        if not before:
            return plan
        for path in dict.fromkeys(p for constraint, _, _ in broken for p in constraint.paths(plan)):
            if path not in plan.genotype:
                continue
            for value in spread(space.decisions[path]):
                tried = _walked(space, {**plan.genotype, path: value}, None)
                walks += 1
                if tried is not None and _off(space, tried) < _off(space, plan):
                    plan = tried
            if not _off(space, plan):
                return plan
        if _off(space, plan) >= before:
            return plan
    return plan


def _walked(space: Space, values: Mapping[str, Any], rng: random.Random | None) -> Plan | None:
    """What values come to; None where that is no candidate. What they make active starts from its default."""
    try:
        return space.made(values, _default, rng, repair=True)
    except GenotypeError:
        return None


def _default(decision: Decision) -> Scalar:
    return decision.default


def _kept(plan: Plan, values: Mapping[str, Any], keep: Collection[str]) -> bool:
    return all(p not in values or (p in plan.genotype and same(plan.genotype[p], values[p])) for p in keep)


def _off(space: Space, plan: Plan) -> float:
    return _excess(judged(space.constraints, plan))


def _excess(broken: Iterable[tuple[Any, float, str]]) -> float:
    return sum(excess for _, excess, _ in broken)


def _short(genotype: Mapping[str, Any]) -> str:
    shown = [f"{p} = {v!r}" for p, v in genotype.items() if not p.startswith("training/")]
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
