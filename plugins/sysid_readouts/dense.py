"""The dense readout: every neuron reads every feature."""

from typing import Literal

import attrs
from jaxtyping import Float
from torch import Tensor, nn

from sysid import InputShape, Population, Readout, ReadoutModule, batch_length, batch_sum, key
from sysid_readouts.gain import BEHAVIOUR, BEHAVIOUR_L2, BehaviourUse, Gain, make_gain, modulate
from sysid_readouts.lateral import Divisor, LateralInhibition
from sysid_readouts.nonlinearity import NONLINEARITY, Nonlinearity, make_nonlinearity
from sysid_readouts.observation import OBSERVATION, Observation, ObservingModule, refuse_misfit


@attrs.frozen
class Dense(Readout):
    """Read every feature with every neuron, then batch norm and a static nonlinearity.

    The last layer of Zheng, Jia, Yu, Liu and Huang (2021), Patterns 2(10) 100350,
    doi:10.1016/j.patter.2021.100350, with the parametric softplus of McIntosh et al. (2016). Choose it where
    there is much data for each neuron; where there is little, `window` asks for far fewer weights.
    """

    nonlinearity: Nonlinearity = key(NONLINEARITY, default="parametric_softplus")
    alpha: float = key("α of the parametric softplus at the start", default=0.2, above=0)
    beta: float = key("β of the parametric softplus at the start", default=5.0, above=0)
    batch_norm: bool = key("whether the drive is batch-normalised before the nonlinearity", default=True)
    batch_norm_momentum: float = key(
        "weight of the newest batch in the running statistics (Keras' momentum .99 is .01 here)",
        default=0.01,
        above=0,
        at_most=1,
    )
    batch_norm_epsilon: float = key("added to the variance in batch norm", default=1e-3, above=0)
    l2: float = key("penalty on the sum of squared weights", default=1e-3, at_least=0)
    activity_l1: float = key("penalty on absolute activity", default=1e-3, at_least=0)
    activity_on: Literal["drive", "rates"] = key(
        "whose activity: the dense output before all that follows (code), or the rates (Eq. 3 of the paper)",
        default="drive",
    )
    activity_reduction: Literal["sum", "batch_mean"] = key(
        "whether activity is summed over the batch and neurons (Keras 2.2.4), or that sum is divided by the "
        "number of bins in the batch (later versions), so that it does not grow with the batch size",
        default="sum",
    )
    lateral_group: int | None = key(
        "neurons in a group: each drive is divided by its group's before batch norm, as in the lateral "
        "CNN of the code released with Zheng et al. 2021 (8 there); off where the key is absent",
        default=None,
        unit="neurons",
        at_least=2,
    )
    lateral_divisor: Divisor = key(
        'the sum of absolute drives, or the plain "sum" of the released code, near zero in some bins, which '
        "seldom trains without training.gradient_clip = 0.1",
        default="absolute",
    )
    lateral_seed: int = key("seed of who is in which group", default=0, at_least=0)
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
        gain = make_gain(self.behaviour, self.behaviour_l2, population)
        return DenseModule(self, channels * height * width, population.count, gain)


class DenseModule(ObservingModule):
    """Flatten each time step, (channel, height, width), and map it to the neurons.

    Differs: the He-normal start is not truncated at two standard deviations as it is in Keras.
    """

    def __init__(self, config: Dense, features: int, neurons: int, gain: Gain | None):
        super().__init__()
        self.config = config
        self.linear = nn.Linear(features, neurons)
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu")  # He et al. 2015: sd √(2/features)
        nn.init.zeros_(self.linear.bias)
        if config.lateral_group is not None:
            self.lateral = LateralInhibition(
                neurons, config.lateral_group, config.lateral_seed, config.lateral_divisor
            )
        self.batch_norm = (
            nn.BatchNorm1d(neurons, config.batch_norm_epsilon, config.batch_norm_momentum)
            if config.batch_norm
            else nn.Identity()
        )
        self.nonlinearity = make_nonlinearity(config.nonlinearity, neurons, config.alpha, config.beta)
        self.gain = gain

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch time neuron"], Float[Tensor, ""]]:
        """Return rates in responses per bin and the penalty."""
        batch, time = features.shape[:2]
        drive = self.linear(features.flatten(2).flatten(0, 1))  # batch·time neuron
        shared = drive if self.config.lateral_group is None else self.lateral(drive)
        rates = self.nonlinearity(self.batch_norm(shared)).unflatten(0, (batch, time))
        rates, penalty = modulate(self.gain, rates, behaviour)
        penalty = penalty + self.config.l2 * self.linear.weight.square().sum()
        return rates, penalty + self._activity_penalty(drive, rates.flatten(0, 1))

    def _activity_penalty(
        self, drive: Float[Tensor, "bin neuron"], rates: Float[Tensor, "bin neuron"]
    ) -> Float[Tensor, ""]:
        activity = drive if self.config.activity_on == "drive" else rates
        bins = batch_length(activity) if self.config.activity_reduction == "batch_mean" else 1
        return self.config.activity_l1 * batch_sum(activity.abs().sum()) / bins
