"""What is said of the receptive fields of the data: headline numbers and sentences."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float

from sysid_analyses.fields.data_rf_result import DataFields, distance
from sysid_analyses.wording import counted


def count_fields(data: DataFields) -> dict[str, float | str]:
    """Return the headline numbers; medians are over the cells whose field was found."""
    found = data.found
    chosen = [field for field, here in zip(data.fields, found, strict=True) if here]
    known = distance(data.centres, data.known_centres)[found]
    numbers: dict[str, float | str] = {
        "method": data.label,
        "cells": float(len(data.fields)),
        "cells_with_spikes": float((data.spikes > 0).sum()),
        "significant": float(data.significant.sum()),
        "found": float(found.sum()),
        "on": float(sum(field.polarity > 0 for field in chosen)),
        "off": float(sum(field.polarity < 0 for field in chosen)),
        "smallest_p": data.test.smallest_p,
        "median_explained_variance": _median([field.fit.explained_variance for field in chosen]),
        "median_width_px": _median([math.sqrt(math.prod(field.fit.widths)) for field in chosen]),
        "median_latency_ms": _median([1000 * field.times.first_peak_latency for field in chosen]),
        "median_separability": _median([field.separability for field in chosen]),
        "median_distance_to_known_px": _median(known),
    }
    for name, centres in (("truth", data.true_centres), ("true_filter", data.filter_centres)):
        if not np.isnan(centres).all():  # a cell without a field is not within
            apart = distance(data.centres, centres)
            numbers[f"within_half_pixel_of_{name}"] = _share_within(data, apart)
    if not np.isnan(data.explained).all():
        numbers["median_cross_validated"] = _median(data.explained)
    return numbers


def state_fields(data: DataFields) -> tuple[str, ...]:
    """Say how many fields there are and how sure that is, how they were found, and where they lie."""
    firing = int((data.spikes > 0).sum())
    statements = [_state_found(data, firing), _state_smallest(data, firing), _state_method(data)]
    true = distance(data.centres, data.true_centres)
    known = distance(data.centres, data.known_centres)[data.found]
    if np.isfinite(true[data.found]).any():
        within = _share_within(data, true)
        statements.append(
            f"The fitted centres lie a median of {_median(true[data.found]):.2f} px from the simulated ones; "
            f"of the {counted(firing, 'cell')} that fire, {100 * within:.0f} % have a field whose centre is "
            "within half a pixel." + _state_filters(data)
        )
    elif np.isfinite(known).any():
        statements.append(
            f"The fitted centres lie a median of {np.nanmedian(known):.2f} px from those that the file gives."
        )
    return tuple(statements)


def _state_found(data: DataFields, firing: int) -> str:
    significant, found = int(data.significant.sum()), int(data.found.sum())
    said = (
        f"{found} of {counted(len(data.fields), 'cell')} {'has' if found == 1 else 'have'} a receptive field "
        f"({data.label}): {significant} of the {firing} that fire {'is' if significant == 1 else 'are'} more "
        f"than chance (circular shifts, false discovery rate {data.rate:g})"
    )
    return f"{said}, and a Gaussian fits {found} of these." if significant else f"{said}."


def _share_within(data: DataFields, apart: Float[np.ndarray, " neuron"]) -> float:
    """Return the share of the cells that fire whose field was found within half a pixel."""
    return float((data.found & (apart < 0.5))[data.spikes > 0].mean())


def _state_filters(data: DataFields) -> str:
    apart = distance(data.centres, data.filter_centres)
    if not np.isfinite(apart[data.found]).any():
        return ""
    return (
        f" Against the Gaussians that fit the true filters, which subunits of unlike weight move away from "
        f"these centres, it is {100 * _share_within(data, apart):.0f} %."
    )


def _state_smallest(data: DataFields, firing: int) -> str:
    if data.test.shifts == 0:
        return "The recording is too short for shifts longer than the history, so no cell can be significant."
    together = math.ceil(data.test.smallest_p * firing / data.rate - 1e-9)
    if together > firing:
        return (
            f"{data.test.shifts} shifts give no p below {data.test.smallest_p:.2g}, so no cell can be "
            f"significant at a false discovery rate of {data.rate:g}: ask for more shifts."
        )
    return (
        f"{data.test.shifts} shifts give no p below {data.test.smallest_p:.2g}; with "
        f"{counted(firing, 'cell')}, at least {together} must reach it for any to be significant."
    )


def _state_method(data: DataFields) -> str:
    space, time = (
        "unknown" if math.isnan(each) else f"{each:.2f}".replace("-", "−") for each in data.correlation
    )
    about = f"neighbouring pixels correlate by {space}, successive frames by {time}"
    if not np.isnan(data.explained).all():
        return (
            f"In the training stimulus {about}. The filters are regressions, and explain a median of "
            f"{_percent(np.nanmedian(data.explained))} of the variance of bins left out, noise included."
        )
    if data.correlation.white:
        return f"The training stimulus is white ({about}), so the average needs no correction."
    return (
        f"In the training stimulus {about}. The maps are not corrected for this: they are wider and smoother "
        "than the receptive fields, and time courses slower."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace("-", "−")


def _median(values: Any) -> float:
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    return float(np.median(finite)) if len(finite) else float("nan")
