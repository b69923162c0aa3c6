"""Say what a file is called and where it comes from, as far as it tells."""

import re
from collections.abc import Iterator
from pathlib import Path

import h5py
import pynwb

from sysid_datasets.neurodata.library_error import READ_ERRORS

DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>]+")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
SIMULATED = re.compile(r"\s*SIMULATED\b")  # what `sysid convert` has before the description of such a file
DAY_S = 24 * 60 * 60
MOST_NOTES, LONGEST_NOTE = 20, 240  # lines, and characters of one


def name_session(session_id: str | None, path: Path) -> str:
    """Return a name of letters, digits, `_` and `-`: of the session's id, else of the file."""
    for text in (session_id or "", path.stem):
        name = NOT_IN_NAMES.sub("-", text).strip("-")
        if name:
            return name
    return "session"


def peek_session(path: Path) -> str:
    """Return the session's name from a glance into the file; the file's name where there is none to read."""
    session_id = None
    try:
        with h5py.File(path, "r") as file:
            stored = file.get("general/session_id")
            if (
                isinstance(stored, h5py.Dataset)
                and h5py.check_string_dtype(stored.dtype)
                and not stored.shape
            ):
                session_id = stored.asstr(errors="replace")[()]
    except READ_ERRORS:  # not there, or broken: whoever loads it is told
        pass
    return name_session(session_id, path)


def describe_source(file: pynwb.NWBFile, path: Path) -> str:
    """Return the file's own description and identifier as one line."""
    description = " ".join((file.session_description or "").split()) or path.name
    return f"{description} (NWB {file.identifier})"


def find_doi(file: pynwb.NWBFile) -> str:
    """Return the first DOI among the related publications, nothing where there is none."""
    publications = file.related_publications
    texts = (publications,) if isinstance(publications, str) else publications or ()
    words = [text for text in texts if isinstance(text, str)]
    found = [match[0].rstrip(".,;)") for text in words if (match := DOI.search(text))]
    return found[0] if found else ""


def find_start(file: pynwb.NWBFile) -> str:
    """Return when the recording began in ISO 8601, nothing where the file does not say.

    NWB asks for a start: where none is known, writers have the first day of 1970 stand for it.
    """
    start = file.session_start_time
    return "" if start is None or abs(start.timestamp()) < DAY_S else start.isoformat()


def is_simulated(file: pynwb.NWBFile) -> bool:
    """Say whether the description begins with SIMULATED: then nothing was recorded."""
    return SIMULATED.match(file.session_description or "") is not None


def list_notes(file: pynwb.NWBFile) -> Iterator[str]:
    """Yield the notes of the file itself, one line each; long lines are cut, and many are counted."""
    lines = [" ".join(line.split()) for line in (file.notes or "").splitlines() if line.strip()]
    for line in lines[:MOST_NOTES]:
        short = line if len(line) <= LONGEST_NOTE else line[: LONGEST_NOTE - 1].rstrip() + "…"
        yield f"note in the file: {short}"
    if len(lines) > MOST_NOTES:
        yield f"note in the file: … and {len(lines) - MOST_NOTES} more lines"
