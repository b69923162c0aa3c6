"""The neurons of a SENSORIUM folder, and what their responses are divided by."""

import numpy as np
from jaxtyping import Float64

from sysid import Neuron, SysidError
from sysid_datasets.sensorium_array import open_array, open_numbers
from sysid_datasets.sensorium_folder import Folder

DEVIATIONS = "meta/statistics/responses/all/std.npy"
LEAST_SHARE = 0.01  # of the mean standard deviation: what lies below is taken to be this much


def read_neurons(folder: Folder, count: int) -> tuple[tuple[Neuron, ...], tuple[str, ...]]:
    """Return neurons with their ids, places and areas where these are known, and notes on their ids.

    Raises:
        SysidError: a file in meta/neurons is about another number of neurons than responses are.
    """
    ids = _read(folder, "unit_ids", count)
    names = [str(number) for number in range(count)] if ids is None else [str(each) for each in ids.tolist()]
    if len(set(names)) < count:
        raise SysidError(f"{folder.path}/meta/neurons/unit_ids.npy: expected different ids, got some twice")
    properties: list[dict[str, str | float]] = [{} for _ in range(count)]
    places = _read(folder, "cell_motor_coordinates", count)
    if places is not None and places.ndim == 2 and places.dtype.kind in "buif":
        for own, place in zip(properties, places.tolist(), strict=True):
            own.update(zip(("x_um", "y_um", "z_um"), map(float, place), strict=False))
    areas = _read(folder, "area", count)
    if areas is not None:
        for own, area in zip(properties, areas.tolist(), strict=True):
            own["area"] = str(area)
    notes = ("neurons have no ids, meta/neurons/unit_ids.npy, and are numbered",) if ids is None else ()
    return tuple(Neuron(name, properties=own) for name, own in zip(names, properties, strict=True)), notes


def read_scale(folder: Folder, count: int) -> tuple[Float64[np.ndarray, " neuron"], str]:
    """Return one over each neuron's standard deviation, by which the competition scaled, and a note on it.

    Where it is less than 1 % of the mean over neurons, that 1 % stands for it, so that noise is not blown up.

    Raises:
        SysidError: the statistics are not there, about another number of neurons, or no neuron varies.
    """
    path = folder.path / DEVIATIONS
    if not path.is_file():
        raise SysidError(
            f"{path}: expected each neuron's standard deviation, got no file; responses_scaling = false "
            "leaves responses as they are"
        )
    stored = open_numbers(path)
    if stored.ndim not in (1, 2) or len(stored) != count:
        raise SysidError(f"{path}: expected ({count},) or ({count}, time), got {stored.shape}")
    deviation, varies = _average(np.asarray(stored, dtype=np.float64).reshape(count, -1))
    least = LEAST_SHARE * float(np.nanmean(deviation)) if np.isfinite(deviation).any() else 0.0
    if not least > 0:
        raise SysidError(f"{path}: expected standard deviations above zero, got none")
    small = ~(deviation > least)
    note = f"responses are divided by each neuron's standard deviation, {DEVIATIONS}"
    if varies:
        note += " (averaged over time, in which it varies there)"
    if small.any():
        note += f"; that of {int(small.sum())} of {count} is below 1 % of the mean, and taken to be that"
    return 1 / np.where(small, least, deviation), note


def _average(deviation: Float64[np.ndarray, "neuron time"]) -> tuple[Float64[np.ndarray, " neuron"], bool]:
    """Return the mean over time of what is known, NaN where nothing is, and whether it varies."""
    known = np.isfinite(deviation)
    filled = np.where(known, deviation, 0)
    count = known.sum(axis=1)
    mean = np.where(count > 0, filled.sum(axis=1) / np.maximum(count, 1), np.nan)
    apart = np.abs(np.where(known, deviation - mean[:, None], 0)).max()
    return mean, bool(apart > 1e-3 * np.abs(filled).max())


def _read(folder: Folder, name: str, count: int) -> np.ndarray | None:
    path = folder.path / "meta" / "neurons" / f"{name}.npy"
    if not path.is_file():
        return None
    stored = open_array(path)
    if stored.ndim == 0 or len(stored) != count:
        raise SysidError(f"{path}: expected {count} neurons, as in data/responses, got shape {stored.shape}")
    return np.asarray(stored)
