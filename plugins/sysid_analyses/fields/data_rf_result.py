"""The receptive fields of one session's cells, as a table and arrays."""

import math
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from jaxtyping import Float

from sysid import Recording
from sysid_analyses.fields.field import Field
from sysid_analyses.fields.stimulus_correlation import StimulusCorrelation
from sysid_analyses.receptive_field import fit_gaussians
from sysid_analyses.separation import separate
from sysid_analyses.significance import ShiftTest
from sysid_analyses.table import write_table

COLUMNS = (
    *("neuron", "spikes", "p", "p_adjusted", "significant", "polarity", "centre_x_px", "centre_y_px"),
    *("centre_error_x_px", "centre_error_y_px", "width_1_px", "width_2_px", "angle_rad"),
    *("explained_variance", "latency_ms", "peak_ms", "crossing_ms", "biphasic", "separability"),
    *("cross_validated", "known_x_px", "known_y_px", "known_distance_px", "true_x_px", "true_y_px"),
    *("true_distance_px", "true_filter_distance_px", "reason"),
)


@attrs.frozen(eq=False)
class DataFields:
    """Hold the receptive fields of one session's cells.

    Attributes:
        recording: they are from.
        filters: (lag, height, width, neuron), lag 0 the frame on screen.
        fields: one for each neuron, times in seconds.
        spikes: (neuron,), in the training bins.
        explained: (neuron,), variance that a regression explains in cross-validation; NaN for an average.
        test, adjusted: significance of each cell, and the same over cells.
        rate: false discovery rate that counts as significant.
        label: how the filters were found.
        correlation: of the training stimulus.
        filter_centres: (neuron, 2), of a simulation, of the Gaussians that fit the true filters; NaN for a
            recording. A cell's subunits lie around its centre, and their weights move its field away from it.
    """

    recording: Recording
    filters: Float[np.ndarray, "lag height width neuron"]
    fields: tuple[Field, ...]
    spikes: Float[np.ndarray, " neuron"]
    explained: Float[np.ndarray, " neuron"]
    test: ShiftTest
    adjusted: Float[np.ndarray, " neuron"]
    rate: float
    label: str
    correlation: StimulusCorrelation
    filter_centres: Float[np.ndarray, "neuron 2"]

    @property
    def significant(self) -> np.ndarray:
        """(neuron,), whether there is more than chance."""
        return self.adjusted <= self.rate  # NaN is not

    @property
    def found(self) -> np.ndarray:
        """(neuron,), whether there is more than chance and a Gaussian fits it."""
        return self.significant & [field.fit.found for field in self.fields]

    @property
    def centres(self) -> Float[np.ndarray, "neuron 2"]:
        """Fitted centres (x, y), NaN where there is no fit."""
        return np.array([field.fit.centre for field in self.fields])

    @property
    def known_centres(self) -> Float[np.ndarray, "neuron 2"]:
        """Centres that the file gives, NaN where it gives none."""
        given = [neuron.receptive_field for neuron in self.recording.neurons]
        return np.array([each.centre if each else (np.nan, np.nan) for each in given], dtype=np.float64)

    @property
    def true_centres(self) -> Float[np.ndarray, "neuron 2"]:
        """Centres of a simulation, NaN for a recording."""
        truth = self.recording.truth
        if truth is None or truth.centres is None:
            return np.full((len(self.fields), 2), np.nan)
        return np.asarray(truth.centres, dtype=np.float64)

    def reason(self, neuron: int) -> str:
        """Say why a cell has no receptive field; nothing where it has one."""
        if not self.spikes[neuron] > 0:
            return "no spikes in the training bins"
        if np.isnan(self.test.statistic[neuron]):
            return "its response never changes"
        if not self.significant[neuron]:
            return "not more than chance"
        return self.fields[neuron].fit.reason


def find_filter_centres(recording: Recording) -> Float[np.ndarray, "neuron 2"]:
    """Return centres (x, y) of the Gaussians that fit a simulation's filters; NaN where there are none."""
    if recording.truth is None or recording.truth.filters is None:
        return np.full((len(recording.neurons), 2), np.nan)
    maps = np.stack([separate(filter.astype(np.float64)).spatial for filter in recording.truth.filters])
    return np.array([fit.centre for fit in fit_gaussians(maps)])


def distance(one: Float[np.ndarray, "neuron 2"], other: Float[np.ndarray, "neuron 2"]) -> np.ndarray:
    """Return how far apart centres are, (neuron,)."""
    return np.hypot(*(one - other).T)


def write_fields(folder: Path, prefix: str, data: DataFields) -> None:
    """Write `cells.csv` and `filters.npz`."""
    write_table(
        folder / f"{prefix}cells.csv", COLUMNS, [_row(data, number) for number in range(len(data.fields))]
    )
    fits = [field.fit for field in data.fields]
    with open(folder / f"{prefix}filters.npz", "wb") as file:
        np.savez_compressed(
            file,
            neuron=[neuron.id for neuron in data.recording.neurons],
            filters=data.filters.astype(np.float32),
            spatial=np.stack([field.spatial for field in data.fields]),
            temporal=np.stack([field.temporal for field in data.fields]),
            polarity=[field.polarity for field in data.fields],
            statistic=data.test.statistic,
            **{
                name: np.array([getattr(fit, name) for fit in fits], dtype=np.float64)
                for name in ("centre", "widths", "angle", "amplitude", "offset", "explained_variance")
            },
        )


def _row(data: DataFields, number: int) -> tuple[Any, ...]:
    field, known, true = data.fields[number], data.known_centres[number], data.true_centres[number]
    fit, times = field.fit, field.times
    here = data.centres[number]
    polarity = {1.0: "ON", -1.0: "OFF"}.get(field.polarity, "")
    return (
        data.recording.neurons[number].id,
        *(float(data.spikes[number]), float(data.test.p[number]), float(data.adjusted[number])),
        *(int(data.significant[number]), polarity, *fit.centre, *fit.uncertainty.centre),
        *(*fit.widths, fit.angle, fit.explained_variance),
        *(1000 * times.first_peak_latency, 1000 * times.peak_time, 1000 * times.zero_crossing),
        *(times.biphasic_index, field.separability, float(data.explained[number])),
        *(*map(float, known), math.dist(known, here), *map(float, true), math.dist(true, here)),
        math.dist(data.filter_centres[number], here),
        data.reason(number),
    )
