"""The convolutional encoder as a whole: windows, shapes, errors, and what every part must hold."""

import pytest
import torch

from sysid import SysidError
from sysid_encoders.conv2d import Conv2d, stack_frames
from sysid_encoders.layer import Layer

FRAMES, CHANNELS, HEIGHT, WIDTH = 3, 2, 7, 9
SHAPE = (FRAMES, CHANNELS, HEIGHT, WIDTH)
TWO_LAYERS = (
    Layer(channels=4, kernel_px=3, l1=0.1, l2=0.2, noise_sd=0.3, dropout=0.4),
    Layer(channels=5, kernel_px=2, l2=0.3, activation="tanh"),
)


def build(history="channels", layers=TWO_LAYERS, seed=0):
    torch.manual_seed(seed)
    return Conv2d(layers=layers, history=history).build(SHAPE)


def draw_stimulus(batch=2, time=6):
    return torch.randn(batch, time, CHANNELS, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))


def test_stacked_channels_are_oldest_first_and_frame_by_frame():
    stimulus = draw_stimulus()
    windows = stack_frames(stimulus, FRAMES)
    assert windows.shape == (2, 4, FRAMES * CHANNELS, HEIGHT, WIDTH)
    for step in range(4):
        for frame in range(FRAMES):
            for channel in range(CHANNELS):
                got = windows[:, step, frame * CHANNELS + channel]
                assert torch.equal(got, stimulus[:, step + frame, channel])


def test_stacking_copies_nothing():
    stimulus = draw_stimulus()
    assert stack_frames(stimulus, FRAMES).data_ptr() == stimulus.data_ptr()


@pytest.mark.parametrize("batch", [1, 3])
def test_long_clip_gives_what_each_window_alone_gives(batch):
    module = build().eval()
    stimulus = draw_stimulus(batch)
    features, _ = module(stimulus)
    alone = [module(stimulus[:, start : start + FRAMES])[0] for start in range(4)]
    assert features.shape == (batch, 4, 5, 4, 6)
    torch.testing.assert_close(features, torch.cat(alone, dim=1))


def test_frames_are_convolved_one_by_one_and_time_is_kept():
    module = build("frames").eval()
    stimulus = draw_stimulus()
    features, _ = module(stimulus)
    alone = [module(stimulus[:, [frame]])[0] for frame in range(6)]
    assert features.shape == (2, 6, 5, 4, 6)
    torch.testing.assert_close(features, torch.cat(alone, dim=1))


@pytest.mark.parametrize("history", ["channels", "frames"])
def test_no_output_sees_a_later_frame(history):
    module = build(history).eval()
    stimulus = draw_stimulus()
    changed = stimulus.clone()
    changed[:, -1] += 1
    before, after = module(stimulus)[0], module(changed)[0]
    assert torch.equal(before[:, :-1], after[:, :-1])
    assert not torch.equal(before[:, -1], after[:, -1])


def test_batch_elements_are_independent_in_evaluation():
    module = build().eval()
    stimulus = draw_stimulus(batch=3)
    torch.testing.assert_close(module(stimulus)[0][1:2], module(stimulus[1:2])[0])


@pytest.mark.parametrize("history", ["channels", "frames"])
def test_meta_shapes_are_real_shapes(history):
    real = build(history).eval()(draw_stimulus())[0]
    with torch.device("meta"):
        module = build(history).eval()
        imagined, penalty = module(torch.zeros(2, 6, CHANNELS, HEIGHT, WIDTH))
    tensors = [imagined, penalty, *module.parameters(), *module.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert imagined.shape == real.shape
    assert penalty.shape == ()


def test_penalty_is_the_sum_over_layers():
    module = build()
    first, second = (layer.convolution.weight.detach().double() for layer in module.layers)
    expected = 0.1 * first.abs().sum() + 0.2 * (first**2).sum() + 0.3 * (second**2).sum()
    _, penalty = module(draw_stimulus())
    assert penalty.shape == ()
    torch.testing.assert_close(penalty.double(), expected, rtol=1e-5, atol=0)


def test_same_seed_gives_same_weights_and_another_gives_others():
    one, same, other = (build(seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["layers.0.convolution.weight"], other["layers.0.convolution.weight"])
    assert not torch.equal(one["layers.1.convolution.weight"], other["layers.1.convolution.weight"])


def test_weights_are_named_as_in_the_recipe():
    assert {name for name, _ in build().named_parameters()} == {
        f"layers.{index}.{part}.{kind}"
        for index in (0, 1)
        for part in ("convolution", "batch_norm")
        for kind in ("weight", "bias")
    }


def test_gradients_reach_every_parameter_in_evaluation():
    module = build().eval()
    module(draw_stimulus())[0].square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_double_precision_works():
    module = build().double().eval()
    features, penalty = module(draw_stimulus().double())
    assert features.dtype == penalty.dtype == torch.float64
    torch.testing.assert_close(features.float(), build().eval()(draw_stimulus())[0], rtol=1e-4, atol=1e-5)


def test_half_precision_trains():
    module = build()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features, penalty = module(draw_stimulus())
        (features.float().square().mean() + penalty).backward()
    assert all(parameter.grad.isfinite().all() for parameter in module.parameters())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = module.eval()(draw_stimulus())[0]
    torch.testing.assert_close(rough.float(), module(draw_stimulus())[0], rtol=0.05, atol=0.05)


def test_without_layers_the_stacked_stimulus_comes_out():
    features, penalty = build(layers=())(draw_stimulus())
    assert torch.equal(features, stack_frames(draw_stimulus(), FRAMES))
    assert penalty == 0


def test_kernel_larger_than_the_image_is_named():
    layers = (Layer(channels=2, kernel_px=3), Layer(channels=2, kernel_px=7))
    with pytest.raises(SysidError) as error:
        Conv2d(layers=layers).build((2, 1, 8, 10))
    assert str(error.value) == (
        "encoder.layers[1].kernel_px: expected at most 6 (the image is 6×8 here), got 7"
    )


def test_kernel_as_large_as_the_image_gives_one_pixel():
    module = build(layers=(Layer(channels=2, kernel_px=HEIGHT),)).eval()
    assert module(draw_stimulus())[0].shape == (2, 4, 2, 1, WIDTH - HEIGHT + 1)


def test_too_few_frames_are_an_error():
    with pytest.raises(SysidError) as error:
        build()(draw_stimulus(time=2))
    assert str(error.value) == "stimulus: expected at least 3 frames, one window, got 2"


def test_paper_size_has_as_many_parameters_as_the_released_model():
    layers = (Layer(channels=128, kernel_px=25), Layer(channels=64, kernel_px=11))
    with torch.device("meta"):
        module = Conv2d(layers=layers).build((20, 1, 90, 90)).eval()
        features, _ = module(torch.zeros(2, 20, 1, 90, 90))
    # (20·25² + 1)·128 + 2·128 + (128·11² + 1)·64 + 2·64
    assert sum(parameter.numel() for parameter in module.parameters()) == 2_591_808
    assert features.shape == (2, 1, 64, 56, 56)


def test_fewer_stacked_frames_leave_steps_of_time_that_each_see_their_own_frames():
    torch.manual_seed(0)
    module = Conv2d(layers=TWO_LAYERS, stacked_frames=2).build((5, CHANNELS, HEIGHT, WIDTH)).eval()
    stimulus = draw_stimulus(time=5)
    features, _ = module(stimulus)
    assert features.shape == (2, 4, 5, 4, 6)  # 5 − 2 + 1 steps
    alone = [module(stimulus[:, start : start + 2])[0] for start in range(4)]
    torch.testing.assert_close(features, torch.cat(alone, dim=1))


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"stacked_frames": 4}, "expected at most 3, as samples.history says, got 4"),
        (
            {"stacked_frames": 2, "history": "frames"},
            'expected no such key beside history = "frames", got 2',
        ),
    ],
)
def test_stacked_frames_that_cannot_be_are_one_line(keys, line):
    with pytest.raises(SysidError) as error:
        Conv2d(layers=TWO_LAYERS, **keys).build(SHAPE)
    assert str(error.value) == f"encoder.stacked_frames: {line}"
