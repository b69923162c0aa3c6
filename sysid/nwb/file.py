"""Begin an NWB file with what is known of its source, and bring it to disk."""

import importlib.metadata
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pynwb import NWBHDF5IO, NWBFile

from sysid.errors import SysidError
from sysid.provenance import Provenance

UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
NOT_KNOWN = "session_start_time is not known: 1970-01-01T00:00:00Z stands for it, as NWB asks for one"
NO_ZONE = "session_start_time is stated without a time zone, and is taken for UTC"
SIMULATED = "SIMULATED: the responses were computed, nothing was recorded."


def make_nwb_file(
    provenance: Provenance, *, description: str, identifier: str, notes: Iterable[str] = (), **known: Any
) -> NWBFile:
    """Return an NWB file without data that says where its contents come from.

    A session that nobody knows the start of begins in 1970, and the notes say that this is no date.

    Args:
        provenance: of the recording; its notes stand in the file's.
        description: what is in the file; SIMULATED stands before it where that is so.
        identifier: unique to the contents.
        notes: what a reader must know besides, one line each.
        known: further fields of `pynwb.NWBFile`.

    Raises:
        SysidError: the provenance states a start that is no date.
    """
    start, about_start = _read_start(provenance)
    facts = (("DOI", provenance.doi), ("licence", provenance.licence), ("checksum", provenance.checksum))
    lines = [
        f"source: {provenance.source}",
        *(f"{name}: {value}" for name, value in facts if value),
        *about_start,
        *provenance.notes,
        *notes,
    ]
    return NWBFile(
        session_description=f"{SIMULATED} {description}" if provenance.simulated else description,
        identifier=identifier,
        session_start_time=start,
        notes="\n".join(dict.fromkeys(lines)),
        was_generated_by=[["neural-sysid", importlib.metadata.version("neural-sysid")]],
        **known,
    )


def save_nwb_file(path: Path, content: NWBFile) -> None:
    """Write an NWB file under any name; the one who gave the name moves it to its place.

    Args:
        path: of the file, which need not end in `.nwb`.
        content: what is in it.
    """
    with warnings.catch_warnings():
        # a file that is not yet in its place is not yet named .nwb
        warnings.filterwarnings("ignore", message=".*does not end in '.nwb'", category=UserWarning)
        with NWBHDF5IO(str(path), "w") as file:
            file.write(content)


def _read_start(provenance: Provenance) -> tuple[datetime, tuple[str, ...]]:
    """Return when the session began, and what must be said of it."""
    if not provenance.session_start:
        return UNKNOWN_START, (NOT_KNOWN,)
    try:
        start = datetime.fromisoformat(provenance.session_start)
    except ValueError:
        raise SysidError(
            f'{provenance.source}: session_start: expected a date and time, got "{provenance.session_start}"'
        ) from None
    if not start.tzinfo:
        return start.replace(tzinfo=UTC), (NO_ZONE,)
    return start, (NOT_KNOWN,) if start == UNKNOWN_START else ()  # in a file that was written like this one
