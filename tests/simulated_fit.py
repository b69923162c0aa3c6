"""Models of different parts trained on one simulated recording, and what each scores."""

import attrs
import numpy as np
import torch
from scipy.stats import ttest_rel

import sysid
from sysid.configuration import Training
from sysid.evaluation import predict_part
from sysid.model import Architecture, Model, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.recording import Recording
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.training import silent_hooks, train
from tests.conftest import make_presentation, make_recording


def record(stimulus: np.ndarray, responses: np.ndarray) -> Recording:
    """Return a recording of (frame, height, width) and (frame, neuron), of which .7 trains and .2 tests."""
    frames, height, width = stimulus.shape
    shown = make_presentation(
        frames, repeats=1, height=height, width=width, dtype=np.float32,
        train=((0, 7 * frames // 10),),
        validation=((7 * frames // 10, 8 * frames // 10),),
        test=((8 * frames // 10, frames),),
    )  # fmt: skip
    shown.stimulus[:] = stimulus[:, None]
    return make_recording(attrs.evolve(shown, responses=responses[None].astype(np.float32)))


def fit(
    recording: Recording,
    encoder: sysid.Encoder,
    core: sysid.Core,
    readout: sysid.Readout,
    *,
    history: int = 1,
    seed: int = 0,
    epochs: int = 10,
    gradient_clip: float | None = None,
) -> tuple[Model, float]:
    """Train a model on windows that end with the bin itself; return it with its mean CC on the test part."""
    samples = {"cells": SessionSamples(recording, Window(history, include_current=True), torch.device("cpu"))}
    populations = {"cells": known_population(samples["cells"])}
    parts = Architecture(encoder, core, readout, (history, *recording.frame_shape))
    model = assemble(parts, outline(parts, populations).shapes, populations, seed=seed)
    training = Training(
        epochs=epochs, batch_size=64, learning_rate=0.01, patience=epochs, gradient_clip=gradient_clip
    )
    best, _ = train(model, samples, training, seed, None, silent_hooks(lambda: False))
    model.load_state_dict(best)
    tested = predict_part(model, samples["cells"], "cells", "test", training)
    return model, float(np.mean(sysid.metrics.correlation(tested.responses, tested.prediction)))


def assert_better(scores: dict[str, list[float]], better: str, other: str) -> None:
    """Assert that a model beats another at every seed, and beyond chance by a paired, one-sided t-test.

    Both saw the same recording at each seed, so that what recordings differ in is in neither number.
    """
    assert np.greater(scores[better], scores[other]).all(), scores
    assert ttest_rel(scores[better], scores[other], alternative="greater").pvalue < 0.05, scores
