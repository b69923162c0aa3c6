"""What several jobs take of a machine, in one line."""

import os

import pytest

import sysid
from sysid import job_share
from sysid.examination import examine
from sysid.job_share import (
    check_jobs,
    complain_of_cores,
    complain_of_memory,
    memory_bytes,
    warn_of_share,
)
from sysid.planned_run import PlannedRun
from sysid.recipe import load_recipe
from sysid.reporter import Silence
from sysid.run_folder import RunFolder
from sysid.source import find_sources
from sysid.thread import count_cores
from tests.command_line import LINEAR, SIMULATED, call, write_recipe

GIB = 2**30


@pytest.mark.parametrize(
    ("jobs", "threads", "cores", "said"),
    [
        (2, 2, 4, ""),
        (4, 1, 4, ""),
        (2, 2, 2, "2 jobs of 2 threads on 2 cores: set training.threads = 1 to give each its share"),
        (3, 4, 8, "3 jobs of 4 threads on 8 cores: set training.threads = 2 to give each its share"),
        (3, 1, 2, "3 jobs of 1 thread on 2 cores: more jobs than cores gain nothing"),
        (2, 2, 1, "2 jobs of 2 threads on 1 core: more jobs than cores gain nothing"),
    ],
)
def test_jobs_with_fewer_cores_than_threads_are_told_what_would_help(jobs, threads, cores, said):
    assert complain_of_cores(jobs, threads, cores) == said


def test_the_largest_runs_have_to_fit_into_memory_together():
    needed = [GIB, 3 * GIB, GIB, 4 * GIB]
    assert complain_of_memory(2, needed, 7 * GIB) == ""
    assert complain_of_memory(3, needed, 7 * GIB) == (
        "3 jobs may take 8.0 GiB of memory together, and this machine has 7.0 GiB: fewer jobs are safer"
    )
    assert complain_of_memory(3, [], GIB) == ""


def test_the_machine_has_cores_and_memory():
    assert 1 <= count_cores() <= os.cpu_count()
    assert memory_bytes() > 100 << 20


def test_a_machine_that_does_not_tell_its_memory_is_no_error(monkeypatch):
    monkeypatch.delattr(os, "sysconf")
    assert memory_bytes() is None


class Witness(Silence):
    def __init__(self):
        self.said = []

    def note(self, line):
        self.said.append(("note", line))

    def warn(self, line):
        self.said.append(("warn", line))


def test_memory_is_what_check_states_of_the_data_that_are_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    missing = (
        f"use = 'zheng2021_mat'\npath = 'noise.mat'\nstand_in = 'retina'\n[datasets.retina]\n{SIMULATED}"
    )
    recipe = load_recipe(write_recipe(missing, f"[variants.cnn]\n{LINEAR}"))
    sources = find_sources(recipe.runs, str(recipe.path), stand_in=True)
    folder = RunFolder(tmp_path)
    runs = [PlannedRun(plan, sources[plan.name], folder, 1, 2) for plan in recipe.runs]
    direct = load_recipe(write_recipe(more=f"[variants.cnn]\n{LINEAR}"))
    stated = [found.estimate.memory_bytes for found in examine(direct, timing=False)]
    assert job_share.estimates(recipe, runs) == stated
    witness = Witness()
    monkeypatch.setattr(job_share, "count_cores", lambda: 1)
    monkeypatch.setattr(job_share, "memory_bytes", lambda: sum(stated) - 1)
    warn_of_share(recipe, runs, 2, witness)
    together = f"{sum(stated) / GIB:.1f} GiB"
    assert witness.said == [
        ("note", "2 jobs of 1 thread on 1 core: more jobs than cores gain nothing"),
        (
            "warn",
            f"2 jobs may take {together} of memory together, and this machine has {together}: "
            "fewer jobs are safer",
        ),
    ]
    enough = Witness()
    monkeypatch.setattr(job_share, "count_cores", lambda: 2)
    monkeypatch.setattr(job_share, "memory_bytes", lambda: sum(stated))
    warn_of_share(recipe, runs, 2, enough)
    monkeypatch.setattr(job_share, "memory_bytes", lambda: None)
    warn_of_share(recipe, runs, 2, enough)
    assert enough.said == []


def test_no_jobs_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sysid.SysidError, match="jobs: expected at least 1, got 0"):
        sysid.run(load_recipe(write_recipe()), jobs=0)
    refused = call("run", "tiny.toml", "--jobs", 0)
    assert refused.code == 2
    assert "'--jobs': 0 is not in the range x>=1" in refused.err


def test_several_jobs_under_torchrun_are_refused(monkeypatch):
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "here", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(sysid.SysidError) as error:
        check_jobs(3)
    assert str(error.value) == (
        "jobs: expected 1 under torchrun, whose 2 processes train one model together, got 3"
    )
    check_jobs(1)
