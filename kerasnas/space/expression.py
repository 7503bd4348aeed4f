"""Numbers that are known only when a genotype is made concrete: decisions, dimensions and arithmetic on them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import SpaceError

if TYPE_CHECKING:
    from .decision import Decision
    from .graph import Value
    from .walk import Walk


def _ceil_div(a: Any, b: Any) -> Any:
    return -(-a // b)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{n: getattr(operator, n) for n in ("add", "sub", "mul", "floordiv", "truediv", "mod", "pow", "neg")},
    **{n: getattr(operator, n) for n in ("lt", "le", "gt", "ge", "eq", "ne")},
    "max": max,
    "min": min,
    "ceil_div": _ceil_div,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
    "not": operator.not_,
    "present": lambda a: a is not None,
}


class Expr:
    """A recorded computation over decisions and tensor dimensions.

    Python cannot branch, loop or index with one, since its value differs between genotypes; trying raises
    SpaceError with the primitive to use instead.
    """

    __slots__ = ("args", "fn")

    def __init__(self, fn: str, *args: Any) -> None:
        self.fn, self.args = fn, args

    def at(self, walk: Walk) -> Any:
        """The value for the genotype of a walk."""
        return FUNCTIONS[self.fn](*(a.at(walk) if isinstance(a, Expr) else a for a in self.args))

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
            f"`{self}` is decided after the trace, so Python cannot branch, loop, index or convert with it. "
            "Use when(condition, a, b) for `if`, pick(choice, x) for one of several, repeat(count, body, x) for a loop."
        )

    __bool__ = __index__ = __iter__ = __float__ = __int__ = __len__ = __contains__ = _stop
    __hash__ = object.__hash__

    def __add__(self, other: Any) -> Expr:
        return Expr("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return Expr("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return Expr("sub", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return Expr("sub", other, self)

    def __mul__(self, other: Any) -> Expr:
        return Expr("mul", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return Expr("mul", other, self)

    def __floordiv__(self, other: Any) -> Expr:
        return Expr("floordiv", self, other)

    def __rfloordiv__(self, other: Any) -> Expr:
        return Expr("floordiv", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return Expr("truediv", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return Expr("truediv", other, self)

    def __mod__(self, other: Any) -> Expr:
        return Expr("mod", self, other)

    def __rmod__(self, other: Any) -> Expr:
        return Expr("mod", other, self)

    def __pow__(self, other: Any) -> Expr:
        return Expr("pow", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return Expr("pow", other, self)

    def __neg__(self) -> Expr:
        return Expr("neg", self)

    def __lt__(self, other: Any) -> Expr:
        return Expr("lt", self, other)

    def __le__(self, other: Any) -> Expr:
        return Expr("le", self, other)

    def __gt__(self, other: Any) -> Expr:
        return Expr("gt", self, other)

    def __ge__(self, other: Any) -> Expr:
        return Expr("ge", self, other)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr("eq", self, other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr("ne", self, other)

    def __and__(self, other: Any) -> Expr:
        return Expr("and", self, other)

    def __rand__(self, other: Any) -> Expr:
        return Expr("and", other, self)

    def __or__(self, other: Any) -> Expr:
        return Expr("or", self, other)

    def __ror__(self, other: Any) -> Expr:
        return Expr("or", other, self)

    def __invert__(self) -> Expr:
        return Expr("not", self)

    def __repr__(self) -> str:
        return f"{self.fn}({', '.join(map(repr, self.args))})"


class Ref(Expr):
    """The value of a decision; with ``position=True`` the position of the option taken."""

    __slots__ = ("decision", "position")

    def __init__(self, decision: Decision, position: bool = False) -> None:
        super().__init__("ref")
        self.decision, self.position = decision, position

    def at(self, walk: Walk) -> Any:
        return walk.position(self.decision) if self.position else walk.value(self.decision)

    def refs(self) -> Iterator[Ref]:
        yield self

    def __repr__(self) -> str:
        return self.decision.path


class Dim(Expr):
    """One dimension of a recorded tensor."""

    __slots__ = ("axis", "tensor")

    def __init__(self, tensor: Value, axis: int) -> None:
        super().__init__("dim")
        self.tensor, self.axis = tensor, axis

    def at(self, walk: Walk) -> Any:
        shape = walk.shape(self.tensor)
        if not -len(shape) <= self.axis < len(shape):
            raise SpaceError(
                f"`dim(x, {self.axis})` was asked of '{self.tensor.node.path}', whose shape {shape} has {len(shape)} axes."
            )
        return shape[self.axis]

    def dims(self) -> Iterator[Dim]:
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
