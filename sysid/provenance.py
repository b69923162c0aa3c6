"""Where a recording came from."""

import attrs


@attrs.frozen
class Provenance:
    """Say where a recording came from and which bytes it was read from.

    Attributes:
        source: the dataset in words, with what was chosen from it.
        checksum: one digest over everything that was read; two equal digests are the same data.
        simulated: whether the responses were computed rather than recorded.
        doi: of the data, where they have one.
        licence: of the data, where it is known.
        files: (name, SHA-256) of every file that was read.
        notes: what a reader of the results must know (inferred times, sections left out), one line each.
        warnings: those of the notes that may mean a mistake, and are told aloud before anything is trained.
        session_start: when the recording began, in ISO 8601 with its time zone, where the source says so.
    """

    source: str
    checksum: str
    simulated: bool
    doi: str = ""
    licence: str = ""
    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    session_start: str = ""
