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

from . import cli_bundles, cli_search
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

    search = cli_search.add_verb(verbs)
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
        if verb == "show":
            command.add_argument(
                "--pareto", action="store_true", help="the front of a search with several objectives"
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
    search = cli_search.started(given)
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

    from .run.watch import Watch
    from .search import address

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
            with closing(Watch(where, record.id)) as watch:
                listed.append(
                    {**watch.status(), "name": record.settings.get("name") or tasks[record.task_id].name}
                )
        print(json.dumps(listed))
        return 0
    if not records:
        print(f"No searches in {where} yet.")
        return 0
    rows = [("id", "state", "task", "metric", "best", "trials", "budget", "started")]
    for record in records:
        with closing(Watch(where, record.id)) as watch:
            told = watch.status(size=False)
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
    if given.pareto:
        front = search.pareto()
        print(front.to_json(orient="records") if given.json else front.loc[:, :"origin"].to_string(na_rep=""))
        return 0
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
        "features",
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
        print(board.iloc[:20].loc[:, :"origin"].to_string(na_rep=""))
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


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


VERBS = {
    "search": _search, "runs": _runs, "show": _show, "attach": _attach, "pause": _pause, "resume": _resume, "stop": _stop,
    "delete": _delete, "doctor": _doctor, "predict": cli_bundles.predict, "export": cli_bundles.export, "demo": cli_bundles.demo,
}  # fmt: skip
