"""The dataset `spike_csv:spike_csv`: spikes in a table, frames in a folder."""

from pathlib import Path
from typing import Literal

import attrs
import numpy as np

from sysid import (
    Dataset,
    Description,
    Neuron,
    Presentation,
    Provenance,
    Recording,
    SysidError,
    checksum,
    combined_checksum,
    find_data,
    key,
)
from sysid_spike_csv.clock import Stretch, divide, read_onsets, regular_onsets
from sysid_spike_csv.frame import LazyFrames, find_frames
from sysid_spike_csv.spike import count_spikes, drop_outside, mask_unrecorded, read_spikes, read_unrecorded

SESSION = "recording"
HOW_TO_GET = "give the path of your own file, relative to where the command is run"
Ranges = tuple[tuple[int, int], ...]


@attrs.frozen
class SpikeCsv(Dataset):
    """Read spike times from a CSV file and the frames of the movie from a folder of PNG files.

    The table has a row for each spike, with the columns `neuron` (any name) and `time_s`. Frames are shown in
    the natural order of their names, at a constant rate or at the times of another table, on the clock of the
    spikes. Choose it where a recording is in no format of its own; NWB keeps more of what is known.

    Bins are frames. The first ones are for training, those that follow for validation, the last for the test.
    A neuron that never spikes is not in the table, and so not in the recording.
    """

    spikes: Path = key("CSV file with the columns neuron and time_s, a row for each spike")
    frames: Path = key("folder of PNG files, grey or RGB of 8 bits, all of one size")
    onsets: Path | None = key(
        "CSV file with the column onset_s, a row for each frame; left out, frame_rate_hz says when they come",
        default=None,
    )
    frame_rate_hz: float | None = key(
        "constant rate of the frames, where there is no table of onsets", default=None, unit="Hz", above=0
    )
    start_s: float = key("onset of the first frame, with frame_rate_hz", default=0.0, unit="s")
    unrecorded: Path | None = key(
        "CSV file with the columns start_s and stop_s, and neuron if it is about one alone: when nothing was "
        "recorded; bins that reach into it are masked",
        default=None,
    )
    outside: Literal["refuse", "drop"] = key("what to do with spikes beyond the movie", default="refuse")
    gap: Literal["refuse", "split"] = key(
        "what to do with a pause of the movie: a history never reaches across the one that splits it",
        default="refuse",
    )
    longest_frame: float = key(
        "in median intervals: an interval up to this is a dropped frame, a longer one a gap",
        default=3.0,
        above=1,
    )
    test_fraction: float = key("of all frames, the last", default=0.2, above=0, below=0.5)
    validation_fraction: float = key("of all frames, those before the test", default=0.1, above=0, below=0.5)
    simulated: bool = key(
        "whether the spikes were computed, not recorded: results are then marked SIMULATED", default=False
    )

    def describe(self) -> dict[str, Description]:
        """Return one session, of which nothing is known without the files."""
        return {SESSION: Description()}

    def provenance(self) -> Provenance:
        """Return where the files lie, with one checksum over tables and frames."""
        tables = [
            self._find(path) for path in (self.spikes, self.onsets, self.unrecorded) if path is not None
        ]
        folder = self._find(self.frames)
        pictures = find_frames(folder).files
        frames = combined_checksum((file.name, checksum(file)) for file in pictures)
        files = (*((path.name, checksum(path)) for path in tables), (f"{len(pictures)} frames", frames))
        return Provenance(
            source=f"{self.spikes.name} beside the frames in {folder.name}",
            checksum=combined_checksum(files),
            simulated=self.simulated,
            files=files,
        )

    def load(self) -> dict[str, Recording]:
        """Read the tables; pixels stay on disk until they are sliced.

        Raises:
            DataNotFoundError: a file is not there.
            SysidError: it is there and broken; the line names file, line and column.
        """
        frames = find_frames(self._find(self.frames))
        stretches = self._show(len(frames.files))
        path = self._find(self.spikes)
        start_s, stop_s = stretches[0].edges_s[0], stretches[-1].edges_s[-1]
        spikes, dropped = drop_outside(read_spikes(path), start_s, stop_s, self.outside, path)
        neurons = tuple(spikes)
        unrecorded = ()
        if self.unrecorded is not None:
            unrecorded = read_unrecorded(self._find(self.unrecorded), neurons)
        presentations = []
        for number, stretch in enumerate(stretches, 1):
            counts = mask_unrecorded(count_spikes(spikes, stretch), stretch.edges_s, unrecorded, neurons)
            presentations.append(self._present(f"movie{number}", frames, stretch, counts))
        intervals = np.concatenate([np.diff(stretch.edges_s) for stretch in stretches])
        notes = note_choices(dropped, len(stretches))
        provenance = attrs.evolve(self.provenance(), notes=notes)
        cells, rate_hz = tuple(map(Neuron, neurons)), float(1 / np.median(intervals))
        return {SESSION: Recording(tuple(presentations), cells, rate_hz, provenance)}

    def _find(self, path: Path) -> Path:
        return find_data((path.name,), path, HOW_TO_GET)

    def _show(self, frames: int) -> tuple[Stretch, ...]:
        """Return when the frames were shown."""
        if self.onsets is None and self.frame_rate_hz is not None:
            onsets_s = regular_onsets(frames, self.frame_rate_hz, self.start_s)
            return divide(onsets_s, self.longest_frame, self.gap, str(self.frames))
        if self.onsets is None or self.frame_rate_hz is not None:
            got = "neither" if self.onsets is None else "both"
            raise SysidError(f"{self.frames}: expected onsets or frame_rate_hz, got {got}")
        path = self._find(self.onsets)
        return divide(read_onsets(path, frames), self.longest_frame, self.gap, str(path))

    def _present(self, name: str, frames: LazyFrames, stretch: Stretch, counts: np.ndarray) -> Presentation:
        """Put one stretch of frames and its counts (frame, neuron) together."""
        total, start, stop = len(frames.files), stretch.start, stretch.stop
        test = total - max(1, round(self.test_fraction * total))
        validation = test - max(1, round(self.validation_fraction * total))
        bounds = {"train": (0, validation), "validation": (validation, test), "test": (test, total)}
        return Presentation(
            name=name,
            stimulus=LazyFrames(frames.files[start:stop], (stop - start, *frames.shape[1:])),
            responses=counts[None],
            bin_duration_s=np.diff(stretch.edges_s),
            **{part: cut(first, last, start, stop) for part, (first, last) in bounds.items()},
        )


def cut(first: int, last: int, start: int, stop: int) -> Ranges:
    """Return what frames first … last of the movie are in a stretch from start to stop, counted from it."""
    first, last = max(first, start), min(last, stop)
    return ((first - start, last - start),) if first < last else ()


def note_choices(dropped: int, stretches: int) -> tuple[str, ...]:
    """Return a line for everything that was left out or divided."""
    notes = []
    if dropped:
        notes.append(f"{dropped} spikes before or after the movie were left out")
    if stretches > 1:
        notes.append(f"the movie pauses {stretches - 1} times, and spikes in pauses were left out")
    return tuple(notes)
