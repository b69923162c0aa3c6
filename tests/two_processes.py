"""What each of two processes does in tests/test_distributed_training.py; the first leaves what came of it.

The reference is the same training before the processes belong together, when each is alone.
"""

import contextlib
import json
import sys
import warnings
from pathlib import Path

import attrs
import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from sysid import training_step
from sysid.configuration import Training
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.global_layer import global_layers
from sysid.interface import Core, Readout
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.place import own_place
from sysid.process_group import any_process, as_first, join_group
from sysid.sample import SessionSamples
from sysid.shared_batch import batch_sum, gather_rows, share_batch
from sysid.split import Window
from sysid.training import Hooks, train
from sysid_cores.identity import Identity
from sysid_cores.lstm import Lstm
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.layer import Layer
from sysid_readouts.dense import Dense
from sysid_readouts.gaussian import Gaussian
from tests.broken_movie import BrokenMovie
from tests.conftest import make_presentation, make_recording

CPU = torch.device("cpu")
RANGES = {"train": ((0, 60),), "validation": ((60, 75),), "test": ((75, 90),)}
TRAINING = Training(epochs=5, batch_size=13, patience=50, gradient_clip=5.0, seeds=(0,))
# 58 samples of a window of 3 frames: four batches of 13 and one of 6, so 6 + 7 samples, or 3 + 3
LAYERS = (
    Layer(channels=4, kernel_px=3, noise_sd=0.3, dropout=0.2, l1=1e-3),
    Layer(channels=3, kernel_px=3, noise_sd=0.1, dropout=0.1, l2=1e-3),
)


@attrs.frozen
class Situation:
    """A model and data to train it on."""

    dtype: torch.dtype = torch.float64
    method: str = "direct"
    core: Core = attrs.field(factory=lambda: Lstm(hidden_units=5, l2=1e-3))
    reduction: str = "sum"
    activity_on: str = "drive"
    batch_norm: bool = True
    sessions: int = 1
    batch_size: int = 13
    ranges: dict = attrs.field(factory=lambda: RANGES)
    readout: Readout | None = None
    behaviour: tuple[str, ...] = ()

    def samples(self):
        recordings = {
            f"session{number}": make_recording(
                make_presentation(
                    90,
                    neurons=3 + number,
                    height=9,
                    width=8,
                    seed=number,
                    behaviour=self.behave(),
                    **self.ranges,
                ),
                behaviour=self.behaviour,
            )
            for number in range(self.sessions)
        }
        window = Window(3, include_current=True)
        return {name: SessionSamples(each, window, CPU) for name, each in recordings.items()}

    def behave(self):
        """Return what the animal does, with a gap."""
        if not self.behaviour:
            return None
        behaviour = np.random.default_rng(1).standard_normal((90, len(self.behaviour)))
        behaviour[20:30, 0] = np.nan
        return behaviour

    def model(self, samples):
        populations = {name: known_population(each) for name, each in samples.items()}
        readout = self.readout or Dense(
            batch_norm=self.batch_norm,
            activity_l1=1e-2,
            activity_reduction=self.reduction,
            activity_on=self.activity_on,
        )
        parts = Architecture(Conv2d(LAYERS, method=self.method), self.core, readout, (3, 1, 9, 8))
        return assemble(parts, outline(parts, populations).shapes, populations, 0).to(self.dtype)


SITUATIONS = {
    "float64": Situation(),
    "float64 fourier": Situation(method="fourier", reduction="batch_mean"),
    "float64 over time": Situation(core=Lstm(hidden_units=5, steps="time"), activity_on="rates"),
    "float64 sessions": Situation(sessions=2),
    "float64 small batches": Situation(batch_size=1, batch_norm=False, ranges=RANGES | {"train": ((0, 9),)}),
    "float64 gaussian with behaviour": Situation(
        core=Identity(),
        readout=Gaussian(behaviour="gain", behaviour_l2=1e-2),
        behaviour=("running", "pupil"),
    ),
    "float32": Situation(dtype=torch.float32),
}


def follow_losses(situation):
    """Train and return the loss of every step, what epochs came to, and the best weights."""
    losses, epochs = [], []
    samples = situation.samples()
    model = situation.model(samples)

    def take_epoch(epoch):
        epochs.append([epoch.training_loss, epoch.validation_loss, epoch.validation_correlation])
        return 0

    hooks = Hooks(lambda *_: None, take_epoch, lambda: False, lambda _: None)
    mean = training_step.mean_over_processes

    def remember(loss):
        losses.append(mean(loss).item())
        return mean(loss)

    training_step.mean_over_processes = remember
    try:
        training = attrs.evolve(TRAINING, batch_size=situation.batch_size)
        best, _ = train(model, samples, training, 3, None, hooks)
    finally:
        training_step.mean_over_processes = mean
    kinds = sorted({type(module).__name__ for module in model.modules()})
    return losses, epochs, {name: values.double().numpy() for name, values in best.items()}, kinds


def compare(alone, together):
    """Return the largest relative differences, in plain numbers."""
    losses, epochs = (np.array([alone[at], together[at]]) for at in (0, 1))
    weights = [np.abs(alone[2][name] - together[2][name]).max() for name in alone[2]]
    return {
        "steps": losses.shape[1],
        "losses": (np.abs(np.diff(losses, axis=0)) / np.abs(losses[:1])).max(axis=0).tolist(),
        "epochs": float(np.abs(np.diff(epochs, axis=0)).max()),
        "weights": float(max(weights)),
        "names": list(alone[2]) == list(together[2]),
        "layers": alone[3] == together[3],
    }


def compare_batch_norm(momentum):
    """Return how far batch norm over two halves is from torch's over the whole, in all that comes out."""
    values = torch.randn(10, 3, 4, dtype=torch.float64) + 100
    goal = torch.randn(10, 3, 4, dtype=torch.float64)
    found = []
    for shared in (False, True):
        torch.manual_seed(0)
        norm = nn.Sequential(nn.BatchNorm1d(3, momentum=momentum, dtype=torch.float64))
        nn.init.normal_(norm[0].weight)
        given = values.clone().requires_grad_()
        with global_layers(norm):
            if shared:
                with share_batch(10) as own:
                    out = norm(given[own])
                    (out * goal[own]).sum().backward()
                    gradients = [batch_sum(norm[0].weight.grad), batch_sum(norm[0].bias.grad)]
                    out, gradient = gather_rows(out.detach()), gather_rows(given.grad[own])
            else:
                out = norm(given)
                (out * goal).sum().backward()
                gradients, gradient = [norm[0].weight.grad, norm[0].bias.grad], given.grad
        found.append([out.detach(), gradient, *gradients, norm[0].running_mean, norm[0].running_var])
    return max(float((a - b).abs().max()) for a, b in zip(*found, strict=True))


def break_training():
    """Return the error of a training whose loss is not finite."""
    situation = Situation()
    samples = situation.samples()
    model = situation.model(samples)
    nn.init.constant_(model.encoder.layers[0].convolution.weight, float("inf"))
    hooks = Hooks(lambda *_: None, lambda _: 0, lambda: False, lambda _: None)
    try:
        train(model, samples, TRAINING, 0, None, hooks)
    except SysidError as error:
        return str(error)


def leave_out_steps():
    """Return how many steps a training left out, its best weights, what it warned of, and why one stopped.

    The pixels that are NaN lie in the windows of few bins, so in one process's share of a batch alone.
    """
    warnings, stopped = [], ""
    results = []
    for on_nan in ("skip", "stop"):
        presentation = make_presentation(90, height=9, width=8, **RANGES)
        presentation = attrs.evolve(presentation, stimulus=BrokenMovie(90, (17,), height=9, width=8))
        samples = {
            "one": SessionSamples(make_recording(presentation), Window(3, include_current=True), CPU),
        }
        model = Situation().model(samples)
        hooks = Hooks(lambda *_: None, lambda _: 0, lambda: False, lambda _: None, warnings.append)
        training = attrs.evolve(TRAINING, on_nan=on_nan, epochs=3)
        try:
            best, progress = train(model, samples, training, 3, None, hooks)
            results = [progress.skipped, {name: values.double().numpy() for name, values in best.items()}]
        except SysidError as error:
            stopped = str(error)
    return [*results, warnings, stopped]


def stop_training(rank):
    """Return after how many steps a training ends that the second process alone is asked to stop."""
    situation, taken = Situation(), []
    samples = situation.samples()
    hooks = Hooks(
        lambda *step: taken.append(step), lambda _: 0, lambda: rank == 1 and len(taken) == 7, lambda _: None
    )
    try:
        train(situation.model(samples), samples, TRAINING, 0, None, hooks)
    except SysidError as error:
        return [len(taken), str(error)]


def train_in_pieces(file, every):
    """Train, breaking off after every so many steps; return the best weights. Only the first has a file."""
    situation = Situation(dtype=torch.float32)
    while True:
        samples, taken = situation.samples(), []
        hooks = Hooks(
            lambda *step, taken=taken: taken.append(step),
            lambda _: 0,
            lambda taken=taken: len(taken) == every,
            lambda _: None,
        )
        with contextlib.suppress(InterruptedTrainingError):
            return train(situation.model(samples), samples, attrs.evolve(TRAINING, epochs=2), 3, file, hooks)[
                0
            ]


def resume_training(folder, rank):
    """Say whether a training in pieces ends with the same bits as a whole one."""
    whole, pieces = (
        train_in_pieces(folder / f"every{every}" if rank == 0 else None, every) for every in (1000, 3)
    )
    return all(torch.equal(whole[name], pieces[name]) for name in whole)


def main(place_of_result):
    torch.set_num_threads(1)
    warnings.simplefilter("error")
    place = own_place()
    store, _, _ = next(dist.rendezvous("env://"))
    alone = {name: follow_losses(situation) for name, situation in SITUATIONS.items()}
    alone_left_out = leave_out_steps()
    with join_group(store, CPU):
        result = {name: compare(alone[name], follow_losses(each)) for name, each in SITUATIONS.items()}
        result["batch norm"] = [compare_batch_norm(0.1), compare_batch_norm(None)]
        result["broken"] = break_training()
        (skipped, best, warned, stopped), apart = leave_out_steps(), alone_left_out
        differences = [float(np.abs(best[name] - apart[1][name]).max()) for name in best]
        result["left out"] = {
            "steps": [skipped, apart[0]],
            "weights": max(differences),
            "warned": [warned, apart[2]],
            "stopped": [stopped, apart[3]],
        }
        result["resumed"] = resume_training(Path(place_of_result).parent, place.rank)
        result["stopped"] = stop_training(place.rank)
        result["any"] = [any_process(place.rank == 1), any_process(False)]
        result["first"] = as_first(place.rank + 0.5, float("nan"))[0]
    if place.rank == 0:
        Path(place_of_result).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
