"""The Gaussian readout: every neuron reads one point of the features, which is learned."""

import math
from typing import Literal

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from sysid import InputShape, Population, Readout, ReadoutModule, key, normal_like
from sysid_readouts.feature_position import start_positions
from sysid_readouts.gain import BEHAVIOUR, BEHAVIOUR_L2, BehaviourUse, Gain, make_gain, modulate
from sysid_readouts.nonlinearity import NONLINEARITY, Nonlinearity, make_nonlinearity
from sysid_readouts.observation import OBSERVATION, Observation, ObservingModule, refuse_misfit

BORDER = 0.999  # how far positions may be from the middle; 1 is the middle of the last pixel


@attrs.frozen
class Gaussian(Readout):
    """Read all feature maps at one point for each neuron, drawn from a Gaussian in training.

    The readout of Lurz et al. (2021), "Generalization in data-driven models of primary visual cortex", ICLR,
    doi:10.1101/2020.10.05.326256. Mean and covariance of the point are learned: the spread lets gradients
    reach further than a pixel, and shrinks as the place becomes certain. A neuron has channels + 7 weights
    and those of its nonlinearity. Choose it for thousands of neurons on a core that has done the pooling.

    Differs: points start at receptive field centres where these are known; the penalty is averaged over
    neurons, as the loss is, so that one value serves populations of any size.
    """

    start_sd: float = key(
        "standard deviation of the points at the start along each axis, where features reach from −1 to 1",
        default=0.3,
        above=0,
    )
    unknown_centre: Literal["middle", "sta"] = key(
        "where neurons start whose receptive field centre the recording does not know: in the middle of the "
        "frame, or at the peak of the spike-triggered average, which takes memory for history × pixels × "
        "neurons, and finds the place where features are too fine for a gradient to lead there",
        default="middle",
    )
    feature_l1: float = key(
        "penalty on the sum of a neuron's absolute weights of feature maps, averaged over neurons (γ)",
        default=1e-3,
        at_least=0,
    )
    nonlinearity: Nonlinearity = key(NONLINEARITY, default="parametric_softplus")
    alpha: float = key("α of the parametric softplus at the start", default=0.2, above=0)
    beta: float = key("β of the parametric softplus at the start", default=5.0, above=0)
    loss: Observation = key(OBSERVATION, default="poisson")
    behaviour: BehaviourUse = key(BEHAVIOUR, default="none")
    behaviour_l2: float = key(BEHAVIOUR_L2, default=1e-3, at_least=0)

    def build(self, input_shape: InputShape, population: Population) -> ReadoutModule:
        """Make the module for one session's population; each time step is read alone.

        Raises:
            SysidError: the loss does not take responses like the population's, or rates like those of the
                nonlinearity, or behaviour is asked for and there is none.
        """
        refuse_misfit(self.loss, self.nonlinearity, population)
        _, channels, height, width = input_shape
        last = torch.tensor([max(width - 1, 1), max(height - 1, 1)])
        start, _ = start_positions(population, (height, width), sta=self.unknown_centre == "sta")
        position = 2 * start / last - 1
        position = torch.where(torch.tensor([width > 1, height > 1]), position, 0.0)
        gain = make_gain(self.behaviour, self.behaviour_l2, population)
        return GaussianModule(self, channels, position, gain)


class GaussianModule(ObservingModule):
    """Compute f(Σ_c weight_c features_c(x) + bias), x = position + spread·ε, ε from N(0, 1) in training.

    Between pixels features are interpolated bilinearly; beyond the border they are those of the border.

    Attributes:
        position: (neuron, 2), x and y from −1, the middle of the first pixel, to 1, that of the last.
        spread: (neuron, 2, 2), A of the covariance AA'.
        weight: (neuron, channel).
    """

    def __init__(
        self, config: Gaussian, channels: int, position: Float[Tensor, "neuron 2"], gain: Gain | None
    ):
        super().__init__()
        self.config = config
        neurons = len(position)
        self.position = nn.Parameter(position)
        self.spread = nn.Parameter(config.start_sd * torch.eye(2).repeat(neurons, 1, 1))
        self.weight = nn.Parameter(torch.empty(neurons, channels))
        nn.init.normal_(self.weight, std=0.1 / math.sqrt(channels))  # a nearly constant rate
        self.bias = nn.Parameter(torch.zeros(neurons))
        self.nonlinearity = make_nonlinearity(config.nonlinearity, neurons, config.alpha, config.beta)
        self.gain = gain

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch time neuron"], Float[Tensor, ""]]:
        """Return rates in responses per bin and the penalty."""
        images = features.flatten(0, 1).to(self.position.dtype)  # batch·time channel height width
        points = self._points(len(images))[:, :, None]  # batch·time neuron 1 2
        found = grid_sample(images, points, padding_mode="border", align_corners=True)
        found = found[..., 0].unflatten(0, features.shape[:2])  # batch time channel neuron
        drive = (found * self.weight.T).sum(2) + self.bias  # batch time neuron
        rates, penalty = modulate(self.gain, self.nonlinearity(drive), behaviour)
        sparseness = self.config.feature_l1 * self.weight.abs().sum() / max(len(self.weight), 1)
        return rates, penalty + sparseness

    def _points(self, images: int) -> Float[Tensor, "image neuron 2"]:
        """Return where each neuron looks in each image: around its position in training, else there."""
        if not self.training:
            return self.position.expand(images, -1, -1)
        with torch.no_grad():  # beyond the border nothing changes with the position, so it would stay there
            self.position.clamp_(-BORDER, BORDER)
        mean = self.position.expand(images, -1, -1)
        noise = normal_like(mean.new_empty(mean.shape))
        return mean + torch.einsum("nij,bnj->bni", self.spread, noise)
