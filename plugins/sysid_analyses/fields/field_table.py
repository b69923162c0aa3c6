"""Write receptive fields of data and model beside one another: a table, and the arrays behind it."""

from collections.abc import Mapping
from pathlib import Path

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.fields.field import Field
from sysid_analyses.fields.field_comparison import FieldPair, compare_fields
from sysid_analyses.fields.field_file import write_field_maps
from sysid_analyses.receptive_field import GaussianFit
from sysid_analyses.table import write_table

FIT_COLUMNS = (
    *("centre_x_px", "centre_y_px", "width_1_px", "width_2_px", "angle_rad", "explained_variance"),
    *("centre_error_x_px", "centre_error_y_px", "polarity", "latency_ms", "peak_ms", "crossing_ms"),
    *("biphasic", "separability", "autocorrelation", "regularity", "reason"),
)
PAIR_COLUMNS = (
    *("centre_distance_px", "rf_distance", "same_sign", "spatial_cosine", "temporal_cosine"),
    "latency_difference_ms",
)


@attrs.frozen(eq=False)
class FieldSet:
    """Hold the receptive fields of every neuron of every session, from the model and from the data.

    Attributes:
        session, neuron: by which a neuron is known.
        model, data: one field each; `reason` says why there is none.
    """

    session: tuple[str, ...]
    neuron: tuple[str, ...]
    model: tuple[Field, ...]
    data: tuple[Field, ...]

    @property
    def pairs(self) -> list[FieldPair]:
        """Every neuron's data against its model: a difference is model minus data."""
        return [compare_fields(data, model) for data, model in zip(self.data, self.model, strict=True)]

    def found(self, which: str) -> list[Field]:
        """Return the fields of "model" or "data" that are receptive fields."""
        return [field for field in getattr(self, which) if field.found]


def write_cells(path: Path, fields: FieldSet, more: Mapping[str, Float[np.ndarray, " neuron"]]) -> None:
    """Write one row per neuron; what `more` names stands after the neuron.

    Centres are x and y in stimulus pixels, the middle of the first pixel (0, 0); times are ms before the
    bin; an empty cell is not known, and `reason` says why.
    """
    columns = ["session", "neuron", *more]
    columns += [f"{who}_{column}" for who in ("model", "data") for column in FIT_COLUMNS]
    rows = []
    for number, pair in enumerate(fields.pairs):
        row = [
            fields.session[number],
            fields.neuron[number],
            *(float(each[number]) for each in more.values()),
        ]
        row += [*_field_cells(fields.model[number]), *_field_cells(fields.data[number])]
        *same, latency_s = attrs.astuple(pair)
        rows.append([*row, *same, 1000 * latency_s])
    write_table(path, [*columns, *PAIR_COLUMNS], rows)


def _field_cells(field: Field) -> list[float | str]:
    """Return what `FIT_COLUMNS` names; the ellipse only where it is that of a receptive field."""
    fit = field.fit if field.found else GaussianFit(reason=field.reason)
    times = field.times
    return [
        *(*fit.centre, *fit.widths, fit.angle, field.fit.explained_variance),
        *(*fit.uncertainty.centre, field.polarity),
        *(1000 * each for each in (times.first_peak_latency, times.peak_time, times.zero_crossing)),
        *(times.biphasic_index, field.separability, field.autocorrelation, field.regularity, field.reason),
    ]


def write_filters(path: Path, fields: FieldSet, dt_s: float, lead: int) -> None:
    """Write filters, maps and time courses of data and model as NPZ, in single precision.

    `model_filters` and `data_filters` are (lag, height, width, neuron), `…_spatial` (height, width, neuron),
    `…_temporal` (lag, neuron), NaN where there are none; `lag_s` is how long before the bin each lag was on
    screen.
    """
    arrays: dict[str, np.ndarray] = {
        f"{who}_{stored}": np.stack([getattr(each, name) for each in getattr(fields, who)], axis=-1).astype(
            np.float32
        )
        for who in ("model", "data")
        for stored, name in (("filters", "filter"), ("spatial", "spatial"), ("temporal", "temporal"))
    }
    lags = len(fields.model[0].temporal)
    np.savez_compressed(
        path,
        session=np.array(fields.session),
        neuron=np.array(fields.neuron),
        lag_s=(lead + np.arange(lags)) * dt_s,
        **arrays,
    )


def leave_fields(path: Path, fields: FieldSet, dt_s: float, lead: int) -> None:
    """Write the fields of model and data in the form in which others read them (see `sysid.FieldMaps`)."""
    lag_s = (lead + np.arange(len(fields.model[0].temporal))) * dt_s
    both = {"data": fields.data, "model": fields.model}
    write_field_maps(path, fields.session, fields.neuron, both, lag_s)
