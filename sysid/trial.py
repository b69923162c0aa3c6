"""One model with random data of the right shapes: what a training or evaluation step costs is tried on it."""

import attrs
import torch
from torch import Tensor

from sysid.configuration import Training
from sysid.interface import InputShape
from sysid.model import Architecture, Model, assemble
from sysid.optimizer import make_optimizer
from sysid.population import Population
from sysid.sample import Batch
from sysid.training_step import OwnLoss, differentiate


@attrs.frozen(eq=False)
class Trial:
    """A model, its optimiser, and one batch of noise.

    Attributes:
        model: on the device of the batch.
        optimizer: as in a training.
        training: whose precision and clipping hold.
        session: whose readout is asked, and whose responses are given.
        stimulus: (batch, time, channel, height, width).
        responses: (batch, 1, neuron), all 1.
        behaviour: (batch, time, channel), or None where there is none.
    """

    model: Model
    optimizer: torch.optim.Optimizer
    training: Training
    session: str
    stimulus: Tensor
    responses: Tensor
    behaviour: Tensor | None

    def step(self) -> Tensor:
        """Take one training step, as `sysid.training_step.take_step` does, and return the loss."""
        loss = self.differentiate()
        self.optimizer.step()
        return loss

    def differentiate(self) -> Tensor:
        """Leave gradients as before a step, and return the loss."""
        self.model.train()
        mask = torch.ones_like(self.responses, dtype=torch.bool)
        batch = Batch(self.stimulus, self.responses, mask, self.behaviour)
        loss = OwnLoss(self.model, self.training.precision)(batch, self.session)
        differentiate(loss, self.model, self.optimizer, self.training)
        return loss.detach()

    @torch.no_grad()
    def evaluate(self) -> Tensor:
        """Predict the batch as a validation does, and return the rates."""
        self.model.eval()
        return self.model(self.stimulus, self.behaviour, self.session)[0][:, -1:]


def make_trial(
    architecture: Architecture,
    shapes: tuple[InputShape, InputShape],
    populations: dict[str, Population],
    training: Training,
    device: torch.device,
) -> Trial:
    """Make a trial of a whole training batch; see `resize` for others.

    Args:
        architecture, shapes, populations: as `sysid.model.assemble` takes them.
        training: gives the size of a batch and the precision.
        device: "meta" makes a trial without memory or arithmetic.
    """
    generator_state = torch.get_rng_state()
    with torch.device(device):
        model = assemble(architecture, shapes, populations, seed=0).to(device)
    optimizer = make_optimizer(model, training)
    session = max(populations, key=lambda name: populations[name].count)
    trial = Trial(
        model,
        optimizer,
        training,
        session,
        *noise(
            architecture.input_shape,
            populations[session].count,
            len(populations[session].behaviour),
            training.batch_size,
            device,
        ),
    )
    torch.set_rng_state(generator_state)  # whoever asks may be drawing numbers of their own
    return trial


def resize(trial: Trial, samples: int) -> Trial:
    """Return the same model with a batch of another size."""
    shape, neurons = tuple(trial.stimulus.shape[1:]), trial.responses.shape[2]
    channels = 0 if trial.behaviour is None else trial.behaviour.shape[2]
    stimulus, responses, behaviour = noise(shape, neurons, channels, samples, trial.stimulus.device)
    return attrs.evolve(trial, stimulus=stimulus, responses=responses, behaviour=behaviour)


def noise(
    input_shape: tuple[int, ...], neurons: int, channels: int, samples: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return stimulus and behaviour as white noise of unit variance, and responses of 1."""
    return (
        torch.randn(samples, *input_shape, device=device),
        torch.ones(samples, 1, neurons, device=device),
        torch.randn(samples, input_shape[0], channels, device=device) if channels else None,
    )
