"""Say in numbers and sentences how alike the receptive fields of model and data are."""

import numpy as np
from jaxtyping import Float

from sysid_analyses.fields.field_comparison import FieldPair, pairwise_cosines
from sysid_analyses.fields.field_table import FieldSet
from sysid_analyses.wording import counted

METHODS = {
    "average": "spike-triggered averages, as the training stimulus is white",
    "regression": "regression filters, as the training stimulus is correlated",
}


def count_fields(fields: FieldSet) -> dict[str, float]:
    """Return the headline numbers; NaN where no cell has what they are about.

    Differences are over the cells with both fields. `diversity` is the mean cosine of every two cells'
    fields, lower where cells differ more.
    """
    pairs = [pair for pair in fields.pairs if np.isfinite(pair.centre_distance_px)]
    numbers = {
        "cells": float(len(fields.neuron)),
        "model_fields": float(len(fields.found("model"))),
        "data_fields": float(len(fields.found("data"))),
        "both_fields": float(len(pairs)),
        "median_centre_distance_px": _median(pairs, "centre_distance_px"),
        "median_rf_distance": _median(pairs, "rf_distance"),
        "same_sign": float(np.mean([pair.same_sign for pair in pairs])) if pairs else float("nan"),
        "median_spatial_cosine": _median(pairs, "spatial_cosine"),
        "median_temporal_cosine": _median(pairs, "temporal_cosine"),
        "median_latency_difference_ms": 1000 * _median(pairs, "latency_difference_s"),
    }
    for which in ("model", "data"):
        found = fields.found(which)
        numbers |= {
            f"{which}_autocorrelation": _middle([field.autocorrelation for field in found]),
            f"{which}_regularity": _middle([field.regularity for field in found]),
            f"{which}_diversity": _mean(field_cosines(fields, which)),
            f"{which}_diversity_in_time": _mean(pairwise_cosines([field.temporal for field in found])),
        }
    return numbers


def field_cosines(fields: FieldSet, which: str) -> Float[np.ndarray, " pair"]:
    """Return the cosine of every two cells' fields, map times time course, of "model" or "data"."""
    found = fields.found(which)
    in_space = pairwise_cosines([field.spatial for field in found])
    return in_space * pairwise_cosines([field.temporal for field in found])


def state_fields(fields: FieldSet, numbers: dict[str, float], probe: str, method: str) -> tuple[str, ...]:
    """Return sentences: how many fields, how alike, how fast, and how the data's were found."""
    cells, model, both = (int(numbers[name]) for name in ("cells", "model_fields", "both_fields"))
    said = [f"The model has a receptive field for {probe} in {model} of {counted(cells, 'cell')}."]
    if not method:
        return (*said, "The recording is not on this machine, so there is nothing to compare them with.")
    found = int(numbers["data_fields"])
    said.append(
        f"The data have one in {found} of {counted(cells, 'cell')} ({METHODS[method]}, on the training bins)."
    )
    if not both:
        return (*said, "No cell has both, so there is nothing to compare.")
    same = round(numbers["same_sign"] * both)
    said.append(
        f"Where both have one ({counted(both, 'cell')}) the centres are "
        f"{numbers['median_centre_distance_px']:.2g} px apart and the RF distance is "
        f"{numbers['median_rf_distance']:.2g} (medians); {same} have the same sign. The model's first peak "
        f"comes {_later(numbers['median_latency_difference_ms'])} (median)."
    )
    return tuple(said)


def _later(difference_ms: float) -> str:
    """Return `3 ms later than the data's`."""
    if not np.isfinite(difference_ms):
        return "at a time that is not defined"
    return f"{abs(difference_ms):.0f} ms {'later' if difference_ms >= 0 else 'earlier'} than the data's"


def _median(pairs: list[FieldPair], name: str) -> float:
    return _middle([getattr(pair, name) for pair in pairs])


def _middle(values: list[float]) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _mean(values: Float[np.ndarray, " pair"]) -> float:
    return float(values.mean()) if len(values) else float("nan")
