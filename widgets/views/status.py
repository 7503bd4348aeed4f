"""First glance: state and one primary action, best so far, budget, top five, the latest failure."""

from __future__ import annotations

import time
from typing import Any

from kerasnas.draw.scale import score
from kerasnas.draw.sparkline import sparkline

from ..facts import Facts, values_of
from ..words import STATE_NAMES, cause, clip, count, differences, duration, tail
from .base import View

ACTIONS = {
    "new": ("start",),
    "running": ("pause", "stop"),
    "paused": ("resume", "stop"),
    "stopping": ("stop",),
    "finalising": ("stop",),
    "stopped": ("revive",),
    "failed": ("revive",),
    "lost": ("revive",),
}  # the first is the primary one, except where it is Stop; a state that is not here only passes
_DOES = {"pause": "Pauses", "stop": "Stops", "resume": "Resumes"}


def head(facts: Facts, title: str = "") -> dict[str, Any]:
    """The part "head": title, state, what goes on, what may be done."""
    search, task, state = facts.search, facts.task, facts.state
    name, target = str(search.settings.get("name") or task.name), search.settings.get("target")
    about = [
        name,
        count(task.rows, "row"),
        ", ".join(task.modalities),
        task.problem,
        task.metric,
        search.strategy,
    ]
    return {
        "state": state,
        "stateName": STATE_NAMES.get(state, state),
        "title": title or (f"Predict {target}" if target else task.name),
        "subtitle": " · ".join(about),
        "id": search.id,
        "store": facts.store,
        "attach": f"kn.attach({facts.attach})",
        "live": facts.live,
        "actions": list(ACTIONS.get(state, ())),
        "now": _now(facts),
        "waiting": _waiting(facts),
        "blocked": "",
        "features": [clip(str(line), 200) for line in search.progress.get("features", ())],
        "reason": clip(str(search.reason or ""), 300) if state in ("failed", "stopped", "paused") else "",
        "lost": _lost(facts) if state in ("lost", "failed") else None,
        "asOf": time.strftime("%H:%M:%S", time.localtime(facts.now)),
    }


def _now(facts: Facts) -> str:
    """What is being done, from the trials themselves and what the runner says."""
    state = facts.state
    running = [trial for trial in facts.trials if trial.state == "running"]
    if state == "finalising":
        doing = str(facts.search.progress.get("doing") or "retrains the finalists")
        return f"{doing} on training and validation rows, then judges it once on held-out rows"
    if state == "running" and running:
        trial = running[-1]
        most = facts.search.settings.get("evaluator", {}).get("options", {}).get("max_epochs")
        return f"trial {trial.number}, epoch {len(trial.curve) + 1}" + (f" of at most {most}" if most else "")
    if state in ("running", "created"):
        return (
            "the runner starts: loads Keras and the data"
            if not facts.trials
            else "chooses the next candidate"
        )
    if state in ("finished", "stopped"):
        return f"{count(len(facts.ranked), 'trial')} in {duration(facts.used_seconds)}"
    return ""


def _waiting(facts: Facts) -> str | None:
    """Why a command has not been applied yet."""
    asked = [
        command
        for command in facts.snapshot.commands
        if command.state == "requested" and command.verb in _DOES
    ]
    if not asked or facts.state == "lost":
        return None
    command = asked[-1]
    running = [trial for trial in facts.trials if trial.state == "running"]
    if command.verb == "resume" or not running:
        return f"{_DOES[command.verb]} as soon as the runner reads it."
    return f"{_DOES[command.verb]} at the next batch of trial {running[-1].number}."


def _lost(facts: Facts) -> dict[str, Any]:
    search = facts.search
    where = (
        f"process {search.pid}" + (f" on {search.host}" if search.host else "")
        if search.pid
        else "its process"
    )
    if facts.state == "failed":
        why = clip(str(search.reason or "no reason was recorded"), 200)
        text = f"The search failed: {why}. Last lines of its log:"
    elif search.heartbeat_at:
        text = (
            f"The search's runner is lost: {where} has not been heard of "
            f"for {duration(facts.silence // 5 * 5)}. "
            "No finished trial is lost; Resume starts a new runner. Last lines of its log:"
        )
    else:
        text = "The search's runner never reported. Resume starts a new one. Last lines of its log:"
    return {"pid": search.pid, "text": text, "log": [clip(line, 300) for line in facts.log[-8:]]}


def best(facts: Facts) -> dict[str, Any] | None:
    """The part "best": provisional on validation rows, final on held-out rows once they are judged."""
    top, result = facts.best, facts.result
    if top is None and result is None:
        return None
    by_number = {trial.number: trial for trial in facts.trials}
    number: int
    value: float | None
    if result is not None:
        number, value = result.members[0], result.validation if result.holdout is None else result.holdout
    else:
        number, value = (top.number, top.value) if top is not None else (0, None)
    trial = by_number.get(number)
    about = f"Trial {number}: {differences(trial.genotype, facts.default)}" if trial else f"Trial {number}"
    if result is not None and len(result.members) > 1:
        about = f"Trials {', '.join(map(str, result.members))} averaged in one model. {about}"
    change, better = "", True
    if facts.baseline is not None and value is not None:
        gain = value - facts.baseline
        better = facts.sign * gain > 0
        change = f"{gain:+.3f} against the baseline's {score(facts.baseline)}"
    judged = "on validation rows, which the search sees"
    if result is not None and result.holdout is None:
        judged = "on validation rows; none are held out"
    elif result is not None:
        judged = f"on held-out rows, judged once; {score(result.validation)} on validation rows"
    stage = "final" if result is not None and result.holdout is not None else "provisional"
    return {
        "number": number, "value": value, "text": score(value), "metric": facts.task.metric,
        "change": change, "better": better,
        "stage": stage, "judged": judged, "about": about,
    }  # fmt: skip


def budget(facts: Facts) -> dict[str, Any]:
    """The part "budget": one bar a limit, and the time left until the first of them is reached."""
    limits = facts.search.budget
    ended = [trial for trial in facts.trials if trial.state in ("completed", "failed", "stopped")]
    seconds = facts.used_seconds
    used = {
        "trials": float(facts.search.progress.get("trials", len(ended))),
        "minutes": seconds / 60,
        "epochs": float(facts.search.progress.get("epochs", sum(len(trial.curve) for trial in facts.trials))),
    }
    bars, left = [], []
    for name in ("trials", "minutes", "epochs"):
        limit = limits.get(name)
        if not limit:
            continue
        fraction = min(1.0, used[name] / limit)
        if name == "minutes":
            text, shown = f"{duration(min(seconds, limit * 60))} of {duration(limit * 60)}", "time"
        else:
            text, shown = f"{used[name]:,.0f} of {limit:,.0f}", name
        bars.append({"name": shown, "text": text, "fraction": round(fraction, 3)})
        if used[name] > 0:
            left.append((seconds * (limit - used[name]) / used[name], shown))
    return {"bars": bars, "eta": _eta(facts, left)}


def _eta(facts: Facts, left: list[tuple[float, str]]) -> str:
    state = facts.state
    if state == "finalising":
        return "The budget is spent; the finalists are being judged."
    if state == "paused":
        return "Paused: the clock of the budget stands still."
    if state != "running" or not left:
        return ""
    seconds, by = min(left)
    rough = round(seconds / 10) * 10 if seconds > 60 else round(seconds)
    return (
        f"About {duration(rough)} left, then the budget of {by} is spent."
        if rough > 0
        else "The budget is nearly spent."
    )


def top(facts: Facts) -> list[dict[str, Any]]:
    """The part "top": the five best trials with their curves."""
    metric = facts.task.metric
    return [
        {
            "number": trial.number,
            "text": score(trial.value),
            "spark": sparkline(values_of(trial, metric), what=metric),
            "about": clip(differences(trial.genotype, facts.default), 120),
        }
        for trial in facts.ranked[:5]
    ]


def failure(facts: Facts) -> dict[str, Any] | None:
    """The part "failure": the latest failed trial and why."""
    trial = facts.latest_failure
    if trial is None:
        return None
    why, advice = cause(trial.error)
    return {
        "number": trial.number,
        "cause": why,
        "advice": advice,
        "trace": tail(str((trial.error or {}).get("trace") or "")),
    }


class Status(View):
    """The panel's first glance and its buttons."""

    script = "status.js"
