"""Where the cells of a model look: its own receptive fields around grey, else what the recording says."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from sysid import DataNotFoundError, Run
from sysid_analyses.cell_choice import choose_predicted
from sysid_analyses.fields.field import Field, describe_fields
from sysid_analyses.fields.mean_gradient import mean_gradient
from sysid_analyses.fields.model_field import frame_duration_s, has_recording, name_neurons
from sysid_analyses.fields.white_noise_rf import WhiteNoise
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.screen import Screen

FAINT = 0.3  # contrast of the noise: the working point is that of a grey screen


def find_cells(run: Run, screen: Screen, most: int, windows: int, seed: int) -> Cells:
    """Find where up to `most` cells look, those predicted best.

    The centre is that of the Gaussian fitted to the model's own receptive field: the mean gradient of the
    rate by luminance over faint noise around grey, which is its spike-triggered average there (see
    `mean_gradient`). Where none fits it is the centre that the recording holds, else the middle of the frame.
    A cell's polarity is that of its field, ON where there is none.

    Args:
        run: whose model.
        screen: what frames look like.
        most: cells that are looked at one by one.
        windows: of noise.
        seed: of the noise.
    """
    sessions, neurons = name_neurons(run)
    chosen = choose_predicted(run, most)
    known = _recorded_centres(run, len(neurons))
    centre = np.tile([(screen.width - 1) / 2, (screen.height - 1) / 2], (len(neurons), 1))
    source, polarity = [""] * len(neurons), np.ones(len(neurons))
    fields = dict(
        zip(np.flatnonzero(chosen).tolist(), _own_fields(run, screen, chosen, windows, seed), strict=True)
    )
    for number in range(len(neurons)):
        field = fields.get(number)
        if field is not None and np.isfinite(field.polarity):
            polarity[number] = field.polarity
        if field is not None and field.found:
            centre[number], source[number] = field.fit.centre, "model"
        elif np.isfinite(known[number]).all():
            centre[number], source[number] = known[number], "recording"
    return Cells(sessions, neurons, centre, tuple(source), chosen, polarity)


def _recorded_centres(run: Run, neurons: int) -> Float[np.ndarray, "neuron 2"]:
    """Return the centres that the recording holds, NaN where it does not."""
    try:
        recordings = run.recordings
    except DataNotFoundError:
        if has_recording(run):
            raise
        return np.full((neurons, 2), np.nan)
    return np.array(
        [
            neuron.receptive_field.centre if neuron.receptive_field else (np.nan, np.nan)
            for recording in recordings.values()
            for neuron in recording.neurons
        ]
    )


def _own_fields(run: Run, screen: Screen, chosen: np.ndarray, windows: int, seed: int) -> tuple[Field, ...]:
    """Return the fields of the chosen neurons, in their order."""
    sessions = np.array(name_neurons(run)[0])
    grey, amplitude = (
        torch.from_numpy(each.astype(np.float32))[:, None, None] for each in (screen.grey, screen.amplitude)
    )
    noise = WhiteNoise(windows, run.samples.history, screen.height, screen.width, seed=seed)

    def batches() -> Iterator[Float32[np.ndarray, "window lag height width"]]:
        for signs in noise.draw():
            yield np.float32(FAINT) * noise.show(signs)

    filters = []
    for session in dict.fromkeys(sessions.tolist()):
        columns = torch.from_numpy(np.flatnonzero(chosen[sessions == session]))
        if not len(columns):
            continue

        def rates(luminance: Tensor, session: str = session, columns: Tensor = columns) -> Tensor:
            frames = grey + amplitude * luminance[:, :, None]
            return run.model(frames, None, session)[0][:, -1, columns]

        filters.append(mean_gradient(rates, batches()))
    found = np.concatenate(filters, axis=-1)
    return describe_fields(np.nan_to_num(found), frame_duration_s(run), run.window.lead)
