"""Frames on a device: all of them where they fit a budget, window by window otherwise."""

import attrs
import numpy as np
import pytest
import torch

from sysid import reading, standardization
from sysid.configuration import RESIDENT_MIB, Samples, Training
from sysid.errors import InterruptedTrainingError
from sysid.evaluation import predict_part
from sysid.frame_store import FrameStore, count_bytes
from sysid.sample import gather_samples
from sysid.standardization import standardize
from tests.conftest import make_presentation, make_recording
from tests.device_training import Situation
from tests.lazy_movie import LazyMovie

CPU = torch.device("cpu")
RANGES = {"train": ((0, 2000),), "validation": ((2000, 2200),), "test": ((2200, 3000),)}


def test_frames_keep_the_type_they_are_stored_in():
    for dtype, kept in ((np.uint8, torch.uint8), (np.float32, torch.float32)):
        stimuli = [make_presentation(frames=9, seed=seed, dtype=dtype).stimulus for seed in (0, 1)]
        for budget in (0, count_bytes(stimuli)):
            assert FrameStore(stimuli, CPU, budget).windows(torch.tensor([0, 11]), 3).dtype == kept


def test_frames_of_two_types_are_all_floats():
    stimuli = [make_presentation(frames=9, dtype=dtype).stimulus for dtype in (np.uint8, np.float32)]
    found = FrameStore(stimuli, CPU, 1 << 20).windows(torch.tensor([2, 11]), 3)
    assert found.dtype == torch.float32
    assert np.array_equal(found[0], found[1])


def test_the_budget_is_the_size_of_the_frames_to_the_byte():
    stimuli = [make_presentation(frames=frames, height=5, width=4).stimulus for frames in (9, 13)]
    assert count_bytes(stimuli) == 22 * 5 * 4
    assert FrameStore(stimuli, CPU, 22 * 5 * 4).resident.shape == (22, 1, 5, 4)
    assert FrameStore(stimuli, CPU, 22 * 5 * 4 - 1).resident is None


@pytest.mark.parametrize("budget", [0, 1 << 20])
def test_frames_of_one_presentation_are_the_same_from_memory_as_from_the_stimulus(budget):
    stimuli = [make_presentation(frames=frames, seed=frames).stimulus for frames in (9, 13)]
    store = FrameStore(stimuli, CPU, budget)
    assert (store.resident is None) == (budget == 0)
    for number, stimulus in enumerate(stimuli):
        assert np.array_equal(store.frames(number, 2, 8), stimulus[2:8])


def test_copying_a_long_stimulus_is_watched_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr(reading, "FEW", 5)
    monkeypatch.setattr(reading, "SHORT_S", 0.0)  # nothing takes so little
    stimuli = [make_presentation(frames=frames).stimulus for frames in (9, 13)]
    heard = []

    def hear(read, of):
        heard.append((read, of))
        if read > 9:
            raise InterruptedTrainingError("enough")

    FrameStore(stimuli, CPU, 1 << 20, hear)
    assert heard == []  # it took no time
    monkeypatch.setattr(reading, "SILENCE_S", -1.0)
    with pytest.raises(InterruptedTrainingError, match="enough"):
        FrameStore(stimuli, CPU, 1 << 20, hear)
    assert heard == [(5, 22), (9, 22), (14, 22)]


def test_windows_that_lie_close_together_are_read_in_one_go():
    movie = LazyMovie(100)
    store = FrameStore([movie], CPU, 0)
    near = store.windows(torch.tensor([40, 38, 43, 41]), 5)
    assert movie.longest == 5 + 5
    assert np.array_equal(near[1], movie[38:43])
    movie.longest = 0
    far = store.windows(torch.tensor([0, 38, 90]), 5)
    assert movie.longest == 5
    assert np.array_equal(far[2], movie[90:95])


def test_the_default_budget_is_that_of_the_recipe_key(recording):
    assert Samples().resident_mib == RESIDENT_MIB
    samples = gather_samples({"one": recording}, Samples(history=3), CPU)["one"]
    assert samples.store.resident is not None
    streamed = gather_samples({"one": recording}, Samples(history=3, resident_mib=0), CPU)["one"]
    assert streamed.store.resident is None


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_streamed_training_has_the_bits_of_a_resident_one(dtype, tmp_path):
    ends = [
        Situation(CPU, dtype=dtype, resident=resident).train(tmp_path / str(resident))
        for resident in (True, False)
    ]
    assert ends[0].keys() == ends[1].keys()
    assert [name for name in ends[0] if not torch.equal(ends[0][name], ends[1][name])] == []


def test_a_stimulus_beyond_the_budget_is_never_read_whole(monkeypatch):
    monkeypatch.setattr(standardization, "CHUNK_BYTES", 8 * 72 * 500)  # 500 frames in double precision
    movie = LazyMovie(3000, height=9, width=8)
    shown = attrs.evolve(make_presentation(frames=3000, height=9, width=8, **RANGES), stimulus=movie)
    situation = Situation(CPU, resident=False)
    sessions = gather_samples({"one": make_recording(shown)}, situation.config, CPU)
    model = situation.model(sessions)
    standardize(model.standardization, sessions)
    predict_part(model, sessions["one"], "one", "test", Training())
    assert 0 < movie.longest < 1000
