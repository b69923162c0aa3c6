"""Find stimuli that a file tells of twice: as a series of frames, and as an interval table of the same."""

from collections.abc import Sequence

from sysid import SysidError
from sysid_datasets.neurodata.showing import Showing

SAME_SHARE = 0.5  # of the shorter of two, that is shown at the same time: then both tell of one


def drop_twins(showings: Sequence[Showing], where: str, *, choose: bool) -> tuple[list[Showing], list[str]]:
    """Return the showings without those of a stimulus that another tells of too, and a note for each.

    Taken twice, the responses to what one holds out would be trained on with the other. Of two, the one stays
    that knows of more repeats, else the first.

    Args:
        showings: also those that were broken off.
        where: the file, for the message.
        choose: whether it may choose; False where the recipe names both.

    Raises:
        SysidError: stimuli at the same time, and the recipe names them.
    """
    by_source: dict[str, list[Showing]] = {}
    for showing in showings:
        by_source.setdefault(showing.source, []).append(showing)
    kept: dict[str, list[Showing]] = {}
    notes = []
    for source, own in sorted(by_source.items(), key=lambda item: -_count_repeats(item[1])):
        twin = next((name for name, other in kept.items() if _are_twins(own, other)), None)
        if twin is None:
            kept[source] = own
        elif choose:
            notes.append(
                f'{source} was shown at the same time as {twin}: taken for the same, "{twin}" is used'
            )
        else:
            raise SysidError(
                f"{where}: stimulus: expected stimuli at different times, got {twin} and {source}, which "
                "were shown at the same time; name one of them"
            )
    return [showing for showing in showings if showing.source in kept], notes


def _count_repeats(showings: Sequence[Showing]) -> int:
    """Return how many showings are of something that was shown before."""
    return len(showings) - len({showing.identity for showing in showings})


def _are_twins(one: Sequence[Showing], other: Sequence[Showing]) -> bool:
    lengths_s = [sum(each.stop_s - each.start_s for each in showings) for showings in (one, other)]
    return _shared_s(one, other) > SAME_SHARE * min(lengths_s)


def _shared_s(one: Sequence[Showing], other: Sequence[Showing]) -> float:
    """Return for how long both were on: two lists in order of time, gone through side by side."""
    first, second = sorted(one, key=lambda each: each.start_s), sorted(other, key=lambda each: each.start_s)
    shared_s, i, j = 0.0, 0, 0
    while i < len(first) and j < len(second):
        start_s = max(first[i].start_s, second[j].start_s)
        stop_s = min(first[i].stop_s, second[j].stop_s)
        shared_s += max(0.0, stop_s - start_s)
        if first[i].stop_s <= second[j].stop_s:
            i += 1
        else:
            j += 1
    return shared_s
