"""The recipes that `sysid inspect` writes for NWB files: each is one that sysid takes."""

import tomllib
from pathlib import Path

import attrs
import pytest

import sysid
from sysid_datasets.neurodata.proposal.choice import Choice, Key
from sysid_datasets.neurodata.proposal.model_size import choose_height, choose_history, choose_kernels
from sysid_datasets.neurodata.recipe_text import name_table, write_recipe, write_value

SPIKES = Choice(
    file="retina 1.nwb",
    dataset="nwb",
    summary='noise "A" → spikes of 5 units',
    keys=(
        Key("use", "nwb"),
        Key("path", "my data/retina 1.nwb", "relative to where the command is run"),
        Key("stimulus", ["noise", "movie"]),
        Key("unit_filter", [{"column": "quality", "values": ["good"]}], "4 of 5 units"),
        Key("", None, 'areas = ["VISp"] # keep some'),
        Key("test", ["movie"], "shown 3 times"),
    ),
    bin_s=1 / 30,
    bins=900,
    history=9,
    is_image=False,
    is_spikes=True,
    size_px=(12, 9),
    neurons=5,
    has_behaviour=False,
)
TRACES = attrs.evolve(
    SPIKES, keys=(*SPIKES.keys[:3], Key("responses", "DfOverF")), is_spikes=False, history=15
)
IMAGES = attrs.evolve(SPIKES, is_image=True, bin_s=0.5, history=1)


@pytest.fixture
def load(tmp_path: Path):
    """Check a recipe as `sysid run` does."""

    def write_and_load(text: str, profile: str | None = None):
        path = tmp_path / "recipe.toml"
        path.write_text(text, encoding="utf-8")
        return sysid.load_recipe(path, profile=profile)

    return write_and_load


def test_what_may_be_a_mistake_stands_at_the_top():
    lines = write_recipe(
        attrs.evolve(SPIKES, doubts=("stimulus: bins differ", "responses: two"))
    ).splitlines()
    assert lines[1:4] == ["# To choose: stimulus: bins differ", "# To choose: responses: two", "#"]


@pytest.mark.parametrize("choice", [SPIKES, TRACES, IMAGES, attrs.evolve(SPIKES, bins=90_000)])
@pytest.mark.parametrize("profile", [None, "quick"])
def test_every_kind_of_recipe_passes_the_check_of_recipes(load, choice, profile):
    recipe = load(write_recipe(choice), profile)
    variants = {"ln", "cnn"} if choice.is_image else {"ln", "cnn", "crnn"}
    assert {run.variant for run in recipe.runs} == variants
    assert {run.dataset_name for run in recipe.runs} == {"retina_1"}


def test_the_table_of_the_data_holds_what_was_chosen_and_its_reasons():
    text = write_recipe(SPIKES)
    table = tomllib.loads(text)["datasets"]["retina_1"]
    assert table == {key.name: key.value for key in SPIKES.keys if key.value is not None}
    assert '\n# areas = ["VISp"] # keep some\n' in text
    assert 'test = ["movie"] # shown 3 times\n' in text
    assert text.startswith('# retina 1.nwb: noise "A" → spikes of 5 units\n#\n')


@pytest.mark.parametrize(
    ("choice", "history", "words"),
    [
        (SPIKES, 9, "9 # × 33.3 ms = 300 ms: for spikes"),
        (TRACES, 15, "15 # × 33.3 ms = 500 ms: fluorescence is slow"),
        (IMAGES, 1, "1 # single images: what was shown before an image does not count"),
    ],
)
def test_history_is_chosen_in_milliseconds_and_says_so(choice, history, words):
    text = write_recipe(choice)
    assert tomllib.loads(text)["samples"]["history"] == history
    assert f"history = {words}\n" in text


def test_responses_below_zero_get_a_loss_that_takes_them():
    tables = tomllib.loads(write_recipe(TRACES))
    for readout in (tables["readout"], tables["variants"]["ln"]["readout"]):
        assert (readout["loss"], readout["nonlinearity"]) == ("mse", "identity")
    tables = tomllib.loads(write_recipe(SPIKES))
    assert tables["readout"]["loss"] == tables["variants"]["ln"]["readout"]["loss"] == "poisson"
    assert tables["readout"]["nonlinearity"] == "parametric_softplus"


def test_a_quick_run_of_a_long_recording_takes_a_part_of_it():
    assert "samples" not in tomllib.loads(write_recipe(SPIKES))["profiles"]["quick"]
    quick = tomllib.loads(write_recipe(attrs.evolve(SPIKES, bins=60_000)))["profiles"]["quick"]
    assert quick["samples"] == {"fraction": 0.1}


def test_single_images_are_not_given_to_a_recurrence_over_time():
    tables = tomllib.loads(write_recipe(IMAGES))
    assert "core" not in tables
    assert tables["analyses"]["comparison"] == {"use": "comparison"}


@pytest.mark.parametrize("smaller", range(1, 40))
def test_kernels_fit_into_what_the_layer_before_leaves(smaller):
    left = smaller
    for kernel in choose_kernels(smaller):
        assert kernel % 2 == 1
        left -= kernel - 1
        assert left >= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 100), (2, 2), (5, 40), (36, 36)])
def test_the_model_fits_frames_of_any_size(load, size):
    run, *_ = load(write_recipe(attrs.evolve(SPIKES, size_px=size))).runs
    assert run.readout.window_px <= min(size)
    assert run.readout.window_px % 2 == 1


@pytest.mark.parametrize(
    ("size", "height"),
    [
        ((12, 9), None),
        ((36, 36), None),
        ((304, 608), 19),  # 16 × 16 stored pixels are one: 19 × 38
        ((360, 360), 36),
        ((331, 97), 66),  # no common divisor: 66 × 19
        ((1080, 1920), 27),  # 40 × 40 are one: 27 × 48
    ],
)
def test_large_frames_are_averaged_over_whole_pixels_where_they_can_be(size, height):
    assert choose_height(size) == height


@pytest.mark.parametrize(
    ("bin_s", "bins", "is_image", "is_spikes", "history"),
    [
        (1 / 30, 900, False, True, 9),
        (1 / 30, 900, False, False, 15),
        (0.25, 900, True, True, 1),
        (0.001, 9000, False, True, 60),  # each frame of it is an input channel
        (2.0, 900, False, True, 1),
        (1 / 30, 50, False, True, 5),  # a tenth of what there is
    ],
)
def test_history_is_about_300_ms_for_spikes_500_for_fluorescence_and_one_image(
    bin_s, bins, is_image, is_spikes, history
):
    assert choose_history(bin_s, bins, is_image=is_image, is_spikes=is_spikes) == history


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.nwb", "a"), ("sub-1_ses 2.v3.nwb", "sub-1_ses_2_v3"), ("ünï.nwb", "n"), ("é.nwb", "recording")],
)
def test_a_table_has_a_name_that_a_folder_takes(file, name):
    assert name_table(file) == name


def test_values_are_written_as_toml_reads_them():
    values = {"a": 'quote " and \\', "b": [1, 2.5], "c": True, "d": [{"column": "x", "min": 0.5}], "e": "ö"}
    text = "\n".join(f"{name} = {write_value(value)}" for name, value in values.items())
    assert tomllib.loads(text) == values
