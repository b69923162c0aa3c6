"""Several runs at once: the same results as one by one, and no run that takes another with it."""

import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest

import sysid
from sysid import job_process, job_share
from sysid.errors import InterruptedTrainingError
from sysid.interruption import StopRequest
from sysid.job_pool import run_in_jobs
from sysid.planned_run import PlannedRun
from sysid.reporter import Silence
from sysid.run_folder import RunFolder
from sysid.source import find_sources
from tests.command_line import LINEAR, SIMULATED, files_below, write_recipe

NAME = "{}/movie/fold0/seed0"
FAKE = """
import json, os, signal, sys, time

def say(message):
    print(json.dumps(message), flush=True)

say({"tell": "warn", "with": ["old data"]})
print("careful", file=sys.stderr, flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "stop" in order:
        break
    what, name = order["run"].partition("/")[0], order["run"]
    say({"tell": "run_started", "with": [name, order["number"], order["of"], False]})
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "broken":
        raise ValueError("a bug")
    elif what == "bad":
        say({"failed": f"tiny.toml: {name}: training: the loss is nan"})
        continue
    elif what.startswith("long"):
        stopped = sys.stdin.readline()
        say({"interrupted": "interrupted and saved"} if stopped else {"done": True})
        continue
    elif what == "deaf":
        time.sleep(60)
    elif what == "signalled":
        say({"interrupted": "interrupted and saved"})
        continue
    say({"tell": "step", "with": [name, 0, 2, 1, 5]})
    say({"tell": "run_finished", "with": [name, float("nan"), True]})
    say({"done": True})
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(job_process, "COMMAND", (sys.executable, "-c", FAKE))


class Witness(Silence):
    def __init__(self, on_start=lambda name: None):
        self.said = []
        self.on_start = on_start

    def note(self, line):
        self.said.append(("note", line))

    def warn(self, line):
        self.said.append(("warn", line))

    def run_started(self, name, number, of, resumed):
        self.said.append(("started", name, number, of, resumed))
        self.on_start(name)

    def epoch(self, name, epoch):
        self.said.append(("epoch", name, epoch.epoch))

    def run_finished(self, name, correlation, simulated):
        self.said.append(("finished", name, simulated))

    def run_skipped(self, name, correlation, simulated):
        self.said.append(("skipped", name, simulated))

    def run_failed(self, name, why):
        self.said.append(("failed", name, why))

    def told(self, what):
        return [line[1] for line in self.said if line[0] == what]


def pretend(*variants, jobs, witness=None, should_stop=None):
    """Have runs of these names carried out by processes that only pretend."""
    more = "".join(LINEAR.replace("variants.ln", f"variants.{name}") for name in variants)
    recipe = sysid.load_recipe(write_recipe(more=more))
    sources = find_sources(recipe.runs, "tiny.toml", stand_in=True)
    runs = [
        PlannedRun(plan, sources[plan.name], RunFolder(Path(plan.variant)), number, len(recipe.runs))
        for number, plan in enumerate(recipe.runs, 1)
    ]
    should_stop = should_stop or StopRequest()
    run_in_jobs(runs, recipe, witness or Witness(), should_stop, jobs=jobs, stand_in=True)


def test_every_run_is_done_once_and_what_all_say_is_told_once(fake):
    witness = Witness()
    variants = ["a", "b", "c", "d", "e"]
    pretend(*variants, jobs=3, witness=witness)
    assert sorted(witness.told("started")) == sorted(witness.told("finished"))
    assert sorted(witness.told("finished")) == [NAME.format(name) for name in variants]
    assert sorted(witness.told("warn")) == ["careful", "old data"]


def test_runs_that_fail_take_no_other_with_them(fake):
    witness = Witness()
    with pytest.raises(sysid.SysidError) as error:
        pretend("killed", "broken", "bad", "good", "fine", jobs=3, witness=witness)
    assert sorted(witness.told("finished")) == [NAME.format("fine"), NAME.format("good")]
    whys = {name.partition("/")[0]: why for _, name, why in (s for s in witness.said if s[0] == "failed")}
    killed, broken, bad = (NAME.format(name) for name in ("killed", "broken", "bad"))
    assert whys == {
        "killed": f"tiny.toml: {killed}: its process was killed (SIGKILL), as the system does where memory "
        "runs out",
        "broken": f"tiny.toml: {broken}: its process ended with exit code 1",
        "bad": f"tiny.toml: {bad}: training: the loss is nan",
    }
    first, _, names = str(error.value).partition(" runs failed: ")
    assert first == "tiny.toml: 3 of 5"
    names, _, rest = names.partition("; ")
    assert sorted(names.split(", ")) == sorted([killed, broken, bad])
    assert rest == "what is finished stays, and the same command goes on with the others"
    notes = {note.partition(": ")[2].partition("/")[0]: note for note in error.value.__notes__}
    assert notes["bad"] == whys["bad"]
    assert notes["broken"].startswith(whys["broken"] + "\n")
    assert "Traceback (most recent call last):" in notes["broken"]
    assert notes["broken"].endswith("ValueError: a bug")
    assert "ValueError: a bug" in witness.told("warn")


def test_runs_that_no_process_is_left_for_are_counted(fake):
    with pytest.raises(sysid.SysidError) as error:
        pretend("broken", "killed", "a", "b", "c", jobs=2)
    assert "2 of 5 runs failed: " in str(error.value)
    assert str(error.value).endswith(
        "; 3 were not begun; what is finished stays, and the same command goes on with the others"
    )


def test_a_request_to_stop_reaches_every_process_and_begins_no_other_run(fake):
    should_stop, started = StopRequest(), []

    def stop_after_two(name):
        started.append(name)
        should_stop.asked = len(started) == 2

    with pytest.raises(InterruptedTrainingError) as error:
        pretend("long", "long2", "a", jobs=2, witness=Witness(stop_after_two), should_stop=should_stop)
    assert str(error.value) == "interrupted and saved"
    assert sorted(started) == [NAME.format("long"), NAME.format("long2")]


def test_a_signal_to_one_of_the_processes_stops_all(fake):
    witness = Witness()
    with pytest.raises(InterruptedTrainingError, match="interrupted and saved"):
        pretend("long", "signalled", "a", jobs=2, witness=witness)
    assert NAME.format("a") not in witness.told("started")


def test_runs_that_were_not_begun_when_somebody_asked_to_stop_are_no_failure(fake):
    should_stop = StopRequest()

    def stop(_name):
        should_stop.asked = True

    with pytest.raises(InterruptedTrainingError) as error:
        pretend("a", "b", "c", "d", jobs=2, witness=Witness(stop), should_stop=should_stop)
    assert str(error.value) == "interrupted between runs; the same command goes on from here"


def test_the_second_interruption_ends_all_at_once(fake):
    started = time.monotonic()

    def interrupt(name):
        if name == NAME.format("deaf"):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pretend("deaf", "a", jobs=2, witness=Witness(interrupt))
    assert time.monotonic() - started < 30


PLUGIN = """
    import os, signal, warnings

    import attrs
    import sysid
    from torch import nn

    @attrs.frozen
    class Encoder(sysid.Encoder):
        '''Do something that no encoder should.'''

        what: str = sysid.key("warn, kill or run away", default="warn")

        def build(self, input_shape):
            return Module(self.what)

    class Module(nn.Module):
        def __init__(self, what):
            super().__init__()
            self.what = what

        def forward(self, stimulus):
            if self.training and not stimulus.is_meta:
                if self.what == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                warnings.warn("odd pixels", stacklevel=1)
            scale = float("nan") if self.what == "run away" and self.training else 1.0
            return scale * stimulus, stimulus.new_zeros(())

    @sysid.hookimpl
    def sysid_encoders():
        return {"odd": Encoder}
"""


def install(folder: Path) -> None:
    """Lay a plugin out as an installer would."""
    about = folder / "trouble_sysid-1.2.dist-info"
    about.mkdir(parents=True)
    (folder / "trouble_sysid.py").write_text(textwrap.dedent(PLUGIN))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: trouble-sysid\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[sysid]\ntrouble = trouble_sysid\n")


def odd(what):
    return f"[variants.{what.partition(' ')[0]}]\nencoder = {{use = 'trouble:odd', what = '{what}'}}\n"


def results(folder):
    """Return the files of runs and summary that hold no time of day and no duration."""
    ends = ("best.safetensors", "metrics.json", ".csv", ".npz", "recipe.toml", "summary.json")
    names = [name for name in files_below(folder) if name.endswith(ends) and "/analyses/" not in name]
    return {name: Path(folder, name).read_bytes() for name in names}


@pytest.mark.filterwarnings("ignore:odd pixels")
def test_three_jobs_leave_the_bits_that_one_leaves(tmp_path, monkeypatch):
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setattr(job_share, "count_cores", lambda: 2)
    analyses = "[analyses.all]\nuse = 'comparison'\n"
    path = write_recipe(more=f"{odd('warn')}{LINEAR}{analyses}", training="seeds = [3, 1]")
    recipe = sysid.load_recipe(path, settings=["training.epochs=3"])
    alone = sysid.run(recipe, folder="alone")
    witness = Witness()
    together = sysid.run(recipe, folder="together", jobs=3, reporter=witness)
    assert results("together") == results("alone")
    assert list(together.folders) == list(alone.folders)
    assert together.summary.rows == alone.summary.rows
    assert list(together.analyses) == list(alone.analyses) == ["all"]
    assert together.report.exists()
    names = [plan.name for plan in recipe.runs]
    assert sorted(witness.told("started")) == sorted(witness.told("finished")) == sorted(names)
    numbers = {
        name: (number, of) for what, name, number, of, _ in filter(lambda s: s[0] == "started", witness.said)
    }
    assert numbers == {name: (number, 4) for number, name in enumerate(names, 1)}
    assert witness.said.count(("epoch", names[0], 2)) == 1
    assert witness.said[0] == ("note", "3 jobs of 1 thread on 2 cores: more jobs than cores gain nothing")
    assert [line.rpartition(": ")[2] for line in witness.told("warn") if "Warning" in line] == ["odd pixels"]


@pytest.mark.filterwarnings("ignore:odd pixels")
def test_the_others_are_finished_where_one_process_is_killed_and_one_run_fails(tmp_path, monkeypatch):
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    path = write_recipe(SIMULATED, f"{odd('kill')}{odd('run away')}{LINEAR}[variants.cnn]\n")
    witness = Witness()
    with pytest.raises(sysid.SysidError) as error:
        sysid.run(sysid.load_recipe(path), jobs=2, reporter=witness)
    assert "2 of 4 runs failed: " in str(error.value)
    assert sorted(witness.told("finished")) == [NAME.format(name) for name in ("cnn", "ln")]
    why = dict((name, line) for _, name, line in (said for said in witness.said if said[0] == "failed"))
    assert why[NAME.format("kill")].endswith(
        "its process was killed (SIGKILL), as the system does where memory runs out"
    )
    assert why[NAME.format("run")].startswith(
        f"tiny.toml: {NAME.format('run')}: training: the loss is nan in epoch 0, step 0, session "
    )
    assert not Path("runs/tiny/summary").exists()
    again = Witness()
    result = sysid.run(sysid.load_recipe(path), only=("cnn", "ln"), jobs=4, reporter=again)
    assert again.told("skipped") == [NAME.format("ln"), NAME.format("cnn")]
    assert len(result.summary.rows) == 2
