"""An NWB file is opened and closed, and whatever is wrong with it is one line."""

import pickle
from pathlib import Path

import h5py
import numpy as np
import pynwb
import pytest

from sysid import SysidError
from sysid_datasets.neurodata.behaviour import read_behaviour
from sysid_datasets.neurodata.clock import series_clock
from sysid_datasets.neurodata.opening import open_nwb, reading
from sysid_datasets.neurodata.spikes import read_units
from tests.neurodata_file import add_segmentation, add_series, add_units, begin, edit, replace, write


@pytest.fixture
def path(tmp_path):
    file = begin()
    add_units(file, [[1.0, 2.0, 2.5], [], [0.5]], id=[7, 3, 12], quality=["good", "noise", "good"])
    add_series(file, "speed", np.arange(6.0), timestamps=0.5 * np.arange(6))
    file.add_stimulus(pynwb.TimeSeries(name="flash", data=np.ones(4), unit="a", rate=2.0))
    file.add_acquisition(pynwb.TimeSeries(name="trigger", data=np.ones(4), unit="a", rate=2.0))
    file.add_invalid_time_interval(start_time=1.0, stop_time=2.0)
    add_segmentation(file, [4, 5])
    return write(file, tmp_path / "a.nwb")


def complain(path, read=lambda opened: None):
    """Return the one line that opening or reading a file ends with."""
    with pytest.raises(SysidError) as caught, open_nwb(path) as opened:
        read(opened)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    return line.removeprefix(f"{path}: ")


def read_spikes(opened):
    read_units(opened, (), (), None)


def read_speed(opened):
    read_behaviour(opened, ("speed",)).in_bins(np.arange(3.0))


def test_objects_are_named_by_their_place_in_the_file(path):
    with open_nwb(path) as opened:
        file = opened.file
        named = [
            file.units,
            file.stimulus["flash"],
            file.acquisition["trigger"],
            file.processing["behavior"]["speed"],
            file.invalid_times,
            file.processing["ophys"]["ImageSegmentation"]["plane0"],
        ]
        assert [opened.where(each) for each in named] == [
            "units",
            "stimulus/presentation/flash",
            "acquisition/trigger",
            "processing/behavior/speed",
            "intervals/invalid_times",
            "processing/ophys/ImageSegmentation/plane0",
        ]
        assert opened.path == path


def test_nothing_stays_open(path):
    with open_nwb(path) as opened:
        assert opened.file.units.id.data
        units = opened.file.units
    assert not units.id.data
    with h5py.File(path, "r+"):
        pass


def test_nothing_stays_open_after_an_error(path):
    with edit(path) as file:
        del file["session_description"]
    complain(path)
    with h5py.File(path, "r+"):
        pass


def test_a_path_below_the_working_directory_is_named_as_it_was_given(path, monkeypatch):
    replace(path, "processing/behavior/speed/timestamps", np.arange(5.0))
    monkeypatch.chdir(path.parent)
    with open_nwb(Path("a.nwb")) as opened, pytest.raises(SysidError, match=r"^a\.nwb: processing/beh"):
        series_clock(opened.file.processing["behavior"]["speed"])


def test_bugs_keep_their_traceback(path):
    with pytest.raises(ZeroDivisionError), open_nwb(path):
        1 / 0  # noqa: B018 the error is what the test is about


def test_errors_of_other_files_pass(path, tmp_path):
    with pytest.raises(FileNotFoundError), open_nwb(path):
        (tmp_path / "none.npy").open()


def test_there_is_no_file(tmp_path):
    assert complain(tmp_path / "none.nwb") == "expected an NWB file, got nothing: there is no such file"


def test_a_folder(tmp_path):
    assert complain(tmp_path) == "expected an NWB file, got a folder"
    (tmp_path / ".zgroup").touch()
    assert complain(tmp_path) == (
        "expected an NWB file, got a folder of NWB in Zarr, which is not read: open it with NWBZarrIO of the "
        'package hdmf-zarr, and have pynwb.NWBHDF5IO("session.nwb", "w") export it, src_io that and '
        'write_args={"link_data": False}'
    )


def test_a_file_without_permission_is_told(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Unable to open file")

    monkeypatch.setattr(h5py, "File", refuse)
    assert complain(path) == (
        "expected a file that can be read, got no permission; `chmod u+r` gives it to its owner"
    )


def test_an_empty_file(tmp_path):
    (tmp_path / "a.nwb").touch()
    assert complain(tmp_path / "a.nwb") == "expected an NWB file, got an empty file"


def test_a_text_file(tmp_path):
    (tmp_path / "a.nwb").write_text("this is a text\n" * 100)
    assert complain(tmp_path / "a.nwb") == "expected an NWB file, which is HDF5, got another format"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_truncated_file(path, share):
    content = path.read_bytes()
    kept = int(share * len(content))
    path.write_bytes(content[:kept])
    assert complain(path) == (
        f"expected {len(content):,} bytes, got {kept:,}: the file is cut short; fetch it again"
    )


def test_a_file_of_zeros_behind_its_head(path):
    content = path.read_bytes()
    path.write_bytes(content[:2000] + bytes(len(content) - 2000))
    assert complain(path).startswith("expected ")


def test_hdf5_that_is_not_nwb(tmp_path):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        for number in range(8):
            file[f"data{number}"] = np.arange(3)
    assert complain(tmp_path / "a.nwb") == (
        "expected an NWB file, got HDF5 without nwb_version, which holds data0, data1, data2, data3, data4, "
        "data5 and 2 more"
    )


def test_nwb_1_in_its_two_spellings(tmp_path):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
        file.create_group("epochs")
    told = "; NWB 1 is not read; convert the file to NWB 2, or look for a newer release of it"
    assert complain(tmp_path / "a.nwb") == f"nwb_version: expected 2 or above, got NWB-1.0.6{told}"
    with h5py.File(tmp_path / "b.nwb", "w") as file:
        file.attrs["nwb_version"] = np.bytes_("1.0.5")
    assert complain(tmp_path / "b.nwb") == f"nwb_version: expected 2 or above, got 1.0.5{told}"


def test_a_version_that_is_none(path):
    with edit(path) as file:
        file.attrs["nwb_version"] = "draft"
    assert complain(path) == 'nwb_version: expected a version such as 2.7.0, got "draft"'


@pytest.mark.parametrize("name", ["session_description", "identifier", "session_start_time"])
def test_a_missing_dataset_that_nwb_requires(path, name):
    with edit(path) as file:
        del file[name]
    assert complain(path) == f"{name}: expected this dataset, which NWB requires, got none"


def test_namespaces_that_cannot_be_loaded(path):
    with edit(path) as file:
        core = file["specifications/core"]
        version = next(iter(core))
        del core[version]["namespace"]
        core[version]["namespace"] = "{not json"
    assert complain(path).startswith("expected NWB that pynwb can read, got ")


def test_a_type_that_no_namespace_knows(path):
    with edit(path) as file:
        file["units"].attrs["neurodata_type"] = "Onions"
        file["units"].attrs["namespace"] = "vegetables"
    assert complain(path).startswith("expected NWB that pynwb can read, got ")


@pytest.mark.parametrize("place", ["acquisition/raw", "stimulus/presentation/movie", "units/snr"])
def test_an_external_link_to_nowhere(path, place):
    with edit(path) as file:
        file[place] = h5py.ExternalLink("raw.nwb", "/acquisition/raw")
    assert complain(path) == (
        f'{place}: expected what it links to, "/acquisition/raw" in the file "raw.nwb", got nothing; put '
        "that file beside this one"
    )


def test_an_external_link_to_a_file_without_the_object(path, tmp_path):
    with h5py.File(tmp_path / "raw.nwb", "w") as file:
        file["other"] = 1
    with edit(path) as file:
        file["acquisition/raw"] = h5py.ExternalLink("raw.nwb", "/acquisition/raw")
    assert complain(path).startswith('acquisition/raw: expected what it links to, "/acquisition/raw" in the')


def test_an_external_link_that_leads_to_data_is_followed(path, tmp_path):
    with edit(path) as file, h5py.File(tmp_path / "raw.h5", "w") as other:
        stored = file["processing/behavior/speed/data"]
        attributes = dict(stored.attrs)
        other["speed"] = 3 * stored[:]
        other["speed"].attrs.update(attributes)
        del file["processing/behavior/speed/data"]
        file["processing/behavior/speed/data"] = h5py.ExternalLink("raw.h5", "/speed")
    with open_nwb(path) as opened:
        behaviour = read_behaviour(opened, ("speed",))
    assert behaviour.in_bins(np.arange(3.0))[:, 0].tolist() == [1.5, 7.5]


def test_a_link_within_the_file_to_nowhere(path):
    with edit(path) as file:
        del file["processing/behavior/speed/timestamps"]
        file["processing/behavior/speed/timestamps"] = h5py.SoftLink("/acquisition/clock")
    assert complain(path) == (
        'processing/behavior/speed/timestamps: expected what it links to, "/acquisition/clock" in the same '
        "file, got nothing"
    )


def test_a_missing_group(path):
    with edit(path) as file:
        del file["units"]
    assert complain(path, read_spikes) == "units: expected a table of units, got none in this file"


def test_missing_spike_times(path):
    with edit(path) as file:
        del file["units/spike_times"]
    assert complain(path, read_spikes) == (
        'units: expected the column "spike_times", which `colnames` lists, got none, only its index'
    )


def test_missing_spike_times_and_index(path):
    with edit(path) as file:
        del file["units/spike_times"], file["units/spike_times_index"]
        file["units"].attrs["colnames"] = ["quality"]
    assert complain(path, read_spikes) == "units: expected spike_times, got 3 units without, with quality"


def test_a_column_that_is_listed_and_not_there(path):
    with edit(path) as file:
        del file["units/quality"]
    assert complain(path) == 'units: expected the column "quality", which `colnames` lists, got none'


def test_a_missing_index(path):
    with edit(path) as file:
        del file["units/spike_times_index"]
    assert complain(path) == (
        "units: expected columns of one length, got quality 3, spike_times 4; one that has lists needs an "
        "_index"
    )


def test_a_reference_to_nothing(path):
    with edit(path) as file:
        del file["units/spike_times"]
        file["units"].attrs["colnames"] = ["quality"]
    assert complain(path) == (
        "units/spike_times_index: expected what `target` refers to (units/spike_times), got nothing there"
    )


def test_spike_times_that_are_text(path):
    replace(path, "units/spike_times", ["1.0", "2.0", "2.5", "0.5"])
    assert complain(path, read_spikes) == "units/spike_times: expected seconds as numbers, got text"


def test_timestamps_that_are_text(path):
    replace(path, "processing/behavior/speed/timestamps", ["a"] * 6)
    assert complain(path, read_speed) == (
        "processing/behavior/speed: timestamps: expected seconds as numbers, got text"
    )


def test_data_that_are_text(path):
    replace(path, "processing/behavior/speed/data", ["a"] * 6)
    assert complain(path, read_speed) == "processing/behavior/speed: expected numbers, got text"


def test_missing_data(path):
    with edit(path) as file:
        del file["processing/behavior/speed/data"]
    assert complain(path, read_speed) == "processing/behavior/speed: expected data, got none"


def test_missing_timestamps(path):
    with edit(path) as file:
        del file["processing/behavior/speed/timestamps"]
    assert "timestamps" in complain(path, read_speed)


def test_zero_units(tmp_path):
    file = begin()
    file.units = pynwb.misc.Units(name="units", description="none")
    path = write(file, tmp_path / "a.nwb")
    assert complain(path, read_spikes) in (
        "units: expected units, got an empty table",
        "units: expected a table of units, got none in this file",
    )


def test_chunks_that_are_damaged(path):
    generator = np.random.default_rng(0)
    with edit(path) as file:
        del file["units/spike_times"]
        values = np.append(generator.random(5000), 0.5)
        dataset = file.create_dataset("units/spike_times", data=values, compression="gzip", chunks=(5001,))
        dataset.attrs["neurodata_type"], dataset.attrs["namespace"] = "VectorData", "hdmf-common"
        dataset.attrs["description"] = "spikes"
        offset = dataset.id.get_chunk_info(0).byte_offset
    replace(path, "units/spike_times_index", [3, 3, 5001])
    content = bytearray(path.read_bytes())
    content[offset + 100 : offset + 1000] = bytes(900)
    path.write_bytes(content)
    assert complain(path, read_spikes).startswith("units/spike_times: expected data that can be read, got ")


def test_reading_names_the_object(path):
    def read(opened):
        with reading(opened, opened.file.units):
            raise KeyError("no such column")

    assert complain(path, read) == "units: expected data that can be read, got no such column"


def test_traces_survive_a_copy_to_another_process(path):
    with open_nwb(path) as opened:
        behaviour = read_behaviour(opened, ("speed",))
    again = pickle.loads(pickle.dumps(behaviour))
    assert np.array_equal(again.in_bins(np.arange(3.0)), behaviour.in_bins(np.arange(3.0)))
