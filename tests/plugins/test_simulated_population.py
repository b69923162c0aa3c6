"""ON and OFF cells with Gaussian subunits."""

import numpy as np
import pytest

from sysid_datasets.simulated_cell import describe_truth, pooled_drive
from sysid_datasets.simulated_movie import white_noise
from sysid_datasets.simulated_population import fit_nonlinearity, make_population

SIZE, NEURONS = 20, 5


@pytest.fixture
def cells():
    return make_population(NEURONS, SIZE, 1.5, 30.0, np.random.default_rng(0))


def test_half_are_on_and_their_kernels_begin_positive(cells):
    polarity = [neuron.properties["polarity"] for neuron in cells.neurons]
    assert polarity == ["ON", "ON", "ON", "OFF", "OFF"]
    for neuron, row in zip(polarity, cells.weights, strict=True):
        kernel = cells.kernels[np.flatnonzero(row)[0]]
        first = kernel[np.flatnonzero(np.abs(kernel) > 1e-3)[0]]
        assert (first > 0) == (neuron == "ON")


def test_every_cell_has_four_subunits_of_its_own(cells):
    taken = cells.weights > 0
    assert taken.sum(axis=1).tolist() == [4] * NEURONS
    assert taken.sum(axis=0).tolist() == [1] * 4 * NEURONS


def test_centres_are_where_the_filters_are(cells):
    truth = describe_truth(cells, {})
    energy = np.square(truth.filters).sum(axis=1)  # neuron height width
    rows, columns = np.indices((SIZE, SIZE))
    for image, (x, y) in zip(energy, truth.centres, strict=True):
        found = np.array([(columns * image).sum(), (rows * image).sum()]) / image.sum()
        np.testing.assert_allclose(found, (x, y), atol=1.5)  # one receptive field's standard deviation


def test_mosaic_lies_within_the_frame():
    cells = make_population(38, 90, 3.0, 30.0, np.random.default_rng(1))
    centres = describe_truth(cells, {}).centres
    assert centres.min() > 9
    assert centres.max() < 80
    ids = [neuron.id for neuron in cells.neurons]
    assert len(set(ids)) == 38


def test_one_cell_is_enough():
    cells = make_population(1, 6, 1.0, 30.0, np.random.default_rng(0))
    assert [neuron.id for neuron in cells.neurons] == ["on0"]


def test_subunit_maps_are_unit_norm_without_subnormal_numbers():
    maps = make_population(2, 90, 2.0, 30.0, np.random.default_rng(0)).maps
    np.testing.assert_allclose(np.linalg.norm(maps, axis=(1, 2)), 1, rtol=1e-5)
    assert np.abs(maps[maps != 0]).min() > np.finfo(np.float32).tiny


def test_mean_rates_are_half_to_twice_what_was_asked_for(cells):
    pooled = pooled_drive(white_noise(3000, SIZE, np.random.default_rng(1)), cells)
    nonlinearity = fit_nonlinearity(pooled, 5.0, np.random.default_rng(2))
    rate_hz = nonlinearity.rate_hz(pooled)
    assert rate_hz.dtype == np.float32
    means = rate_hz.mean(axis=0)
    assert means.min() >= 2.5
    assert means.max() <= 10
    assert np.ptp(means) > 1


def test_rate_rises_with_drive_and_saturates(cells):
    pooled = pooled_drive(white_noise(3000, SIZE, np.random.default_rng(1)), cells)
    nonlinearity = fit_nonlinearity(pooled, 5.0, np.random.default_rng(2))
    drive = nonlinearity.centre + nonlinearity.spread * np.linspace(-5, 50, 30, dtype=np.float32)[:, None]
    rate_hz = nonlinearity.rate_hz(drive)
    assert (np.diff(rate_hz, axis=0) >= 0).all()
    np.testing.assert_allclose(rate_hz[-1], nonlinearity.gain_hz)
    assert (rate_hz[0] < 1e-3 * rate_hz[-1]).all()
