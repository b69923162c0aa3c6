"""Offer the analyses that ship with sysid."""

import sysid
from sysid_analyses.section_onset import SectionOnset
from sysid_analyses.subunit_match import SubunitMatch


@sysid.hookimpl
def sysid_analyses() -> dict[str, type]:
    """Return the analyses by name."""
    return {"section_onset": SectionOnset, "subunit_match": SubunitMatch}
