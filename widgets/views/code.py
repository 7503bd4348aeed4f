"""Show code: what the forms do, as the lines of Python that do the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import View


def call(name: str, *positional: str, **keywords: Any) -> str:
    """Write a call as a person would: on one line where it fits 100 columns, else one argument a line."""
    arguments = [*positional, *(f"{key}={value!r}" for key, value in keywords.items())]
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= 100:
        return line
    return f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


class Verbatim:
    """An expression whose repr is its own text: ``Verbatim("kn.Budget(minutes=10)")``."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def search(
    data: str,
    target: str | None,
    task: Mapping[str, Any],
    options: Mapping[str, Any],
    budget: Mapping[str, Any],
) -> str:
    """The search that the forms describe.

    Args:
        data: The expression of the data: a quoted path, or a variable's name.
        target: The target's name; None when ``data`` is a task already.
        task: Options of ``kn.Task`` beside those.
        options: Options of ``kn.Search`` beside the task and the budget.
        budget: Limits of ``kn.Budget``.
    """
    limits = Verbatim(call("kn.Budget", **budget))
    made = (
        f"task = {call('kn.Task', data, target=target, **task)}" if target is not None else f"task = {data}"
    )
    begun = f"search = {call('kn.Search', 'task', budget=limits, **options)}"
    waited = "search.wait()  # Ctrl-C ends the waiting, not the search"
    return f"import kerasnas as kn\n\n{made}\n{begun}\nsearch.start()\n{waited}"


def attach(named: str) -> str:
    """The lines that follow a search from elsewhere: a panel, or the handle.

    Args:
        named: The arguments that name it, as ``Facts.attach``.
    """
    return (
        "import kerasnas as kn\n\n"
        f"kn.attach({named})  # this panel\n"
        f"search = kn.Search.attach({named})  # or its handle\n"
        "search.leaderboard()"
    )


def after(name: str) -> str:
    """The lines that use the result."""
    file = "".join(letter if letter.isalnum() else "_" for letter in name or "best").strip("_") or "best"
    return (
        "search.best.holdout  # judged once, on rows that the search never saw\n"
        "print(search.best.source())  # readable Keras, without kerasnas in it\n"
        f'search.best.save("{file}.kn")  # model, preprocessing, card and source\n'
        f'kn.load("{file}.kn").predict(new_rows)  # raw rows in, also in a fresh process'
    )


class Code(View):
    """The code of this search, to copy."""

    script = "code.js"
