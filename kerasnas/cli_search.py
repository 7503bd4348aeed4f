"""The command ``kerasnas search``: its arguments, and the search that they ask for."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from .errors import SearchError

if TYPE_CHECKING:
    from .search import Search


def add_verb(verbs: Any) -> argparse.ArgumentParser:
    """Add the command to a parser; returns its own."""
    search = verbs.add_parser("search", help="search a model for a table")
    search.add_argument(
        "file",
        help="CSV or Parquet file, a quoted pattern of several, or a folder with one subfolder a class",
    )
    search.add_argument(
        "--target",
        action="append",
        required=True,
        metavar="COLUMN",
        help="column to predict; repeat for several at once, all of numbers or all of yes and no",
    )
    search.add_argument(
        "--problem",
        help="binary, multiclass, ordinal, multilabel or regression; the target tells if not given",
    )
    search.add_argument("--weights", metavar="COLUMN", help="how much each row counts in training")
    search.add_argument(
        "--balanced", action="store_true", help="each class counts as much as any other in training"
    )
    search.add_argument(
        "--unreadable",
        choices=("missing", "error"),
        help="pictures and sounds that cannot be read; missing unless it is most of them",
    )
    search.add_argument(
        "--budget",
        default="10m",
        help="'10m', '50 trials', '200 epochs', or several with commas; default 10m",
    )
    search.add_argument(
        "--metric", help="what judges, e.g. accuracy, roc_auc, macro_f1, rmse, r2, or a scikit-learn scorer"
    )
    search.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column no model may read; repeat for more",
    )
    search.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="COLUMN=KIND",
        help="image, audio, text, numeric, categorical, tags, series or dropped",
    )
    search.add_argument("--group", metavar="COLUMN", help="rows of one group stay on one side of every split")
    search.add_argument("--time", metavar="COLUMN", help="older rows train and the newest judge")
    search.add_argument(
        "--holdout",
        default="0.2",
        help="share of the rows that judges at the end, or the column that says which",
    )
    search.add_argument(
        "--seed", type=int, default=0, help="decides splits, proposals and trainings; default 0"
    )
    search.add_argument("--strategy", help="evolution (default), random, or nsga2 (default with --minimise)")
    search.add_argument(
        "--limit", action="append", default=[], metavar="COST=MOST",
        help="refuse what is over it: parameters, flops, activations, model_size or latency, e.g. latency=5ms; repeat for more",
    )  # fmt: skip
    search.add_argument(
        "--minimise", action="append", default=[], metavar="COST",
        help="a cost that is an objective beside the metric, by the same names; repeat for more",
    )  # fmt: skip
    search.add_argument(
        "--space", action="append", default=[], metavar="PATH=VALUE[,VALUE]",
        help="narrow a decision, e.g. --space text/encoder=tfidf; repeat for more",
    )  # fmt: skip
    search.add_argument("--name", help="a name for people")
    search.add_argument("--out", metavar="BUNDLE", help="where the best model is saved, e.g. best.kn")
    search.add_argument(
        "--image-encoder", metavar="ENCODER", help="a .keras file or the name of a keras.applications model"
    )
    search.add_argument("--text-encoder", metavar="ENCODER", help="a Hugging Face folder")
    search.add_argument(
        "--finalists",
        type=int,
        default=5,
        help="how many are retrained and judged on held-out rows; default 5",
    )
    search.add_argument(
        "--single", action="store_true", help="one network always, never the average of several finalists"
    )
    search.add_argument("--detach", action="store_true", help="start, print the id and return")
    search.add_argument("--no-warm-start", action="store_true", help="do not look at past searches")
    return search  # type: ignore[no-any-return]


def started(given: argparse.Namespace) -> Search:
    """The search that is asked for, started."""
    from .run.budget import Budget
    from .search import Search
    from .task import Task

    budget = Budget.parse(given.budget)
    narrowed = {path: _values(text) for path, text in (_pair(each, "--space") for each in given.space)}
    encoders = {k: v for k, v in (("image", given.image_encoder), ("text", given.text_encoder)) if v}
    target = given.target if len(given.target) > 1 else given.target[0]
    task = Task(
        given.file, target, problem=given.problem, metric=given.metric, weights=given.weights, drop=given.drop, group=given.group, time=given.time,
        class_weights="balanced" if given.balanced else None, unreadable=given.unreadable, holdout=_holdout(given.holdout), seed=given.seed,
        encoders=encoders or None, name=given.name, column_types=dict(_pair(text, "--type") for text in given.type) or None,
    )  # fmt: skip
    if not given.json:
        print(task.describe())
    space = None
    if narrowed:
        from .spaces import multimodal

        space = multimodal(task).restrict(narrowed)
    search = Search(
        task, space, budget=budget, strategy=given.strategy, store=given.store, seed=given.seed, warm_start=not given.no_warm_start,
        finalists=given.finalists, ensemble=not given.single, name=given.name,
        limits=dict(_pair(text, "--limit") for text in given.limit), minimise=given.minimise,
    )  # fmt: skip
    search.start()
    return search


def _pair(text: str, option: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise SearchError(f"{option} wants NAME=VALUE. Received: {text!r}.")
    return key, value


def _values(text: str) -> list[Any]:
    """Options from text: numbers, true, false and null as such, everything else as words."""

    def one(word: str) -> Any:
        try:
            return json.loads(word)
        except ValueError:
            return word

    return [one(word) for word in text.split(",")]


def _holdout(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
