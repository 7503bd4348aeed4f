"""Making another space of a space: fewer options, more options, constraints; and what changed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from ..errors import ConstraintError, GenotypeError, SpaceError
from .constraints import Constraint, declared
from .decision import Decision
from .expression import Expr, Ref
from .restrict import differences, differences_in_words, matching, narrowed, without
from .widen import looped, widened

if TYPE_CHECKING:
    from .genotype import Genotype
    from .graph import Region


class Changing:
    """What a ``Space`` offers to make another of it; every method leaves the space as it is."""

    name: str
    root: Region
    settings: Region | None
    declared: Mapping[str, Decision]
    decisions: Mapping[str, Decision]
    constraints: tuple[Constraint, ...]
    reasons: Mapping[str, str]
    _objects: dict[str, Any]

    if TYPE_CHECKING:

        @property
        def fingerprint(self) -> str:
            """As ``Space`` has it."""

        def __init__(self, name: str, *given: Any, **named: Any) -> None: ...

        def default(self) -> Genotype:
            """As ``Space`` has it."""

    def decision(self, path: str) -> Decision:
        """A decision by its path.

        Raises:
            GenotypeError: If the space has none there.
        """
        if path not in self.decisions:
            raise GenotypeError(f"The space '{self.name}' has no decision '{path}'.{self._meant(path)}")
        return self.decisions[path]

    # -- narrowing and widening

    def paths(self, pattern: str) -> list[str]:
        """The paths of decisions that a pattern such as ``"*/depth"`` means.

        Raises:
            SpaceError: If it means none.
        """
        found = matching(pattern, self.decisions)
        if not found:
            raise SpaceError(f"The space '{self.name}' has no decision '{pattern}'.{self._meant(pattern)}")
        return found

    def restrict(self, to: Mapping[str, Any]) -> Self:
        """The same space with fewer options.

        Args:
            to: By path, or by a pattern such as ``"*/depth"``: a list of options, a pair ``(low, high)`` for
                a range, or
                one value.

        Raises:
            SpaceError: If a path is unknown or an option is none of the decision's.
        """
        return self._changed(to, narrowed)

    def pin(self, values: Mapping[str, Any]) -> Self:
        """The same space with decisions fixed, each at one value."""
        return self.restrict({p: [v] for p, v in values.items()})

    def ban(self, values: Mapping[str, Any]) -> Self:
        """The same space without some options: the opposite of ``restrict``.

        Args:
            values: By path or pattern: a list of options, a pair ``(low, high)`` of a range, or one value.

        Raises:
            SpaceError: If a path is unknown, an option is none of the decision's, or nothing is left.
        """
        return self._changed(values, without)

    def widen(self, by: Mapping[str, Any]) -> Self:
        """The same space with more options: what was restricted or banned comes back, and more than was declared.

        A range takes any wider range of its kind, a choice over numbers or strings any further option of that type. A choice over
        functions, blocks or labels takes back what was declared, and nothing else, since its options are recorded by the trace; so does
        a decision that says how often something is repeated.

        Args:
            by: By path or pattern: options to add (a list or one value), a pair ``(low, high)`` for a range, or ``...`` for all that was
                declared.

        Raises:
            SpaceError: If a path is unknown, or a decision cannot take what is given.
        """
        loops = looped((self.root, self.settings))
        return self._changed(by, lambda d, more: widened(d, self.declared[d.path], more, d.path in loops))

    def _changed(self, by: Mapping[str, Any], change: Callable[[Decision, Any], Decision]) -> Self:
        decisions = dict(self.decisions)
        for pattern, given in by.items():
            for path in self.paths(pattern):
                decisions[path] = change(decisions[path], given)
        return self._like(decisions, self.constraints)

    def _like(self, decisions: Mapping[str, Decision], constraints: tuple[Constraint, ...]) -> Self:
        return type(self)(
            self.name, self.root, self.settings, self.declared,
            decisions=decisions, objects=self._objects, constraints=constraints, reasons=self.reasons,
        )  # fmt: skip

    # -- constraints

    def value(self, path: str) -> Expr:
        """What a decision is set to, to write a condition with: ``space.value("net/depth") < 4``.

        Raises:
            GenotypeError: If the space has no such decision.
        """
        self.decision(path)
        return Ref(self.declared[path])

    def where(
        self,
        name: str,
        condition: Expr | Callable[[Callable[[str], Expr]], Expr] | None = None,
        /,
        **most: Any,
    ) -> Self:
        """The same space, of which every candidate meets a constraint over several decisions.

        ``space.where("small", parameters="2M")``, or
        ``space.where("shallow attention", lambda v: (v("net/op") != "attention") | (v("net/depth") < 4))``.

        Sampling, mutation, crossover and neighbours give nothing else; what breaks a constraint is mended towards cheaper values. The
        default is moved as little as it takes.

        Args:
            name: In words, for messages.
            condition: Over decisions, from ``space.value``, or a function that makes it from that. Where a decision in it is not active,
                it holds. ``&``, ``|`` and ``~`` stand for and, or, not.
            **most: The most of a cost: ``parameters``, ``flops``, ``activations`` or ``model_size``, as a number or as text like "2M".

        Raises:
            SpaceError: If it cannot be read, or no candidate is found that meets it; the message then has the nearest miss.
        """
        found = self._like(self.decisions, (*self.constraints, *declared(name, condition, self.value, most)))
        try:
            found.default()
        except ConstraintError as error:
            raise SpaceError(str(error)) from error
        return found

    def diff(self, other: Changing) -> dict[str, tuple[str | None, str | None]]:
        """What differs: path of a decision, or ``where NAME`` of a constraint -> (in words here, in words there).

        None stands where one side lacks it. See ``changes`` for sentences.
        """
        return differences(self, other)

    def changes(self, other: Changing) -> str:
        """What another space has more, less or other than this one, a line each."""
        return differences_in_words(self, other)

    def _meant(self, path: str) -> str:
        close = difflib.get_close_matches(path, list(self.decisions), 3, 0.5)
        if close:
            return f" Did you mean {' or '.join(map(repr, close))}?"
        return f" It has: {', '.join(self.decisions) or 'none'}."
