"""The analysis `curve`, from run folders whose scores are known."""

import csv

import numpy as np
import pytest

from sysid import Fold, Interval, RunFolder, SysidError, bootstrap_difference, load_recipe
from sysid.atomic import write_json
from sysid_analyses.curves.curve import Curve
from sysid_analyses.curves.curve_change import find_change, group_lines
from sysid_analyses.curves.curve_figure import draw_curves
from sysid_analyses.curves.curve_point import Measured, Point, measure_points
from tests.stored_run import whole_information, whole_part, whole_scores

BLOCKS, BINS, CELLS, REPEATS = 12, 6, 5, 3
ALL = 2.0  # standard deviation of the noise on a prediction that is as poor as any here


def draw_responses(seed=0, blocks=BLOCKS):
    return np.random.default_rng(seed).poisson(3.0, (REPEATS, blocks * BINS, CELLS)).astype(np.float32)


def predict(responses, noise_sd, seed):
    noise = np.random.default_rng(1000 + seed).standard_normal(responses.shape[1:])
    return (responses.mean(axis=0) + noise_sd * noise).astype(np.float32)


@pytest.fixture
def write(tmp_path):
    """Write what the analysis reads of a finished run."""

    def write_run(variant, noise_sd, *, dataset="movie1", seed=0, blocks=BLOCKS, sessions=1, **information):
        path = tmp_path / "runs" / variant / dataset / "fold0" / f"seed{seed}"
        path.mkdir(parents=True)
        run = RunFolder(path)
        responses = draw_responses(blocks=blocks)
        prediction = predict(responses, noise_sd, seed)
        arrays = {
            "responses": responses,
            "prediction": prediction,
            "block": np.arange(len(prediction)) // BINS,
        }
        names = [f"session{number}" for number in range(sessions)]
        np.savez(
            run.predictions_file,
            **{f"{name}/{what}": values for name in names for what, values in whole_part(arrays).items()},
        )
        mean = responses.mean(axis=0)
        scores = [np.corrcoef(mean[:, cell], prediction[:, cell])[0, 1] for cell in range(CELLS)]
        write_json(run.scores_file, whole_scores({"correlation": {"mean": float(np.mean(scores))}}))
        configuration = {"variant": variant, "dataset_name": dataset, "fold": 0, "seed": seed}
        write_json(
            run.run_file,
            whole_information(
                {
                    "identity": {"configuration": configuration},
                    "simulated": False,
                    "control_of": None,
                    "sessions": {name: {"neurons": [f"c{n}" for n in range(CELLS)]} for name in names},
                }
                | information
            ),
        )
        return run

    return write_run


@pytest.fixture
def drawn(tmp_path):
    """A folder for all that the analysis writes."""
    place = tmp_path / "out"
    place.mkdir()
    return place


@pytest.fixture
def folder(drawn, monkeypatch):
    """A folder for the tables alone, as figures take most of the time."""
    monkeypatch.setattr(Curve, "_draw", lambda *_: None)
    return drawn


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_share(*shares, **fields):
    return tuple(Point(f"cnn_{share}", series="CNN", x=float(share), **fields) for share in shares)


def measured_at(point, estimate, panel="movie1", seeds=(0.3, 0.5)):
    value = Interval(estimate, 0.05, estimate - 0.1, estimate + 0.1, 0.95)
    return Measured(point, panel, panel, False, value, dict(enumerate(seeds)), None)


def test_points_are_scored_and_the_ends_of_a_line_compared_on_the_same_bins(write, folder):
    runs = (write("cnn_100", 0.3), write("cnn_20", ALL), write("cnn_60", 1.0))
    findings = Curve(by_share(100, 20, 60), "share (%)").analyze(runs, folder)
    rows = [row for row in read(folder / "curve.csv") if not row["seed"]]
    by_x = {row["x"]: float(row["value"]) for row in rows}
    assert by_x["20"] < by_x["60"] < by_x["100"]
    assert {(row["cells"], row["folds"], row["simulated"]) for row in rows} == {("5", "1", "False")}
    responses = draw_responses()
    fold = Fold(responses, predict(responses, 0.3, 0), np.arange(BLOCKS * BINS) // BINS)
    expected = bootstrap_difference([fold], [predict(responses, ALL, 0)])
    (change,) = read(folder / "changes.csv")
    assert (change["first"], change["last"], change["same_bins"]) == ("20", "100", "True")
    found = [float(change[name]) for name in ("difference", "low", "high")]
    assert found == pytest.approx([expected.estimate, expected.low, expected.high], rel=1e-4)
    assert findings.numbers["movie1.CNN.change"] == pytest.approx(expected.estimate, rel=1e-4)
    assert findings.headlines == (
        f"movie1, share (%) 20 → 100: mean CC over cells changes by +{expected.estimate:.3f} "
        "(CNN, beyond chance).",
    )
    assert findings.statements == (
        f"movie1, CNN, share (%) 20 → 100: mean CC over cells {by_x['20']:.3f} → {by_x['100']:.3f}, "
        f"+{expected.estimate:.3f} (95 % interval +{expected.low:.3f} to +{expected.high:.3f}; "
        "same bins and cells), beyond chance.",
    )


def test_seeds_are_averaged_before_they_are_scored_and_stand_alone_beside(write, folder):
    runs = tuple(write("cnn_20", ALL, seed=seed) for seed in (0, 3))
    Curve(by_share(20), "share (%)").analyze(runs, folder)
    together, *alone = read(folder / "curve.csv")
    assert [row["seed"] for row in alone] == ["0", "3"]
    for run, row in zip(runs, alone, strict=True):
        assert float(row["value"]) == pytest.approx(run.scores()["correlation"]["mean"], rel=1e-5)
    assert float(together["value"]) > max(float(row["value"]) for row in alone)


def test_a_point_without_a_dataset_is_drawn_on_all_but_controls(write, folder):
    runs = (
        write("cnn_20", 1.0),
        write("cnn_20", 1.0, dataset="movie2", simulated=True),
        write("cnn_20", 1.0, dataset="movie1_later", control_of="movie1"),
    )
    findings = Curve(by_share(20), "share (%)").analyze(runs, folder)
    rows = [row for row in read(folder / "curve.csv") if not row["seed"]]
    assert [(row["panel"], row["simulated"]) for row in rows] == [("movie1", "False"), ("movie2", "True")]
    assert findings.headlines == ()  # a single point changes nothing
    assert [table.file for table in findings.tables] == ["curve.csv"]


def test_points_of_one_panel_with_other_bins_are_compared_as_independent(write, folder):
    runs = (write("ln", 0.3, simulated=True), write("ln", ALL, dataset="movie1_to_2", blocks=8))
    points = tuple(
        Point("ln", dataset, "trained on movie 1", label=label)
        for dataset, label in (("movie1", "the same"), ("movie1_to_2", "the other"))
    )
    findings = Curve(points, "tested on").analyze(runs, folder)
    rows = [row for row in read(folder / "curve.csv") if not row["seed"]]
    error = 1.96 * np.hypot(*(float(row["se"]) for row in rows))
    (change,) = read(folder / "changes.csv")
    assert float(change["high"]) - float(change["difference"]) == pytest.approx(error, rel=1e-3)
    assert change["same_bins"] == "False"
    (headline,) = findings.headlines
    assert headline.startswith("trained on movie 1 (SIMULATED), tested on the same → the other: mean CC ove")
    assert "other bins, taken for independent), beyond chance." in findings.statements[0]


def test_what_cannot_be_drawn_is_said(write, folder):
    runs = (write("cnn_20", 1.0), write("cnn_100", 1.0, sessions=2))
    points = (*by_share(20, 60, 100), Point("cnn_20", "movie2", x=20.0))
    findings = Curve(points, "share (%)").analyze(runs, folder)
    assert findings.statements == (
        "Left out: cnn_60: there is no such run.",
        "Left out: cnn_100 on movie1: it has several sessions.",
        "Left out: cnn_20 on movie2: there is no such run.",
    )
    assert Curve(by_share(60), "share (%)").analyze(runs, folder).reason == (
        "none of the points can be drawn: cnn_60: there is no such run"
    )


def test_a_number_of_an_analysis_is_drawn_in_place_of_cc(write, folder):
    runs = []
    for variant, found in (("cnn_20", (2, 4)), ("cnn_100", (8, 7))):
        for seed, value in enumerate(found):
            runs.append(write(variant, 1.0, seed=seed))
            place = runs[-1].path / "analyses" / "subunits"
            place.mkdir(parents=True)
            write_json(place / "findings.json", {"findings": {"numbers": {"matched": value, "none": None}}})
    asked = {"analysis": "subunits", "number": "matched"}
    findings = Curve(by_share(20, 100), "share (%)", **asked).analyze(tuple(runs), folder)
    assert [(row["seed"], row["value"]) for row in read(folder / "curve.csv")] == [
        *(("", "3"), ("0", "2"), ("1", "4"), ("", "7.5"), ("0", "8"), ("1", "7"))
    ]
    assert findings.statements == ("movie1, CNN, share (%) 20 → 100: matched 3.000 → 7.500, +4.500.",)
    for name in ("none", "other"):
        curve = Curve(by_share(20), "share (%)", analysis="subunits", number=name)
        assert curve.analyze(tuple(runs), folder).reason == (
            f'none of the points can be drawn: cnn_20 on movie1: no "{name}" from the analysis "subunits"'
        )


@pytest.mark.parametrize(
    ("points", "fields", "line"),
    [
        ((), {}, "expected rows that all have x or all have label, got others"),
        ((Point("a"),), {}, "expected rows that all have x or all have label, got others"),
        ((Point("a", x=1.0), Point("b", label="b")), {}, "expected rows that all have x or all have label"),
        ((Point("a", x=1.0, label="b"),), {}, "expected rows that all have x or all have label, got others"),
        ((Point("a", x=0.0),), {"log_x": True}, "log_x: expected an x above 0 in all points, got 0"),
        ((Point("a", label="b"),), {"log_x": True}, "log_x: expected an x above 0 in all points, got b"),
        (
            (Point("a", x=1.0),),
            {"number": "n"},
            "number: expected both analysis and number or neither, got number without analysis",
        ),
        (
            (Point("a", x=1.0),),
            {"analysis": "s"},
            "number: expected both analysis and number or neither, got analysis without number",
        ),
    ],
)
def test_keys_that_do_not_fit_together_are_refused(points, fields, line):
    with pytest.raises(ValueError, match=f"^{line}"):
        Curve(points, "x", **fields)


def test_a_mistake_in_a_recipe_names_its_row(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(
        """
        [datasets.movie1]
        use = "simulated_retina"
        [readout]
        use = "dense"
        [analyses.curve]
        use = "curve"
        x_label = "share"
        points = [{ variant = "base", x = "a" }]
        """,
        encoding="utf-8",
    )
    with pytest.raises(SysidError, match=r'analyses.curve.points\[0\].x: expected float, got "a"'):
        load_recipe(path)


@pytest.mark.parametrize("log_x", [False, True])
def test_points_are_drawn_where_they_stand_and_ticks_are_their_values(log_x):
    line = [measured_at(point, 0.1 * number) for number, point in enumerate(by_share(32, 64, 256))]
    figure = draw_curves(line, "units", "CC", log_x=log_x)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["32", "64", "256"]
    (drawn,) = (each for each in axes.lines if len(each.get_xdata()) == 3)
    np.testing.assert_allclose(drawn.get_xdata(), [32, 64, 256])
    np.testing.assert_allclose(drawn.get_ydata(), [0, 0.1, 0.2])
    assert axes.get_xscale() == ("log" if log_x else "linear")
    seeds = [each for each in axes.lines if list(each.get_ydata()) == [0.3, 0.5]]
    assert len(seeds) == 3


def test_labels_stand_in_their_order_and_series_side_by_side():
    points = [
        Point("a", series=series, label=label) for series in ("CNN", "CRNN") for label in ("own", "new")
    ]
    figure = draw_curves([measured_at(point, 0.2) for point in points], "tested on", "CC")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["own", "new"]
    lines = [each for each in axes.lines if each.get_label() in ("CNN", "CRNN")]
    for line, shift in zip(lines, (-0.015, 0.015), strict=True):
        np.testing.assert_allclose(line.get_xdata(), [shift, 1 + shift])


def test_a_line_of_one_point_has_no_change():
    (line,) = group_lines([measured_at(Point("a", x=1.0), 0.2)]).values()
    assert find_change(line) is None


def test_both_files_of_the_figure_are_there(write, drawn):
    curve = Curve(by_share(20), "share (%)", answers="Fig. S2")
    (picture,) = curve.analyze((write("cnn_20", 1.0),), drawn).pictures
    assert (picture.stem, picture.answers) == ("curve", "Fig. S2")
    assert picture.caption.startswith("Mean CC over cells against share (%). Large markers:")
    assert (drawn / "curve.png").exists()
    assert (drawn / "curve.svg").exists()


def test_nothing_is_measured_without_runs():
    assert measure_points(by_share(20), (), None) == ([], ["cnn_20: there is no such run"])
