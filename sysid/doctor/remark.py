"""What a look at the installation came to: a fact, how it is, and what to do about it."""

from typing import Literal

import attrs

Level = Literal["ok", "note", "problem"]


@attrs.frozen
class Remark:
    """Say one thing about the installation.

    Attributes:
        level: "problem" where something does not work, "note" where it works and one should know.
        says: the fact, a sentence.
        remedy: what to do about it; nothing where nothing is to be done.
    """

    level: Level
    says: str
    remedy: str = ""
