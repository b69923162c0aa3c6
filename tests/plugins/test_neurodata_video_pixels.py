"""Frames of videos, by number."""

from pathlib import Path

import av
import numpy as np
import pytest

from sysid import SysidError
from sysid_datasets.neurodata.external_pixels import find_external
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.series_pixels import series_pixels
from sysid_datasets.neurodata.template_pixels import template_pixels
from sysid_datasets.neurodata.video_pixels import find_frames, video_pixels
from tests.neurodata_stimulus_file import begin, external_series, save

HEIGHT, WIDTH = 32, 48


def levels(frames: int) -> np.ndarray:
    """Return how bright each frame is, by which a lossy video still tells them apart."""
    return (40 + 15 * (np.arange(frames) % 13)).astype(np.uint8)


def write_video(path: Path, frames: int, codec: str = "ffv1", pix_fmt: str = "gray", **options: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        stream.bit_rate = 20_000_000
        for level in levels(frames):
            pixels = np.full((HEIGHT, WIDTH), level, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="gray")))
        container.mux(stream.encode())
    return path


def external(path: Path, names: list[str], frames: int, starts: list[int]) -> Path:
    file = begin()
    file.add_stimulus(external_series("movie", names, 0.1 * np.arange(frames), starts))
    return save(file, path)


def read(path: Path):
    with open_nwb(path) as opened:
        return series_pixels(opened, opened.file.stimulus["movie"], "auto")


def test_a_grey_video_has_one_channel_and_its_pixels_are_exact(tmp_path):
    pixels = video_pixels([write_video(tmp_path / "movie.mkv", 7)], "movie")
    assert (pixels.shape, pixels.dtype) == ((7, 1, HEIGHT, WIDTH), np.uint8)
    taken = pixels.take(np.array([5, 2, 5]))
    assert taken.shape == (3, 1, HEIGHT, WIDTH)
    np.testing.assert_array_equal(taken[:, 0, 3, 4], levels(7)[[5, 2, 5]])


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "mpeg4", {"bf": "2", "g": "6", "qmax": "2"}),
        ("a.avi", "mpeg4", {"g": "6", "qmax": "2"}),
        ("a.avi", "mjpeg", {}),
    ],
)
def test_frames_are_found_from_the_key_frame_before_them(tmp_path, name, codec, options):
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    pixels = video_pixels([write_video(tmp_path / name, 50, codec, pix_fmt, **options)], "movie")
    assert pixels.shape == (50, 3, HEIGHT, WIDTH)
    everything = pixels.take(np.arange(50))[:, 1].mean(axis=(1, 2))
    assert np.abs(everything - levels(50)).max() < 7  # neighbours differ by 15
    for frame in (0, 1, 17, 36, 49):
        alone = pixels.take(np.array([frame]))[:, 1].mean(axis=(1, 2))
        np.testing.assert_array_equal(alone, everything[[frame]])
    np.testing.assert_array_equal(
        pixels.take(np.array([48, 3, 30]))[:, 1].mean(axis=(1, 2)), everything[[48, 3, 30]]
    )


def test_a_video_without_times_is_counted_through(tmp_path):
    video = find_frames(write_video(tmp_path / "movie.mkv", 9))
    assert len(video.stamps) == 9
    blind = type(video)(video.path, 9, (), video.shape)
    assert blind.decode(np.array([7]))[7][0, 0, 0] == levels(9)[7]
    with pytest.raises(SysidError, match=r"movie.mkv: expected a frame 9, got a video that ends before$"):
        blind.decode(np.array([9]))


def test_videos_follow_one_another_by_their_lengths_whatever_starting_frame_says(tmp_path):
    for name, frames in (("a.mkv", 4), ("b.mkv", 6)):
        write_video(tmp_path / name, frames)
    pixels, note = read(external(tmp_path / "a.nwb", ["a.mkv", "b.mkv"], 10, [0, 4]))
    np.testing.assert_array_equal(pixels.take(np.array([5, 3]))[:, 0, 0, 0], levels(6)[[1, 3]])
    assert note == "movie: pixels are read from a.mkv, b.mkv"
    pixels, note = read(external(tmp_path / "b.nwb", ["a.mkv", "b.mkv"], 10, [0, 0]))
    np.testing.assert_array_equal(pixels.take(np.array([5]))[:, 0, 0, 0], levels(6)[[1]])
    assert note.endswith("; starting_frame [0, 0] is not what their lengths give, [0, 4], which is used")


def test_a_file_beside_the_session_is_found_by_its_name_where_the_path_was_of_another_computer(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("movie.avi", "sub/deep.avi"):
        (tmp_path / name).touch()
    assert find_external(tmp_path, "sub/deep.avi") == tmp_path / "sub/deep.avi"
    assert find_external(tmp_path, "sub\\deep.avi") == tmp_path / "sub/deep.avi"
    assert find_external(tmp_path, "D:\\videos\\movie.avi") == tmp_path / "movie.avi"
    assert find_external(tmp_path, "/far/away/movie.avi") == tmp_path / "movie.avi"
    assert find_external(tmp_path, "other.avi") is None


def test_a_video_may_be_a_template(tmp_path):
    write_video(tmp_path / "movie.mkv", 5)
    for path in (tmp_path, tmp_path / "movie.mkv"):
        pixels, note = template_pixels(path, ("movie",), None, "auto")
        assert pixels.shape == (5, 1, HEIGHT, WIDTH)
        assert note == "movie: pixels are read from movie.mkv"


def test_videos_of_different_sizes_and_files_that_are_none_are_told(tmp_path):
    one = write_video(tmp_path / "a.mkv", 3)
    other = write_video(tmp_path / "b.mkv", 3, "mpeg4", "yuv420p")
    with pytest.raises(SysidError) as error:
        video_pixels([one, other], "movie")
    assert str(error.value).endswith(
        "b.mkv: expected frames (channel, height, width) (1, 32, 48) as of a.mkv, got (3, 32, 48)"
    )
    (tmp_path / "c.mkv").write_text("no video")
    with pytest.raises(SysidError, match=r"c.mkv: expected a video, got"):
        video_pixels([tmp_path / "c.mkv"], "movie")
