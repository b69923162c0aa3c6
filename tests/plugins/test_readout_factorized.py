"""The factorized readout: a mask times weights of feature maps."""

import numpy as np
import pytest
import torch

from sysid_readouts.factorized import Factorized
from sysid_readouts.feature_position import start_positions, stride_of
from tests.fitted_readout import fit, make_population

SHAPE = (2, 3, 9, 11)  # time channel height width
CENTRES = ((2, 3), (8, 6), (np.nan, np.nan))


def build(centres=CENTRES, shape=SHAPE, frame_size=(9, 11), **fields):
    torch.manual_seed(0)
    return Factorized(**fields).build(shape, make_population(centres, frame_size))


def test_the_drive_is_mask_times_weights_summed_over_features():
    module = build(nonlinearity="identity", loss="mse").eval()
    features = torch.randn(4, *SHAPE)
    expected = torch.einsum("btchw,nhw,nc->btn", features, module.mask, module.weight) + module.bias
    torch.testing.assert_close(module(features, None)[0], expected)


def test_parameters_grow_with_pixels_plus_channels():
    module = build(shape=(1, 64, 20, 30))
    own = 3 * (20 * 30 + 64 + 1)
    assert sum(each.numel() for each in module.parameters()) == own + 3 * 2  # α and β


def test_masks_start_as_bumps_at_known_centres_and_flat_elsewhere():
    mask = build(start_px=1.5).mask.detach()
    for neuron, (x, y) in enumerate(CENTRES[:2]):
        assert divmod(mask[neuron].argmax().item(), 11) == (y, x)
    assert mask[0, 3, 4] / mask[0, 3, 2] == pytest.approx(np.exp(-4 / (2 * 1.5**2)))
    torch.testing.assert_close(mask[2], torch.full((9, 11), 99**-0.5))
    torch.testing.assert_close(mask.square().sum(dim=(1, 2)), torch.ones(3))


def test_the_penalty_is_l1_on_masks_and_weights_averaged_over_neurons():
    module = build(mask_l1=0.3, feature_l1=0.7)
    _, penalty = module(torch.randn(4, *SHAPE), None)
    expected = (0.3 * module.mask.abs().sum() + 0.7 * module.weight.abs().sum()) / 3
    torch.testing.assert_close(penalty, expected)


@pytest.mark.parametrize("size", [(9, 11), (4, 1), (1, 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_parameter_has_a_gradient_at_any_size_of_features(size, dtype):
    module = build(shape=(2, 3, *size)).to(dtype)
    rates, penalty = module(torch.randn(4, 2, 3, *size, dtype=dtype), None)
    assert rates.shape == (4, 2, 3)
    assert (rates.dtype, penalty.dtype) == (dtype, dtype)
    (rates.square().sum() + penalty).backward()
    assert all((each.grad != 0).any() for each in module.parameters())


def test_every_time_step_is_read_alone():
    module = build().eval()
    features = torch.randn(4, *SHAPE)
    torch.testing.assert_close(module(features, None)[0][:, 1:], module(features[:, 1:], None)[0])


def test_the_same_seed_gives_the_same_weights():
    one, same = build().state_dict(), build().state_dict()
    assert all(torch.equal(one[name], same[name]) for name in one)


def test_the_module_builds_and_runs_on_the_meta_device():
    with torch.device("meta"):
        module = build().eval()
        rates, penalty = module(torch.empty(2, *SHAPE), None)
    assert (rates.shape, penalty.shape) == ((2, 2, 3), ())
    assert {each.device.type for each in (rates, penalty, *module.parameters())} == {"meta"}


def test_masks_peak_where_simulated_neurons_look_and_weights_are_theirs():
    generator = torch.Generator().manual_seed(1)
    peaks = ((2, 3), (8, 6), (5, 1), (9, 7))  # x, y
    true_mask = torch.zeros(4, 9, 11)
    for neuron, (x, y) in enumerate(peaks):
        true_mask[neuron, y, x] = 1.0
        true_mask[neuron, y - 1, x] = true_mask[neuron, y, x - 1] = 0.5
    true_weight = torch.randn(4, 3, generator=generator)
    features = torch.randn(3000, 1, 3, 9, 11, generator=generator)
    drive = torch.einsum("bchw,nhw,nc->bn", features[:, 0], true_mask, true_weight)
    responses = torch.poisson(torch.nn.functional.softplus(drive - 0.5), generator=generator)
    centres = [(3, 2), (np.nan, np.nan), (4, 2), (8, 8)]  # near the truth, or unknown
    module = fit(
        build(centres, (1, 3, 9, 11), nonlinearity="softplus"), features, responses, steps=800, rate=0.01
    )
    mask = module.mask.detach()
    for neuron, (x, y) in enumerate(peaks):
        assert divmod(mask[neuron].abs().argmax().item(), 11) == (y, x)
    found = torch.einsum("nhw,nc->nchw", mask, module.weight.detach()).flatten(1)
    true = torch.einsum("nhw,nc->nchw", true_mask, true_weight).flatten(1)
    assert (torch.cosine_similarity(found, true) > 0.9).all()


@pytest.mark.parametrize(
    ("frame", "features", "stride"),
    [(90, 90, 1), (90, 82, 1), (90, 45, 2), (91, 46, 2), (64, 28, 2), (36, 1, 36), (9, 18, 1)],
)
def test_the_stride_is_told_from_the_sizes(frame, features, stride):
    assert stride_of(frame, features) == stride


def test_stimulus_pixels_become_feature_pixels():
    population = make_population([(10, 4), (np.nan, np.nan), (19, 0), (-5, 80)], (12, 20))
    trimmed, known = start_positions(population, (8, 16), sta=False)  # 2 px off every side
    assert trimmed.tolist() == [[8, 2], [7.5, 3.5], [15, 0], [0, 7]]
    assert known.tolist() == [1, 0, 1, 1]
    halved, _ = start_positions(population, (6, 10), sta=False)
    assert halved.tolist() == [[4.75, 1.75], [4.5, 2.5], [9, 0], [0, 5]]
    assert start_positions(population, (1, 1), sta=False)[0].tolist() == [[0, 0]] * 4


def test_unknown_centres_come_from_the_sta_where_that_is_asked_for():
    sta = np.zeros((4, 2, 12, 20, 3))
    sta[1, 1, 4, 10, 1] = -1.0  # of a neuron without a centre; the third has neither
    population = make_population([(3, 5), (np.nan, np.nan), (np.nan, np.nan)], (12, 20), sta=sta)
    found, known = start_positions(population, (8, 16), sta=True)
    assert (found.tolist(), known.tolist()) == ([[1, 3], [8, 2], [7.5, 3.5]], [1, 1, 0])
    with torch.device("meta"):  # where a readout is outlined, no STA is computed
        assert (
            start_positions(make_population([(np.nan, np.nan)]), (9, 11), sta=True)[0].device.type == "meta"
        )
