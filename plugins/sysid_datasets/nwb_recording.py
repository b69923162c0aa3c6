"""Put the content of an NWB file together as a recording, as the fields of the dataset `nwb` ask."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from sysid import Recording, SysidError
from sysid_datasets.neurodata.answer import Answered, read_answers
from sysid_datasets.neurodata.assembly import present
from sysid_datasets.neurodata.doubt import find_doubts
from sysid_datasets.neurodata.grouping import Repeats, group_repeats
from sysid_datasets.neurodata.held_out import mark_held_out
from sysid_datasets.neurodata.note import note_parts, note_showings
from sysid_datasets.neurodata.split import Parts, find_repeated, split_parts
from sysid_datasets.nwb_bin import check_bins
from sysid_datasets.nwb_content import Content, read_content
from sysid_datasets.nwb_file import stamp
from sysid_datasets.nwb_frame import check_frames, view_frames

if TYPE_CHECKING:
    from sysid_datasets.nwb import NWB

KEPT = 4  # recordings: to say where they come from, and for the runs that ask next


def read_recording(dataset: "NWB", path: Path, templates: Path | None) -> tuple[str, Recording]:
    """Return the name of the session and its recording; unchanged files are read once.

    Raises:
        SysidError: a file is broken, or lacks what the dataset's fields name.
    """
    return _read_recording(dataset, path.absolute(), templates, stamp(path) + stamp(templates))


@functools.lru_cache(maxsize=KEPT)
def _read_recording(
    dataset: "NWB", path: Path, templates: Path | None, _stamps: tuple[tuple[str, int, int], ...]
) -> tuple[str, Recording]:
    content = read_content(dataset, path, templates)
    answers, parts, notes, doubts = _assemble(dataset, path, content)
    recording = Recording(
        presentations=tuple(
            present(answers, parts, content.responses.kind, lambda each: view_frames(dataset, each))
        ),
        neurons=content.responses.neurons,
        frame_rate_hz=_find_rate_hz(dataset, answers),
        provenance=attrs.evolve(
            content.provenance,
            notes=tuple(dict.fromkeys((*content.provenance.notes, *notes, *doubts))),
            warnings=doubts,
        ),
        behaviour=content.channels,
    )
    return content.session, recording


def _assemble(
    dataset: "NWB", path: Path, content: Content
) -> tuple[list[Answered], Parts, tuple[str, ...], tuple[str, ...]]:
    """Return what was shown and recorded, the part of each of its bins, notes on both, and doubts."""
    whole = [each for each in content.showings if not each.aborted]
    if not whole:
        raise SysidError(
            f"{path}: stimulus: expected something that was shown to its end, got {len(content.showings)} "
            "showings that were all broken off"
        )
    if dataset.bin_ms is not None:
        check_bins(dataset.bin_ms, path, whole)
    shown = group_repeats(whole, None if dataset.bin_ms is None else dataset.bin_ms / 1000)
    check_frames(dataset, path, shown)
    _check_overlap(dataset, path, shown, content.responses.span_s)
    answers = read_answers(shown, content.responses, content.measure, content.invalid_s)
    marks = mark_held_out(shown, dataset.test, content.tables, str(path))
    kept = [number for number, answered in enumerate(answers) if answered.recorded.any()]
    if not kept:
        raise SysidError(
            f"{path}: expected bins in which {dataset.responses} was recorded, got none that is valid"
        )
    _check_active(path, [answers[number] for number in kept], content.responses.kind)
    if dataset.test and not any((marks[number] & answers[number].recorded).any() for number in kept):
        raise SysidError(f"{path}: test: expected recorded bins, got none in {', '.join(dataset.test)}")
    recorded = [answers[number] for number in kept]
    stretches = [answered.stretch for answered in recorded]
    pictured = [answered.stretch for answered in recorded if not answered.repeats.is_blank]
    repeated = () if dataset.test else find_repeated(pictured)
    tested = [marks[number] | (shown[number].identity in repeated) for number in kept]
    parts = split_parts(stretches, tested, dataset.validation_fraction, dataset.test_fraction)
    notes = (
        *note_showings(content.showings, answers, content.invalid_s),
        *note_parts(recorded, parts, content.channels, dataset.test, repeated),
    )
    first: dict[str, Repeats] = {}
    for answered in answers:
        first.setdefault(answered.repeats.source, answered.repeats)
    return recorded, parts, notes, tuple(find_doubts(first))


def _check_overlap(dataset: "NWB", path: Path, shown: Sequence[Repeats], span_s: tuple[float, float]) -> None:
    """Refuse a stimulus that was over before the recording began, or began after it."""
    start_s, stop_s = _find_span(shown)
    if stop_s <= span_s[0] or start_s >= span_s[1]:
        raise SysidError(
            f"{path}: expected stimulus and responses that overlap in time, got {_list_sources(shown)} from "
            f"{start_s:g} to {stop_s:g} s and {dataset.responses} from {span_s[0]:g} to {span_s[1]:g} s"
        )


def _check_active(path: Path, answers: Sequence[Answered], kind: str) -> None:
    """Refuse responses that are zero throughout, as are those with a clock that began at another time."""
    if any((np.nan_to_num(answered.responses) != 0).any() for answered in answers):
        return
    shown = [answered.repeats for answered in answers]
    start_s, stop_s = _find_span(shown)
    what = kind if kind == "spikes" else f"{kind} other than 0"
    raise SysidError(
        f"{path}: expected {what} while {_list_sources(shown)} was shown, from {start_s:g} to {stop_s:g} s, "
        "got none in any valid bin; clocks that do not start together look like this"
    )


def _find_span(shown: Sequence[Repeats]) -> tuple[float, float]:
    """Return when the first of what was shown began and the last ended."""
    return (
        min(float(repeats.edges_s[:, 0].min()) for repeats in shown),
        max(float(repeats.edges_s[:, -1].max()) for repeats in shown),
    )


def _list_sources(shown: Sequence[Repeats]) -> str:
    return ", ".join(dict.fromkeys(repeats.source for repeats in shown))


def _find_rate_hz(dataset: "NWB", answers: Sequence[Answered]) -> float:
    """Return bins per second: of the bins asked for, else of the middle one of all frames."""
    if dataset.bin_ms is not None:
        return 1000 / dataset.bin_ms
    durations_s = np.concatenate([answered.repeats.bin_duration_s for answered in answers])
    return 1 / float(np.median(durations_s))
