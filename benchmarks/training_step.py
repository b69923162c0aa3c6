"""Whole training steps of the networks of Zheng et al. 2021, and their predictions."""

from collections.abc import Iterator
from typing import Literal

import attrs
import torch
from torch import Tensor

from benchmarks.comparison import Comparison, Growth, Peer
from sysid.configuration import Training
from sysid.interface import Core
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.trial import Trial, make_trial
from sysid_cores.identity import Identity
from sysid_cores.lstm import Lstm
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.layer import Layer
from sysid_readouts.dense import Dense

Method = Literal["direct", "fourier"]

SETTLE_S = 3.0  # a training is a row of steps
ZERO = 1e-12  # a gradient so far below the largest is rounding, in double precision


@attrs.frozen
class Sizes:
    """Say how large the networks and their batches are.

    Attributes:
        input_shape: (history, channel, height, width).
        kernels: (maps, kernel_px) of both layers.
        hidden_units, neurons: of the core and the readout.
        batches: samples of the steps that are timed.
        checked: samples of the step that is held against double precision.
        frames: predicted at once.
        growth: samples of the steps that say how time grows.
    """

    input_shape: tuple[int, int, int, int]
    kernels: tuple[tuple[int, int], ...]
    hidden_units: int
    neurons: int
    batches: tuple[int, ...]
    checked: int
    frames: int
    growth: tuple[int, ...]


FULL = Sizes((20, 1, 90, 90), ((128, 25), (64, 11)), 32, 80, (64, 16), 8, 64, (8, 16, 32, 64))
QUICK = Sizes((3, 1, 12, 12), ((4, 5), (3, 3)), 3, 5, (4, 3), 2, 8, (2, 4, 8))


def comparisons(sizes: Sizes) -> Iterator[Comparison]:
    """Yield a step of each network at each batch, then predictions of each."""
    for network in ("CNN", "CRNN"):
        for batch in sizes.batches:
            yield compare_steps(sizes, network, batch)
    for network in ("CNN", "CRNN"):
        yield compare_predictions(sizes, network)


def growths(sizes: Sizes) -> Iterator[Growth]:
    """Yield a step of the CNN by batch."""
    yield Growth(
        "Training step of the CNN",
        "samples",
        sizes.growth,
        lambda batch: make_network(sizes, "CNN", batch, "fourier").step,
    )


def compare_steps(sizes: Sizes, network: str, batch: int) -> Comparison:
    """Compare a step: noise, forward, penalties, backward, Adam."""
    ours = make_network(sizes, network, batch, "fourier")
    direct = make_network(sizes, network, batch, "direct")
    reduced = make_network(sizes, network, batch, "direct", "bfloat16")
    return Comparison(
        f"Training step of the {network}, batch {batch}",
        f"{describe(sizes)}; a whole step with noise, penalties and Adam, single precision",
        ours.step,
        {
            "the same with torch conv2d float32": Peer(direct.step),
            "the same with torch conv2d bfloat16 autocast": Peer(reduced.step),
        },
        settle_s=SETTLE_S,
        agreement=(lambda: step_agreement(sizes, network)) if batch == sizes.batches[0] else None,
    )


def compare_predictions(sizes: Sizes, network: str) -> Comparison:
    """Compare predictions of some frames, all windows in one batch."""
    ours = make_network(sizes, network, sizes.frames, "fourier")
    direct = make_network(sizes, network, sizes.frames, "direct")
    direct.model.load_state_dict(ours.model.state_dict())
    return Comparison(
        f"Prediction of {sizes.frames} frames by the {network}",
        f"{describe(sizes)}; single precision",
        ours.evaluate,
        {"the same with torch conv2d float32": Peer(direct.evaluate)},
        settle_s=SETTLE_S,
        agreement=lambda: rate_agreement(ours, direct),
    )


def make_network(
    sizes: Sizes,
    network: str,
    batch: int,
    method: Method,
    precision: Literal["float32", "bfloat16"] = "float32",
    noise_sd: float = 0.1,
    activation: Literal["relu", "elu"] = "relu",
) -> Trial:
    """Make a network with penalties and noise as in recipes/zheng2021_crnn.toml."""
    layers = tuple(
        Layer(
            channels, kernel_px, l1=5e-4 if first else 0.0, l2=1e-3, noise_sd=noise_sd, activation=activation
        )
        for first, (channels, kernel_px) in zip((True, False), sizes.kernels, strict=True)
    )
    core: Core = (
        Identity()
        if network == "CNN"
        else Lstm(steps="channel", hidden_units=sizes.hidden_units, l2=1e-3, gate="hard_sigmoid")
    )
    encoder = Conv2d(layers=layers, method=method)
    architecture = Architecture(encoder, core, Dense(activity_reduction="batch_mean"), sizes.input_shape)
    history, *frame_shape = sizes.input_shape
    populations = {"cells": nameless_population(sizes.neurons, tuple(frame_shape), history)}
    training = Training(batch_size=batch, precision=precision)
    shapes = outline(architecture, populations).shapes
    return make_trial(architecture, shapes, populations, training, torch.device("cpu"))


def describe(sizes: Sizes) -> str:
    """Say what the networks look like."""
    history, _, height, width = sizes.input_shape
    kernels = ", then ".join(f"{maps} kernels {size} × {size}" for maps, size in sizes.kernels)
    return f"{history} frames of {height} × {width} px, {kernels}, {sizes.neurons} neurons"


def rate_agreement(ours: Trial, direct: Trial) -> str:
    """Say how far rates of equal weights differ on the same movie."""
    rates, expected = ours.evaluate(), attrs.evolve(direct, stimulus=ours.stimulus).evaluate()
    return f"- rates differ by at most {relative_error(rates, expected):.1e} of the largest"


def step_agreement(sizes: Sizes, network: str) -> str:
    """Hold loss and gradients of a step without noise against direct convolutions in double precision.

    With ELU for ReLU, whose derivative jumps: where rounding turns the sign of a single value, gradients
    of either method are off by 10⁻³.
    """
    exact = make_network(sizes, network, sizes.checked, "direct", noise_sd=0.0, activation="elu")
    exact.model.double()
    exact = attrs.evolve(exact, stimulus=exact.stimulus.double(), responses=exact.responses.double())
    loss = float(exact.step())
    said = []
    methods: tuple[Method, ...] = ("fourier", "direct")
    for method in methods:
        trial = make_network(sizes, network, sizes.checked, method, noise_sd=0.0, activation="elu")
        trial = attrs.evolve(trial, stimulus=exact.stimulus.float())
        off = abs(float(trial.step()) - loss) / abs(loss)
        said.append(f"{method} loss {off:.1e}, gradients {gradient_error(trial, exact):.1e}")
    return f"- relative error against double precision, {sizes.checked} samples, ELU: {'; '.join(said)}"


def gradient_error(trial: Trial, exact: Trial) -> float:
    """Return the largest relative error of any gradient but those that batch norm makes zero."""
    expected = gradients(exact)
    largest = max(float(gradient.abs().max()) for gradient in expected)
    return max(
        relative_error(ours, theirs)
        for ours, theirs in zip(gradients(trial), expected, strict=True)
        if float(theirs.abs().max()) > ZERO * largest
    )


def gradients(trial: Trial) -> list[Tensor]:
    """Return the gradients that the last step left."""
    return [weights.grad for weights in trial.model.parameters() if weights.grad is not None]


def relative_error(values: Tensor, expected: Tensor) -> float:
    """Return the largest difference over the largest expected value."""
    return float((values - expected).abs().max() / expected.abs().max())
