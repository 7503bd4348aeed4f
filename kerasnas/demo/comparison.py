"""All modalities against each alone and against a linear probe, on rows that none of them saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .probe import Probe, linear_probe

if TYPE_CHECKING:
    from ..search import Search
    from ..task import Task

DATA = Path(__file__).resolve().parents[2] / "notebooks" / "data" / "openclipart"
EPOCHS, PATIENCE = 25, 5
DEARER = 2  # candidates may cost this many times the default: two cores and three minutes are to see more than a handful


@dataclass(frozen=True)
class Compared:
    """Figures of one comparison; all are accuracies on the held-out rows.

    Attributes:
        search: The search over all modalities.
        multimodal: Its best model.
        single: The best model of each modality alone.
        probe: The linear probe over all modalities.
        rows: How many rows were held out.
    """

    search: Search
    multimodal: float
    single: dict[str, float]
    probe: Probe
    rows: int

    @property
    def best_single(self) -> str:
        """The modality that does best alone."""
        return max(self.single, key=lambda m: self.single[m])

    @property
    def beaten(self) -> bool:
        """Whether all modalities together beat both references."""
        return self.multimodal > max(self.probe.holdout, *self.single.values())


def clipart(seed: int = 0) -> Task:
    """The first task: which of 13 categories a piece of clip art belongs to.

    Raises:
        DataError: As ``_task``.
    """
    return _task("rows.csv", "label", seed, "clip art, 13 categories")


def related(seed: int = 0) -> Task:
    """The second task: other rows, five coarser kinds.

    Raises:
        DataError: As ``_task``.
    """
    return _task("related.csv", "kind", seed, "clip art, 5 kinds")


def _task(file: str, target: str, seed: int, name: str) -> Task:
    """One of the demo's tables; variants of one picture stay on one side.

    Raises:
        DataError: If the data is not there, since it comes with a clone of the project and not with the package.
    """
    from ..errors import DataError
    from ..task import Task

    if not (DATA / file).is_file():
        raise DataError(
            f"The demo's data is not in {DATA}: it comes with a clone of the project. Run `make demo` there."
        )
    return Task(DATA / file, target, group="family", drop=("family",), holdout=0.25, seed=seed, name=name)


def run(
    task: Task,
    space: Any,
    budget: Any,
    store: Path,
    *,
    seed: int,
    progress: bool,
    warm: bool = False,
    finalists: int = 3,
) -> Search:
    """One search, to its end.

    Raises:
        SearchError: If it failed.
    """
    from ..errors import SearchError
    from ..evaluators import FullTraining
    from ..search import Search

    search = Search(
        task,
        space,
        budget=budget,
        seed=seed,
        store=store,
        warm_start=warm,
        finalists=finalists,
        evaluator=FullTraining(EPOCHS, PATIENCE),
        limits={"flops": DEARER * space.cost(space.default()).flops},
    )
    search.start()
    search.wait(progress=progress)
    if search.status["state"] != "finished":
        raise SearchError(
            f"The search {search.id} ended as {search.status['state']}: {search.status['reason']}"
        )
    return search


def compare(
    seed: int, store: Path, *, minutes: float, single_minutes: float, progress: bool, say: Any = print
) -> Compared:
    """Search over all modalities, over each alone, and fit the probe.

    Args:
        seed: Of splits and searches.
        store: Where searches go.
        minutes: For the search over all modalities.
        single_minutes: For each modality alone.
        progress: Whether to show the searches.
        say: Where lines go.
    """
    from .. import spaces
    from ..run.budget import Budget

    task = clipart(seed)
    say(task.describe())
    say(f"\nSearching over {', '.join(task.modalities)} for {minutes:g} minutes.")
    search = run(task, spaces.multimodal(task), Budget(minutes=minutes), store, seed=seed, progress=progress)
    single = {}
    for modality in task.modalities:
        say(f"\nSearching over {modality} alone for {single_minutes:g} minutes.")
        alone = run(
            task,
            spaces.multimodal(task, (modality,)),
            Budget(minutes=single_minutes),
            store,
            seed=seed,
            progress=progress,
        )
        single[modality] = held_out(alone)
    data = task.data()
    return Compared(search, held_out(search), single, linear_probe(data), data.rows("holdout"))


def held_out(search: Search) -> float:
    """The figure of a search's best model on the held-out rows.

    Raises:
        SearchError: If no finalist was judged.
    """
    from ..errors import SearchError

    figure = search.best.holdout
    if figure is None:
        raise SearchError(
            f"The search {search.id} judged no finalist, so it has no held-out figure. Give it more minutes."
        )
    return figure
