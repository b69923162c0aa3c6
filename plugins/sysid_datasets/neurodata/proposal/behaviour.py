"""Choose which series of behaviour come along in a first recipe: locomotion and the pupil, where measured."""

from collections.abc import Iterator

from sysid_datasets.neurodata.contents import Contents
from sysid_datasets.neurodata.proposal.choice import Key
from sysid_datasets.neurodata.summary.behaviour import BehaviourSeries

WORDS = ("run", "speed", "velocity", "pupil", "treadmill", "locomotion", "whisk", "motion_energy")
MOST_MISSING = 0.5
MOST_SERIES = 3


def choose_behaviour(contents: Contents, span_s: tuple[float, float]) -> Iterator[Key]:
    """Yield the key of the behaviour that was measured while cells were recorded, and what else there is."""
    usable = [each for each in contents.behaviour if _is_usable(each, span_s)]
    fitting = [each for each in usable if any(word in each.place.lower() for word in WORDS)]
    taken = [each for each in fitting if each.channels == 1][:MOST_SERIES]
    if taken:
        yield Key(
            "behaviour",
            [_name(contents, each) for each in taken],
            "scales the responses, in readouts with a gain",
        )
    others = [_name(contents, each) for each in usable if each not in taken]
    if others and not taken:
        shown = ", ".join(f'"{name}"' for name in others[:MOST_SERIES])
        yield Key("", None, f"behaviour = [{shown}] # for readouts with a gain")


def _is_usable(series: BehaviourSeries, span_s: tuple[float, float]) -> bool:
    timing = series.timing
    return (
        not timing.problem
        and timing.samples > 1
        and series.nan_share <= MOST_MISSING
        and timing.start_s < span_s[1]
        and timing.stop_s > span_s[0]
    )


def _name(contents: Contents, series: BehaviourSeries) -> str:
    """Return the shortest name that means this series and no other."""
    alike = [each for each in contents.behaviour if each.name == series.name]
    return series.name if len(alike) == 1 else series.place.removeprefix("processing/")
