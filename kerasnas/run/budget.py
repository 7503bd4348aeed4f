"""What a search may spend."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SearchError

UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0}


@dataclass(frozen=True)
class Budget:
    """Limits of a search; the first that is reached ends it.

    Attributes:
        trials: Candidates that are trained, whether that succeeded or failed. Candidates over a limit, and
            those that the search's own history answers, cost nothing.
        minutes: Minutes of work, pauses not counted. The retraining of the finalists is inside: the search
            leaves the time that it will take, as far as that can be foreseen.
        epochs: Epochs trained over all trials, the finalists' apart.

    Raises:
        SearchError: If no limit is given, or one is not above zero.
    """

    trials: int | None = None
    minutes: float | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        given = {k: v for k, v in vars(self).items() if v is not None}
        if not given:
            raise SearchError(
                "A budget needs a limit: trials, minutes or epochs, e.g. Budget(minutes=10) or Budget(trials=50)."
            )
        for name, value in given.items():
            number = (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and math.isfinite(value)
                and value > 0
            )
            if not number or (name != "minutes" and int(value) != value):
                kind = "a number" if name == "minutes" else "a whole number"
                raise SearchError(f"Budget: {name} is {kind} above 0. Received: {name}={value!r}.")

    @classmethod
    def parse(cls, text: str) -> Budget:
        """A budget from text.

        Args:
            text: ``"10m"``, ``"90s"``, ``"1h30m"``, ``"50 trials"``, ``"200 epochs"``, or several by commas.

        Raises:
            SearchError: If the text is none of these.
        """
        limits: dict[str, Any] = {}
        for part in filter(None, (p.strip().lower() for p in text.split(","))):
            counted = re.fullmatch(r"(\d+)\s*(trials?|epochs?)", part)
            timed = re.fullmatch(r"(?:\d+(?:\.\d+)?\s*[dhms]\s*)+", part)
            if counted:
                name, value = counted[2].rstrip("s") + "s", float(int(counted[1]))
            elif timed:
                name, value = (
                    "minutes",
                    sum(float(n) * UNITS[u] for n, u in re.findall(r"(\d+(?:\.\d+)?)\s*([dhms])", part)),
                )
            else:
                raise SearchError(
                    f"Cannot read the budget {part!r}. Write a time ('90s', '10m', '1h30m'), '50 trials' or '200 epochs', or several "
                    f"with commas between."
                )
            if name in limits:
                raise SearchError(f"The budget {text!r} gives {name} twice.")
            limits[name] = value if name == "minutes" else int(value)
        return cls(**limits)

    @classmethod
    def of(cls, given: Budget | str | Mapping[str, Any]) -> Budget:
        """A budget from a budget, its text or its JSON.

        Raises:
            SearchError: If it is none of these.
        """
        if isinstance(given, Budget):
            return given
        if isinstance(given, str):
            return cls.parse(given)
        if isinstance(given, Mapping):
            unknown = sorted(set(given) - {"trials", "minutes", "epochs"})
            if unknown:
                raise SearchError(f"A budget has trials, minutes and epochs. Received: {unknown}.")
            return cls(**given)
        raise SearchError(
            f"budget is a kn.Budget or text such as '10m'. Received: {given!r} of type {type(given).__name__}."
        )

    def to_json(self) -> dict[str, Any]:
        """The limits that are set."""
        return {k: v for k, v in vars(self).items() if v is not None}

    def __str__(self) -> str:
        words = {"trials": "trials", "minutes": "minutes", "epochs": "epochs"}
        return ", ".join(f"{v:g} {words[k]}" for k, v in self.to_json().items())

    def spent(self, *, trials: int, seconds: float, epochs: int) -> str | None:
        """Which limit is reached, in words; None while there is something left.

        Args:
            trials: Candidates trained.
            seconds: Seconds worked, with what is kept back for the finalists.
            epochs: Epochs trained.
        """
        if self.trials is not None and trials >= self.trials:
            return f"The budget of {self.trials} trials is spent."
        if self.minutes is not None and seconds >= 60 * self.minutes:
            return f"The budget of {self.minutes:g} minutes is spent."
        if self.epochs is not None and epochs >= self.epochs:
            return f"The budget of {self.epochs} epochs is spent."
        return None
