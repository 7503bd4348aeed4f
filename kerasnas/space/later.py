"""Calls that wait: a block, layer or operation called outside of a trace on something that is not there yet.

They are made by hand, one called on the other, and recorded when a space is traced. Whatever is used twice is recorded once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .graph import nest_leaves, nest_map


class Later:
    """What a call will give.

    Args:
        call: What is called.
        args: With what; other waiting calls among them.
        kwargs: With what.
    """

    def __init__(
        self, call: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> None:
        self.call, self.args, self.kwargs = call, args, dict(kwargs or {})

    def given(self, known: dict[int, Any]) -> Any:
        """Make the call, and those that it waits for, inside the running trace.

        Args:
            known: What was made already, by ``id``; what is made here is added.
        """
        if id(self) not in known:
            args, kwargs = nest_map(lambda later: later.given(known), Later, (list(self.args), self.kwargs))
            known[id(self)] = self.call(*args, **kwargs)
        return known[id(self)]

    def __repr__(self) -> str:
        return f"<{getattr(self.call, '__name__', type(self.call).__name__)}, waiting for a space>"


def waits(*values: Any) -> bool:
    """Whether anything in a nest is a waiting call."""
    return bool(nest_leaves(Later, values))
