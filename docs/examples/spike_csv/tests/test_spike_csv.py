"""The dataset of tables and pictures: what it reads, what it masks, how it divides, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sysid
from sysid.testing import check_dataset
from sysid_spike_csv.dataset import SpikeCsv
from sysid_spike_csv.natural_order import natural_order
from sysid_spike_csv.simulate import write_pictures, write_recording

FRAMES = 40
SPIKES = """neuron,time_s
a2,0.05
a10,0.10
a2,0.11
a2,3.95
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Forty frames at 10 Hz, 5 × 3 px, and four spikes of two neurons."""
    monkeypatch.chdir(tmp_path)
    write_pictures(Path("frames"), pixels())
    Path("spikes.csv").write_text(SPIKES)
    return tmp_path


def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (FRAMES, 1, 5, 3), dtype=np.uint8)


def make(**keys) -> SpikeCsv:
    return SpikeCsv(**{"spikes": Path("spikes.csv"), "frames": Path("frames"), "frame_rate_hz": 10.0, **keys})


def load(**keys) -> sysid.Recording:
    return make(**keys).load()["recording"]


def write_onsets(*gaps: tuple[int, float]) -> Path:
    """Write onsets every 100 ms, with some frames coming later by so much."""
    steps = np.full(FRAMES, 0.1)
    steps[0] = 0
    for frame, more in gaps:
        steps[frame] += more
    Path("onsets.csv").write_text("onset_s\n" + "\n".join(f"{onset:.3f}" for onset in steps.cumsum()) + "\n")
    return Path("onsets.csv")


def test_it_keeps_what_its_interface_promises(tmp_path):
    write_recording(tmp_path, frames=120)
    config = {"spikes": tmp_path / "spikes.csv", "frames": tmp_path / "frames"}
    check_dataset(SpikeCsv(**config, onsets=tmp_path / "onsets.csv", simulated=True))
    check_dataset(SpikeCsv(**config, frame_rate_hz=31.0, outside="drop"))


def test_spikes_are_counted_in_the_bins_of_their_frames(folder):
    counts = load().presentations[0].responses[0]
    expected = np.zeros((FRAMES, 2))
    expected[0, 0], expected[1], expected[39, 0] = 1, [1, 1], 1  # a spike at an onset is in the bin it begins
    np.testing.assert_array_equal(counts, expected)
    assert [neuron.id for neuron in load().neurons] == ["a2", "a10"]


def test_frames_come_in_natural_order_and_are_read_when_sliced(folder):
    recording = load()
    Path("frames/frame1.png").unlink()  # not opened by a slice that leaves it out
    np.testing.assert_array_equal(recording.presentations[0].stimulus[1:12], pixels()[1:12])
    assert sorted(["f10", "f2", "f1b", "f"], key=natural_order) == ["f", "f1b", "f2", "f10"]


def test_colour_pictures_have_three_channels(folder):
    colour = np.random.default_rng(0).integers(0, 256, (5, 3, 3), dtype=np.uint8)  # height width channel
    for file in Path("frames").iterdir():
        Image.fromarray(colour).save(file)
    np.testing.assert_array_equal(load().presentations[0].stimulus[3:4][0], colour.transpose(2, 0, 1))


def test_parts_follow_one_another(folder):
    movie = load(test_fraction=0.25, validation_fraction=0.1).presentations[0]
    assert (movie.train, movie.validation, movie.test) == (((0, 26),), ((26, 30),), ((30, 40),))


def test_a_dropped_frame_is_a_longer_bin(folder):
    movie = load(onsets=write_onsets((7, 0.1)), frame_rate_hz=None).presentations[0]
    expected = np.full(FRAMES, 0.1)
    expected[6] = 0.2
    np.testing.assert_allclose(movie.bin_duration_s, expected)


def test_a_pause_begins_another_presentation(folder):
    recording = load(onsets=write_onsets((25, 1.0)), frame_rate_hz=None, gap="split")
    first, second = recording.presentations
    assert (first.frames, second.frames) == (25, 15)
    assert (first.train, first.validation, first.test) == (((0, 25),), (), ())
    assert (second.train, second.validation, second.test) == (((0, 3),), ((3, 7),), ((7, 15),))
    np.testing.assert_array_equal(second.stimulus[0:2], pixels()[25:27])
    assert first.bin_duration_s[-1] == pytest.approx(0.1)  # the pause is no part of the last frame
    assert recording.provenance.notes == ("the movie pauses 1 times, and spikes in pauses were left out",)


def test_what_was_not_recorded_is_masked(folder):
    Path("lost.csv").write_text("start_s,stop_s,neuron\n0.15,0.35,a10\n2.0,2.1,\n")
    unknown = np.isnan(load(unrecorded=Path("lost.csv")).presentations[0].responses[0])
    assert np.argwhere(unknown).tolist() == [[1, 1], [2, 1], [3, 1], [20, 0], [20, 1]]


def test_spikes_beyond_the_movie_are_left_out_where_that_is_asked_for(folder):
    recording = load(start_s=0.1, outside="drop")
    assert float(recording.presentations[0].responses.sum()) == 3
    assert recording.provenance.notes == ("1 spikes before or after the movie were left out",)


def test_every_file_is_in_the_checksum(folder):
    before = make().provenance()
    assert [name for name, _ in before.files] == ["spikes.csv", "40 frames"]
    Image.fromarray(pixels()[3, 0]).save("frames/frame9.png")
    assert make().provenance().checksum != before.checksum


def test_what_is_simulated_says_so(folder):
    assert load(simulated=True).provenance.simulated
    assert not load().provenance.simulated


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cell,time_s\na,1\n", 'spikes.csv: line 1: expected a column "neuron", found "cell", "time_s"'),
        ("", 'spikes.csv: line 1: expected a column "neuron", found nothing'),
        ("neuron,time_s\n", "spikes.csv: expected one spike a row, got no rows"),
        ("neuron,time_s\na,1\na\n", "spikes.csv: line 3: expected 2 entries, got 1"),
        ("neuron,time_s\na,1\na,1 s\n", 'spikes.csv: line 3: time_s: expected a time in seconds, got "1 s"'),
        ("neuron,time_s\na,nan\n", 'spikes.csv: line 2: time_s: expected a time in seconds, got "nan"'),
        (
            "neuron,time_s\na,2\nb,1\na,1.5\n",
            "spikes.csv: line 4: time_s: expected times of neuron a that increase, got 1.5 after 2 s; sort",
        ),
        (
            "neuron,time_s\na,1\na,1200\n",
            "spikes.csv: time_s: expected spikes within the movie, 0 to 4 s, got 1 of 2 beyond it (all are "
            'from 1 to 1200); times are in seconds on the clock of the frames, and outside = "drop" leaves',
        ),
    ],
)
def test_a_mistake_in_the_spikes_is_told_with_its_place(folder, text, words):
    Path("spikes.csv").write_text(text)
    with pytest.raises(sysid.SysidError) as caught:
        load()
    assert words in str(caught.value)


def test_a_table_that_is_no_text_is_refused(folder):
    Path("spikes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(
        sysid.SysidError, match=r"spikes.csv: expected a CSV table as text, got 'utf-8' codec"
    ):
        load()


def test_a_gap_is_told_with_its_frame(folder):
    expected = "onsets.csv: expected a frame every 0.1 s, got a gap of 1.1 s before frame 26; with gap ="
    with pytest.raises(sysid.SysidError, match=expected):
        load(onsets=write_onsets((25, 1.0)), frame_rate_hz=None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("onset_s\n0\n1\n", "onsets.csv: expected 40 rows, one for each frame, got 2"),
        (
            "onset_s\n" + "\n".join(["0", "0.1", "0.1", *map(str, range(1, 38))]),
            "onsets.csv: line 4: onset_s: expected a time after 0.1 s, the frame before, got 0.1",
        ),
    ],
)
def test_a_mistake_in_the_onsets_is_told_with_its_place(folder, text, words):
    Path("onsets.csv").write_text(text)
    with pytest.raises(sysid.SysidError) as caught:
        load(onsets=Path("onsets.csv"), frame_rate_hz=None)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start_s,stop_s\n1,1\n", "lost.csv: line 2: stop_s: expected a time after 1 s, got 1"),
        ("start_s,stop_s,neuron\n1,2,b\n", 'line 2: neuron: expected a neuron that has spikes, got "b"'),
    ],
)
def test_a_mistake_in_what_was_not_recorded_is_told_with_its_place(folder, text, words):
    Path("lost.csv").write_text(text)
    with pytest.raises(sysid.SysidError) as caught:
        load(unrecorded=Path("lost.csv"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "got"), [({"frame_rate_hz": None}, "neither"), ({"onsets": Path("onsets.csv")}, "both")]
)
def test_onsets_come_from_one_place(folder, keys, got):
    with pytest.raises(sysid.SysidError, match=f"frames: expected onsets or frame_rate_hz, got {got}"):
        load(**keys)


def test_frames_of_several_sizes_are_refused(folder):
    Image.fromarray(np.zeros((4, 3), np.uint8)).save("frames/frame7.png")
    expected = (
        r"frame7.png: expected \(channel, height, width\) \(1, 5, 3\) as in frame1.png, got \(1, 4, 3\)"
    )
    with pytest.raises(sysid.SysidError, match=expected):
        load()


def test_other_pictures_are_refused(folder):
    Image.fromarray(np.zeros((5, 3, 4), np.uint8)).save("frames/frame1.png")
    with pytest.raises(sysid.SysidError, match=r'expected grey or RGB of 8 bits, got Pillow.s mode "RGBA"'):
        load()
    Path("frames/frame1.png").write_text("no picture")
    with pytest.raises(sysid.SysidError, match=r"frame1.png: expected a picture, got cannot identify image"):
        load()


def test_a_picture_that_is_cut_short_is_told_when_it_is_read(folder):
    Path("frames/frame3.png").write_bytes(Path("frames/frame3.png").read_bytes()[:50])
    stimulus = load().presentations[0].stimulus
    with pytest.raises(sysid.SysidError, match=r"frame3.png: expected a picture, got .*truncated"):
        stimulus[2:3]


def test_a_folder_without_frames_is_refused(folder):
    Path("empty").mkdir()
    with pytest.raises(sysid.SysidError, match="empty: expected frames as PNG files, found none"):
        load(frames=Path("empty"))
    with pytest.raises(sysid.SysidError, match=r"spikes.csv: expected a folder of PNG files, got a file"):
        load(frames=Path("spikes.csv"))


def test_one_frame_is_no_movie(folder):
    for number in range(2, FRAMES + 1):
        Path(f"frames/frame{number}.png").unlink()
    with pytest.raises(sysid.SysidError, match="frames: expected at least 2 frames, got 1"):
        load()


def test_a_file_that_is_not_there_is_told_with_what_to_do(folder):
    expected = r"none.csv: no such file or folder; give the path of your own file, relative to where the"
    with pytest.raises(sysid.DataNotFoundError, match=expected):
        make(spikes=Path("none.csv")).provenance()
