"""Kernels matched with the subunits of a simulated cell."""

import csv
import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

import sysid
from sysid import Findings, RunFolder, Truth
from sysid_analyses.figure import save_figure
from sysid_analyses.first_layer.first_kernel import first_kernels, has_kernels
from sysid_analyses.first_layer.kernel_match import NO_KERNEL, align_lags, draw_chance_cosines, match_kernels
from sysid_analyses.first_layer.subunit_figure import draw_matches, place_kernel
from sysid_analyses.first_layer.subunits import Subunits, one_to_one_cosines
from sysid_analyses.separation import separate
from sysid_datasets.simulated_retina import SimulatedRetina
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.identity import Identity
from sysid_encoders.layer import Layer

TIME = np.array([0.0, -2.0, 0.5, 1.0])  # an OFF time course over four lags
FRAME = (5, 7)  # height, width
KERNEL = (3, 4)  # rows, columns


def make_subunit(*pixels, time=TIME):
    """A subunit of unit norm whose map is 1 at some pixels (row, column)."""
    image = np.zeros(FRAME)
    image[tuple(np.transpose(pixels))] = 1
    filter = time[:, None, None] * image
    return filter / np.linalg.norm(filter)


def cut(subunit, row, column):
    """The kernel that a subunit leaves when it is looked at through a kernel's pixels."""
    return subunit[:, row : row + KERNEL[0], column : column + KERNEL[1]]


BAR = make_subunit((1, 2), (2, 2), (3, 2))
PAIR = make_subunit((4, 5), (4, 6))
CORNER = make_subunit((0, 0), (0, 1), (1, 0))


def draw_kernels(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, len(TIME), *KERNEL))


def fig2_subunits(kind):
    return SimulatedRetina(layout="fig2", subunits=kind, frames=60).load()["retina"].truth.subunits


def test_a_subunit_seen_through_a_kernel_is_matched_where_it_lies():
    matches = match_kernels(np.stack([BAR, PAIR]), np.stack([7 * cut(PAIR, 2, 3), 0.1 * cut(BAR, 1, 1)]))
    assert matches.best.tolist() == [1, 0]
    assert matches.offset[[0, 1], matches.best].tolist() == [[1, 1], [2, 3]]
    for cosine in (matches.spatial, matches.temporal, matches.joint, matches.full):
        np.testing.assert_allclose(cosine[[0, 1], matches.best], 1, atol=1e-7)


def test_a_kernel_serves_a_subunit_of_its_shape_wherever_it_reaches():
    elsewhere = make_subunit((2, 3), (3, 3), (4, 3))
    matches = match_kernels(np.stack([BAR, elsewhere]), cut(BAR, 1, 1)[None])
    np.testing.assert_allclose(matches.spatial[:, 0], 1, atol=1e-7)
    assert matches.offset[:, 0].tolist() == [[1, 1], [2, 2]]


def test_what_lies_outside_the_kernel_lowers_the_cosine():
    spread = make_subunit((0, 3), (1, 3), (4, 3))  # no three rows hold all of it
    matches = match_kernels(spread[None], cut(spread, 0, 2)[None])
    assert matches.spatial[0, 0] == pytest.approx(math.sqrt(2 / 3))
    assert matches.full[0, 0] == pytest.approx(math.sqrt(2 / 3))


def test_spatial_cosine_is_the_largest_of_a_cross_correlation():
    subunits, kernels = draw_subunits(3), draw_kernels(4)
    matches = match_kernels(subunits, kernels)
    for (s, subunit), (k, kernel) in itertools.product(enumerate(subunits), enumerate(kernels)):
        cosines = correlate2d(separate(subunit).spatial, separate(kernel).spatial, mode="valid")
        row, column = np.unravel_index(np.abs(cosines).argmax(), cosines.shape)
        assert matches.spatial[s, k] == pytest.approx(cosines[row, column])
        assert matches.offset[s, k].tolist() == [row, column]


def draw_subunits(count, seed=1):
    return np.random.default_rng(seed).normal(size=(count, len(TIME), *FRAME))


def test_full_cosine_is_that_of_the_kernel_laid_into_an_empty_frame():
    subunits, kernels = draw_subunits(2), draw_kernels(3)
    matches = match_kernels(subunits, kernels)
    for subunit, kernel in itertools.product(range(2), range(3)):
        row, column = matches.offset[subunit, kernel]
        laid = np.zeros((len(TIME), *FRAME))
        laid[:, row : row + KERNEL[0], column : column + KERNEL[1]] = kernels[kernel]
        expected = (laid * subunits[subunit]).sum() / np.linalg.norm(laid) / np.linalg.norm(subunits[subunit])
        assert matches.full[subunit, kernel] == pytest.approx(expected)


def test_a_kernel_of_opposite_polarity_has_a_negative_joint_cosine():
    matches = match_kernels(BAR[None], np.stack([cut(BAR, 1, 1), -cut(BAR, 1, 1)]))
    np.testing.assert_allclose(np.abs(matches.spatial), 1, atol=1e-7)
    np.testing.assert_allclose(matches.joint, [[1, -1]], atol=1e-7)
    np.testing.assert_allclose(matches.full, [[1, -1]], atol=1e-7)


def test_another_time_course_leaves_the_spatial_cosine_and_lowers_the_temporal():
    early = make_subunit((1, 2), (2, 2), (3, 2), time=np.array([1.0, 0.0, 0.0, 0.0]))
    other = make_subunit((1, 2), (2, 2), (3, 2), time=np.array([1.0, -1.0, 0.0, 0.0]))
    matches = match_kernels(early[None], cut(other, 1, 1)[None])
    assert matches.spatial[0, 0] == pytest.approx(1)
    assert matches.temporal[0, 0] == pytest.approx(math.sqrt(1 / 2))


def test_a_kernel_of_zeros_matches_nothing():
    matches = match_kernels(BAR[None], np.zeros((1, len(TIME), *KERNEL)))
    assert [matches.spatial[0, 0], matches.temporal[0, 0], matches.full[0, 0]] == [0, 0, 0]


def test_one_to_one_gives_the_largest_sum_with_no_kernel_twice():
    matches = match_kernels(draw_subunits(4), draw_kernels(5))
    best = max(
        itertools.permutations(range(5), 4),
        key=lambda kernels: np.abs(matches.spatial[range(4), kernels]).sum(),
    )
    assert tuple(matches.one_to_one) == best
    np.testing.assert_allclose(one_to_one_cosines(matches), np.abs(matches.spatial[range(4), best]))


def test_one_kernel_may_be_the_best_of_two_but_belongs_to_one():
    elsewhere = make_subunit((2, 3), (3, 3), (4, 3))
    kernels = np.stack([draw_kernels(1)[0], cut(BAR, 1, 1)])
    matches = match_kernels(np.stack([BAR, elsewhere]), kernels)
    assert matches.best.tolist() == [1, 1]
    assert sorted(matches.one_to_one) == [0, 1]


def test_with_fewer_kernels_than_subunits_some_have_none_and_count_zero():
    matches = match_kernels(np.stack([CORNER, BAR]), cut(BAR, 1, 1)[None])
    assert matches.one_to_one.tolist() == [NO_KERNEL, 0]
    np.testing.assert_allclose(one_to_one_cosines(matches), [0, 1], atol=1e-7)


def test_aligned_subunits_are_cut_and_filled_to_the_history():
    subunits = np.arange(1.0, 5)[None, :, None, None]  # lags 0 to 3 hold 1 to 4
    assert align_lags(subunits, 0, 4)[0, :, 0, 0].tolist() == [1, 2, 3, 4]
    assert align_lags(subunits, 1, 2)[0, :, 0, 0].tolist() == [2, 3]
    assert align_lags(subunits, 1, 5)[0, :, 0, 0].tolist() == [2, 3, 4, 0, 0]
    assert align_lags(subunits, 6, 2)[0, :, 0, 0].tolist() == [0, 0]


def test_chance_on_the_papers_simulation_is_the_known_answer():
    maps = np.stack([separate(subunit).spatial for subunit in fig2_subunits("I")])
    chance = draw_chance_cosines(maps, (8, 6, 6), 100, np.random.default_rng(0))
    assert chance.shape == (100, 8)
    assert np.median(np.median(chance, axis=1)) == pytest.approx(0.39, abs=0.015)  # untrained: median .39


def test_chance_maps_are_like_those_of_whole_kernels_of_noise():
    maps = np.stack([separate(BAR).spatial, separate(CORNER).spatial])
    chance = draw_chance_cosines(maps, (3, *KERNEL), 400, np.random.default_rng(0))
    whole = [
        np.abs(match_kernels(np.stack([BAR, CORNER]), draw_kernels(3, seed)).spatial).max(axis=1)
        for seed in range(400)
    ]
    np.testing.assert_allclose(chance.mean(axis=0), np.mean(whole, axis=0), atol=0.03)  # standard error .01
    np.testing.assert_allclose(chance.std(axis=0), np.std(whole, axis=0), atol=0.02)


def build_encoder(kernels, batch_norm=False):
    """A `conv2d` encoder that has these kernels (kernel, lag, row, column) and passes their maps on."""
    count, lags, size, _ = kernels.shape
    layer = Layer(channels=count, kernel_px=size, batch_norm=batch_norm, activation="linear")
    encoder = Conv2d(layers=(layer,)).build((lags, 1, *FRAME)).eval()
    weight = np.ascontiguousarray(kernels[:, ::-1])
    encoder.state_dict()["layers.0.convolution.weight"].copy_(torch.from_numpy(weight))
    return encoder


def test_kernels_are_read_with_the_newest_frame_as_lag_zero():
    torch.manual_seed(0)
    layer = Layer(channels=2, kernel_px=3, batch_norm=False, activation="linear")
    encoder = Conv2d(layers=(layer,)).build((4, 1, *FRAME))
    flash = torch.zeros(1, 4, 1, *FRAME)
    flash[0, -1, 0, 2, 2] = 1  # the newest frame; the kernel at offset (0, 0) sees it with its last pixel
    responses = encoder(flash)[0][0, 0, :, 0, 0]
    np.testing.assert_allclose(first_kernels(encoder)[:, 0, 2, 2], responses.detach().numpy(), rtol=1e-6)


def test_a_negative_batch_norm_gain_turns_a_kernel_over():
    kernels = np.random.default_rng(0).normal(size=(2, 4, 3, 3))
    encoder = build_encoder(kernels, batch_norm=True)
    encoder.state_dict()["layers.0.batch_norm.weight"].copy_(torch.tensor([2.0, -3.0]))
    expected = kernels * np.array([1, -1])[:, None, None, None]
    np.testing.assert_allclose(first_kernels(encoder), expected, rtol=1e-6)


def test_an_encoder_without_convolution_has_no_kernels():
    assert not has_kernels(Identity().build((4, 1, *FRAME)))
    assert has_kernels(build_encoder(np.ones((2, 4, 3, 3))))


def make_run(kernels, subunits, encoder=None, include_current=True, channels=1, truth=True):
    """What `sysid.load_run` returns, as far as the analysis looks at it."""
    recording = SimpleNamespace(
        truth=Truth(subunits=subunits) if truth else None,
        frame_shape=(channels, *FRAME),
        frame_rate_hz=20.0,
    )
    untrained = np.random.default_rng(5).normal(size=kernels.shape)
    return SimpleNamespace(
        model=SimpleNamespace(encoder=encoder or build_encoder(kernels)),
        untrained_model=lambda: SimpleNamespace(encoder=build_encoder(untrained)),
        recordings={"retina": recording},
        information={},
        samples=SimpleNamespace(include_current=include_current),
    )


def analyze(monkeypatch, folder, run, **fields):
    monkeypatch.setattr(sysid, "load_run", lambda path: run)
    return Subunits(**fields).analyze((RunFolder(folder),), folder)


SUBUNITS = np.stack([BAR, PAIR, CORNER])
PERFECT = np.stack(
    [
        subunit[:, row : row + 3, column : column + 3]
        for subunit, row, column in ((CORNER, 0, 0), (BAR, 1, 0), (PAIR, 2, 4))
    ]
)


def test_perfect_kernels_find_every_subunit(monkeypatch, tmp_path):
    numbers = analyze(monkeypatch, tmp_path, make_run(PERFECT, SUBUNITS), chance_draws=5).numbers
    assert (numbers["subunits"], numbers["matched"], numbers["one_to_one_matched"]) == (3, 3, 3)
    assert numbers["distinct_kernels"] == 3
    for name in ("median", "minimum", "minimum_temporal", "minimum_joint", "minimum_full"):
        assert numbers[f"{name}_cosine"] == pytest.approx(1, abs=1e-6)
    assert numbers["untrained_median"] < 0.9
    assert 0 < numbers["chance_median"] < 0.9


def test_files_hold_what_was_compared(monkeypatch, tmp_path):
    numbers = analyze(monkeypatch, tmp_path, make_run(PERFECT, SUBUNITS), chance_draws=5).numbers
    with open(tmp_path / "subunits.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["kernel"] for row in rows] == [row["one_to_one_kernel"] for row in rows] == ["1", "2", "0"]
    assert (rows[0]["offset_row"], rows[0]["offset_column"], rows[0]["joint_cosine"]) == ("1", "0", "1.0000")
    untrained = np.median([float(row["untrained_cosine"]) for row in rows])
    assert untrained == pytest.approx(numbers["untrained_median"], abs=1e-4)
    with np.load(tmp_path / "matches.npz", allow_pickle=False) as arrays:
        assert arrays["best"].tolist() == [1, 2, 0]
        assert arrays["chance"].shape == (5, 3)
        assert arrays["untrained_spatial"].shape == (3, 3)
    assert (tmp_path / "subunits.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "subunits.svg").read_text(encoding="utf-8")


def test_two_analyses_of_one_run_write_the_same_bytes(monkeypatch, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        analyze(monkeypatch, tmp_path / name, make_run(PERFECT, SUBUNITS), chance_draws=5)
    for name in ("subunits.csv", "subunits.png", "subunits.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_history_without_the_current_frame_begins_at_lag_one(monkeypatch, tmp_path):
    late = PERFECT[:, 1:]  # what three frames before the bin see
    numbers = analyze(
        monkeypatch, tmp_path, make_run(late, SUBUNITS, include_current=False), chance_draws=1
    ).numbers
    assert numbers["minimum_full_cosine"] == pytest.approx(1, abs=1e-6)
    wrong = analyze(monkeypatch, tmp_path, make_run(late, SUBUNITS), chance_draws=1).numbers
    assert wrong["minimum_temporal_cosine"] < 0.9


def test_threshold_decides_what_counts_as_found(monkeypatch, tmp_path):
    spread = make_subunit((0, 3), (1, 3), (4, 3))  # a kernel of three rows reaches √⅔ = .82 at best
    run = make_run(spread[None, :, :3, 2:5], spread[None])
    assert analyze(monkeypatch, tmp_path, run, chance_draws=1).numbers["matched"] == 0
    assert analyze(monkeypatch, tmp_path, run, chance_draws=1, threshold=0.8).numbers["matched"] == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"encoder": Identity().build((4, 1, *FRAME))}, "the encoder has no kernels"),
        ({"truth": False}, "the true subunits are not known"),
        ({"subunits": None}, "the true subunits are not known"),
        ({"channels": 3}, "subunits are known for stimuli of one channel only"),
        ({"kernels": PERFECT[:, :1]}, "the kernels see one frame each and have no time course"),
        (
            {"subunits": np.pad(SUBUNITS, ((0, 0), (9, 0), (0, 0), (0, 0)))},
            "a history of 4 frames does not reach every subunit",
        ),
    ],
)
def test_where_there_is_nothing_to_compare_a_reason_is_all(monkeypatch, tmp_path, changes, reason):
    run = make_run(**({"kernels": PERFECT, "subunits": SUBUNITS} | changes))
    assert analyze(monkeypatch, tmp_path, run) == Findings(reason=reason)
    assert not list(tmp_path.iterdir())


def test_several_sessions_are_not_compared(monkeypatch, tmp_path):
    run = make_run(PERFECT, SUBUNITS)
    run.recordings["other"] = run.recordings["retina"]
    reason = "the run has several sessions, and their subunits may differ"
    assert analyze(monkeypatch, tmp_path, run) == Findings(reason=reason)


def test_figure_scale_is_symmetric_and_the_kernel_lies_at_its_offset():
    matches = match_kernels(SUBUNITS, np.concatenate([PERFECT[:2], -PERFECT[2:]]))
    figure = draw_matches(matches, -50.0 * np.arange(len(TIME)))
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(images) == 6
    for image in images:
        assert image.norm.vmin == -image.norm.vmax
    for subunit in range(3):  # the last kernel has the opposite sign, which its time course shows
        np.testing.assert_allclose(place_kernel(matches, subunit), matches.subunit_maps[subunit], atol=1e-7)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles.count("cosine −1.000") == 1


def test_figure_turns_a_map_over_to_lie_on_the_subunit_and_its_time_course_with_it():
    image = np.zeros(KERNEL)
    image[:, 1], image[0, 3] = -1, 1.5  # the sign convention makes the odd pixel positive, not the bar
    matches = match_kernels(BAR[None], (TIME[:, None, None] * image)[None])
    assert matches.spatial[0, 0] == pytest.approx(-math.sqrt(3 / 5.25))
    np.testing.assert_allclose(place_kernel(matches, 0)[1:4, 2], 1 / math.sqrt(5.25))
    titles = [axes.get_title() for axes in draw_matches(matches, -50.0 * np.arange(len(TIME))).axes]
    assert "kernel 0\ncosine 0.756" in titles
    assert "cosine −1.000" in titles


def test_figure_of_many_subunits_says_how_many_it_leaves_out(tmp_path):
    figure = draw_matches(match_kernels(draw_subunits(9), draw_kernels(2)), -50.0 * np.arange(len(TIME)))
    assert figure.get_suptitle() == "the first 8 of 9 subunits"
    save_figure(figure, tmp_path / "many")
    assert (tmp_path / "many.svg").exists()


RECIPE = """
[datasets.fig2]
use = "simulated_retina"
layout = "fig2"
frames = 600
[samples]
history = 20
include_current = true
[encoder]
use = "conv2d"
layers = [{ channels = 3, kernel_px = 6, initialization = "normal" }]
[core]
use = "identity"
[readout]
use = "dense"
[training]
epochs = 1
[analyses.subunits]
use = "subunits"
chance_draws = 3
"""


def test_a_recipe_runs_the_analysis_on_its_own_model(tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE, encoding="utf-8")
    recipe = sysid.load_recipe(tmp_path / "small.toml")
    result = sysid.run(recipe, folder=tmp_path / "runs")
    (folder,) = result.folders.values()
    run = sysid.load_run(folder.path)
    with np.load(folder.path / "analyses" / "subunits" / "matches.npz") as arrays:
        stored = arrays["kernel_maps"], arrays["untrained_kernel_maps"]
    for model, maps in zip((run.model, run.untrained_model()), stored, strict=True):
        weight = model.encoder.layers[0].convolution.weight.detach().double().numpy()
        for kernel, image in zip(weight, maps, strict=True):
            assert np.linalg.norm(kernel.reshape(20, 36) @ image.ravel()) == pytest.approx(
                np.linalg.norm(kernel.reshape(20, 36), 2)  # the largest singular value
            )
    assert not np.allclose(*stored)
