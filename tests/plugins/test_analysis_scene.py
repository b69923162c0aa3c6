"""The movies of a recipe: as bytes, once each, and with what is known of their pixels."""

from types import SimpleNamespace

import attrs
import numpy as np
import pytest

import sysid
from sysid import Dataset, Neuron, Presentation, Provenance, ReceptiveField, Recording, RunFolder
from sysid.run_folder import open_folder
from sysid_analyses.scenes.scene import (
    NoScene,
    digest_of,
    distinct_movies,
    find_block_px,
    first_runs,
    read_scenes,
    to_grey_levels,
)


def draw_frames(frames=12, size=16, seed=0, channels=1):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (frames, channels, size, size)).astype(np.uint8)


def make_recording(*stimuli, identities=None, simulated=False):
    """A recording of three cells, of which the first has a receptive field."""
    presentations = tuple(
        Presentation(
            f"movie{number}",
            stimulus,
            np.zeros((1, len(stimulus), 3), np.float32),
            np.full(len(stimulus), 0.04),
            identity="" if identities is None else identities[number],
        )
        for number, stimulus in enumerate(stimuli)
    )
    neurons = (
        Neuron("a", ReceptiveField((3.0, 4.0))),
        Neuron("b"),
        Neuron("c", ReceptiveField((np.nan, 4.0))),
    )
    return Recording(presentations, neurons, 25.0, Provenance("test", "0", simulated=simulated))


@attrs.frozen
class Resampling(Dataset):
    """A dataset that can be read at any size."""

    size_px: int = 16
    crop_px: int | None = 8

    def describe(self):
        return {}

    def provenance(self):
        return Provenance("test", "0", simulated=False)

    def load(self):
        return {"one": make_recording(draw_frames(size=self.crop_px or self.size_px))}


@attrs.frozen
class Sized(Dataset):
    """A dataset whose size is a property of the stimulus."""

    size_px: int = 16

    def describe(self):
        return {}

    def provenance(self):
        return Provenance("test", "0", simulated=False)

    def load(self):
        return {"one": make_recording(draw_frames(size=self.size_px))}


def make_run(top, name="ln/movie", simulated=False, control_of=None):
    variant, dataset = name.split("/")
    information = {
        "digest": name,
        "identity": {"configuration": {"variant": variant, "dataset_name": dataset}},
        "simulated": simulated,
        "control_of": control_of,
    }
    folder = RunFolder(top / name)
    open_folder(folder, information, "text")
    return folder


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Read the scenes of a run on a dataset."""

    def read_dataset(dataset, recordings=None, size_px=32, skip_frames=3, **about):
        loaded = SimpleNamespace(dataset=dataset, recordings=recordings or dataset.load())
        monkeypatch.setattr(sysid, "load_run", lambda path: loaded)
        return list(read_scenes(make_run(tmp_path, **about), size_px, skip_frames))

    return read_dataset


def test_a_recorded_movie_is_read_whole_without_its_first_frames(read):
    ((scene, movies),) = read(Resampling())
    assert scene.frame_px == (32, 32)
    assert (scene.name, scene.label, scene.skipped_frames, scene.frame_rate_hz) == ("movie", "movie", 3, 25)
    np.testing.assert_array_equal(movies[0], draw_frames(size=32)[3:, 0])
    assert list(scene.fields) == ["a"]


@pytest.mark.parametrize(
    ("dataset", "more", "size"),
    [
        (Resampling(), {"simulated": True}, 8),
        (Resampling(), {"size_px": None}, 8),
        (Sized(), {}, 16),
    ],
)
def test_other_movies_are_taken_as_the_model_saw_them(read, dataset, more, size):
    ((scene, movies),) = read(dataset, **more)
    assert scene.skipped_frames == 0
    np.testing.assert_array_equal(movies[0], draw_frames(size=size)[:, 0])


def test_a_simulated_scene_says_so(read):
    ((scene, _),) = read(Sized(), simulated=True)
    assert scene.label == "movie (simulated)"


def test_sessions_are_scenes_of_their_own(read):
    recordings = {"left": make_recording(draw_frames()), "right": make_recording(draw_frames(seed=1))}
    scenes = [scene for scene, _ in read(Sized(), recordings)]
    assert [scene.name for scene in scenes] == ["movie/left", "movie/right"]
    assert scenes[0].digest != scenes[1].digest


@pytest.mark.parametrize(
    ("frames", "dataset", "reason"),
    [
        (draw_frames(channels=3), Sized(), "its frames have 3 channels, not one of grey levels"),
        (draw_frames(frames=1), Sized(), "it shows single images, which have no next frame"),
    ],
)
def test_what_has_no_complexity_says_why(read, frames, dataset, reason):
    assert read(dataset, {"one": make_recording(frames)}) == [NoScene("movie", reason)]


def test_a_movie_that_is_over_before_it_begins_says_so(read):
    reason = "its movie of 12 frames is over with the 11 that are left out"
    assert read(Resampling(), skip_frames=11) == [NoScene("movie", reason)]


def test_repeats_of_a_stimulus_count_once():
    frames, others = draw_frames(), draw_frames(seed=1)
    recording = make_recording(frames, others, frames, identities=("x", "", "x"))
    movies = distinct_movies(recording)
    assert len(movies) == 2
    np.testing.assert_array_equal(movies[0], frames)
    np.testing.assert_array_equal(movies[1], others)


def test_the_first_run_of_every_dataset_counts_and_controls_do_not(tmp_path):
    runs = [
        make_run(tmp_path, name, control_of=control)
        for name, control in (("ln/a", None), ("ln/late", "a"), ("cnn/a", None), ("cnn/b", None))
    ]
    assert [run.path for run in first_runs(runs)] == [tmp_path / "ln/a", tmp_path / "cnn/b"]


def test_grey_levels_are_stretched_only_where_they_are_no_bytes():
    bytes_ = draw_frames(frames=2)[:, 0]
    np.testing.assert_array_equal(to_grey_levels([bytes_])[0], bytes_)
    first, second = to_grey_levels([np.array([[[-0.5, 0.5]]], np.float32), np.array([[[1.5]]], np.float32)])
    assert (first.tolist(), second.tolist()) == ([[[0, 128]]], [[[255]]])
    assert to_grey_levels([np.zeros((1, 1, 2), np.float32)])[0].tolist() == [[[0, 0]]]


def test_blocks_of_equal_pixels_are_found():
    frames = draw_frames(frames=3, size=8)[:, 0]
    assert find_block_px(frames) == 1
    assert find_block_px(frames.repeat(4, axis=1).repeat(4, axis=2)) == 4
    black = np.zeros((1, 8, 8), np.uint8)
    assert find_block_px(np.concatenate([black, frames])) == find_block_px(black) == 1


def test_a_digest_tells_movies_apart():
    one, other = draw_frames(frames=2)[:, 0], draw_frames(frames=2, seed=1)[:, 0]
    assert digest_of((one,)) == digest_of((one.copy(),)) != digest_of((other,))
    assert digest_of((one,)) != digest_of((one[:1], one[1:]))
