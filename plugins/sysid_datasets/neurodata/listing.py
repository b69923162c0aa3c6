"""Name several things in a line, however many there are, and the one that may have been meant."""

import difflib
from collections.abc import Iterable, Sequence


def list_some(names: Sequence[str], most: int) -> str:
    """Return the first so many names, and how many more there are: `a, b and 7 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean "..."?` for the nearest of the known names, nothing where none is near."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""
