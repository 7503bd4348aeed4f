"""What a search decides: one of several options, an integer, a real number, each perhaps absent."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import GenotypeError, SpaceError

Scalar = str | int | float | bool | None


class Choice:
    """One of several options, the first being the default.

    Options are scalars (numbers, strings, booleans, None) or functions and blocks, which ``pick`` branches over; these are
    labelled by their names or by keyword: ``Choice(3, 5)``, ``Choice(none=None, se=squeeze_excite)``.

    Args:
        *options: Scalars, functions or blocks; None stands for "leave the tensor as it is" among functions.
        default: The option (by label) to start from; the first one if not given.
        **named: Options by label.

    Raises:
        SpaceError: If there is no option, a label stands twice, or the default is none of them.
    """

    def __init__(self, *options: Any, default: Any = ..., **named: Any) -> None:
        if options and named:
            raise SpaceError(
                f"Choice takes options either by position or by label, not both. Received: {options} and {sorted(named)}."
            )
        bodies = tuple(named.values()) if named else options
        labels = tuple(named) if named else tuple(_label(o) for o in options)
        if not labels:
            raise SpaceError("Choice needs at least one option. Received none.")
        if len({(type(label), label) for label in labels}) != len(labels):
            raise SpaceError(f"The options of a Choice need distinct labels. Received: {labels}. Name them: Choice(a=..., b=...).")
        self.labels: tuple[Scalar, ...] = labels
        self.bodies: tuple[Any, ...] = bodies if any(callable(b) for b in bodies) or named else ()
        self.default: Scalar = labels[0] if default is ... else _label(default)
        if self.default not in labels:
            raise SpaceError(f"The default of a Choice must be one of {labels}. Received: {default!r}.")


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


Declaration = Choice | IntRange | FloatRange | Optional


def _label(option: Any) -> Scalar:
    if callable(option):
        return str(getattr(option, "name", None) or getattr(option, "__name__", type(option).__name__))
    if option is None or isinstance(option, str | bool | int | float):
        return option
    raise SpaceError(
        f"An option of a Choice is a scalar, a function or a block. Received: {option!r} ({type(option).__name__}). "
        "Give it a label: Choice(name=lambda x: ...)."
    )


def _check_range(given: IntRange | FloatRange, kind: type) -> None:
    name = type(given).__name__
    for field in ("low", "high"):
        value = getattr(given, field)
        if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else int):
            raise SpaceError(f"{name} needs numbers for its bounds. Received: {field}={value!r}.")
    if not given.low <= given.high:
        raise SpaceError(f"{name} needs low <= high. Received: low={given.low}, high={given.high}.")
    if given.log and given.low <= 0:
        raise SpaceError(f"{name} with log=True needs low > 0. Received: low={given.low}.")
    if given.default is not None and not given.low <= given.default <= given.high:
        raise SpaceError(f"The default of {name} must lie in [{given.low}, {given.high}]. Received: {given.default}.")


@dataclass(eq=False)
class Decision:
    """One declared decision of a space.

    Attributes:
        path: Where it stands: scopes and parameter name, e.g. ``"image/residual/depth"``.
        kind: ``"choice"``, ``"int"`` or ``"float"``.
        options: The labels of a choice, or ``(low, high)``.
        default: The value to start from.
        log: Whether a range is drawn on the log scale.
        optional: Whether None is a value too.
        bodies: The functions behind the labels of a structural choice; not part of the data.
    """

    path: str
    kind: str
    options: tuple[Any, ...]
    default: Scalar
    log: bool = False
    optional: bool = False
    bodies: tuple[Callable[..., Any] | None, ...] = ()

    @classmethod
    def declared(cls, path: str, given: Declaration) -> Decision:
        """The decision that a declaration makes at a path."""
        optional = isinstance(given, Optional)
        inner = given.of if isinstance(given, Optional) else given
        if isinstance(inner, Choice):
            if optional and inner.bodies:
                raise SpaceError(f"'{path}': make an option of a structural Choice absent with Choice(none=None, ...).")
            made = cls(path, "choice", inner.labels, inner.default, bodies=inner.bodies)
        elif isinstance(inner, IntRange):
            low = inner.low if inner.default is None else inner.default
            made = cls(path, "int", (inner.low, inner.high), low, inner.log)
        else:
            middle = math.sqrt(inner.low * inner.high) if inner.log else (inner.low + inner.high) / 2
            made = cls(path, "float", (inner.low, inner.high), middle if inner.default is None else float(inner.default), inner.log)
        made.optional = optional
        if isinstance(given, Optional) and not given.on:
            made.default = None
        return made

    @property
    def discrete(self) -> bool:
        """Whether its values can be listed."""
        return self.kind != "float" or self.options[0] == self.options[1]

    def domain(self) -> tuple[Scalar, ...]:
        """Every value, for a discrete decision.

        Raises:
            SpaceError: If the values cannot be listed.
        """
        absent: tuple[Scalar, ...] = (None,) if self.optional else ()
        if self.kind == "choice":
            return (*absent, *self.options)
        if self.kind == "int":
            return (*absent, *range(self.options[0], self.options[1] + 1))
        if self.discrete:
            return (*absent, self.options[0])
        raise SpaceError(f"The values of '{self.path}' cannot be listed: it is a real number in {self.options}.")

    def draw(self, rng: random.Random, allowed: tuple[Scalar, ...] | None = None) -> Scalar:
        """A random value, or one of those allowed."""
        if allowed is not None:
            return allowed[rng.randrange(len(allowed))]
        if self.optional and rng.random() < 0.5:
            return None
        if self.kind == "choice":
            return self.options[rng.randrange(len(self.options))]
        low, high = self.options
        if self.kind == "float":
            value = math.exp(rng.uniform(math.log(low), math.log(high))) if self.log else rng.uniform(low, high)
            return min(max(value, low), high)
        if self.log:
            return min(max(round(math.exp(rng.uniform(math.log(low), math.log(high + 1)) - 1e-9) - 0.5), low), high)
        return rng.randint(low, high)

    def near(self, value: Scalar, rng: random.Random) -> Scalar:
        """A value close to one given, never the same where there is another: what a mutation takes."""
        if self.discrete:
            others = tuple(o for o in self.domain() if not _same(o, value))
            if not others:
                return value
            if self.kind == "int" and value is not None and not isinstance(value, str) and rng.random() < 0.5:
                steps = tuple(o for o in others if o is not None and abs(float(o) - float(value)) <= 1)
                others = steps or others
            return others[rng.randrange(len(others))]
        if value is None or isinstance(value, str):
            return self.draw(rng)
        if self.optional and rng.random() < 0.25:
            return None
        low, high = (math.log(o) for o in self.options) if self.log else self.options
        at = math.log(value) if self.log else float(value)
        for _ in range(8):
            moved = min(max(rng.gauss(at, 0.2 * (high - low)), low), high)
            if moved != at:
                break
        else:
            moved = rng.uniform(low, high)
        result = math.exp(moved) if self.log else moved
        return min(max(result, self.options[0]), self.options[1])

    def accepts(self, value: Any) -> bool:
        """Whether a value is one of this decision's."""
        if value is None:
            return self.optional or (self.kind == "choice" and None in self.options)
        if self.kind == "choice":
            return any(_same(value, o) for o in self.options)
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "int" else (int, float)):
            return False
        return bool(self.options[0] <= value <= self.options[1])

    def check(self, value: Any) -> Scalar:
        """The value, if it is one of this decision's.

        Raises:
            GenotypeError: If it is not; the message names path, value and what is allowed.
        """
        if not self.accepts(value):
            raise GenotypeError(f"Invalid value at '{self.path}'. Expected {self.expected()}. Received: {value!r}.")
        return float(value) if self.kind == "float" and value is not None else value  # type: ignore[no-any-return]

    def expected(self) -> str:
        """What is allowed, in words."""
        absent = " or None" if self.optional else ""
        if self.kind == "choice":
            return f"one of {list(self.options)}{absent}"
        return f"{'an integer' if self.kind == 'int' else 'a number'} in [{self.options[0]}, {self.options[1]}]{absent}"

    def with_options(self, options: tuple[Any, ...], optional: bool) -> Decision:
        """The same decision with fewer options; labels keep their bodies."""
        default = self.default
        kept = Decision(self.path, self.kind, options, default, self.log, optional)
        if not kept.accepts(default):
            kept.default = options[0] if options else None
            if self.kind != "choice" and default is not None:
                kept.default = min(max(default, options[0]), options[1])  # type: ignore[type-var]
        return kept

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the bodies."""
        return {
            "path": self.path, "kind": self.kind, "options": list(self.options), "default": self.default,
            "log": self.log, "optional": self.optional,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Decision:
        """The inverse of ``to_json``."""
        return cls(data["path"], data["kind"], tuple(data["options"]), data["default"], data["log"], data["optional"])


def _same(a: Any, b: Any) -> bool:
    """Equality that tells True from 1."""
    return isinstance(a, bool) == isinstance(b, bool) and type(a is None) is type(b is None) and a == b
