"""Numbers known only when a genotype is made concrete: decisions, sizes and arithmetic on them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ..errors import SpaceError
from .value import Value

if TYPE_CHECKING:
    from .decision import Decision
    from .graph import Region


def _ceil_div(a: Any, b: Any) -> Any:
    return -(-a // b)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{n: getattr(operator, n) for n in ("add", "sub", "mul", "floordiv", "truediv", "mod", "pow", "neg")},
    **{n: getattr(operator, n) for n in ("lt", "le", "gt", "ge", "eq", "ne")},
    "max": max,
    "min": min,
    "ceil_div": _ceil_div,
    "not": operator.not_,
    "present": lambda a: a is not None,
}
LAZY = ("and", "or", "select")  # these look at an argument only where it matters


class Environment(Protocol):
    """What an expression asks for."""

    def value(self, decision: Decision) -> Any:
        """What a decision was set to, as a genotype holds it."""

    def position(self, decision: Decision) -> int:
        """Which of its declared options a choice took."""

    def shape(self, value: Value) -> tuple[int | None, ...]:
        """The shape of a tensor, batch first."""


class Known:
    """An environment that knows some decisions and no tensor."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def value(self, decision: Decision) -> Any:
        """What a decision was set to."""
        return self.values[decision.path]

    def position(self, decision: Decision) -> int:
        """Which of its declared options a choice took."""
        return decision.position(self.values[decision.path])

    def shape(self, value: Value) -> NoReturn:
        """No tensor has a shape here.

        Raises:
            SpaceError: Always.
        """
        raise SpaceError(f"The shape of '{value.node.path}' is known only when a genotype is made concrete.")


class Expr:
    """A recorded computation over decisions and tensor dimensions.

    Python cannot branch, loop or index with one, since its value differs between genotypes; trying raises
    SpaceError with the primitive to use instead.
    """

    __slots__ = ("args", "fn")
    __array_ufunc__ = None  # NumPy numbers leave arithmetic to this class

    def __init__(self, fn: str, *args: Any) -> None:
        self.fn, self.args = fn, args

    def at(self, env: Environment) -> Any:
        """The value for the genotype of a walk.

        Raises:
            SpaceError: If it cannot be computed there, e.g. as an optional decision is absent.
        """
        fn = self.fn
        if fn in LAZY:
            return self._lazily(env)
        values = [a.at(env) if isinstance(a, Expr) else a for a in self.args]
        try:
            return FUNCTIONS[fn](*values)
        except (TypeError, ArithmeticError) as error:
            hint = " Guard it: when(present(decision), ...)." if None in values else ""
            raise SpaceError(f"`{self!r}` cannot be computed with {values}: {error}.{hint}") from error

    def _lazily(self, env: Environment) -> Any:
        first, *rest = self.args
        known = bool(first.at(env) if isinstance(first, Expr) else first)
        if self.fn == "select":
            taken = rest[0] if known else rest[1]
        elif known == (self.fn == "or"):
            return known
        else:
            taken = rest[0]
        result = taken.at(env) if isinstance(taken, Expr) else taken
        return result if self.fn == "select" else bool(result)

    def refs(self) -> Iterator[Ref]:
        """Every decision that the value depends on directly, in order of appearance."""
        for argument in self.args:
            if isinstance(argument, Expr):
                yield from argument.refs()

    def dims(self) -> Iterator[Dim]:
        """Every tensor dimension that the value depends on."""
        for argument in self.args:
            if isinstance(argument, Expr):
                yield from argument.dims()

    def _stop(self, *_: Any) -> NoReturn:
        raise SpaceError(
            f"`{self!r}` is decided after the trace, so Python cannot branch, loop, index or convert with "
            "it. "
            "Use when(condition, a, b) for `if`, pick(choice, x) for one of several, repeat(count, body, x) "
            "for a loop."
        )

    __bool__ = __index__ = __int__ = __float__ = __complex__ = __len__ = __iter__ = __contains__ = _stop
    __round__ = __trunc__ = __floor__ = __ceil__ = __abs__ = __getitem__ = _stop

    def __hash__(self) -> NoReturn:
        raise SpaceError(
            f"`{self!r}` is decided after the trace, so it cannot be looked up in a dict or set. "
            "Use a Choice with labels, Choice(a=16, b=32), or when(condition, a, b)."
        )

    def __format__(self, spec: str) -> NoReturn:
        raise SpaceError(
            f"`{self!r}` is decided after the trace, so it cannot be part of a string, such as a name: "
            "names stay the same for all genotypes."
        )

    def __add__(self, other: Any) -> Expr:
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return _binary("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return _binary("sub", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return _binary("sub", other, self)

    def __mul__(self, other: Any) -> Expr:
        return _binary("mul", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return _binary("mul", other, self)

    def __floordiv__(self, other: Any) -> Expr:
        return _binary("floordiv", self, other)

    def __rfloordiv__(self, other: Any) -> Expr:
        return _binary("floordiv", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return _binary("truediv", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return _binary("truediv", other, self)

    def __mod__(self, other: Any) -> Expr:
        return _binary("mod", self, other)

    def __rmod__(self, other: Any) -> Expr:
        return _binary("mod", other, self)

    def __pow__(self, other: Any) -> Expr:
        return _binary("pow", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return _binary("pow", other, self)

    def __neg__(self) -> Expr:
        return Expr("neg", self)

    def __lt__(self, other: Any) -> Expr:
        return _binary("lt", self, other)

    def __le__(self, other: Any) -> Expr:
        return _binary("le", self, other)

    def __gt__(self, other: Any) -> Expr:
        return _binary("gt", self, other)

    def __ge__(self, other: Any) -> Expr:
        return _binary("ge", self, other)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return _binary("eq", self, other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return _binary("ne", self, other)

    def __and__(self, other: Any) -> Expr:
        return _binary("and", self, other)

    def __rand__(self, other: Any) -> Expr:
        return _binary("and", other, self)

    def __or__(self, other: Any) -> Expr:
        return _binary("or", self, other)

    def __ror__(self, other: Any) -> Expr:
        return _binary("or", other, self)

    def __invert__(self) -> Expr:
        return Expr("not", self)

    def __repr__(self) -> str:
        return f"{self.fn}({', '.join(map(repr, self.args))})"


def _binary(fn: str, a: Any, b: Any) -> Expr:
    """Record an operation; with a tensor on the other side it is the tensor's to record."""
    if isinstance(a, Value) or isinstance(b, Value):
        return NotImplemented  # type: ignore[no-any-return]
    return Expr(fn, a, b)


class Ref(Expr):
    """The value of a decision; with ``position=True`` the position of the option taken.

    Attributes:
        decision: Which, as declared.
        position: Whether its position is meant instead of its value.
        depth: The regions it was declared in, outermost first.
    """

    __slots__ = ("decision", "depth", "position")

    def __init__(self, decision: Decision, position: bool = False, depth: tuple[Region, ...] = ()) -> None:
        super().__init__("ref")
        self.decision, self.position, self.depth = decision, position, depth

    def at(self, env: Environment) -> Any:
        """The value for the genotype of a walk."""
        if self.position:
            return env.position(self.decision)
        value = env.value(self.decision)
        return self.decision.meaning(value) if self.decision.values else value

    def refs(self) -> Iterator[Ref]:
        """Itself."""
        yield self

    def __repr__(self) -> str:
        return self.decision.path


class Dim(Expr):
    """One dimension of a recorded tensor."""

    __slots__ = ("axis", "tensor")

    def __init__(self, tensor: Value, axis: int) -> None:
        super().__init__("dim")
        self.tensor, self.axis = tensor, axis

    def at(self, env: Environment) -> Any:
        """The dimension for the genotype of a walk; None where it varies.

        Raises:
            SpaceError: If the tensor has no such axis.
        """
        shape = env.shape(self.tensor)
        if not -len(shape) <= self.axis < len(shape):
            raise SpaceError(
                f"`dim(x, {self.axis})` was asked of '{self.tensor.node.path}', whose shape {shape} "
                f"has {len(shape)} axes."
            )
        return shape[self.axis]

    def dims(self) -> Iterator[Dim]:
        """Itself."""
        yield self

    def __repr__(self) -> str:
        return f"dim({self.tensor.node.path}, {self.axis})"


def ceil_div(a: Any, b: Any) -> Any:
    """``a / b`` rounded up, for integers and recorded integers."""
    return Expr("ceil_div", a, b) if isinstance(a, Expr) or isinstance(b, Expr) else _ceil_div(a, b)


def at_least(a: Any, b: Any) -> Any:
    """The larger of two numbers, for integers and recorded integers."""
    return Expr("max", a, b) if isinstance(a, Expr) or isinstance(b, Expr) else max(a, b)


def present(a: Any) -> Any:
    """Whether an optional decision has a value; a condition for ``when``."""
    return Expr("present", a) if isinstance(a, Expr) else a is not None


def dim(x: Value, axis: int) -> Dim:
    """One dimension of a tensor, known when a genotype is made concrete; axis 0 is the batch.

    Raises:
        SpaceError: If ``x`` is not a recorded tensor.
    """
    if not isinstance(x, Value):
        raise SpaceError(f"dim(x, {axis}) needs a recorded tensor. Received: {type(x).__name__}.")
    return Dim(x, axis)


def channels(x: Value) -> Dim:
    """The last dimension of a tensor."""
    return dim(x, -1)


def size(x: Value) -> Dim:
    """The first dimension after the batch: a picture's height, a sequence's length."""
    return dim(x, 1)


def scalar_range(count: Any) -> tuple[int, int]:
    """Smallest and largest value of an integer expression over decisions.

    Raises:
        SpaceError: If it reads tensor sizes, real numbers, or is not always an integer.
    """
    if not isinstance(count, Expr):
        values = [count]
    else:
        refs = {r.decision.path: r.decision for r in count.refs()}
        if any(True for _ in count.dims()) or not all(d.discrete for d in refs.values()):
            raise SpaceError(
                f"`{count!r}` reads a tensor's size or a real number, so the trace cannot bound it."
            )
        known: list[dict[str, Any]] = [{}]
        for path, decision in refs.items():
            known = [{**k, path: v} for k in known for v in decision.domain()]
            if len(known) > 4096:
                raise SpaceError(f"`{count!r}` has too many combinations of decisions to bound it.")
        values = [count.at(Known(k)) for k in known]
    if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        raise SpaceError(
            f"An integer or a decision over integers is needed. Received: {count!r} with {values[:4]}."
        )
    return min(values), max(values)
