"""The simulated recordings as datasets."""

import attrs
import numpy as np
import pytest

import sysid
from sysid_datasets.simulated_retina import SimulatedRetina

SMALL = {"neurons": 3, "size_px": 12, "frames": 120, "train_repeats": 2, "test_repeats": 4}


def _load(**fields) -> sysid.Recording:
    (recording,) = SimulatedRetina(**fields).load().values()
    return recording


def _triggered_average(stimulus, responses, lags):
    """Return the response-weighted mean stimulus, (lag, height, width)."""
    signs = stimulus[:, 0].astype(np.float32) / 255 - 0.5
    centred = responses - responses.mean()
    return np.stack(
        [np.tensordot(centred[lag:], signs[: len(signs) - lag], axes=1) for lag in range(lags)]
    ) / len(signs)


@pytest.mark.parametrize(
    "fields", [SMALL, {"layout": "fig2", "frames": 600}, {**SMALL, "stimulus": "white_noise"}]
)
def test_description_fits_the_recording(fields):
    dataset = SimulatedRetina(**fields)
    described, recording = dataset.describe(), dataset.load()
    assert described.keys() == recording.keys()
    (expected,), (found,) = described.values(), recording.values()
    assert found.frame_shape == (expected.channels, expected.height, expected.width)
    assert len(found.neurons) == expected.neurons
    assert sum(presentation.frames for presentation in found.presentations) == expected.bins
    assert found.frame_rate_hz == expected.frame_rate_hz


def test_paper_sizes_are_the_defaults():
    subunits, cells = SimulatedRetina(layout="fig2"), SimulatedRetina()
    assert attrs.astuple(subunits.describe()["retina"]) == (1, 8, 8, 2, 300_000, 30.0, 0)
    assert attrs.astuple(cells.describe()["retina"]) == (1, 90, 90, 38, 2_160, 30.0, 0)


def test_training_block_ends_in_validation_and_the_last_sixth_tests():
    train, test = _load(**SMALL).presentations
    assert (train.train, train.validation, train.test) == (((0, 90),), ((90, 100),), ())
    assert (test.train, test.validation, test.test) == ((), (), ((0, 20),))


def test_both_blocks_are_repeated_as_asked():
    train, test = _load(**SMALL).presentations
    assert train.responses.shape == (2, 100, 3)
    assert test.responses.shape == (4, 20, 3)


def test_fig2_delivers_noise_free_rates_in_hz_once():
    recording = _load(layout="fig2", frames=600)
    for presentation in recording.presentations:
        assert presentation.responses.shape[0] == 1
        assert presentation.response_kind == "rate_hz"
        assert np.array_equal(presentation.responses[0], recording.truth.rates[presentation.name])


def test_fig2_rates_follow_from_the_truth():
    recording = _load(layout="fig2", frames=600)
    stimulus = recording.presentations[0].stimulus[:, 0] / 255 - 0.5
    subunits = 2 * recording.truth.subunits  # from unit norm to a 2×2 square of ones
    # lag 0 is the bin's own frame
    windows = np.stack([stimulus[frame - 19 : frame + 1][::-1] for frame in range(19, 60)])
    drives = np.tensordot(windows, subunits, axes=([1, 2, 3], [1, 2, 3]))  # frame subunit
    expected = 2 * np.maximum(np.maximum(drives, 0) @ recording.truth.weights.T - 2.5, 0)
    assert expected.max() > 0
    np.testing.assert_allclose(recording.presentations[0].responses[0, 19:60], expected, atol=1e-4)


def test_expected_spikes_per_frame_are_hz_over_frame_rate():
    hz, per_frame = (_load(layout="fig2", frames=600, response=kind) for kind in ("rate_hz", "rate"))
    np.testing.assert_allclose(
        per_frame.presentations[0].responses, hz.presentations[0].responses / 30, rtol=1e-6
    )


def test_linear_nonlinear_model_stops_near_the_known_correlation():
    """LN reaches CC ≈ .88 on the cells of Fig. 2 (Zheng et al. 2021): filter and curve from training data."""
    train, test = _load(layout="fig2").presentations
    for neuron in range(2):
        response = train.responses[0, :, neuron]
        filters = _triggered_average(train.stimulus, response, 20)
        drives = [_filter(presentation.stimulus, filters) for presentation in (train, test)]
        edges = np.quantile(drives[0], np.linspace(0, 1, 101)[1:-1])
        bins = [np.searchsorted(edges, drive) for drive in drives]
        curve = np.bincount(bins[0], response) / np.bincount(bins[0])
        correlation = np.corrcoef(curve[bins[1]], test.responses[0, :, neuron])[0, 1]
        assert 0.85 < correlation < 0.92


def _filter(stimulus, filters):
    signs = stimulus[:, 0].astype(np.float32) / 255 - 0.5
    by_lag = np.tensordot(signs, filters, axes=([1, 2], [1, 2]))  # frame lag
    late = [np.concatenate([np.zeros(lag), by_lag[: len(signs) - lag, lag]]) for lag in range(len(filters))]
    return np.sum(late, axis=0)


@pytest.mark.parametrize("response", ["rate", "spikes"])
def test_triggered_average_of_noise_finds_the_filter(response):
    recording = _load(
        neurons=2, size_px=12, frames=36_000, stimulus="white_noise", response=response, train_repeats=10
    )
    train = recording.presentations[0]
    for neuron, truth in enumerate(recording.truth.filters):
        found = _triggered_average(train.stimulus, train.responses.mean(axis=0)[:, neuron], len(truth))
        cosine = (found * truth).sum() / np.linalg.norm(found) / np.linalg.norm(truth)
        assert cosine > 0.9


def test_counts_are_poisson_with_the_true_rate():
    recording = _load(**{**SMALL, "test_repeats": 4000})
    counts, rate = recording.presentations[1].responses, recording.truth.rates["test"]
    assert recording.presentations[1].response_kind == "spikes"
    assert np.array_equal(counts, np.rint(counts))
    error = np.sqrt(np.maximum(rate, 1e-3) / 4000)
    assert (np.abs(counts.mean(axis=0) - rate) < 5 * error).all()
    assert counts.var(axis=0).sum() == pytest.approx(rate.sum(), rel=0.05)


def test_training_rates_have_the_mean_asked_for():
    rates = _load(**{**SMALL, "mean_rate_hz": 4.0}).truth.rates["train"]
    means_hz = 30 * rates.mean(axis=0)
    assert means_hz.min() >= 2
    assert means_hz.max() <= 8


def test_fields_decide_the_data():
    config = SimulatedRetina(**SMALL)
    again = attrs.evolve(config, mean_rate_hz=5.0)
    other = attrs.evolve(config, seed=1)
    assert config.load()["retina"] is again.load()["retina"]
    first, second = config.load()["retina"], other.load()["retina"]
    assert not np.array_equal(first.presentations[0].stimulus, second.presentations[0].stimulus)
    assert not np.array_equal(first.truth.filters, second.truth.filters)
    assert config.provenance().checksum != other.provenance().checksum
    assert config.provenance() == again.provenance() == first.provenance
    assert first.provenance.simulated


def test_same_seed_gives_the_same_data_when_simulated_anew():
    from sysid_datasets import simulated_retina

    config = SimulatedRetina(**SMALL)
    one = config.load()["retina"]
    simulated_retina._simulate.cache_clear()
    two = config.load()["retina"]
    assert one is not two
    for first, second in zip(one.presentations, two.presentations, strict=True):
        assert np.array_equal(first.stimulus, second.stimulus)
        assert np.array_equal(first.responses, second.responses)


def test_more_frames_show_the_same_cells():
    longer = _load(**{**SMALL, "frames": 240})
    shorter = _load(**SMALL)
    assert np.array_equal(longer.truth.subunits, shorter.truth.subunits)
    assert np.array_equal(longer.presentations[0].stimulus[:100], shorter.presentations[0].stimulus)


def test_training_and_test_movies_differ():
    train, test = _load(**SMALL).presentations
    assert not np.array_equal(train.stimulus[:20], test.stimulus)


def test_another_test_stimulus_changes_the_test_frames_alone():
    plain, other = _load(**SMALL), _load(**SMALL, test_stimulus="white_noise")
    for name in ("stimulus", "responses"):
        assert np.array_equal(*(getattr(each.presentations[0], name) for each in (plain, other)))
    assert np.array_equal(plain.truth.filters, other.truth.filters)
    noise = other.presentations[1].stimulus
    assert set(np.unique(noise)) == {0, 255}
    assert not np.array_equal(plain.presentations[1].stimulus, noise)
    scenes = _load(**SMALL, stimulus="white_noise", test_stimulus="natural_movie")
    assert set(np.unique(scenes.presentations[0].stimulus)) == {0, 255}
    assert np.array_equal(scenes.presentations[1].stimulus, plain.presentations[1].stimulus)


def test_data_and_checksums_of_earlier_runs_still_hold():
    config = SimulatedRetina(neurons=5, size_px=12, frames=600, stimulus="white_noise", seed=3)
    assert config.provenance().checksum.startswith("77bdf35d07a4ec72")
    other = attrs.evolve(config, test_stimulus="natural_movie")
    assert other.provenance().checksum != config.provenance().checksum


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"test_stimulus": "natural_movie"},
            'test_stimulus: expected another kind than the stimulus, got "natural_movie"',
        ),
        (
            {"stimulus": "white_noise", "test_stimulus": "white_noise"},
            'test_stimulus: expected another kind than the stimulus, got "white_noise"',
        ),
        (
            {"layout": "fig2", "test_stimulus": "natural_movie"},
            'layout: expected "population" where test_stimulus is given, got "fig2"',
        ),
        (
            {"layout": "fig2", "neurons": 4},
            'layout: expected "population" where neurons is given, got "fig2"',
        ),
        (
            {"layout": "fig2", "size_px": 8},
            'layout: expected "population" where size_px is given, got "fig2"',
        ),
        ({"subunits": "II"}, 'layout: expected "fig2" where subunits is given, got "population"'),
        (
            {"layout": "fig2", "stimulus": "natural_movie"},
            'stimulus: expected "white_noise" with layout "fig2", got "natural_movie"',
        ),
        ({"frames": 100, "test_frames": 99}, "test_frames: expected fewer than frames − 1 = 99, got 99"),
        ({"frame_rate_hz": 5.0}, "expected at least 10, got 5.0"),
    ],
)
def test_fields_that_do_not_fit_are_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SimulatedRetina(**fields)
