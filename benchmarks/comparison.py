"""What a part of the benchmarks compares."""

from collections.abc import Callable
from typing import Literal

import attrs

Call = Callable[[], object]
"""Solves the problem once; what it needs was made before, and what it returns is dropped."""


@attrs.frozen(eq=False)
class Peer:
    """What a user would pick instead.

    Attributes:
        call: solves the same problem, or `share` of it.
        share: of the problem that the call solves, where all of it would take hours; its time is divided by
            this, and the table says so.
    """

    call: Call
    share: float = 1.0


@attrs.frozen(eq=False)
class Comparison:
    """Hold one problem with our way of solving it beside others.

    Attributes:
        title: what is computed.
        sizes: of the problem, as a person reads them: "20,000 frames of 30 × 30, 1000 cells".
        ours: our way.
        peers: the other ways, by name.
        operations: additions and multiplications in one call of ours, where they say how near it comes to
            the machine's limit; None elsewhere.
        arithmetic: which of the machine's measured rates `operations` are held against.
        bytes_moved: to and from memory in one call of ours, at the least; None where it says nothing.
        settle_s: seconds of untimed calls, one at the least, before each measurement, where a row of calls is
            what counts: the memory of another contender's call is left by then.
        agreement: computes how far the results agree, and says it in a sentence; None where a peer solves
            another problem.
    """

    title: str
    sizes: str
    ours: Call
    peers: dict[str, Peer]
    operations: float | None = None
    arithmetic: Literal["float32", "bfloat16"] = "float32"
    bytes_moved: float | None = None
    settle_s: float = 0.0
    agreement: Callable[[], str] | None = None

    @property
    def contenders(self) -> dict[str, Peer]:
        """All ways by name, ours first."""
        return {"sysid": Peer(self.ours)} | self.peers


@attrs.frozen(eq=False)
class Growth:
    """How our time and memory grow with one size of a problem.

    Attributes:
        title: what is computed.
        size: which size grows, with its unit: "frames".
        values: of the size, three or four, increasing.
        prepare: makes the problem of one size and returns the call that is measured.
    """

    title: str
    size: str
    values: tuple[int, ...]
    prepare: Callable[[int], Call]
