"""What a space demands of a whole candidate: at most so much of a cost, or a condition over several decisions.

``require`` inside a block narrows one decision as it is drawn; a constraint is declared on a space that is there already, is part of
its data and fingerprint, and is met by every genotype that the space gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ConstraintError, SpaceError
from .decision import Decision, same
from .expression import Expr, Ref

if TYPE_CHECKING:
    from .graph import Plan
    from .value import Value


class _IdleError(Exception):
    """A condition reads a decision that plays no part in the genotype."""


@dataclass(frozen=True)
class Limits:
    """At most so much of one or several costs.

    Attributes:
        name: In words, for messages.
        most: Cost in ``objectives.costs.COSTS`` -> the most that is allowed, in its unit.
    """

    name: str
    most: Mapping[str, float]

    def broken(self, plan: Plan) -> tuple[float, str] | None:
        """By how much of itself a limit is exceeded, summed, and the first in words; None where all are kept."""
        from ..lower.cost import cost
        from ..objectives.costs import COSTS, excess, refusal

        judged = cost(plan)
        found = {COSTS[name].key: getattr(judged, name) for name in self.most}
        said = refusal(self.most, found, "the space")
        return None if said is None else (excess(found, self.most), said.rstrip("."))

    def paths(self, plan: Plan) -> list[str]:
        """The decisions that may change it: all but the training choices."""
        return [p for p in plan.genotype if not p.startswith("training/")]

    def in_words(self) -> str:
        """What it demands."""
        from ..objectives.costs import COSTS

        return ", ".join(f"at most {COSTS[name].said(most)}" for name, most in self.most.items())


@dataclass(frozen=True, eq=False)
class Condition:
    """A condition over decisions.

    It holds where it cannot be said, since a decision that it hangs on is not active or is absent: "attention only with depth below
    4" says nothing of a candidate that has no depth.

    Attributes:
        name: In words, for messages.
        condition: Over decisions, as ``space.value(path)`` gives them.
    """

    name: str
    condition: Expr

    def broken(self, plan: Plan) -> tuple[float, str] | None:
        """How far off, and what the decisions are; None where it holds."""
        if _holds(self.condition, _Active(plan.genotype)) is not False:
            return None
        mentioned = dict.fromkeys(ref.decision.path for ref in self.condition.refs())
        values = ", ".join(f"{p} = {plan.genotype[p]!r}" for p in mentioned if p in plan.genotype)
        return 1.0, values

    def paths(self, plan: Plan) -> list[str]:
        """The active decisions that it mentions."""
        mentioned = dict.fromkeys(ref.decision.path for ref in self.condition.refs())
        return [p for p in mentioned if p in plan.genotype]

    def in_words(self) -> str:
        """What it demands."""
        return repr(self.condition)


Constraint = Limits | Condition


class _Active:
    """What an expression may ask of a genotype."""

    def __init__(self, genotype: Mapping[str, Any]) -> None:
        self.genotype = genotype

    def value(self, decision: Decision) -> Any:
        """What an active decision was set to."""
        if self.genotype.get(decision.path) is None and decision.path not in self.genotype:
            raise _IdleError
        return self.genotype[decision.path]

    def position(self, decision: Decision) -> int:
        """Which of its declared options a choice took."""
        return decision.position(self.value(decision))

    def shape(self, value: Value) -> NoReturn:
        """No tensor has a shape here.

        Raises:
            SpaceError: Always.
        """
        raise SpaceError(f"A constraint cannot read the size of '{value.node.path}': it is over decisions.")


def _holds(x: Any, env: _Active) -> bool | None:
    """Kleene's logic: None where it cannot be said, whatever the order of the terms."""
    if not isinstance(x, Expr):
        return bool(x)
    if x.fn == "not":
        inner = _holds(x.args[0], env)
        return None if inner is None else not inner
    if x.fn in ("and", "or"):
        sides = [_holds(a, env) for a in x.args]
        settled = x.fn == "or"
        return settled if settled in sides else None if None in sides else not settled
    try:
        return bool(x.at(env))
    except _IdleError:
        return False if x.fn == "present" else None
    except SpaceError:
        if any(env.genotype.get(r.decision.path) is None for r in x.refs()):
            return None  # an order with an absent decision
        raise


def judged(constraints: tuple[Constraint, ...], plan: Plan) -> list[tuple[Constraint, float, str]]:
    """The constraints that a plan breaks, by how much, and in words."""
    return [(c, *found) for c in constraints if (found := c.broken(plan)) is not None]


def refuse(constraints: tuple[Constraint, ...], plan: Plan) -> None:
    """Do nothing with a plan that meets all.

    Raises:
        ConstraintError: If it breaks one; it carries the genotype and how far off it is.
    """
    broken = judged(constraints, plan)
    if broken:
        first, _, said = broken[0]
        raise ConstraintError(
            f"The genotype breaks the constraint '{first.name}': {said}.",
            first.name, said, sum(excess for _, excess, _ in broken), plan.genotype,
        )  # fmt: skip


def declared(
    name: str,
    condition: Expr | Callable[..., Any] | None,
    value: Callable[[str], Expr],
    most: Mapping[str, Any],
) -> Iterator[Constraint]:
    """The constraints that a person asks for; see ``Space.where``.

    Raises:
        SpaceError: If there is none, or one cannot be read.
    """
    from ..objectives.costs import COSTS, read_limits

    if condition is None and not most:
        raise SpaceError(
            f"where({name!r}) demands nothing: give a condition over decisions, or the most of "
            f"{', '.join(n for n, k in COSTS.items() if not k.measured)}."
        )
    if condition is not None:
        found = condition(value) if callable(condition) else condition
        if not isinstance(found, Expr) or not any(True for _ in found.refs()):
            raise SpaceError(
                f"where({name!r}) needs a condition over decisions, such as "
                f"`lambda value: value('net/depth') < 4`. Received: {found!r}."
            )
        if any(True for _ in found.dims()):
            raise SpaceError(f"where({name!r}) reads the size of a tensor; a constraint is over decisions.")
        _known_options(found)
        yield Condition(name, found)
    if most:
        measured = [n for n in most if n in COSTS and COSTS[n].measured]
        if measured:
            raise SpaceError(
                f"where({name!r}) cannot bound {measured[0]}, which only a built model tells: "
                f"give it to the search, Search(limits={{'{measured[0]}': ...}})."
            )
        yield Limits(name, read_limits(most))


def _known_options(x: Any) -> None:
    """Refuse a comparison with an option that a choice does not have: it would hold always, or never."""
    if not isinstance(x, Expr):
        return
    for inner in x.args:
        _known_options(inner)
    if x.fn not in ("eq", "ne"):
        return
    for ref, other in (x.args, x.args[::-1]):
        if not isinstance(ref, Ref) or ref.position or isinstance(other, Expr):
            continue
        decision = ref.decision
        options = decision.values or decision.options
        if decision.kind == "choice" and other is not None and not any(same(other, o) for o in options):
            raise SpaceError(
                f"A constraint compares '{decision.path}' with {other!r}. Expected one of {list(options)}."
                f"{decision.meant(other)}"
            )
