"""Frozen encoders, each rebuilt small: a BERT of two units against NumPy, and Keras files made here."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasnas.data import Preprocessor, TaskData
from kerasnas.data.encoders import Encoder, resolve
from kerasnas.data.feature_notes import read
from kerasnas.errors import DataError, EncoderError
from kerasnas.task import Task

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "cat",
    "dog",
    "owl",
    "went",
    "home",
    "and",
    "slept",
    "number",
]
WIDTH, HEADS, INNER, LONGEST = 8, 2, 16, 32


def bert_weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (LONGEST, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for index in range(2):
        for part, inputs, outputs in (
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", WIDTH, INNER),
            ("output.dense", INNER, WIDTH),
        ):
            shapes[f"encoder.layer.{index}.{part}.weight"] = (outputs, inputs)
            shapes[f"encoder.layer.{index}.{part}.bias"] = (outputs,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{index}.{part}.weight"] = (WIDTH,)
            shapes[f"encoder.layer.{index}.{part}.bias"] = (WIDTH,)
    return {name: rng.normal(scale=0.5, size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    from safetensors.numpy import save_file

    folder = tmp_path / "tiny-bert"
    (folder / "1_Pooling").mkdir(parents=True)
    config = {
        "model_type": "bert",
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "vocab_size": len(WORDS),
        "max_position_embeddings": LONGEST,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "type_vocab_size": 2,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    save_file({f"bert.{name}": array for name, array in bert_weights().items()}, folder / "model.safetensors")
    return folder


def by_numpy(words: list[str]) -> np.ndarray:
    """The mean token feature of one text, straight from the paper."""
    weights = bert_weights()
    ids = [2, *(WORDS.index(word) if word in WORDS else 1 for word in words), 3]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        middle = x - x.mean(axis=-1, keepdims=True)
        unit = middle / np.sqrt((middle**2).mean(axis=-1, keepdims=True) + 1e-12)
        return unit * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    x = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][: len(ids)]
    )
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for index in range(2):
        stem = f"encoder.layer.{index}"
        mixed = []
        for head in range(HEADS):
            part = slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS)
            q, k, v = (
                dense(x, f"{stem}.attention.self.{name}")[:, part] for name in ("query", "key", "value")
            )
            scores = np.exp(q @ k.T / math.sqrt(WIDTH // HEADS))
            mixed.append(scores / scores.sum(axis=1, keepdims=True) @ v)
        x = norm(
            x + dense(np.concatenate(mixed, axis=1), f"{stem}.attention.output.dense"),
            f"{stem}.attention.output.LayerNorm",
        )
        inner = dense(x, f"{stem}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + dense(inner, f"{stem}.output.dense"), f"{stem}.output.LayerNorm")
    return x.mean(axis=0)


def test_bert_equals_its_definition(bert: Path) -> None:
    encoder = resolve({"text": bert})["text"]
    assert (encoder.features, encoder.modality) == (WIDTH, "text")
    texts = ["a cat went home", "dog", "a cat went home", "an unknown owl and " + "a dog " * 7]
    found = encoder.encode(texts)
    for text, vector in zip(texts, found, strict=True):
        assert np.abs(vector - by_numpy(text.split())).max() < 1e-4
    assert np.array_equal(found[0], found[2])


def test_a_text_reads_the_same_in_any_company(bert: Path) -> None:
    encoder = resolve({"text": bert})["text"]
    many = encoder.encode([f"a cat {'went home ' * (i % 9)}" for i in range(40)])
    assert np.abs(encoder.encode(["a cat went home "]) - many[1]).max() < 1e-5


def test_texts_longer_than_the_model_are_cut(bert: Path) -> None:
    assert np.isfinite(resolve({"text": bert})["text"].encode(["cat " * 500])).all()


def test_pooling_is_as_the_folder_says(bert: Path) -> None:
    mean = resolve({"text": bert})["text"].encode(["a cat", "owl"])
    (bert / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Normalize"}]))
    unit = resolve({"text": bert})["text"].encode(["a cat", "owl"])
    assert np.allclose(unit, mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-6)
    (bert / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert not np.allclose(resolve({"text": bert})["text"].encode(["a cat", "owl"]), unit, atol=1e-3)


@pytest.fixture
def convolution(tmp_path: Path) -> Path:
    import keras

    keras.utils.set_random_seed(0)
    pixels = keras.Input((10, 14, 3))
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Conv2D(6, 3, activation="relu")(x)
    path = tmp_path / "encoder.keras"
    keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(x)).save(path)
    keras.Model(pixels, x).save(tmp_path / "maps.keras")
    return path


def test_an_image_encoder_decides_the_size_and_maps_are_averaged(convolution: Path) -> None:
    encoder = resolve({"image": convolution})["image"]
    assert (encoder.input_shape, encoder.features) == ((10, 14, 3), 6)
    pictures = np.random.default_rng(0).integers(0, 256, (5, 10, 14, 3)).astype(np.uint8)
    found = encoder.encode(pictures)
    maps = resolve({"image": convolution.with_name("maps.keras")})["image"].encode(pictures)
    assert found.shape == (5, 6)
    assert np.allclose(found, maps, atol=1e-5)


@pytest.fixture
def both(mixed: pd.DataFrame, bert: Path, convolution: Path) -> Task:
    return Task(mixed, "animal", encoders={"image": convolution, "text": str(bert)})


def test_frozen_views_have_mean_square_one_and_zeros_where_nothing_is(
    both: Task, mixed: pd.DataFrame
) -> None:
    assert both.views["image_encoder"].shape == (6,)
    assert both.views["text_encoder"].shape == (WIDTH,)
    found = both.preprocessor.transform(mixed, ["image_encoder", "text_encoder"])
    for view, column in (("image_encoder", "photo"), ("text_encoder", "story")):
        squares = (found[view] ** 2).mean(axis=1)
        assert np.allclose(squares, mixed[column].notna(), atol=1e-4)


def test_features_are_computed_once_and_cached(
    both: Task, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for cls in {
        type(adapter.encoder)
        for adapter in both.preprocessor.adapters.values()
        if hasattr(adapter, "encoder")
    }:
        original = cls.encode

        def counted(self: Encoder, raw: object, original: Callable[..., np.ndarray] = original) -> np.ndarray:
            calls.append(self.modality)
            return original(self, raw)

        monkeypatch.setattr(cls, "encode", counted)
    names = ["image_encoder", "text_encoder"]
    both.spool(tmp_path / "one")
    assert calls == []
    first = TaskData.open(tmp_path / "one").inputs(names, "validation")
    assert calls == ["image", "text"]
    assert not list((tmp_path / "one" / "raw").glob("*_encoder.npy"))
    again = TaskData.open(tmp_path / "one").inputs(names, "validation")
    both.spool(tmp_path / "two")
    second = TaskData.open(tmp_path / "two").inputs(names, "validation")
    inside = both.data().inputs(names, "validation")
    assert calls == ["image", "text"]
    for name in names:
        assert all(np.array_equal(first[name], other[name]) for other in (again, second, inside))
    assert len(list((cache / "features").rglob("*.npy"))) == 2


def test_it_is_said_where_features_come_from(
    both: Task, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kerasnas.data")
    name = both.views["text_encoder"].info["encoder"]
    both.spool(tmp_path / "one")
    assert read(tmp_path / "one") == []
    TaskData.open(tmp_path / "one").inputs(["text_encoder"], "train")
    (note,) = read(tmp_path / "one")
    assert (note.view, note.encoder, note.rows, note.state) == ("text_encoder", name, 120, "computed")
    assert str(note) == (
        f"text/{name} features: computed in {note.seconds:.1f} s (120 rows), kept for the next search"
    )
    assert f"text/{name} features: being computed (120 rows)" in caplog.text
    both.spool(tmp_path / "two")
    assert [str(note) for note in read(tmp_path / "two")] == [
        f"text/{name} features: from the cache (120 rows)"
    ]
    caplog.clear()
    both.data().array("text_encoder")
    assert "from the cache" in caplog.text


def test_another_seed_shares_the_cached_features(
    both: Task, mixed: pd.DataFrame, bert: Path, cache: Path
) -> None:
    both.data().array("text_encoder")
    other = Task(mixed, "animal", seed=5, encoders={"text": bert})
    rows, order = other.data().array("text_encoder"), other.splits.order
    assert len(list((cache / "features").rglob("*.npy"))) == 1
    assert np.allclose(
        rows, other.preprocessor.transform(mixed.iloc[order], ["text_encoder"])["text_encoder"], atol=1e-5
    )


def test_a_saved_folder_holds_its_encoders(
    both: Task, mixed: pd.DataFrame, bert: Path, convolution: Path, tmp_path: Path
) -> None:
    names = ["image_encoder", "text_encoder"]
    expected = both.preprocessor.transform(mixed, names)
    both.preprocessor.save(tmp_path / "here", names)
    (tmp_path / "here").rename(tmp_path / "there")
    for path in (bert, convolution):
        path.rename(path.with_name("gone" + path.suffix))
    loaded = Preprocessor.load(tmp_path / "there").transform(mixed, names)
    assert all(np.array_equal(expected[name], loaded[name]) for name in names)
    assert str(tmp_path) not in (tmp_path / "there" / "preprocessing.json").read_text()


def test_an_encoder_outside_of_a_saved_folder_is_not_opened(both: Task, tmp_path: Path) -> None:
    both.preprocessor.save(tmp_path / "p", ["text_encoder"])
    data = json.loads((tmp_path / "p" / "preprocessing.json").read_text())
    for path in ("../tiny-bert", str(tmp_path / "tiny-bert")):
        data["adapters"][0]["data"]["encoder"]["path"] = path
        (tmp_path / "p" / "preprocessing.json").write_text(json.dumps(data))
        with pytest.raises(DataError, match="names an encoder outside of it"):
            Preprocessor.load(tmp_path / "p")


def test_changed_files_are_noticed(both: Task, bert: Path, tmp_path: Path) -> None:
    (bert / "vocab.txt").write_text("\n".join(["[PAD]", *reversed(WORDS[1:])]))
    with pytest.raises(EncoderError, match="have changed since the task was made"):
        both.preprocessor.save(tmp_path / "p")
    with pytest.raises(EncoderError, match="have changed since the task was made"):
        both.data().array("text_encoder")


def test_an_encoder_without_a_column_is_noted(mixed: pd.DataFrame, convolution: Path) -> None:
    task = Task(mixed.drop(columns="photo"), "animal", encoders={"image": convolution})
    assert "the image encoder is not used: no column holds pictures" in task.notes


def test_a_keras_file_with_a_tokenizer(bert: Path) -> None:
    import keras

    ids, mask = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(len(WORDS), 5)(ids)
    keras.Model([ids, mask], x * keras.ops.cast(mask[..., None], "float32")).save(bert / "encoder.keras")
    for name in ("config.json", "model.safetensors"):
        (bert / name).unlink()
    encoder = resolve({"text": bert})["text"]
    assert encoder.features == 5
    assert encoder.encode(["a cat", "owl"]).shape == (2, 5)


def test_a_network_of_keras_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    real = keras.applications.MobileNetV2

    def offline(**_: object) -> object:
        raise OSError("no route to host")

    monkeypatch.setattr(keras.applications, "MobileNetV2", offline)
    with pytest.raises(
        EncoderError,
        match=r"weights of keras.applications.MobileNetV2 could not be fetched \(OSError: no route",
    ):
        resolve({"image": "MobileNetV2"})

    def small(**options: object) -> object:
        return real(**{**options, "weights": None, "alpha": 0.35})

    monkeypatch.setattr(keras.applications, "MobileNetV2", small)
    encoder = resolve({"image": "MobileNetV2"})["image"]
    assert (encoder.input_shape, encoder.features) == ((96, 96, 3), 1280)
    assert np.isfinite(encoder.encode(np.full((2, 96, 96, 3), 200, np.uint8))).all()


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (
            {"audio": "x.keras"},
            r"Invalid key in `encoders`. Expected one of \('image', 'text'\). Received: 'audio'",
        ),
        ({"image": "absent.keras"}, "No such encoder file. Received: absent.keras"),
        (
            {"image": "NoSuchNet"},
            "Unknown image encoder. Expected a '.keras' file or one of keras.applications: .*'NoSuchNet'",
        ),
        ({"text": "./absent"}, "No such folder for a text encoder. Received: './absent'"),
    ],
)
def test_unknown_encoders(named: dict[str, str], message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        resolve(named)


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def offline(*_: object, **__: object) -> str:
        raise OSError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(
        EncoderError, match="'someone/model' is neither a folder nor can it be fetched from the hub"
    ):
        resolve({"text": "someone/model"})


def test_folders_that_are_no_encoder(bert: Path) -> None:
    config = json.loads((bert / "config.json").read_text())
    (bert / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(EncoderError, match=r"type 'gpt2' are not supported. Supported: bert"):
        resolve({"text": bert})
    (bert / "config.json").write_text(json.dumps({**config, "hidden_act": "mish"}))
    with pytest.raises(EncoderError, match=r"Unknown activation in config.json.*'mish'"):
        resolve({"text": bert})["text"].encode(["a"])
    (bert / "config.json").write_text(json.dumps({**config, "intermediate_size": 99}))
    with pytest.raises(
        EncoderError, match=r"does not fit its config.json. Expected weight 'encoder.layer.0.intermediate"
    ):
        resolve({"text": bert})["text"].encode(["a"])
    (bert / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"No model.safetensors"):
        resolve({"text": bert})


def test_files_that_are_no_image_encoder(tmp_path: Path) -> None:
    import keras

    (tmp_path / "broken.keras").write_bytes(b"no zip")
    with pytest.raises(EncoderError, match="cannot be loaded by Keras"):
        resolve({"image": tmp_path / "broken.keras"})
    numbers = keras.Input((4,))
    keras.Model(numbers, keras.layers.Dense(2)(numbers)).save(tmp_path / "dense.keras")
    with pytest.raises(EncoderError, match="An image encoder takes one tensor of pictures"):
        resolve({"image": tmp_path / "dense.keras"})
