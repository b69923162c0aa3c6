"""Read the spike trains of the deposit."""

import functools

import attrs
import numpy as np

from sysid import SysidError
from sysid_datasets.dryad_deposit import Deposit
from sysid_datasets.dryad_matlab import read_cells


@attrs.frozen(eq=False)
class SpikeTrains:
    """Hold all spikes to one stimulus as three columns.

    Attributes:
        neurons: how many neurons there are, silent ones included.
        repeats: how often the stimulus was shown.
        neuron: (spike,), which neuron fired.
        repeat: (spike,), in which repeat.
        time_ms: (spike,), 1 … the stimulus' length; t ms is the millisecond that ends t ms after onset.
    """

    neurons: int
    repeats: int
    neuron: np.ndarray
    repeat: np.ndarray
    time_ms: np.ndarray


@attrs.frozen(eq=False)
class ImageTrains:
    """Hold all spikes to a set of images.

    Attributes:
        shape: (row, column) of the file's cell array; with shifts, a shift is a row and an image a column.
        trains: of each image, row by row, all of the same neurons and repeats.
    """

    shape: tuple[int, int]
    trains: tuple[SpikeTrains, ...]


@functools.lru_cache(maxsize=8)
def read_movie_trains(deposit: Deposit, name: str, last_ms: int) -> SpikeTrains:
    """Return the spikes to a movie, from a (neuron, repeat) cell array of trains."""
    return _flatten_trains(read_cells(deposit, name, "Spikes"), last_ms, f"{deposit.path}: {name}: Spikes")


@functools.lru_cache(maxsize=8)
def read_image_trains(deposit: Deposit, name: str, last_ms: int) -> ImageTrains:
    """Return the spikes to each image, from cells of (neuron, repeat) cells of trains."""
    cells = read_cells(deposit, name, "Spikes")
    trains: list[SpikeTrains] = []
    for index, inner in enumerate(cells.flat):
        where = f"{deposit.path}: {name}: Spikes {index + 1}"
        if not isinstance(inner, np.ndarray) or inner.dtype != object or inner.ndim != 2:
            raise SysidError(f"{where}: expected a cell array (neuron, repeat), got another kind")
        trains.append(_flatten_trains(inner, last_ms, where))
        here, first = ((each.repeats, each.neurons) for each in (trains[-1], trains[0]))
        if here != first:
            raise SysidError(f"{where}: expected (repeat, neuron) {first} as for the first image, got {here}")
    return ImageTrains(cells.shape, tuple(trains))


@functools.lru_cache(maxsize=8)
def count_image_spikes(deposit: Deposit, name: str, last_ms: int) -> np.ndarray:
    """Return spike counts per image, (row, column, repeat, neuron), from cells of (neuron, repeat) cells."""
    images = read_image_trains(deposit, name, last_ms)
    counts = []
    for trains in images.trains:
        flat = trains.repeat * trains.neurons + trains.neuron
        each = np.bincount(flat, minlength=trains.repeats * trains.neurons)
        counts.append(each.reshape(trains.repeats, trains.neurons))
    return np.stack(counts).reshape(*images.shape, *counts[0].shape)  # row column repeat neuron


def _flatten_trains(cells: np.ndarray, last_ms: int, where: str) -> SpikeTrains:
    neurons, repeats = cells.shape
    for train in cells.flat:
        if not isinstance(train, np.ndarray) or train.dtype.kind not in "iuf":
            raise SysidError(f"{where}: expected trains of numbers, got text or cells")
    # an empty train has the shape (0, 0) or (0, 1), and 8, 16 or 32 bits hold the rest
    lengths = [train.size for train in cells.flat]
    time_ms = np.concatenate([train.ravel().astype(np.float64) for train in cells.flat])
    wrong = ~((time_ms >= 1) & (time_ms <= last_ms))  # so that NaN is wrong as well
    if wrong.any():
        raise SysidError(f"{where}: expected times of 1 … {last_ms} ms, got {time_ms[wrong][0]:g}")
    train_of_spike = np.repeat(np.arange(cells.size), lengths)
    return SpikeTrains(
        neurons, repeats, train_of_spike // repeats, train_of_spike % repeats, time_ms.astype(int)
    )
