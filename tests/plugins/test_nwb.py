"""The dataset `nwb` from end to end, on small files that pynwb wrote."""

from datetime import UTC, datetime
from pathlib import Path

import attrs
import h5py
import numpy as np
import pytest

import sysid
from sysid_datasets.neurodata.session import find_start, is_simulated, list_notes
from sysid_datasets.neurodata.unit_filter import UnitFilter
from sysid_datasets.nwb import NWB
from tests.small_nwb import CLIP_FRAMES, FRAME_S, REPEATS, make_small_file

SESSION = "mouse-3-day-2"


@pytest.fixture(scope="module")
def content():
    return make_small_file()


@pytest.fixture(scope="module")
def path(content, tmp_path_factory):
    return content.write(tmp_path_factory.mktemp("nwb") / "recording.nwb")


def load(path, **fields):
    ((_, recording),) = NWB(path=path, **fields).load().items()
    return recording


def count_spikes(content, edges_s):
    """Count with numpy; its last bin alone is closed on both sides, so another is put after it."""
    return np.stack([np.histogram(times, [*edges_s, np.inf])[0][:-1] for times in content.spikes_s], axis=1)


def test_everything_with_pixels_is_read_by_default(path, content):
    recording = load(path)
    noise, clip = recording.presentations
    assert (noise.name, clip.name) == ("noise", "clip")
    assert np.array_equal(noise.stimulus[0:60][:, 0], content.noise)
    assert np.array_equal(clip.stimulus[0:5][:, 0], content.clip)
    assert noise.responses.shape == (1, 60, 3)
    assert clip.responses.shape == (REPEATS, CLIP_FRAMES, 3)


def test_spikes_are_counted_from_onset_to_onset(path, content):
    noise, clip = load(path).presentations
    edges_s = [*content.noise_s, content.noise_s[-1] + FRAME_S]
    assert np.array_equal(noise.responses[0], count_spikes(content, edges_s))
    assert noise.bin_duration_s == pytest.approx([FRAME_S] * 20 + [2 * FRAME_S] + [FRAME_S] * 39)
    for repeat, onsets_s in enumerate(content.clip_s.reshape(REPEATS, CLIP_FRAMES)):
        expected = count_spikes(content, [*onsets_s, onsets_s[-1] + FRAME_S])
        assert np.array_equal(clip.responses[repeat], expected)


def test_neurons_have_their_ids_and_what_the_table_says_of_them(path):
    neurons = load(path).neurons
    assert [neuron.id for neuron in neurons] == ["7", "11", "30"]
    assert [neuron.properties["quality"] for neuron in neurons] == ["good", "good", "noise"]


def test_units_are_filtered(path):
    recording = load(path, unit_filter=(UnitFilter(column="quality", values=("good",)),))
    assert [neuron.id for neuron in recording.neurons] == ["7", "11"]
    assert recording.presentations[0].responses.shape[2] == 2


def test_what_is_repeated_tests_and_the_end_of_the_rest_validates(path):
    noise, clip = load(path).presentations
    assert (clip.train, clip.validation, clip.test) == ((), (), ((0, CLIP_FRAMES),))
    assert (noise.train, noise.validation, noise.test) == (((0, 54),), ((54, 60),), ())


def test_the_recipe_says_what_tests(path):
    noise, clip = load(path, test=("noise",)).presentations
    assert noise.test == ((0, 60),)
    assert clip.train
    assert not clip.test


def test_stimuli_are_chosen_by_name(path):
    (clip,) = load(path, stimulus=("clip",)).presentations
    assert clip.name == "clip"
    assert (clip.train, clip.validation, clip.test) == (((0, 3),), ((3, 4),), ((4, 5),))


def test_frames_are_cropped_and_averaged_over_areas(path, content):
    noise = load(path, crop=(0, 2, 4, 4), size_px=2).presentations[0]
    expected = content.noise[:, :, 2:].reshape(60, 2, 2, 2, 2).mean(axis=(2, 4))
    assert noise.stimulus.shape == (60, 1, 2, 2)
    assert noise.stimulus[0:60][:, 0] == pytest.approx(expected, abs=0.51)


def test_bins_of_a_set_length_divide_the_frames(path, content):
    noise, _ = load(path, bin_ms=50.0).presentations
    assert noise.bin_duration_s == pytest.approx(0.05)
    assert np.array_equal(noise.stimulus[38:46][:, 0], content.noise[[19, 19, 20, 20, 20, 20, 21, 21]])
    edges_s = 1 + 0.05 * np.arange(123)
    assert noise.responses.shape[1] == 122
    assert np.array_equal(noise.responses[0].sum(axis=0), count_spikes(content, edges_s).sum(axis=0))
    assert load(path, bin_ms=50.0).frame_rate_hz == 20


def test_invalid_times_mask_bins(content, tmp_path):
    path = attrs.evolve(content, invalid_s=((2.05, 2.35), (23.1, 23.2))).write(tmp_path / "x.nwb")
    noise, clip = load(path).presentations
    assert np.flatnonzero(np.isnan(noise.responses[0, :, 0])).tolist() == [10, 11, 12, 13]
    # bin edges are sums of 0.1 s, so that the neighbour may be touched by a rounding error
    masked = np.argwhere(np.isnan(clip.responses[:, :, 0]))
    assert [1, 1] in masked.tolist()
    assert set(masked[:, 0]) == {1}
    assert "2 invalid intervals, 0.4 s in all: bins that touch one are masked" in load(path).provenance.notes


def test_behaviour_is_averaged_in_each_bin(content, tmp_path):
    times_s = np.arange(0, 30, 0.05)
    path = attrs.evolve(content, running=(times_s, times_s**2)).write(tmp_path / "x.nwb")
    recording = load(path, behaviour=("running_speed",))
    assert recording.behaviour == ("running_speed",)
    noise = recording.presentations[0]
    start_s = content.noise_s[5]
    inside = (times_s >= start_s - 1e-9) & (times_s < start_s + FRAME_S - 1e-9)
    assert noise.behaviour[5, 0] == pytest.approx((times_s[inside] ** 2).mean(), rel=0.02)
    assert load(path).presentations[0].behaviour is None


def test_transposed_storage_gives_the_same_frames(content, tmp_path):
    turned = attrs.evolve(content, noise=content.noise.transpose(0, 2, 1), clip=content.clip)
    path = turned.write(tmp_path / "x.nwb")
    (noise,) = load(path, stimulus=("noise",), axis_order="txy").presentations
    assert np.array_equal(noise.stimulus[0:60][:, 0], content.noise)


def test_stimuli_of_different_size_are_refused_with_a_remedy(content, tmp_path):
    path = attrs.evolve(content, clip=content.clip[:, :2]).write(tmp_path / "x.nwb")
    with pytest.raises(sysid.SysidError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: stimulus: expected frames of one size (channel, height, width), got noise (1, 4, 6) and "
        "clip (1, 2, 6); name one of them in `stimulus`, or give `size_px` if they have the same proportions"
    )


def test_description_needs_no_file_and_knows_the_name_of_one_that_is_here(path):
    described = NWB(path=Path("nowhere.nwb"), size_px=12, bin_ms=20.0).describe()
    assert described == {"nowhere": sysid.Description(height=12, frame_rate_hz=50.0)}
    assert list(NWB(path=path).describe()) == list(NWB(path=path).load()) == [SESSION]


def test_a_file_without_a_session_has_its_own_name(content, tmp_path):
    path = attrs.evolve(content, session_id=None).write(tmp_path / "my file (2).nwb")
    assert list(NWB(path=path).load()) == list(NWB(path=path).describe()) == ["my-file-2"]


def test_provenance_says_what_was_read(path):
    provenance = NWB(path=path).provenance()
    assert provenance.source == "a test (NWB abc)"
    assert provenance.doi == "10.1234/some.paper"
    assert provenance.session_start == "2024-05-01T12:00:00+00:00"
    assert provenance.files == (("recording.nwb", sysid.checksum(path)),)
    assert not provenance.simulated
    assert "test part: clip, shown several times while the rest was shown once" in provenance.notes
    assert provenance == load(path).provenance


@pytest.mark.parametrize(
    ("description", "simulated"),
    [
        ("SIMULATED: the responses were computed, nothing was recorded. Spikes of model cells", True),
        ("SIMULATED spikes", True),
        ("Simulated natural scenes were shown", False),
        ("SIMULATEDLY named", False),
    ],
)
def test_a_file_that_says_it_is_simulated_is(content, tmp_path, description, simulated):
    path = attrs.evolve(content, description=description).write(tmp_path / "x.nwb")
    assert NWB(path=path).provenance().simulated is simulated


def test_what_sysid_writes_of_a_simulation_is_read_as_one(tmp_path):
    provenance = sysid.Provenance(source="cells", checksum="0", simulated=True, notes=("made up",))
    file = sysid.make_nwb_file(provenance, description="Spikes", identifier="x")
    assert is_simulated(file)
    first, *others = list_notes(file)
    assert first == "note in the file: source: cells"
    assert "note in the file: made up" in others
    assert find_start(file) == ""


def test_the_notes_of_the_file_are_told_line_by_line(content, tmp_path):
    notes = "the animal\tslept\n\n" + 300 * "x" + "\n" + "\n".join(f"line {n}" for n in range(30))
    path = attrs.evolve(content, notes=notes).write(tmp_path / "x.nwb")
    own = [note for note in NWB(path=path).provenance().notes if note.startswith("note in the file: ")]
    assert own[0] == "note in the file: the animal slept"
    assert own[1] == f"note in the file: {239 * 'x'}…"
    assert own[19:] == ["note in the file: line 17", "note in the file: … and 12 more lines"]


def test_a_start_in_1970_is_none(content, tmp_path):
    path = attrs.evolve(content, start=datetime(1970, 1, 1, tzinfo=UTC)).write(tmp_path / "x.nwb")
    assert NWB(path=path).provenance().session_start == ""


def test_external_files_are_digested_where_they_are_used_and_only_there(content, tmp_path):
    path = content.write(tmp_path / "x.nwb")
    with h5py.File(path, "r+") as file:
        for series, name in (("noise", "frames.h5"), ("other", "large.h5")):
            with h5py.File(tmp_path / name, "w") as beside:
                beside["data"] = content.noise
            if series == "other":
                file.copy("stimulus/presentation/noise", "stimulus/presentation/other")
                file["stimulus/presentation/other"].attrs["object_id"] = "another"
            attributes = dict(file[f"stimulus/presentation/{series}/data"].attrs)
            del file[f"stimulus/presentation/{series}/data"]
            file[f"stimulus/presentation/{series}/data"] = h5py.ExternalLink(name, "data")
            with h5py.File(tmp_path / name, "r+") as beside:
                beside["data"].attrs.update(attributes)
    files = dict(NWB(path=path, stimulus=("noise",)).provenance().files)
    assert files == {"x.nwb": sysid.checksum(path), "frames.h5": sysid.checksum(tmp_path / "frames.h5")}


def write_series(content, path, frames):
    """Write a file whose series `noise` has its frames in another place."""
    content.write(path)
    with h5py.File(path, "r+") as file:
        attributes = dict(file["stimulus/presentation/noise/data"].attrs)
        del file["stimulus/presentation/noise/data"]
        file["stimulus/presentation/noise/data"] = np.zeros((0, 0, 0), dtype=np.uint8)
        file["stimulus/presentation/noise/data"].attrs.update(attributes)
    np.save(frames, content.noise)


def test_a_file_that_is_named_twice_is_one_file_wherever_the_command_runs(content, tmp_path, monkeypatch):
    path = content.write(tmp_path / "x.nwb")
    monkeypatch.chdir(tmp_path)
    near = NWB(path=Path("x.nwb"), templates=Path("./x.nwb")).provenance()
    far = NWB(path=path, templates=path).provenance()
    assert near.files == far.files == (("x.nwb", sysid.checksum(path)),)
    assert near.checksum == far.checksum == NWB(path=path).provenance().checksum


def test_of_a_folder_of_templates_what_is_read_counts(content, tmp_path, monkeypatch):
    write_series(content, tmp_path / "x.nwb", tmp_path / "noise.npy")
    monkeypatch.chdir(tmp_path)
    fields = {"path": Path("x.nwb"), "stimulus": ("noise",)}
    first = NWB(templates=Path(), **fields).provenance()
    Path("runs").mkdir()
    Path("runs/run.json").write_text("{}")
    assert NWB(templates=tmp_path, **fields).provenance().checksum == first.checksum
    names = [name for name, _ in first.files]
    assert names == ["x.nwb", f"{tmp_path.name}/noise.npy"]


def test_the_first_and_the_last_spike_of_units_without_intervals_are_counted(content, tmp_path):
    """Spikes begin and end within the noise, and the bins of both count."""
    spikes_s = [np.array([1.55, 3.0]), np.array([2.0, 4.25]), np.array([3.0])]
    path = attrs.evolve(content, spikes_s=spikes_s).write(tmp_path / "x.nwb")
    (noise,) = load(path, stimulus=("noise",)).presentations
    recorded = np.flatnonzero(~np.isnan(noise.responses[0, :, 0]))
    edges_s = np.append(content.noise_s, content.noise_s[-1] + FRAME_S)
    first, last = np.searchsorted(edges_s, [1.55, 4.25], side="right") - 1
    assert (recorded[0], recorded[-1]) == (first, last)
    assert np.nansum(noise.responses) == 5


def test_no_spike_while_anything_was_shown_is_told(content, tmp_path):
    late = [1000 + times for times in content.spikes_s]
    path = attrs.evolve(content, spikes_s=late, observed_s=(0.0, 2000.0)).write(tmp_path / "x.nwb")
    with pytest.raises(sysid.SysidError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: expected spikes while noise, clip was shown, from 1 to 26.5 s, got none in any valid bin; "
        "clocks that do not start together look like this"
    )


def test_the_file_is_found_below_the_data_folder(path, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(path.parent))
    assert list(NWB(path=Path("recording.nwb")).load()) == [SESSION]


def test_a_file_that_is_nowhere_is_told_with_where_it_was_looked_for(tmp_path, monkeypatch):
    here, data, cache = tmp_path / "here", tmp_path / "data", tmp_path / "cache"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("SYSID_DATA_DIR", str(data))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    with pytest.raises(sysid.DataNotFoundError) as caught:
        NWB(path=Path("mine.nwb")).load()
    assert str(caught.value) == (
        f"mine.nwb: not found in {here}, {data} or {cache / 'sysid'}"
        "; set `path` to where it is, relative to the working directory of the command"
    )


def test_an_unchanged_file_is_read_once_and_a_changed_one_again(content, tmp_path):
    path = content.write(tmp_path / "x.nwb")
    first = load(path)
    assert load(path) is first
    make_small_file(frames=40).write(path)
    assert load(path).presentations[0].frames == 40


def test_a_recording_outlives_its_file_handle(path):
    import pickle

    noise = load(path).presentations[0]
    again = pickle.loads(pickle.dumps(noise.stimulus))
    assert np.array_equal(again[3:5], noise.stimulus[3:5])


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"crop": (1, 2, 3)},
            "crop: expected [top, left, height, width] with some height and width, got [1, 2, 3]",
        ),
        ({"crop": (0, 0, 0, 3)}, "crop: expected [top, left, height, width] with some height and width, got"),
        ({"stimulus": "noise"}, 'stimulus: expected an array of names, ("noise",), got "noise"'),
        ({"responses": " "}, 'responses: expected "units" or the name of a RoiResponseSeries, got " "'),
        (
            {"responses": "units, plane"},
            'responses: expected "units" alone, as spikes and fluorescence do not',
        ),
        (
            {"responses": "plane", "unit_preset": "allen"},
            'unit_preset: expected none with responses = "plane"',
        ),
        ({"responses": "plane", "areas": ("VISp",)}, 'areas: expected none with responses = "plane"'),
        ({"deconvolve_s": 1.0}, 'deconvolve_s: expected none with responses = "units", as it is for fluor'),
        (
            {"templates_dataset": "x"},
            "templates_dataset: expected none without `templates`, the file it is in",
        ),
    ],
)
def test_fields_that_do_not_fit_are_refused(fields, line):
    with pytest.raises(sysid.SysidError) as caught:
        NWB(path=Path("x.nwb"), **fields).describe()
    assert str(caught.value).startswith(f"nwb: {line}")


def test_no_overlap_in_time_is_told_with_both_spans(content, tmp_path):
    late = attrs.evolve(content, spikes_s=[1000 + times for times in content.spikes_s])
    path = late.write(tmp_path / "x.nwb")
    with pytest.raises(sysid.SysidError) as caught:
        load(path)
    first, last = 1000 + min(t[0] for t in content.spikes_s), 1000 + max(t[-1] for t in content.spikes_s)
    assert str(caught.value) == (
        f"{path}: expected stimulus and responses that overlap in time, got noise, clip from 1 to 26.5 s and "
        f"units from {first:g} to {last:g} s"
    )


def test_nothing_valid_is_told(content, tmp_path):
    path = attrs.evolve(content, invalid_s=((0.0, 30.0),)).write(tmp_path / "x.nwb")
    with pytest.raises(
        sysid.SysidError, match="expected bins in which units was recorded, got none that is valid"
    ):
        load(path)


def test_holding_out_what_was_not_recorded_is_refused(content, tmp_path):
    path = attrs.evolve(content, invalid_s=((19.0, 30.0),)).write(tmp_path / "x.nwb")
    with pytest.raises(sysid.SysidError, match=r"x\.nwb: test: expected recorded bins, got none in clip"):
        load(path, test=("clip",))
