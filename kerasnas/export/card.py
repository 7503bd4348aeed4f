"""The model card: what a model is, what it learned from, how well it did on which rows, what it is not for.

Source: Mitchell et al., "Model cards for model reporting", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import problems
from ..problems.quantile import LEVELS
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
            {"name": c.name, "kind": c.kind, "missing": c.missing, "distinct": c.distinct}
            for c in data.columns
            if c.name in set(data.preprocessor.columns(list(views)))
        ],
        "targets": _targets(data),
        "data": {
            "fingerprint": data.fingerprint,
            "split_seed": data.seed,
            "notes": list(data.facts["notes"]),
        },
        "encoders": _encoders(data, views),
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


def _targets(data: TaskData) -> dict[str, Any]:
    """The training targets in numbers: rows of each class, or mean, spread and quantiles."""
    known = data.targets("train")
    if not data.kind.numeric:
        counts = data.kind.counts(known, data.outputs)
        return {"rows": dict(zip(data.class_names, counts.tolist(), strict=True))}
    if data.classes:
        return {"numbers": {name: _spread(known[:, i]) for i, name in enumerate(data.class_names)}}
    return _spread(known)


def _spread(known: np.ndarray) -> dict[str, Any]:
    values = known.astype("float64")
    return {
        "mean": float(values.mean()),
        "spread": float(values.std()),
        "quantiles": {f"{share:g}": float(np.quantile(values, share)) for share in (0.05, 0.5, 0.95)},
    }


def _encoders(data: TaskData, views: Sequence[str]) -> list[dict[str, Any]]:
    """The pretrained encoders that the model's inputs are made by or for, with what is known of their licenses."""
    from ..data.adapters.by_encoder import ByEncoder
    from ..data.encoders import license_of

    made_by = {name: data.preprocessor.adapter(name) for name in views}
    return [
        {
            "view": name,
            "name": adapter.encoder.name,
            "modality": adapter.encoder.modality,
            "fingerprint": adapter.encoder.fingerprint,
            "license": license_of(adapter.encoder),
        }
        for name, adapter in made_by.items()
        if isinstance(adapter, ByEncoder)
    ]


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
        *_calibrated(card),
        *_data(card),
        "## What it is",
        "",
        *([f"- the mean of {len(genotypes)} networks: {', '.join(names)}"] if len(genotypes) > 1 else []),
        f"- {card['parameters']:,} parameters; {_flops(card['flops'])} a row",
        f"- trained from scratch on {rows['train'] + rows['validation']:,} rows (train and validation)"
        + (f" for {card['epochs']} epochs" if card.get("epochs") else "")
        + (f", seed {card['seed']}" if card.get("seed") is not None else ""),
        f"- reads {_listed(card['views'])}; preprocessing was fitted on the {rows['train']:,} training rows alone",
        *_origin(card),
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


def _calibrated(card: Mapping[str, Any]) -> list[str]:
    """The temperature of its probabilities, and the figures without and with it."""
    told = card.get("calibration")
    if not told:
        return []
    figures = [
        f"{name.replace('_', ' ')} on the {part.replace('_', '-')} rows {_figure(before)} -> {_figure(after)}"
        for part in ("validation", "held_out")
        for name, (before, after) in dict(told.get(part) or {}).items()
    ]
    return [
        f"Probabilities are read at the temperature {told['temperature']:.3g}, fitted on the validation rows: {', '.join(figures)}.",
        "",
    ]


def _data(card: Mapping[str, Any]) -> list[str]:
    """The section on what it learned from."""
    rows, told = card["rows"], card["targets"]
    if "rows" in told:
        ranked = sorted(told["rows"].items(), key=lambda each: -each[1])
        shown = ", ".join(f"`{_cell(name)}` {count:,}" for name, count in ranked[:12])
        targets = f"Training rows of each class: {shown}" + (
            f" and {len(ranked) - 12} more classes." if len(ranked) > 12 else "."
        )
    elif "numbers" in told:
        each = [f"`{_cell(name)}` {_numbers(of)}" for name, of in told["numbers"].items()]
        targets = f"Training targets: {'; '.join(each)}."
    else:
        targets = f"Training targets: {_numbers(told)}."
    return [
        "## Data",
        "",
        f"{sum(rows.values()):,} rows: {', '.join(f'{count:,} {part}' for part, count in rows.items())}; split with seed "
        f"{card['data']['split_seed']}; fingerprint `{card['data']['fingerprint'][:16]}`. {targets}",
        "",
        "| column | kind | missing cells | different values |",
        "| --- | --- | --- | --- |",
        *(
            f"| {_cell(c['name'])} | {c['kind']} | {c['missing']:,} | {c['distinct']:,} |"
            for c in card["columns"]
        ),
        "",
        *(f"- {_cell(note)}" for note in card["data"]["notes"]),
        *([""] if card["data"]["notes"] else []),
    ]


def _origin(card: Mapping[str, Any]) -> list[str]:
    """Lines on how the search came to it, and on the encoders that it is built on."""
    lines = []
    if card.get("search"):
        seed = "" if card.get("search_seed") is None else f", seed {card['search_seed']}"
        lines.append(
            f"- found by search {card['search']}: {card.get('strategy', 'strategy not noted')}{seed}"
        )
    if "warm_start" in card:
        near = ", ".join(f"{_cell(s['name'])} ({s['similarity']:.2f})" for s in card["warm_start"])
        lines.append(
            f"- the search was told of past tasks: {near}" if near else "- the search began without a past"
        )
    for each in card.get("lineage", []):
        parents = f" of trial {', '.join(map(str, each['parents']))}" if each["parents"] else ""
        past = each["past"]
        taken = (
            f", taken from trial {past['trial']} of search {past['search']} ({_cell(past['name'])})"
            if past
            else ""
        )
        lines.append(
            f"- trial {each['trial']}: {each['origin'] or 'origin not noted'}{parents}{taken}; trained with seed {each['seed']}"
        )
    for each in card["encoders"]:
        lines.append(
            f"- `{each['view']}` is made by the frozen encoder {_cell(each['name'])} (`{each['fingerprint'][:16]}`); its license: "
            f"{_cell(each['license'])}"
        )
    return lines


def _numbers(told: Mapping[str, Any]) -> str:
    low, middle, high = (f"{value:.6g}" for value in told["quantiles"].values())
    return f"mean {told['mean']:.6g}, spread {told['spread']:.6g}; 5 % are below {low}, half below {middle}, 95 % below {high}"


def _problem(card: Mapping[str, Any]) -> str:
    numeric = problems.get(card["problem"]).numeric
    if card["problem"] == "quantile":
        return f"a number by its quantiles, {', '.join(f'{level:.0%}' for level in LEVELS)}"
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
    if card["problem"] == "quantile":
        return "Its interval holds on average, not for every kind of row."
    if problems.get(card["problem"]).numeric:
        return "It gives a number without an interval."
    told = card.get("calibration")
    if not told:
        return "Its probabilities were not calibrated."
    return f"Its probabilities were calibrated on {card['rows']['validation']:,} validation rows, all classes alike."


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("`", "'")
