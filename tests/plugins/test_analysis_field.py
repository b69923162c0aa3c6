"""Receptive fields described, compared, and put beside one another."""

import csv

import attrs
import numpy as np
import pytest

from sysid_analyses.fields.field import describe_field, describe_fields
from sysid_analyses.fields.field_comparison import FieldPair, compare_fields, pairwise_cosines
from sysid_analyses.fields.field_drawing import choose_cells, draw_fields
from sysid_analyses.fields.field_summary import count_fields, state_fields
from sysid_analyses.fields.field_table import FieldSet, write_cells, write_filters

HEIGHT, WIDTH = 20, 24
ON = np.array([0.0, 1.0, 3.0, 1.0, -1.5, -0.5])  # over six lags: first peak at lag 2, symmetric around it
DT_S = 0.1


def make_field(x=8.0, y=9.0, sd=2.0, time=ON, noise=0.0, seed=0, **more):
    rows, columns = np.indices((HEIGHT, WIDTH))
    blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sd**2))
    filter = time[:, None, None] * blob
    filter = filter + noise * np.random.default_rng(seed).normal(size=filter.shape)
    return describe_field(filter, DT_S, **more)


def make_set(**more):
    """Three cells: both fields; only the data's; neither."""
    nothing = describe_field(np.full((6, HEIGHT, WIDTH), np.nan), DT_S)
    doubtful = make_field(reason="two halves differ")
    fields = {
        "model": (make_field(12, 9, noise=0.01, seed=1), doubtful, nothing),
        "data": (make_field(noise=0.01), make_field(15, 5), nothing),
    }
    return FieldSet(**{"session": ("retina",) * 3, "neuron": ("a", "b", "c"), **fields, **more})


def test_a_separable_filter_comes_apart_into_its_map_and_its_time_course():
    field = make_field(x=8, y=9)
    assert field.found
    assert field.fit.centre == pytest.approx((8, 9), abs=1e-3)
    assert field.fit.widths == pytest.approx((2, 2), abs=1e-3)
    assert field.separability == pytest.approx(1)
    np.testing.assert_allclose(field.temporal, ON / np.linalg.norm(ON), atol=1e-6)
    assert field.times.first_peak_latency == pytest.approx(0.2)
    assert (field.polarity, make_field(time=-ON).polarity) == (1, -1)


def test_a_population_is_described_as_its_neurons_are_one_by_one():
    filters = np.stack(
        [make_field(8 + 3 * cell, 9, noise=0.05, seed=cell).filter for cell in range(4)], axis=-1
    )
    filters[..., 1], filters[0, 0, 0, 2] = 0, np.nan
    together = describe_fields(filters, DT_S, 1, reasons=["", "", "", "doubtful"])
    assert [field.reason for field in together] == [
        "",
        "there is no filter",
        "there is no filter",
        "doubtful",
    ]
    for cell in (0, 3):
        alone = describe_field(filters[..., cell], DT_S, 1, reason=together[cell].reason)
        assert together[cell].fit.centre == pytest.approx(alone.fit.centre, rel=1e-6)
        assert together[cell].fit.centre == pytest.approx((8 + 3 * cell, 9), abs=0.3)
        assert together[cell].times == alone.times
        np.testing.assert_array_equal(together[cell].spatial, alone.spatial)


def test_the_polarity_is_that_of_the_ellipse_also_where_it_is_a_trough():
    rows, columns = np.indices((HEIGHT, WIDTH))
    trough = -np.exp(-((columns - 8) ** 2 + (rows - 9) ** 2) / 8)
    trough[0, 0] = 1.1  # one bright pixel decides the sign of the map
    field = describe_field(ON[:, None, None] * trough, DT_S)
    assert field.spatial[0, 0] > 0
    assert field.fit.amplitude < 0
    assert field.polarity == -1


def test_latencies_count_from_the_bin_whatever_frame_the_model_sees_last():
    assert make_field(lead=1).times.first_peak_latency == pytest.approx(0.3)
    assert make_field(lead=1).times.biphasic_index == make_field().times.biphasic_index


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_no_filter_is_no_field(value):
    field = describe_field(np.full((6, HEIGHT, WIDTH), value), DT_S)
    assert not field.found
    assert field.reason == "there is no filter"
    assert np.isnan([field.spatial.sum(), field.temporal.sum(), field.polarity, field.regularity]).all()


def test_a_reason_known_beforehand_stays_though_the_field_is_described():
    field = make_field(reason="the noise said so")
    assert (field.found, field.reason) == (False, "the noise said so")
    assert field.fit.centre == pytest.approx((8, 9), abs=1e-3)


def test_equal_circles_two_widths_apart_have_the_known_distance():
    pair = compare_fields(make_field(x=8), make_field(x=12))
    assert pair.rf_distance == pytest.approx(0.632121, abs=1e-3)  # 1 − 1/e
    assert pair.centre_distance_px == pytest.approx(4, abs=1e-3)
    assert pair.spatial_cosine == pytest.approx(np.exp(-1), abs=0.01)
    assert (pair.same_sign, pair.temporal_cosine) == (1, pytest.approx(1))


def test_opposite_polarity_is_not_in_the_distance():
    pair = compare_fields(make_field(), make_field(time=-ON))
    assert pair.rf_distance == pytest.approx(0, abs=1e-6)
    assert (pair.same_sign, pair.temporal_cosine) == (0, pytest.approx(-1))


def test_a_later_second_field_has_a_positive_difference():
    pair = compare_fields(make_field(), make_field(time=np.roll(ON, 1)))
    assert pair.latency_difference_s == pytest.approx(0.1)


def test_nothing_is_compared_with_no_field():
    pair = compare_fields(make_field(), make_field(reason="none"))
    assert np.isnan(attrs.astuple(pair)).all()
    assert np.isnan(attrs.astuple(FieldPair())).all()


def test_cosines_are_those_of_every_two():
    found = pairwise_cosines([np.array([[1.0, 0]]), np.array([[0, 2.0]]), np.array([[3.0, -3.0]])])
    np.testing.assert_allclose(found, [0, np.sqrt(0.5), -np.sqrt(0.5)])
    assert len(pairwise_cosines([ON])) == 0


def test_numbers_are_over_the_cells_that_have_what_they_are_about():
    numbers = count_fields(make_set())
    assert [numbers[name] for name in ("cells", "model_fields", "data_fields", "both_fields")] == [3, 1, 2, 1]
    assert numbers["median_centre_distance_px"] == pytest.approx(4, abs=0.1)
    assert numbers["median_rf_distance"] == pytest.approx(0.632, abs=0.03)
    assert np.isnan(numbers["model_diversity"])  # of one cell
    expected = compare_fields(*make_set().data[:2])
    assert numbers["data_diversity"] == pytest.approx(expected.spatial_cosine * expected.temporal_cosine)


def test_the_statements_say_how_many_how_near_and_how_fast():
    fields = make_set()
    said = state_fields(fields, count_fields(fields), "white noise", "average")
    assert said[0] == "The model has a receptive field for white noise in 1 of 3 cells."
    assert said[1] == (
        "The data have one in 2 of 3 cells (spike-triggered averages, as the training stimulus is white, on "
        "the training bins)."
    )
    assert said[2].startswith(
        "Where both have one (1 cell) the centres are 4 px apart and the RF distance is"
    )
    assert "1 have the same sign" in said[2]
    assert said[2].endswith("than the data's (median).")


def test_the_statements_say_what_cannot_be_compared():
    fields = make_set(model=(make_field(reason="none"),) * 3)
    numbers = count_fields(fields)
    assert state_fields(fields, numbers, "white noise", "regression")[-1] == (
        "No cell has both, so there is nothing to compare."
    )
    assert state_fields(fields, numbers, "white noise", "")[-1] == (
        "The recording is not on this machine, so there is nothing to compare them with."
    )


def test_the_table_has_a_row_per_neuron_and_no_ellipse_of_what_is_no_field(tmp_path):
    write_cells(tmp_path / "cells.csv", make_set(), {"half_agreement": np.array([0.5, 0.1, np.nan])})
    rows = list(csv.DictReader((tmp_path / "cells.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["neuron"] for row in rows] == ["a", "b", "c"]
    assert [row["half_agreement"] for row in rows] == ["0.5", "0.1", ""]
    assert float(rows[0]["model_centre_x_px"]) == pytest.approx(12, abs=0.1)
    assert float(rows[0]["data_latency_ms"]) == pytest.approx(200, abs=5)
    assert float(rows[0]["rf_distance"]) == pytest.approx(0.632, abs=0.03)
    assert rows[1]["model_centre_x_px"] == ""
    assert rows[1]["model_reason"] == "two halves differ"
    assert rows[1]["rf_distance"] == ""
    assert rows[2]["data_reason"] == "there is no filter"


def test_the_arrays_hold_every_filter_with_its_neuron(tmp_path):
    fields = make_set()
    write_filters(tmp_path / "filters.npz", fields, DT_S, lead=1)
    with np.load(tmp_path / "filters.npz", allow_pickle=False) as file:
        assert file["neuron"].tolist() == ["a", "b", "c"]
        assert file["model_filters"].shape == (6, HEIGHT, WIDTH, 3)
        np.testing.assert_allclose(file["data_filters"][..., 1], fields.data[1].filter, rtol=1e-6)
        np.testing.assert_allclose(file["lag_s"], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_cells_with_both_fields_are_drawn_first(tmp_path):
    fields = make_set()
    assert choose_cells(fields, 1) == [0]
    assert choose_cells(fields, 12) == [0, 1]  # the third has nothing to draw
    pictures = draw_fields(tmp_path, fields, DT_S, 1, 1)
    assert [picture.stem for picture in pictures] == ["cells", "population", "indices"]
    assert pictures[0].caption.endswith("1 of 3 cells are shown.")
    for picture in pictures:
        assert (tmp_path / f"{picture.stem}.png").exists()
        assert (tmp_path / f"{picture.stem}.svg").exists()


def test_nothing_is_drawn_of_nothing(tmp_path):
    nothing = (describe_field(np.zeros((6, HEIGHT, WIDTH)), DT_S),) * 3
    assert draw_fields(tmp_path, make_set(model=nothing), DT_S, 0, 12) == ()


def test_a_model_that_sees_one_image_at_a_time_is_drawn_too(tmp_path):
    one = make_field(time=np.array([2.0]), noise=0.01)
    assert (one.found, one.polarity, one.times.first_peak_latency) == (True, 1, 0)
    pictures = draw_fields(tmp_path, make_set(model=(one,) * 3, data=(one,) * 3), DT_S, 0, 12)
    assert len(pictures) == 3
