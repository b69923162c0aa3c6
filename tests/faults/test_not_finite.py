"""A loss or gradient that is NaN or infinite: named, stopped at or left out, and nothing kept of it."""

import json
import re

import attrs
import numpy as np
import pytest
import torch

from sysid.checkpoint import Progress, read_tensors
from sysid.configuration import Training
from sysid.divergence import MOST_IN_A_ROW
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.training import Hooks, train
from sysid.training_step import take_step
from tests.broken_movie import BrokenMovie
from tests.conftest import make_presentation, make_recording
from tests.toy import Rates, ToyCore, ToyEncoder, ToyReadout

RANGES = {"train": ((0, 60),), "validation": ((60, 80),), "test": ((80, 100),)}
TRAINING = Training(epochs=3, batch_size=8, patience=50, checkpoint_every_s=1e9, seeds=(0,))
SKIPPING = attrs.evolve(TRAINING, on_nan="skip")
BROKEN_FRAME = 17  # in the windows of bins 17 to 19


def make_sessions(broken=(BROKEN_FRAME,), trials="mean", **changes):
    presentation = make_presentation(frames=100, **RANGES)
    presentation = attrs.evolve(presentation, stimulus=BrokenMovie(100, broken), **changes)
    window = Window(3, include_current=True)
    return {"one": SessionSamples(make_recording(presentation), window, torch.device("cpu"), trials=trials)}


def make_model(sessions, readout=None):
    populations = {name: known_population(samples) for name, samples in sessions.items()}
    architecture = Architecture(ToyEncoder(), ToyCore(), readout or ToyReadout(), (3, 1, 5, 4))
    return assemble(architecture, outline(architecture, populations).shapes, populations, 0)


class Follower:
    """Remember the model after every step, and what was warned of; stop after some steps."""

    def __init__(self, model, stop_after=None):
        self.model, self.stop_after = model, stop_after
        self.states, self.warnings, self.epochs = [copy(model)], [], []

    def hooks(self):
        return Hooks(self.step, self.epoch, self.should_stop, lambda progress: None, self.warnings.append)

    def step(self, epoch, step, of):
        self.states.append(copy(self.model))

    def epoch(self, epoch):
        self.epochs.append(epoch)
        return 0

    def should_stop(self):
        return len(self.states) - 1 == self.stop_after


def copy(model):
    return {name: values.clone() for name, values in model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def fails(file, sessions, training=TRAINING, model=None):
    with pytest.raises(SysidError) as error:
        train(
            model or make_model(sessions), sessions, training, 0, file, Follower(torch.nn.Identity()).hooks()
        )
    return str(error.value)


def test_a_stop_names_batch_pixels_and_the_last_good_weights_in_one_line(tmp_path):
    file = tmp_path / "state.safetensors"
    line = fails(file, make_sessions())
    found = re.fullmatch(
        r"training: the loss is nan in epoch 0, step (\d), session one, bins \d+ to \d+ of movie: "
        r"pixels that are NaN or infinite in the window of bin (\d+) of movie; "
        r"the last good weights \(before epoch 0(?:, step (\d))?\) are in (.+); "
        r'training.on_nan = "skip" leaves such steps out; '
        r"a smaller training.learning_rate or training.gradient_clip may help",
        line,
    )
    assert found, line
    assert int(found[2]) in range(BROKEN_FRAME, BROKEN_FRAME + 3)
    assert (found[3] or "0", found[4]) == (found[1], str(file))


def test_a_stop_keeps_weights_statistics_and_optimiser_as_an_interruption_before_the_step_does(tmp_path):
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    line = fails(broken, make_sessions(broken=(40,)))
    before = int(re.search(r"step (\d)", line)[1])
    assert before > 0
    sessions = make_sessions(broken=(40,))
    model = make_model(sessions)
    with pytest.raises(InterruptedTrainingError):
        train(model, sessions, TRAINING, 0, whole, Follower(model, before).hooks())
    (tensors, header), (expected, expected_header) = read_tensors(broken), read_tensors(whole)
    assert same(tensors, expected)
    progress, expected_progress = (json.loads(each["progress"]) for each in (header, expected_header))
    assert progress | {"seconds": 0} == expected_progress | {"seconds": 0}


def test_a_stopped_training_goes_on_when_it_may_leave_the_step_out(tmp_path):
    whole, file = tmp_path / "whole", tmp_path / "s"
    fails(file, make_sessions())
    results = []
    for place in (whole, file):
        sessions = make_sessions()
        model = make_model(sessions)
        results.append(train(model, sessions, SKIPPING, 0, place, Follower(model).hooks()))
    assert same(results[0][0], results[1][0])
    assert results[1][1].skipped == results[0][1].skipped > 0


def test_a_step_left_out_changes_neither_weights_nor_statistics_nor_optimiser(tmp_path):
    sessions = make_sessions()
    model = make_model(sessions)
    follower = Follower(model)
    training = attrs.evolve(SKIPPING, recompute_batch_norm=False)  # which is no part of a step
    best, progress = train(model, sessions, training, 0, tmp_path / "s", follower.hooks())
    unchanged = [same(*pair) for pair in zip(follower.states, follower.states[1:], strict=False)]
    assert sum(unchanged) == progress.skipped > 0
    assert progress.steps == 3 * 7 - progress.skipped
    assert all(torch.isfinite(values).all() for values in best.values())
    tensors, _ = read_tensors(tmp_path / "s")
    assert tensors["optimizer/0/step"] == progress.steps
    assert all(np.isfinite(each.training_loss) for each in follower.epochs)
    (warning,) = follower.warnings
    assert warning.endswith("; left out, as are others like it, which run.json counts")


def test_the_loss_of_an_epoch_is_that_of_the_steps_that_were_taken(monkeypatch):
    sessions = make_sessions()
    taken = []

    def remember(state, samples, session, chosen, *more):
        taken.append((take_step(state, samples, session, chosen, *more), len(chosen)))
        return taken[-1][0]

    monkeypatch.setattr("sysid.training.take_step", remember)
    model = make_model(sessions)
    follower = Follower(model)
    _, progress = train(model, sessions, attrs.evolve(SKIPPING, epochs=1), 0, None, follower.hooks())
    losses, counts = map(sum, zip(*taken, strict=True))
    assert counts < sessions["one"].count("train")
    assert progress.skipped == 7 - len(taken) > 0
    assert follower.epochs[0].training_loss == pytest.approx(losses / counts)


@pytest.mark.parametrize("every", [1, 4])
def test_a_training_in_pieces_leaves_out_the_same_steps(tmp_path, every):
    results = []
    for stop_after in (None, every):
        progress = None
        while progress is None:
            sessions = make_sessions()
            model = make_model(sessions)
            follower = Follower(model, stop_after)
            try:
                best, progress = train(
                    model, sessions, SKIPPING, 0, tmp_path / f"{stop_after}", follower.hooks()
                )
            except InterruptedTrainingError:
                assert progress is None
        results.append((best, attrs.evolve(progress, seconds=0)))
    assert same(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]


def test_skip_and_stop_are_the_same_bits_where_all_is_finite(tmp_path):
    results = []
    for training in (TRAINING, SKIPPING):
        sessions = make_sessions(broken=())
        model = make_model(sessions)
        results.append(train(model, sessions, training, 0, None, Follower(model).hooks()))
    assert same(results[0][0], results[1][0])
    assert results[0][1] == attrs.evolve(results[1][1], seconds=results[0][1].seconds)


def test_too_many_steps_in_a_row_stop_all_the_same(tmp_path):
    file = tmp_path / "s"
    line = fails(file, make_sessions(broken=range(56)), SKIPPING)
    assert "; 10 such steps in a row; the last good weights (before epoch 1, step 2; best: epoch 0)" in line
    assert "training.on_nan" not in line
    progress = Progress(**json.loads(read_tensors(file)[1]["progress"]))
    assert (progress.steps, progress.skipped) == (0, MOST_IN_A_ROW - 1)


def test_an_epoch_without_a_step_is_no_improvement_for_ever(tmp_path):
    sessions = make_sessions(broken=range(0, 56, 3))
    training = attrs.evolve(SKIPPING, epochs=1, monitor="training")
    model = make_model(sessions)
    follower = Follower(model)
    _, progress = train(model, sessions, training, 0, tmp_path / "s", follower.hooks())
    assert (progress.steps, progress.skipped, progress.best_score) == (0, 7, np.inf)
    assert np.isnan(follower.epochs[0].training_loss)
    sessions = make_sessions(broken=())
    follower = Follower(model)
    train(model, sessions, attrs.evolve(training, epochs=2), 0, tmp_path / "s", follower.hooks())
    assert follower.epochs[0].improved


class OneBroken(Rates):
    """A readout one of whose neurons has a value that is not finite, in prediction or in loss."""

    def __init__(self, size, neurons, where):
        super().__init__(size, neurons)
        self.where = where

    def forward(self, features, behaviour):
        rates, penalty = super().forward(features, behaviour)
        if self.training and self.where == "prediction":
            rates = rates * torch.tensor([1.0, float("inf"), float("inf")])
        if self.training and self.where == "penalty":
            penalty = penalty + float("nan")
        if self.training and self.where == "gradient":
            penalty = torch.sqrt(0 * self.linear.bias.sum())  # 0, with an infinite slope, times 0
        return rates, penalty

    def loss(self, rates, responses, mask):
        if self.training and self.where == "loss":
            rates = rates - 1e6 * torch.tensor([0.0, 0.0, 1.0])  # whose logarithm is not defined
        return super().loss(rates, responses, mask)


@attrs.frozen
class OneBrokenReadout(ToyReadout):
    where: str = "loss"

    def build(self, input_shape, population):
        return OneBroken(input_shape[1] * input_shape[2] * input_shape[3], population.count, self.where)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("prediction", "neuron cell1 and 1 more, with a prediction that is NaN or infinite at bin "),
        ("loss", "neuron cell2, with a loss that is NaN or infinite at bin "),
        ("penalty", ": a penalty that is NaN or infinite; "),
        (
            "gradient",
            "training: the gradient of readouts.one.linear.bias is NaN or infinite, though the loss",
        ),
    ],
)
def test_the_neuron_is_named_whose_prediction_or_loss_is_not_finite(where, said, tmp_path):
    sessions = make_sessions(broken=())
    line = fails(tmp_path / "s", sessions, model=make_model(sessions, OneBrokenReadout(where=where)))
    assert said in line
    assert "step 0" in line


def test_a_trial_is_named_where_trials_are_samples(tmp_path):
    line = fails(tmp_path / "s", make_sessions(trials="single"))
    assert re.search(r"in the window of bin 1[789] of movie, trial [01]; ", line), line


def test_broken_weights_are_stopped_at_whatever_is_asked_for(tmp_path):
    sessions = make_sessions(broken=())
    model = make_model(sessions)
    torch.nn.init.constant_(model.encoder.linear.weight, float("inf"))
    line = fails(tmp_path / "s", sessions, SKIPPING, model)
    assert "in epoch 0, step 0" in line
    assert "; no good weights had been saved; " in line
    assert not (tmp_path / "s").exists()
