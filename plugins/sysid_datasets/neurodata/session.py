"""Say what a file is called and where it comes from, as far as it tells."""

import re
from pathlib import Path

import h5py
import pynwb

DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>]+")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


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
                session_id = stored.asstr()[()]
    except OSError:  # not there, or broken: whoever loads it is told
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
    found = [match[0].rstrip(".,;)") for text in texts if (match := DOI.search(text))]
    return found[0] if found else ""


def find_start(file: pynwb.NWBFile) -> str:
    """Return when the recording began in ISO 8601, nothing where the file does not say."""
    return file.session_start_time.isoformat() if file.session_start_time is not None else ""
