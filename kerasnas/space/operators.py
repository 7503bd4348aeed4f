"""What a strategy does with genotypes: sample, mutate, cross over, list neighbours, adapt one from elsewhere."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import GenotypeError
from .genotype import Genotype

if TYPE_CHECKING:
    from .space import Space

TRIES = 64


def generator(seed: int | random.Random) -> random.Random:
    """A generator from a seed, or the one given."""
    return seed if isinstance(seed, random.Random) else random.Random(seed)


def sample(space: Space, seed: int | random.Random, given: Mapping[str, Any] | None = None) -> Genotype:
    """A random genotype; each active decision is drawn as declared."""
    rng = generator(seed)
    refused: GenotypeError | None = None
    for _ in range(TRIES):
        try:
            return Genotype(space.walk(given or {}, lambda d: d.draw(rng), rng).genotype)
        except GenotypeError as error:
            refused = error
    raise GenotypeError(f"No genotype could be drawn in {TRIES} tries. The last refusal: {refused}") from refused


def mutate(space: Space, genotype: Mapping[str, Any], seed: int | random.Random, count: int = 1) -> Genotype:
    """A genotype that differs in ``count`` decisions (and in those that they make active or inactive).

    Raises:
        GenotypeError: If ``genotype`` is invalid, or the space has no other genotype within reach.
    """
    rng = generator(seed)
    start = space.validate(genotype)
    movable = [p for p in start if not space.decisions[p].discrete or len(space.decisions[p].domain()) > 1]
    for _ in range(TRIES if movable else 0):
        changed = dict(start)
        for path in rng.sample(movable, min(count, len(movable))):
            changed[path] = space.decisions[path].near(start[path], rng)
        try:
            child = Genotype(space.walk(changed, lambda d: d.draw(rng), rng).genotype)
        except GenotypeError:
            continue
        if child.key != start.key:
            return child
    for neighbour in neighbours(space, start):
        return neighbour
    raise GenotypeError(f"No mutation of {start!r} gives another genotype: every decision has one value left.")


def crossover(space: Space, first: Mapping[str, Any], second: Mapping[str, Any], seed: int | random.Random) -> Genotype:
    """A child that takes each decision from one parent or the other; what neither has is drawn.

    Raises:
        GenotypeError: If a parent is invalid, or no valid child was found.
    """
    rng = generator(seed)
    a, b = space.validate(first), space.validate(second)
    for _ in range(TRIES):
        mixed = {p: (a[p] if p not in b or (p in a and rng.random() < 0.5) else b[p]) for p in sorted({*a, *b})}
        try:
            return Genotype(space.walk(mixed, lambda d: d.draw(rng), rng).genotype)
        except GenotypeError:
            continue
    return a


def neighbours(space: Space, genotype: Mapping[str, Any]) -> Iterator[Genotype]:
    """Every valid genotype one decision away; real numbers move by a tenth of their range both ways.

    What a change makes active starts from its default.
    """
    start = space.validate(genotype)
    seen = {start.key}
    for path, value in start.items():
        decision = space.decisions[path]
        if decision.discrete:
            options = [o for o in decision.domain() if not (o == value and isinstance(o, bool) == isinstance(value, bool))]
        else:
            options = _steps(decision, value)
        for option in options:
            try:
                near = Genotype(space.walk({**start, path: option}, lambda d: d.default, None).genotype)
            except GenotypeError:
                continue
            if near.key not in seen and near.get(path, ...) == option:
                seen.add(near.key)
                yield near


def _steps(decision: Any, value: Any) -> list[Any]:
    import math

    low, high = decision.options
    if value is None:
        return [decision.default if decision.default is not None else low]
    to, back = (math.log, math.exp) if decision.log else (float, float)
    reach = 0.1 * (to(high) - to(low))
    moved = [min(max(back(to(value) + sign * reach), low), high) for sign in (-1, 1)]
    return [*([None] if decision.optional else []), *(m for m in moved if m != value)]


def adapt(space: Space, values: Mapping[str, Any]) -> tuple[Genotype, float]:
    """A genotype of this space from one of another: by path, what fits is kept and the rest starts from its default.

    Returns:
        The genotype, and the share of its decisions that were kept (its coverage).

    Raises:
        GenotypeError: If the requirements of this space cannot be met even by defaults.
    """
    kept = {p: v for p, v in values.items() if p in space.decisions and space.decisions[p].accepts(v)}
    try:
        made = space.walk(kept, lambda d: d.default, None).genotype
    except GenotypeError:
        kept = {}
        made = space.walk({}, lambda d: d.default, None).genotype
    taken = sum(1 for p, v in made.items() if p in kept and kept[p] == v)
    return Genotype(made), (taken / len(made) if made else 1.0)
