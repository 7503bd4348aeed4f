"""Spaces composed from the views of a task: one encoder a modality, a fusion, a head, and the training choices.

Paths do not depend on what else there is to choose: ``image/residual/depth`` is the same decision in a task with and without
a pretrained encoder, so that what one search learned can be told to another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import problems
from ..blocks import (
    addition,
    classification,
    concatenation,
    convolution,
    frozen,
    gated,
    mlp,
    regression,
    residual,
    spectral,
    temporal,
    tfidf,
)
from ..data.views import MODALITIES
from ..errors import SpaceError
from ..space import Block, Choice, Input, IntRange, Space, layers, pick
from .training import training

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from ..data.views import View
    from ..task import Task

WORKING_SIZE = 40  # pixels a side up to which a small ConvNet trains in seconds an epoch on a CPU
MODEST: dict[str, Any] = {"width": Choice(16, 24, 32, default=24), "depth": IntRange(1, 2)}
"""Sizes of a ConvNet of which most candidates cost no more than a few times the default: wider ranges spend a short search on
two or three giants."""

Encoders = dict[str, Callable[[], Any]]


def multimodal(task: Task | TaskData, modalities: Sequence[str] | None = None) -> Space:
    """The space for all that a task offers.

    Each modality has an encoder, chosen among those that its views allow; ``fusion`` joins their vectors where there are
    several, and decides whether to do without one of them: what a modality costs is not always what it tells, and candidates
    that read different things average well. The default candidate is the one that usually does well: frozen features where an
    encoder was given (beside TF-IDF for text), TF-IDF for text without one, small ConvNets for pictures and for the
    spectrograms of sounds, convolutions along series, a two-layer perceptron for the table, and what they all say added up.

    Args:
        task: What to model.
        modalities: Use these only; all that the task has if not given.

    Raises:
        SpaceError: If a modality is asked for that the task does not have.
    """
    views = task.views
    present = [m for m in MODALITIES if any(v.modality == m for v in views.values())]
    asked = (
        present if modalities is None else [modalities] if isinstance(modalities, str) else list(modalities)
    )
    missing = [m for m in asked if m not in present]
    if missing or not asked:
        raise SpaceError(
            f"The task '{task.name}' has no {' or '.join(missing) or 'modality'} to model. It has: {', '.join(present)}."
        )
    chosen = [m for m in MODALITIES if m in asked]
    used = {n: v for n, v in views.items() if v.modality in chosen}
    problem = problems.get(task.problem)

    def model(**given: Any) -> dict[str, Any]:
        joined = _joined(chosen, used, given)
        if problem.numeric:
            return {"value": regression(joined, units=task.outputs, name="head")}
        return {"logits": classification(joined, classes=task.outputs, name="head")}

    inputs = {n: Input(v.shape, v.dtype) for n, v in used.items()}
    space = Space.trace(model, inputs, name="+".join(chosen), training=training)
    return space if problem.smoothed else space.restrict({"training/label_smoothing": [0.0]})


def image(task: Task | TaskData) -> Space:
    """The space over a task's pictures alone."""
    return multimodal(task, ("image",))


def text(task: Task | TaskData) -> Space:
    """The space over a task's texts alone."""
    return multimodal(task, ("text",))


def audio(task: Task | TaskData) -> Space:
    """The space over a task's sounds alone."""
    return multimodal(task, ("audio",))


def series(task: Task | TaskData) -> Space:
    """The space over a task's numbers in a row alone."""
    return multimodal(task, ("series",))


def tabular(task: Task | TaskData) -> Space:
    """The space over a task's numbers, categories and tags alone."""
    return multimodal(task, ("table",))


def _at(block: Block, *scope: str) -> Block:
    """A block whose decisions and layers stand under a scope of their own, wherever it is called."""
    return Block(block.fn, block.name, block.fixed, scope, scope)


def _choose(scope: str, options: Encoders) -> Any:
    """One of several encoders as the decision ``SCOPE/encoder``; where there is one only, just that."""

    def encode(*, encoder: Any) -> Any:
        return pick(encoder)

    def only() -> Any:
        return next(iter(options.values()))()

    if len(options) == 1:
        return Block(only, scope)()
    return _at(Block(encode, scope), scope).using(encoder=Choice(**options))()


def _encode(block: Block, scope: str, name: str, view: Any) -> Any:
    """One view through a block that stands in its modality's scope."""
    return _at(block, scope, name)(view)


def _image(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each picture column."""
    names = sorted({_column(n) for n, v in views.items() if v.modality == "image"})
    vectors = []
    for name in names:
        scope = "image" if len(names) == 1 else f"image/{name}"
        options: Encoders = {}
        if f"{name}_encoder" in views:
            options["frozen"] = partial(_encode, frozen, scope, "frozen", given[f"{name}_encoder"])
        if f"{name}_pixels" in views:
            small = min(views[f"{name}_pixels"].shape[:2])
            sized = residual.using(
                **_resolution(small, fine=not options), stages=2 if small < 16 else 3, **MODEST
            )
            options["residual"] = partial(_encode, sized, scope, "residual", given[f"{name}_pixels"])
        vectors.append(_choose(scope, options))
    return vectors


def _column(view: str) -> str:
    return view.removesuffix("_pixels").removesuffix("_encoder")


def _resolution(side: int, fine: bool) -> dict[str, Any]:
    """One choice of resolution: how far a large picture is shrunk, or the stride of a small one's first convolution.

    Large ones are brought to about ``WORKING_SIZE`` pixels by default; ``fine`` offers one step less, at four times the cost.
    """
    coarse = -(-side // WORKING_SIZE)
    if coarse == 1:
        return {"downscale": None}
    return {"downscale": Choice(coarse, coarse - 1) if fine else coarse, "stride": 2}


def _text(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    def features() -> Any:
        return _at(frozen, "text", "frozen")(given["text_encoder"])

    def words() -> Any:
        return _at(tfidf, "text", "tfidf")(given["text_tfidf"])

    def both() -> Any:
        return layers.Concatenate()([features(), words()])

    def windows() -> Any:
        vocabulary = int(views["text_tokens"].info["vocabulary"])
        return _at(convolution, "text", "convolution")(given["text_tokens"], vocabulary=vocabulary)

    options: Encoders = {}
    if "text_encoder" in views and "text_tfidf" in views:
        options["both"] = both
    if "text_tfidf" in views:
        options["tfidf"] = words
    if "text_encoder" in views:
        options["frozen"] = features
    if "text_tokens" in views:
        options["convolution"] = windows
    return [_choose("text", options)]


def _table(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    categories = given.get("table_categories")
    plain = [given[name] for name in ("table_numbers", "table_tags") if name in given]
    cardinalities = views["table_categories"].info["cardinalities"] if categories is not None else ()
    sized = mlp.using(cardinalities=tuple(int(c) for c in cardinalities))
    if categories is not None:
        sized = sized.using(embedding=Choice(4, 8, 16, default=8))

    def rows() -> Any:
        numbers = layers.Concatenate()(plain) if len(plain) > 1 else plain[0] if plain else None
        return _at(sized, "table", "mlp")(numbers, categories)

    return [_choose("table", {"mlp": rows})]


def _joined(modalities: Sequence[str], views: Mapping[str, View], given: Mapping[str, Any]) -> Any:
    """One vector of all modalities or, as the decision ``fusion/modalities``, of all but one."""

    def one(*read: str) -> Any:
        vectors = [v for m in read for v in ENCODERS[m](views, given)]
        return _fusion(*vectors) if len(vectors) > 1 else vectors[0]

    def fusion(*, modalities: Any) -> Any:
        return pick(modalities)

    if len(modalities) == 1:
        return one(*modalities)
    subsets = [tuple(modalities), *(tuple(m for m in modalities if m != left) for left in modalities)]
    options = {"+".join(subset): partial(one, *subset) for subset in subsets}
    return Block(fusion, "fusion").using(modalities=Choice(**options))()


def _fusion(*vectors: Any) -> Any:
    def fusion(*inside: Any, kind: Any) -> Any:
        return pick(kind, *inside)

    ways = {block.name: _at(block, "fusion", block.name) for block in (addition, concatenation, gated)}
    return _at(Block(fusion, "fusion"), "fusion").using(kind=Choice(**ways))(*vectors)


def _audio(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each sound column."""
    names = sorted(n for n, v in views.items() if v.modality == "audio")
    vectors = []
    for name in names:
        scope = "audio" if len(names) == 1 else f"audio/{name.removesuffix('_mel')}"
        sized = spectral.using(width=MODEST["width"])
        vectors.append(_choose(scope, {"spectral": partial(_encode, sized, scope, "spectral", given[name])}))
    return vectors


def _series(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each column of series: by convolutions along it, or by what stands at each of its places."""
    names = sorted(n for n, v in views.items() if v.modality == "series")
    vectors = []
    for name in names:
        scope = "series" if len(names) == 1 else f"series/{name.removesuffix('_values')}"
        sized = temporal.using(stages=1 if views[name].shape[0] < 8 else 2)
        options: Encoders = {
            "temporal": partial(_encode, sized, scope, "temporal", given[name]),
            "places": partial(_encode, _places, scope, "places", given[name]),
        }
        vectors.append(_choose(scope, options))
    return vectors


def _flat(view: Any) -> Any:
    return mlp(layers.Flatten()(view), None)


_places = Block(_flat, "places")

ENCODERS: dict[str, Callable[..., list[Any]]] = {
    "image": _image,
    "text": _text,
    "table": _table,
    "audio": _audio,
    "series": _series,
}
