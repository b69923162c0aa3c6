"""One convolution layer: its arithmetic, the order of its parts, its penalty and its first kernels."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from sysid_encoders.initialization import initialize_kernel
from sysid_encoders.layer import ConvolutionLayer, Layer


def make_layer(channels_in=2, momentum=0.01, **keys):
    torch.manual_seed(0)
    return ConvolutionLayer(Layer(**{"channels": 3, "kernel_px": 4, **keys}), channels_in, momentum, 1e-3)


def draw_images(count=5):
    return torch.randn(count, 2, 8, 9, generator=torch.Generator().manual_seed(1))


def test_convolution_is_scipys_valid_correlation():
    layer = make_layer(batch_norm=False, activation="linear").double()
    torch.nn.init.normal_(layer.convolution.bias)
    images = draw_images().double()
    maps, _ = layer(images)
    kernel, bias = layer.convolution.weight.detach().numpy(), layer.convolution.bias.detach().numpy()
    for image in range(5):
        for channel in range(3):
            expected = correlate(images[image].numpy(), kernel[channel], mode="valid")[0] + bias[channel]
            np.testing.assert_allclose(maps[image, channel].detach().numpy(), expected, atol=1e-12)


def test_activation_comes_after_batch_norm():
    layer = make_layer().double().eval()
    norm = layer.batch_norm
    for values in (norm.weight, norm.bias, norm.running_mean):
        torch.nn.init.normal_(values)
    torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    convolved = layer.convolution(draw_images().double()).detach().numpy()
    mean, variance, gain, shift = (
        values.detach().numpy()[:, None, None]
        for values in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    expected = np.maximum(0, (convolved - mean) / np.sqrt(variance + 1e-3) * gain + shift)
    assert 0 < (expected == 0).mean() < 1
    np.testing.assert_allclose(layer(draw_images().double())[0].detach().numpy(), expected, atol=1e-12)


def test_momentum_is_the_share_of_the_new_batch():
    layer = make_layer(momentum=0.25).train()
    layer(draw_images())
    batch_mean = layer.convolution(draw_images()).mean(dim=(0, 2, 3))
    torch.testing.assert_close(layer.batch_norm.running_mean, 0.25 * batch_mean)


def test_noise_is_added_in_training_only_with_the_given_sd():
    layer = make_layer(batch_norm=False, activation="linear", noise_sd=0.5)
    images = draw_images(400)
    noisy, quiet = layer.train()(images)[0], layer.eval()(images)[0]
    difference = (noisy - quiet).detach()  # 400·3·5·6 = 36 000 draws
    assert abs(difference.std() - 0.5) < 0.01
    assert abs(difference.mean()) < 0.01
    torch.testing.assert_close(quiet, layer.convolution(images), rtol=0, atol=0)


def test_noise_comes_after_batch_norm():
    maps, _ = make_layer(noise_sd=2.0, activation="linear").train()(draw_images(400))
    # 1 + 2² where the noise is added to normalised maps; 1 were it normalised with them
    torch.testing.assert_close(maps.var(dim=(0, 2, 3)), torch.full((3,), 5.0), rtol=0.05, atol=0)


def test_noise_comes_before_the_activation():
    noisy = make_layer(noise_sd=5.0).train()(draw_images())[0]
    assert noisy.min() == 0


def test_dropout_comes_after_the_activation_and_keeps_the_mean():
    layer = make_layer(batch_norm=False, activation="tanh", dropout=0.25)
    images = draw_images(100)
    kept, whole = layer.train()(images)[0], layer.eval()(images)[0]
    dropped = kept == 0
    assert abs(dropped.float().mean() - 0.25) < 0.02
    torch.testing.assert_close(kept[~dropped], whole[~dropped] / 0.75)


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ("linear", lambda x: x),
        ("relu", lambda x: np.maximum(0, x)),
        ("elu", lambda x: np.where(x > 0, x, np.expm1(x))),
        ("tanh", np.tanh),
    ],
)
def test_activation_is_the_one_asked_for(activation, function):
    layer = make_layer(batch_norm=False, activation=activation).double()
    drive = layer.convolution(draw_images().double()).detach().numpy()
    maps = layer(draw_images().double())[0].detach().numpy()
    np.testing.assert_allclose(maps, function(drive), atol=1e-12)


def test_penalty_is_on_the_kernel_alone():
    layer = make_layer(l1=0.3, l2=0.7)
    kernel = layer.convolution.weight.detach().numpy().astype(np.float64)
    expected = 0.3 * np.abs(kernel).sum() + 0.7 * (kernel**2).sum()
    torch.nn.init.normal_(layer.convolution.bias)
    torch.nn.init.normal_(layer.batch_norm.weight)
    _, penalty = layer(draw_images())
    assert penalty.shape == ()
    np.testing.assert_allclose(penalty.item(), expected, rtol=1e-5)


def test_no_penalty_is_zero():
    assert make_layer()(draw_images())[1] == 0


def test_parts_that_are_off_are_not_built():
    parts = [name for name, _ in make_layer(batch_norm=False).named_children()]
    assert parts == ["convolution", "activation"]


@pytest.mark.parametrize(
    ("initialization", "sd"),
    # 50 maps of 3×6×6: fan in 108, fan out 1800
    [("glorot_uniform", (2 / (108 + 1800)) ** 0.5), ("he_normal", (2 / 108) ** 0.5), ("normal", 0.7)],
)
def test_kernels_start_with_the_sd_of_their_distribution(initialization, sd):
    torch.manual_seed(0)
    kernel = torch.empty(50, 3, 6, 6)
    initialize_kernel(kernel, initialization, 0.7)
    assert abs(kernel.std() / sd - 1) < 0.05  # 5400 draws
    assert abs(kernel.mean()) < 0.1 * sd
    # a uniform distribution ends at √3 sd, where a normal one leaves 8 % outside
    assert ((kernel.abs() > 3**0.5 * sd).float().mean() > 0.05) == (initialization != "glorot_uniform")


def test_biases_start_at_zero():
    assert not make_layer().convolution.bias.any()
