"""Check that a stimulus read in slices is the stimulus read whole."""

import numpy as np

from sysid.recording import Recording, Stimulus
from sysid.testing.stretch import choose_stretches
from sysid.testing.subject import Subject

HINT = (
    "Usual mistake: `start` of a slice is forgotten, frames are counted from 1, or a cache hands out what "
    "was read before. A stop beyond the end is cut off, as in numpy; steps and negative numbers never come."
)


def check_slices(subject: Subject, session: str, recording: Recording) -> None:
    """Read pieces of every stimulus and expect them to be pieces of a longer read.

    Raises:
        AssertionError: a piece has other values, another shape or another type.
    """
    for presentation in recording.presentations:
        where = f"{session}/{presentation.name}"
        for start, stop in choose_stretches(presentation.stimulus):
            _check_stretch(subject, where, presentation.stimulus, start, stop)


def _check_stretch(subject: Subject, where: str, stimulus: Stimulus, start: int, stop: int) -> None:
    whole = _read(subject, where, stimulus, start, stop)
    third = (stop - start) // 3
    pieces = [
        (start, start + 1),
        (start + third, start + 2 * third + 1),
        (stop - 1, stop),
        (start + 1, min(start + 3, stop)),
    ]
    for first, last in dict.fromkeys(pieces):
        piece = _read(subject, where, stimulus, first, last)
        expected = whole[first - start : last - start]
        subject.expect(
            np.array_equal(piece, expected),
            "slices",
            f"stimulus[{first}:{last}] of {where} to be the same frames as in stimulus[{start}:{stop}]",
            f"other values in {int((piece != expected).any(axis=(1, 2, 3)).sum())} of {len(piece)} frames",
            HINT,
        )
    if stop == stimulus.shape[0]:
        _read(subject, where, stimulus, stop - 1, stop + 3)


def _read(subject: Subject, where: str, stimulus: Stimulus, start: int, stop: int) -> np.ndarray:
    """Read a slice and expect its shape and type."""
    with subject.running("slices", f"stimulus[{start}:{stop}] of {where}", HINT):
        frames = np.asarray(stimulus[start:stop])
    expected = (max(min(stop, stimulus.shape[0]) - start, 0), *stimulus.shape[1:])
    subject.expect(
        frames.shape == expected and frames.dtype == stimulus.dtype,
        "slices",
        f"stimulus[{start}:{stop}] of {where} to be {expected} in {np.dtype(stimulus.dtype)}",
        f"{frames.shape} in {frames.dtype}",
        HINT,
    )
    return frames
