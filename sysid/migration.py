"""Formats of a run folder: an older one is brought up to date as it is read, a newer one is refused."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sysid.errors import SysidError

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""Turn what `run.json` says in one format into what it says in the next; nothing is written."""

STEPS: tuple[Step, ...] = ()
"""From format 1 to 2, from 2 to 3, …: a change of layout adds one, and an old folder to the tests."""

FORMAT = 1 + len(STEPS)


def bring_up_to_date(
    information: dict[str, Any], where: Path, steps: Sequence[Step] = STEPS
) -> dict[str, Any]:
    """Return what `run.json` of any earlier format says, as the present one says it.

    Args:
        information: as it was read; a folder that names no format has the first.
        where: it was read.
        steps: from each format to the next.

    Raises:
        SysidError: the format is newer than this sysid, or none.
    """
    found = check_format(information.get("format", 1), 1 + len(steps), where)
    for step in steps[found - 1 :]:
        information = step(information)
    return information | {"format": 1 + len(steps)}


def check_format(found: Any, newest: int, where: Path) -> int:
    """Return the format of a file, if this sysid knows it.

    Raises:
        SysidError: it does not; the line says what to install.
    """
    number = int(found) if isinstance(found, int) or str(found).isdecimal() else 0
    if number < 1:
        raise SysidError(f"{where}: format: expected a number from 1 to {newest}, got {found!r}")
    if number > newest:
        raise SysidError(
            f"{where}: made by a newer sysid (format {number}, this one knows {newest}): "
            "`pip install --upgrade neural-sysid`"
        )
    return number
