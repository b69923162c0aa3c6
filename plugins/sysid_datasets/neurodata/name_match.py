"""Find which of several things a stimulus means by its name."""

import re
from collections.abc import Iterable

ENDINGS = ("_presentations", "_presentation", "_table", "_trials", "_stimulus", "_template", "_templates")


def find_same(known: Iterable[str], names: tuple[str, ...]) -> str | None:
    """Return the one that has one of the names, whatever their case and endings that say no more.

    Args:
        known: names of what there is.
        names: that a stimulus goes by, the most telling first.
    """
    known = list(known)
    for name in names:
        if name in known:
            return name
    for name in names:
        same = [each for each in known if split(each) == split(name)]
        if len(same) == 1:
            return same[0]
    return None


def find_near(known: Iterable[str], names: tuple[str, ...]) -> str | None:
    """Return the one whose name is the longest part of one of the names, or has it as a part; whole words.

    None where two are as long.
    """
    for name in names:
        words = split(name)
        near = [each for each in known if is_part(split(each), words) or is_part(words, split(each))]
        near.sort(key=lambda each: -len(split(each)))
        if near and (len(near) == 1 or len(split(near[0])) > len(split(near[1]))):
            return near[0]
    return None


def split(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters, without endings that say no more."""
    bare = name.lower()
    for ending in ENDINGS:
        bare = bare.removesuffix(ending)
    return tuple(re.findall(r"[^\W_]+", bare))


def is_part(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Say whether some words follow one another in others; none are no part."""
    count = len(words)
    return count > 0 and any(others[at : at + count] == words for at in range(len(others) - count + 1))
