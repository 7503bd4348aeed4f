"""What a strategy does with genotypes: sample, mutate, cross over, list neighbours, adapt."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import GenotypeError
from .decision import Decision, Scalar, same
from .genotype import Genotype

if TYPE_CHECKING:
    from .space import Space

TRIES = 64


def generator(seed: int | random.Random) -> random.Random:
    """A generator from a seed, or the one given."""
    return seed if isinstance(seed, random.Random) else random.Random(seed)  # noqa: S311


def sample(space: Space, seed: int | random.Random, given: Mapping[str, Any] | None = None) -> Genotype:
    """A random genotype: each active decision is drawn as declared.

    What breaks a requirement is drawn again, decision by decision where that is possible, else as a whole.

    Args:
        space: Where to draw from.
        seed: Of the draw; a generator is advanced.
        given: Decisions that are set beforehand and stay as they are.

    Raises:
        GenotypeError: If a given path or value is none of the space's, a given path is not active in what was
            drawn, or no
            draw meets all requirements.
    """
    rng = generator(seed)
    fixed = dict(given or {})
    for path, value in fixed.items():
        space.decision(path).check(value)
    refused: GenotypeError | None = None
    for _ in range(TRIES):
        try:
            made = space.walk(fixed, lambda d: d.draw(rng), rng)
            drawn = Genotype(made.genotype)
        except GenotypeError as error:
            refused = error
            continue
        idle = [p for p in fixed if p not in drawn]
        if not idle:
            space.remember(made)
            return drawn
        refused = GenotypeError(
            f"{idle} are not active under the other decisions. Give these too, or leave them out."
        )
    raise GenotypeError(
        f"No genotype could be drawn in {TRIES} tries. The last refusal: {refused}"
    ) from refused


def mutate(space: Space, genotype: Mapping[str, Any], seed: int | random.Random, count: int = 1) -> Genotype:
    """A genotype that differs in ``count`` decisions, and in those that they make active or inactive.

    Args:
        space: Where both lie.
        genotype: To start from.
        seed: Of the mutation; a generator is advanced.
        count: How many decisions are changed.

    Raises:
        GenotypeError: If ``genotype`` is invalid, or the space has no other genotype.
    """
    if count < 1:
        raise GenotypeError(f"mutate(...) changes at least one decision. Received: count={count}.")
    rng = generator(seed)
    start = space.validate(genotype)
    movable = [p for p in start if not space.decisions[p].discrete or len(space.decisions[p].domain()) > 1]
    for _ in range(TRIES if movable else 0):
        changed = dict(start)
        for path in rng.sample(movable, min(count, len(movable))):
            changed[path] = space.decisions[path].near(start[path], rng)
        try:
            child = Genotype(space.walk(changed, lambda d: d.draw(rng), rng, repair=True).genotype)
        except GenotypeError:
            continue
        if child.key != start.key:
            return child
    near = list(neighbours(space, start))
    if near:
        return near[rng.randrange(len(near))]
    for _ in range(TRIES if movable else 0):
        other = sample(space, rng)
        if other.key != start.key:
            return other
    raise GenotypeError(f"The space '{space.name}' has no other genotype than {start!r}.")


def crossover(
    space: Space, first: Mapping[str, Any], second: Mapping[str, Any], seed: int | random.Random
) -> Genotype:
    """A child that takes each decision from one parent or the other.

    Only what is active in the child is kept; what is active in it but in neither parent is drawn.

    Raises:
        GenotypeError: If a parent is invalid.
    """
    rng = generator(seed)
    a, b = space.validate(first), space.validate(second)
    for _ in range(TRIES):
        mixed = {p: _either(a, b, p, rng) for p in sorted({*a, *b})}
        try:
            return Genotype(space.walk(mixed, lambda d: d.draw(rng), rng, repair=True).genotype)
        except GenotypeError:
            continue
    return a if rng.random() < 0.5 else b


def _either(a: Genotype, b: Genotype, path: str, rng: random.Random) -> Scalar:
    if path in a and path in b:
        return a[path] if rng.random() < 0.5 else b[path]
    return a[path] if path in a else b[path]


def neighbours(space: Space, genotype: Mapping[str, Any]) -> Iterator[Genotype]:
    """Every valid genotype one decision away; real numbers move by a tenth of their range both ways.

    What a change makes active starts from its default; what it makes inactive goes.

    Raises:
        GenotypeError: If ``genotype`` is invalid.
    """
    start = space.validate(genotype)
    seen = {start.key}
    for path, value in start.items():
        decision = space.decisions[path]
        if decision.discrete:
            options = [o for o in decision.domain() if not same(o, value)]
        else:
            options = _steps(decision, value)
        for option in options:
            try:
                near = Genotype(space.walk({**start, path: option}, lambda d: d.default, None).genotype)
            except GenotypeError:
                continue
            if near.key not in seen:
                seen.add(near.key)
                yield near


def _steps(decision: Decision, value: Scalar) -> list[Scalar]:
    low, high = decision.options
    if not isinstance(value, int | float):
        middle = math.sqrt(low * high) if decision.log else (low + high) / 2
        return [decision.default if decision.default is not None else middle]
    reach = 0.1 * (math.log(high / low) if decision.log else high - low)
    moved = [value * math.exp(s * reach) if decision.log else value + s * reach for s in (-1, 1)]
    inside = [float(min(max(m, low), high)) for m in moved]
    return [*([None] if decision.optional else []), *(m for m in inside if m != value)]


def adapt(space: Space, values: Mapping[str, Any]) -> tuple[Genotype, float]:
    """A genotype of this space from one of another.

    By path: what fits is kept, and the rest starts from its default.

    Returns:
        The genotype, and the share of its decisions that were kept (its coverage, from 0 to 1).

    Raises:
        GenotypeError: If not even the defaults meet the space's requirements.
    """
    kept = {p: v for p, v in values.items() if p in space.decisions and space.decisions[p].accepts(v)}
    try:
        made = space.walk(kept, lambda d: d.default, None, repair=True).genotype
    except GenotypeError:
        kept = {}
        made = space.walk({}, lambda d: d.default, None).genotype
    taken = sum(1 for p, v in made.items() if p in kept and same(kept[p], v))
    return Genotype(made), (taken / len(made) if made else 1.0)
