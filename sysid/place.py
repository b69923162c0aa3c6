"""Which of several processes this one is, as `torchrun` says in the environment."""

import os

import attrs

from sysid.errors import SysidError

NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@attrs.frozen
class Place:
    """Say where a process stands among those that one `torchrun` started, on however many machines.

    Attributes:
        rank: from 0; the process of rank 0 is the first, which alone writes and speaks.
        count: how many processes there are; one where nobody started several.
        local_rank: the same among the processes of this machine: the number of its GPU.
        local_count: how many processes this machine has.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1


def own_place() -> Place:
    """Return the place of this process; without several, the only one.

    Raises:
        SysidError: the environment holds something else than numbers.
    """
    if any(name not in os.environ for name in NEEDED):
        return Place()
    rank, count = _read("RANK", 0), _read("WORLD_SIZE", 1)
    return Place(rank, count, _read("LOCAL_RANK", rank), _read("LOCAL_WORLD_SIZE", count))


def _read(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit():
        raise SysidError(f"{name}: expected a number in the environment, as torchrun sets it, got {value!r}")
    return int(value)


def started_by_torchrun() -> bool:
    """Say whether `torchrun` looks after this process: it passes signals on, and kills after 30 s."""
    return "TORCHELASTIC_RUN_ID" in os.environ
