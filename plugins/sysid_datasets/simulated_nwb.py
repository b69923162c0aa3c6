"""Write a simulated recording as Neurodata Without Borders, for tools and tests that need known answers."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from sysid import Presentation, Recording, make_nwb_file, save_nwb_file
from sysid_datasets.conversion.session import (
    EDGE_FRAMES,
    GAP_S,
    Session,
    Trial,
    place_repeats,
    split_by_neuron,
)
from sysid_datasets.conversion.stimulus import add_movie, add_presentations
from sysid_datasets.conversion.unit import make_units

CLOCK = f"repeats follow one another {GAP_S:g} s apart; nothing is simulated in between"
SPIKES = "the spikes of a frame are spread evenly over it: no times within frames are simulated"


def write_simulation(path: Path, recording: Recording) -> tuple[str, ...]:
    """Write a recording whose responses are counts and return what a reader of the file must know."""
    provenance, rate_hz = recording.provenance, recording.frame_rate_hz
    session = place_presentations(recording)
    content = make_nwb_file(
        provenance,
        description=f"Spikes of model ganglion cells: {provenance.source}",
        identifier=f"simulated-retina-{provenance.checksum[:16]}",
        notes=(CLOCK, SPIKES),
        keywords=["retina", "simulation"],
    )
    for presentation in recording.presentations:
        pixels = np.asarray(presentation.stimulus[0 : presentation.frames])[:, 0]
        add_movie(content, presentation.name, pixels, rate_hz)
    add_presentations(content, session.trials)
    content.units = make_units(recording, session, "SIMULATED cells", 1 / rate_hz)
    save_nwb_file(path, content)
    return (*provenance.notes, CLOCK, SPIKES)


def place_presentations(recording: Recording) -> Session:
    """Place all repeats of all presentations on one clock."""
    trials: list[Trial] = []
    spikes, observed, start_s = [], [], 0.0
    edge_s = EDGE_FRAMES / recording.frame_rate_hz
    for presentation in recording.presentations:
        repeats, frames, _ = presentation.responses.shape
        duration_s = frames / recording.frame_rate_hz
        starts_s, placed = place_repeats(presentation.name, repeats, duration_s, start_s)
        trials += placed
        spikes.append(_spread_spikes(presentation, starts_s, recording.frame_rate_hz))
        observed += [(trial.start_s - edge_s, trial.stop_s + edge_s) for trial in placed]
        start_s = placed[-1].stop_s + GAP_S
    return Session(tuple(trials), split_by_neuron(spikes, len(recording.neurons)), np.array(observed))


def _spread_spikes(
    presentation: Presentation, starts_s: Float[np.ndarray, " repeat"], frame_rate_hz: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return (neuron, time) of every spike: n spikes of a frame lie at (i + ½)/n of it."""
    counts = presentation.responses.astype(int).ravel()
    cell = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
    repeat, frame, neuron = np.unravel_index(cell, presentation.responses.shape)
    within = (number + 0.5) / counts[cell]
    return neuron, starts_s[repeat] + (frame + within) / frame_rate_hz
