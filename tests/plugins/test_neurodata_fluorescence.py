"""Fluorescence of regions of interest, plane by plane, averaged in bins."""

import itertools

import numpy as np
import pytest
from pynwb.ophys import DfOverF, Fluorescence

import sysid_datasets.neurodata.sample_mean
from sysid import SysidError
from sysid_datasets.neurodata.fluorescence import read_roi_responses
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.responses import Responses
from sysid_datasets.neurodata.sample_mean import mean_in_bins
from tests.neurodata_file import (
    add_segmentation,
    add_traces,
    begin,
    edit,
    get_module,
    make_roi_series,
    replace,
    write,
)

SAMPLES = 40
VALUES = np.random.default_rng(0).normal(size=(SAMPLES, 5))
TIMES_S = 2 + 0.1 * np.arange(SAMPLES)
OTHER_S = 2.03 + 0.15 * np.arange(SAMPLES)


def read(path, *names, **keys):
    with open_nwb(path) as opened:
        return read_roi_responses(opened, names, **keys)


def complain(path, *names):
    with pytest.raises(SysidError) as caught:
        read(path, *names)
    return str(caught.value).removeprefix(f"{path}: ")


def ids(responses):
    return [neuron.id for neuron in responses.neurons]


@pytest.fixture
def path(tmp_path):
    """One plane: rows 3, 0 and 2 of a table whose ids are no row numbers; dF/F in percent."""
    file = begin()
    table = add_segmentation(file, [901, 15, 33, 7], depth=[1.0, 2.0, np.nan, 4.0], label=list("abcd"))
    series = make_roi_series(
        "plane0", 100 * VALUES[:, :3], table, [3, 0, 2], timestamps=TIMES_S, conversion=0.01, offset=5.0
    )
    add_traces(file, [series])
    return write(file, tmp_path / "a.nwb")


@pytest.fixture
def planes(tmp_path):
    """Two planes on clocks of their own, as dF/F and as raw fluorescence."""
    file = begin()
    first = add_segmentation(file, [4, 5], "plane0")
    second = add_segmentation(file, [4, 9, 2], "plane1")
    for kind, name in ((DfOverF, "DfOverF"), (Fluorescence, "Fluorescence"), (Fluorescence, "Neuropil")):
        series = [
            make_roi_series("plane0", VALUES[:, :2], first, timestamps=TIMES_S),
            make_roi_series("plane1", VALUES[:, 2:], second, timestamps=OTHER_S),
        ]
        add_traces(file, series, kind, name)
    return write(file, tmp_path / "a.nwb")


def average(values, times_s, edges_s):
    """Average by the definition."""
    pairs = itertools.pairwise(edges_s)
    inside = [values[(times_s >= start - 1e-9) & (times_s < stop - 1e-9)] for start, stop in pairs]
    return np.array([each.mean(axis=0) if len(each) else np.full(values.shape[1], np.nan) for each in inside])


def test_samples_are_scaled_and_averaged_in_each_bin(path):
    responses = read(path, "plane0")
    edges_s = 2.2 + 0.25 * np.arange(13)
    found = responses.in_bins(edges_s)
    assert found.dtype == np.float32
    assert found == pytest.approx(average(VALUES[:, :3] + 5, TIMES_S, edges_s), abs=1e-6)


def test_responses_keep_their_promise(path):
    responses = read(path, "plane0")
    assert isinstance(responses, Responses)
    assert (responses.kind, responses.unit) == ("dF/F", "percent")
    assert responses.span_s == pytest.approx((2, 6))
    assert responses.notes == (
        "processing/ophys/DfOverF/plane0: 3 rois, a sample every 100 ms, stored values × 0.01 + 5; a "
        "bin has the mean of the samples in it, and is masked where there is none",
    )


def test_ids_and_properties_are_those_of_the_rows_that_the_series_has(path):
    responses = read(path, "plane0")
    assert ids(responses) == ["7", "901", "33"]
    assert [neuron.properties for neuron in responses.neurons] == [
        {"depth": 4.0, "label": "d"},
        {"depth": 1.0, "label": "a"},
        {"label": "c"},
    ]


@pytest.mark.parametrize(
    "name", ["plane0", "DfOverF", "DfOverF/plane0", "ophys/DfOverF/plane0", "processing/ophys/DfOverF/plane0"]
)
def test_a_series_is_found_by_its_name_path_or_container(path, name):
    assert ids(read(path, name)) == ["7", "901", "33"]


def test_bins_without_a_sample_are_masked(path):
    responses = read(path, "plane0")
    edges_s = 1.5 + 0.05 * np.arange(100)
    found = responses.in_bins(edges_s)
    expected = average(VALUES[:, :3] + 5, TIMES_S, edges_s)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert 0.3 < np.isnan(found).mean() < 0.7


def test_samples_that_are_nan_are_left_out_and_rows_of_them_stay_nan(path):
    values = 100 * VALUES[:, :3]
    values[4:12] = np.nan
    values[14, 1] = np.nan
    replace(path, "processing/ophys/DfOverF/plane0/data", values)
    found = read(path, "plane0").in_bins(2 + 0.2 * np.arange(11))
    assert np.isnan(found).any(axis=1).tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert found[7, 1] == pytest.approx(VALUES[15, 1] + 5)


def test_samples_and_frames_on_one_clock_meet_whatever_the_rounding(path):
    edges_s = np.array([2 + frame / 10 for frame in range(41)])
    found = read(path, "plane0").in_bins(edges_s)
    assert found == pytest.approx(VALUES[:, :3] + 5, abs=1e-6)


def test_planes_stand_side_by_side_each_on_its_own_clock(planes):
    responses = read(planes, "DfOverF")
    assert ids(responses) == ["plane0/4", "plane0/5", "plane1/4", "plane1/9", "plane1/2"]
    edges_s = 2 + 0.3 * np.arange(20)
    expected = [average(VALUES[:, :2], TIMES_S, edges_s), average(VALUES[:, 2:], OTHER_S, edges_s)]
    expected[0][13] = np.nan  # from 5.9 to 6.2 s, and the plane was recorded until 6 s
    assert responses.in_bins(edges_s) == pytest.approx(
        np.concatenate(expected, axis=1), abs=1e-6, nan_ok=True
    )
    assert responses.span_s == pytest.approx((2, 2.03 + 40 * 0.15))


@pytest.mark.parametrize(
    ("edges_s", "whole"),
    [
        ([1.95, 2.15, 2.35], [True, True]),  # there could be no sample between 1.95 and 2 s
        ([1.85, 2.15, 2.35], [False, True]),
        ([5.45, 5.75, 6.0], [True, True]),
        ([5.45, 5.75, 6.05], [True, False]),
    ],
)
def test_bins_that_lack_samples_at_the_ends_of_the_recording_are_masked(path, edges_s, whole):
    found = read(path, "plane0").in_bins(np.array(edges_s))
    assert np.isfinite(found).all(axis=1).tolist() == whole


def test_planes_may_be_named_one_by_one(planes):
    responses = read(planes, "DfOverF/plane1", "DfOverF/plane0", "DfOverF/plane1")
    assert ids(responses) == ["plane1/4", "plane1/9", "plane1/2", "plane0/4", "plane0/5"]


@pytest.mark.parametrize(
    ("name", "kind"), [("DfOverF", "dF/F"), ("Fluorescence", "fluorescence"), ("Neuropil", "Neuropil")]
)
def test_the_kind_is_that_of_the_container(planes, name, kind):
    assert read(planes, name).kind == kind


def test_containers_of_one_name_in_several_modules_are_planes(tmp_path):
    file = begin()
    for plane in range(2):
        table = add_segmentation(file, [1, 2 + plane], f"plane{plane}")
        series = make_roi_series("traces", VALUES[:, :2], table, rate=10.0)
        add_traces(file, [series], DfOverF, "dff", f"ophys_plane_{plane}")
    path = write(file, tmp_path / "a.nwb")
    expected = ["ophys_plane_0/1", "ophys_plane_0/2", "ophys_plane_1/1", "ophys_plane_1/3"]
    assert ids(read(path, "dff")) == ids(read(path, "traces")) == expected


def test_a_series_directly_in_a_module_is_called_by_its_name(tmp_path):
    file = begin()
    table = add_segmentation(file, [1, 2])
    get_module(file, "ophys").add(make_roi_series("event_detection", VALUES[:, :2], table, rate=10.0))
    responses = read(write(file, tmp_path / "a.nwb"), "event_detection")
    assert responses.kind == "event_detection"
    assert ids(responses) == ["1", "2"]


def test_one_region_may_be_one_axis(tmp_path):
    file = begin()
    table = add_segmentation(file, [6, 8])
    add_traces(file, [make_roi_series("plane0", VALUES[:, 0], table, [1], timestamps=TIMES_S)])
    responses = read(write(file, tmp_path / "a.nwb"), "plane0")
    assert ids(responses) == ["8"]
    assert responses.in_bins(np.append(TIMES_S, 6)) == pytest.approx(VALUES[:, :1], abs=1e-6)


@pytest.mark.parametrize("dtype", ["int16", "float32", "uint8"])
def test_samples_of_other_types_are_numbers_all_the_same(path, dtype):
    values = (40 * np.abs(VALUES[:, :3])).astype(dtype)
    replace(path, "processing/ophys/DfOverF/plane0/data", values)
    found = read(path, "plane0").in_bins(np.append(TIMES_S, 6))
    assert found == pytest.approx(values / 100 + 5, abs=1e-5)


def test_samples_that_are_infinite_are_none(path):
    values = 100 * VALUES[:, :3]
    values[5, 1] = np.inf
    replace(path, "processing/ophys/DfOverF/plane0/data", values)
    found = read(path, "plane0").in_bins(np.append(TIMES_S, 6))
    assert np.argwhere(~np.isfinite(found)).tolist() == [[5, 1]]
    assert np.isnan(found[5, 1])


@pytest.mark.parametrize("chunk", [(40, 1), (7, 2), (1, 3)])
def test_chunks_are_read_once_whatever_their_shape(path, monkeypatch, chunk):
    edges_s = np.sort(np.random.default_rng(1).uniform(1.5, 6.5, 30))
    expected = read(path, "plane0").in_bins(edges_s)
    with edit(path) as file:
        stored = file["processing/ophys/DfOverF/plane0/data"]
        values, attributes = stored[:], dict(stored.attrs)
        del file["processing/ophys/DfOverF/plane0/data"]
        dataset = file.create_dataset(
            "processing/ophys/DfOverF/plane0/data", data=values, chunks=chunk, compression="gzip"
        )
        dataset.attrs.update(attributes)
    monkeypatch.setattr(sysid_datasets.neurodata.sample_mean, "AT_ONCE", 12)
    assert np.array_equal(read(path, "plane0").in_bins(edges_s), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("chunk", "columns", "most"),
    [
        ((40_000, 1), 60, 1.0),  # all of a region lies together, as pynwb's users often have it
        ((1000, 1), 60, 1.2),
        ((16, 60), 60, 1.1),
        ((500, 7), 60, 1.2),
    ],
)
def test_a_chunk_is_expanded_about_once_and_little_is_in_memory(chunk, columns, most):
    samples = 40_000
    times: dict[tuple[int, int], int] = {}
    largest = 0

    def read(first: int, stop: int, beside: slice) -> np.ndarray:
        nonlocal largest
        largest = max(largest, (stop - first) * (beside.stop - beside.start))
        for row in range(first // chunk[0], -(-stop // chunk[0])):
            for column in range(beside.start // chunk[1], -(-beside.stop // chunk[1])):
                times[row, column] = times.get((row, column), 0) + 1
        return np.arange(first, stop, dtype=float)[:, None] + np.zeros(beside.stop - beside.start)

    bounds = np.arange(0, samples + 1, 10, dtype=np.int64)
    means = mean_in_bins(read, bounds, columns, chunk)
    assert (means == (np.arange(0, samples, 10) + 4.5)[:, None]).all()
    assert np.mean(list(times.values())) <= most
    assert largest <= max(1 << 20, chunk[0] * chunk[1])


def test_responses_in_large_chunks_are_asked_for_in_one_go(path):
    assert read(path, "plane0").gap_s == 10.0
    with edit(path) as file:
        stored = file["processing/ophys/DfOverF/plane0/data"]
        values = np.repeat(stored[:], 10, axis=0)
        times_s = 2 + 0.1 * np.arange(400)
        for name, data, chunks in (("data", values, (400, 1)), ("timestamps", times_s, None)):
            whole = f"processing/ophys/DfOverF/plane0/{name}"
            attributes = dict(file[whole].attrs)
            del file[whole]
            file.create_dataset(whole, data=data, chunks=chunks).attrs.update(attributes)
    assert read(path, "plane0").gap_s == pytest.approx(40.0)


def test_long_spans_are_read_in_parts(path, monkeypatch):
    responses = read(path, "plane0")
    edges_s = np.sort(np.random.default_rng(1).uniform(1.5, 6.5, 30))
    whole = responses.in_bins(edges_s)
    monkeypatch.setattr(sysid_datasets.neurodata.sample_mean, "AT_ONCE", 9)
    assert np.array_equal(responses.in_bins(edges_s), whole, equal_nan=True)


def test_a_decay_is_taken_out_before_samples_are_averaged(path, monkeypatch):
    responses = read(path, "plane0", decay_s=0.5)
    assert responses.kind == "deconvolved dF/F"
    assert responses.notes[-1] == "an exponential decay of 0.5 s is taken out of the fluorescence"
    calcium = VALUES[:, :3] + 5
    spikes = calcium[1:] - np.exp(-0.1 / 0.5) * calcium[:-1]
    edges_s = 2 + 0.2 * np.arange(21)
    expected = average(np.concatenate([np.full((1, 3), np.nan), spikes])[1:], TIMES_S[1:], edges_s)
    assert responses.in_bins(edges_s) == pytest.approx(expected, abs=1e-5)
    monkeypatch.setattr(sysid_datasets.neurodata.sample_mean, "AT_ONCE", 9)
    assert responses.in_bins(edges_s) == pytest.approx(expected, abs=1e-5)
    assert responses.in_bins(edges_s[4:]) == pytest.approx(expected[4:], abs=1e-5)


@pytest.mark.parametrize("conversion", [np.nan, 0.0])
def test_a_conversion_that_says_nothing_is_taken_as_one_with_a_note(path, conversion):
    with edit(path) as file:
        file["processing/ophys/DfOverF/plane0/data"].attrs["conversion"] = conversion
    responses = read(path, "plane0")
    assert responses.notes[0] == (
        f"processing/ophys/DfOverF/plane0: conversion = {conversion:g} says nothing and is taken as 1"
    )
    assert responses.in_bins(np.append(TIMES_S, 6)) == pytest.approx(100 * VALUES[:, :3] + 5, abs=1e-4)


def test_an_unknown_name_is_told_with_what_there_is(path, tmp_path):
    assert complain(path, "plane_0") == (
        'expected a RoiResponseSeries "plane_0", got processing/ophys/DfOverF/plane0; did you mean "plane0"?'
    )
    empty = write(begin(), tmp_path / "empty.nwb")
    with pytest.raises(SysidError, match=r'expected a RoiResponseSeries "dff", got a file without any$'):
        read(empty, "dff")


def test_a_name_of_several_kinds_of_series_is_refused(planes):
    assert complain(planes, "plane0") == (
        'expected a name or path of one RoiResponseSeries, got "plane0", which is '
        "processing/ophys/DfOverF/plane0, processing/ophys/Fluorescence/plane0, "
        "processing/ophys/Neuropil/plane0"
    )


@pytest.fixture
def same_cells(tmp_path):
    """One container with several traces of each cell, as pipelines write it."""
    file = begin()
    table = add_segmentation(file, [4, 5])
    series = [
        make_roi_series(name, VALUES[:, :2] + number, table, timestamps=TIMES_S)
        for number, name in enumerate(("raw", "neuropil", "deconvolved"))
    ]
    add_traces(file, series, Fluorescence, "Fluorescence")
    return write(file, tmp_path / "a.nwb")


def test_several_traces_of_the_same_cells_are_no_planes(same_cells):
    inside = "processing/ophys/Fluorescence"
    assert complain(same_cells, "Fluorescence") == (
        f"{inside}/deconvolved: responses: expected series of different regions, which are planes, got "
        f"{inside}/deconvolved, {inside}/neuropil, {inside}/raw, some of the same regions: name one of them"
    )


@pytest.mark.parametrize(
    ("name", "kind"), [("raw", "fluorescence"), ("deconvolved", "deconvolved"), ("neuropil", "neuropil")]
)
def test_what_is_derived_from_fluorescence_is_called_by_its_name(same_cells, name, kind):
    assert read(same_cells, name).kind == kind


def test_the_name_of_a_module_means_nothing(path):
    assert complain(path, "ophys").startswith(
        'expected a RoiResponseSeries "ophys", got processing/ophys/DfO'
    )


def test_turned_data_are_refused(path):
    replace(path, "processing/ophys/DfOverF/plane0/data", VALUES[:, :3].T)
    assert complain(path, "plane0") == (
        "processing/ophys/DfOverF/plane0: expected (sample, roi) with 3 rois, got shape (3, 40): it seems to "
        "be stored (roi, sample), which NWB does not allow; turn it"
    )


def test_another_number_of_columns_than_of_regions_is_refused(path):
    replace(path, "processing/ophys/DfOverF/plane0/data", VALUES[:, :4])
    assert complain(path, "plane0") == (
        "processing/ophys/DfOverF/plane0: expected (sample, roi) with 3 rois, got shape (40, 4)"
    )


def test_regions_that_are_not_in_the_table_are_refused(path):
    replace(path, "processing/ophys/DfOverF/plane0/rois", np.array([0, 9, 1]))
    assert complain(path, "plane0") == (
        "processing/ophys/DfOverF/plane0: rois: expected rows of processing/ophys/ImageSegmentation/plane0, "
        "which has 4, got row 9"
    )


def test_another_number_of_times_than_of_samples_is_refused(path):
    replace(path, "processing/ophys/DfOverF/plane0/timestamps", TIMES_S[:-1])
    assert complain(path, "plane0") == (
        "processing/ophys/DfOverF/plane0: timestamps: expected 40, one per sample, got 39"
    )


def test_a_file_that_is_gone_when_it_is_sliced_is_one_line(path):
    responses = read(path, "plane0")
    path.unlink()
    with pytest.raises(SysidError, match=r"^[^\n]*a\.nwb: expected an HDF5 file, got [^\n]*$"):
        responses.in_bins(2 + 0.1 * np.arange(3))
