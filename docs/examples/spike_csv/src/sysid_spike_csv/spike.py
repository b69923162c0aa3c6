"""Spike times by neuron, counted in the bins of frames, and when nothing was recorded."""

from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64

from sysid import SysidError
from sysid_spike_csv.clock import Stretch
from sysid_spike_csv.natural_order import natural_order
from sysid_spike_csv.table import read_table

Spikes = dict[str, np.ndarray]
"""Neuron → (spike,), increasing times in seconds; neurons in natural order."""


def read_spikes(path: Path) -> Spikes:
    """Return the spikes of a table with the columns `neuron` and `time_s`, one row a spike.

    Raises:
        SysidError: there are none, or those of a neuron are not in the order of time.
    """
    table = read_table(path, ("neuron", "time_s"))
    names, times = np.array(table["neuron"].values, dtype=str), table["time_s"].seconds()
    if not len(times):
        raise SysidError(f"{path}: expected one spike a row, got no rows")
    spikes = {}
    for name in sorted(set(names.tolist()), key=natural_order):
        rows = np.flatnonzero(names == name)
        early = np.flatnonzero(np.diff(times[rows]) < 0)
        if len(early):
            before, row = (int(rows[early[0] + step]) for step in (0, 1))
            raise SysidError(
                f"{table['time_s'].where(row)}: expected times of neuron {name} that increase, got "
                f"{times[row]:g} after {times[before]:g} s; sort the rows, and put several recordings on one "
                "clock"
            )
        spikes[name] = times[rows]
    return spikes


def drop_outside(
    spikes: Spikes, start_s: float, stop_s: float, outside: Literal["refuse", "drop"], path: Path
) -> tuple[Spikes, int]:
    """Return the spikes within the movie, and how many were not.

    Raises:
        SysidError: some were not, and that is a mistake.
    """
    kept = {name: times[(times >= start_s) & (times < stop_s)] for name, times in spikes.items()}
    every = sum(map(len, spikes.values()))
    dropped = every - sum(map(len, kept.values()))
    if dropped and outside == "refuse":
        first = min(float(times[0]) for times in spikes.values())
        last = max(float(times[-1]) for times in spikes.values())
        raise SysidError(
            f"{path}: time_s: expected spikes within the movie, {start_s:.6g} to {stop_s:.6g} s, got "
            f"{dropped} of {every} beyond it (all are from {first:.6g} to {last:.6g}); times are in seconds "
            'on the clock of the frames, and outside = "drop" leaves out what was recorded before and after'
        )
    return kept, dropped


def count_spikes(spikes: Spikes, stretch: Stretch) -> Float32[np.ndarray, "frame neuron"]:
    """Return how many spikes of every neuron are in each bin of a stretch."""
    before = np.stack([np.searchsorted(times, stretch.edges_s) for times in spikes.values()], axis=1)
    return np.diff(before, axis=0).astype(np.float32)


def read_unrecorded(path: Path, neurons: tuple[str, ...]) -> tuple[tuple[float, float, str], ...]:
    """Return (start, stop, neuron) of a table with `start_s`, `stop_s` and, or not, `neuron`; "" = all.

    Raises:
        SysidError: a row ends before it begins, or names a neuron without spikes.
    """
    table = read_table(path, ("start_s", "stop_s"), ("neuron",))
    starts, stops = table["start_s"].seconds(), table["stop_s"].seconds()
    names = table["neuron"].values if "neuron" in table else ("",) * len(starts)
    for row, (start, stop, name) in enumerate(zip(starts, stops, names, strict=True)):
        if not start < stop:
            raise SysidError(f"{table['stop_s'].where(row)}: expected a time after {start:g} s, got {stop:g}")
        if name and name not in neurons:
            raise SysidError(f'{table["neuron"].where(row)}: expected a neuron that has spikes, got "{name}"')
    return tuple(zip(starts.tolist(), stops.tolist(), names, strict=True))


def mask_unrecorded(
    counts: Float32[np.ndarray, "frame neuron"],
    edges_s: Float64[np.ndarray, " edge"],
    unrecorded: tuple[tuple[float, float, str], ...],
    neurons: tuple[str, ...],
) -> Float32[np.ndarray, "frame neuron"]:
    """Return counts with NaN in every bin that is not wholly recorded."""
    masked = counts.copy()
    for start, stop, name in unrecorded:
        bins = (edges_s[1:] > start) & (edges_s[:-1] < stop)
        masked[np.ix_(bins, [not name or name == neuron for neuron in neurons])] = np.nan
    return masked
