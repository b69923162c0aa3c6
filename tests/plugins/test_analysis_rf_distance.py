"""Distances of receptive fields, read from what an analysis of the runs left."""

import csv
import math
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from sysid import RunFolder
from sysid_analyses.comparisons.rf_distance import (
    FieldDistance,
    FromData,
    distances_between,
    distances_from_data,
    read_fields,
    state_distances,
)
from sysid_analyses.comparisons.rf_distance_figure import _draw_from_data
from sysid_analyses.fields.field_table import FIT_COLUMNS, PAIR_COLUMNS

COLUMNS = ("session", "neuron", *(f"model_{name}" for name in FIT_COLUMNS), *PAIR_COLUMNS)


def write_cells(path, rows):
    """Write `cells.csv` of `model_rf` as far as it is read: neuron → (centre or None, distance, same "
    "sign)."""
    folder = path / "analyses" / "model_rf"
    folder.mkdir(parents=True)
    with open(folder / "cells.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for neuron, (centre, distance, same_sign) in rows.items():
            fit = {} if centre is None else dict(zip(("x", "y"), centre, strict=True))
            cells = {f"model_centre_{axis}_px": value for axis, value in fit.items()}
            if fit:
                cells |= {"model_width_1_px": 2, "model_width_2_px": 2, "model_angle_rad": 0}
            writer.writerow({"neuron": neuron, "rf_distance": distance, "same_sign": same_sign} | cells)
    return RunFolder(path)


def test_the_columns_are_those_that_the_analysis_writes():
    named = {"centre_x_px", "centre_y_px", "width_1_px", "width_2_px", "angle_rad"}
    assert named <= set(FIT_COLUMNS)
    assert {"rf_distance", "same_sign"} <= set(PAIR_COLUMNS)


def test_distances_from_the_data_are_averaged_over_runs_that_have_them(tmp_path):
    runs = (
        write_cells(tmp_path / "a", {"c1": ((3, 3), 0.2, 1), "c2": ((5, 3), 0.5, 0), "c3": (None, "", "")}),
        write_cells(tmp_path / "b", {"c1": ((3, 3), 0.4, 1), "c2": (None, "", ""), "c3": (None, "", "")}),
    )
    found = distances_from_data(read_fields(runs, "model_rf"))
    assert found.distances == pytest.approx({"c1": 0.3, "c2": 0.5})
    assert found.mean == pytest.approx(0.4)
    assert found.same_sign == pytest.approx(2 / 3)


def test_distances_between_models_are_over_the_cells_in_which_both_have_a_field(tmp_path):
    one = write_cells(tmp_path / "a", {"c1": ((3, 3), 0, 1), "c2": ((5, 3), 0, 1), "c3": ((1, 1), 0, 1)})
    other = write_cells(tmp_path / "b", {"c1": ((7, 3), 0, 1), "c2": ((5, 3), 0, 1), "c3": (None, "", "")})
    fields = {name: read_fields((run,), "model_rf") for name, run in (("cnn", one), ("crnn", other))}
    (found,) = distances_between(fields | {"ln": ()})
    assert (found.a, found.b, found.cells) == ("cnn", "crnn", 2)
    assert found.mean == pytest.approx(0.632121 / 2, abs=1e-6)  # widths of 2 px: 4 px apart, and at one place


def test_a_table_without_the_columns_has_no_distances(tmp_path):
    folder = tmp_path / "analyses" / "model_rf"
    folder.mkdir(parents=True)
    (folder / "cells.csv").write_text("neuron,rf_distance\nc1,far\nc2,\n,0.1\n", encoding="utf-8")
    (fields,) = read_fields((RunFolder(tmp_path),), "model_rf")
    assert list(fields) == ["c1", "c2"]
    assert distances_from_data([fields]).distances == {}
    assert not fields["c1"].fit.found
    assert distances_between({"a": [fields], "b": [fields]}) == ()


def test_runs_without_the_analysis_have_none(tmp_path):
    assert read_fields((RunFolder(tmp_path),), "model_rf") == ()
    assert distances_from_data(()) is None
    assert state_distances({}, (), "model_rf") == (
        "No distances of receptive fields: no run here has the analysis model_rf.",
    )


def test_what_is_known_is_stated_and_what_is_not_too():
    near = FromData({"c1": 0.1, "c2": 0.2}, 0.5)
    between = (
        FieldDistance("cnn", "crnn", 0.4, 7),
        FieldDistance("cnn", "ln", 0.1, 9),
        FieldDistance("crnn", "ln", 0.3, 8),
    )
    first, second = state_distances({"cnn": near, "crnn": FromData({}, math.nan)}, between, "rf")
    assert first.endswith(
        "where both were found: cnn 0.150 (2 cells, the same sign in 50 %); crnn no such cell."
    )
    assert second == (
        "Of the models' receptive fields, those of cnn and ln are nearest to one another (0.100 over 9 "
        "cells), those of cnn and crnn farthest (0.400 over 7 cells)."
    )
    (one,) = state_distances({"cnn": FromData({"c1": 0.1}, 1.0)}, (), "rf")
    assert one.endswith("cnn 0.100 (1 cell, the same sign in 100 %).")
    (_, alone) = state_distances({"cnn": near}, between[:1], "rf")
    assert alone == ("The receptive fields of cnn and crnn are apart from one another by 0.400 over 7 cells.")
    assert np.isnan(FromData({}, math.nan).mean)


def test_a_model_without_such_a_cell_says_so_in_the_figure():
    axes = Figure().subplots()
    found = {"cnn": FromData({"c1": 0.1}, 1.0), "ln": FromData({}, math.nan)}
    _draw_from_data.__wrapped__(axes, SimpleNamespace(from_data=found, dataset="movie"))
    assert [text.get_text() for text in axes.texts] == ["no such cell"]
