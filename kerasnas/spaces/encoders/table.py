"""Tables: what may make a vector of numbers, categories and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...blocks import cross, embeddings, ensemble, ft_transformer, mlp, ramps, resnet_mlp, waves
from ...blocks.tabular.columns import Numbers, ruled
from ...data.views import View
from ...space import Block, Choice, because, layers, note, pick
from ..scopes import Encoders, at, choose

MOST_TOKENS = 48  # columns that a transformer looks at: its cost grows with their square
MOST_CELLS = 1_000_000  # rows times columns of which an epoch of a transformer takes seconds on a CPU
FEWEST_ROWS = 300  # below, a transformer has nothing to learn attention from
MOST_WIDTH = 1024  # of all numbers' embeddings together


def table(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """One vector for all of the table, by the decision ``table/encoder``.

    The decision ``table/numbers/reading`` says how encoders that read one long vector get at the numbers: as their features are, or
    each embedded on its own, by ramps or by waves.
    """
    known = numbers_of(views)
    categories, tags = given.get("table_categories"), given.get("table_tags")
    info = views["table_categories"].info if categories is not None else {}
    cardinalities = tuple(int(c) for c in info.get("cardinalities", ()))
    sizes = Choice("equal", "by_cardinality") if ruled(cardinalities) else "equal"

    def plain() -> list[Any]:
        numbers = [read(given["table_numbers"], known)] if known.ramps else []
        return [*numbers, *([] if tags is None else [tags])]

    def rows() -> Any:
        sized = mlp.using(cardinalities=cardinalities)
        if categories is not None:
            why = f"categories have up to {max(cardinalities)} values"
            sized = sized.using(embedding=because(Choice(4, 8, 16, default=8), why), sizes=sizes)
        return at(sized, "table", "mlp")(_joined(plain()), categories)

    def over(block: Block) -> Callable[[], Any]:
        def encode() -> Any:
            parts = plain()
            if categories is not None:
                sized = embeddings.using(cardinalities=cardinalities, sizes=sizes)
                parts.append(at(sized, "table", "categories")(categories))
            return at(block, "table", block.name)(_joined(parts))

        return encode

    def columns() -> Any:
        fixed: dict[str, Any] = {"known": known, "cardinalities": cardinalities}
        if not known.ramps:
            fixed["reading"] = "ramps"
        return at(ft_transformer.using(**fixed), "table", "transformer")(
            given.get("table_numbers"), categories, tags
        )

    options: Encoders = {
        "mlp": rows,
        "resnet": over(resnet_mlp),
        "ensemble": over(ensemble),
        "cross": over(cross),
    }
    if attends(views, known, len(cardinalities)):
        options["transformer"] = columns
    else:
        note(
            "table/transformer",
            f"not offered: for 2 to {MOST_TOKENS} columns, {FEWEST_ROWS} rows and up to {MOST_CELLS:,} cells",
        )
    return [choose("table", options, {"mlp": 3.0})]


def numbers_of(views: Mapping[str, View]) -> Numbers:
    """Which feature of the numbers is which; where their view does not say, each is a number."""
    if "table_numbers" not in views:
        return Numbers()
    view = views["table_numbers"]
    found = view.info.get("ramps", (0,) * view.shape[0])
    missing = view.info.get("missing", (False,) * len(found))
    return Numbers(tuple(int(r) for r in found), tuple(bool(m) for m in missing))


def attends(views: Mapping[str, View], known: Numbers, categories: int) -> bool:
    """Whether a transformer is offered: several columns, but few enough, and neither too few rows nor too many."""
    tokens = len(known.ramps) + categories + ("table_tags" in views)
    rows = max((int(v.info.get("rows", 0)) for v in views.values()), default=0)
    return 2 <= tokens <= MOST_TOKENS and (not rows or rows >= FEWEST_ROWS) and rows * tokens <= MOST_CELLS


def read(numbers: Any, known: Numbers) -> Any:
    """The numbers as one vector, by the decision ``table/numbers/reading``; as they are, where there are too many to embed."""
    widths = [width for width in (4, 8, 16) if width * len(known.ramps) <= MOST_WIDTH]
    if not widths:
        return numbers
    chosen = Choice(*widths, default=8 if 8 in widths else widths[0])

    def reading(x: Any, *, reading: Any) -> Any:
        return pick(reading, x)

    options: dict[str, Any] = {"features": None}
    for block in (ramps, waves) if any(known.ramps) else (waves,):
        options[block.name] = at(block.using(known=known, width=chosen), "table", "numbers", block.name)
    return at(Block(reading, "numbers"), "table", "numbers").using(reading=Choice(**options))(numbers)


def _joined(parts: list[Any]) -> Any:
    return layers.Concatenate()(parts) if len(parts) > 1 else parts[0] if parts else None
