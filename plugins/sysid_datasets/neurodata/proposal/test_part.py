"""Choose what a first recipe tests on: what was shown several times, where the rest was shown once."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float64

from sysid_datasets.neurodata.grouping import Repeats
from sysid_datasets.neurodata.interval import covered, overlaps
from sysid_datasets.neurodata.proposal.candidate import Candidate
from sysid_datasets.neurodata.proposal.choice import Key
from sysid_datasets.neurodata.split import Stretch, find_repeated
from sysid_datasets.neurodata.summary.wording import describe_counts

MOST_NAMES = 4
TEST_SHARE = 0.2
VALIDATION_SHARE, MOST_VALIDATION_SHARE = 0.1, 0.3  # of the bins that are left; the first is the default
LEAST_VALIDATION = 20  # bins


def choose_test(
    shown: Sequence[Candidate],
    history: int,
    recorded_s: Float64[np.ndarray, "recorded 2"],
    invalid_s: Float64[np.ndarray, "invalid 2"],
) -> Iterator[Key]:
    """Yield what is held out: what was shown several times where the rest was shown once.

    Args:
        shown: the stimuli that the recipe takes.
        history: of the model, bins.
        recorded_s: intervals in which there are responses; what was shown at other times is no repeat.
        invalid_s: intervals in which nothing counts.
    """
    repeats = {
        each: _count_recorded(each, recorded_s, invalid_s)
        for candidate in shown
        for each in candidate.repeats
        if not each.is_blank
    }
    none = np.empty(0)
    repeated = find_repeated(
        [
            Stretch(each.identity, each.is_image, times, none, none.astype(bool))
            for each, times in repeats.items()
            if times
        ]
    )
    if not repeated:
        what = "images, drawn at random" if shown[0].is_image else "bins, the last in time"
        yield Key("test_fraction", TEST_SHARE, f"share of the {what}, to test on")
        yield from _validation_keys(sum(each.bins for each in shown), history)
        return
    times = describe_counts([count for each, count in repeats.items() if each.identity in repeated and count])
    names = _name_shortest(shown, repeated)
    if len(names) <= MOST_NAMES:
        yield Key("test", list(names), f"shown {times} times, which gives ceilings for the scores")
    else:
        yield Key("", None, f"tested on: the {len(names)} that were shown {times} times")


def _count_recorded(
    repeats: Repeats,
    recorded_s: Float64[np.ndarray, "recorded 2"],
    invalid_s: Float64[np.ndarray, "invalid 2"],
) -> int:
    """Return how many repeats have a bin in which something was recorded and that is valid."""
    rows = repeats.edges_s
    return sum(bool((covered(row, recorded_s) & ~overlaps(row, invalid_s)).any()) for row in rows)


def _validation_keys(bins: int, history: int) -> Iterator[Key]:
    """Yield a larger share to validate on, where too little would be left of the usual one.

    The test part comes right after it, and bins that share frames with that are dropped.
    """
    share = (history + LEAST_VALIDATION) / ((1 - TEST_SHARE) * bins)
    if share > VALIDATION_SHARE:
        share = min(MOST_VALIDATION_SHARE, round(share + 0.005, 2))
        yield Key("validation_fraction", share, f"of few bins; the last {history} share frames with the test")


def _name_shortest(shown: Sequence[Candidate], repeated: Sequence[str]) -> tuple[str, ...]:
    """Return a source's name where all it shows is tested on, else the names of what is."""
    names: dict[str, None] = {}
    for candidate in shown:
        identities = {each.identity for each in candidate.repeats}
        own = [each for each in repeated if each in identities]
        whole = len(own) == len(identities) and len(candidate.names) == 1
        names |= dict.fromkeys(candidate.names if whole else own)
    return tuple(names)
