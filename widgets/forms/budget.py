"""The budget and how to search: bounded number fields with a description; an error beside its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets

HINT = (
    "The search runs in a process of its own: the kernel stays free, and closing this page does not end it."
)
NO_LIMIT = "Give the search a limit: minutes, trials or both (0 means no limit)."


class BudgetForm(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Minutes, trials, strategy and seed.

    Args:
        budget: Limits to begin with; 10 minutes where none is given.
        strategy: Name to begin with.
        strategies: Names to choose from.
        seed: To begin with.
        changed: Called after every change.
    """

    def __init__(
        self,
        budget: Mapping[str, Any],
        *,
        strategy: str,
        strategies: Sequence[str],
        seed: int,
        changed: Callable[[], None],
    ) -> None:
        given = {name: value for name, value in budget.items() if value} or {"minutes": 10}
        self._epochs = given.get("epochs")
        style = {"description_width": "initial"}
        number, narrow = ipywidgets.Layout(width="150px"), ipywidgets.Layout(width="130px")
        self.minutes = ipywidgets.BoundedFloatText(
            value=float(given.get("minutes", 0)), min=0, max=10_080, step=1,
            description="Minutes", style=style, layout=number, tooltip="Searching time; 0 means no limit",
        )  # fmt: skip
        self.trials = ipywidgets.BoundedIntText(
            value=int(given.get("trials", 0)), min=0, max=1_000_000,
            description="Trials", style=style, layout=number, tooltip="Candidates to train; 0 means no limit",
        )  # fmt: skip
        names = list(dict.fromkeys([strategy, *strategies]))
        self.strategy = ipywidgets.Dropdown(
            options=names, value=strategy, description="Strategy", style=style,
            layout=ipywidgets.Layout(width="200px"), tooltip="How candidates are chosen",
        )  # fmt: skip
        self.seed = ipywidgets.BoundedIntText(
            value=seed, min=0, max=2**31 - 1, description="Seed", style=style, layout=narrow,
            tooltip="The same seed gives the same search",
        )  # fmt: skip
        self.note = ipywidgets.HTML()
        row = ipywidgets.HBox(
            [self.minutes, self.trials, self.strategy, self.seed],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 18px"),
        )
        super().__init__([row, self.note])
        self.add_class("kn-form")
        self._changed = changed
        for each in (self.minutes, self.trials, self.strategy, self.seed):
            each.observe(self._on_change, names="value")
        self._tell()

    @property
    def limits(self) -> dict[str, Any]:
        """The limits that are set, as ``kn.Budget`` takes them."""
        minutes = self.minutes.value
        whole: float | int = int(minutes) if minutes == int(minutes) else minutes
        limits = {"trials": self.trials.value, "minutes": whole, "epochs": self._epochs}
        return {name: value for name, value in limits.items() if value}

    @property
    def error(self) -> str:
        """Why the search cannot start with this form; empty when it can."""
        return "" if self.limits else NO_LIMIT

    def _on_change(self, _change: Any) -> None:
        self._tell()
        self._changed()

    def _tell(self) -> None:
        if self.error:
            self.note.value = f'<span class="kn-form-error" role="alert">⚠ {escape(self.error)}</span>'
        else:
            self.note.value = f'<span class="kn-form-note">{HINT}</span>'
