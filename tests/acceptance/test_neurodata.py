"""Files of a retina, of probes and of two imaging planes are read as they were made, and no other way."""

import contextlib
import csv
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest

import sysid
from tests.command_line import Outcome, call
from tests.neurodata.check import complaints, pieces_of, shown_pieces, wrong_readings
from tests.neurodata.probe_file import AREAS, SEQUENCE, TABLE, write_probe
from tests.neurodata.reading import read
from tests.neurodata.retina_file import write_retina
from tests.neurodata.truth import FileTruth
from tests.neurodata.two_photon_file import ABSENT, STIMULUS, write_two_photon

MOVIES = tuple(f"natural_movie_{repeat}" for repeat in range(1, 8))


@attrs.frozen(eq=False)
class Kind:
    """One kind of file.

    Attributes:
        make: writes it.
        bound: what the median cosine has to exceed.
        stimuli: the recipe's `stimulus` for what the truth names.
        white: of these, those that a spike-triggered average may be taken of.
        fields: further keys of the recipe.
        words: what `inspect` must name.
        short: options that make a file short enough to be modelled in seconds.
    """

    make: Callable[..., FileTruth]
    bound: float
    stimuli: dict[str, tuple[str, ...]]
    white: tuple[str, ...]
    words: tuple[str, ...]
    short: dict[str, int]
    fields: dict[str, str] = attrs.Factory(dict)


KINDS = {
    "retina": Kind(
        write_retina,
        0.97,
        {"white_noise": ("white_noise",), "natural_movie": MOVIES},
        ("white_noise",),
        ("white_noise", "natural_movie_1", "15 units", "quality", "cell_type", "obs_intervals"),
        {"noise_frames": 1500},
    ),
    "probe": Kind(
        write_probe,
        0.93,
        {SEQUENCE: (SEQUENCE,), TABLE: (TABLE,)},
        (SEQUENCE, TABLE),
        (SEQUENCE, TABLE, "frame", "16 units", "isi_violations", *AREAS, "running_speed", "pupil_area"),
        {"movie_frames": 400, "sequence_frames": 1500},
    ),
    "two_photon": Kind(
        write_two_photon,
        0.93,
        {STIMULUS: (STIMULUS,)},
        (STIMULUS,),
        (STIMULUS, ABSENT, "natural_movie.mp4", "plane_0", "plane_1", "running_speed"),
        {"frames": 2000},
        {"responses": "plane_0, plane_1"},
    ),
}
WHITE = [(kind, name) for kind, each in KINDS.items() for name in each.white]
SHOWN = [(kind, name) for kind, each in KINDS.items() for name in each.stimuli]


@attrs.frozen(eq=False)
class Made:
    """A file that was made, and what was read of it."""

    kind: Kind
    path: Path
    truth: FileTruth

    def read(self, name: str) -> sysid.Recording:
        return read(self.path, stimulus=self.kind.stimuli[name], **self.kind.fields)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Callable[..., Made]:
    """Make files when they are asked for, each once."""
    known: dict[tuple, Made] = {}

    def make(name: str, **options: str | int) -> Made:
        key = (name, *sorted(options.items()))
        if key not in known:
            path = tmp_path_factory.mktemp(name) / f"{name}.nwb"
            known[key] = Made(KINDS[name], path, KINDS[name].make(path, **options))
        return known[key]

    return make


@pytest.mark.parametrize(("kind", "name"), WHITE)
def test_the_filters_are_found_through_the_reader_at_the_true_lag(made, kind, name):
    file = made(kind)
    recording = file.read(name)
    assert complaints(pieces_of(recording.presentations), file.truth, file.kind.bound) == []


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_frames_responses_and_ids_are_those_of_the_simulation(made, kind, name):
    file = made(kind)
    recording, shown = file.read(name), file.truth.shown[name]
    assert tuple(neuron.id for neuron in recording.neurons) == file.truth.ids
    (presentation,) = recording.presentations
    assert len(presentation.responses) == len(shown.responses)
    np.testing.assert_array_equal(presentation.stimulus[0 : len(shown.frames)][:, 0], shown.frames)
    # a series does not say when its last frame ended
    np.testing.assert_allclose(
        presentation.responses[:, :-1], shown.responses[:, :-1], rtol=1e-4, atol=1e-5, equal_nan=True
    )
    expected_s = np.diff(shown.edges_s, axis=1).mean(axis=0)
    np.testing.assert_allclose(presentation.bin_duration_s[:-1], expected_s[:-1], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_lies_the_other_way_round_gives_identical_arrays(made, kind):
    short = KINDS[kind].short
    one, other = made(kind, **short), made(kind, order="txy", **short)
    for name in one.kind.stimuli:
        first, second = one.read(name), other.read(name)
        assert first.neurons == second.neurons or [n.id for n in first.neurons] == [
            n.id for n in second.neurons
        ]
        for here, there in zip(first.presentations, second.presentations, strict=True):
            np.testing.assert_array_equal(here.stimulus[0 : here.frames], there.stimulus[0 : there.frames])
            np.testing.assert_array_equal(here.responses, there.responses)
            np.testing.assert_array_equal(here.bin_duration_s, there.bin_duration_s)


@pytest.mark.parametrize(("kind", "name"), WHITE)
def test_every_wrong_reading_fails_the_same_check(made, kind, name):
    file = made(kind)
    assert complaints(shown_pieces(file.truth, [name]), file.truth, file.kind.bound) == []
    for reading, pieces in wrong_readings(file.truth, name).items():
        assert complaints(pieces, file.truth, file.kind.bound), reading


@pytest.mark.parametrize(
    ("kind", "name"), [("retina", "white_noise"), ("probe", TABLE), ("two_photon", STIMULUS)]
)
def test_a_reader_that_ignores_masks_fails_the_same_check(made, kind, name):
    file = made(kind)
    pieces = shown_pieces(file.truth, [name], masked=False)
    assert complaints(pieces, file.truth, file.kind.bound)


@pytest.mark.parametrize(("kind", "name"), WHITE)
def test_square_frames_that_are_transposed_fail_the_same_check(made, kind, name):
    file = made(kind)
    side = min(file.truth.filters.shape[2:])
    truth = attrs.evolve(file.truth, filters=file.truth.filters[:, :, :side, :side], fragile=())
    inside = np.linalg.norm(truth.filters.reshape(len(truth.filters), -1), axis=1) > 0.99
    truth = attrs.evolve(truth, filters=truth.filters * inside[:, None, None, None])
    square = [(frames[:, :side, :side], responses) for frames, responses in shown_pieces(file.truth, [name])]
    assert complaints(square, truth, 0.9) == []
    turned = [(frames.transpose(0, 2, 1), responses) for frames, responses in square]
    assert complaints(turned, truth, 0.9)


@pytest.mark.parametrize("kind", ["retina"])
def test_repeats_in_one_series_are_found_by_the_table_that_marks_them(made, kind):
    file = made(kind, repeats_as="intervals")
    shown = file.truth.shown["natural_movie"]
    recording = read(file.path, stimulus=("natural_movie",))
    (presentation,) = recording.presentations
    assert len(presentation.responses) == 6
    np.testing.assert_array_equal(presentation.stimulus[0 : len(shown.frames)][:, 0], shown.frames)
    np.testing.assert_array_equal(presentation.responses[:, :-1], shown.responses[:, :-1])


def test_frames_that_are_normal_deviates_are_read_as_they_are(made):
    file = made("retina", noise="gaussian")
    recording = read(file.path, stimulus=("white_noise",))
    assert complaints(pieces_of(recording.presentations), file.truth, 0.97) == []
    np.testing.assert_array_equal(
        recording.presentations[0].stimulus[0:50][:, 0], file.truth.shown["white_noise"].frames[:50]
    )


@pytest.mark.parametrize("index", ["ordered", "random"])
def test_templates_are_found_in_a_folder_beside_the_file(made, index):
    file = made("probe", templates="outside", index=index)
    recording = read(file.path, stimulus=(TABLE,), templates=file.path.parent / "noise_movie.npy")
    assert complaints(pieces_of(recording.presentations), file.truth, 0.93) == []
    recording = read(file.path, stimulus=(SEQUENCE,))
    assert complaints(pieces_of(recording.presentations), file.truth, 0.93) == []


def test_an_indicator_that_decays_is_deconvolved(made):
    file = made("two_photon", decay_s=0.5, container="fluorescence")
    recording = read(file.path, responses="plane_0, plane_1", stimulus=(STIMULUS,), deconvolve_s=0.5)
    assert complaints(pieces_of(recording.presentations), file.truth, 0.93) == []
    smeared = read(file.path, responses="plane_0, plane_1", stimulus=(STIMULUS,))
    assert complaints(pieces_of(smeared.presentations), file.truth, 0.93)


def test_units_are_chosen_by_quality_and_area_and_those_without_a_value_do_not_pass(made):
    file = made("probe")
    chosen = read(file.path, stimulus=(TABLE,), unit_preset="allen")
    assert tuple(neuron.id for neuron in chosen.neurons) == file.truth.passing
    assert 0 < len(chosen.neurons) < len(file.truth.ids)
    chosen = read(file.path, stimulus=(TABLE,), areas=("VISl",))
    expected = [each for each, area in zip(file.truth.ids, file.truth.areas, strict=True) if area == "VISl"]
    assert [neuron.id for neuron in chosen.neurons] == expected


def test_behaviour_comes_on_the_clock_of_the_frames_and_blinks_are_masked(made):
    file = made("probe")
    names = ("running_speed", "pupil_area")
    recording = read(file.path, stimulus=(SEQUENCE,), behaviour=names)
    assert recording.behaviour == names
    (presentation,) = recording.presentations
    middle_s = file.truth.shown[SEQUENCE].edges_s[0, :-1] + presentation.bin_duration_s / 2
    for channel, name in enumerate(names):
        found, expected = presentation.behaviour[:, channel], file.truth.behaviour[name](middle_s)
        measured = np.isfinite(found)
        assert np.abs(found - expected)[measured].max() < 0.03 * np.ptp(expected)
        assert measured.mean() > 0.9
    closed = np.isnan(presentation.behaviour[:, 1])
    assert closed[(middle_s % 30 > 0.1) & (middle_s % 30 < 1.4)].all()
    assert not closed[(middle_s % 30 > 1.6) & (middle_s % 30 < 29.9)].any()


@pytest.fixture(scope="module", params=KINDS)
def looked_at(made, request, tmp_path_factory) -> tuple[Made, Outcome, Path]:
    """A file, what `inspect` says of it, and the recipe that it wrote."""
    file = made(request.param, **KINDS[request.param].short)
    recipe = tmp_path_factory.mktemp("recipe") / "own.toml"
    with contextlib.chdir(recipe.parent):
        outcome = call("inspect", file.path, "--write", recipe)
    return file, outcome, recipe


def test_inspect_says_what_is_in_the_file(looked_at):
    file, outcome, recipe = looked_at
    assert (outcome.code, outcome.err) == (0, "")
    assert [word for word in file.kind.words if word not in outcome.out] == []
    assert recipe.exists()


SHORT = ("--set", "training.epochs=1", "--set", "analyses.sta.shifts=19")


def score_recipe(recipe: Path, *options: str, folder: str = "runs") -> float:
    """Run the quick profile, into `folder`, and return the median correlation of the linear model."""
    with contextlib.chdir(recipe.parent):
        outcome = call("run", recipe, "--profile", "quick", *options)
    assert outcome.code == 0, outcome.err
    assert "SIMULATED" in outcome.out
    (table,) = (recipe.parent / folder).rglob("ln/*/fold0/seed0/neurons.csv")
    with open(table, newline="") as file:
        scores = [float(row["correlation"] or "nan") for row in csv.DictReader(file)]
    return float(np.nanmedian(scores))


def test_the_recipe_is_one_that_check_takes(looked_at):
    _, _, recipe = looked_at
    with contextlib.chdir(recipe.parent):
        assert call("check", recipe, "--profile", "quick", "--no-timing").code == 0


@pytest.mark.parametrize("looked_at", ["retina"], indirect=True)
def test_the_recipe_runs_shortened_and_its_models_predict(looked_at):
    _, _, recipe = looked_at
    assert score_recipe(recipe, *SHORT, "--folder", "short", folder="short") > 0.1


@pytest.mark.slow
def test_the_recipe_runs_as_it_is_and_its_models_predict(looked_at):
    _, _, recipe = looked_at
    assert score_recipe(recipe) > 0.1
