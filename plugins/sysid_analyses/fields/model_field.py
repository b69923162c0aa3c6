"""What the analyses of a model's receptive fields ask of a run: its neurons and its data's fields."""

import numpy as np

from sysid import DataNotFoundError, Run
from sysid_analyses.fields.data_field import data_filters
from sysid_analyses.fields.field import Field, describe_field, describe_fields

UNPREDICTIVE = "the filter predicts nothing of training bins that were left out"


def name_neurons(run: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the session and the name of every neuron, session after session."""
    sessions = run.information["sessions"]
    named = [(session, neuron) for session, each in sessions.items() for neuron in each["neurons"]]
    return tuple(session for session, _ in named), tuple(neuron for _, neuron in named)


def has_recording(run: Run) -> bool:
    """Tell whether it is known what a run was trained on; of imported weights it may never have been here."""
    return bool(run.information["data"]["checksum"])


def frame_duration_s(run: Run) -> float:
    """Return how long a frame of the first session is on screen."""
    return 1 / float(next(iter(run.information["sessions"].values()))["frame_rate_hz"])


def data_fields(run: Run, subtract_mean: bool) -> tuple[tuple[Field, ...], str]:
    """Return the fields of the recorded neurons, in the order of `name_neurons`, and how they were found.

    Where the recording of imported weights is not on this machine every field says so, and the second is
    empty.

    Raises:
        DataNotFoundError: the run was trained on a recording, and that is not here.
    """
    lags, _, height, width = run.architecture.input_shape
    dt_s, lead = frame_duration_s(run), run.window.lead
    try:
        by_session = data_filters(run)
    except DataNotFoundError:
        if has_recording(run):
            raise
        nothing = np.full((lags, height, width), np.nan)
        one = describe_field(nothing, dt_s, lead, reason="the recording is not on this machine")
        return (one,) * len(name_neurons(run)[1]), ""
    fields: list[Field] = []
    for found in by_session.values():
        reasons = [UNPREDICTIVE if explained <= 0 else "" for explained in found.explained]
        fields += describe_fields(found.filters, dt_s, lead, reasons=reasons, subtract_mean=subtract_mean)
    return tuple(fields), next(iter(by_session.values())).method


def why_no_fields(channels: int) -> str:
    """Return why no receptive fields are made of a stimulus with so many channels, or nothing."""
    if channels == 1:
        return ""
    return f"receptive fields are made for one channel, and the stimulus has {channels}"
