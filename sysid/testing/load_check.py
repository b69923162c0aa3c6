"""Check that loading twice gives the same recordings."""

from typing import Any

import numpy as np

from sysid.recording import Presentation, Recording
from sysid.testing.closeness import is_equal
from sysid.testing.stretch import choose_stretches
from sysid.testing.subject import Subject

HINT = (
    "Usual mistake: a generator without a seed of the config's own, or a set or a folder read in any order."
)
PLAIN = ("name", "train", "validation", "test", "identity", "response_kind")
ARRAYS = ("responses", "bin_duration_s", "behaviour", "section")


def check_loads(subject: Subject, first: dict[str, Recording], second: dict[str, Recording]) -> None:
    """Expect two loads to agree in everything.

    Raises:
        AssertionError: something differs.
    """
    _expect_same(subject, "sessions", list(first), list(second))
    for session, recording in first.items():
        other = second[session]
        for name in ("frame_rate_hz", "behaviour", "provenance"):
            _expect_same(subject, f"{name} of {session}", getattr(recording, name), getattr(other, name))
        ids = [[neuron.id for neuron in each.neurons] for each in (recording, other)]
        _expect_same(subject, f"neurons of {session}", *ids)
        names = [[presentation.name for presentation in each.presentations] for each in (recording, other)]
        _expect_same(subject, f"presentations of {session}", *names)
        for one, two in zip(recording.presentations, other.presentations, strict=True):
            _compare(subject, f"{session}/{one.name}", one, two)


def _compare(subject: Subject, where: str, one: Presentation, two: Presentation) -> None:
    for name in PLAIN:
        _expect_same(subject, f"{name} of {where}", getattr(one, name), getattr(two, name))
    for name in ARRAYS:
        _expect_equal(subject, f"{name} of {where}", getattr(one, name), getattr(two, name))
    for start, stop in choose_stretches(one.stimulus):
        frames = (np.asarray(each.stimulus[start:stop]) for each in (one, two))
        _expect_equal(subject, f"stimulus[{start}:{stop}] of {where}", *frames)


def _expect_same(subject: Subject, what: str, one: Any, two: Any) -> None:
    subject.expect(one == two, "two_loads", f"the same {what} from two loads", f"{one} and {two}", HINT)


def _expect_equal(subject: Subject, what: str, one: np.ndarray | None, two: np.ndarray | None) -> None:
    same = one is two if one is None or two is None else is_equal(one, two)
    subject.expect(same, "two_loads", f"the same {what} from two loads", "other values", HINT)
