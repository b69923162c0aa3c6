"""What the training bins and the recording tell a readout about its neurons."""

import functools
import math
from typing import Any

import attrs
import numpy as np
import torch

from sysid.population import Population
from sysid.recording import Recording
from sysid.sample import SessionSamples
from sysid.split import Split

BATCH = 256  # windows held at once


def known_population(samples: SessionSamples) -> Population:
    """Describe a recording's neurons; the STA is computed when a readout asks for it."""
    recording = samples.recording
    mean, sd = behaviour_statistics(samples)
    return Population(
        ids=tuple(neuron.id for neuron in recording.neurons),
        frame_size=recording.frame_shape[1:],
        centres=field_centres(recording),
        sta=functools.cache(lambda: training_sta(samples)),
        lowest_response=lowest_response(recording, samples.splits),
        behaviour=recording.behaviour,
        behaviour_mean=mean,
        behaviour_sd=sd,
    )


def nameless_population(
    neurons: int, frame_shape: tuple[int, int, int], history: int, behaviour: int = 0
) -> Population:
    """Describe neurons of which only the number is known: to outline a model, or to load its weights.

    Args:
        neurons: how many.
        frame_shape: (channel, height, width) of the stimulus.
        history: frames of a window.
        behaviour: channels of it.
    """
    return Population(
        ids=tuple(str(number) for number in range(neurons)),
        frame_size=frame_shape[1:],
        centres=np.full((neurons, 2), np.nan),
        sta=lambda: np.zeros((history, *frame_shape, neurons)),
        behaviour=tuple(str(number) for number in range(behaviour)),
        behaviour_mean=np.zeros(behaviour),
        behaviour_sd=np.ones(behaviour),
    )


def stored_population(session: dict[str, Any], history: int) -> Population:
    """Describe a session's neurons from `run.json`; what a readout learned of them lies in its weights."""
    behaviour = tuple(session.get("behaviour", ()))  # which runs of earlier versions do not have
    frame_shape = tuple(session["frame_shape"])
    nameless = nameless_population(len(session["neurons"]), frame_shape, history, len(behaviour))
    centres = np.array(
        [[np.nan if value is None else value for value in centre] for centre in session["centres"]]
    ).reshape(-1, 2)
    return attrs.evolve(nameless, ids=tuple(session["neurons"]), centres=centres, behaviour=behaviour)


def field_centres(recording: Recording) -> np.ndarray:
    """Return receptive field centres (neuron, 2), (x, y) in stimulus pixels; NaN = not known."""
    nowhere = (np.nan, np.nan)
    fields = [neuron.receptive_field for neuron in recording.neurons]
    return np.array([field.centre if field else nowhere for field in fields], dtype=np.float64).reshape(-1, 2)


def lowest_response(recording: Recording, splits: list[Split]) -> float:
    """Return the lowest response of any neuron in the bins that train and validate; NaN if none is known."""
    lowest = math.nan
    for presentation, split in zip(recording.presentations, splits, strict=True):
        for part in ("train", "validation"):
            for of_repeat in presentation.responses:
                responses = of_repeat[split.bins[part]]
                lowest = float(np.fmin.reduce(responses, axis=None, initial=lowest))  # passes over NaN
    return lowest


def behaviour_statistics(samples: SessionSamples) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and sd of every channel of behaviour, (channel,) each, over the training bins.

    Bins in which a channel was not measured are left out; one that was measured in none has mean 0. The sd
    of a channel that never changes is 1.
    """
    channels = len(samples.recording.behaviour)
    chosen = [
        presentation.behaviour[bins]
        for presentation, bins in zip(samples.recording.presentations, samples.frames("train"), strict=True)
        if presentation.behaviour is not None
    ]
    values = np.concatenate([np.zeros((0, channels)), *chosen])  # bin channel
    measured = ~np.isnan(values)
    count = np.maximum(measured.sum(axis=0), 1)
    mean = np.where(measured, values, 0).sum(axis=0) / count
    sd = np.sqrt(np.where(measured, np.square(values - mean), 0).sum(axis=0) / count)
    return mean, np.where(sd > 0, sd, 1)


@torch.no_grad()
def training_sta(samples: SessionSamples) -> np.ndarray:
    """Average the training windows weighted by each neuron's response, minus their plain average.

    Responses that go below zero, such as dF/F, are no weights: theirs are z-scores in place of responses.

    Returns:
        (lag, channel, height, width, neuron), lag 0 the newest frame of the window, in stimulus units. Not
        corrected for stimulus correlations.
    """
    weighted: torch.Tensor | None = None
    plain: torch.Tensor | None = None
    spikes = torch.zeros(len(samples.recording.neurons), dtype=torch.float64)
    recorded, squares, lowest = (torch.zeros_like(spikes) for _ in range(3))
    for batch in samples.batches("train", BATCH):
        windows = batch.stimulus.flip(1).flatten(1).float()  # batch lag·channel·height·width
        responses, mask = batch.responses[:, -1], batch.mask[:, -1].float()
        weighted_here = (windows.T @ responses).cpu().double()
        plain_here = (windows.T @ mask).cpu().double()
        weighted = weighted_here if weighted is None else weighted + weighted_here
        plain = plain_here if plain is None else plain + plain_here
        spikes += responses.sum(0).cpu().double()
        recorded += mask.sum(0).cpu().double()
        squares += responses.square().sum(0).cpu().double()
        lowest = torch.minimum(lowest, responses.amin(0).cpu().double())
    shape = (samples.window.history, *samples.recording.frame_shape, len(spikes))
    if weighted is None or plain is None:
        return np.zeros(shape)
    count = recorded.clamp(min=1)
    sta = torch.where(spikes > 0, weighted / spikes.clamp(min=1e-12) - plain / count, 0)
    mean = spikes / count
    sd = (squares / count - mean.square()).clamp(min=0).sqrt()
    scored = torch.where(sd > 0, (weighted - plain * mean) / (count * sd.clamp(min=1e-12)), 0)
    return torch.where(lowest < 0, scored, sta).numpy().reshape(shape)
