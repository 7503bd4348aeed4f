"""A recorded tensor, and the arithmetic that Python writes with signs."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import SpaceError

if TYPE_CHECKING:
    from .graph import Node, Region


@dataclass(eq=False, repr=False)
class Value:
    """A recorded tensor. Its shape is known per genotype only: ``channels(x)``, ``dim(x, axis)``.

    Attributes:
        node: What gives it.
        item: Which of the node's outputs: a number, a name, or a tuple of them inside a nest; None for its
            only one.
        depth: The regions it was made in, outermost first.
    """

    node: Node
    item: Any = None
    depth: tuple[Region, ...] = ()

    __array_ufunc__ = None  # NumPy arrays leave arithmetic to this class

    def _op(self, name: str, *args: Any) -> Any:
        from .twins import ops

        return getattr(ops, name)(*args)

    def _stop(self, what: str, instead: str) -> NoReturn:
        raise SpaceError(f"'{self.node.path}' is a recorded tensor, so Python cannot {what}: {instead}.")

    def __repr__(self) -> str:
        return f"<recorded tensor '{self.node.path}'{'' if self.item is None else f' item {self.item!r}'}>"

    def __iter__(self) -> NoReturn:
        self._stop(
            "unpack it, as the trace does not know how many outputs it has",
            "take them one by one, x[0], x[1]",
        )

    def __bool__(self) -> bool:  # noqa: PLE0304  (it raises)
        self._stop(
            "branch on it", "use when(condition on sizes or decisions, a, b), or ops.where for each number"
        )

    def __len__(self) -> int:  # noqa: PLE0303  (it raises)
        self._stop("take its length", "use dim(x, axis)")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Value):
            return self is other
        return self._stop("compare it", "use ops.equal(x, y)")

    __hash__ = object.__hash__

    @property
    def shape(self) -> NoReturn:
        """Not known in a trace.

        Raises:
            SpaceError: Always; it names what to use.
        """
        self._stop(
            "see its shape, which differs between genotypes", "use channels(x), size(x) or dim(x, axis)"
        )

    def __getitem__(self, key: Any) -> Value:
        """An integer or name takes an output of a call with several; anything else slices the tensor."""
        if isinstance(key, int | str) and self.item is None:
            return Value(self.node, key, self.depth)
        from .graph import Target
        from .twins import record

        found: Value = record(Target("operator:getitem", operator.getitem), self, key)
        return found

    def __add__(self, other: Any) -> Value:
        return self._op("add", self, other)  # type: ignore[no-any-return]

    def __radd__(self, other: Any) -> Value:
        return self._op("add", other, self)  # type: ignore[no-any-return]

    def __sub__(self, other: Any) -> Value:
        return self._op("subtract", self, other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Any) -> Value:
        return self._op("subtract", other, self)  # type: ignore[no-any-return]

    def __mul__(self, other: Any) -> Value:
        return self._op("multiply", self, other)  # type: ignore[no-any-return]

    def __rmul__(self, other: Any) -> Value:
        return self._op("multiply", other, self)  # type: ignore[no-any-return]

    def __truediv__(self, other: Any) -> Value:
        return self._op("divide", self, other)  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Any) -> Value:
        return self._op("divide", other, self)  # type: ignore[no-any-return]

    def __floordiv__(self, other: Any) -> Value:
        return self._op("floor_divide", self, other)  # type: ignore[no-any-return]

    def __rfloordiv__(self, other: Any) -> Value:
        return self._op("floor_divide", other, self)  # type: ignore[no-any-return]

    def __mod__(self, other: Any) -> Value:
        return self._op("mod", self, other)  # type: ignore[no-any-return]

    def __rmod__(self, other: Any) -> Value:
        return self._op("mod", other, self)  # type: ignore[no-any-return]

    def __pow__(self, other: Any) -> Value:
        return self._op("power", self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: Any) -> Value:
        return self._op("power", other, self)  # type: ignore[no-any-return]

    def __matmul__(self, other: Any) -> Value:
        return self._op("matmul", self, other)  # type: ignore[no-any-return]

    def __rmatmul__(self, other: Any) -> Value:
        return self._op("matmul", other, self)  # type: ignore[no-any-return]

    def __neg__(self) -> Value:
        return self._op("negative", self)  # type: ignore[no-any-return]

    def __abs__(self) -> Value:
        return self._op("absolute", self)  # type: ignore[no-any-return]

    def __invert__(self) -> Value:
        return self._op("logical_not", self)  # type: ignore[no-any-return]

    def __and__(self, other: Any) -> Value:
        return self._op("logical_and", self, other)  # type: ignore[no-any-return]

    def __rand__(self, other: Any) -> Value:
        return self._op("logical_and", other, self)  # type: ignore[no-any-return]

    def __or__(self, other: Any) -> Value:
        return self._op("logical_or", self, other)  # type: ignore[no-any-return]

    def __ror__(self, other: Any) -> Value:
        return self._op("logical_or", other, self)  # type: ignore[no-any-return]

    def __lt__(self, other: Any) -> Value:
        return self._op("less", self, other)  # type: ignore[no-any-return]

    def __le__(self, other: Any) -> Value:
        return self._op("less_equal", self, other)  # type: ignore[no-any-return]

    def __gt__(self, other: Any) -> Value:
        return self._op("greater", self, other)  # type: ignore[no-any-return]

    def __ge__(self, other: Any) -> Value:
        return self._op("greater_equal", self, other)  # type: ignore[no-any-return]
