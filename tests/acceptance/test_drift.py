"""Splits: slow drift that has nothing to do with the stimulus scores nothing, but for random frames."""

import functools

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from sysid.metrics import correlation
from sysid.provenance import Provenance
from sysid.recording import Neuron, Presentation, Recording
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid_datasets.simulated_movie import natural_movie

FRAMES, CELLS, RATE_HZ, SIZE_PX = 18_000, 40, 30.0, 6  # 10 minutes
MEMORY_S = 10.0
WINDOW = Window(history=4, include_current=True)
SEEDS = range(8)
THRESHOLD = 0.2  # of the mean over eight seeds; one seed has a standard deviation of about .15
BLOCKS = {"train": ((0, 12_000),), "validation": ((12_000, 14_000),), "test": ((14_000, 18_000),)}
NEIGHBOURS = 5


def draw_drift(generator: np.random.Generator) -> np.ndarray:
    """Return (frame, neuron): one stationary AR(1) of mean 0 and variance 1 for all cells, and noise.

    What cells share does not average out over them, so this is the hard case.
    """
    decay = np.exp(-1 / (MEMORY_S * RATE_HZ))
    noise = generator.standard_normal(FRAMES)
    noise[0] /= np.sqrt(1 - decay**2)
    drift = lfilter([np.sqrt(1 - decay**2)], [1, -decay], noise)
    return drift[:, None] + 0.3 * generator.standard_normal((FRAMES, CELLS))


@functools.cache
def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a natural movie, and responses that never saw it."""
    stimulus_generator, drift_generator = np.random.default_rng(seed).spawn(2)
    movie = natural_movie(FRAMES, SIZE_PX, RATE_HZ, stimulus_generator)
    return movie, (1 + 0.3 * draw_drift(drift_generator)).astype(np.float32)


def make_samples(seed: int, ranges: dict, window: Window = WINDOW) -> SessionSamples:
    """Return samples of one draw, divided as asked."""
    movie, responses = draw(seed)
    presentation = Presentation("movie", movie, responses[None], np.full(FRAMES, 1 / RATE_HZ), **ranges)
    neurons = tuple(Neuron(str(number)) for number in range(CELLS))
    recording = Recording((presentation,), neurons, RATE_HZ, Provenance("drift", "0", simulated=True))
    return SessionSamples(recording, window, torch.device("cpu"))


def gather(samples: SessionSamples, part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all windows of a part, flat, and their responses."""
    batch = samples.batch(part, torch.arange(samples.count(part)))
    return batch.stimulus.flatten(1).float(), batch.responses[:, 0]


def score_neighbours(train: tuple, test: tuple) -> float:
    """Predict each test bin by the training bins with the most similar windows; return the mean CC.

    A model that can memorise, as a large network can; it is given no number that says when a bin was.
    """
    (windows, responses), (asked, recorded) = train, test
    nearest = torch.cdist(asked, windows).topk(NEIGHBOURS, largest=False).indices  # bin neighbour
    prediction = responses[nearest].mean(dim=1)  # bin neuron
    return float(correlation(recorded.numpy()[None], prediction.numpy()).mean())


def score_blocks(seed: int) -> float:
    """Score drift with blocks of time and the rule for bins that share frames."""
    samples = make_samples(seed, BLOCKS)
    return score_neighbours(gather(samples, "train"), gather(samples, "test"))


def score_random_frames(seed: int) -> float:
    """Score drift with bins dealt out at random, whatever frames they share."""
    windows, responses = gather(make_samples(seed, {"train": ((0, FRAMES),)}), "train")
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(seed))
    train, test = order[:12_000], order[-4_000:]
    return score_neighbours((windows[train], responses[train]), (windows[test], responses[test]))


def test_the_drift_is_as_slow_as_it_should_be():
    drift = np.stack([draw_drift(np.random.default_rng(seed)).mean(axis=1) for seed in range(30)])
    lag = round(MEMORY_S * RATE_HZ)
    assert np.mean(drift[:, lag:] * drift[:, :-lag]) == pytest.approx(np.exp(-1), abs=0.1)
    assert np.mean(drift**2) == pytest.approx(1, abs=0.2)


@pytest.mark.slow
def test_drift_scores_nothing_with_blocks():
    scores = [score_blocks(seed) for seed in SEEDS]
    assert abs(np.mean(scores)) < THRESHOLD, scores
    assert len(set(scores)) == len(scores)


def test_drift_scores_high_with_random_frames():
    scores = [score_random_frames(seed) for seed in SEEDS]
    assert np.mean(scores) > 0.4, scores  # so the test above would fail
    assert min(scores) > 0.4


def test_random_frames_leave_next_to_nothing_to_train_on():
    parts = np.random.default_rng(0).permutation(FRAMES)
    ends = {"train": (0, 12_000), "validation": (12_000, 14_000), "test": (14_000, 18_000)}
    ranges = {
        part: tuple((int(frame), int(frame) + 1) for frame in parts[start:stop])
        for part, (start, stop) in ends.items()
    }
    samples = make_samples(0, ranges, Window(history=20, include_current=True))
    assert samples.count("test") > 3_990
    assert samples.count("train") < 12
    assert samples.dropped()["train"]["dropped_for_leakage"] > 11_900


def test_no_frame_of_a_training_window_is_in_a_test_window():
    samples = make_samples(0, BLOCKS)
    last_of_training, first_of_test = (samples.frames(part)[0] for part in ("train", "test"))
    assert last_of_training.max() < first_of_test.min() - WINDOW.reach
    assert samples.count("train") == 12_000 - 2 * WINDOW.reach  # no history at the start, a gap at the end
