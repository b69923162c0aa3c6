"""Check that a dataset says where its data come from."""

from sysid.provenance import Provenance
from sysid.testing.subject import Subject


def check_provenance(subject: Subject) -> Provenance:
    """Expect a source and a checksum, the same when asked again, and return them.

    Raises:
        AssertionError: one is missing, or another at the second time.
    """
    with subject.running("provenance", "provenance()", "The config must find its data here."):
        first, second = subject.config.provenance(), subject.config.provenance()
    subject.expect(
        isinstance(first, Provenance),
        "provenance",
        "provenance() to return a sysid.Provenance",
        type(first).__name__,
        "It says source, checksum and whether responses were simulated.",
    )
    for name, why in (
        ("source", "the dataset in words, with what was chosen from it"),
        ("checksum", "`sysid.checksum(path)`, or `sysid.combined_checksum` of several"),
    ):
        value = getattr(first, name)
        subject.expect(
            isinstance(value, str) and bool(value.strip()),
            "provenance",
            f"{name} to be a text",
            repr(value),
            f"It is {why}.",
        )
    subject.expect(
        isinstance(first.simulated, bool),
        "provenance",
        "simulated to be True or False",
        repr(first.simulated),
        "It is True where responses were computed; the report then says SIMULATED.",
    )
    subject.expect(
        first == second,
        "provenance",
        "the same provenance when asked twice",
        f"{first} and {second}",
        "Usual mistake: a time or a random number in it; a run is told from others by the checksum.",
    )
    return first
