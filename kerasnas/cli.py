"""The command ``kerasnas``: search, look, steer and predict from a terminal."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meta_store.errors import StoreError

from . import cli_bundles
from .cli_bundles import json_option as _json
from .errors import KerasnasError, SearchError

if TYPE_CHECKING:
    from .search import Search

EXAMPLE = """\
examples:
  kerasnas search products.csv --target season --budget 10m --out season.kn
  kerasnas predict season.kn new.csv > predictions.csv
  kerasnas runs
  kerasnas attach 7f3a01bc
  kerasnas export season.kn deployed --format onnx

exit status:
  0    done
  1    the search failed or found nothing; doctor found a problem
  2    the command cannot be done as asked; the reason is on the error output
  130  Ctrl-C: the waiting ended; a search goes on
"""


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    root = argparse.ArgumentParser(
        prog="kerasnas", description="Find a good Keras model for rows with pictures, text and numbers.", epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    from . import __version__

    root.add_argument("--version", action="version", version=f"kerasnas {__version__}")
    verbs = root.add_subparsers(dest="verb", metavar="COMMAND", required=True)

    search = verbs.add_parser("search", help="search a model for a table")
    search.add_argument(
        "file",
        help="CSV or Parquet file, a quoted pattern of several, or a folder with one subfolder a class",
    )
    search.add_argument("--target", required=True, help="column to predict")
    search.add_argument(
        "--budget",
        default="10m",
        help="'10m', '50 trials', '200 epochs', or several with commas; default 10m",
    )
    search.add_argument(
        "--metric", help="what judges, e.g. accuracy, roc_auc, macro_f1, log_loss, rmse, mae, r2"
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
    search.add_argument("--strategy", default="evolution", help="evolution (default) or random")
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
    _store(search)
    _json(search)

    runs = verbs.add_parser("runs", help="list the searches of a store")
    _store(runs)
    _json(runs)
    for verb, text in (
        ("show", "state and leaderboard of a search"), ("attach", "watch a search until it ends"),
        ("pause", "let a search stand still"), ("resume", "go on, also with a search whose process died"),
        ("stop", "end a search and judge its finalists"), ("delete", "remove a search that has ended, with its run folder"),
    ):  # fmt: skip
        command = verbs.add_parser(verb, help=text)
        command.add_argument("id", help="the search's id, or the beginning of it")
        _store(command)
        if verb == "resume":
            command.add_argument("--budget", help="a new budget, of the whole search")
        if verb == "stop":
            command.add_argument(
                "--no-finalists", action="store_true", help="do not retrain and judge the best"
            )
        if verb in ("attach", "show"):
            command.add_argument("--out", metavar="BUNDLE", help="where the best model is saved")
        _json(command)

    doctor = verbs.add_parser("doctor", help="what is installed, on which device, with which store")
    _store(doctor)
    _json(doctor)

    cli_bundles.add_verbs(verbs)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit status: 0; 1 where a search failed; 2 where the command cannot be done; 130 after Ctrl-C.
    """
    given = parser().parse_args(arguments)
    try:
        return int(VERBS[given.verb](given))
    except (KerasnasError, StoreError) as error:
        print(f"kerasnas: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"kerasnas: {error.strerror}: {error.filename}" if error.filename else f"kerasnas: {error}",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        return 130


def _store(command: argparse.ArgumentParser) -> None:
    command.add_argument("--store", metavar="PATH", help="the store; KERASNAS_STORE or your own if not given")


def _search(given: argparse.Namespace) -> int:
    from .run.budget import Budget
    from .search import Search
    from .task import Task

    budget = Budget.parse(given.budget)
    narrowed = {path: _values(text) for path, text in (_pair(each, "--space") for each in given.space)}
    encoders = {k: v for k, v in (("image", given.image_encoder), ("text", given.text_encoder)) if v}
    task = Task(
        given.file, given.target, metric=given.metric, drop=given.drop, group=given.group, time=given.time, holdout=_holdout(given.holdout), seed=given.seed,
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
    )  # fmt: skip
    search.start()
    if not given.json:
        print(f"search {search.id} in {search.store}", flush=True)
    if given.detach:
        print(
            json.dumps(search.status)
            if given.json
            else f"It runs on its own: `kerasnas attach {search.id}` shows it, `kerasnas stop {search.id}` ends it."
        )
        return 0
    return _watch(search, given)


def _watch(search: Search, given: argparse.Namespace) -> int:
    """Show a search to its end and say what was found."""
    try:
        if not search.wait(progress=not given.json):
            return 130
    except SearchError as error:
        print(f"kerasnas: {error}", file=sys.stderr)
        return 1
    return _result(search, given.out, as_json=given.json)


def _result(search: Search, out: str | None, *, as_json: bool = False) -> int:
    try:
        best = search.best
    except SearchError as error:
        print(f"kerasnas: {error}", file=sys.stderr)
        return 1
    saved = best.save(out) if out else None
    if as_json:
        told = {**search.status, "metrics": best.metrics, "saved": str(saved) if saved else None}
        print(json.dumps(told))
        return 0
    print(f"best: {best.summary()}")
    if saved:
        print(f"saved: {saved}")
    return 0


def _runs(given: argparse.Namespace) -> int:
    import meta_store

    from .search import Search, address

    where = address(given.store)
    if "://" not in where and not Path(where).exists():
        print("[]" if given.json else f"There is no store at {where} yet: the first search makes it.")
        return 0
    with meta_store.open(where) as store:
        records = store.list_searches()
        tasks = {task.id: task for task in store.list_tasks()}
    if given.json:
        listed = []
        for record in records:
            with closing(Search.attach(record.id, where)) as search:
                listed.append(
                    {**search.status, "name": record.settings.get("name") or tasks[record.task_id].name}
                )
        print(json.dumps(listed))
        return 0
    if not records:
        print(f"No searches in {where} yet.")
        return 0
    rows = [("id", "state", "task", "metric", "best", "trials", "budget", "started")]
    for record in records:
        search = Search.attach(record.id, where)
        told = search.status
        search.close()
        best = "" if told["best"] is None else f"{told['best']['validation']:.4f}"
        if told["final"] is not None and told["final"]["held-out"] is not None:
            best = f"{told['final']['held-out']:.4f} held-out"
        budget = ", ".join(f"{v:g} {k}" for k, v in told["budget"].items())
        begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.created_at))
        name = str(record.settings.get("name") or tasks[record.task_id].name)
        rows.append(
            (record.id, told["state"], name, told["metric"], best, str(told["used"]["trials"]), budget, begun)
        )
    _print_table(rows)
    return 0


def _show(given: argparse.Namespace) -> int:
    search = _find(given)
    told = search.status
    if given.json:
        if told["best"]:
            return _result(search, given.out, as_json=True)
        print(json.dumps(told))
        return 0
    for key in (
        "id",
        "state",
        "reason",
        "doing",
        "trials",
        "used",
        "budget",
        "run_folder",
        "run_folder_mib",
        "store",
    ):
        if told[key]:
            value = told[key] if isinstance(told[key], str) else json.dumps(told[key])
            print(f"{key:<10} {value}")
    board = search.leaderboard()
    if len(board):
        print(board.iloc[:20, :9].to_string(na_rep=""))
    return _result(search, given.out) if told["best"] else 0


def _attach(given: argparse.Namespace) -> int:
    return _watch(_find(given), given)


def _doctor(given: argparse.Namespace) -> int:
    from .doctor import examine, in_words

    found = examine(given.store)
    print(json.dumps(found) if given.json else in_words(found))
    return 1 if found["problems"] else 0


def _pause(given: argparse.Namespace) -> int:
    search = _find(given)
    search.pause()
    return _told(given, search.status, f"search {search.id} stands still from its next batch on")


def _resume(given: argparse.Namespace) -> int:
    search = _find(given)
    search.resume(given.budget)
    return _told(given, search.status, f"search {search.id} goes on")


def _stop(given: argparse.Namespace) -> int:
    search = _find(given)
    search.stop(finalists=not given.no_finalists)
    after = "its finalists are not judged" if given.no_finalists else "then its finalists are judged"
    return _told(given, search.status, f"search {search.id} ends; {after}")


def _delete(given: argparse.Namespace) -> int:
    search = _find(given)
    search_id = search.id
    search.delete()
    return _told(given, {"id": search_id, "deleted": True}, f"search {search_id} is deleted")


def _told(given: argparse.Namespace, told: Mapping[str, Any], line: str) -> int:
    print(json.dumps(told) if given.json else line)
    return 0


def _find(given: argparse.Namespace) -> Search:
    """The search of an id, or of the only id that begins so."""
    import meta_store

    from .search import Search, address

    where = address(given.store)
    if "://" in where or Path(where).exists():
        with meta_store.open(where) as store:
            ids = [record.id for record in store.list_searches()]
        meant = [known for known in ids if known.startswith(given.id)]
        if given.id not in ids and len(meant) == 1:
            return Search.attach(meant[0], where)
    return Search.attach(given.id, where)


def _holdout(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


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


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


VERBS = {
    "search": _search, "runs": _runs, "show": _show, "attach": _attach, "pause": _pause, "resume": _resume, "stop": _stop,
    "delete": _delete, "doctor": _doctor, "predict": cli_bundles.predict, "export": cli_bundles.export, "demo": cli_bundles.demo,
}  # fmt: skip
