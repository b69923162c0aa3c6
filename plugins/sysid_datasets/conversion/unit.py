"""The neurons of a recording as the unit table of an NWB file."""

from collections.abc import Sequence

import numpy as np
from hdmf.common import VectorIndex
from pynwb.core import VectorData
from pynwb.misc import Units

from sysid import Neuron, Recording
from sysid_datasets.conversion.session import Session

IN_PIXELS = "in pixels of the stimulus as stored here, from the middle of the first"


def make_units(recording: Recording, session: Session, about: str, resolution_s: float) -> Units:
    """Return the neurons with their spikes, the intervals they were observed in, and their receptive fields.

    Args:
        recording: whose neurons they are.
        session: their spikes.
        about: whose neurons these are, in words.
        resolution_s: how far apart two spike times are at least.
    """
    neurons = recording.neurons
    return Units(
        name="units",
        description=f"{about}; ids count them as there, from 1",
        resolution=resolution_s,
        id=list(range(1, len(neurons) + 1)),
        columns=[
            VectorData(
                name="cell",
                description="identity in the dataset that the file was made from",
                data=[neuron.id for neuron in neurons],
            ),
            *_make_ragged("spike_times", "in seconds", session.spike_times_s),
            *_make_ragged("obs_intervals", "start and stop in seconds", [session.observed_s] * len(neurons)),
            *_describe_fields(neurons),
        ],
    )


def _make_ragged(name: str, about: str, pieces: Sequence[np.ndarray]) -> tuple[VectorIndex, VectorData]:
    """Return a column with several entries for each neuron, and where each neuron's end."""
    column = VectorData(name=name, description=about, data=np.concatenate(pieces))
    stops = np.cumsum([len(piece) for piece in pieces])
    return VectorIndex(name=f"{name}_index", target=column, data=stops), column


def _describe_fields(neurons: tuple[Neuron, ...]) -> list[VectorData]:
    """Return columns for the receptive fields; none where they are not known of every neuron."""
    fields = [neuron.receptive_field for neuron in neurons if neuron.receptive_field is not None]
    if len(fields) < len(neurons):
        return []
    columns = [
        VectorData(
            name=f"rf_centre_{axis}_px",
            description=f"centre of the receptive field, {where}, {IN_PIXELS}",
            data=[float(field.centre[number]) for field in fields],
        )
        for number, (axis, where) in enumerate((("x", "to the right"), ("y", "down")))
    ]
    outlines = [field.outline.T for field in fields if field.outline is not None]  # point xy
    if len(outlines) == len(fields):
        columns += _make_ragged("rf_outline_px", f"points (x, y) of its outline, {IN_PIXELS}", outlines)
    return columns
