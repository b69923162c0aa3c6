"""Walk an NWB file: everything in it that matters for a model of responses to a stimulus."""

import attrs
import numpy as np
from jaxtyping import Float64

from sysid_datasets.neurodata.interval import invalid_intervals
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.session import describe_source, find_start
from sysid_datasets.neurodata.summary.behaviour import BehaviourSeries, summarize_behaviour
from sysid_datasets.neurodata.summary.roi import RoiSeries, summarize_rois
from sysid_datasets.neurodata.summary.stimulus import StimulusSeries, summarize_stimuli
from sysid_datasets.neurodata.summary.table import IntervalTable, summarize_tables
from sysid_datasets.neurodata.summary.unit import UnitTable, summarize_units


@attrs.frozen(eq=False)
class Contents:
    """Hold what is in a file.

    Attributes:
        about: lines on the session and its subject.
        units: every unit table; a model can use the one at /units.
        rois: every series of fluorescence.
        stimuli: every series of /stimulus/presentation and /stimulus/templates.
        tables: every interval table, but for the invalid times.
        invalid_s: start and stop of the invalid times.
        behaviour: every series that could be behaviour.
    """

    about: tuple[str, ...]
    units: tuple[UnitTable, ...]
    rois: tuple[RoiSeries, ...]
    stimuli: tuple[StimulusSeries, ...]
    tables: tuple[IntervalTable, ...]
    invalid_s: Float64[np.ndarray, "interval 2"]
    behaviour: tuple[BehaviourSeries, ...]


def read_contents(opened: Opened) -> Contents:
    """Return what is in an open file; of large arrays only a few parts are read."""
    return Contents(
        about=tuple(_describe_session(opened)),
        units=tuple(summarize_units(opened)),
        rois=tuple(summarize_rois(opened)),
        stimuli=tuple(summarize_stimuli(opened)),
        tables=tuple(summarize_tables(opened.file)),
        invalid_s=invalid_intervals(opened.file),
        behaviour=tuple(summarize_behaviour(opened)),
    )


def _describe_session(opened: Opened) -> tuple[str, ...]:
    file, subject = opened.file, opened.file.subject
    session = f"session {file.session_id}, " if file.session_id else ""
    started = (
        f"recorded {file.session_start_time:%Y-%m-%d %H:%M}"
        if find_start(file)
        else "when it was recorded is not known"
    )
    size = opened.path.stat().st_size
    lines = [describe_source(file, opened.path), f"{session}{started}, {_describe_size(size)}"]
    if subject is not None:
        known = (subject.species, subject.genotype, subject.sex, subject.age, subject.description)
        words = ", ".join(str(each) for each in known if each)
        if words:
            lines.append(f"subject: {words}")
    return tuple(lines)


def _describe_size(count: int) -> str:
    """Return a file size: `3.2 MB`."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{max(1, round(count / 1000))} kB"
