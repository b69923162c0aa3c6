"""Tests of sysid/doctor/training.py."""

import pytest

from sysid.doctor import training
from sysid.doctor.training import Pace, examine_training, judge
from sysid.errors import SysidError
from sysid.registry import discover


def test_a_small_training_runs_until_the_time_is_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (remark,) = examine_training(discover(), longest_s=1.5)
    assert remark.says.startswith("a small training on the CPU took ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("losses", "steps", "seconds", "level", "said"),
    [
        ((1.0, 0.8, 0.7), 301, 2.0, "ok", "took 150 steps a second; its loss went from 1.000 to 0.700 in 3"),
        ((1.0, 0.8), 16, 15.0, "note", "took 1 steps a second; its loss went from 1.000 to 0.800 in 2"),
        ((1.0, 1.0), 301, 2.0, "problem", "in 2 epochs and did not fall"),
        ((1.0, float("nan")), 301, 2.0, "problem", "and did not fall"),
        ((1.0,), 3, 10.0, "problem", "took 0.2 steps a second, too few to see its loss fall"),
        ((), 1, 0.0, "problem", "too few to see its loss fall"),
    ],
)  # fmt: skip
def test_a_training_is_judged_by_its_losses_and_its_pace(losses, steps, seconds, level, said):
    remark = judge(Pace("the CPU", losses, steps, seconds))
    assert remark.level == level
    assert said in remark.says
    assert bool(remark.remedy) == (level != "ok")


@pytest.mark.parametrize(
    "error", [SysidError("no such part"), RuntimeError("out of memory\nmore"), OSError("full")]
)
def test_a_training_that_fails_is_a_problem(monkeypatch, error):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr(training, "train_a_while", fail)
    (remark,) = examine_training(discover())
    assert remark.level == "problem"
    assert remark.says == f"a small training failed: {str(error).splitlines()[0]}"
