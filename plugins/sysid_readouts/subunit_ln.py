"""The subunit LN model: each neuron adds up rectified subunits of its own, and passes the sum on."""

import math
from typing import Literal

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d

from sysid import InputShape, Population, Readout, ReadoutModule, SysidError, key
from sysid_readouts.nonlinearity import NONLINEARITY, Nonlinearity, make_nonlinearity
from sysid_readouts.observation import OBSERVATION, Observation, ObservingModule, refuse_misfit
from sysid_readouts.smoothness import Smoothness, WindowShape, quadratic
from sysid_readouts.window_drive import place_windows, unit_of

START = 0.5  # of the drive that all subunits together give a neuron before training, in standard deviations


@attrs.frozen
class SubunitLn(Readout):
    """Filter a window by subunits, rectify each, add them up with weights that are not negative; then rate.

    λ = g(b + Σ_i Σ_p w_ip r(k_i·x_p − θ_i)), x_p the piece of the neuron's window at place p. With
    `subunit_px` below `window_px` each of a neuron's `filters` is repeated at every place: the convolutional
    subunit model of Vintch, Movshon and Simoncelli (2015), Journal of Neuroscience 35(44) 14829–14841,
    doi:10.1523/JNEUROSCI.2815-13.2015. With the two alike there is one place, and `filters` subunits of any
    shape, as Liu, Schreyer, Onken, Rozenblit, Khani, Krishnamoorthy, Panzeri and Gollisch (2017),
    doi:10.1038/s41467-017-00156-9, and Shah et al. (2020), doi:10.7554/eLife.45743, find in the retina.
    Choose it, with encoder and core `identity`, as the smallest model that has what an LN model lacks: where
    it does as well as a network, the network has found no more than subunits.

    Differs: Vintch et al. fit the subunit's nonlinearity point by point and alternate between subunits and
    weights, Liu et al. factorise spike-triggered stimuli; here all is trained at once by gradient, with a
    fixed rectifier and a trained threshold.
    """

    window_px: int = key("width and height of the window", unit="feature pixels", default=5, at_least=1)
    subunit_px: int = key(
        "width and height of a subunit; as large as window_px, each has one place and a shape of its own",
        unit="feature pixels",
        default=3,
        at_least=1,
    )
    filters: int = key("kinds of subunit of each neuron", default=1, at_least=1)
    rectifier: Literal["relu", "half_squared"] = key(
        "what each subunit does to its drive: max(0, x), or its square", default="relu"
    )
    smoothness_space: float = key(
        "weight of squared differences between neighbouring pixels of a subunit in the penalty",
        default=1.0,
        at_least=0,
    )
    smoothness_time: float = key(
        "weight of squared differences between neighbouring time steps in the penalty",
        default=1.0,
        at_least=0,
    )
    ridge: float = key("weight of squared weights of a subunit in the penalty", default=1.0, above=0)
    strength: float = key(
        "multiplier of the penalty on subunits, averaged over neurons", default=1e-3, at_least=0
    )
    pool_l1: float = key(
        "penalty on the sum of a neuron's weights of subunits, averaged over neurons: few subunits",
        default=1e-3,
        at_least=0,
    )
    nonlinearity: Nonlinearity = key(NONLINEARITY, default="softplus")
    alpha: float = key("α of the parametric softplus at the start", default=0.2, above=0)
    beta: float = key("β of the parametric softplus at the start", default=5.0, above=0)
    loss: Observation = key(OBSERVATION, default="poisson")

    def build(self, input_shape: InputShape, population: Population) -> ReadoutModule:
        """Make the module for one session's population.

        Raises:
            SysidError: a subunit is larger than the window, or the window than the features; or the loss
                does not take responses like the population's.
        """
        refuse_misfit(self.loss, self.nonlinearity, population)
        if self.subunit_px > self.window_px:
            raise SysidError(
                f"readout.subunit_px: expected at most readout.window_px = {self.window_px}, "
                f"got {self.subunit_px}"
            )
        time, channels, height, width = input_shape
        pixels = place_windows(population, (height, width), self.window_px)
        return SubunitLnModule(self, WindowShape(time, channels, self.subunit_px, self.subunit_px), pixels)


class SubunitLnModule(ObservingModule):
    """Subunits of each neuron, the weights of each at every place, and a static nonlinearity.

    Attributes:
        weight: (neuron, filter, time, channel, height, width), the subunits k in the unit of `unit_of`.
        threshold: (neuron, filter).
        pool: (neuron, filter, row, column), w by its absolute value; row and column are of the upper left
            pixel of a subunit in the window.
        pixels: (neuron, pixel), where each window lies.
    """

    pixels: Tensor

    def __init__(self, config: SubunitLn, shape: WindowShape, pixels: Tensor):
        super().__init__()
        self.config = config
        self.shape = shape
        self.smoothness = Smoothness(config.smoothness_space, config.smoothness_time, config.ridge)
        neurons, places = len(pixels), config.window_px - config.subunit_px + 1
        self.register_buffer("pixels", pixels)
        self.weight = nn.Parameter(torch.empty(neurons, config.filters, *shape))
        self.unit = unit_of(shape.features)
        nn.init.normal_(self.weight, std=1 / math.sqrt(shape.features) / self.unit)  # drives of unit variance
        self.threshold = nn.Parameter(torch.zeros(neurons, config.filters))
        start = START / math.sqrt(config.filters * places**2)
        self.pool = nn.Parameter(torch.full((neurons, config.filters, places, places), start))
        self.bias = nn.Parameter(torch.zeros(neurons))
        self.nonlinearity = make_nonlinearity(config.nonlinearity, neurons, config.alpha, config.beta)

    def subunits(self) -> Float[Tensor, "neuron filter time channel height width"]:
        """Return k, its last step the newest frame."""
        return self.weight * self.unit

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
        """Return rates in responses per bin and the penalty; behaviour is not used.

        A clip longer than the subunits slides over them: one rate for every step that has a whole window.
        """
        batch = len(features)
        seen = self._windows(features)  # batch·step neuron·time·channel row column
        kernels = self.subunits().flatten(2, 3).flatten(0, 1)  # neuron·filter time·channel row column
        drive = conv2d(seen, kernels, -self.threshold.flatten(), groups=len(self.pixels))
        rectified = drive.relu() if self.config.rectifier == "relu" else drive.relu().square()
        pooled = rectified.unflatten(1, self.pool.shape[:2]) * self.pool.abs()
        rates = self.nonlinearity(pooled.sum((2, 3, 4)) + self.bias)
        return rates.unflatten(0, (batch, -1)), self._penalty()

    def _windows(
        self, features: Float[Tensor, "batch time channel height width"]
    ) -> Float[Tensor, "bin feature row column"]:
        """Return what each neuron sees at every step: its own pixels, of all the time steps of a subunit."""
        own = features.flatten(3)[..., self.pixels]  # batch time channel neuron pixel
        steps = own.unfold(1, self.shape.time, 1)  # batch step channel neuron pixel time
        ordered = steps.permute(0, 1, 3, 5, 2, 4).flatten(0, 1)  # batch·step neuron time channel pixel
        side = self.config.window_px
        return ordered.unflatten(4, (side, side)).flatten(1, 3)  # batch·step neuron·time·channel row column

    def _penalty(self) -> Float[Tensor, ""]:
        subunits = self.config.strength * quadratic(self.subunits().flatten(0, 1), self.smoothness)
        return (subunits + self.config.pool_l1 * self.pool.abs().sum()) / max(len(self.pixels), 1)
