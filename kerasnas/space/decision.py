"""What a search decides: one of several options, an integer, a real number, each perhaps absent."""

from __future__ import annotations

import difflib
import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import GenotypeError, SpaceError

Scalar = str | int | float | bool | None
Prior = tuple[tuple[Scalar, float], ...]

NAME = re.compile(r"[A-Za-z0-9_.\-/=]+")


class Choice:
    """One of several options, the first being the default.

    Options are scalars (numbers, strings, booleans, None), or functions and blocks, which ``pick`` branches
    over. By position a
    scalar is its own label and a function is labelled by its name; by keyword any option gets a label of its
    own, which is what a
    genotype holds: ``Choice(3, 5)``, ``Choice(none=None, se=squeeze_excite)``, ``Choice(small=(3, 3),
    large=(5, 5))``.

    Args:
        *options: Scalars, functions or blocks; None stands for "leave the tensor as it is" among functions.
        default: The option to start from, by label (or the function itself); the first one if not given.
        prior: A mapping: how often options are drawn, by label, relative to 1 for those not named: what usually does well is tried more often,
            nothing is left out.
        **named: Options by label.

    Raises:
        SpaceError: If there is no option, a label stands twice, functions and values are mixed, the
            default is none of them, or the prior names none of them or is not above 0.
    """

    def __init__(self, *options: Any, default: Any = ..., prior: Any = None, **named: Any) -> None:
        if options and named:
            raise SpaceError(
                "Choice takes options either by position or by label, not both. "
                f"Received: {options} and {sorted(named)}."
            )
        given = tuple(named.values()) if named else options
        labels = tuple(named) if named else tuple(label_of(o) for o in options)
        if not labels:
            raise SpaceError("Choice needs at least one option. Received none.")
        if any(same(a, b) for i, a in enumerate(labels) for b in labels[:i]):
            raise SpaceError(
                f"The options of a Choice need distinct labels. Received: {labels}. Name them: "
                "Choice(a=..., b=...)."
            )
        structural = any(callable(o) for o in given) or (bool(named) and all(o is None for o in given))
        if structural and not all(o is None or callable(o) for o in given):
            raise SpaceError(
                f"A Choice is over functions (and None) or over values, not both. Received: {given}. "
                "Wrap the values in functions."
            )
        self.labels: tuple[Scalar, ...] = labels
        self.bodies: tuple[Any, ...] = given if structural else ()
        self.values: tuple[Any, ...] = given if named and not structural else ()
        wanted = labels[0] if default is ... else label_of(default)
        found = [label for label in labels if same(label, wanted)]
        if not found:
            raise SpaceError(f"The default of a Choice must be one of {labels}. Received: {default!r}.")
        self.default: Scalar = found[0]
        self.prior = _checked(labels, dict(prior or {}))

    def __repr__(self) -> str:
        return f"Choice({', '.join(map(repr, self.labels))})"


@dataclass(frozen=True)
class IntRange:
    """An integer from ``low`` to ``high``, both included.

    Attributes:
        low: Smallest value.
        high: Largest value.
        default: Where to start; ``low`` if not given.
        log: Whether small values deserve as much attention as large ones.
    """

    low: int
    high: int
    default: int | None = None
    log: bool = False

    def __post_init__(self) -> None:
        _check_range(self, int)


@dataclass(frozen=True)
class FloatRange:
    """A real number from ``low`` to ``high``.

    Attributes:
        low: Smallest value.
        high: Largest value.
        default: Where to start; the middle (on the log scale if ``log``) if not given.
        log: Whether to draw on the logarithmic scale.
    """

    low: float
    high: float
    default: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        _check_range(self, float)


@dataclass(frozen=True)
class Optional:
    """A decision that may also be absent (None), with a chance of one half.

    Attributes:
        of: What is decided when it is present.
        on: Whether the default is to be present.
    """

    of: IntRange | FloatRange | Choice
    on: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.of, Choice | IntRange | FloatRange):
            raise SpaceError(f"Optional wraps a Choice, an IntRange or a FloatRange. Received: {self.of!r}.")
        if isinstance(self.of, Choice) and (self.of.bodies or None in self.of.labels):
            raise SpaceError(
                f"Optional cannot wrap {self.of!r}: make an option of a Choice absent with "
                "Choice(none=None, ...)."
            )


Declaration = Choice | IntRange | FloatRange | Optional
DECLARATIONS = (Choice, IntRange, FloatRange, Optional)


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python number it stands for; anything else as it is."""
    return value.item() if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0 else value


def label_of(option: Any) -> Scalar:
    """What a genotype holds for an option: a scalar itself, the name of a function.

    Raises:
        SpaceError: If it is neither, or has no usable name.
    """
    option = plain(option)
    if callable(option):
        name = str(getattr(option, "name", None) or getattr(option, "__name__", type(option).__name__))
        if not NAME.fullmatch(name):
            raise SpaceError(
                f"The option {name} of a Choice has no name to go by. Give it one: Choice(label=...)."
            )
        return name
    if (
        option is None
        or isinstance(option, str | bool | int)
        or (isinstance(option, float) and math.isfinite(option))
    ):
        return option
    raise SpaceError(
        f"An option of a Choice is a finite scalar, a function or a block. Received: {option!r} "
        f"({type(option).__name__}). Give it a label: Choice(label={option!r}, ...)."
    )


def same(a: Any, b: Any) -> bool:
    """Equality that tells True from 1, but not 1 from 1.0."""
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _checked(labels: tuple[Scalar, ...], prior: Mapping[Scalar, float]) -> Prior:
    """A prior as pairs.

    Raises:
        SpaceError: If a label is unknown, or a weight is not a finite number above 0.
    """
    for label, weight in prior.items():
        if not any(same(label, known) for known in labels):
            raise SpaceError(f"The prior of a Choice names options of it, {labels}. Received: {label!r}.")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < math.inf:
            raise SpaceError(
                f"A weight in the prior of a Choice is a number above 0. Received: {label!r}: {weight!r}."
            )
    return tuple((label, float(weight)) for label, weight in prior.items())


def _check_range(given: IntRange | FloatRange, kind: type) -> None:
    name = type(given).__name__
    for field in ("low", "high", "default"):
        value = plain(getattr(given, field))
        if field == "default" and value is None:
            continue
        number = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise SpaceError(
                f"{name} needs finite {'integers' if kind is int else 'numbers'}. Received: "
                f"{field}={value!r}."
            )
        object.__setattr__(given, field, kind(value))
    if not given.low <= given.high:
        raise SpaceError(f"{name} needs low <= high. Received: low={given.low}, high={given.high}.")
    if given.log and given.low <= 0:
        raise SpaceError(f"{name} with log=True needs low > 0. Received: low={given.low}.")
    if given.default is not None and not given.low <= given.default <= given.high:
        raise SpaceError(
            f"The default of {name} must lie in [{given.low}, {given.high}]. Received: {given.default}."
        )


@dataclass(eq=False)
class Decision:
    """One declared decision of a space.

    Attributes:
        path: Where it stands: scopes and parameter name, e.g. ``"image/residual/depth"``.
        kind: ``"choice"``, ``"int"`` or ``"float"``.
        options: The labels of a choice, or ``(low, high)``; empty where a restriction left nothing but None.
        default: The value to start from.
        log: Whether a range is drawn on the log scale.
        optional: Whether None is a value too.
        bodies: The functions behind the labels of a structural choice; not part of the data.
        values: What the labels of a named choice over values stand for; empty where each stands for itself.
        prior: How often options of a choice are drawn, as pairs of label and weight; the weight of the others is 1.
    """

    path: str
    kind: str
    options: tuple[Any, ...]
    default: Scalar
    log: bool = False
    optional: bool = False
    bodies: tuple[Callable[..., Any] | None, ...] = ()
    values: tuple[Any, ...] = ()
    prior: Prior = ()

    @classmethod
    def declared(cls, path: str, given: Declaration) -> Decision:
        """The decision that a declaration makes at a path."""
        inner = given.of if isinstance(given, Optional) else given
        if isinstance(inner, Choice):
            made = cls(
                path,
                "choice",
                inner.labels,
                inner.default,
                bodies=inner.bodies,
                values=inner.values,
                prior=inner.prior,
            )
        elif isinstance(inner, IntRange):
            start = inner.low if inner.default is None else inner.default
            made = cls(path, "int", (inner.low, inner.high), start, inner.log)
        else:
            middle = math.sqrt(inner.low * inner.high) if inner.log else (inner.low + inner.high) / 2
            at = min(max(middle, inner.low), inner.high) if inner.default is None else inner.default
            made = cls(path, "float", (inner.low, inner.high), at, inner.log)
        if isinstance(given, Optional):
            made.optional = True
            made.default = made.default if given.on else None
        return made

    @property
    def discrete(self) -> bool:
        """Whether its values can be listed."""
        return self.kind != "float" or not self.options or self.options[0] == self.options[1]

    def domain(self) -> tuple[Scalar, ...]:
        """Every value, for a discrete decision.

        Raises:
            SpaceError: If the values cannot be listed.
        """
        absent: tuple[Scalar, ...] = (None,) if self.optional else ()
        if self.kind == "choice" or not self.options:
            return (*absent, *self.options)
        if self.kind == "int":
            return (*absent, *range(self.options[0], self.options[1] + 1))
        if self.discrete:
            return (*absent, self.options[0])
        raise SpaceError(
            f"The values of '{self.path}' cannot be listed: it is a real number in {self.options}."
        )

    def position(self, value: Scalar) -> int:
        """Which option of a choice a value is."""
        for i, option in enumerate(self.options):
            if option is value or same(option, value):
                return i
        raise GenotypeError(
            f"Invalid value at '{self.path}'. Expected {self.expected()}. Received: {value!r}."
        )

    def meaning(self, value: Any) -> Any:
        """What a value stands for in a layer: itself, unless the choice is a named one over values."""
        return self.values[self.position(value)] if self.values and value is not None else value

    def draw(self, rng: random.Random, allowed: tuple[Scalar, ...] | None = None) -> Scalar:
        """A random value, or one of those allowed."""
        if allowed is not None:
            return self._among(allowed, rng)
        if self.optional and (not self.options or rng.random() < 0.5):
            return None
        return self._present(rng)

    def _present(self, rng: random.Random) -> Scalar:
        if self.kind == "choice":
            return self._among(self.options, rng)
        low, high = self.options
        if self.kind == "float":
            value = (
                math.exp(rng.uniform(math.log(low), math.log(high))) if self.log else rng.uniform(low, high)
            )
            return float(min(max(value, low), high))
        if self.log:
            return int(
                min(max(math.floor(math.exp(rng.uniform(math.log(low), math.log(high + 1)))), low), high)
            )
        return rng.randint(low, high)

    def _among(self, values: tuple[Scalar, ...], rng: random.Random) -> Scalar:
        """One of some values, by the prior."""
        if not self.prior:
            return values[rng.randrange(len(values))]
        weights = [next((w for label, w in self.prior if same(label, value)), 1.0) for value in values]
        return rng.choices(values, weights)[0]

    def near(self, value: Scalar, rng: random.Random) -> Scalar:
        """A value close to one given, never the same where there is another: what a mutation takes.

        Numbers move to a neighbour half of the time; a real number moves by a normal step of a fifth of its
        range.
        """
        if self.discrete:
            others = tuple(o for o in self.domain() if not same(o, value))
            if not others:
                return value
            return self._among(others, rng) if rng.random() < 0.5 else self._beside(value, others, rng)
        if not isinstance(value, int | float):
            return self._present(rng)
        if self.optional and rng.random() < 0.25:
            return None
        low, high = (math.log(o) for o in self.options) if self.log else self.options
        at = math.log(value) if self.log else value
        for _ in range(8):
            moved = min(max(rng.gauss(at, 0.2 * (high - low)), low), high)
            found = min(max(math.exp(moved) if self.log else moved, self.options[0]), self.options[1])
            if found != value:
                return float(found)
        return self._present(rng)

    def _beside(self, value: Scalar, others: tuple[Scalar, ...], rng: random.Random) -> Scalar:
        """The next smaller or larger of other numbers; any of them where they are not all numbers."""
        numbers = [o for o in others if isinstance(o, int | float) and not isinstance(o, bool)]
        if len(numbers) < len(others) or not isinstance(value, int | float) or isinstance(value, bool):
            return self._among(others, rng)
        below, above = [o for o in numbers if o < value], [o for o in numbers if o > value]
        beside = [*([max(below)] if below else []), *([min(above)] if above else [])]
        return beside[rng.randrange(len(beside))]

    def accepts(self, value: Any) -> bool:
        """Whether a value is one of this decision's."""
        value = plain(value)
        if value is None:
            return self.optional or (self.kind == "choice" and None in self.options)
        if self.kind == "choice":
            return any(same(value, o) for o in self.options)
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "int" else (int, float)):
            return False
        return bool(self.options) and bool(self.options[0] <= value <= self.options[1])

    def check(self, value: Any) -> Scalar:
        """The value as a genotype holds it, if it is one of this decision's.

        Raises:
            GenotypeError: If it is not; the message names path, value and what is allowed.
        """
        value = plain(value)
        if not self.accepts(value):
            raise GenotypeError(
                f"Invalid value at '{self.path}'. Expected {self.expected()}. Received: "
                f"{value!r}.{self.meant(value)}"
            )
        if value is None:
            return None
        if self.kind == "choice":
            return self.options[self.position(value)]  # type: ignore[no-any-return]
        return float(value) if self.kind == "float" else int(value)

    def meant(self, value: Any) -> str:
        """A guess at the option that was meant, as the end of a message."""
        labels = [o for o in self.options if isinstance(o, str)]
        close = difflib.get_close_matches(value, labels, 1, 0.6) if isinstance(value, str) else []
        return f" Did you mean {close[0]!r}?" if close else ""

    def expected(self) -> str:
        """What is allowed, in words."""
        if not self.options:
            return "None"
        absent = " or None" if self.optional else ""
        if self.kind == "choice":
            return f"one of {list(self.options)}{absent}"
        kind = "an integer" if self.kind == "int" else "a number"
        return f"{kind} in [{self.options[0]}, {self.options[1]}]{absent}"

    def narrowed(self, kind: str, options: tuple[Any, ...], *, optional: bool) -> Decision:
        """The same decision with fewer values; its default stays, or becomes the nearest that is left."""
        kept = Decision(
            self.path, kind, options, self.default, self.log and kind != "choice" and bool(options), optional,
            prior=self.prior,
        )  # fmt: skip
        if not options:
            kept.default = None
        elif not kept.accepts(self.default):
            numbers = [o for o in options if isinstance(o, int | float) and not isinstance(o, bool)]
            if isinstance(self.default, int | float) and len(numbers) == len(options):
                at = self.default
                kept.default = min(numbers, key=lambda o: abs(o - at))
            else:
                kept.default = options[0]
        return kept
