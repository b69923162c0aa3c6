"""Where the recordings of several sessions came from, as one."""

from collections.abc import Iterable

from sysid.data_folder import combined_checksum
from sysid.errors import SysidError
from sysid.provenance import Provenance


def join_provenance(members: list[tuple[str, Provenance]], notes: tuple[str, ...]) -> Provenance:
    """Join the provenances of sessions, given with their names in the order of the recipe.

    Files and notes say which session they are of. The checksum changes with that of any session, and with
    their order; it is empty where that of any session is. `notes` come before those of the sessions.

    Raises:
        SysidError: some were recorded and others simulated.
    """
    found = [provenance for _, provenance in members]
    kinds = {provenance.simulated: name for name, provenance in reversed(members)}
    if len(kinds) > 1:
        raise SysidError(
            f'sessions "{kinds[False]}" and "{kinds[True]}": expected recorded responses in both or '
            "simulated ones in both, got recorded and simulated ones: their scores mean different things"
        )
    checksums = [(str(number), provenance.checksum) for number, provenance in enumerate(found)]
    sources = "; ".join(f"{name}: {provenance.source}" for name, provenance in members)
    counted = "1 session" if len(members) == 1 else f"{len(members)} sessions"
    return Provenance(
        source=f"{counted}: {sources}",
        checksum=combined_checksum(checksums) if all(each.checksum for each in found) else "",
        simulated=found[0].simulated,
        doi=_together(each.doi for each in found),
        licence=_together(each.licence for each in found),
        files=tuple((f"{name}: {file}", digest) for name, each in members for file, digest in each.files),
        notes=(*notes, *(f"{name}: {note}" for name, each in members for note in each.notes)),
        warnings=tuple(f"{name}: {line}" for name, each in members for line in each.warnings),
        session_start=found[0].session_start if len({each.session_start for each in found}) == 1 else "",
    )


def _together(texts: Iterable[str]) -> str:
    """Return the different texts side by side, without empty ones."""
    return "; ".join(dict.fromkeys(text for text in texts if text))
