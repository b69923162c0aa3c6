"""Find which stimuli of a file show the same, so that repeats of one are never both trained and tested on."""

from collections.abc import Iterator

import attrs

from sysid_datasets.neurodata.content import same_content
from sysid_datasets.neurodata.pass_identity import begin_alike, is_short
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.stored_pixels import StoredPixels


def join_alike(showings: list[Showing]) -> tuple[list[Showing], tuple[str, ...]]:
    """Return what series show such that the same frames are repeats of the first series that shows them.

    A movie that ends before others of it was broken off. What is all that one series shows has its name.
    """
    groups: list[list[Showing]] = []
    images: dict[tuple[int, int], list[Showing]] = {}
    sources: list[PixelSource] = []
    for showing in sorted(showings, key=lambda each: each.start_s):
        if showing.kind == "image":
            key = (_number_source(showing.pixels, sources), int(showing.frame[0]))
            if key not in images:
                images[key] = []
                groups.append(images[key])
            images[key].append(showing)
            continue
        alike = next((group for group in groups if _are_alike(group[0], showing)), None)
        if alike is None:
            groups.append([showing])
        else:
            alike.append(showing)
    alone = {
        group[0].source: sum(group[0].source == each[0].source for each in groups) == 1 for group in groups
    }
    joined = [each for group in groups for each in _repeat(group, alone[group[0].source])]
    return joined, tuple(dict.fromkeys(note for group in groups for note in _note(group, joined)))


def share_identities(showings: list[Showing]) -> tuple[list[Showing], tuple[str, ...]]:
    """Return showings such that tables and series that show the same frames give them one identity.

    Each remains what it is a showing of, as bins may differ.
    """
    sources: list[PixelSource] = []
    known: dict[tuple[int, bytes], Showing] = {}
    renamed: dict[tuple[str, str], str] = {}
    notes = []
    for showing in sorted(showings, key=lambda each: each.start_s):
        key = (_number_source(showing.pixels, sources), showing.frame.tobytes())
        first = known.setdefault(key, showing)
        own = (showing.source, showing.identity)
        if first.source != showing.source and not showing.aborted and own not in renamed:
            renamed[own] = renamed.get((first.source, first.identity), first.identity)
            notes.append(f"{showing.source}: shows frames of {first.source} again: they stay in one part")
    return [
        attrs.evolve(each, identity=renamed.get((each.source, each.identity), each.identity))
        for each in showings
    ], tuple(dict.fromkeys(notes))


def _are_alike(one: Showing, other: Showing) -> bool:
    if one.kind == "image" or other.kind == "image":
        return False
    if (one.source, one.identity) == (other.source, other.identity):
        return True
    if one.pixels.shape[1:] != other.pixels.shape[1:] or min(len(one.frame), len(other.frame)) < 2:
        return False
    if _same_source(one.pixels, other.pixels) and begin_alike(one.frame, other.frame):
        return True
    return same_content(one.pixels, one.frame, other.pixels, other.frame)


def _repeat(group: list[Showing], alone: bool) -> Iterator[Showing]:
    """Yield a group as repeats of its first; those with other frame numbers get those of the longest."""
    first = group[0]
    longest = max(group, key=lambda each: len(each.frame))
    identity = first.source if alone and first.kind == "movie" else first.identity
    for repeat, each in enumerate(group):
        own = attrs.evolve(each, source=first.source, identity=identity, repeat=repeat)
        given = (each.source, each.identity) == (first.source, first.identity)
        if not given or not _same_source(each.pixels, longest.pixels):
            own = attrs.evolve(
                own,
                pixels=longest.pixels,
                frame=longest.frame[: len(each.frame)],
                aborted=each.aborted or is_short(len(each.frame), len(longest.frame)),
            )
        yield own


def _note(group: list[Showing], joined: list[Showing]) -> Iterator[str]:
    sources = list(dict.fromkeys(each.source for each in group))
    if len(sources) > 1:
        identity = next(each.identity for each in joined if each.name == group[0].name)
        yield f"{', '.join(sources)}: show the same frames, and are taken for repeats of {identity}"


def _number_source(pixels: PixelSource, known: list[PixelSource]) -> int:
    """Return which of the known sources this is, after it is one of them."""
    for number, each in enumerate(known):
        if _same_source(each, pixels):
            return number
    known.append(pixels)
    return len(known) - 1


def _same_source(one: PixelSource, other: PixelSource) -> bool:
    """Say whether two read the same frames of the same place."""
    if one is other:
        return True
    if not isinstance(one, StoredPixels) or not isinstance(other, StoredPixels):
        return False
    return (one.place, one.shape) == (other.place, other.shape)
