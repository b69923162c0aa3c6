"""Put the responses of one retina or both on a movie's clock, as one presentation."""

from collections.abc import Callable

import attrs
import numpy as np

from sysid import Presentation, SysidError
from sysid_datasets.dryad_control import draw_derangement
from sysid_datasets.dryad_deposit import Deposit
from sysid_datasets.dryad_section import (
    LAST_MS,
    Placement,
    SectionClock,
    bin_spikes,
    find_repeated_sections,
    keep_sections,
    place_sections,
)
from sysid_datasets.dryad_spike import SpikeTrains, read_movie_trains


@attrs.frozen(eq=False)
class Retina:
    """Hold one retina's responses to a movie and where they belong.

    Attributes:
        name: of its file in the deposit.
        spikes: all of the file's.
        clock: of its sections.
        repeated: runs of sections (first, last) that repeat one another, of which the first is kept.
        placement: the frames that the kept sections are paired with.
    """

    name: str
    spikes: SpikeTrains
    clock: SectionClock
    repeated: tuple[tuple[int, int], ...]
    placement: Placement


def read_retina(deposit: Deposit, name: str, clock: SectionClock, frames: int, draw: int | None) -> Retina:
    """Read a file of responses and place its kept sections on the clock of a movie of `frames` frames.

    With `draw`, each section is paired with the place of another, drawn from that seed.
    """
    repeated = find_repeated_sections(deposit, name)
    kept = keep_sections(repeated)
    order = np.arange(len(kept)) if draw is None else draw_derangement(len(kept), draw)
    placement = place_sections(kept, order, clock, frames)
    return Retina(name, read_movie_trains(deposit, name, LAST_MS), clock, repeated, placement)


def present_movie(
    name: str,
    stimulus: np.ndarray,
    retinas: tuple[Retina, ...],
    split: Callable[[int], np.ndarray],
) -> Presentation:
    """Return the movie with all responses, whole stretches of recording in each part.

    Args:
        name: of the movie.
        stimulus: (frame, 1, height, width).
        retinas: whose responses stand side by side.
        split: gives "train", "validation" or "test" for each of so many stretches, in order of time.

    Raises:
        SysidError: no section fits on the movie, or the folds do not fit the sections.
    """
    frames = len(stimulus)
    stretches = join_sections(tuple(retina.placement for retina in retinas))
    if not any(stretches):
        raise SysidError(
            f"dryad_mea: first_section_s: expected sections within the {frames} frames of {name}, got none"
        )
    parts = split(len(stretches))
    section = np.full(frames, -1)
    ranges: dict[str, list[tuple[int, int]]] = {"train": [], "validation": [], "test": []}
    for index, (stretch, part) in enumerate(zip(stretches, parts, strict=True)):
        if stretch is not None:
            section[slice(*stretch)] = index
            ranges[part].append(stretch)
    return Presentation(
        name=name,
        stimulus=stimulus,
        responses=fill_responses(retinas, frames),
        bin_duration_s=np.full(frames, 1 / retinas[0].clock.frame_rate_hz),
        section=section,
        **{part: tuple(each) for part, each in ranges.items()},
    )


def join_sections(placements: tuple[Placement, ...]) -> list[tuple[int, int] | None]:
    """Return the frame range of each independent stretch of recording, in order of time.

    Sections of two retinas that share frames are one stretch: divided, a frame would be in two parts. None
    stands for a stretch of which nothing fits on the movie, so that a control keeps the folds of the truth.
    """
    intervals = sorted(
        (int(first), int(stop), bool(fits))
        for placement in placements
        for first, stop, fits in zip(placement.first, placement.stop, placement.fits, strict=True)
    )
    stretches: list[tuple[int, int] | None] = []
    reached = None
    for first, stop, fits in intervals:
        if reached is None or first >= reached:
            stretches.append(None)
            reached = stop
        reached = max(reached, stop)
        if fits and stop > first:  # a section shorter than a frame may hold none
            begun = stretches[-1]
            stretches[-1] = (first, stop) if begun is None else (begun[0], max(begun[1], stop))
    return stretches


def fill_responses(retinas: tuple[Retina, ...], frames: int) -> np.ndarray:
    """Return (repeat, frame, neuron) float32 spikes per frame, the retinas' neurons side by side.

    NaN outside a retina's sections, and in the repeats that a retina has fewer than the other.
    """
    repeats = max(retina.spikes.repeats for retina in retinas)
    neurons = sum(retina.spikes.neurons for retina in retinas)
    responses = np.full((repeats, frames, neurons), np.nan, dtype=np.float32)
    done = 0
    for retina in retinas:
        spikes = retina.spikes
        recorded, counts = bin_spikes(spikes, retina.placement, retina.clock)
        responses[: spikes.repeats, recorded, done : done + spikes.neurons] = counts
        done += spikes.neurons
    return responses
