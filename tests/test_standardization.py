import attrs
import numpy as np
import torch

from sysid import reading
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.standardization import Standardization, training_statistics
from tests.conftest import make_presentation, make_recording
from tests.lazy_movie import LazyMovie

WINDOW = Window(4, include_current=True)
RANGES = {"train": ((0, 22),), "validation": ((22, 30),), "test": ((30, 40),)}


def sessions(presentation):
    return {"one": SessionSamples(make_recording(presentation), WINDOW, torch.device("cpu"))}


def test_statistics_are_those_of_the_training_frames():
    presentation = make_presentation(**RANGES)
    mean, sd = training_statistics(sessions(presentation))
    frames = presentation.stimulus[:19].astype(float)  # bins 19 to 21 share frames with validation windows
    assert np.allclose(mean, frames.mean())
    assert np.allclose(sd, frames.std())


def test_changing_test_frames_leaves_every_training_tensor_bit_identical():
    before = make_presentation(**RANGES)
    after = make_presentation(**RANGES)
    after.stimulus[27:] = 255 - after.stimulus[27:]  # test bins, and their windows
    for one, other in zip(sessions(before).values(), sessions(after).values(), strict=True):
        for first, second in zip(one.batches("train", 5), other.batches("train", 5), strict=True):
            assert torch.equal(first.stimulus, second.stimulus)
            assert torch.equal(first.responses, second.responses)
            assert torch.equal(first.mask, second.mask)
    for first, second in zip(
        training_statistics(sessions(before)), training_statistics(sessions(after)), strict=True
    ):
        assert np.array_equal(first, second)


def test_frames_in_memory_are_not_read_again(monkeypatch):
    movie = LazyMovie(40)
    shown = attrs.evolve(make_presentation(**RANGES, height=8, width=8), stimulus=movie)
    recording, device = make_recording(shown), torch.device("cpu")
    samples = {"one": SessionSamples(recording, WINDOW, device)}
    monkeypatch.setattr(reading, "FEW", 15)
    monkeypatch.setattr(reading, "SILENCE_S", -1.0)
    movie.longest, heard = 0, []
    kept = training_statistics(samples, lambda read, of: heard.append((read, of)))
    assert (movie.longest, heard) == (0, [])
    streamed = {"one": SessionSamples(recording, WINDOW, device, resident_bytes=0)}
    read = training_statistics(streamed, lambda read, of: heard.append((read, of)))
    assert (movie.longest, heard) == (25, [(15, 40), (40, 40)])
    assert np.array_equal(kept, read)


def test_a_grey_stimulus_standardises_to_zero():
    presentation = make_presentation(**RANGES)
    presentation.stimulus[:] = 128
    mean, sd = training_statistics(sessions(presentation))
    module = Standardization(1)
    module.mean.copy_(torch.from_numpy(mean)[:, None, None])
    module.sd.copy_(torch.from_numpy(sd)[:, None, None])
    assert module(torch.full((2, 4, 1, 5, 4), 128, dtype=torch.uint8)).abs().max() == 0
