import json

import pytest

from sysid.errors import SysidError
from sysid.follower import prepare_task
from sysid.joint_training import describe_task
from sysid.recipe import load_recipe
from sysid.run_claim import plan_identity
from sysid.source import Recordings, find_sources
from tests.command_line import write_recipe


@pytest.fixture
def task(tmp_path, monkeypatch):
    """What the first process tells the others of the one run of a recipe."""
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe(write_recipe(), settings=("training.epochs=3",))
    (plan,) = recipe.runs
    source = find_sources((plan,), str(recipe.path), stand_in=True)[plan.name]
    described = describe_task(recipe, plan, plan_identity(plan, source), tmp_path / "state.safetensors")
    return json.loads(json.dumps(described, default=str))  # as it arrives


def test_the_same_training_is_prepared_from_words(task):
    prepared = prepare_task(task, Recordings(task["recipe"]))
    assert prepared.plan.name == task["run"]
    assert prepared.plan.training.epochs == 3
    assert list(prepared.sessions) == list(prepared.populations)


def test_other_data_than_the_first_process_has_are_refused(task):
    task["identity"]["data"] = "another checksum"
    with pytest.raises(SysidError) as error:
        prepare_task(task, Recordings(task["recipe"]))
    assert str(error.value) == f"{task['recipe']}: expected the run {task['run']} of rank 0, got other data"


def test_another_recipe_than_the_first_process_has_is_refused(task):
    task["settings"] = []
    with pytest.raises(SysidError) as error:
        prepare_task(task, Recordings(task["recipe"]))
    assert str(error.value) == (
        f"{task['recipe']}: expected the run {task['run']} of rank 0, got training.epochs 2 instead of 3"
    )


def test_a_run_that_is_not_there_is_refused(task):
    task["run"] = "other/movie/fold0/seed0"
    with pytest.raises(SysidError) as error:
        prepare_task(task, Recordings(task["recipe"]))
    assert str(error.value) == (
        f"{task['recipe']}: expected the run other/movie/fold0/seed0, as rank 0 has it, got none"
    )
