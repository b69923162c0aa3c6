import json

import numpy as np
import pytest
import torch

from sysid.batch_norm import recompute_batch_norm
from sysid.checkpoint import read_tensors
from sysid.configuration import Training
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.run_folder import RunFolder
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.training import Hooks, epoch_batches, train, validate
from sysid.training_log import TrainingLog
from tests.conftest import make_presentation, make_recording
from tests.toy import ToyCore, ToyEncoder, ToyReadout

RANGES = {"train": ((0, 60),), "validation": ((60, 80),), "test": ((80, 100),)}
TRAINING = Training(epochs=5, batch_size=8, patience=50, checkpoint_every_s=1e9, seeds=(0,))


def make_sessions():
    window = Window(3, include_current=True)
    presentation = make_presentation(frames=100, **RANGES)
    return {"one": SessionSamples(make_recording(presentation), window, torch.device("cpu"))}


def make_model(sessions, seed=0):
    populations = {name: known_population(samples) for name, samples in sessions.items()}
    architecture = Architecture(ToyEncoder(), ToyCore(), ToyReadout(), (3, 1, 5, 4))
    return assemble(architecture, outline(architecture, populations).shapes, populations, seed)


def hooks_of(log, stop_after=None):
    steps = 0

    def on_step(epoch, step, of):
        nonlocal steps
        steps += 1

    def should_stop():
        return stop_after is not None and steps >= stop_after

    return Hooks(on_step, log.epoch, should_stop, log.cut_back)


def train_in_pieces(folder, every):
    """Train, breaking off after every `every` steps, until it is done; return the weights and the log."""
    folder.mkdir()
    for _ in range(1000):
        sessions = make_sessions()
        log = TrainingLog(RunFolder(folder))
        try:
            best, progress = train(
                make_model(sessions),
                sessions,
                TRAINING,
                3,
                folder / "state.safetensors",
                hooks_of(log, every),
            )
        except InterruptedTrainingError:
            continue
        finally:
            log.close()
        lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        return best, progress, [{k: v for k, v in line.items() if k != "seconds"} for line in lines]
    raise AssertionError("never finished")


@pytest.mark.parametrize("every", [1, 3, 8, 11])
def test_a_training_in_pieces_ends_with_the_same_bits(tmp_path, every):
    whole, progress, log = train_in_pieces(tmp_path / "whole", None)
    pieces, progress_of_pieces, log_of_pieces = train_in_pieces(tmp_path / "pieces", every)
    assert whole.keys() == pieces.keys()
    for name, value in whole.items():
        assert torch.equal(value, pieces[name]), name
    assert (progress.epoch, progress.steps) == (progress_of_pieces.epoch, progress_of_pieces.steps)
    assert log_of_pieces == log
    assert [line["epoch"] for line in log] == list(range(5))


def test_a_log_longer_than_the_checkpoint_is_cut_back(tmp_path):
    _, _, log = train_in_pieces(tmp_path / "whole", None)
    folder = tmp_path / "killed"
    folder.mkdir()
    sessions = make_sessions()
    with pytest.raises(InterruptedTrainingError):
        train(make_model(sessions), sessions, TRAINING, 3, folder / "state.safetensors",
              hooks_of(TrainingLog(RunFolder(folder)), 10))  # fmt: skip
    with open(folder / "metrics.jsonl", "a") as file:
        file.write('{"epoch": 1, "half a li')
    sessions = make_sessions()
    resumed = TrainingLog(RunFolder(folder))
    train(make_model(sessions), sessions, TRAINING, 3, folder / "state.safetensors", hooks_of(resumed))
    resumed.close()
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["training_loss"] for line in lines] == [line["training_loss"] for line in log]


def test_every_sample_comes_once_an_epoch_and_the_order_changes():
    sessions = make_sessions()
    orders = [torch.cat([chosen for _, chosen in epoch_batches(sessions, 8, 0, epoch)]) for epoch in (0, 1)]
    count = sessions["one"].count("train")
    assert all(sorted(order.tolist()) == list(range(count)) for order in orders)
    assert not torch.equal(*orders)


def test_patience_ends_the_training_and_the_best_weights_come_back(tmp_path):
    sessions = make_sessions()
    training = Training(epochs=200, batch_size=8, patience=4, learning_rate=0.05, seeds=(0,))
    model = make_model(sessions)
    best, progress = train(
        model, sessions, training, 0, tmp_path / "s", hooks_of(TrainingLog(RunFolder(tmp_path)))
    )
    assert progress.stopped
    assert progress.epoch == progress.best_epoch + 1 + 4
    model.load_state_dict(best)
    assert validate(model, sessions, training)[0] == pytest.approx(progress.best_score, rel=1e-6)


def test_a_loss_that_is_not_finite_is_one_line(tmp_path):
    sessions = make_sessions()
    model = make_model(sessions)
    torch.nn.init.constant_(model.encoder.linear.weight, float("inf"))
    with pytest.raises(SysidError, match="the loss is nan in epoch 0, step 0"):
        train(model, sessions, TRAINING, 0, tmp_path / "s", hooks_of(TrainingLog(RunFolder(tmp_path))))


class FollowedHooks:
    """Break the model or the recording at one step, and remember the epochs that ended."""

    def __init__(self, break_at, do):
        self.break_at, self.do, self.steps, self.epochs = break_at, do, 0, []

    def make(self):
        return Hooks(self.step, self.epoch, lambda: False, lambda progress: None)

    def step(self, epoch, step, of):
        self.steps += 1
        if self.steps == self.break_at:
            self.do()

    def epoch(self, epoch):
        self.epochs.append(epoch.epoch)
        return 0


STEPS = 7  # an epoch: 56 or 57 bins, 8 at a time; a last one alone joins the batch before


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("monitor", ["validation", "training"])
def test_weights_that_the_last_step_of_an_epoch_broke_are_never_kept(tmp_path, value, monitor):
    sessions = make_sessions()
    model = make_model(sessions)
    assert sum(1 for _ in epoch_batches(sessions, 8, 0, 0)) == STEPS
    training = Training(epochs=2, batch_size=8, monitor=monitor, checkpoint_every_s=1e-9, seeds=(0,))

    def break_weights():
        with torch.no_grad():
            model.encoder.linear.weight[2, 3] = value

    hooks = FollowedHooks(2 * STEPS, break_weights)
    with pytest.raises(SysidError) as error:
        train(model, sessions, training, 0, tmp_path / "s", hooks.make())
    assert str(error.value) == (
        "training: encoder.linear.weight has weights that are NaN or infinite after epoch 1, step 6; "
        f"the last good weights (before epoch 1, step 6; best: epoch 0) are in {tmp_path / 's'}; "
        "a smaller training.learning_rate or training.gradient_clip may help"
    )
    assert hooks.epochs == [0]
    saved, header = read_tensors(tmp_path / "s")
    assert all(torch.isfinite(values).all() for values in saved.values())
    assert json.loads(header["progress"])["steps"] == 2 * STEPS - 1


def test_a_validation_loss_that_is_not_finite_ends_the_training(tmp_path):
    sessions = make_sessions()
    model = make_model(sessions)

    def raise_rates():
        torch.nn.init.constant_(model.readout("one").linear.bias, 3e38)  # of which the sum is not finite

    hooks = FollowedHooks(2 * STEPS, raise_rates)
    with pytest.raises(SysidError) as error:
        train(model, sessions, TRAINING, 0, tmp_path / "s", hooks.make())
    assert str(error.value) == (
        "training: the validation loss is inf in epoch 1; no good weights had been saved; "
        "a smaller training.learning_rate or training.gradient_clip may help"
    )
    assert hooks.epochs == [0]


def test_no_validation_bins_are_no_broken_validation(tmp_path):
    ranges = {"train": ((0, 60),), "test": ((80, 100),)}
    recording = make_recording(make_presentation(frames=100, **ranges))
    sessions = {"one": SessionSamples(recording, Window(3, include_current=True), torch.device("cpu"))}
    training = Training(epochs=2, batch_size=8, monitor="training", seeds=(0,))
    hooks = FollowedHooks(0, None)
    train(make_model(sessions), sessions, training, 0, tmp_path / "s", hooks.make())
    assert hooks.epochs == [0, 1]


def test_the_state_of_another_model_is_refused(tmp_path):
    sessions = make_sessions()
    state = tmp_path / "state.safetensors"
    train(make_model(sessions), sessions, TRAINING, 0, state, hooks_of(TrainingLog(RunFolder(tmp_path))))
    model = make_model(sessions)
    model.core = torch.nn.Linear(2, 2)
    with pytest.raises(SysidError, match="expected the weights of this model, got those of another"):
        train(model, sessions, TRAINING, 0, state, hooks_of(TrainingLog(RunFolder(tmp_path))))


def test_recomputed_batch_norm_statistics_are_those_of_the_training_bins():
    sessions = make_sessions()
    model = make_model(sessions)
    recompute_batch_norm(model, sessions, batch_size=1000)
    batch = next(iter(sessions["one"].batches("train", 1000)))
    hidden = model.encoder.linear(model.standardization(batch.stimulus).flatten(1)).detach().numpy()
    assert np.allclose(model.encoder.norm.running_mean.numpy(), hidden.mean(axis=0), rtol=1e-4, atol=1e-4)
    assert np.allclose(model.encoder.norm.running_var.numpy(), hidden.var(axis=0, ddof=1), rtol=1e-4)
    assert model.encoder.norm.momentum == 0.01
    assert not model.training


def test_the_same_seed_gives_the_same_weights():
    sessions = make_sessions()
    one, same, other = (make_model(sessions, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["encoder.linear.weight"], other["encoder.linear.weight"])
