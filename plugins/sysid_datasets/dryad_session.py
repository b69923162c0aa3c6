"""Put the trials of the deposit on one clock, which the deposit itself does not have.

Repeats follow one another, a stated gap apart; within a repeat, times are those that the dataset uses.
"""

import numpy as np

from sysid_datasets.conversion.session import (
    EDGE_FRAMES,
    GAP_S,
    Session,
    Trial,
    place_repeats,
    split_by_neuron,
)
from sysid_datasets.dryad_image import IMAGE_MS, ORDER_SEED
from sysid_datasets.dryad_movie import Retina
from sysid_datasets.dryad_section import SECTION_MS, SECTIONS
from sysid_datasets.dryad_spike import SpikeTrains

IMAGE_S = IMAGE_MS / 1000


def place_movies(shown: dict[str, tuple[Retina, int]]) -> Session:
    """Place all repeats of movies, given as (responses, frames) by name, one movie after the other.

    A spike is in the middle of its millisecond, where the dataset counts it as well. Sections that are left
    out there (they repeat others, or run off the movie) are left out here.
    """
    trials: list[Trial] = []
    spikes, observed, start_s = [], [], 0.0
    for name, (retina, frames) in shown.items():
        duration_s = frames / retina.clock.frame_rate_hz
        starts_s, placed = place_repeats(name, retina.spikes.repeats, duration_s, start_s)
        trials += placed
        spikes.append(_place_spikes(retina, starts_s))
        observed.append(_place_sections(retina, starts_s))
        start_s = placed[-1].stop_s + GAP_S
    neurons = next(iter(shown.values()))[0].spikes.neurons
    return Session(tuple(trials), split_by_neuron(spikes, neurons), np.concatenate(observed))


def place_images(name: str, trains: tuple[SpikeTrains, ...]) -> Session:
    """Place images shown for 300 ms each, all of them once before any is shown again.

    Their order is not in the deposit. One is drawn for each repeat: in the order of the files they would look
    like a movie.
    """
    generator = np.random.default_rng(ORDER_SEED)
    trials: list[Trial] = []
    spikes, observed, images = [], [], len(trains)
    for repeat in range(trains[0].repeats):
        start_s = repeat * (images * IMAGE_S + GAP_S)
        order = generator.permutation(images)
        onset_s = np.empty(images)
        onset_s[order] = start_s + np.arange(images) * IMAGE_S
        stop_s = np.append(onset_s[order[1:]], start_s + images * IMAGE_S)
        for image, stop in zip(order.tolist(), stop_s.tolist(), strict=True):
            trials.append(Trial(name, image, repeat, float(onset_s[image]), stop))
            here = trains[image].repeat == repeat
            time_s = onset_s[image] + (trains[image].time_ms[here] - 0.5) / 1000
            spikes.append((trains[image].neuron[here], time_s))
        edge_s = EDGE_FRAMES * IMAGE_S
        observed.append((start_s - edge_s, float(stop_s[-1]) + edge_s))
    return Session(tuple(trials), split_by_neuron(spikes, trains[0].neurons), np.array(observed))


def _place_spikes(retina: Retina, starts_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (neuron, time) of the spikes in the sections that are kept and fit on the movie."""
    spikes, placement = retina.spikes, retina.placement
    place = np.full(SECTIONS, -1)
    place[placement.sections[placement.fits]] = placement.order[placement.fits]
    section, local = np.divmod(spikes.time_ms - 1, SECTION_MS)
    after_onset_s = (local + 0.5) / 1000
    kept = (place[section] >= 0) & (after_onset_s <= retina.clock.duration_s)
    time_s = starts_s[spikes.repeat] + retina.clock.onset_s(place[section]) + after_onset_s
    return spikes.neuron[kept], time_s[kept]


def _place_sections(retina: Retina, starts_s: np.ndarray) -> np.ndarray:
    """Return start and stop of the kept sections in every repeat, (interval, 2)."""
    clock, placement = retina.clock, retina.placement
    onset_s = (starts_s[:, None] + clock.onset_s(placement.order[placement.fits])).ravel()
    edge_s = EDGE_FRAMES / clock.frame_rate_hz  # as in SectionClock.frames
    return np.stack([onset_s - edge_s, onset_s + clock.duration_s + edge_s], axis=1)
