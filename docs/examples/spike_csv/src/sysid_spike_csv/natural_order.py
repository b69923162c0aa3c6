"""The order in which people count: 2 before 10."""

import re


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what to sort a name by: its digits as numbers, what is between them as text."""
    pieces = re.findall(r"\d+|\D+", name)
    return tuple((0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in pieces)
