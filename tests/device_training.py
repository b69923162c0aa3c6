"""A small training on any device: what the tests of devices, and of streaming, compare."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch

from sysid.configuration import Samples, Training
from sysid.errors import InterruptedTrainingError
from sysid.model import Architecture, Model, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.sample import SessionSamples, gather_samples
from sysid.standardization import standardize
from sysid.training import Epoch, Hooks, train
from sysid_cores.lstm import Lstm
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.layer import Layer
from sysid_readouts.dense import Dense
from tests.conftest import make_presentation, make_recording

RANGES = {"train": ((0, 60),), "validation": ((60, 75),), "test": ((75, 90),)}
LAYERS = (Layer(4, 3, noise_sd=0.1, dropout=0.1, l1=1e-4), Layer(3, 3, l2=1e-3))


@attrs.define
class Situation:
    """A model with noise and dropout, and data to train it on.

    Attributes:
        device: where.
        method: of the convolutions.
        precision: of the forward pass in training.
        dtype: of the movie.
        resident: whether the movie stays on the device.
        losses: (training, validation) of every epoch that ended.
    """

    device: torch.device
    method: str = "direct"
    precision: str = "float32"
    dtype: Any = np.uint8
    resident: bool = True
    losses: list[tuple[float, float]] = attrs.Factory(list)

    @property
    def config(self) -> Samples:
        return Samples(history=3, resident_mib=1 if self.resident else 0)

    def samples(self) -> dict[str, SessionSamples]:
        shown = make_presentation(frames=90, height=9, width=8, dtype=self.dtype, **RANGES)
        return gather_samples({"one": make_recording(shown)}, self.config, self.device)

    def model(self, sessions: dict[str, SessionSamples]) -> Model:
        populations = {name: known_population(samples) for name, samples in sessions.items()}
        shape = (3, *sessions["one"].recording.frame_shape)
        parts = Architecture(Conv2d(LAYERS, method=self.method), Lstm(hidden_units=5), Dense(), shape)
        model = assemble(parts, outline(parts, populations).shapes, populations, seed=1)
        standardize(model.standardization, sessions)
        return model.to(self.device)

    def train(self, folder: Path, stop_after: tuple[int, ...] = ()) -> dict[str, torch.Tensor]:
        """Train four epochs, breaking off after each of some steps; return the best weights on the CPU."""
        folder.mkdir()
        training = Training(
            epochs=4, batch_size=8, precision=self.precision, seeds=(0,), checkpoint_every_s=1e9
        )
        for stop in (*stop_after, None):
            sessions = self.samples()
            hooks = self._hooks(stop)
            try:
                best, _ = train(self.model(sessions), sessions, training, 3, folder / "state", hooks)
            except InterruptedTrainingError:
                continue
        return {name: value.cpu() for name, value in best.items()}

    def _hooks(self, stop: int | None) -> Hooks:
        steps = 0

        def on_step(epoch: int, step: int, of: int) -> None:
            nonlocal steps
            steps += 1

        def on_epoch(epoch: Epoch) -> int:
            self.losses.append((epoch.training_loss, epoch.validation_loss))
            return 0

        return Hooks(on_step, on_epoch, lambda: stop is not None and steps >= stop, lambda progress: None)
