"""Frames of videos, decoded when they are asked for."""

import bisect
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from jaxtyping import Int64

from sysid import SysidError
from sysid_datasets.neurodata.array_pixels import check_numbers, empty_frames
from sysid_datasets.neurodata.opening import shorten
from sysid_datasets.neurodata.pixels import runs_of

SUFFIXES = (".avi", ".mp4", ".mkv", ".mov", ".m4v", ".mpg", ".mpeg", ".webm", ".wmv")
# Of these alone: others are lists of further files and addresses, which FFmpeg would open.
FORMATS = (
    *("avi", "mov", "mp4", "m4a", "3gp", "3g2", "mj2"),
    *("matroska", "webm", "mpeg", "mpegts", "mpegvideo", "asf"),
)
OPTIONS = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "file"}
HOW_TO_READ = "pip install 'neural-sysid[video]'"


@attrs.frozen(eq=False)
class Video:
    """Know of a video what it takes to find a frame in it.

    Attributes:
        path: of the file.
        frames: how many.
        stamps: (frame,), increasing, presentation times in the video's own unit; empty where it has none,
            then every reading begins at its begin.
        shape: (channel, height, width).
    """

    path: Path
    frames: int
    stamps: tuple[int, ...]
    shape: tuple[int, int, int]

    def decode(self, numbers: Int64[np.ndarray, " n"]) -> dict[int, np.ndarray]:
        """Return frames by number, each (channel, height, width).

        Raises:
            SysidError: it ends before, or is damaged.
        """
        found: dict[int, np.ndarray] = {}
        if self.stamps:
            for run in runs_of(numbers):
                found |= self._read(numbers, run.start, run.stop)
        missing = sorted({*numbers.tolist()} - {*found})
        if missing:  # a place was not found by its time: count from the begin
            found |= self._read(numbers, 0, missing[-1] + 1, by_time=False)
        for number in missing:
            if number not in found:
                raise SysidError(f"{self.path}: expected a frame {number}, got a video that ends before")
        return found

    def _read(
        self, numbers: Int64[np.ndarray, " n"], start: int, stop: int, *, by_time: bool = True
    ) -> dict[int, np.ndarray]:
        wanted, found = {*numbers.tolist()}, {}
        with open_video(self.path) as (container, stream):
            if by_time and start:
                container.seek(self.stamps[start], stream=stream)  # to the key frame before
            for counted, frame in enumerate(container.decode(stream)):
                number = self._find(frame.pts) if by_time else counted
                if number in wanted and start <= number < stop:
                    found[number] = to_pixels(frame)
                if number >= stop - 1:
                    break
        return found

    def _find(self, stamp: int | None) -> int:
        """Return the number of the frame with a time, −1 if there is none."""
        if stamp is None:
            return -1
        at = bisect.bisect_left(self.stamps, stamp)
        return at if at < len(self.stamps) and self.stamps[at] == stamp else -1


@attrs.frozen(eq=False)
class VideoPixels:
    """Read frames of videos that follow one another.

    Attributes:
        videos: in order.
        place: what names them, for messages.
    """

    videos: tuple[Video, ...]
    place: str

    @property
    def first(self) -> tuple[int, ...]:
        """Number of the first frame of each video."""
        return tuple(np.cumsum([0, *(video.frames for video in self.videos[:-1])]).tolist())

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(frame, channel, height, width)."""
        return sum(video.frames for video in self.videos), *self.videos[0].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8."""
        return np.dtype(np.uint8)

    @property
    def files(self) -> tuple[Path, ...]:
        """What they are read from."""
        return tuple(video.path for video in self.videos)

    def take(self, frames: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Decode frames in the given order, (n, channel, height, width)."""
        check_numbers(frames, self.shape[0], self.place)
        taken = empty_frames((len(frames), *self.shape[1:]), self.dtype, self.place)
        video_of = np.searchsorted(np.array(self.first), frames, side="right") - 1
        for number in np.unique(video_of).tolist():
            wanted = np.flatnonzero(video_of == number)
            within = frames[wanted] - self.first[number]
            decoded = self.videos[number].decode(np.unique(within))
            for at, own in zip(wanted.tolist(), within.tolist(), strict=True):
                taken[at] = decoded[own]
        return taken


def video_pixels(paths: Sequence[Path], place: str) -> VideoPixels:
    """Return the frames of videos that follow one another.

    Raises:
        SysidError: one is no video, they differ in size, or the package that reads them is not installed.
    """
    videos = tuple(find_frames(path) for path in paths)
    for video in videos:
        if video.shape != videos[0].shape:
            raise SysidError(
                f"{video.path}: expected frames (channel, height, width) {videos[0].shape} as of "
                f"{videos[0].path.name}, got {video.shape}"
            )
    return VideoPixels(videos, place)


def find_frames(path: Path) -> Video:
    """Look through a video without decoding it: how many frames it has, and when they come.

    Raises:
        SysidError: it is no video, or the package that reads one is not installed.
    """
    with open_video(path) as (container, stream):
        packets = [packet for packet in container.demux(stream) if packet.size and not packet.is_discard]
        stamps = [packet.pts for packet in packets if packet.pts is not None]
    if not packets:
        raise SysidError(f"{path}: expected a video, got one without frames")
    known = len(stamps) == len(packets) == len(set(stamps))
    with open_video(path) as (container, stream):
        first = next(iter(container.decode(stream)), None)
        if first is None:
            raise SysidError(f"{path}: expected a video, got one without frames")
        shape = to_pixels(first).shape
    return Video(path, len(packets), tuple(sorted(stamps)) if known else (), shape)


@contextlib.contextmanager
def open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a video for the length of a `with` block: the container and the first video stream in it.

    Raises:
        SysidError: it is no video, it is damaged where it is read, or the package is not installed.
    """
    try:
        import av  # need not be installed
    except ImportError as error:
        raise SysidError(f"{path}: reading a video needs the package av: {HOW_TO_READ}") from error
    try:
        with av.open(str(path), options=OPTIONS, metadata_errors="replace") as container:
            yield container, container.streams.video[0]
    except (av.FFmpegError, IndexError, ValueError, MemoryError, OverflowError) as error:
        raise SysidError(f"{path}: expected a video, got {shorten(error)}") from error


def to_pixels(frame: Any) -> np.ndarray:
    """Return a decoded frame as uint8 (channel, height, width), one channel where it is stored grey."""
    if frame.format.name.startswith("gray"):
        return frame.to_ndarray(format="gray")[None]
    return frame.to_ndarray(format="rgb24").transpose(2, 0, 1)
