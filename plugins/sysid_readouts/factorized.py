"""The factorized readout: where a neuron looks times what it looks for."""

import math
from typing import Literal

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid import InputShape, Population, Readout, ReadoutModule, key
from sysid_readouts.feature_position import start_positions
from sysid_readouts.gain import BEHAVIOUR, BEHAVIOUR_L2, BehaviourUse, Gain, make_gain, modulate
from sysid_readouts.nonlinearity import NONLINEARITY, Nonlinearity, make_nonlinearity
from sysid_readouts.observation import OBSERVATION, Observation, ObservingModule, refuse_misfit


@attrs.frozen
class Factorized(Readout):
    """Read features through one spatial mask and one weight per feature map for each neuron.

    The readout of Klindt, Ecker, Euler and Bethge (2017), "Neural system identification for large populations
    separating 'what' and 'where'", Advances in Neural Information Processing Systems 30, arXiv:1711.02653. A
    neuron has height·width + channels weights in place of the dense readout's height·width·channels. Choose
    it for many neurons whose receptive fields have a size or shape of their own, and `gaussian` where a point
    in the features is enough.

    Differs: masks start at receptive field centres where these are known; penalties are averaged over
    neurons, as the loss is, so that one value serves populations of any size.
    """

    mask_l1: float = key(
        "penalty on the sum of a neuron's absolute mask, averaged over neurons", default=1e-3, at_least=0
    )
    feature_l1: float = key(
        "penalty on the sum of a neuron's absolute weights of feature maps, averaged over neurons",
        default=1e-3,
        at_least=0,
    )
    start_px: float = key(
        "standard deviation of the masks at the start, round bumps at the receptive field centres",
        unit="feature pixels",
        default=2.0,
        above=0,
    )
    unknown_centre: Literal["flat", "sta"] = key(
        "masks at the start of neurons whose receptive field centre the recording does not know: flat, or a "
        "bump at the peak of the spike-triggered average, which takes memory for history × pixels × neurons",
        default="flat",
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
        size = (height, width)
        centres, known = start_positions(population, size, sta=self.unknown_centre == "sta")
        mask = start_masks(centres, known, size, self.start_px)
        gain = make_gain(self.behaviour, self.behaviour_l2, population)
        return FactorizedModule(self, channels, mask, gain)


class FactorizedModule(ObservingModule):
    """Compute f(Σ_c weight_c Σ_yx mask_yx features_cyx + bias) for each neuron.

    Attributes:
        mask: (neuron, height, width), where each neuron looks, of either sign.
        weight: (neuron, channel), what it looks for.
    """

    def __init__(
        self, config: Factorized, channels: int, mask: Float[Tensor, "neuron height width"], gain: Gain | None
    ):
        super().__init__()
        self.config = config
        neurons = len(mask)
        self.mask = nn.Parameter(mask)
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
        pooled = features.flatten(3) @ self.mask.flatten(1).T  # batch time channel neuron
        drive = (pooled * self.weight.T).sum(2) + self.bias  # batch time neuron
        rates, penalty = modulate(self.gain, self.nonlinearity(drive), behaviour)
        sparseness = (
            self.config.mask_l1 * self.mask.abs().sum() + self.config.feature_l1 * self.weight.abs().sum()
        )
        return rates, penalty + sparseness / max(len(self.mask), 1)


def start_masks(
    centres: Float[Tensor, "neuron 2"], known: Float[Tensor, " neuron"], size: tuple[int, int], sd_px: float
) -> Float[Tensor, "neuron height width"]:
    """Return masks of unit sum of squares: bumps around centres (x, y), flat where `known` is 0."""
    height, width = size
    x, y = centres.T[:, :, None, None]  # neuron 1 1 each
    squares = (torch.arange(width) - x).square() + (torch.arange(height)[:, None] - y).square()
    bump = (-squares / (2 * sd_px**2)).exp()  # neuron height width
    mask = torch.where(known[:, None, None] > 0, bump, 1.0)
    return mask / mask.square().sum(dim=(1, 2), keepdim=True).sqrt()
