"""Sums of a movie at many lags: by spectra, residues and lag by lag, and which of these is taken."""

import numpy as np
import pytest
import torch

from sysid_analyses.lagged import correlation
from sysid_analyses.lagged.choice import choose_exact, choose_single_precision, find_integer_units
from sysid_analyses.lagged.correlation import sum_lagged
from sysid_analyses.lagged.cosine import CosineCorrelation
from sysid_analyses.lagged.direct import DirectCorrelation, DirectIntegerCorrelation
from sysid_analyses.lagged.integer_product import transposed_product
from sysid_analyses.lagged.residue import ResidueCorrelation
from sysid_analyses.lagged.response_sum import LARGEST_COUNT, sum_responses
from sysid_analyses.lagged.symbol import find_symbols

WHOLE = [ResidueCorrelation, DirectIntegerCorrelation]
KINDS = [*WHOLE, CosineCorrelation, DirectCorrelation]


def sum_by_loop(pixels, columns, lags):
    """The definition, frame by frame, in whole numbers."""
    sums = np.zeros((lags, pixels.shape[1], columns.shape[1]), dtype=np.int64)
    for frame, column in enumerate(columns.astype(np.int64)):
        for lag in range(min(lags, frame + 1)):
            sums[lag] += np.outer(pixels[frame - lag].astype(np.int64), column)
    return sums


def sum_by(kind, pixels, columns, lags):
    shape = (len(pixels), pixels.shape[1], columns.shape[1])
    return sum_lagged(
        lambda frames, some: pixels[frames, some].astype(kind.dtype),
        lambda frames, some: columns[frames, some].astype(kind.dtype),
        shape,
        lags,
        lambda lags, _: kind(lags),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("frames", "lags"), [(1, 1), (7, 7), (200, 1), (200, 2), (300, 20), (150, 64)])
def test_sums_are_their_definition(kind, frames, lags):
    generator = np.random.default_rng(0)
    pixels, columns = generator.integers(-1, 2, (frames, 5)), generator.poisson(1.0, (frames, 3))
    sums, expected = sum_by(kind, pixels, columns, lags), sum_by_loop(pixels, columns, lags)
    if kind in WHOLE:
        np.testing.assert_array_equal(sums, expected)
    else:
        np.testing.assert_allclose(sums, expected, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_everything_add_up(kind, monkeypatch):
    monkeypatch.setattr(correlation, "LAGS_AT_ONCE", 4)
    monkeypatch.setattr(correlation, "COLUMNS_AT_ONCE", 70)
    monkeypatch.setattr(correlation, "READ_AT_ONCE", 100)
    monkeypatch.setattr(correlation, "WORKSPACE_BYTES", 1 << 16)
    monkeypatch.setattr(kind, "stretches", 3)
    generator = np.random.default_rng(0)
    pixels, columns = generator.integers(-1, 2, (401, 9)), generator.integers(-2, 3, (401, 150))
    sums, expected = sum_by(kind, pixels, columns, 10), sum_by_loop(pixels, columns, 10)
    np.testing.assert_allclose(sums, expected, atol=0 if kind in WHOLE else 1e-4)


@pytest.mark.parametrize("stretches", [1, 2, 61])
@pytest.mark.parametrize("pixels", [1, 2, 17])
@pytest.mark.parametrize("columns", [1, 2, 70])
def test_integer_products_of_any_shape_are_exact(stretches, pixels, columns):
    generator = torch.Generator().manual_seed(0)
    left, right, stacked = (
        torch.randint(-127, 128, shape, generator=generator).to(torch.int8)
        for shape in ((stretches, pixels), (stretches, columns), (3, stretches, pixels))
    )
    for each in (left, stacked[1]):
        expected = each.double().T @ right.double()
        assert torch.equal(transposed_product(each, right).double(), expected)
        out = torch.empty((pixels, columns), dtype=torch.int32)
        assert torch.equal(transposed_product(each, right, out=out).double(), expected)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("lags", [1, 3, 20])
def test_sums_are_exact_up_to_the_largest_count_in_every_bin(lags, sign):
    frames = ResidueCorrelation.stretches * (61 - lags) + 100  # a full pass, and some
    pixels, columns = np.ones((frames, 1)), np.full((frames, 2), sign * LARGEST_COUNT)
    sums = sum_by(ResidueCorrelation, pixels, columns, lags)
    np.testing.assert_array_equal(sums[:, 0, 1], sign * LARGEST_COUNT * (frames - np.arange(lags)))


@pytest.mark.parametrize("spikes", [21_810, 21_811])
def test_a_third_prime_is_taken_where_two_cannot_tell_sums_apart(spikes):
    columns = np.zeros((24_000, 1))
    columns[:spikes] = 1
    sums = sum_by(ResidueCorrelation, np.ones((24_000, 1)), columns, 3)
    np.testing.assert_array_equal(sums[:, 0, 0], [spikes, spikes - 1, spikes - 2])


def test_spectra_are_as_accurate_as_single_precision_lag_by_lag():
    generator = np.random.default_rng(0)
    pixels = generator.standard_normal((9000, 40)).astype(np.float32)
    columns = generator.standard_normal((9000, 20)).astype(np.float32)
    exact = np.stack([pixels[: 9000 - lag].T.astype(float) @ columns[lag:] for lag in range(20)])
    errors = {
        kind: np.linalg.norm(sum_by(kind, pixels, columns, 20) - exact) / np.linalg.norm(exact)
        for kind in (CosineCorrelation, DirectCorrelation)
    }
    assert errors[CosineCorrelation] < 5e-7
    assert errors[CosineCorrelation] < 1.1 * errors[DirectCorrelation]


def test_spectra_are_taken_where_they_save_multiplications():
    assert isinstance(choose_single_precision(20, 1000), CosineCorrelation)
    assert isinstance(choose_single_precision(3, 1000), CosineCorrelation)
    for lags, columns in ((1, 1000), (2, 10), (20, 1)):
        assert isinstance(choose_single_precision(lags, columns), DirectCorrelation)


@pytest.mark.parametrize(
    ("units", "lags", "kind"),
    [
        ({"amx_int8": True, "avx512_vnni": True}, 20, DirectIntegerCorrelation),
        ({"amx_int8": False, "avx512_vnni": True}, 20, ResidueCorrelation),
        ({"avx_vnni": True}, 3, ResidueCorrelation),
        ({"avx_vnni": True}, 2, DirectIntegerCorrelation),
    ],
)
def test_exact_products_follow_the_units_of_the_processor(units, lags, kind, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)
    assert isinstance(choose_exact()(lags, 1000), kind)
    assert find_integer_units() == ("AMX" if units.get("amx_int8") else "VNNI")


def test_without_such_units_there_are_no_exact_products(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_vnni": False})
    assert choose_exact() is None
    assert find_integer_units() is None


@pytest.mark.parametrize(
    ("values", "dtype", "spacing"),
    [
        ((0, 255), np.uint8, 127.5),
        ((-128, 127), np.int8, 127.5),
        ((10, 20, 30), np.uint8, 10),
        ((0.5, 0.6, 0.7), np.float32, 0.1),
        ((False, True), np.bool_, 0.5),
    ],
)
def test_two_or_three_equally_spaced_values_are_symbols(values, dtype, spacing, monkeypatch):
    monkeypatch.setattr("sysid_analyses.lagged.symbol.READ_AT_ONCE", 3)
    stimulus = np.zeros((7, 1, 2), dtype=dtype) + np.array(values[-1], dtype=dtype)
    stimulus[3, 0, 1], stimulus[6, 0, 0] = values[0], values[1 - len(values)]
    symbols = find_symbols(stimulus)
    assert symbols.spacing == pytest.approx(spacing)
    expected = np.ones((7, 2), dtype=np.int8)
    expected[3, 1], expected[6, 0] = -1, 0 if len(values) == 3 else 1
    np.testing.assert_array_equal(symbols.read(stimulus.reshape(7, 2)), expected)


@pytest.mark.parametrize(
    "values", [(3, 3), (0, 1, 3), (0, 1, 2, 3), (0, 0.1, 0.2001), (0, np.nan), (np.nan, np.nan)]
)
def test_other_stimuli_have_none(values):
    stimulus = np.array(values, dtype=np.float32).reshape(-1, 1, 1)
    assert find_symbols(stimulus) is None


def test_neurons_that_count_the_same_bins_share_a_column():
    responses = np.ones((40, 6), dtype=np.float32)
    responses[::4, [1, 3]] = np.nan
    responses[30, 3] = np.nan
    responses[:2, 5] = np.nan  # before the first whole window: no bin that would count
    sums = sum_responses(responses, 3)
    assert sums.mask.tolist() == [0, 1, 0, 2, 0, 0]
    assert sums.examples.tolist() == [0, 1, 3]
    assert sums.bins.tolist() == [38, 29, 38, 28, 38, 38]
    counts = sums.count(responses[20:40], 20, slice(0, 9))
    np.testing.assert_array_equal(counts[:, 6:], ~np.isnan(responses[20:40, [0, 1, 3]]))
    np.testing.assert_array_equal(sums.count(responses[20:40], 20, slice(7, 9)), counts[:, 7:])
