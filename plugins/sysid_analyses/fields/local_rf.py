"""Analysis `local_rf`: the mean gradient of predicted rates over the test frames, as receptive fields."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np
from jaxtyping import Float
from torch import Tensor

import sysid
from sysid import Analysis, Findings, Recording, Run, RunFolder, Table, key
from sysid_analyses.fields.field import describe_fields
from sysid_analyses.fields.field_drawing import draw_fields
from sysid_analyses.fields.field_summary import count_fields, state_fields
from sysid_analyses.fields.field_table import FieldSet, leave_fields, write_cells, write_filters
from sysid_analyses.fields.mean_gradient import mean_gradient
from sysid_analyses.fields.model_field import data_fields, frame_duration_s, name_neurons, why_no_fields

PIXELS_AT_ONCE = 1 << 22  # 25 windows of 20 frames of 90×90 px, whose activations stay in memory meanwhile


@attrs.frozen
class LocalReceptiveField(Analysis):
    """Average the gradient of each predicted rate with respect to the pixels over the test frames.

    It says what the model reacts to at the frames that it was tested on, where white noise (`model_rf`) may
    hardly drive it. For Gaussian noise both are the same (Stein's lemma). Choose it for models of movies. The
    idea of reading a network by its instantaneous receptive fields is that of Maheswaranathan et al. 2018
    (doi:10.1101/340943).

    Costs a backward pass of the model for every neuron and frame.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    frames: int = key("test bins, evenly spread, over which gradients are averaged", default=200, at_least=1)
    subtract_mean: bool = key(
        "subtract a field's mean over space and time before it is taken apart", default=False
    )
    cells: int = key("cells drawn, those with the clearest fields", default=12, at_least=1)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write a table, two files of arrays and a figure, and say how alike fields are to the data's."""
        run = sysid.load_run(runs[0].path)
        if reason := why_no_fields(run.architecture.input_shape[1]):
            return Findings(reason=reason)
        chosen, recordings = _choose_bins(run, self.frames), run.recordings
        if not all(chosen.values()):
            return Findings(reason="there is no test bin with a whole window before it")
        session, neuron = name_neurons(run)
        filters = np.concatenate(
            [_gradients(run, name, recordings[name], chosen[name]) for name in chosen], axis=-1
        )
        dt_s, lead = frame_duration_s(run), run.window.lead
        model = describe_fields(filters, dt_s, lead, subtract_mean=self.subtract_mean)
        data, method = data_fields(run, self.subtract_mean)
        fields = FieldSet(session, neuron, model, data)
        write_cells(folder / "cells.csv", fields, {})
        write_filters(folder / "filters.npz", fields, dt_s, lead)
        leave_fields(folder / "fields.npz", fields, dt_s, lead)
        numbers = count_fields(fields) | {"test_bins": float(sum(map(len, chosen.values())))}
        return Findings(
            numbers=numbers,
            statements=state_fields(fields, numbers, "the test frames (mean gradient of the rate)", method),
            pictures=draw_fields(folder, fields, dt_s, lead, self.cells, population=False),
            tables=(Table("cells.csv", "one neuron a row"),),
        )


def _choose_bins(run: Run, most: int) -> dict[str, list[tuple[int, int]]]:
    """Return up to so many test bins of every session, evenly spread: (presentation, frame)."""
    chosen = {}
    for session, shown in run.responses_in("test").items():
        bins = [
            (number, int(frame))
            for number, responses in enumerate(shown)
            for frame in np.flatnonzero(np.isfinite(responses).any(axis=(0, 2)))
        ]
        spread = np.linspace(0, len(bins) - 1, min(most, len(bins))).round().astype(int)
        chosen[session] = [bins[each] for each in spread]
    return chosen


def _gradients(
    run: Run, session: str, recording: Recording, bins: list[tuple[int, int]]
) -> Float[np.ndarray, "lag height width neuron"]:
    """Return the mean gradients of one session's neurons, per unit of the stimulus as stored."""

    def rates(windows: Tensor) -> Tensor:
        return run.model(windows[:, :, None], None, session)[0][:, -1]

    def batches() -> Iterator[np.ndarray]:
        size = max(1, PIXELS_AT_ONCE // int(np.prod(run.architecture.input_shape)))
        for start in range(0, len(bins), size):
            yield np.stack([_window(run, recording, *each) for each in bins[start : start + size]])

    return mean_gradient(rates, batches())


def _window(
    run: Run, recording: Recording, presentation: int, frame: int
) -> Float[np.ndarray, "lag height width"]:
    first, last = frame - run.window.reach, frame - run.window.lead
    return np.asarray(recording.presentations[presentation].stimulus[first : last + 1])[:, 0].astype(
        np.float32
    )
