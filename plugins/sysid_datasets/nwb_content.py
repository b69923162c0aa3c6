"""Take from an NWB file what the fields of the dataset `nwb` ask for, while it is open."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
from jaxtyping import Float64

from sysid import Provenance, combined_checksum
from sysid_datasets.neurodata.behaviour import Behaviour, read_behaviour
from sysid_datasets.neurodata.fluorescence import read_roi_responses
from sysid_datasets.neurodata.gathering import Edges
from sysid_datasets.neurodata.interval import invalid_intervals
from sysid_datasets.neurodata.interval_table import read_intervals
from sysid_datasets.neurodata.opening import Opened, open_nwb
from sysid_datasets.neurodata.responses import UNITS, Responses
from sysid_datasets.neurodata.session import (
    describe_source,
    find_doi,
    find_start,
    is_simulated,
    list_notes,
    name_session,
)
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.spikes import read_units
from sysid_datasets.neurodata.stimulus import find_showings
from sysid_datasets.neurodata.twin import drop_twins
from sysid_datasets.nwb_check import name_responses
from sysid_datasets.nwb_file import digest_files, find_files

if TYPE_CHECKING:
    from sysid_datasets.nwb import NWB


@attrs.frozen(eq=False)
class Content:
    """Hold what is taken from a file.

    Attributes:
        session: its name.
        showings: of the stimuli that are asked for, also those that were broken off.
        responses: of all neurons that pass.
        behaviour: None where none is asked for.
        invalid_s: intervals in which nothing counts.
        tables: interval tables by name, where the recipe may mean one.
        provenance: with what was noted up to here.
    """

    session: str
    showings: tuple[Showing, ...]
    responses: Responses
    behaviour: Behaviour | None
    invalid_s: Float64[np.ndarray, "interval 2"]
    tables: dict[str, Float64[np.ndarray, "interval 2"]]
    provenance: Provenance

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels of behaviour."""
        return () if self.behaviour is None else self.behaviour.names

    @property
    def measure(self) -> Callable[[Edges], np.ndarray] | None:
        """What gives (bin, channel) of behaviour between edges."""
        return None if self.behaviour is None else self.behaviour.in_bins


def read_content(dataset: "NWB", path: Path, templates: Path | None) -> Content:
    """Read times, spikes and names; pixels and traces are only found.

    Raises:
        SysidError: the file is broken, or lacks what the dataset's fields name.
    """
    with open_nwb(path) as opened:
        showings, notes = find_showings(
            opened, dataset.stimulus, templates, dataset.templates_dataset, dataset.axis_order
        )
        showings, twins = drop_twins(showings, str(path), choose=not dataset.stimulus)
        responses = _read_responses(dataset, opened)
        behaviour = read_behaviour(opened, dataset.behaviour) if dataset.behaviour else None
        files = digest_files(find_files(path, templates, showings, responses, behaviour))
        return Content(
            session=name_session(opened.file.session_id, path),
            showings=tuple(showings),
            responses=responses,
            behaviour=behaviour,
            invalid_s=invalid_intervals(opened.file),
            tables=read_intervals(opened.file) if dataset.test else {},
            provenance=Provenance(
                source=describe_source(opened.file, path),
                checksum=combined_checksum(files),
                simulated=is_simulated(opened.file),
                doi=find_doi(opened.file),
                files=files,
                notes=(
                    *list_notes(opened.file),
                    *notes,
                    *twins,
                    *responses.notes,
                    *(() if behaviour is None else behaviour.notes),
                ),
                session_start=find_start(opened.file),
            ),
        )


def _read_responses(dataset: "NWB", opened: Opened) -> Responses:
    names = name_responses(dataset)
    if names == (UNITS,):
        preset = None if dataset.unit_preset == "none" else dataset.unit_preset
        return read_units(opened, dataset.unit_filter, dataset.areas, preset)
    return read_roi_responses(opened, names, dataset.deconvolve_s)
