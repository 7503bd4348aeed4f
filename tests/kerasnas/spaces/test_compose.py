"""Spaces composed from views: what is offered, what it is called, and that it lowers the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kerasnas import spaces
from kerasnas.data.views import View
from kerasnas.errors import SpaceError
from kerasnas.testing.blocks import check_block

VIEWS = {
    "image_pixels": View("image_pixels", "image", (16, 16, 3), "uint8"),
    "image_encoder": View("image_encoder", "image", (12,), "float32"),
    "text_tfidf": View("text_tfidf", "text", (20,), "float32", {}, True),
    "text_tokens": View("text_tokens", "text", (9,), "int32", {"vocabulary": 30}),
    "text_encoder": View("text_encoder", "text", (10,), "float32"),
    "table_numbers": View("table_numbers", "table", (5,), "float32"),
    "table_categories": View("table_categories", "table", (2,), "int32", {"cardinalities": [3, 4]}),
}
INTEGERS = {"image_pixels": (0, 255), "text_tokens": (0, 30), "table_categories": (0, 3)}


@dataclass
class FakeTask:
    """What a space reads of a task."""

    views: dict[str, View]
    problem: str = "multiclass"
    outputs: int = 3
    name: str = "fake"


def task(*names: str, **options: object) -> FakeTask:
    return FakeTask({n: VIEWS[n] for n in names or VIEWS}, **options)  # type: ignore[arg-type]


def test_all_modalities_lower_the_same_everywhere() -> None:
    checked = check_block(spaces.multimodal(task()), samples=6, numbers=INTEGERS)
    assert checked.genotypes == 7


@pytest.mark.parametrize(
    ("names", "space"),
    [
        (("image_pixels",), spaces.image),
        (("text_tfidf", "text_tokens"), spaces.text),
        (("table_numbers",), spaces.tabular),
        (("table_categories",), spaces.tabular),
    ],
    ids=["image", "text", "numbers", "categories"],
)
def test_one_modality_alone(names: tuple[str, ...], space: object) -> None:
    made = space(task(*names))  # type: ignore[operator]
    assert set(made.inputs) == set(names)
    assert not any(path.startswith("fusion") for path in made.decisions)
    check_block(made, samples=2, numbers=INTEGERS)


def test_regression_gives_a_value() -> None:
    space = spaces.multimodal(task("table_numbers", problem="regression", outputs=1))
    assert set(space.build(space.default()).output) == {"value"}
    assert space.decisions["training/label_smoothing"].options == (0.0,)


def test_classification_gives_logits() -> None:
    space = spaces.multimodal(task("table_numbers"))
    assert set(space.build(space.default()).output) == {"logits"}


def test_paths_do_not_depend_on_the_other_options() -> None:
    bare, rich = (
        spaces.multimodal(task("image_pixels", "text_tfidf", "table_numbers")),
        spaces.multimodal(task()),
    )
    lost = set(bare.decisions) - set(rich.decisions)
    assert not lost
    assert {
        "image/encoder",
        "text/encoder",
        "image/residual/depth",
        "text/tfidf/units",
        "fusion/kind",
        "fusion/modalities",
        "training/learning_rate",
    } <= set(rich.decisions)


def test_features_of_a_given_encoder_are_the_default_with_the_words_beside() -> None:
    default = spaces.multimodal(task()).default()
    assert (default["image/encoder"], default["text/encoder"]) == ("frozen", "both")
    plan = spaces.multimodal(task()).plan(default)
    assert set(plan.inputs) == {
        "image_encoder",
        "text_encoder",
        "text_tfidf",
        "table_numbers",
        "table_categories",
    }


def test_a_choice_shared_by_two_encoders_is_one_decision() -> None:
    space = spaces.multimodal(task("text_tfidf", "text_encoder"))
    both = {**space.default(), "text/tfidf/units": 64}
    alone = {p: v for p, v in both.items() if not p.startswith("text/frozen")} | {"text/encoder": "tfidf"}
    assert space.validate(both)["text/tfidf/units"] == space.validate(alone)["text/tfidf/units"] == 64


def test_a_candidate_may_do_without_one_modality() -> None:
    space = spaces.multimodal(task())
    assert space.default()["fusion/modalities"] == "image+text+table"
    assert space.decisions["fusion/modalities"].options == (
        "image+text+table",
        "text+table",
        "image+table",
        "image+text",
    )
    without = space.restrict({"fusion/modalities": ["text+table"]}).default()
    assert not any(path.startswith("image") for path in without)
    assert set(space.plan(without).inputs) == {
        "text_encoder",
        "text_tfidf",
        "table_numbers",
        "table_categories",
    }
    two = spaces.multimodal(task(), ("text", "table")).restrict({"fusion/modalities": ["table"]}).default()
    assert not any(path.startswith(("text", "fusion/kind")) for path in two)


def test_modalities_can_be_left_out() -> None:
    space = spaces.multimodal(task(), ("text", "table"))
    assert not any(path.startswith("image") for path in (*space.decisions, *space.inputs))
    assert spaces.multimodal(task(), "text").fingerprint == spaces.text(task()).fingerprint


def test_several_picture_columns() -> None:
    views = {
        "front_pixels": View("front_pixels", "image", (16, 16, 3), "uint8"),
        "front_encoder": View("front_encoder", "image", (12,), "float32"),
        "back_pixels": View("back_pixels", "image", (64, 48, 1), "uint8"),
    }
    space = spaces.multimodal(FakeTask(views))
    assert space.decisions["image/front/encoder"].options[:2] == ("frozen", "residual")
    assert "image/back/residual/downscale" in space.decisions
    assert "image/front/residual/stride" in space.decisions
    check_block(space, samples=2, numbers={"front_pixels": (0, 255), "back_pixels": (0, 255)})


@pytest.mark.parametrize(("side", "options"), [(28, None), (64, (2, 1)), (96, (3, 2)), (224, (6, 5))])
def test_resolution_is_a_choice_for_large_pictures(side: int, options: tuple[int, ...] | None) -> None:
    views = {"image_pixels": View("image_pixels", "image", (side, side, 3), "uint8")}
    found = spaces.image(FakeTask(views)).decisions.get("image/residual/downscale")
    assert (found.options if found else None) == options


def test_beside_an_encoder_a_convnet_looks_at_large_pictures_coarsely_only() -> None:
    views = {
        "image_pixels": View("image_pixels", "image", (64, 64, 3), "uint8"),
        "image_encoder": View("image_encoder", "image", (12,), "float32"),
    }
    assert "image/residual/downscale" not in spaces.image(FakeTask(views)).decisions


def test_a_modality_that_is_not_there() -> None:
    with pytest.raises(
        SpaceError, match=r"The task 'fake' has no audio to model. It has: image, text, table\."
    ):
        spaces.multimodal(task(), ("text", "audio"))


def test_the_same_task_gives_the_same_space() -> None:
    assert spaces.multimodal(task()).fingerprint == spaces.multimodal(task()).fingerprint


def test_tags_and_series() -> None:
    views = {
        "table_tags": View("table_tags", "table", (7,), "float32", {}, True),
        "table_categories": VIEWS["table_categories"],
        "series_values": View("series_values", "series", (12, 2), "float32"),
    }
    space = spaces.multimodal(FakeTask(views))
    sequences = ("temporal", "places", "dilated", "recurrent", "transformer")
    assert space.decisions["series/encoder"].options == sequences
    assert space.default()["fusion/modalities"] == "table+series"
    check_block(space, samples=4, numbers=INTEGERS)
    both = spaces.tabular(FakeTask({"table_numbers": VIEWS["table_numbers"], **views}))
    assert set(both.plan(both.default()).inputs) == {"table_numbers", "table_tags", "table_categories"}
    assert not any(path.startswith("series") for path in both.decisions)
    two = {name: View(name, "series", (5, 2), "float32") for name in ("a_values", "b_values")}
    space = spaces.series(FakeTask(two))
    assert "series/a/encoder" in space.decisions
    check_block(space, samples=2)


def test_a_space_says_why_its_choices_are_bounded() -> None:
    space = spaces.multimodal(task())
    assert "up to 4 values" in space.reasons["table/mlp/embedding"]
    assert "30 words" in space.reasons["text/convolution"]
    text = space.describe()
    assert "default 8 (categories have up to 4 values)" in text
    assert "text/convolution: 30 words" in text
    assert space.restrict({"table/mlp/embedding": [4]}).reasons == space.reasons


def test_picture_networks_are_sized_by_the_pictures() -> None:
    def options(shape: tuple[int, int, int], **info: object) -> tuple[object, ...]:
        space = spaces.image(FakeTask({"image_pixels": View("image_pixels", "image", shape, "uint8", info)}))
        default = space.default()
        costs = [space.cost(space.sample(seed)).flops for seed in range(60)]
        assert np.median(costs) < 3 * space.cost(default).flops
        assert np.quantile(costs, 0.9) < 10 * space.cost(default).flops
        assert (default["image/encoder"], default["image/residual/augment"]) == ("residual", "shift")
        assert not any("flip" in str(v) for v in default.values())
        coloured = "flip_and_colour" in space.decisions["image/residual/augment"].options
        assert coloured is (shape[-1] == 3)
        return space.decisions["image/encoder"].options

    every = ("residual", "resnet", "mbconv", "separable", "convnext", "hybrid", "vit")
    assert (
        options((8, 8, 1)) == options((28, 28, 1)) == options((64, 64, 3)) == options((224, 224, 3)) == every
    )
    assert "vit" not in options((32, 32, 3), rows=400)


@pytest.mark.parametrize("shape", [(8, 8, 1), (96, 80, 3)])
def test_picture_spaces_lower_the_same_everywhere(shape: tuple[int, int, int]) -> None:
    views = {"image_pixels": View("image_pixels", "image", shape, "uint8")}
    check_block(spaces.image(FakeTask(views)), samples=2, numbers=INTEGERS)


def test_an_encoder_is_trained_further_where_that_is_affordable(tmp_path: Path) -> None:
    import keras

    pixels = keras.Input((12, 12, 3))
    path = str(tmp_path / "encoder.keras")
    keras.Model(pixels, keras.layers.Conv2D(4, 3)(pixels)).save(path)

    def views(rows: int) -> dict[str, View]:
        about = {"path": path, "input_shape": [12, 12, 3], "flops": 10**6}
        return {
            "image_pixels": View("image_pixels", "image", (16, 16, 1), "uint8", {"rows": rows}),
            "image_encoder": View("image_encoder", "image", (4,), "float32", about),
        }

    space = spaces.image(FakeTask(views(2000)))
    assert space.default()["image/encoder"] == "frozen"
    assert space.decisions["training/backbone_rate"].default == 0.1
    tuned = space.restrict({"image/encoder": ["backbone"]})
    assert tuned.decisions["image/backbone/tune"].options == ("last", True)
    check_block(tuned, samples=2, numbers=INTEGERS)
    dear = spaces.image(FakeTask(views(10**7)))
    assert "backbone" not in dear.decisions["image/encoder"].options
    assert "training/backbone_rate" not in dear.decisions


@pytest.mark.parametrize(
    ("names", "offered"),
    [
        (("image_pixels",), True),
        (("image_pixels", "image_encoder", "table_numbers"), True),
        (("image_pixels", "table_categories"), False),
        (("image_pixels", "text_tokens"), False),
        (("table_numbers",), False),
    ],
)
def test_rows_are_mixed_where_there_are_pictures_and_nothing_without_halves(
    names: tuple[str, ...], offered: bool
) -> None:
    space = spaces.multimodal(task(*names))
    assert ("training/mix" in space.decisions) is offered
    assert space.plan(space.default()).settings["mix"] == "none"


@pytest.mark.parametrize("position", ["vectors", "inputs"])
def test_early_and_late_positions_read_what_they_are_told(position: str) -> None:
    space = spaces.multimodal(task())
    for subset, views in (
        ("image+text", {"image_encoder", "text_encoder"}),
        ("text+table", {"text_encoder", "table_numbers", "table_categories"}),
    ):
        wish = {
            **space.default(),
            "fusion/modalities": subset,
            "fusion/position": position,
            "text/encoder": "frozen",
        }
        genotype, _ = space.adapt(wish)
        assert set(space.plan(genotype).inputs) == views
        assert any(path.startswith("fusion/inputs/") for path in genotype) == (position == "inputs")


def test_pixels_alone_are_never_joined_early() -> None:
    space = spaces.multimodal(task("image_pixels", "text_tfidf", "table_numbers"))
    genotype, _ = space.adapt({**space.default(), "fusion/modalities": "text+table"})
    assert "fusion/position" in genotype
    assert "fusion/position" not in space.default()


@pytest.mark.parametrize("kind", ["bilinear", "attention", "film", "late"])
def test_every_fusion_of_three_modalities_with_dropout(kind: str) -> None:
    space = spaces.multimodal(task("image_encoder", "text_encoder", "table_numbers"))
    wish = {**space.default(), "fusion/kind": kind, "fusion/modality_dropout": 0.3}
    genotype, _ = space.adapt(wish)
    assert genotype["fusion/kind"] == kind
    assert any("modality_dropout" in type(x).__module__ for x in space.build(genotype)._flatten_layers())
    assert "head/rate" not in genotype or kind != "late"


def test_a_modality_that_rows_lack_has_a_stand_in() -> None:
    def lacking(name: str) -> View:
        view = VIEWS[name]
        return View(
            view.name, view.modality, view.shape, view.dtype, {**view.info, "lacking": 3}, view.sparse
        )

    views = {**VIEWS, "image_encoder": lacking("image_encoder"), "text_tfidf": lacking("text_tfidf")}
    space = spaces.multimodal(FakeTask(views))
    source = space.source(space.default())
    assert source.count("StandIn(name=") == 1  # one function, called twice
    assert set(space.decisions) == set(spaces.multimodal(task()).decisions)
    check_block(space, samples=2, numbers=INTEGERS)


def test_what_reads_sounds_and_words() -> None:
    views = {
        "audio_mel": View("audio_mel", "audio", (32, 16, 1), "uint8"),
        "text_tokens": View("text_tokens", "text", (200,), "int32", {"vocabulary": 9}),
    }
    space = spaces.multimodal(FakeTask(views))
    assert space.decisions["audio/encoder"].options == ("spectral", "crnn", "cepstral")
    assert space.decisions["text/encoder"].options == ("convolution", "bag", "recurrent", "transformer")
    genotype, _ = space.adapt({"text/encoder": "recurrent", "fusion/modalities": "text"})
    assert "strides=3" in space.source(genotype)  # 200 words are too many to be read one by one
