"""The window readout: every neuron reads a small smooth window around its receptive field centre."""

import math

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid import (
    FeatureBatches,
    InputShape,
    Population,
    Readout,
    ReadoutModule,
    SolvableReadout,
    SysidError,
    key,
)
from sysid_readouts.nonlinearity import (
    NONLINEARITY,
    Nonlinearity,
    ParametricSoftplus,
    make_nonlinearity,
)
from sysid_readouts.observation import Observation, ObservingModule, refuse_misfit
from sysid_readouts.penalty_choice import PenaltyChoice
from sysid_readouts.smoothness import Smoothness, WindowShape, quadratic
from sysid_readouts.window_drive import place_windows, window_drive
from sysid_readouts.window_solve import Plan, Solution, solve


@attrs.frozen
class Window(Readout):
    """Read a small smooth window around each neuron's receptive field centre, over all time steps.

    On the bare stimulus (encoder and core `identity`) this is the linear-nonlinear model of Chichilnisky
    (2001), Network: Computation in Neural Systems 12(2) 199–213, doi:10.1080/713663221. Least squares with a
    smoothness penalty in place of the spike-triggered average follows Sahani and Linden (2003), "Evidence
    optimization techniques for estimating stimulus-response functions", Advances in Neural Information
    Processing Systems 15. Choose it as the model that every other has to beat, and wherever there are few
    bins per neuron. Centres come from the recording, else from the spike-triggered average of the training
    bins; features must be one pixel to a stimulus pixel (no pooling or stride).

    Differs: the penalty is chosen on validation bins, not by maximising the evidence.
    """

    window_px: int = key("width and height of the window", unit="feature pixels", default=5, at_least=1)
    smoothness_space: float = key(
        "weight of squared differences between neighbouring pixels in the penalty", default=1.0, at_least=0
    )
    smoothness_time: float = key(
        "weight of squared differences between neighbouring time steps in the penalty",
        default=1.0,
        at_least=0,
    )
    ridge: float = key("weight of squared weights in the penalty", default=1.0, above=0)
    penalties: tuple[float, ...] = key(
        "multipliers of the penalty that least squares tries, in units of a feature's mean variance; the "
        "best on validation bins is kept, or by generalised cross-validation where there are none",
        default=(1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
        above=0,
    )
    penalty_choice: PenaltyChoice = key(
        "whether all neurons share one multiplier, which is steadier on little data, or each has its own",
        default="population",
    )
    strength: float = key("multiplier of the penalty in training by gradient", default=1e-3, at_least=0)
    nonlinearity: Nonlinearity = key(NONLINEARITY, default="parametric_softplus")
    alpha: float = key("α of the parametric softplus at the start", default=0.2, above=0)
    beta: float = key("β of the parametric softplus at the start", default=5.0, above=0)
    loss: Observation = key(
        "what training by gradient and the fit of the nonlinearity minimise, averaged over recorded bins; "
        '"poisson" takes no responses below zero',
        default="poisson",
    )

    def build(self, input_shape: InputShape, population: Population) -> ReadoutModule:
        """Make the module for one session's population.

        Raises:
            SysidError: the window is larger than the features, no penalty is given, or the loss does not
                take responses like the population's.
        """
        refuse_misfit(self.loss, self.nonlinearity, population)
        time, channels, height, width = input_shape
        pixels = place_windows(population, (height, width), self.window_px)
        if not self.penalties:
            raise SysidError("readout.penalties: expected at least one, got none")
        return WindowModule(self, WindowShape(time, channels, self.window_px, self.window_px), pixels)


class WindowModule(ObservingModule, SolvableReadout):
    """Weights (neuron, time, channel, height, width) on each neuron's window, then a static nonlinearity.

    The window's place is kept with the weights, so that a saved model needs no recording to be read again.
    """

    pixels: Tensor

    def __init__(self, config: Window, shape: WindowShape, pixels: Tensor):
        super().__init__()
        self.config = config
        self.shape = shape
        self.smoothness = Smoothness(config.smoothness_space, config.smoothness_time, config.ridge)
        neurons = len(pixels)
        self.register_buffer("pixels", pixels)
        self.weight = nn.Parameter(torch.empty(neurons, *shape))
        nn.init.normal_(self.weight, std=0.1 / math.sqrt(shape.features))  # a nearly constant rate
        self.bias = nn.Parameter(torch.zeros(neurons))
        self.nonlinearity = make_nonlinearity(config.nonlinearity, neurons, config.alpha, config.beta)

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch steps neuron"], Float[Tensor, ""]]:
        """Return rates in responses per bin and the penalty; behaviour is not used.

        A clip longer than the window slides over it: one rate for every step that has a whole window.
        """
        drive = window_drive(features, self.weight, self.bias, self.pixels)
        return self.nonlinearity(drive), self.config.strength * quadratic(self.weight, self.smoothness)

    @torch.no_grad()
    def solve(self, train: FeatureBatches, validation: FeatureBatches) -> dict[str, float]:
        """Fit weights by penalised least squares on `train`, then the nonlinearity to the linear drive.

        Returns the multiplier chosen on `validation` (`penalty`; the lower median where neurons differ) and
        the mean correlation it reached there (`validation_correlation`; left out where there is none).
        """
        plan = Plan(
            pixels=self.pixels.cpu(),
            shape=self.shape,
            smoothness=self.smoothness,
            penalties=tuple(sorted(self.config.penalties, reverse=True)),
            penalty_choice=self.config.penalty_choice,
            nonlinearity=self.config.nonlinearity,
            observation=self.config.loss,
        )
        solution = solve(plan, train, validation)
        self._take(solution)
        return solution.chosen

    def _take(self, solution: Solution) -> None:
        """Fold gain and offset of alpha·f(gain·(x·w + b) + offset) into the module's own parameters.

        The parametric softplus has β for the gain, so its weights stay those of the linear fit; the others
        scale the weights.
        """
        static, weights = solution.static, solution.weights
        if isinstance(self.nonlinearity, ParametricSoftplus):
            silent = static.gain == 0
            gain = torch.where(silent, self.config.beta, static.gain)
            weights = torch.where(silent[:, None], 0, weights)
            bias = torch.where(silent, 0, solution.bias) + static.offset / gain
            self.nonlinearity.alpha.copy_(static.alpha)
            self.nonlinearity.beta.copy_(gain)
        else:
            weights = weights * static.gain[:, None]
            bias = solution.bias * static.gain + static.offset
        self.weight.copy_(weights.unflatten(1, tuple(self.shape)))
        self.bias.copy_(bias)
