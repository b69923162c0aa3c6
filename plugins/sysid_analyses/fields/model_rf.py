"""Analysis `model_rf`: the model's receptive fields by white noise in silico, beside those of the data."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np
from jaxtyping import Float, Float32

import sysid
from sysid import Analysis, DataNotFoundError, Findings, Run, RunFolder, Table, key
from sysid_analyses.fields.field import describe_fields
from sysid_analyses.fields.field_drawing import draw_fields
from sysid_analyses.fields.field_summary import count_fields, state_fields
from sysid_analyses.fields.field_table import FieldSet, leave_fields, write_cells, write_filters
from sysid_analyses.fields.model_field import (
    data_fields,
    frame_duration_s,
    has_recording,
    name_neurons,
    why_no_fields,
)
from sysid_analyses.fields.noise_contrast import Contrast, noise_level
from sysid_analyses.fields.white_noise_rf import NoiseFields, WhiteNoise, noise_receptive_fields

HARDLY_DRIVEN = 0.1  # of the variance that the movie evokes; the noise then asks little of the model


@attrs.frozen
class ModelReceptiveField(Analysis):
    """Show binary white noise to a trained model and weigh it by the rates that the model predicts.

    The receptive fields of the model's output cells, beside those of the recorded cells by the same
    functions: choose it to see whether a model looks where the cells look, with their time course. The idea
    is Figs. 4 and 6 of Zheng, Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350.

    Each field is taken apart into a map and a time course, a Gaussian is fitted to the map, and cells whose
    field does not agree between two halves of the noise better than with shuffled rates have none. The data's
    fields are spike-triggered averages where the training stimulus is white, else regression filters.

    Costs a forward pass of the model for every window: at the paper's size about 20 GFLOP, an hour for
    20,000 on a desktop processor.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    windows: int = key(
        "windows of noise, as many as the code of Zheng et al. 2021", default=20_000, at_least=100
    )
    contrast: Contrast = key(
        '"training": each pixel is the mean of the training pixels ± their standard deviation; "paper": '
        "±½ in the unit in which the network sees its input, so the mean ± half a standard deviation where "
        "the run standardises pixels, and ±½ around 0 in the stored unit where it does not; neither is "
        "rounded or clipped to what 8 bits hold",
        default="training",
    )
    block_px: int = key("pixels of one block share a value", default=1, unit="px", at_least=1)
    shuffles: int = key(
        "shuffles of rates against windows; a field counts above all cells' agreement in all of them, so "
        "19 give p < .05 for the population",
        default=19,
        at_least=1,
    )
    subtract_mean: bool = key(
        "subtract a field's mean over space and time before it is taken apart, as the released code does; "
        "that bends the time course",
        default=False,
    )
    cells: int = key(
        "cells drawn in the figure of maps, those with the clearest fields", default=12, at_least=1
    )
    seed: int = key("seed of the noise and the shuffles", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write a table, two files of arrays and up to three figures, and tell how alike the fields are."""
        run = sysid.load_run(runs[0].path)
        if reason := why_no_fields(run.architecture.input_shape[1]):
            return Findings(reason=reason)
        try:
            mean, amplitude = noise_level(run, self.contrast)
        except DataNotFoundError:
            if has_recording(run):  # another time it may be here: what an earlier analysis left then stays
                raise
            return Findings(
                reason="the run sees pixels as stored and its recording is not known, so the contrast it was "
                'trained on is not known; `contrast = "paper"` needs no recording'
            )
        answer = self._ask(run, mean, amplitude)
        if not answer.rate_variance.any():
            return Findings(reason="the model predicts the same rates whatever noise it is shown")
        dt_s, lead = frame_duration_s(run), run.window.lead
        doubts = [_doubt(answer, number) for number in range(answer.filters.shape[-1])]
        model = describe_fields(answer.filters, dt_s, lead, reasons=doubts, subtract_mean=self.subtract_mean)
        data, method = data_fields(run, self.subtract_mean)
        fields = FieldSet(*name_neurons(run), model, data)
        driven = answer.rate_variance / _movie_variance(run)
        more = {"half_agreement": answer.agreement, "rate_variance_ratio": driven}
        write_cells(folder / "cells.csv", fields, more)
        write_filters(folder / "filters.npz", fields, dt_s, lead)
        leave_fields(folder / "fields.npz", fields, dt_s, lead)
        ratio = float(np.nanmedian(driven)) if np.isfinite(driven).any() else float("nan")
        numbers = count_fields(fields) | {
            "rate_variance_ratio": ratio,
            "half_agreement": float(np.median(np.nan_to_num(answer.agreement))),
            "half_agreement_by_chance": answer.threshold,
        }
        return Findings(
            numbers=numbers,
            statements=(*state_fields(fields, numbers, "white noise", method), *_state_drive(ratio)),
            pictures=draw_fields(folder, fields, dt_s, lead, self.cells),
            tables=(Table("cells.csv", "one neuron a row"),),
        )

    def _ask(self, run: Run, mean: float, amplitude: float) -> NoiseFields:
        """Show the noise to the neurons of all sessions."""
        lags, _, height, width = run.architecture.input_shape
        sessions = dict.fromkeys(name_neurons(run)[0])

        def predict(windows: Float32[np.ndarray, "w lag y x"]) -> Float[np.ndarray, "w neuron"]:
            rates = [run.predict_windows(windows[:, :, None], session=name) for name in sessions]
            return np.concatenate(rates, axis=1)

        noise = WhiteNoise(self.windows, lags, height, width, self.block_px, self.seed)
        return noise_receptive_fields(predict, noise, mean, amplitude, self.shuffles)


def _doubt(answer: NoiseFields, neuron: int) -> str:
    """Say why a neuron's field is none, or nothing."""
    if answer.rate_variance[neuron] == 0:
        return "the predicted rate is the same for every noise"
    if not answer.found[neuron]:
        return "two halves of the noise agree no better than with shuffled rates"
    return ""


def _movie_variance(run: Run) -> Float[np.ndarray, " neuron"]:
    """Return the variance of every neuron's predicted rate over the test part; NaN where there is none."""
    sessions = name_neurons(run)[0]
    if not run.folder.predictions_file.exists():  # of an imported run, whose recording may not be known
        return np.full(len(sessions), np.nan)
    stored = run.folder.predictions()
    variance = np.concatenate(
        [stored[name]["prediction"].var(axis=0, dtype=np.float64) for name in dict.fromkeys(sessions)]
    )
    return np.where(variance > 0, variance, np.nan)


def _state_drive(ratio: float) -> tuple[str, ...]:
    """Compare how much noise and movie drive the model."""
    if not np.isfinite(ratio):
        return ()
    said = f"The noise evokes {ratio:.2f} times the variance of predicted rates that the test movie evokes"
    if ratio < HARDLY_DRIVEN:
        return (
            f"{said}: it hardly drives the model, so these fields describe a working point that the movie "
            "seldom visits.",
        )
    return (f"{said} (median over cells).",)
