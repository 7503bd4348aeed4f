"""The model card: what a model is, what it learned from, how well it did on which rows, what it is not for.

Source: Mitchell et al., "Model cards for model reporting", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import problems
from ..space import Genotype, Space

if TYPE_CHECKING:
    from ..data.task_data import TaskData

PARTS = ("train", "validation", "holdout")


def facts(
    data: TaskData,
    space: Space,
    genotypes: Sequence[Genotype],
    views: Sequence[str],
    given: Mapping[str, Any],
    versions: Mapping[str, str],
    created: str,
) -> dict[str, Any]:
    """The card as JSON.

    Args:
        data: The task's data.
        space: Where the genotypes come from.
        genotypes: The decisions, of each network that the model averages.
        views: The model's inputs.
        given: What the search adds; its keys win.
        versions: Library -> version.
        created: When, as ISO 8601.
    """
    costs = [space.cost(genotype) for genotype in genotypes]
    flops = [cost.flops for cost in costs]
    return {
        "task": data.name,
        "target": data.target.name,
        "problem": data.problem,
        "classes": data.class_names,
        "metric": data.metric,
        "direction": data.direction,
        "rows": {part: data.rows(part) for part in PARTS},
        "columns": [
            {"name": c.name, "kind": c.kind}
            for c in data.columns
            if c.name in set(data.preprocessor.columns(list(views)))
        ],
        "views": list(views),
        "space": {"name": space.name, "fingerprint": space.fingerprint},
        "genotypes": [genotype.to_json() for genotype in genotypes],
        "parameters": sum(cost.parameters for cost in costs),
        "flops": None if None in flops else sum(flops),
        "training": [dict(space.plan(genotype).settings) for genotype in genotypes],
        "versions": dict(versions),
        "created": created,
        **given,
    }


def markdown(card: Mapping[str, Any]) -> str:
    """The card for people."""
    genotypes = card["genotypes"]
    names = [f"trial {n}" for n in card.get("trials") or []] if len(genotypes) > 1 else ["value"]
    rows, metric = card["rows"], card["metric"]
    better = "higher" if card["direction"] == "max" else "lower"
    lines = [
        f"# {card['task']}",
        "",
        f"Predicts **{card['target']}** ({_problem(card)}) from {_listed([c['name'] for c in card['columns']])}.",
        "",
        "## How well",
        "",
        f"| {metric} ({better} is better) | rows | value |",
        "| --- | --- | --- |",
        f"| validation: chose this model, so it flatters | {rows['validation']:,} | {_figure(card.get('validation'))} |",
        f"| held-out: judged once, after the search | {rows['holdout']:,} | {_figure(card.get('holdout'))} |",
        "",
    ]
    others = {
        k: v for k, v in dict(card.get("metrics") or {}).items() if k != metric and isinstance(v, int | float)
    }
    if others:
        lines += [
            "Other figures on the held-out rows: "
            + ", ".join(f"{k} {_figure(v)}" for k, v in others.items())
            + ".",
            "",
        ]
    lines += [
        "## What it is",
        "",
        *([f"- the mean of {len(genotypes)} networks: {', '.join(names)}"] if len(genotypes) > 1 else []),
        f"- {card['parameters']:,} parameters; {_flops(card['flops'])} a row",
        f"- trained from scratch on {rows['train'] + rows['validation']:,} rows (train and validation)"
        + (f" for {card['epochs']} epochs" if card.get("epochs") else "")
        + (f", seed {card['seed']}" if card.get("seed") is not None else ""),
        f"- reads {_listed(card['views'])}; preprocessing was fitted on the {rows['train']:,} training rows alone",
        "- made with " + ", ".join(f"{k} {v}" for k, v in card["versions"].items()) + f", {card['created']}",
        "- `source.py` builds it in plain Keras"
        if "source" not in card
        else f"- its source could not be written: {card['source']}",
        "",
        f"| decision | {' | '.join(names)} |",
        "| --- |" + " --- |" * len(names),
        *(
            f"| {_cell(path)} | {' | '.join(_cell(g.get(path, '')) for g in genotypes)} |"
            for path in dict.fromkeys(path for genotype in genotypes for path in genotype)
        ),
        "",
        "## What it is not for",
        "",
        "- Rows unlike those it learned from: the held-out figure speaks for rows drawn as those were, and for no others.",
        f"- Single decisions about people: nothing here was checked for fairness between groups. {_uncertain(card)}",
        "",
    ]
    return "\n".join(lines)


def _problem(card: Mapping[str, Any]) -> str:
    numeric = problems.get(card["problem"]).numeric
    if not card["classes"]:
        return "a number"
    what = {"multilabel": "labels", "ordinal": "classes in order"}.get(
        card["problem"], "numbers" if numeric else "classes"
    )
    return f"{len(card['classes'])} {what}: {_listed(card['classes'])}"


def _listed(names: Any, most: int = 12) -> str:
    names = [f"`{_cell(n)}`" for n in names]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _figure(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) and math.isfinite(value) else "not judged"


def _flops(flops: int | None) -> str:
    return "FLOPs not known" if flops is None else f"{flops:,} FLOPs"


def _uncertain(card: Mapping[str, Any]) -> str:
    if problems.get(card["problem"]).numeric:
        return "It gives a number without an interval."
    return "Its probabilities were not calibrated."


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("`", "'")
