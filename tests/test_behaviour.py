"""Behaviour from a recording to predictions: training, run folder, `sysid check` and `sysid predict`."""

import attrs
import numpy as np
import pytest
import torch
from jaxtyping import Float

import sysid
from sysid.behaviour import check_given
from sysid.configuration import Training
from sysid.errors import SysidError
from sysid.memory_trace import trace
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.trial import make_trial
from sysid_datasets.simulated_retina import SimulatedRetina
from tests.command_line import SIMULATED, call, write_recipe
from tests.toy import Rates, ToyCore, ToyEncoder, ToyReadout

NAMES = ("running", "pupil")
INFINITE = "expected numbers, or NaN where nothing was measured, got infinity in running, frame 0"
READOUTS = ("dense", "factorized", "gaussian")
VARIANTS = (
    "\n".join(f'[variants.{name}]\nreadout = {{use = "{name}", behaviour = "gain"}}' for name in READOUTS)
    + '\n[variants.still]\nreadout = {use = "gaussian"}\n'
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with finished runs of every readout on a simulation whose gain follows two channels."""
    place = tmp_path_factory.mktemp("behaviour")
    with pytest.MonkeyPatch.context() as patch:
        give_behaviour(patch)
        patch.chdir(place)
        done = call("run", write_recipe(SIMULATED, VARIANTS))
        assert done.code == 0, done.err
    return place


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    give_behaviour(monkeypatch)
    monkeypatch.chdir(place)


def give_behaviour(patch):
    """Let the simulated retina have behaviour, known before loading."""
    load, describe = SimulatedRetina.load, SimulatedRetina.describe

    def load_more(self):
        generator = np.random.default_rng(5)
        recordings = {}
        for name, recording in load(self).items():
            shown = []
            for each in recording.presentations:
                behaviour = generator.normal([10, 2], [4, 0.5], (each.frames, 2)).astype(np.float32)
                behaviour[::9, 0] = np.nan
                shown.append(attrs.evolve(each, behaviour=behaviour))
            recordings[name] = attrs.evolve(recording, presentations=tuple(shown), behaviour=NAMES)
        return recordings

    def describe_more(self):
        return {name: attrs.evolve(each, behaviour=2) for name, each in describe(self).items()}

    patch.setattr(SimulatedRetina, "load", load_more)
    patch.setattr(SimulatedRetina, "describe", describe_more)


def run_of(name):
    return f"runs/tiny/{name}/movie-simulated/fold0/seed0"


@pytest.mark.parametrize("name", READOUTS)
def test_a_run_predicts_from_its_folder_what_it_predicted_in_training(name):
    run = sysid.load_run(run_of(name))
    assert run.information["sessions"]["retina"]["behaviour"] == list(NAMES)
    shown = next(each for each in run.recording.presentations if each.name == "test")
    (stored,) = run.folder.predictions().values()
    stimulus = np.asarray(shown.stimulus[0 : shown.frames])
    rates = run.predict(stimulus, behaviour=shown.behaviour)[stored["frame"]]
    np.testing.assert_allclose(rates, stored["prediction"], rtol=1e-5, atol=1e-6)
    average = run.predict(stimulus)[stored["frame"]]
    gain = run.model.readout("retina").gain
    assert (gain.weight != 0).all()
    z = np.nan_to_num((shown.behaviour - gain.mean.numpy()) / gain.sd.numpy())[stored["frame"]]
    factor = np.exp(z @ gain.weight.detach().numpy().T)
    np.testing.assert_allclose(rates, average * factor, rtol=1e-4)


@pytest.mark.parametrize("name", READOUTS)
def test_the_statistics_are_those_of_the_training_bins(name):
    run = sysid.load_run(run_of(name))
    samples = run.session_samples()["retina"]
    seen = np.concatenate(
        [
            each.behaviour[bins]
            for each, bins in zip(samples.recording.presentations, samples.frames("train"), strict=True)
        ]
    ).astype(np.float64)
    gain = run.model.readout("retina").gain
    np.testing.assert_allclose(gain.mean, np.nanmean(seen, axis=0), rtol=1e-5)
    np.testing.assert_allclose(gain.sd, np.nanstd(seen, axis=0), rtol=1e-5)


def test_windows_and_movies_are_predicted_alike_in_pieces_of_any_size():
    run = sysid.load_run(run_of("gaussian"))
    generator = np.random.default_rng(0)
    stimulus = generator.integers(0, 256, (11, 1, 8, 8), dtype=np.uint8)
    behaviour = generator.normal([10, 2], [4, 0.5], (11, 2))
    rates = run.predict(stimulus, behaviour=behaviour)
    np.testing.assert_allclose(rates, run.predict(stimulus, behaviour=behaviour, batch_size=3), rtol=1e-5)
    reach, lead = run.window.reach, run.window.lead
    bins = range(reach, 11)
    windows = np.stack([stimulus[each - reach : each - lead + 1] for each in bins])
    beside = np.stack([behaviour[each - 3 : each + 1] for each in bins])
    np.testing.assert_allclose(run.predict_windows(windows, behaviour=beside), rates[reach:], rtol=1e-5)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (np.zeros((9, 1)), "expected (9 frames, 2 channels: running, pupil), got (9, 1)"),
        (np.zeros((8, 2)), "expected (9 frames, 2 channels: running, pupil), got (8, 2)"),
        (np.full((9, 2), "fast"), "expected numbers, got <U4"),
        (np.full((9, 2), np.inf), INFINITE),
    ],
)  # fmt: skip
def test_behaviour_that_does_not_fit_is_one_line(behaviour, said, tmp_path):
    run = sysid.load_run(run_of("dense"))
    with pytest.raises(SysidError) as caught:
        run.predict(np.zeros((9, 1, 8, 8), dtype=np.uint8), behaviour=behaviour)
    assert str(caught.value) == f"behaviour: {said}"
    np.save(tmp_path / "movie.npy", np.zeros((9, 8, 8), dtype=np.uint8))
    np.save(tmp_path / "beside.npy", behaviour)
    done = predict(tmp_path, "--behaviour", tmp_path / "beside.npy")
    assert (done.code, done.complaints) == (2, [f"{tmp_path / 'beside.npy'}: {said}"])


def test_windows_need_a_step_of_behaviour_for_every_frame():
    run = sysid.load_run(run_of("dense"))
    with pytest.raises(SysidError) as caught:
        run.predict_windows(np.zeros((1, 4, 1, 8, 8), dtype=np.uint8), behaviour=np.zeros((1, 2)))
    assert str(caught.value) == (
        "behaviour: expected (1 window, 4 steps, 2 channels: running, pupil), got (1, 2)"
    )


def test_a_session_without_behaviour_takes_none():
    with pytest.raises(SysidError) as caught:
        check_given("behaviour", np.zeros((9, 1)), {"frame": 9}, ())
    assert str(caught.value) == ("behaviour: expected none, as this session was recorded without behaviour")


def predict(folder, *more):
    return call(
        "predict", run_of("dense"), "--stimulus", folder / "movie.npy", "--out", folder / "rates.npy", *more
    )


def test_the_command_predicts_with_behaviour_from_a_file(tmp_path):
    generator = np.random.default_rng(0)
    movie = generator.integers(0, 256, (150, 8, 8), dtype=np.uint8)  # more than two pieces of 64 bins
    behaviour = generator.normal([10, 2], [4, 0.5], (150, 2))
    behaviour[20, 1] = np.nan
    np.save(tmp_path / "movie.npy", movie)
    np.save(tmp_path / "beside.npy", behaviour)
    done = predict(tmp_path, "--behaviour", tmp_path / "beside.npy")
    assert (done.code, done.err) == (0, "")
    run = sysid.load_run(run_of("dense"))
    rates = np.load(tmp_path / "rates.npy")
    np.testing.assert_allclose(rates, run.predict(movie[:, None], behaviour=behaviour), rtol=1e-5)
    assert predict(tmp_path, "--overwrite").code == 0
    np.testing.assert_allclose(np.load(tmp_path / "rates.npy"), run.predict(movie[:, None]), rtol=1e-5)
    assert (np.load(tmp_path / "rates.npy")[3:] != rates[3:]).any()


def test_a_behaviour_file_that_cannot_be_read_is_one_line(tmp_path):
    np.save(tmp_path / "movie.npy", np.zeros((9, 8, 8), dtype=np.uint8))
    done = predict(tmp_path, "--behaviour", tmp_path / "no.npy")
    assert (done.code, done.complaints) == (2, [f"{tmp_path / 'no.npy'}: no such file"])
    np.savez(tmp_path / "several.npz", a=np.zeros(3))
    (tmp_path / "empty.npy").write_bytes(b"")
    np.save(tmp_path / "whole.npy", np.zeros((9, 2)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:-9])
    for name in ("several.npz", "empty.npy", "cut.npy"):
        (line,) = predict(tmp_path, "--behaviour", tmp_path / name).complaints
        assert line.startswith(f"{tmp_path / name}: expected behaviour as .npy: "), line
    done = call(
        "predict", run_of("dense"), "--stimulus", tmp_path / "movie.npy", "--out", tmp_path / "whole.npy",
        "--behaviour", tmp_path / "whole.npy", "--overwrite",
    )  # fmt: skip
    assert done.complaints == [f"--out {tmp_path / 'whole.npy'}: expected another file than the behaviour"]


def test_check_traces_a_model_that_reads_behaviour(tmp_path, monkeypatch):
    recipe = write_recipe(SIMULATED, VARIANTS).absolute()
    done = call("check", recipe, "--no-timing")
    assert (done.code, done.err) == (0, "")


def test_check_refuses_a_gain_without_behaviour(monkeypatch):
    monkeypatch.undo()
    done = call("check", write_recipe(SIMULATED, VARIANTS, name="none.toml").absolute(), "--no-timing")
    assert done.code == 2
    assert len(done.complaints) == len(READOUTS)
    assert all("as the recording carries no behaviour" in line for line in done.complaints)


ANALYSES = {
    "local_rf": ("gaussian", ("frames=5",)),
    "model_rf": ("dense", ("windows=1000", "shuffles=2")),
    "pruning": ("dense", ("draws=1",)),
    "null_controls": ("factorized", ("draws=3", "refits=1")),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_analyses_look_at_a_model_that_reads_behaviour(name):
    variant, settings = ANALYSES[name]
    (found,) = sysid.analyze(run_of(variant), (name,), settings=settings).values()
    assert found.reason == ""
    assert found.numbers


def test_power_simulates_responses_with_their_behaviour():
    settings = ("variant=dense", "against=still", "dataset=movie", "simulations=2")
    (found,) = sysid.analyze("runs/tiny", ("power",), settings=settings).values()
    assert found.reason == ""


class Needing(Rates):
    def forward(
        self, features, behaviour: Float[torch.Tensor, "batch 3 2"]
    ):  # fails without the window's behaviour
        rates, penalty = super().forward(features, behaviour)
        return rates * behaviour[:, -1:].mean(2, keepdim=True).exp(), penalty


@attrs.frozen
class NeedingReadout(ToyReadout):
    def build(self, input_shape, population):
        return Needing(input_shape[1] * input_shape[2] * input_shape[3], population.count)


def test_outline_trial_and_memory_trace_give_a_readout_the_behaviour_of_its_window():
    parts = Architecture(ToyEncoder(), ToyCore(), NeedingReadout(), (3, 1, 5, 4))
    populations = {"one": nameless_population(7, (1, 5, 4), 3, 2)}
    found = outline(parts, populations)
    for device in ("cpu", "meta"):
        trial = make_trial(parts, found.shapes, populations, Training(batch_size=6), torch.device(device))
        assert trial.behaviour.shape == (6, 3, 2)
        assert trial.step().device.type == device
        assert trial.evaluate().shape == (6, 1, 7)
    assert trace(trial, 5).training > 0
