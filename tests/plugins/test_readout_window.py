"""The window readout as a module: where it looks, what it returns."""

import numpy as np
import pytest
import torch

import sysid
from sysid_readouts.window import Window
from sysid_readouts.window_position import sta_centres, window_corners

SHAPE = (4, 2, 7, 9)  # time channel height width


def _population(centres, frame_size=(7, 9), sta=None) -> sysid.Population:
    centres = np.array(centres, dtype=float)
    ids = tuple(str(number) for number in range(len(centres)))
    return sysid.Population(ids, frame_size, centres, sta or (lambda: pytest.fail("asked for an STA")))


def _build(centres=((1, 1), (6, 3), (8, 6)), shape=SHAPE, **fields):
    torch.manual_seed(0)
    return Window(**{"window_px": 3} | fields).build(shape, _population(centres))


def test_window_is_centred_on_the_receptive_field():
    # x 5, y 3: columns 4 to 6, rows 2 to 4
    assert window_corners(_population([(5, 3)]), (7, 9), 3).tolist() == [[2, 4]]


def test_window_of_even_size_is_the_nearest():
    # x 4.6, y 2.5: four columns from 3.1, four rows from 1
    assert window_corners(_population([(4.6, 2.5)]), (7, 9), 4).tolist() == [[1, 3]]


def test_features_trimmed_by_a_convolution_move_the_window():
    # a 5×5 convolution takes (9 − 5)/2 = 2 px from every side: x 5, y 3 becomes x 3, y 1
    population = _population([(5, 3)], frame_size=(9, 13))
    assert window_corners(population, (5, 9), 3).tolist() == [[0, 2]]


def test_window_at_the_border_moves_inward():
    assert window_corners(_population([(0, 6), (8, 0), (-4, 40)]), (7, 9), 3).tolist() == [
        [4, 0],
        [0, 6],
        [4, 0],
    ]


def test_unknown_centre_comes_from_the_sta():
    sta = np.zeros((4, 2, 7, 9, 2))
    sta[1, 1, 4, 6, 1] = -1.0
    population = _population([(2, 2), (np.nan, np.nan)], sta=lambda: sta)
    assert window_corners(population, (7, 9), 3).tolist() == [[1, 1], [3, 5]]


def test_neuron_without_centre_and_sta_looks_at_the_middle():
    population = _population([(np.nan, np.nan)], sta=lambda: np.full((4, 2, 7, 9, 1), np.nan))
    assert window_corners(population, (7, 9), 3).tolist() == [[2, 3]]


def test_no_sta_is_computed_for_a_window_over_all_features():
    assert window_corners(_population([(np.nan, np.nan)], frame_size=(7, 7)), (7, 7), 7).tolist() == [[0, 0]]


def test_sta_centre_is_the_energy_peak_not_the_brightest_pixel_nor_the_mean_image():
    sta = np.full((3, 1, 8, 10, 1), 5.0)  # a uniform offset
    sta[0, 0, 1, 1, 0] += 3.0  # one noisy pixel
    sta[1, 0, 4:7, 6:9, 0] -= 1.5  # an OFF field, three pixels wide, at two lags
    sta[2, 0, 4:7, 6:9, 0] += 1.5
    assert sta_centres(sta).tolist() == [[7, 5]]


def test_neuron_sees_its_window_and_nothing_else():
    module = _build()
    features = torch.randn(2, *SHAPE, requires_grad=True)
    rates, _ = module(features, None)
    rates[:, 0, 1].sum().backward()  # centre x 6, y 3
    seen = features.grad.abs().sum(dim=(0, 1, 2)) > 0
    expected = torch.zeros(7, 9, dtype=torch.bool)
    expected[2:5, 5:8] = True
    assert torch.equal(seen, expected)


def test_drive_is_the_sum_over_the_window():
    module = _build(nonlinearity="exponential").eval()
    features = torch.randn(2, *SHAPE)
    window = features[:, :, :, 0:3, 0:3]  # of the first neuron, centre (1, 1)
    expected = torch.einsum("btchw,tchw->b", window, module.weight[0])
    torch.testing.assert_close(module(features, None)[0][:, 0, 0].log(), expected, rtol=1e-4, atol=1e-5)


def test_longer_clip_slides_over_time_and_is_right_aligned():
    module = _build().eval()
    clip = torch.randn(2, 6, *SHAPE[1:])
    rates, _ = module(clip, None)
    last, _ = module(clip[:, -4:], None)
    assert rates.shape == (2, 3, 3)
    torch.testing.assert_close(rates[:, -1:], last)


def test_permuted_neurons_give_permuted_rates():
    order = [2, 0, 1]
    one = _build(centres=((1, 1), (6, 3), (8, 6)))
    other = _build(centres=((8, 6), (1, 1), (6, 3)))
    with torch.no_grad():
        other.weight.copy_(one.weight[order])
    features = torch.randn(2, *SHAPE)
    torch.testing.assert_close(other(features, None)[0], one(features, None)[0][:, :, order])


def test_penalty_is_the_strength_times_the_quadratic_form():
    module = _build(strength=0.5, ridge=2.0, smoothness_space=3.0, smoothness_time=4.0)
    with torch.no_grad():
        module.weight.zero_()
        module.weight[0, 0, 1, 0, 0] = 2.0  # a corner: one neighbour in time, two in space
    _, penalty = module(torch.randn(2, *SHAPE), None)
    assert penalty.item() == pytest.approx(0.5 * 4 * (2 + 4 + 2 * 3))


@pytest.mark.parametrize("nonlinearity", ["parametric_softplus", "softplus", "exponential"])
def test_rates_are_never_negative(nonlinearity):
    rates, _ = _build(nonlinearity=nonlinearity)(10 * torch.randn(9, *SHAPE), None)
    assert (rates >= 0).all()


def test_module_builds_and_runs_on_the_meta_device_without_an_sta():
    population = _population([(np.nan, np.nan)] * 5)
    with torch.device("meta"):
        module = Window(window_px=3).build(SHAPE, population).eval()
        rates, penalty = module(torch.empty(2, *SHAPE), None)
    assert rates.shape == (2, 1, 5)
    assert penalty.shape == ()
    assert {each.device.type for each in (rates, penalty, *module.buffers())} == {"meta"}
    assert sum(p.numel() for p in module.parameters()) == 5 * (4 * 2 * 3 * 3 + 1 + 2)


def test_state_dict_restores_the_module_and_where_it_looks():
    one, other = _build(), _build(centres=((4, 4), (4, 4), (4, 4)))
    with torch.no_grad():
        one.weight.add_(1)
    other.load_state_dict(one.state_dict())
    features = torch.randn(2, *SHAPE)
    assert torch.equal(one(features, None)[0], other(features, None)[0])


def test_module_made_on_meta_is_whole_after_loading():
    one = _build()
    with torch.device("meta"):
        other = Window(window_px=3).build(SHAPE, _population([(np.nan, np.nan)] * 3))
    other = other.to_empty(device="cpu")
    other.load_state_dict(one.state_dict())
    features = torch.randn(2, *SHAPE)
    assert torch.equal(one(features, None)[0], other(features, None)[0])


def test_window_larger_than_the_features_is_one_line_naming_the_key():
    with pytest.raises(sysid.SysidError) as caught:
        _build(window_px=8)
    assert str(caught.value) == "readout.window_px: expected at most 7, as the features are 7×9, got 8"


def test_no_penalties_is_one_line_naming_the_key():
    with pytest.raises(sysid.SysidError) as caught:
        _build(penalties=())
    assert str(caught.value) == "readout.penalties: expected at least one, got none"


def test_hook_offers_all_readouts_as_frozen_configs():
    from sysid_readouts.hooks import sysid_readouts

    readouts = sysid_readouts()
    assert sorted(readouts) == ["dense", "factorized", "feedback", "gaussian", "glm", "subunit_ln", "window"]
    assert all(issubclass(config, sysid.Readout) for config in readouts.values())
    assert readouts["window"]() == readouts["window"]()
