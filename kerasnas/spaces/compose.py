"""Spaces composed from the views of a task: one encoder a modality, a fusion, a head, and the training choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..blocks import classification, concatenation, convolution, frozen_image, frozen_text, gated, mlp, regression, residual, tfidf
from ..blocks.text.frozen import frozen_and_tfidf
from ..errors import SpaceError
from ..space import Block, Choice, Input, Space, pick
from .training import training

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from ..data.views import View
    from ..task import Task

MODALITIES = ("image", "text", "table")
WORKING_SIZE = 40  # pixels a side up to which a small ConvNet trains in seconds an epoch on a CPU


def multimodal(task: Task | TaskData, modalities: Sequence[str] | None = None) -> Space:
    """The space for all that a task offers.

    Each modality has an encoder, chosen among those that its views allow; ``fusion`` joins their vectors where there are
    several. The default candidate is the one that usually does well: frozen features where an encoder was given, TF-IDF for text, a small
    ConvNet for pictures, a two-layer perceptron for the table, side by side.

    Args:
        task: What to model.
        modalities: Use these only; all that the task has if not given.

    Raises:
        SpaceError: If a modality is asked for that the task does not have.
    """
    views = task.views
    present = [m for m in MODALITIES if any(v.modality == m for v in views.values())]
    chosen = list(present if modalities is None else modalities)
    missing = [m for m in chosen if m not in present]
    if missing or not chosen:
        raise SpaceError(f"The task '{task.name}' has no {missing or 'modality'} to model. It has: {present}.")
    used = {n: v for n, v in views.items() if v.modality in chosen}

    def model(**given: Any) -> dict[str, Any]:
        vectors = [v for m in chosen for v in ENCODERS[m](used, given)]
        joined = _fusion(*vectors) if len(vectors) > 1 else vectors[0]
        if task.problem == "regression":
            return {"value": regression(joined, name="head")}
        return {"logits": classification(joined, classes=task.outputs, name="head")}

    inputs = {n: Input(v.shape, v.dtype) for n, v in used.items()}
    space = Space.trace(model, inputs, name="+".join(chosen), training=training)
    return space.restrict({"training/label_smoothing": [0.0]}) if task.problem == "regression" else space


def image(task: Task | TaskData) -> Space:
    """The space over a task's pictures alone."""
    return multimodal(task, ("image",))


def text(task: Task | TaskData) -> Space:
    """The space over a task's texts alone."""
    return multimodal(task, ("text",))


def tabular(task: Task | TaskData) -> Space:
    """The space over a task's numbers and categories alone."""
    return multimodal(task, ("table",))


def _chosen(name: str, options: Mapping[str, Callable[[], Any]]) -> Any:
    """One of several encoders as a decision ``NAME/encoder``; where there is one only, just that."""

    def encode(*, encoder: Any) -> Any:
        return pick(encoder)

    def only() -> Any:
        return next(iter(options.values()))()

    if len(options) == 1:
        return Block(only, name)()
    return Block(encode, name).using(encoder=Choice(**options))()


def _image(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each picture column."""
    vectors = []
    pixels = [n for n in views if n.endswith("_pixels")]
    frozen = [n for n in views if views[n].modality == "image" and n.endswith("_encoder")]
    for name in pixels:
        options: dict[str, Callable[[], Any]] = {}
        stem = name.removesuffix("_pixels")
        for feature in frozen:
            if len(pixels) == 1 or feature == f"{stem}_encoder":
                options["frozen"] = lambda feature=feature: frozen_image(given[feature])
        height = min(views[name].shape[0], views[name].shape[1])
        options["residual"] = lambda name=name, height=height: residual(given[name], downscale=_downscale(height), stages=_stages(height))
        vectors.append(_chosen(stem if stem == "image" else f"image/{stem}", options))
    return vectors or [_chosen("image", {"frozen": lambda: frozen_image(given[frozen[0]])})]


def _downscale(height: int) -> Any:
    """How far pictures may be shrunk: the default works at about ``WORKING_SIZE`` pixels, one step finer is a choice."""
    coarse = max(1, -(-height // WORKING_SIZE))
    return Choice(coarse, coarse - 1) if coarse > 1 else 1


def _stages(height: int) -> int:
    return 2 if height < 16 else 3


def _text(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    options: dict[str, Callable[[], Any]] = {}
    if "text_encoder" in views and "text_tfidf" in views:
        options["both"] = lambda: frozen_and_tfidf(given["text_encoder"], given["text_tfidf"])
    if "text_tfidf" in views:
        options["tfidf"] = lambda: tfidf(given["text_tfidf"])
    if "text_encoder" in views:
        options["frozen"] = lambda: frozen_text(given["text_encoder"])
    if "text_tokens" in views:
        vocabulary = int(views["text_tokens"].info["vocabulary"])
        options["convolution"] = lambda: convolution(given["text_tokens"], vocabulary=vocabulary)
    return [_chosen("text", options)]


def _table(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    cardinalities = views["table_categories"].info["cardinalities"] if "table_categories" in views else ()

    def perceptron() -> Any:
        numbers, categories = given.get("table_numbers"), given.get("table_categories")
        fixed = {"embedding": Choice(4, 8, 16, default=8)} if categories is not None else {}
        return mlp(numbers, categories, cardinalities=tuple(int(c) for c in cardinalities), **fixed)

    return [_chosen("table", {"mlp": perceptron})]


def _fusion(*vectors: Any) -> Any:
    def fusion(*inside: Any, kind: Any = Choice(concatenation=concatenation, gated=gated)) -> Any:
        return pick(kind, *inside)

    return Block(fusion, "fusion")(*vectors)


ENCODERS: dict[str, Callable[..., list[Any]]] = {"image": _image, "text": _text, "table": _table}
