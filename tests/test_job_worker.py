"""What a process of several makes of its orders; here without the process."""

import os
from pathlib import Path

import pytest

import sysid
from sysid import job_worker, reading
from sysid.identity import digest
from sysid.interruption import StopRequest
from sysid.job_message import read_message
from sysid.job_worker import Outlet, Worker
from sysid.run_claim import plan_identity
from sysid.source import find_sources
from tests.command_line import LINEAR, files_below, write_recipe

CHANGED = (
    "tiny.toml: {}: recipe, data or packages changed after the command began; "
    "the same command begins with them as they are now"
)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reading, "SILENCE_S", 3600.0)  # of reading the stimulus nothing is told


def test_reading_a_long_stimulus_is_passed_on_and_ends_where_somebody_asks_to_stop(pipe, monkeypatch):
    monkeypatch.setattr(reading, "FEW", 50)
    monkeypatch.setattr(reading, "SHORT_S", 0.0)
    monkeypatch.setattr(reading, "SILENCE_S", -1.0)
    recipe = sysid.load_recipe(write_recipe(more=LINEAR))
    should_stop = StopRequest()
    outlet = Outlet(pipe.outgoing, should_stop)
    monkeypatch.setattr(job_worker, "SECONDS_BETWEEN_STEPS", -1.0)
    tell = outlet.tell

    def stop_then(name, *values):
        tell(name, *values)
        should_stop.asked = name == "reading" and values[1] == 100

    monkeypatch.setattr(outlet, "tell", stop_then)
    answer = Worker(outlet, should_stop).obey(order_of(recipe))
    assert answer["interrupted"].startswith("interrupted between frames of the stimulus")
    told = [message["with"][1] for message in pipe.messages() if message["tell"] == "reading"]
    assert told == [50, 100]


def order_of(recipe, number=0):
    plan = recipe.runs[number]
    source = find_sources((plan,), str(recipe.path), stand_in=True)[plan.name]
    return {
        "recipe": str(recipe.path),
        "profile": recipe.profile,
        "settings": list(recipe.settings),
        "stand_in": True,
        "run": plan.name,
        "number": number + 1,
        "of": len(recipe.runs),
        "folder": f"runs/{number}",
        "digest": digest(plan_identity(plan, source)),
    }


class Pipe:
    """Both ends of a pipe, as a worker's standard output."""

    def __init__(self):
        reader, writer = os.pipe()
        self.incoming, self.outgoing = open(reader, "rb"), open(writer, "wb")  # noqa: SIM115

    def messages(self):
        self.outgoing.close()
        with self.incoming:
            return [read_message(line) for line in self.incoming]


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    for stream in (pipe.incoming, pipe.outgoing):
        stream.close()


def test_it_carries_out_one_run_after_the_other_and_passes_on_what_they_tell(pipe):
    recipe = sysid.load_recipe(write_recipe(more=f"[variants.cnn]\n{LINEAR}"), settings=["training.epochs=3"])
    should_stop = StopRequest()
    worker = Worker(Outlet(pipe.outgoing, should_stop), should_stop)
    assert [worker.obey(order_of(recipe, number)) for number in (1, 0)] == [{"done": True}] * 2
    said = pipe.messages()
    cnn, ln = (plan.name for plan in recipe.runs)
    told = [(message["tell"], *message["with"][:1]) for message in said if message["tell"] != "step"]
    assert told == [
        ("run_started", ln),
        ("run_finished", ln),
        ("run_started", cnn),
        ("epoch", cnn),
        ("epoch", cnn),
        ("epoch", cnn),
        ("run_finished", cnn),
    ]
    assert said[0]["with"] == [ln, 2, 2, False]
    assert files_below("runs/1") == sorted(
        ["best.safetensors", "metrics.json", "neurons.csv", "predictions.npz", "recipe.toml", "run.json"]
    )


@pytest.mark.parametrize("change", ["digest", "run"])
def test_a_run_that_is_not_what_it_was_is_not_begun(pipe, change):
    recipe = sysid.load_recipe(write_recipe(more=LINEAR))
    should_stop = StopRequest()
    order = order_of(recipe) | {change: "other"}
    answer = Worker(Outlet(pipe.outgoing, should_stop), should_stop).obey(order)
    assert answer == {"failed": CHANGED.format(order["run"])}
    assert not Path("runs").exists()


def test_a_run_that_is_told_to_stop_before_it_begins_is_put_back(pipe):
    recipe = sysid.load_recipe(write_recipe(more=LINEAR))
    should_stop = StopRequest()
    should_stop.asked = True
    assert Worker(Outlet(pipe.outgoing, should_stop), should_stop).obey(order_of(recipe)) == {
        "put_back": True
    }
    assert not Path("runs").exists()


def test_a_training_that_nobody_hears_any_more_is_saved_and_left():
    recipe = sysid.load_recipe(write_recipe())
    reader, writer = os.pipe()
    os.close(reader)
    should_stop = StopRequest()
    outgoing = open(writer, "wb", buffering=0)  # noqa: SIM115
    with outgoing:
        answer = Worker(Outlet(outgoing, should_stop), should_stop).obey(order_of(recipe))
    assert answer == {"interrupted": "interrupted and saved; the same command goes on from here"}
    assert Path("runs/0/state.safetensors").exists()
