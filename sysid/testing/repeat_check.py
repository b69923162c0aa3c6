"""Check that what a model is tested on was not shown in training under another name."""

import hashlib
from collections.abc import Iterator

import attrs
import numpy as np

from sysid.recording import PARTS, Part, Presentation, Recording
from sysid.testing.stretch import choose_stretches
from sysid.testing.subject import Subject

RUN_FRAMES = 10  # in a row that have to be the same; a shorter presentation, such as an image, as a whole
HINT = (
    "Repeats of one stimulus stay in one part of the split: give them one `identity`, or be one presentation "
    "with several repeats. Otherwise the test scores what was learned by heart."
)

Run = tuple[bytes, ...]


@attrs.frozen(eq=False)
class Shown:
    """The frames of a presentation that were read.

    Attributes:
        start: number of the first.
        digests: of each; None where all pixels are the same, as in a pause.
        part: of each, or None.
    """

    name: str
    start: int
    digests: tuple[bytes | None, ...]
    part: tuple[Part | None, ...]

    @property
    def run_length(self) -> int:
        """How many frames in a row are compared."""
        return min(RUN_FRAMES, len(self.digests))

    def runs(self, part: Part, length: int) -> Iterator[tuple[int, Run]]:
        """Yield first frame and digests of all frames in a row that belong to a part, but for pauses."""
        for first in range(len(self.digests) - length + 1):
            run = self.digests[first : first + length]
            if set(self.part[first : first + length]) == {part} and any(each is not None for each in run):
                yield self.start + first, tuple(each or b"" for each in run)


def check_repeats(subject: Subject, session: str, recording: Recording) -> None:
    """Look for frames of the test in training and validation, and for those of validation in training.

    Raises:
        AssertionError: a sequence of frames is in two parts.
    """
    shown = [each for presentation in recording.presentations for each in _read(presentation)]
    pairs: tuple[tuple[Part, Part], ...] = (
        ("test", "train"),
        ("test", "validation"),
        ("validation", "train"),
    )
    for held_out, seen in pairs:
        for length in sorted({each.run_length for each in shown}):
            known = {
                run: f"{each.name}, frame {frame}" for each in shown for frame, run in each.runs(seen, length)
            }
            for each in (each for each in shown if each.run_length == length):
                for frame, run in each.runs(held_out, length):
                    subject.expect(
                        run not in known,
                        "splits",
                        f"no stimulus of the {held_out} part of session {session} in its {seen} part as well",
                        f"a leak: frames {frame} to {frame + length - 1} of {each.name} are those from "
                        f"{known.get(run)}",
                        HINT,
                    )


def _read(presentation: Presentation) -> Iterator[Shown]:
    part: list[Part | None] = [None] * presentation.frames
    for name in PARTS:
        for start, stop in presentation.ranges(name):
            part[start:stop] = [name] * (stop - start)
    for start, stop in choose_stretches(presentation.stimulus):
        frames = np.asarray(presentation.stimulus[start:stop])
        digests = tuple(_digest(frame) for frame in frames)
        yield Shown(presentation.name, start, digests, tuple(part[start:stop]))


def _digest(frame: np.ndarray) -> bytes | None:
    if (frame == frame.flat[0]).all():
        return None
    return hashlib.blake2b(np.ascontiguousarray(frame).tobytes(), digest_size=16).digest()
