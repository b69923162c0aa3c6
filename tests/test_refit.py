"""`sysid.refit`: the same training on other data, in memory (sysid/refitting.py)."""

from pathlib import Path

import attrs
import numpy as np
import pytest

import sysid
from tests.command_line import LINEAR, SIMULATED, call, files_below, write_recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder of a network and of a closed form, both finished."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe(SIMULATED, f"[variants.cnn]\n{LINEAR}")).code == 0
    return place / "runs/tiny"


def load(folder, variant):
    return sysid.load_run(folder / variant / "movie-simulated/fold0/seed0")


@pytest.mark.parametrize("variant", ["cnn", "ln"])
def test_on_the_same_data_it_gives_the_same_predictions_and_writes_nothing(folder, variant):
    run = load(folder, variant)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    part = sysid.refit(run, run.dataset)["retina"]
    stored = run.folder.predictions()["retina"]
    np.testing.assert_array_equal(part.prediction, stored["prediction"])
    np.testing.assert_array_equal(part.responses, stored["responses"])
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_on_other_data_it_learns_something_else(folder):
    run = load(folder, "ln")
    part = sysid.refit(run, attrs.evolve(run.dataset, seed=1))["retina"]
    stored = run.folder.predictions()["retina"]
    assert part.prediction.shape == stored["prediction"].shape
    assert not np.allclose(part.prediction, stored["prediction"])
    np.testing.assert_array_equal(run.folder.predictions()["retina"]["prediction"], stored["prediction"])


def test_the_validation_part_is_that_of_the_dataset(folder):
    run = load(folder, "ln")
    part = sysid.refit(run, run.dataset, "validation")["retina"]
    train = next(each for each in run.recording.presentations if each.name == "train")
    ((start, stop),) = train.validation
    np.testing.assert_array_equal(part.frame, np.arange(start, stop))
    np.testing.assert_array_equal(part.responses, train.responses[:, start:stop])


@pytest.mark.parametrize(
    ("changes", "part", "said"),
    [
        ({"test_frames": 3}, "test", "refit: session retina: expected test bins, got none"),
        (
            {"validation_fraction": 0.0},
            "validation",
            "refit: session retina: expected validation bins, got none",
        ),
    ],
)
def test_a_part_without_bins_is_one_line(folder, changes, part, said):
    run = load(folder, "ln")
    with pytest.raises(sysid.SysidError) as error:
        sysid.refit(run, attrs.evolve(run.dataset, **changes), part)
    assert str(error.value) == said


def test_what_training_needs_is_asked_for_as_in_a_run(folder):
    run = load(folder, "cnn")
    with pytest.raises(sysid.SysidError) as error:
        sysid.refit(run, attrs.evolve(run.dataset, validation_fraction=0.0))
    assert str(error.value).startswith("refit: session retina: expected validation bins, got none")


def test_a_missing_recording_is_one_line(folder, tmp_path):
    other = sysid.discover().find("dataset", "zheng2021_mat").config_class(path=tmp_path / "noise.mat")
    with pytest.raises(sysid.DataNotFoundError, match=r"noise\.mat: no such file"):
        sysid.refit(load(folder, "ln"), other)
    assert files_below(tmp_path) == []


def test_recordings_with_other_responses_take_the_place_of_a_dataset(folder):
    run = load(folder, "ln")
    doubled = {
        session: attrs.evolve(
            recording,
            presentations=tuple(attrs.evolve(p, responses=2 * p.responses) for p in recording.presentations),
        )
        for session, recording in run.recordings.items()
    }
    part = sysid.refit(run, doubled)["retina"]
    stored = run.folder.predictions()["retina"]
    np.testing.assert_array_equal(part.responses, 2 * stored["responses"])
    assert part.prediction.mean() == pytest.approx(2 * stored["prediction"].mean(), rel=0.2)


def test_another_seed_trains_another_network(folder):
    run = load(folder, "cnn")
    first, second = (sysid.refit(run, run.dataset, seed=seed)["retina"].prediction for seed in (run.seed, 7))
    np.testing.assert_array_equal(first, run.folder.predictions()["retina"]["prediction"])
    assert not np.allclose(first, second)
