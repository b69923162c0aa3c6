"""Analysis `sta`: the receptive fields of the recorded cells, from the bins that the run was trained on."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

import sysid
from sysid import Analysis, Findings, Picture, RunFolder, Table, key
from sysid_analyses.fields.data_rf_result import DataFields, find_filter_centres, write_fields
from sysid_analyses.fields.data_rf_statement import count_fields, state_fields
from sysid_analyses.fields.field import describe_fields
from sysid_analyses.fields.field_file import write_field_maps
from sysid_analyses.fields.stimulus_correlation import stimulus_correlation
from sysid_analyses.fields.training_data import TrainingData, read_training_data
from sysid_analyses.regression_filter import regression_filter
from sysid_analyses.significance import average_pixels, benjamini_hochberg, shift_test
from sysid_analyses.sta import spike_triggered_average

AVERAGE, REGRESSION = "spike-triggered average", "regression (smooth ridge)"
UNCORRECTED = "spike-triggered average, not corrected for stimulus correlations"


@attrs.frozen
class SpikeTriggeredAverage(Analysis):
    """Find the receptive field of every cell in the data: map, time course, Gaussian, significance.

    Choose it to see what the recording says before any model does, and beside `model_rf`. Only training bins
    are used, and no model. Windows reach from the frame on screen (lag 0) back to the oldest that the model
    sees; with `include_current = false` the model itself never sees lag 0.

    A field counts as found where it is more than chance, by circular shifts and over all cells at the false
    discovery rate, and where a Gaussian fits its map. A spike-triggered average is right for white stimuli
    alone: with `method = "auto"` correlated ones, movies, get a regression.
    """

    scope: ClassVar[Literal["run"]] = "run"

    method: Literal["auto", "average", "regression"] = key(
        "spike-triggered average, or ridge regression with smoothness; auto: the average where neighbouring "
        "pixels and successive frames are uncorrelated in the training stimulus, else the regression",
        default="auto",
    )
    shifts: int = key(
        "circular shifts of the responses; no p is below 1/(1 + shifts)", default=199, at_least=1
    )
    false_discovery_rate: float = key(
        "share of the cells said to be significant that may not be", default=0.05, above=0, below=1
    )
    significance_px: int = key(
        "for the shifts alone, larger frames are averaged to at most this size, to save time",
        default=30,
        unit="px",
        at_least=1,
    )
    components: int = key(
        "regression only: cosine components of a filter; more show finer detail, and cost their cube",
        default=1000,
        at_least=1,
    )
    seed: int = key("seed of the shifts", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write a table, two files of arrays and two figures for each session, and say what was found."""
        run = sysid.load_run(runs[0].path)
        channels = {recording.frame_shape[0] for recording in run.recordings.values()}
        if channels != {1}:
            return Findings(reason="receptive fields are made for stimuli of one channel only")
        found: list[tuple[str, Findings]] = []
        data = read_training_data(run)
        for session, each in data.items():
            prefix = f"{session}_" if len(data) > 1 else ""
            found.append((session, self._analyze_session(session, each, folder, prefix)))
        if len(found) == 1:
            return found[0][1]
        return _join(found)

    def _analyze_session(self, session: str, data: TrainingData, folder: Path, prefix: str) -> Findings:
        if data.bins < 2:
            return Findings(reason="fewer than two training bins have a response")
        if not (np.nansum(data.responses, axis=0) > 0).any():
            return Findings(reason="no cell has a spike in the training bins")
        correlation = stimulus_correlation(data.stimulus)
        if np.isnan(correlation).all() or not np.ptp(data.stimulus, axis=0).any():
            return Findings(reason="the training stimulus never changes")
        method = self.method
        if method == "auto":
            method = "average" if correlation.white else "regression"
        if method == "regression":
            regression = regression_filter(
                data.stimulus, data.responses, data.lags, components=self.components
            )
            filters, explained, label = regression.filters, regression.explained, REGRESSION
        else:
            filters = spike_triggered_average(data.stimulus, data.responses, data.lags)
            explained = np.full(len(data.spikes), np.nan)
            label = AVERAGE if correlation.white else UNCORRECTED
        test = shift_test(
            average_pixels(data.stimulus, self.significance_px),
            data.responses,
            data.lags,
            self.shifts,
            self.seed,
        )
        dt_s = 1 / data.recording.frame_rate_hz
        fields = DataFields(
            recording=data.recording,
            filters=filters,
            fields=describe_fields(filters, dt_s),
            spikes=data.spikes,
            explained=explained,
            test=test,
            adjusted=benjamini_hochberg(test.p),
            rate=self.false_discovery_rate,
            label=label,
            correlation=correlation,
            filter_centres=find_filter_centres(data.recording),
        )
        write_fields(folder, prefix, fields)
        _leave_fields(folder / f"{prefix}fields.npz", session, fields, dt_s)
        _save_figures(folder, prefix, fields)
        return Findings(
            numbers=count_fields(fields),
            statements=state_fields(fields),
            pictures=_pictures(prefix, label),
            tables=(
                Table(f"{prefix}cells.csv", "one cell a row: significance, fit, time course, known centres"),
            ),
        )


def _leave_fields(path: Path, session: str, data: DataFields, dt_s: float) -> None:
    """Leave the fields for others; a field that is not significant says so."""
    neurons = [neuron.id for neuron in data.recording.neurons]
    reasons = [data.reason(number) for number in range(len(neurons))]
    lag_s = np.arange(len(data.filters)) * dt_s
    write_field_maps(path, [session] * len(neurons), neurons, {"data": data.fields}, lag_s, reasons)


def _pictures(prefix: str, label: str) -> tuple[Picture, ...]:
    return (
        Picture(
            f"{prefix}maps",
            f"Receptive fields of the data ({label}): each cell's map, on its own scale, red where more "
            "light drives it, with the one- and two-sigma ellipses of its Gaussian. A cross marks the centre "
            "that the file gives, or the true one. The most significant cells come first.",
            "Fig. 4, Zheng et al. 2021",
        ),
        Picture(
            f"{prefix}mosaic",
            "The one-sigma ellipses of all cells with a receptive field over the frame and, where a window "
            "has several frames, their time courses, scaled to unit norm. ON cells are orange, OFF cells "
            "blue and broken.",
            "Fig. 4, Zheng et al. 2021",
        ),
    )


def _save_figures(folder: Path, prefix: str, fields: DataFields) -> None:
    from sysid_analyses.fields.data_rf_figure import draw_maps, draw_mosaic  # matplotlib is slow to import
    from sysid_analyses.figure import save_figure

    save_figure(draw_maps(fields), folder / f"{prefix}maps")
    save_figure(draw_mosaic(fields), folder / f"{prefix}mosaic")


def _join(found: list[tuple[str, Findings]]) -> Findings:
    """Put the findings of several sessions side by side, each under its name; the first of each is on top."""
    if all(each.reason for _, each in found):
        return Findings(reason="; ".join(f"{session}: {each.reason}" for session, each in found))
    said = {session: each.statements or (f"{each.reason}.",) for session, each in found}
    return Findings(
        numbers={
            f"{session}.{name}": value for session, each in found for name, value in each.numbers.items()
        },
        headlines=tuple(f"{session}: {first}" for session, (first, *_) in said.items()),
        statements=tuple(f"{session}: {each}" for session, (_, *others) in said.items() for each in others),
        pictures=tuple(picture for _, each in found for picture in each.pictures),
        tables=tuple(table for _, each in found for table in each.tables),
    )
