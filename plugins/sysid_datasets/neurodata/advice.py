"""Say what can be modelled from an NWB file, what is missing, and where such files usually come from."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py

from sysid import Inspection
from sysid_datasets.neurodata.contents import Contents, read_contents
from sysid_datasets.neurodata.contents_page import lay_out
from sysid_datasets.neurodata.file_check import is_zarr
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.proposal.candidate import Candidate, Unreadable, find_candidates
from sysid_datasets.neurodata.proposal.response import UNITS_PLACE, ResponseOption, find_options
from sysid_datasets.neurodata.proposal.selection import choose, overlap
from sysid_datasets.neurodata.recipe_text import write_recipe
from sysid_datasets.neurodata.summary.stimulus import StimulusSeries
from sysid_datasets.neurodata.summary.wording import (
    count,
    describe_counts,
    describe_duration,
    describe_rate,
    describe_span,
)

HDF5 = b"\x89HDF\r\n\x1a\n"  # what such a file begins with
TEMPLATES = (
    "such templates are published beside the session, e.g. as an .npy or in the Brain Observatory's template "
    "NWB: give them with --templates PATH"
)
VIDEO = "archives keep it beside the NWB file, often in a folder of its name: put it there as {places}"
SORTED = (
    "spike times come from spike sorting: look for another file of the session (in DANDI, one "
    "whose name says ecephys or units)"
)


def is_nwb(path: Path) -> bool:
    """Say whether a file is called .nwb, or is HDF5 that says it is NWB, whatever its name.

    NWB in Zarr is one too, so that the one who opens it says how to convert it.
    """
    if path.suffix == ".nwb" or is_zarr(path):
        return True
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            if file.read(len(HDF5)) != HDF5:
                return False
        with h5py.File(path, "r") as file:
            return "nwb_version" in file.attrs or "nwb_version" in file
    except OSError:  # not to be read: whoever can says what is wrong
        return False


def inspect_nwb(path: Path, name: str, templates: Path | None) -> Inspection:
    """Return what is in a file, what can be modelled, what is missing, and a recipe.

    Args:
        path: of the file.
        name: of the dataset in a recipe.
        templates: where the pixels are, for a file that only numbers frames.

    Raises:
        SysidError: the file is broken.
    """
    with open_nwb(path) as opened:
        contents = read_contents(opened)
        candidates, unreadable = find_candidates(opened, contents.tables, templates)
    options = find_options(contents)
    usable = [each for each in candidates if any(overlap(each, option) for option in options)]
    with_responses = [option for option in options if any(overlap(each, option) for each in usable)]
    missing = (
        *_missing_stimuli(contents, candidates, unreadable),
        *_missing_responses(contents, options),
        *_missing_overlap(candidates, options),
    )
    recipe, doubts = None, ()
    if usable:
        choice = choose(path, name, templates, contents, usable, with_responses)
        recipe, doubts = write_recipe(choice), choice.doubts
    return Inspection(
        sections=lay_out(contents),
        models=tuple(describe_model(each, options) for each in usable),
        missing=missing,
        recipe=recipe,
        ambiguous="; ".join(doubts),
    )


def describe_model(candidate: Candidate, options: Sequence[ResponseOption]) -> str:
    """Return what was shown, how often, and what was recorded meanwhile."""
    repeats = candidate.repeats
    what = count(len(repeats), "image") if candidate.is_image else count(candidate.bins, "frame")
    size = " × ".join(map(str, candidate.size_px)) + " px" + (" in colour" if candidate.channels > 1 else "")
    counts = [each.count for each in repeats]
    often = "once" if max(counts) == 1 else f"{describe_counts(counts)} times"
    aborted = f", {candidate.aborted} more broken off" if candidate.aborted else ""
    total_s = sum(float(row[-1] - row[0]) for each in repeats for row in each.edges_s)
    recorded = ", ".join(option.words for option in options if overlap(candidate, option))
    return (
        f"{candidate.name}: {what} of {size} at {describe_rate(candidate.bin_s)}, shown {often}{aborted}, "
        f"{describe_duration(total_s)} in all → {recorded}"
    )


def _missing_stimuli(
    contents: Contents, candidates: Sequence[Candidate], unreadable: Sequence[Unreadable]
) -> Iterator[str]:
    series = {each.name: each for each in contents.stimuli if not each.template}
    if not candidates and not unreadable:
        yield (
            "no stimulus: neither a series in /stimulus nor an interval table says what was shown; it "
            "may be in another file of the session"
        )
    lacking = [each.name for each in unreadable if each.lacks_pixels and not _is_known(series.get(each.name))]
    if lacking:
        yield f"{', '.join(lacking)}: frames are named only, and no pixels of them are here; {TEMPLATES}"
    for each in unreadable:
        own = series.get(each.name)
        if own is not None and own.absent:
            places = ", ".join(own.absent)
            yield f"{each.name}: its frames are in {places}, not there; {VIDEO.format(places=places)}"
        elif own is not None and own.holds == "nothing":
            yield f"{each.name}: its type, {own.kind}, holds no frames; models here see pixels"
        elif not each.lacks_pixels:
            yield each.why


def _is_known(series: StimulusSeries | None) -> bool:
    """Say whether a series itself tells why it has no pixels."""
    return series is not None and (bool(series.absent) or series.holds == "nothing")


def _missing_responses(contents: Contents, options: Sequence[ResponseOption]) -> Iterator[str]:
    for units in contents.units:
        if units.spikes is None and units.count:
            yield f"{units.place}: {count(units.count, 'unit')} without spike times; {SORTED}"
        elif units.count and not units.spikes:
            yield f"{units.place}: {count(units.count, 'unit')} without a single spike; {SORTED}"
        elif units.place != UNITS_PLACE:
            yield f"{units.place}: a unit table there is not used, only the one at /{UNITS_PLACE}"
    for series in (*contents.rois, *contents.behaviour):
        if series.timing.problem:
            yield series.timing.problem
    if not options and not contents.rois and all(not units.count for units in contents.units):
        yield f"no responses: neither units nor a RoiResponseSeries is in it; {SORTED}, ophys for imaging"


def _missing_overlap(candidates: Sequence[Candidate], options: Sequence[ResponseOption]) -> Iterator[str]:
    recorded = "; ".join(f"{option.words} {describe_span(*option.span_s)}" for option in options)
    for candidate in candidates:
        if options and not any(overlap(candidate, option) for option in options):
            yield (
                f"{candidate.name}: shown {describe_span(*candidate.span_s)}, when nothing was recorded "
                f"({recorded}); clocks that do not start together look like this"
            )
