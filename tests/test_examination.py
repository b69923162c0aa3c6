import pytest
import torch

from sysid import subject
from sysid.errors import SysidErrors
from sysid.examination import examine, first_runs
from sysid.recipe import load_recipe
from sysid.sample import gather_samples
from sysid.subject import Subjects
from tests.command_line import write_recipe

PAPER = {"cnn": 18_648_528, "crnn_lstm": 3_161_744, "crnn_gru": 3_060_336, "crnn_rnn": 2_857_520}


def test_paper_sizes_have_the_paper_codes_parameter_counts():
    find = Subjects(counting=False)
    found = {plan.variant: find.of(plan) for plan in first_runs(load_recipe("zheng2021_released_data"))}
    assert {name: found[name].outline.parameters for name in PAPER} == PAPER


def test_memory_is_traced_without_timing_anything():
    recipe = load_recipe("zheng2021_released_data").select(("cnn/*", "ln/*"))
    ln, cnn = examine(recipe, timing=False)
    assert cnn.title == "20 frames of 1 × 90 × 90 → 80 neurons"
    assert cnn.estimate.step is None
    assert (ln.estimate.memory.basis, cnn.estimate.memory.basis) == ("least", "traced")
    assert 1 << 30 < cnn.estimate.memory_bytes < 3 << 30


def test_an_epoch_is_its_steps_its_statistics_and_its_validation(tmp_path):
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        '[datasets.d]\nuse = "simulated_retina"\nneurons = 3\nsize_px = 6\nframes = 60\n'
        '[samples]\nhistory = 4\nfraction = 0.5\n[readout]\nuse = "dense"\n'
        "[training]\nthreads = 1\nbatch_size = 8\n"
    )
    loaded = load_recipe(recipe)
    (found,) = examine(loaded, timing=True)
    (plan,) = loaded.runs
    (samples,) = gather_samples(plan.dataset.load(), plan.samples, torch.device("cpu")).values()
    train, validation = samples.count("train"), samples.count("validation")
    step, epoch = found.estimate.step, found.estimate.epoch
    assert (found.samples, found.exact, epoch.steps) == (train, True, -(-train // 8))
    assert epoch.training_s == pytest.approx(train / 8 * step.step_s)
    assert epoch.statistics_s == pytest.approx(train * step.evaluation_s)
    assert epoch.validation_s == pytest.approx(validation * step.evaluation_s)
    assert 0 < epoch.seconds == epoch.training_s + epoch.statistics_s + epoch.validation_s


def test_without_the_data_all_bins_count_as_training_samples(tmp_path):
    recipe = tmp_path / "absent.toml"
    recipe.write_text(
        '[datasets.d]\nuse = "dryad_mea"\nstimulus = "movie1"\nsize_px = 15\n'
        '[samples]\nhistory = 4\n[readout]\nuse = "dense"\n[training]\nthreads = 1\n'
    )
    (found,) = examine(load_recipe(recipe), timing=True)
    assert found.absence.startswith("dryad_4ch10: not found in ")
    assert (found.samples, found.exact) == (1800, False)
    assert found.estimate.epoch.validation_s == 0


def test_nothing_is_read_where_nothing_is_timed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subject, "load_if_here", lambda dataset: pytest.fail("read"))
    (found,) = examine(load_recipe(write_recipe()), timing=False)
    assert (found.samples, found.exact, found.estimate.step) == (120, False, None)


def test_every_model_that_cannot_be_built_is_named(tmp_path):
    recipe = tmp_path / "large.toml"
    recipe.write_text(
        '[datasets.d]\nuse = "simulated_retina"\nneurons = 3\nsize_px = 6\n'
        '[encoder]\nuse = "conv2d"\n[readout]\nuse = "dense"\n'
        "[variants.a.encoder]\nlayers = [{ channels = 2, kernel_px = 7 }]\n"
        "[variants.b.encoder]\nlayers = [{ channels = 2, kernel_px = 5 }, { channels = 2, kernel_px = 3 }]\n"
    )
    with pytest.raises(SysidErrors) as error:
        list(examine(load_recipe(recipe), timing=False))
    assert [line.split("large.toml: ")[1] for line in error.value.lines] == [
        "a: encoder.layers[0].kernel_px: expected at most 6 (the image is 6×6 here), got 7",
        "b: encoder.layers[1].kernel_px: expected at most 2 (the image is 2×2 here), got 3",
    ]


RECORDED = (
    '[datasets.d]\nuse = "nwb"\npath = "not_here.nwb"\n{more}'
    '[samples]\nhistory = 4\n[readout]\nuse = "dense"\n[training]\nthreads = 1\n'
)


def test_what_stands_in_is_examined_where_sizes_are_only_in_the_data(tmp_path):
    recipe = tmp_path / "tiny.toml"
    more = 'stand_in = "s"\n[datasets.s]\nuse = "simulated_retina"\nneurons = 3\nsize_px = 6\nframes = 60\n'
    recipe.write_text(RECORDED.format(more=more))
    (found,) = examine(load_recipe(recipe), timing=False)
    assert found.title == (
        '4 frames of 1 × 6 × 6 → 3 neurons (of "s", which stands in for a recording that is not here)'
    )
    assert found.absence.startswith("not_here.nwb: not found in ")


def test_data_that_are_not_here_are_told_once_where_nothing_else_tells_their_sizes(tmp_path):
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECORDED.format(more="") + "[variants.a]\n[variants.b]\n")
    with pytest.raises(SysidErrors) as caught:
        list(examine(load_recipe(recipe), timing=False))
    (line,) = caught.value.lines
    assert line.startswith(f"{recipe}: datasets.d: not_here.nwb: not found in ")
