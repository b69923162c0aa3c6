"""Tests for `sysid.testing`: datasets that are broken on purpose, each caught by the name of the check."""

from pathlib import Path

import attrs
import numpy as np
import pytest

import sysid
from sysid.testing import check_dataset
from sysid.testing.stretch import MOST_BYTES, choose_stretches

FRAMES, NEURONS = 80, 3


@attrs.frozen(eq=False)
class Frames:
    """A stimulus that is read when it is sliced."""

    whole: np.ndarray

    @property
    def shape(self):
        return self.whole.shape

    @property
    def dtype(self):
        return self.whole.dtype

    def __getitem__(self, frames):
        return self.whole[frames]


class Shifted(Frames):
    """Forget where a slice begins."""

    def __getitem__(self, frames):
        return self.whole[: frames.stop - frames.start]


class Widened(Frames):
    def __getitem__(self, frames):
        return self.whole[frames].astype(np.float64)


@attrs.frozen
class Dataset(sysid.Dataset):
    """Do one thing wrong (Murphy 1949)."""

    path: Path = sysid.key("of the file")
    wrong: str = sysid.key("what is wrong", default="")

    def describe(self):
        if self.wrong == "describe needs the file":
            self.path.stat()
        neurons = NEURONS + (self.wrong == "describes one neuron more")
        name = "left eye" if self.wrong == "describes another session" else "retina"
        return {name: sysid.Description(1, 5, 4, neurons, 2 * FRAMES, 30.0)}

    def provenance(self):
        if not self.path.exists():
            if self.wrong == "no file is no error":
                return sysid.Provenance("nowhere", "0", False)
            if self.wrong == "no file is any error":
                raise KeyError("path")
            raise sysid.DataNotFoundError(f"{self.path}: no such file")
        source = "" if self.wrong == "no source" else "a test"
        digest = str(np.random.default_rng().integers(1 << 40)) if self.wrong == "new checksum" else "abc"
        return sysid.Provenance(source, digest, simulated=self.wrong == "truth")

    def load(self):
        if self.wrong == "writes":
            self.path.with_suffix(".txt.index").write_text("cache", encoding="utf-8")
        if self.wrong == "touches":
            self.path.write_bytes(self.path.read_bytes()[::-1])
        if self.wrong == "returns one recording":
            return self._recording()
        return {"retina": self._recording()}

    def _recording(self):
        wrong = self.wrong
        generator = np.random.default_rng(None if wrong == "another load" else 0)
        stimuli = generator.integers(0, 256, (2, FRAMES, 1, 5, 4), dtype=np.uint8)
        if wrong == "leak":
            stimuli[1, 20:40] = stimuli[0, 30:50]
        responses = generator.poisson(1.0, (2, 2, FRAMES, NEURONS)).astype(np.float32)
        if wrong == "−1 is NaN":
            responses[0, 1, 5] = -1
        if wrong == "infinite":
            responses[0, 1, 5] = np.inf
        if wrong == "nothing recorded":
            responses[1] = np.nan
        kind = {"shifted": Shifted, "widened": Widened}.get(wrong, Frames)
        parts = (
            {} if wrong == "nothing to train" else {"train": ((0, 60),), "validation": ((60, FRAMES),)},
            {"test": ((0, FRAMES),)},
        )
        names = ("movie", "movie") if wrong == "same name" else ("movie", "test")
        presentations = tuple(
            sysid.Presentation(
                name,
                kind(stimulus),
                counts.astype(np.float64) if wrong == "double" else counts,
                np.full(FRAMES, 0.0 if wrong == "no time" else 1 / 30),
                **ranges,
            )
            for name, stimulus, counts, ranges in zip(names, stimuli, responses, parts, strict=True)
        )
        ids = ("a", "b", "b" if wrong == "same id" else "c")
        truth = sysid.Truth() if wrong == "truth not simulated" else None
        return sysid.Recording(
            presentations,
            tuple(map(sysid.Neuron, ids)),
            30.0,
            sysid.Provenance("a test", "abc", False),
            truth,
        )


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "data.txt"
    file.write_bytes(b"a recording")
    return file


def test_the_dataset_that_the_others_are_made_of_passes(path):
    check_dataset(Dataset(path))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("leak", "splits: Dataset("),
        ("leak", "a leak: frames 20 to 29 of test are those from movie, frame 30. Repeats of one stimulus"),
        ("shifted", "slices: Dataset("),
        ("shifted", "expected stimulus[26:53] of retina/movie to be the same frames as in stimulus[0:"),
        (
            "widened",
            "expected stimulus[0:80] of retina/movie to be (80, 1, 5, 4) in uint8, got (80, 1, 5, 4) in",
        ),
        ("no source", "provenance: Dataset("),
        ("no source", "expected source to be a text, got ''. It is the dataset in words"),
        ("new checksum", "expected the same provenance when asked twice"),
        ("truth", "expected the recording of session retina to be simulated = True, as provenance() says"),
        ("truth not simulated", "expected truth only where responses were simulated"),
        ("another load", "expected the same responses of retina/movie from two loads, got other values"),
        ("describes one neuron more", "expected neurons of session retina to be 3, as loaded, got 4"),
        ("describes another session", "expected the sessions that load() returns, retina, got left eye"),
        ("describe needs the file", "missing_files: Dataset("),
        ("describe needs the file", "expected describe() without the files to work, got FileNotFoundError"),
        (
            "no file is no error",
            "to raise sysid.DataNotFoundError where the files are not here, got an answer",
        ),
        (
            "no file is any error",
            "to raise sysid.DataNotFoundError where the files are not here, got KeyError",
        ),
        ("writes", "expected loading to leave the data's files as they are, and none beside them"),
        ("touches", "data.txt. Usual mistake: a file opened for writing"),
        ("returns one recording", "expected load() to return a dict of sessions and sysid.Recordings"),
        ("same id", "neurons: Dataset("),
        ("same id", "expected neurons of session retina with ids of their own, got b more than once"),
        (
            "same name",
            "expected presentations of session retina with names of their own, got movie more than",
        ),
        ("double", "types: Dataset("),
        ("double", "expected responses of retina/movie in float32, got float64"),
        ("no time", "expected bin_duration_s of retina/movie above zero, in seconds, got from 0 to 0"),
        ("−1 is NaN", "masks: Dataset("),
        ("−1 is NaN", "got 3 values below zero, the lowest -1. Usual mistake: −1 for what was not recorded"),
        (
            "infinite",
            "expected finite numbers or NaN (not recorded), got infinity, first in repeat 1, frame 5",
        ),
        ("nothing recorded", "expected something recorded in the test bins of retina/test, got NaN in all"),
        ("nothing to train", "expected frames for training in session retina, got none in any presentation"),
    ],
)
def test_a_broken_dataset_is_caught_by_name(wrong, words, path):
    with pytest.raises(AssertionError) as caught:
        check_dataset(Dataset(path, wrong))
    assert words in str(caught.value)
    assert str(caught.value).startswith("check_dataset: ")


def test_data_that_are_not_here_are_no_failed_check(path):
    with pytest.raises(sysid.DataNotFoundError, match="no such file"):
        check_dataset(Dataset(path.with_name("gone.txt")))


def test_of_a_long_stimulus_three_stretches_are_read():
    frames = np.broadcast_to(np.zeros((1, 1, 1024, 1024), dtype=np.uint8), (1000, 1, 1024, 1024))
    assert choose_stretches(frames) == ((0, 32), (484, 516), (968, 1000))
    assert choose_stretches(frames[:20]) == ((0, 20),)
    assert MOST_BYTES == 32 << 20
