"""`sysid.derive_run`: a run with other weights is a run of its own."""

import copy
import re

import numpy as np
import pytest
import torch

import sysid
from sysid.run_search import find_runs
from tests.command_line import SIMULATED, call, write_recipe


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe(SIMULATED)).code == 0
    return sysid.load_run(place / "runs/tiny/base/movie-simulated/fold0/seed0")


def halve(run):
    """Return the run's model with every kernel at half its size."""
    model = copy.deepcopy(run.model)
    with torch.no_grad():
        model.encoder.layers[0].convolution.weight.mul_(0.5)
    return model


def test_it_predicts_with_the_new_weights_and_is_scored(run, tmp_path):
    derived = sysid.derive_run(run, halve(run), tmp_path / "new", {"halved": True})
    weight = "encoder.layers.0.convolution.weight"
    torch.testing.assert_close(derived.model.state_dict()[weight], run.model.state_dict()[weight] / 2)
    (stored,) = derived.folder.predictions().values()
    test = next(each for each in derived.recording.presentations if each.name == "test")
    rates = derived.predict(np.asarray(test.stimulus[0 : test.frames]))
    np.testing.assert_allclose(rates[stored["frame"]], stored["prediction"], rtol=1e-5, atol=1e-6)
    assert derived.metrics["correlation"]["mean"] != run.metrics["correlation"]["mean"]


def test_it_says_where_it_comes_from_and_is_another_run(run, tmp_path):
    derived = sysid.derive_run(run, halve(run), tmp_path / "new", {"halved": True})
    about = derived.information
    assert about["derived"] == {"from": [run.information["name"], run.information["digest"]], "halved": True}
    assert about["digest"] != run.information["digest"]
    assert find_runs([tmp_path])[0].folder.path == tmp_path / "new"


def test_a_folder_that_holds_something_is_refused(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(sysid.SysidError, match=re.escape(f"{tmp_path}: expected a new or empty folder")):
        sysid.derive_run(run, run.model, tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
