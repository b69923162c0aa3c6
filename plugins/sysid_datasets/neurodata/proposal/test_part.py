"""Choose what a first recipe tests on: what was shown several times, where the rest was shown once."""

from collections.abc import Iterator, Sequence

import numpy as np

from sysid_datasets.neurodata.proposal.candidate import Candidate
from sysid_datasets.neurodata.proposal.choice import Key
from sysid_datasets.neurodata.split import Stretch, find_repeated
from sysid_datasets.neurodata.summary.wording import describe_counts

MOST_NAMES = 4
TEST_SHARE = 0.2
VALIDATION_SHARE, MOST_VALIDATION_SHARE = 0.1, 0.3  # of the bins that are left; the first is the default
LEAST_VALIDATION = 20  # bins


def choose_test(shown: Sequence[Candidate], history: int) -> Iterator[Key]:
    """Yield what is held out: what was shown several times where the rest was shown once."""
    repeats = [each for candidate in shown for each in candidate.repeats]
    none = np.empty(0)
    repeated = find_repeated(
        [Stretch(each.identity, each.is_image, each.count, none, none.astype(bool)) for each in repeats]
    )
    if not repeated:
        what = "images, drawn at random" if shown[0].is_image else "bins, the last in time"
        yield Key("test_fraction", TEST_SHARE, f"share of the {what}, to test on")
        yield from _validation_keys(sum(each.bins for each in shown), history)
        return
    times = describe_counts([each.count for each in repeats if each.identity in repeated])
    names = _name_shortest(shown, repeated)
    if len(names) <= MOST_NAMES:
        yield Key("test", list(names), f"shown {times} times, which gives ceilings for the scores")
    else:
        yield Key("", None, f"tested on: the {len(names)} that were shown {times} times")


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
