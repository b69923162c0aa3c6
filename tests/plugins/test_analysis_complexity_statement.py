"""What the analysis `complexity` says and draws."""

import numpy as np
import pytest

from sysid import Interval
from sysid_analyses.scenes import complexity_figure
from sysid_analyses.scenes.complexity_figure import (
    draw_complexity_maps,
    draw_complexity_scatter,
    draw_correlations,
)
from sysid_analyses.scenes.complexity_statement import (
    state_difference,
    state_missing,
    state_pixels,
    state_relation,
)
from sysid_analyses.scenes.scene import NoScene, Scene
from sysid_analyses.scenes.scene_measure import Difference, Measured
from sysid_analyses.scenes.scene_relation import Related


def make_measured(name, **about):
    known = {"simulated": False, "skipped_frames": 0, "rescaled": False, "block_px": 1, "digest": name}
    scene = Scene("movie", "one", name, frame_px=(31, 43), fields={}, frame_rate_hz=4.0, **(known | about))
    values = {kind: np.random.default_rng(0).random((2, 3, 4)) for kind in ("spatial", "temporal")}
    mean = {kind: Interval(0.5, 0.1, 0.4, 0.6, 0.95) for kind in values}
    return Measured(scene, 10, values, mean, {kind: np.zeros(2) for kind in values})


def state(spatial, temporal, **about):
    found = {"spatial": spatial, "temporal": temporal}
    intervals = {kind: Interval(sum(ends) / 2, 0.1, *ends, 0.95) for kind, ends in found.items()}
    return state_difference(Difference(make_measured("a"), make_measured("b", **about), intervals))


def told(low, high):
    return f"(0.500 against 0.500; difference: 95 % interval {low} to {high})"


UNTOLD = "(0.500 against 0.500; difference: no interval, for want of blocks)"


@pytest.mark.parametrize(
    ("spatial", "temporal", "sentence"),
    [
        (
            (0.1, 0.2),
            (0.3, 0.4),
            f"b is more complex than a in space {told('+0.100', '+0.200')} and in time "
            f"{told('+0.300', '+0.400')}.",
        ),
        (
            (-0.2, -0.1),
            (-0.1, 0.3),
            f"a is more complex than b in space {told('+0.100', '+0.200')}; it cannot be told in time "
            f"{told('−0.300', '+0.100')}.",
        ),
        (
            (-0.2, -0.1),
            (0.1, 0.2),
            f"b is more complex than a in time {told('+0.100', '+0.200')}, but less in space "
            f"{told('−0.200', '−0.100')}.",
        ),
        (
            (-0.1, 0.1),
            (-0.1, 0.2),
            f"It cannot be told whether b is more complex than a in space {told('−0.100', '+0.100')} or in "
            f"time {told('−0.100', '+0.200')}.",
        ),
        (
            (np.nan, np.nan),
            (np.nan, np.nan),
            f"It cannot be told whether b is more complex than a in space {UNTOLD} or in time {UNTOLD}.",
        ),
    ],
)
def test_only_an_interval_without_zero_makes_a_movie_more_complex(spatial, temporal, sentence):
    assert state(spatial, temporal) == sentence


def test_a_movie_is_not_compared_with_itself():
    assert state((0.1, 0.2), (0.1, 0.2), digest="a") == "a and b are the same movie."


def test_blocks_of_pixels_and_stretched_grey_levels_are_told():
    blocks = [make_measured(name, block_px=size) for name, size in (("a", 5), ("b", 5), ("c", 4), ("d", 1))]
    end = "finer detail was averaged away, and the complexities of whole pixels, as in the paper, are others."
    assert state_pixels(blocks) == [
        f"The frames of a and b come in blocks of 5 × 5 equal pixels (patches of 10 px do not cut them): "
        f"{end}",
        "The frames of c come in blocks of 4 × 4 equal pixels (patches of 10 px cut through them; a multiple "
        f"of 4 does not): {end}",
    ]
    assert state_pixels([make_measured("a", rescaled=True)]) == [
        "The grey levels of a were stretched to 0 … 255, the range that structural similarity assumes: "
        "compare them with other movies with care."
    ]


def test_what_is_left_out_is_told():
    unrelated = [NoScene("b", "why"), NoScene("c", "because"), NoScene("d", "why")]
    assert state_missing([NoScene("a", "it is gone")], unrelated) == [
        "a is left out: it is gone.",
        "Complexity is not related to CC in b and d: why.",
        "Complexity is not related to CC in c: because.",
    ]


def make_related(name="a", variants=("ln", "cnn"), **about):
    scores = {variant: np.full(3, 0.1 * index) for index, variant in enumerate(variants)}
    correlations = {
        (variant, kind): Interval(-0.5, 0.1, -0.9, 0.1 if kind == "spatial" else -0.2, 0.95)
        for variant in variants
        for kind in ("spatial", "temporal")
    }
    under = {kind: np.arange(3.0) for kind in ("spatial", "temporal")}
    overlaps = np.zeros((3, 3, 4))
    overlaps[:, 1] = 0.25
    cells = ("x", "y", "z")
    return Related(make_measured(name, **about), cells, overlaps, under, scores, correlations, True)


def test_the_relation_is_told_for_the_best_variant_and_counted_for_all():
    assert state_relation(make_related()) == (
        "a, 3 cells, best variant cnn (mean CC 0.100): Spearman's ρ of a cell's CC with the complexity under "
        "its receptive field is −0.500 (95 % interval −0.900 to +0.100) in space and −0.500 (95 % interval "
        "−0.900 to −0.200) in time. Of the 4 such correlations of 2 variants 2 have an interval without "
        "zero; they share cells and movie and are not adjusted for one another."
    )
    assert "such correlations" not in state_relation(make_related(variants=("ln",)))


def test_only_cells_that_enter_the_correlation_are_counted():
    related = make_related(variants=("ln",))
    related.scores["ln"][:] = [0.5, np.nan, 0.3]
    assert state_relation(related).startswith("a, 2 cells, best variant ln")
    related.scores["ln"][2] = np.nan
    assert state_relation(related).startswith("a, 1 cell, best variant ln")


def test_figures_say_how_many_movies_they_leave_out(monkeypatch):
    monkeypatch.setattr(complexity_figure, "DRAWN", 1)
    related = [make_related("a"), make_related("b")]
    measured = [each.measured for each in related]
    figures = (
        draw_complexity_maps(measured, related),
        draw_complexity_scatter(measured),
        draw_correlations(related),
    )
    for figure in figures:
        assert figure.get_suptitle() == "the first 1 of 2 movies"


def test_a_movie_without_known_fields_has_no_map_of_cc():
    related = make_related("a")
    figure = draw_complexity_maps([related.measured, make_measured("b")], [related])
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:6] == [
        *("a\nspatial complexity", "a\ntemporal complexity", "mean CC of cells there\ncnn"),
        *("b\nspatial complexity", "b\ntemporal complexity", ""),
    ]
