"""Place the 300 ms sections of the deposit's movie responses on the movie's clock.

The 18 s of each movie file are 60 sections of 300 ms put end to end. When each was recorded is not in the
deposit; the times here were inferred from the responses and are fields of the dataset.
"""

import functools

import attrs
import numpy as np

from sysid_datasets.dryad_deposit import Deposit
from sysid_datasets.dryad_spike import SpikeTrains, read_movie_trains

SECTIONS = 60
SECTION_MS = 300
LAST_MS = SECTIONS * SECTION_MS  # 60 × 300 ms = 18 s
LARGEST_STEP_MS = 100  # repeated sections advance by 10 or 30 ms
SAME_SPIKES = 0.5  # of the spikes two sections could share; 1.0 in repeats, at most .03 in any other pair
FEWEST_SHARED = 10  # spikes; two nearly silent sections may agree by chance


@attrs.frozen
class SectionClock:
    """Say when sections were recorded, on the movie's clock.

    Attributes:
        first_s: onset of the first section after the movie's onset.
        period_s: from the onset of a section to that of the next.
        duration_s: of each section.
        frame_rate_hz: of the movie.
        late_s: how much later than true the stimulus is that they are paired with, for a control.
    """

    first_s: float
    period_s: float
    duration_s: float
    frame_rate_hz: float
    late_s: float = 0.0

    def onset_s(self, place: np.ndarray) -> np.ndarray:
        """Return when the sections at these places begin, or begin for a control."""
        return self.first_s + self.late_s + self.period_s * place

    def frames(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return first frames and frames after the last, of the frames that lie wholly inside the sections.

        Frame f is on screen from f to f + 1 frame durations after the movie's onset.
        """
        onset = self.onset_s(place)
        first = np.ceil(onset * self.frame_rate_hz - 1e-6).astype(int)  # 1e-6: 3.8 s · 30 Hz is 114 frames
        stop = np.floor((onset + self.duration_s) * self.frame_rate_hz + 1e-6).astype(int)
        return first, np.maximum(stop, first)


@attrs.frozen(eq=False)
class Placement:
    """Pair sections of a file with places on the movie's clock.

    Attributes:
        sections: (section,), numbers in the file, 0 … 59.
        order: (section,), which place on the clock each is paired with; 0, 1, 2 … but for a control.
        first, stop: (section,), the half-open range of frames that follows.
        fits: (section,), whether all of these frames are in the movie.
    """

    sections: np.ndarray
    order: np.ndarray
    first: np.ndarray
    stop: np.ndarray
    fits: np.ndarray


@functools.lru_cache(maxsize=8)
def find_repeated_sections(deposit: Deposit, name: str) -> tuple[tuple[int, int], ...]:
    """Return the runs of sections in a file that repeat one another, first and last included."""
    return group_repeats(compare_neighbours(read_movie_trains(deposit, name, LAST_MS)))


def compare_neighbours(spikes: SpikeTrains) -> np.ndarray:
    """Say which sections repeat their predecessor a little later, (59,).

    A section that begins d ms after its predecessor holds the same spikes d ms earlier: of the spikes that
    both could hold, at least half are shared for some d of 1 … 100 ms.
    Expected in the deposit: Movie1Exp1 44–59, Movie1Exp2 22–31, Movie2Exp1 29–42, Movie2Exp2 54–59.
    """
    train = spikes.neuron * spikes.repeats + spikes.repeat
    section, local = np.divmod(spikes.time_ms - 1, SECTION_MS)
    keys = np.unique((train * SECTIONS + section) * SECTION_MS + local)
    section, local = keys // SECTION_MS % SECTIONS, keys % SECTION_MS
    repeats = np.zeros(SECTIONS - 1, dtype=bool)
    if not len(keys):
        return repeats
    for step in range(1, LARGEST_STEP_MS + 1):
        before = (local >= step) & (section < SECTIONS - 1)
        after = (local < SECTION_MS - step) & (section > 0)
        expected = keys[before] + SECTION_MS - step  # same train, next section, `step` earlier
        found = keys[np.searchsorted(keys, expected).clip(max=len(keys) - 1)] == expected
        shared = np.bincount(section[before][found], minlength=SECTIONS - 1)
        either = (
            np.bincount(section[before], minlength=SECTIONS - 1)
            + np.bincount(section[after] - 1, minlength=SECTIONS - 1)
            - shared
        )
        repeats |= (shared >= FEWEST_SHARED) & (shared >= SAME_SPIKES * either)
    return repeats


def group_repeats(repeats: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Return (first, last) section of every run in which each section repeats the one before."""
    edges = np.diff(np.concatenate([[0], repeats.astype(int), [0]]))
    return tuple(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def keep_sections(runs: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Return the sections that stay when every run of repeats keeps only its first."""
    left_out = {section for first, last in runs for section in range(first + 1, last + 1)}
    return np.array([section for section in range(SECTIONS) if section not in left_out])


def place_sections(sections: np.ndarray, order: np.ndarray, clock: SectionClock, frames: int) -> Placement:
    """Pair section i of `sections` with the `order[i]`-th place on the clock; `frames` are the movie's."""
    first, stop = clock.frames(order)
    return Placement(sections, order, first, stop, (first >= 0) & (stop <= frames))


def bin_spikes(
    spikes: SpikeTrains, placement: Placement, clock: SectionClock
) -> tuple[np.ndarray, np.ndarray]:
    """Count spikes per frame in the sections that fit on the movie.

    Returns:
        The frames, section after section, (bin,), and the counts, (repeat, bin, neuron).
    """
    lengths = np.where(placement.fits, placement.stop - placement.first, 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    bins = int(offsets[-1])
    row_of_bin = np.repeat(np.arange(len(lengths)), lengths)
    frames = placement.first[row_of_bin] + np.arange(bins) - offsets[row_of_bin]

    row_of_section = np.full(SECTIONS, -1)
    row_of_section[placement.sections] = np.arange(len(placement.sections))
    section, local = np.divmod(spikes.time_ms - 1, SECTION_MS)
    row = row_of_section[section]
    time_s = (
        clock.onset_s(placement.order[row]) + (local + 0.5) / 1000
    )  # the middle of the spike's millisecond
    frame = np.floor(time_s * clock.frame_rate_hz).astype(int) - placement.first[row]
    inside = (row >= 0) & (frame >= 0) & (frame < lengths[row])
    at_bin = offsets[row[inside]] + frame[inside]
    flat = (spikes.repeat[inside] * bins + at_bin) * spikes.neurons + spikes.neuron[inside]
    counts = np.bincount(flat, minlength=spikes.repeats * bins * spikes.neurons)
    return frames, counts.reshape(spikes.repeats, bins, spikes.neurons)  # repeat bin neuron
