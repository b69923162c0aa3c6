"""Spike trains of the deposit's MATLAB files."""

import io

import numpy as np
import pytest
import scipy.io

from sysid import SysidError
from sysid_datasets.dryad_deposit import open_deposit
from sysid_datasets.dryad_spike import count_image_spikes, read_movie_trains

NAME = "NeuralData/Spikes/Movie1Exp1.mat"


def to_cells(rows) -> np.ndarray:
    cells = np.empty((len(rows), len(rows[0])), dtype=object)
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            cells[row, column] = value
    return cells


def encode(cells, variable="Spikes", compressed=True) -> bytes:
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, {variable: cells}, do_compression=compressed)
    return buffer.getvalue()


def deposit_of(folder, content: bytes):
    (folder / NAME).parent.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(content)
    return open_deposit(folder)


TRAINS = [
    [np.array([[5], [18000]], np.int32), np.zeros((0, 0), np.int32), np.array([[255]], np.uint8)],
    [np.zeros((0, 1), np.int32), np.array([[1], [300]], np.uint16), np.array([[9], [9]], np.int32)],
]


def test_trains_of_any_width_and_both_kinds_of_empty_ones_are_read(tmp_path):
    spikes = read_movie_trains(deposit_of(tmp_path, encode(to_cells(TRAINS))), NAME, 18000)
    assert (spikes.neurons, spikes.repeats) == (2, 3)
    np.testing.assert_array_equal(spikes.neuron, [0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(spikes.repeat, [0, 0, 2, 1, 1, 2, 2])
    np.testing.assert_array_equal(spikes.time_ms, [5, 18000, 255, 1, 300, 9, 9])


def test_spikes_to_images_are_counted(tmp_path):
    images = [[to_cells(TRAINS)], [to_cells([[each[:0] for each in row] for row in TRAINS])]]
    counts = count_image_spikes(deposit_of(tmp_path, encode(to_cells(images))), NAME, 18000)
    assert counts.shape == (2, 1, 3, 2)  # row column repeat neuron
    np.testing.assert_array_equal(counts[0, 0], [[2, 0], [0, 2], [1, 2]])
    assert not counts[1].any()


@pytest.mark.parametrize("time", [0, 18001, -3, np.nan])
def test_a_time_outside_the_recording_is_named(tmp_path, time):
    content = encode(to_cells([[np.array([[4.0], [time]])]]))
    with pytest.raises(SysidError, match=f"Spikes: expected times of 1 … 18000 ms, got {time:g}"):
        read_movie_trains(deposit_of(tmp_path, content), NAME, 18000)


def test_a_train_that_is_text_is_named(tmp_path):
    with pytest.raises(SysidError, match="Spikes: expected trains of numbers, got text or cells"):
        read_movie_trains(deposit_of(tmp_path, encode(to_cells([[np.array("abc")]]))), NAME, 18000)


def test_images_without_cells_inside_are_named(tmp_path):
    content = encode(to_cells([[np.ones((2, 2))]]))
    with pytest.raises(
        SysidError, match=r"Spikes 1: expected a cell array \(neuron, repeat\), got another kind"
    ):
        count_image_spikes(deposit_of(tmp_path, content), NAME, 300)


def test_images_with_other_neurons_than_the_first_are_named(tmp_path):
    images = [[to_cells(TRAINS)], [to_cells(TRAINS[:1])]]
    line = r"Spikes 2: expected \(repeat, neuron\) \(3, 2\) as for the first image, got \(3, 1\)"
    with pytest.raises(SysidError, match=line):
        count_image_spikes(deposit_of(tmp_path, encode(to_cells(images))), NAME, 18000)
