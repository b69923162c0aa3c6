"""`sysid run --on-nan` from the recipe to the report: a recording some of whose pixels are NaN."""

import json
import re
from pathlib import Path

import pytest

from tests.command_line import call, write_recipe

PLUGIN = """
    import attrs, sysid
    from sysid_datasets.simulated_retina import SimulatedRetina
    from tests.broken_movie import BrokenMovie

    @attrs.frozen
    class Broken(sysid.Dataset):
        '''A movie with a pixel that is NaN, which only shows when it is read.'''

        frame: int = sysid.key("in which a pixel is NaN", default=20)

        def describe(self):
            return {"retina": sysid.Description()}

        def provenance(self):
            return sysid.Provenance(source="a test", checksum=str(self.frame), simulated=True)

        def load(self):
            (recording,) = SimulatedRetina(size_px=8, neurons=3, frames=120).load().values()
            presentations = [
                attrs.evolve(each, stimulus=BrokenMovie(each.frames, [self.frame], 8, 8) if each.train
                             else BrokenMovie(each.frames, [], 8, 8))
                for each in recording.presentations
            ]
            return {"retina": attrs.evolve(recording, presentations=tuple(presentations))}

    @sysid.hookimpl
    def sysid_datasets():
        return {"broken": Broken}
"""
AS_STORED = "samples.standardize=false"
PLACE = Path("runs/tiny/base/movie-simulated/fold0/seed0")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch, site):
    monkeypatch.chdir(tmp_path)
    site.install(PLUGIN)


def test_a_stop_is_one_line_and_the_same_command_with_skip_goes_on_to_a_report():
    recipe = write_recipe('use = "acme:broken"\n')
    stopped = call("run", recipe, "--set", AS_STORED)
    assert stopped.code == 2
    line = stopped.complaints[-1]
    assert line.startswith("tiny.toml: base/movie/fold0/seed0: training: the loss is nan in epoch 0, ")
    assert re.search(r"pixels that are NaN or infinite in the window of bin 2[0-3] of train; ", line)
    assert f"are in {PLACE / 'state.safetensors'}; " in line
    done = call("run", recipe, "--set", AS_STORED, "--on-nan", "skip")
    assert done.code == 0, done.err
    (warning,) = [line for line in done.complaints if "left out" in line]
    assert warning.startswith("base/movie/fold0/seed0: the loss is nan in epoch 0, ")
    outcome = json.loads((PLACE / "run.json").read_text())["outcome"]
    assert outcome["skipped_steps"] > 0
    told = f"{outcome['skipped_steps']} of {outcome['steps'] + outcome['skipped_steps']} steps left out, as"
    assert told in Path("runs/tiny/summary/report.html").read_text()
    again = call("run", recipe, "--set", AS_STORED)
    assert [line for line in again.complaints if told in line]  # also where one would rather have stopped


def test_skip_in_the_recipe_is_skip_and_may_be_asked_for_again():
    recipe = write_recipe('use = "acme:broken"\n', training='on_nan = "skip"')
    assert call("run", recipe, "--set", AS_STORED, "--on-nan", "skip").code == 0
    stopped = call("run", recipe, "--set", AS_STORED, "--set", "training.epochs=1", "--on-nan", "stop")
    assert stopped.code == 2
    assert "the loss is nan" in stopped.err


def test_pixels_that_statistics_need_are_refused_before_training():
    stopped = call("run", write_recipe('use = "acme:broken"\n'))
    assert stopped.code == 2
    assert stopped.complaints[-1] == (
        "tiny.toml: datasets.movie: train: stimulus: expected finite pixels, got NaN or infinity in 1 of the "
        "training frames, the first 20; leave these frames out of the split"
    )
