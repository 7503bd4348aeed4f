"""Sounds: recognised, decoded to one rate, shown as spectrograms of one size."""

from __future__ import annotations

import io
import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

import kerasnas as kn
from kerasnas.data import sounds
from kerasnas.data.adapters.base import Rows
from kerasnas.data.adapters.mel import MOST_FRAMES, MOST_SECONDS, Mel
from kerasnas.data.preprocessor import Preprocessor
from kerasnas.data.sounds import SOUNDS, opened, resampled, spectrogram
from kerasnas.errors import DataError

SHAPE = {"window": 400, "hop": 160, "mels": 64, "frames": 50}


def tone(hertz: float, rate: int = 16_000, seconds: float = 0.5, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype("float32")


def encoded(samples: np.ndarray, rate: int = 16_000, form: str = "WAV", **options: Any) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=form, **options)
    return buffer.getvalue()


def rows_of(*cells: object, base: Path | None = None) -> Rows:
    column = pd.Series(np.empty(len(cells), dtype=object))
    for index, cell in enumerate(cells):
        column.iat[index] = cell
    return Rows(pd.DataFrame({"s": column}), base)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_every_form_is_recognised_and_gives_about_the_same_samples(form: str) -> None:
    samples = tone(440)
    raw = encoded(samples, form=form)
    assert sounds.is_sound(raw)
    found, rate = opened(raw, 9.0)
    assert rate == 16_000
    assert sounds.length(raw) == (pytest.approx(0.5, abs=0.1), 16_000)
    loud = spectrogram(found, rate=rate, **SHAPE).mean(axis=0).argmax()
    assert loud == spectrogram(samples, rate=16_000, **SHAPE).mean(axis=0).argmax()


def test_samples_with_their_rate_are_sounds() -> None:
    samples = tone(440)
    whole = (samples * 32768).astype("int16")
    stereo = np.stack([samples, samples])
    for cell in (
        (samples, 16_000),
        (whole, 16_000),
        (stereo, 16_000),
        (stereo.T, 16_000.0),
        {"array": samples, "sampling_rate": 16_000},
        {"bytes": encoded(samples, subtype="FLOAT"), "path": None},
    ):
        assert sounds.is_sound(cell)
        found, rate = opened(cell, 9.0)
        assert rate == 16_000
        np.testing.assert_allclose(found, samples, atol=1e-4)


@pytest.mark.parametrize(
    "cell",
    [b"\x89PNG\r\n\x1a\n", "a.wav", np.zeros(100), (np.zeros(100), 0), (1, 2), {"array": 3}, None, b""],
)
def test_other_cells_are_none(cell: object) -> None:
    assert not sounds.is_sound(cell)


def test_no_more_is_decoded_than_asked_for() -> None:
    found, _ = opened(encoded(tone(440, seconds=3.0)), 0.25)
    assert len(found) == 4000


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (encoded(np.zeros(0, "float32")), "it is empty"),
        ((np.array([0.0, np.nan]), 8000), "no finite numbers"),
        ((np.zeros((2, 2, 2)), 8000), "no sound"),
        (np.zeros(100), "without a rate"),
    ],
)
def test_what_is_wrong_with_a_sound_is_said(raw: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        opened(raw, 9.0)


def test_resampling_keeps_the_tone_and_drops_what_does_not_fit() -> None:
    assert len(resampled(tone(440, 44_100), 44_100, 16_000)) == pytest.approx(8000, abs=1)
    high = resampled(tone(7000, 44_100), 44_100, 8000)
    assert np.abs(high[100:-100]).max() < 0.01


def test_a_spectrogram_shows_pitch_time_and_silence() -> None:
    low, high = (spectrogram(tone(f), rate=16_000, **SHAPE) for f in (200, 3000))
    assert low.shape == (50, 64)
    assert low[:48].argmax(axis=1).max() < high[:48].argmax(axis=1).min()
    assert low.max() == high.max() == 255
    late = spectrogram(
        np.concatenate([np.zeros(4000, "float32"), tone(440, seconds=0.2)]), rate=16_000, **SHAPE
    )
    assert (late[:20] == 0).all()
    assert late[30].max() == 255
    assert not spectrogram(np.zeros(8000, "float32"), rate=16_000, **SHAPE).any()
    quiet = spectrogram(tone(440, level=0.005), rate=16_000, **SHAPE)
    assert np.abs(quiet.astype(int) - spectrogram(tone(440), rate=16_000, **SHAPE)).max() <= 1


def test_the_lowest_bands_are_told_apart_at_telephone_rate() -> None:
    seen = sounds.filters(8000, 512, 64)
    assert (seen.sum(axis=0) > 0.99).all()


def test_rate_and_length_come_from_the_training_sounds() -> None:
    cells = [(tone(300, 8000, 0.1 * (1 + i % 10)), 8000) for i in range(40)]
    mel = Mel.fit(rows_of(*cells), "s", "audio_mel")
    assert mel.view.info["rate"] == 8000
    assert mel.view.info["seconds"] == pytest.approx(1.0, abs=0.05)
    assert mel.view.shape == (100, 64, 1)
    seen = mel.transform(rows_of(cells[0], None, ""))
    assert (seen.shape, seen.dtype) == ((3, 100, 64, 1), np.uint8)
    assert seen[0].any()
    assert not seen[1:].any()


def test_long_sounds_have_wider_steps() -> None:
    mel = Mel.fit(rows_of((tone(300, 16_000, 12.0), 16_000)), "s", "audio_mel")
    assert mel.view.info["seconds"] == MOST_SECONDS
    assert mel.view.shape[0] <= MOST_FRAMES
    seen = mel.transform(rows_of((tone(300, 44_100, 12.0), 44_100)))
    assert seen[0, -1].max() > 200  # it is heard to the end


def test_broken_sounds_are_counted_and_silent(caplog: pytest.LogCaptureFixture) -> None:
    good = encoded(tone(300))
    mel = Mel.fit(rows_of(good, good, good[:30], good), "s", "audio_mel")
    with caplog.at_level(logging.WARNING):
        seen = mel.transform(rows_of(good, good[:30], good, good))
    assert not seen[1].any()
    assert "1 of 4 sounds in column 's' cannot be read: row 1 (LibsndfileError" in caplog.text
    with pytest.raises(DataError, match="3 of 3 sounds"):
        mel.transform(rows_of(good[:30], b"RIFF....WAVE", good[:20]))
    with pytest.raises(DataError, match="No sound in column 's' can be read"):
        Mel.fit(rows_of(good[:30], good[:20]), "s", "audio_mel")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty sounds of two pitches, zipped, and a table that names them; one cell is empty."""
    place = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    names, labels = [], []
    with zipfile.ZipFile(place / "data.zip", "w") as archive:
        for index in range(60):
            low = index % 2 == 0
            name = f"wav/{index}.wav"
            archive.writestr(
                name, encoded(tone(rng.uniform(200, 400) if low else rng.uniform(900, 1500), 8000), 8000)
            )
            names.append(name)
            labels.append("low" if low else "high")
    frame = pd.DataFrame({"sound": names, "loud": rng.normal(size=60), "pitch": labels})
    frame.loc[7, "sound"] = None
    frame.to_csv(place / "rows.csv", index=False)
    return place


def test_a_table_of_sound_files_from_csv_to_prediction(folder: Path, tmp_path: Path) -> None:
    from kerasnas.evaluators.final import judge
    from kerasnas.export import load, save_bundle

    task = kn.Task(folder / "rows.csv", "pitch", seed=0)
    assert [(c.name, c.kind) for c in task.columns] == [("sound", "audio"), ("loud", "numeric")]
    assert task.columns[0].reason == "the cells name sound files, such as 'wav/0.wav'"
    assert task.modalities == ["table", "audio"]
    space = kn.spaces.multimodal(task)
    task.spool(tmp_path / "spool")
    from kerasnas.data.task_data import TaskData

    data = TaskData.open(tmp_path / "spool")
    np.testing.assert_array_equal(data.array("audio_mel"), task.data().array("audio_mel"))
    genotype = space.validate({**space.default(), "audio/spectral/width": 16})
    judged = judge(space, genotype, data, seed=0, epochs=8, max_epochs=8)
    assert judged.holdout >= 0.9
    path = save_bundle(
        tmp_path / "pitch.kn", model=judged.model, space=space, genotypes=[genotype], data=data, card={}
    )
    raw = pd.DataFrame(
        {"sound": [encoded(tone(300, 44_100), 44_100), encoded(tone(1200), 16_000), None], "loud": 0.0}
    )
    said = load(path).predict(raw)
    assert list(said[:2]) == ["low", "high"]
    assert said[2] in ("low", "high")


def test_preprocessing_reads_the_same_after_it_was_saved(folder: Path, tmp_path: Path) -> None:
    task = kn.Task(folder / "rows.csv", "pitch", seed=0)
    task.preprocessor.save(tmp_path / "saved")
    again = Preprocessor.load(tmp_path / "saved")
    first = task.preprocessor.transform(task.frame, ["audio_mel"], folder)["audio_mel"]
    np.testing.assert_array_equal(again.transform(task.frame, ["audio_mel"], folder)["audio_mel"], first)


def test_sounds_that_are_not_there_are_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"s": [f"{i}.wav" for i in range(20)], "y": ["a", "b"] * 10})
    with pytest.raises(DataError, match="Column 's' names sounds, but none of 20 tried is there"):
        kn.Task(frame, "y", base=tmp_path)


def test_names_of_sounds() -> None:
    assert SOUNDS.names("a/b.WAV")
    assert not SOUNDS.names("a.png")
    assert SOUNDS.path_of(b"deep/a.flac") == "deep/a.flac"
    assert SOUNDS.path_of(encoded(tone(300))) is None
