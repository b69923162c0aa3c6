"""Spikes of a unit table, chosen and counted."""

import numpy as np
import pytest
from hdmf.common import EnumData

import sysid_datasets.neurodata.spike_train
from sysid import SysidError
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.responses import Responses
from sysid_datasets.neurodata.spikes import read_units
from sysid_datasets.neurodata.unit_filter import UnitFilter
from tests.neurodata_file import add_units, begin, edit, replace, write

SPIKES_S = [[0.0, 0.5, 1.0, 1.9, 4.0], [], [0.2, 2.0, 3.999], [1.5]]
IDS = [950, 3, 17, 8]


def save(tmp_path, spikes_s=SPIKES_S, **columns):
    file = begin()
    add_units(file, spikes_s, **{"id": IDS[: len(spikes_s)], **columns})
    return write(file, tmp_path / "a.nwb")


def read(path, *filters, areas=(), preset=None):
    with open_nwb(path) as opened:
        return read_units(opened, filters, areas, preset)


def complain(path, *filters, **keys):
    with pytest.raises(SysidError) as caught:
        read(path, *filters, **keys)
    return str(caught.value).removeprefix(f"{path}: units")


def ids(responses):
    return [neuron.id for neuron in responses.neurons]


def test_spikes_are_counted_from_an_edge_up_to_the_next(tmp_path):
    responses = read(save(tmp_path))
    counts = responses.in_bins(np.arange(5.0))
    assert counts.dtype == np.float32
    assert counts.tolist() == [[2, 0, 1, 0], [2, 0, 0, 1], [0, 0, 1, 0], [0, 0, 1, 0]]


def test_counts_are_those_of_a_histogram(tmp_path):
    generator = np.random.default_rng(0)
    spikes_s = [np.sort(generator.uniform(0, 100, count)) for count in (500, 30, 0, 1000)]
    edges_s = np.cumsum(generator.uniform(0.01, 0.05, 2000)) + 1
    responses = read(save(tmp_path, [*spikes_s[:3], np.append(0.0, spikes_s[3])]))
    for column, times_s in enumerate(spikes_s):
        counts = responses.in_bins(edges_s)[:, column]
        assert np.array_equal(counts, np.histogram(times_s, edges_s)[0])


def test_responses_keep_their_promise(tmp_path):
    responses = read(save(tmp_path))
    assert isinstance(responses, Responses)
    assert (responses.kind, responses.unit, responses.span_s) == ("spikes", "spikes", (0.0, 4.0))
    assert responses.notes == ()


def test_the_id_is_that_of_the_table_not_the_row(tmp_path):
    assert ids(read(save(tmp_path))) == ["950", "3", "17", "8"]


def test_unsigned_ids_and_indices_are_read_as_they_are(tmp_path):
    path = save(tmp_path)
    replace(path, "units/id", np.array([2**63 + 5, 3, 17, 8], dtype=np.uint64))
    replace(path, "units/spike_times_index", np.array([5, 5, 8, 9], dtype=np.uint64))
    responses = read(path)
    assert ids(responses) == [str(2**63 + 5), "3", "17", "8"]
    assert responses.in_bins(np.arange(5.0)).sum(axis=0).tolist() == [4, 0, 3, 1]


def test_ids_that_occur_twice_are_told_apart_by_their_rows(tmp_path):
    path = save(tmp_path, id=[1, 2, 1, 2])
    assert ids(read(path)) == ["1 (row 0)", "2 (row 1)", "1 (row 2)", "2 (row 3)"]


def test_before_the_bin_of_the_first_spike_and_after_that_of_the_last_nothing_was_recorded(tmp_path):
    counts = read(save(tmp_path)).in_bins(np.arange(-1, 7.0))  # the last spike is at 4 s
    assert np.isnan(counts).any(axis=1).tolist() == [1, 0, 0, 0, 0, 0, 1]
    assert np.isnan(counts).all(axis=1).tolist() == [1, 0, 0, 0, 0, 0, 1]


def test_bins_not_wholly_observed_are_masked_whatever_spikes_lie_there(tmp_path):
    observed_s = [[[0.0, 2.0], [3.0, 4.0]], [[1.0, 3.5]], [[0.5, 2.5]], [[0.0, 4.0]]]
    path = save(tmp_path, obs_intervals=observed_s)
    responses = read(path)
    masked = np.isnan(responses.in_bins(np.arange(5.0)))
    assert masked.T.tolist() == [[0, 0, 1, 0], [1, 0, 0, 1], [1, 0, 1, 1], [0, 0, 0, 0]]
    assert responses.span_s == (0, 4)
    assert responses.notes == (
        "units: 4 of 4 have obs_intervals: bins that are not wholly in one are masked",
    )


def test_a_unit_without_intervals_is_observed_throughout(tmp_path):
    observed_s = [[[0.0, 2.0]], np.empty((0, 2)), np.empty((0, 2)), [[1.0, 6.0]]]
    responses = read(save(tmp_path, obs_intervals=observed_s))
    masked = np.isnan(responses.in_bins(np.arange(7.0)))
    assert masked.T.tolist() == [[0, 0, 1, 1, 1, 1], [0] * 6, [0] * 6, [1, 0, 0, 0, 0, 0]]
    assert responses.span_s == (0, 6)


def test_a_spurious_spike_of_an_observed_unit_does_not_stretch_the_recording(tmp_path):
    observed_s = [[[0.0, 5.0]]] * 4
    path = save(tmp_path, [[1.0, 99.0], [], [2.0], [3.0]], obs_intervals=observed_s)
    assert read(path).span_s == (0, 5)


def test_spikes_out_of_order_are_sorted_and_those_without_time_left_out_with_a_note(tmp_path):
    path = save(tmp_path, [[3.0, 1.0, np.nan, 0.0], [0.0, 4.0]])
    responses = read(path)
    assert responses.in_bins(np.arange(5.0)).T.tolist() == [[1, 1, 0, 1], [1, 0, 0, 0]]
    assert responses.notes == (
        "units: spike times of 1 units were not in order: sorted",
        "units: 1 spikes without a time (NaN) are left out",
    )


def test_many_units_are_read_in_parts(tmp_path, monkeypatch):
    path = save(tmp_path)
    whole = read(path).in_bins(np.arange(5.0))
    monkeypatch.setattr(sysid_datasets.neurodata.spike_train, "AT_ONCE", 3)
    assert np.array_equal(read(path).in_bins(np.arange(5.0)), whole)


COLUMNS = {
    "quality": ["good", "noise", "good", "mua"],
    "snr": [3.0, np.nan, 1.0, 2.0],
    "default_qc": [True, False, True, True],
    "location": ["VISp", "LP", "VISl", "VISp"],
}


def test_columns_of_one_value_become_properties(tmp_path):
    responses = read(save(tmp_path, waveform_mean=[np.ones(5)] * 4, **COLUMNS))
    assert responses.neurons[0].properties == {
        "quality": "good",
        "snr": 3.0,
        "default_qc": "True",
        "location": "VISp",
        "area": "VISp",
    }
    assert "snr" not in responses.neurons[1].properties


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([UnitFilter(column="quality", values=("good",))], ["950", "17"]),
        ([UnitFilter(column="snr", min=2.0)], ["950", "8"]),
        ([UnitFilter(column="default_qc", values=("true",)), UnitFilter(column="snr", max=2.5)], ["17", "8"]),
        ([UnitFilter(column="id", values=("3", "8"))], ["3", "8"]),
    ],
)
def test_filters_choose_units(tmp_path, filters, expected):
    responses = read(save(tmp_path, **COLUMNS), *filters)
    assert ids(responses) == expected
    assert responses.in_bins(np.arange(5.0)).shape == (4, len(expected))


def test_what_each_filter_leaves_is_noted(tmp_path):
    path = save(tmp_path, **COLUMNS)
    notes = read(path, UnitFilter(column="snr", min=2.0), areas=("VISp", "LP")).notes
    assert notes == (
        "units: 2 of 4 pass snr ≥ 2; 2 left",
        "units: 3 of 4 pass area = VISp or LP; 2 left",
    )


def test_texts_stored_as_bytes_are_texts(tmp_path):
    path = save(tmp_path, **COLUMNS)
    replace(path, "units/quality", np.array([b"good", b"noise", b"good", b"mua"], dtype="S5"))
    assert ids(read(path, UnitFilter(column="quality", values=("good",)))) == ["950", "17"]


def test_terms_of_an_enumeration_are_texts(tmp_path):
    file = begin()
    add_units(file, SPIKES_S, id=IDS)
    data = np.array([1, 0, 1, 1], dtype=np.uint8)
    with pytest.warns(UserWarning, match="EnumData is experimental"):
        file.units.add_column("quality", "quality", col_cls=EnumData, data=data, enum=["noise", "good"])
    path = write(file, tmp_path / "a.nwb")
    assert ids(read(path, UnitFilter(column="quality", values=("noise",)))) == ["3"]


def test_the_preset_of_the_allen_institute(tmp_path):
    metrics = {
        "isi_violations": [0.5, 0.1, 0.1, 0.6],
        "amplitude_cutoff": [0.1, np.nan, 0.05, 0.05],
        "presence_ratio": [0.95, 0.99, 0.9, 0.99],
    }
    path = save(tmp_path, **metrics)
    assert ids(read(path, preset="allen")) == ["950"]
    assert complain(path, preset="alen") == ': unit_preset: expected one of allen, got "alen"'


def test_a_preset_without_its_columns_says_which(tmp_path):
    assert complain(save(tmp_path, **COLUMNS), preset="allen").startswith(
        ': expected a column "isi_violations"'
    )


def test_areas_choose_units(tmp_path):
    assert ids(read(save(tmp_path, **COLUMNS), areas=("VISp",))) == ["950", "8"]


def add_electrodes(file, areas):
    device = file.create_device("probe")
    group = file.create_electrode_group("probeA", "a probe", "brain", device)
    for area in areas:
        file.add_electrode(location=area, group=group)
    return group


def test_areas_are_found_through_electrodes(tmp_path):
    file = begin()
    group = add_electrodes(file, ["VISp", "LP", "VISp"])
    for unit, rows in enumerate([[0], [1, 0, 2], [], [1]]):
        file.add_unit(id=IDS[unit], spike_times=[0.0, 4.0], electrodes=rows, electrode_group=group)
    path = write(file, tmp_path / "a.nwb")
    responses = read(path)
    assert [neuron.properties.get("area") for neuron in responses.neurons] == ["VISp", "VISp", None, "LP"]
    assert responses.neurons[0].properties["electrode_group"] == "probeA"
    assert ids(read(path, areas=("LP",))) == ["8"]
    assert ids(read(path, UnitFilter(column="electrode_group", values=("probeA",)))) == [
        "950",
        "3",
        "17",
        "8",
    ]


def test_areas_are_found_through_the_peak_channel(tmp_path):
    file = begin()
    add_electrodes(file, ["VISp", "LP", "CA1"])
    add_units(file, SPIKES_S, id=IDS, peak_channel_id=[850261196, 850261194, 850261196, 5])
    path = write(file, tmp_path / "a.nwb")
    replace(path, "general/extracellular_ephys/electrodes/id", np.array([850261194, 850261196, 850261198]))
    responses = read(path, areas=("LP",))
    assert ids(responses) == ["950", "17"]
    assert responses.neurons[0].properties["area"] == "LP"


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"areas": ("VISP",)}, ': areas: expected one of VISp (2), LP (1), VISl (1), got "VISP"'),
        ({"areas": ("VISpp",)}, '; did you mean "VISp"?'),
    ],
)
def test_an_unknown_area_is_told_with_those_that_there_are(tmp_path, keys, line):
    assert line in complain(save(tmp_path, **COLUMNS), **keys)


def test_areas_of_units_that_have_none_are_refused(tmp_path):
    assert complain(save(tmp_path), areas=("VISp",)) == (
        ": areas: expected areas of the units, got none: neither a column of the table nor its "
        "electrodes tell"
    )


def test_an_unknown_column_is_told_with_the_nearest(tmp_path):
    found = complain(save(tmp_path, **COLUMNS), UnitFilter(column="qualty", values=("good",)))
    assert found.startswith(': expected a column "qualty", got ')
    assert found.endswith('; did you mean "quality"?')
    assert "default_qc" in found


def test_a_column_that_cannot_be_compared_is_told(tmp_path):
    path = save(tmp_path, **COLUMNS)
    assert complain(path, UnitFilter(column="spike_times", min=1.0)) == (
        "/spike_times: expected one text or number for each unit, got others"
    )
    assert complain(path, UnitFilter(column="quality", min=1.0)).startswith(
        "/quality: expected numbers to comp"
    )


def test_filters_that_leave_none_are_told_one_by_one(tmp_path):
    path = save(tmp_path, **COLUMNS)
    filters = UnitFilter(column="quality", values=("mua",)), UnitFilter(column="snr", min=2.5)
    assert complain(path, *filters) == (
        ": expected units that pass, got none of 4: quality = mua passes 1, leaves 1; "
        "snr ≥ 2.5 passes 1, leaves 0"
    )


def test_units_without_any_spike_are_told(tmp_path):
    path = save(tmp_path, [[], [1.0]])
    replace(path, "units/spike_times_index", np.array([0, 0]))
    assert complain(path) == "/spike_times: expected spikes, got none in 2 units"


@pytest.mark.parametrize(
    ("index", "line"),
    [
        ([5, 4, 8, 9], "expected increasing numbers up to 9, got 4 after 5 in row 1"),
        ([5, 5, 8, 99], "expected increasing numbers up to 9, got 99 after 8 in row 3"),
        ([5.0, 5.0, 8.0, 9.0], "expected 4 whole numbers, one per row, got float64 of shape (4,)"),
    ],
)
def test_an_index_that_lies_is_told(tmp_path, index, line):
    path = save(tmp_path)
    replace(path, "units/spike_times_index", np.array(index))
    assert complain(path) == f"/spike_times_index: {line}"


def test_spike_times_without_an_index_are_refused(tmp_path):
    path = save(tmp_path, [[1.0], [2.0]])
    with edit(path) as file:
        del file["units/spike_times_index"]
    assert complain(path) == (
        "/spike_times: expected an index spike_times_index that says which values each row has, got none"
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            [[0.0, 1.0], [3.0, 2.0]],
            "expected intervals from a start to a later stop, got 3 to 2 s at index 1",
        ),
        (
            [[0.0, np.nan], [2.0, 3.0]],
            "expected intervals from a start to a later stop, got 0 to nan s at index",
        ),
        ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], "expected a start and a stop in each row, got shape (2, 3)"),
    ],
)
def test_intervals_that_are_none_are_told(tmp_path, values, line):
    path = save(tmp_path, [[1.0], [2.0]], obs_intervals=[[[0.0, 1.0]], [[2.0, 3.0]]])
    replace(path, "units/obs_intervals", np.array(values))
    assert complain(path).startswith(f"/obs_intervals: {line}")
