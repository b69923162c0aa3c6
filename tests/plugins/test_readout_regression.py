"""The penalty and the regression under the window readout."""

import numpy as np
import pytest
import torch

from sysid_readouts.penalty_choice import CorrelationSums, choose_penalty
from sysid_readouts.regression import GramMoments, RowMoments, ridge_path
from sysid_readouts.smoothness import Smoothness, Whitening, WindowShape, path_laplacian, quadratic

SHAPE = WindowShape(time=4, channels=2, height=3, width=5)
SMOOTHNESS = Smoothness(space=0.7, time=2.0, ridge=0.3)
PENALTIES = (10.0, 0.5, 0.01)


def _penalty_matrix() -> np.ndarray:
    """Build P by Kronecker products, the long way round."""
    eye = [np.eye(nodes) for nodes in SHAPE]
    time, height, width = (path_laplacian(nodes) for nodes in (SHAPE.time, SHAPE.height, SHAPE.width))

    def kron(*parts):
        whole = np.ones((1, 1))
        for part in parts:
            whole = np.kron(whole, part)
        return whole

    return (
        SMOOTHNESS.ridge * np.eye(SHAPE.features)
        + SMOOTHNESS.time * kron(time, eye[1], eye[2], eye[3])
        + SMOOTHNESS.space * (kron(eye[0], eye[1], height, eye[3]) + kron(eye[0], eye[1], eye[2], width))
    )


def test_path_laplacian_is_the_discrete_second_derivative_with_free_ends():
    expected = [[1, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 1]]
    np.testing.assert_array_equal(path_laplacian(4), expected)


def test_quadratic_form_of_a_single_pixel_counts_its_neighbours():
    weights = torch.zeros(1, *SHAPE)
    weights[0, 1, 0, 1, 2] = 3.0  # inside: two neighbours in time, four in space
    expected = 9 * (0.3 + 2 * 2.0 + 4 * 0.7)
    assert float(quadratic(weights, SMOOTHNESS)) == pytest.approx(expected)


def test_quadratic_form_of_constant_weights_is_the_ridge_alone():
    weights = torch.full((2, *SHAPE), 0.5)
    assert float(quadratic(weights, SMOOTHNESS)) == pytest.approx(0.3 * 2 * 120 * 0.25)


def test_quadratic_form_equals_the_penalty_matrix():
    weights = torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(0))
    flat = weights.flatten(1).double().numpy()
    expected = np.einsum("nf,fg,ng->", flat, _penalty_matrix(), flat)
    assert float(quadratic(weights, SMOOTHNESS)) == pytest.approx(expected, rel=1e-5)


def test_whitened_weights_are_penalised_by_their_plain_norm():
    whitening = Whitening(SMOOTHNESS, SHAPE)
    rows = torch.randn(5, SHAPE.features, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights = whitening.weights(rows).numpy()
    np.testing.assert_allclose(
        np.einsum("nf,fg,ng->n", weights, _penalty_matrix(), weights), rows.square().sum(1).numpy()
    )


def test_whitening_leaves_predictions_alone():
    whitening = Whitening(SMOOTHNESS, SHAPE)
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(6, SHAPE.features, generator=generator, dtype=torch.float64)
    rows = torch.randn(4, SHAPE.features, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(features @ whitening.weights(rows).T, whitening.features(features) @ rows.T)


def _data(bins: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(bins, SHAPE.features, generator=generator) * 3 + 20
    responses = features[:, :2] * 0.1 + torch.randn(bins, 2, generator=generator)
    return features, responses


@pytest.mark.parametrize("moments", [RowMoments, GramMoments])
@pytest.mark.parametrize("bins", [70, 400])  # fewer and more bins than the 120 features
def test_solution_equals_the_closed_form(moments, bins):
    features, responses = _data(bins)
    sums = moments()
    for start in range(0, bins, 33):
        sums.add(features[start : start + 33], responses[start : start + 33])
    whitening = Whitening(SMOOTHNESS, SHAPE)
    path = ridge_path(sums.spectrum(whitening), whitening, PENALTIES)
    x, y = features.double().numpy(), responses.double().numpy()
    centred, targets = x - x.mean(0), y - y.mean(0)
    for row, penalty in enumerate(PENALTIES):
        strength = penalty * bins * centred.var(axis=0).mean()
        weights = np.linalg.solve(centred.T @ centred + strength * _penalty_matrix(), centred.T @ targets).T
        np.testing.assert_allclose(path.weights[row].numpy(), weights, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            path.bias[row].numpy(), y.mean(0) - weights @ x.mean(0), rtol=1e-3, atol=1e-3
        )


def test_cross_validation_error_equals_its_definition():
    bins = 70
    features, responses = _data(bins)
    sums = RowMoments()
    sums.add(features, responses)
    whitening = Whitening(SMOOTHNESS, SHAPE)
    path = ridge_path(sums.spectrum(whitening), whitening, PENALTIES)
    x, y = features.double().numpy(), responses.double().numpy()
    centred = x - x.mean(0)
    for row, penalty in enumerate(PENALTIES):
        strength = penalty * bins * centred.var(axis=0).mean()
        hat = (
            centred @ np.linalg.solve(centred.T @ centred + strength * _penalty_matrix(), centred.T)
            + 1 / bins
        )
        residual = y - hat @ y
        expected = (residual**2).mean(0) / (1 - np.trace(hat) / bins) ** 2
        np.testing.assert_allclose(path.cross_validation[row].numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("moments", [RowMoments, GramMoments])
def test_features_that_never_change_get_no_weight(moments):
    sums = moments()
    sums.add(torch.full((9, SHAPE.features), 4.0), torch.arange(9.0)[:, None])
    whitening = Whitening(SMOOTHNESS, SHAPE)
    path = ridge_path(sums.spectrum(whitening), whitening, PENALTIES)
    assert float(path.weights.abs().max()) == 0
    torch.testing.assert_close(path.bias, torch.full((3, 1), 4.0, dtype=torch.float64))


def test_correlation_by_batches_equals_numpy_on_recorded_bins():
    generator = torch.Generator().manual_seed(0)
    predictions = torch.randn(50, 2, 3, generator=generator) + 5
    responses = torch.randn(50, 3, generator=generator)
    mask = torch.rand(50, 3, generator=generator) > 0.3
    responses = torch.where(mask, responses, torch.nan)
    sums = CorrelationSums()
    for start in (0, 20, 40):
        sums.add(predictions[start : start + 20], responses[start : start + 20], mask[start : start + 20])
    found = sums.correlation()
    for penalty in range(2):
        for neuron in range(3):
            kept = mask[:, neuron]
            pair = predictions[kept, penalty, neuron].numpy(), responses[kept, neuron].numpy()
            assert float(found[penalty, neuron]) == pytest.approx(np.corrcoef(*pair)[0, 1], abs=1e-6)


def test_constant_response_has_no_correlation_and_constant_prediction_has_zero():
    predictions = torch.randn(20, 1, 2, generator=torch.Generator().manual_seed(0))
    responses = torch.randn(20, 2, generator=torch.Generator().manual_seed(1))
    responses[:, 0] = 0.1
    predictions[:, 0, 1] = 0.3
    sums = CorrelationSums()
    sums.add(predictions, responses, torch.ones(20, 2, dtype=torch.bool))
    found = sums.correlation()
    assert torch.isnan(found[0, 0])
    assert float(found[0, 1]) == 0


CORRELATION = torch.tensor([[0.1, 0.5, torch.nan], [0.4, 0.45, torch.nan], [0.3, 0.0, torch.nan]])
CROSS_VALIDATION = torch.tensor([[3.0, 3.0, 1.0], [2.0, 2.0, 2.0], [0.1, 1.9, 3.0]], dtype=torch.float64)


def test_population_shares_the_penalty_with_the_best_mean_correlation():
    assert choose_penalty(CORRELATION, CROSS_VALIDATION, "population").tolist() == [1, 1, 1]


def test_each_neuron_has_its_own_penalty_and_one_without_a_score_takes_the_populations():
    assert choose_penalty(CORRELATION, CROSS_VALIDATION, "neuron").tolist() == [1, 0, 1]


def test_of_equal_penalties_the_strongest_wins():
    tied = torch.tensor([[0.2, 0.2], [0.2, 0.2], [0.1, 0.1]])
    assert choose_penalty(tied, CROSS_VALIDATION[:, :2], "population").tolist() == [0, 0]


@pytest.mark.parametrize("correlation", [None, torch.full((3, 3), torch.nan)])
def test_without_validation_cross_validation_decides(correlation):
    assert choose_penalty(correlation, CROSS_VALIDATION, "neuron").tolist() == [2, 2, 0]
    assert choose_penalty(correlation, CROSS_VALIDATION, "population").tolist() == [2, 2, 2]
