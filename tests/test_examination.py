import pytest

from sysid.errors import SysidErrors
from sysid.examination import examine
from sysid.recipe import load_recipe

PAPER = {"cnn": 18_648_528, "crnn_lstm": 3_161_744, "crnn_gru": 3_060_336, "crnn_rnn": 2_857_520}


def test_paper_sizes_have_the_paper_codes_parameter_counts():
    found = {each.variant: each for each in examine(load_recipe("zheng2021_released_data"), timing=False)}
    assert {name: found[name].outline.parameters for name in PAPER} == PAPER
    assert "20 frames of 1 × 90 × 90 → 80 neurons" in found["cnn"].title
    assert found["cnn"].estimate.seconds_per_sample is None
    assert 1 << 30 < found["cnn"].estimate.memory_bytes < 6 << 30


def test_a_few_steps_are_timed(tmp_path):
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        '[datasets.d]\nuse = "simulated_retina"\nneurons = 3\nsize_px = 6\nframes = 60\n'
        '[samples]\nhistory = 4\n[readout]\nuse = "dense"\n[training]\nthreads = 1\n'
    )
    (found,) = examine(load_recipe(recipe), timing=True)
    assert found.seconds_per_epoch > 0
    assert found.bins == 60


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
