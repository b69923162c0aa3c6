"""Receptive fields in the form in which others read them, `fields.npz`."""

import numpy as np
import pytest

from sysid.field_map import find_field_maps
from sysid_analyses.fields.field import Field, describe_fields
from sysid_analyses.fields.field_file import write_field_maps
from sysid_analyses.fields.field_table import FieldSet, leave_fields

LAGS, HEIGHT, WIDTH, DT_S = 4, 7, 9, 0.02


def make_fields(centres: list[tuple[float, float]]) -> tuple[Field, ...]:
    """Describe Gaussian filters, and one more that is zero."""
    rows, columns = np.indices((HEIGHT, WIDTH))
    maps = [np.exp(-((columns - x) ** 2 / 4 + (rows - y) ** 2 / 2)) for x, y in centres]
    maps.append(np.zeros((HEIGHT, WIDTH)))
    time = np.array([0.2, 1.0, -0.5, 0.1])
    return describe_fields(np.stack([time[:, None, None] * each for each in maps], axis=-1), DT_S)


DATA, MODEL = make_fields([(3.0, 2.0), (6.0, 4.0)]), make_fields([(3.5, 2.0), (6.0, 3.5)])
FIELDS = FieldSet(("day1", "day1", "day2"), ("a", "b", "a"), MODEL, DATA)


def test_fields_of_data_and_model_are_rows_with_the_lags_of_the_model(tmp_path):
    leave_fields(tmp_path / "fields.npz", FIELDS, DT_S, lead=1)
    (maps,) = find_field_maps(tmp_path)
    assert maps.session == FIELDS.session * 2
    assert maps.neuron == FIELDS.neuron * 2
    assert maps.source == ("data",) * 3 + ("model",) * 3
    np.testing.assert_allclose(maps.lag_s, [0.02, 0.04, 0.06, 0.08], rtol=1e-6)
    for row, field in enumerate([*DATA, *MODEL]):
        np.testing.assert_allclose(maps.spatial[row], field.spatial, rtol=1e-6)
        np.testing.assert_allclose(maps.temporal[row], field.temporal, rtol=1e-6)
        np.testing.assert_allclose(maps.centre[row], field.fit.centre, rtol=1e-6)
    np.testing.assert_array_equal(maps.select("day2", "model"), [5])


def test_a_field_has_its_centre_in_pixels_and_none_says_why(tmp_path):
    leave_fields(tmp_path / "fields.npz", FIELDS, DT_S, lead=0)
    (maps,) = find_field_maps(tmp_path)
    np.testing.assert_allclose(maps.centre[[0, 1]], [(3, 2), (6, 4)], atol=1e-3)
    np.testing.assert_allclose(maps.widths[0], [2**0.5, 1], rtol=1e-3)
    assert maps.angle[0] == pytest.approx(0, abs=1e-3)
    assert maps.reason == ("", "", "there is no filter") * 2
    assert np.isnan(maps.spatial[2]).all()
    assert np.isnan(maps.centre[2]).all()


def test_more_may_be_asked_of_a_field_than_of_its_filter(tmp_path):
    reasons = ["", "not more than chance", "no spikes"]
    write_field_maps(
        tmp_path / "left_fields.npz", ["left"] * 3, "abc", {"data": DATA}, np.arange(4) * DT_S, reasons
    )
    (maps,) = find_field_maps(tmp_path)
    assert maps.reason == tuple(reasons)
    np.testing.assert_allclose(maps.centre[1], (6, 4), atol=1e-3)
