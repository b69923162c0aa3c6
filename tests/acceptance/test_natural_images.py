"""The real recording: cells answer to the light where the deposit says that their receptive fields are."""

import numpy as np
import pytest

from sysid_analyses.luminance_map import luminance_map, map_peaks, map_reliability
from sysid_datasets.dryad_mea import DryadMEA
from tests.deposit import DEPOSIT, needs_deposit

pytestmark = needs_deposit


@pytest.fixture(scope="module")
def flashed():
    """Images (image, 256, 256), counts (repeat, image, neuron) and deposited centres (neuron, 2)."""
    dataset = DryadMEA(path=DEPOSIT, stimulus="natural_images", size_px=256)
    recording = dataset.load()["recording1"]
    images = np.concatenate([shown.stimulus[:] for shown in recording.presentations])[:, 0]
    counts = np.concatenate([shown.responses for shown in recording.presentations], axis=1)
    centres = np.array([neuron.receptive_field.centre for neuron in recording.neurons])
    return images, counts.astype(np.float64), centres


def correlate_places(images, counts, centres, blur_px):
    """Correlation of peaks and deposited centres in x and in y, over the half with the more reliable maps."""
    reliability = map_reliability(images, counts, blur_px)
    better = np.argsort(-reliability)[: len(reliability) // 2]
    peaks = map_peaks(luminance_map(images, counts.mean(axis=0), blur_px))
    return [np.corrcoef(peaks[better, axis], centres[better, axis])[0, 1] for axis in (0, 1)]


@pytest.mark.parametrize("blur_px", [8.0, 12.0, 16.0])  # no blur was chosen for what comes out
def test_the_maps_peak_where_the_deposit_says_the_fields_are(flashed, blur_px):
    x, y = correlate_places(*flashed, blur_px)
    assert x >= 0.9
    assert y >= 0.9


def test_a_stimulus_that_is_turned_over_gives_the_opposite_sign(flashed):
    images, counts, centres = flashed
    x, y = correlate_places(images[:, ::-1], counts, centres, 12.0)
    assert x >= 0.9
    assert y <= -0.9
    x, y = correlate_places(images[:, :, ::-1], counts, centres, 12.0)
    assert x <= -0.9
    assert y >= 0.9


def test_responses_to_other_images_put_them_nowhere(flashed):
    images, counts, centres = flashed
    generator, places = np.random.default_rng(0), []
    for _ in range(5):
        places.append(correlate_places(images[generator.permutation(len(images))], counts, centres, 12.0))
    assert np.abs(np.mean(places, axis=0)).max() < 0.5
    assert np.max(np.min(places, axis=1)) < 0.9
