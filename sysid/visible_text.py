"""Show what a terminal would obey: control characters in names that came from somewhere else."""

import re

# C0 and C1 controls with ESC, CSI and newline; line and paragraph separators; what turns the direction of
# writing around, so that a name reads as another; halves of characters, which no encoding has, and
# what is no character
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def make_visible(text: str) -> str:
    r"""Return text as one line that steers no terminal: `\x1b`, `\n` and such stand as Python has them."""
    return OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
