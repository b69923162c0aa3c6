"""Say of which responses there are no bits per spike."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sysid.recording import COUNTS

if TYPE_CHECKING:
    from sysid.summary import Row


def uncounted_lines(rows: Iterable["Row"]) -> tuple[str, ...]:
    """Return a line for every dataset whose responses are not all counts of spikes."""
    uncounted = {row.dataset: row for row in rows if row.response_kind != COUNTS}
    return tuple(
        f"{dataset}: bits/spike are of the sessions with spike counts alone: its responses are "
        f"{row.response_kind}"
        if any(each.response_kind == COUNTS for each in row.sessions)
        else f"{dataset}: no bits/spike, which are of spike counts: its responses are {row.response_kind}"
        for dataset, row in uncounted.items()
    )
