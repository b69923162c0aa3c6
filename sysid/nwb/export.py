"""Write what a run found, predictions and receptive fields, as an NWB file, from its folder alone."""

from pathlib import Path
from typing import Any

import attrs
from pynwb import ProcessingModule

from sysid.atomic import write_whole
from sysid.errors import SysidError
from sysid.field_map import FieldMaps, find_field_maps
from sysid.finished_run import FinishedRun
from sysid.nwb.field import make_field_tables
from sysid.nwb.file import make_nwb_file, save_nwb_file
from sysid.nwb.neuron import make_neuron_table, read_neurons
from sysid.nwb.prediction import SessionNames, make_series
from sysid.output_place import check_place
from sysid.provenance import Provenance
from sysid.run_search import find_runs

MODULE = "sysid"  # the processing module


@attrs.frozen
class Exported:
    """Say what was written.

    Attributes:
        neurons, bins: of all sessions.
        fields: names of the tables of receptive fields.
        simulated: whether the responses were computed.
    """

    neurons: int
    bins: int
    fields: tuple[str, ...]
    simulated: bool


def export_nwb(run: Path | str, out: Path | str, *, overwrite: bool = False) -> Exported:
    """Write predictions, recorded means, scores and receptive fields of a finished run as NWB.

    Args:
        run: its folder, or one above it that holds no other run.
        out: the file, `.nwb`; it appears whole or not at all.
        overwrite: replace it if it is there.

    Raises:
        SysidError: no such run, one without predictions, a broken folder, or a place that cannot be written.
    """
    check_place("--out", Path(out), ".nwb", overwrite=overwrite)
    finished = _find_one(Path(run))
    information = finished.folder.information()
    module = ProcessingModule(name=MODULE, description=f"What sysid made of it: {_describe(finished)}")
    neurons, bins, fields = _fill(module, finished, information)
    simulated = bool(information["simulated"])
    content = make_nwb_file(
        _read_provenance(information),
        description=f"Predictions and receptive fields of a model, by sysid: {_describe(finished)}",
        identifier=f"sysid-{information['digest']}",
        notes=("the recording itself is not in this file",),
        session_id=finished.name,
    )
    content.add_processing_module(module)
    write_whole(Path(out), lambda beside: save_nwb_file(beside, content))
    return Exported(neurons, bins, fields, simulated)


def _find_one(place: Path) -> FinishedRun:
    found = find_runs([place])
    if len(found) > 1:
        raise SysidError(
            f"{place}: expected one run, got {len(found)}: name the folder of one of them, such as "
            f"{found[0].folder.path}"
        )
    if not found[0].folder.predictions_file.exists():
        raise SysidError(
            f"{found[0].folder.path}: expected a run with predictions of its test part, got none; imported "
            "weights have some only where their recording was there"
        )
    return found[0]


def _fill(
    module: ProcessingModule, run: FinishedRun, information: dict[str, Any]
) -> tuple[int, int, tuple[str, ...]]:
    """Put everything into the module; return how many neurons and bins, and the tables of fields."""
    found = _find_fields(run)
    neurons, bins, fields, names_taken = 0, 0, [], set()
    for session, stored in run.folder.predictions().items():
        names = SessionNames(session)
        if names.stem in names_taken:
            raise SysidError(f'{run.folder.path}: session "{session}": another has the same name in NWB')
        names_taken.add(names.stem)
        about = information["sessions"][session]
        ids = tuple(about["neurons"])
        columns = read_neurons(run.folder.neurons_file, session, ids)
        table = make_neuron_table(names.neurons, session, ids, columns, simulated=run.simulated)
        module.add(table)
        for series in make_series(names, stored, _describe(run), about.get("response_kind", "")):
            module.add(series)
        for analysis, maps in found.items():
            for each in make_field_tables(names, analysis, maps, table):
                module.add(each)
                fields.append(each.name)
        neurons, bins = neurons + len(ids), bins + len(stored["frame"])
    return neurons, bins, tuple(fields)


def _find_fields(run: FinishedRun) -> dict[Path, tuple[FieldMaps, ...]]:
    """Return the receptive fields that analyses of the run left, by the analysis' folder."""
    folders = sorted(path for path in (run.folder.path / "analyses").glob("*") if path.is_dir())
    return {folder: found for folder in folders if (found := find_field_maps(folder))}


def _describe(run: FinishedRun) -> str:
    correlation = run.folder.scores()["correlation"]["mean"]
    shown = "not defined" if correlation is None else f"{correlation:.3f}"
    return f"model {run.variant} on {run.dataset}, run {run.name}, mean CC {shown}"


def _read_provenance(information: dict[str, Any]) -> Provenance:
    """Return where the recording came from, as `run.json` has it."""
    data = information["data"]
    known = {name: data[name] for name in ("doi", "licence", "session_start") if name in data}
    return Provenance(
        source=data["source"],
        checksum=data["checksum"],
        simulated=bool(information["simulated"]),
        notes=tuple(data.get("notes", ())),
        **known,
    )
