"""The leaderboard: a window of rows, sorted here: a thousand trials cost no more to show than forty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasnas.draw.scale import score
from kerasnas.draw.sparkline import sparkline

from ..facts import Facts, values_of
from ..words import DASH, amount, cause, choice, clip, differences, duration, tail
from .base import View

if TYPE_CHECKING:
    from meta_store.records import TrialRecord

ROWS = 40


@dataclass
class Window:
    """Which rows the page looks at, and in which order."""

    start: int = 0
    sort: str = "value"
    descending: bool = True


def _seconds(trial: TrialRecord) -> float:
    told = trial.cost.get("seconds")
    if told is not None:
        return float(told)
    return (trial.finished_at - trial.started_at) if trial.finished_at and trial.started_at else 0.0


_KEYS: dict[str, Callable[[TrialRecord], Any]] = {
    "number": lambda trial: trial.number,
    "value": lambda trial: trial.value,
    "state": lambda trial: trial.state,
    "epochs": lambda trial: len(trial.curve),
    "parameters": lambda trial: trial.cost.get("parameters"),
    "seconds": _seconds,
    "origin": lambda trial: trial.origin,
}


def columns(metric: str) -> list[dict[str, Any]]:
    """The grid's columns in order."""
    named = [
        ("number", "Trial", True), ("value", metric, True), ("curve", "Curve", False),
        ("state", "State", True),
        ("epochs", "Epochs", True), ("parameters", "Parameters", True), ("seconds", "Time", True),
        ("origin", "Origin", True), ("about", "Choices that differ from the default", False),
    ]  # fmt: skip
    numeric = ("number", "value", "epochs", "parameters", "seconds")
    return [
        {"key": key, "title": title, "sortable": sortable, "numeric": key in numeric}
        for key, title, sortable in named
    ]


def ordered(facts: Facts, window: Window) -> list[TrialRecord]:
    """All trials in the window's order; those without the value that is sorted by come last, newest first."""
    key = _KEYS[window.sort]
    descending = window.descending if window.sort != "value" or facts.sign > 0 else not window.descending
    known = [trial for trial in facts.trials if key(trial) is not None]
    rest = [trial for trial in facts.trials if key(trial) is None]
    known.sort(key=lambda trial: trial.number)
    known.sort(key=key, reverse=descending)
    return known + sorted(rest, key=lambda trial: -trial.number)


def board(facts: Facts, window: Window) -> dict[str, Any]:
    """The part "board": at most 40 rows from ``window.start``.

    For the value's column "descending" means "best first", also where smaller is better.
    """
    trials = ordered(facts, window)
    start = max(0, min(window.start, len(trials) - ROWS))
    shown = trials[start : start + ROWS]
    metric = facts.task.metric
    curves = {trial.number: values_of(trial, metric) for trial in shown}
    spread = sorted(v for values in curves.values() for v in values)
    domain = (spread[len(spread) // 20], spread[-1 - len(spread) // 20]) if spread else None
    rows = [
        {
            "number": trial.number,
            "spark": sparkline(curves[trial.number], what=metric, domain=domain),
            "cells": {
                "number": f"#{trial.number}",
                "value": score(trial.value),
                "state": trial.state,
                "epochs": str(len(trial.curve) or DASH),
                "parameters": amount(trial.cost.get("parameters")),
                "seconds": duration(_seconds(trial)) if trial.state != "running" else "…",
                "origin": trial.origin,
                "about": clip(differences(trial.genotype, facts.default, 6), 160),
            },
        }
        for trial in shown
    ]
    return {
        "start": start, "total": len(trials), "rows": rows, "columns": columns(metric),
        "sort": window.sort, "descending": window.descending,
    }  # fmt: skip


def detail(facts: Facts, number: int) -> dict[str, Any]:
    """The reply about one trial: every decision, and why it failed where it did.

    Raises:
        KeyError: If there is no such trial.
    """
    trial = next((trial for trial in facts.trials if trial.number == number), None)
    if trial is None:
        raise KeyError(f"Search {facts.search.id} has no trial {number}; it has {len(facts.trials)}.")
    said = [trial.state, f"{facts.task.metric} {score(trial.value)}", f"from {trial.origin}"]
    if trial.parents:
        said.append("parents " + ", ".join(f"#{parent}" for parent in trial.parents))
    for name, text in (("parameters", "parameters"), ("flops", "FLOPs")):
        if trial.cost.get(name) is not None:
            said.append(f"{amount(trial.cost[name])} {text}")
    error = None
    if trial.error:
        why, advice = cause(trial.error)
        error = {"cause": why, "advice": advice, "trace": tail(str(trial.error.get("trace") or ""))}
    genotype = [
        [path, clip(choice(value), 80), path in facts.default and facts.default[path] != value]
        for path, value in trial.genotype.items()
    ]
    return {
        "type": "detail",
        "number": number,
        "line": " · ".join(said),
        "genotype": genotype,
        "error": error,
    }


class Leaderboard(View):
    """All trials in a grid: sort by the headers, choose a row by Enter or a click."""

    script = "leaderboard.js"
