"""The keys that all recurrent cores share."""

from abc import abstractmethod
from typing import Literal

import attrs
from torch import nn

from sysid import Core, InputShape, SysidError, key
from sysid_cores.recurrence import Cell, Recurrence
from sysid_cores.sequence import StepwiseCore, measure_sequence


@attrs.frozen
class RecurrentCore(Core):
    """Run recurrent units over the feature maps of each time step, or over time."""

    steps: Literal["channel", "time"] = key(
        '"channel": the feature maps of one time step are the steps of a sequence, as in Zheng et al. 2021; '
        '"time": the steps are time itself, from the first frame given',
        default="channel",
    )
    hidden_units: int = key("how many units", default=32, at_least=1.0)
    l2: float = key("penalty on the input weights, times Σw²", default=0.0, at_least=0.0)
    batch_norm: bool = key("whether to normalise each unit over batch and steps", default=True)
    batch_norm_momentum: float = key(
        "share of batch norm's running statistics that one batch replaces (Keras' momentum .99 is .01 here)",
        default=0.01,
        above=0.0,
        at_most=1.0,
    )
    batch_norm_epsilon: float = key("what batch norm adds to a variance", default=1e-3, above=0.0)
    step_order: Literal["given", "random"] = key(
        'the order in which feature maps are read; "random": one fixed random order, the control that says '
        'whether their order matters (steps = "channel" only)',
        default="given",
    )
    order_seed: int = key('seed of the order where step_order = "random"', default=0, at_least=0.0)
    recurrent: bool = key(
        "whether there is a recurrent matrix; false fixes it at zero, the control that says what it is worth "
        "(gates still carry memory from step to step)",
        default=True,
    )

    @abstractmethod
    def make_cell(self) -> Cell:
        """Return what one step does."""

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module for features of (time, channel, height, width).

        Raises:
            SysidError: a random order is asked for over time.
        """
        if self.step_order == "random" and self.steps == "time":
            raise SysidError('core.step_order: expected "given" where core.steps = "time", got "random"')
        count, features = measure_sequence(input_shape, self.steps)
        recurrence = Recurrence(self.make_cell(), features, self.hidden_units, self.l2, self.recurrent)
        if self.step_order == "random":
            recurrence.shuffle_steps(count, self.order_seed)
        batch_norm = None
        if self.batch_norm:
            batch_norm = nn.BatchNorm1d(
                self.hidden_units, eps=self.batch_norm_epsilon, momentum=self.batch_norm_momentum
            )
        return StepwiseCore(recurrence, self.steps, batch_norm)
