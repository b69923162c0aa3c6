"""Open a finished run: `sysid.load_run`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import torch

from sysid.component import Kind
from sysid.configuration import Samples, Training
from sysid.data_path import lay_paths, stored_paths
from sysid.errors import SysidError, SysidErrors, lines_of
from sysid.interface import Core, Encoder, Readout
from sysid.loaded_run import Run
from sysid.model import Architecture, Model, assemble
from sysid.neuron_knowledge import stored_population
from sysid.outline import outline
from sysid.part_check import check_parts
from sysid.registry import Registry, discover
from sysid.run_folder import COMPLETE, RunFolder
from sysid.run_information import check_information
from sysid.run_plan import structure_component
from sysid.schema import structure
from sysid.stored_weights import read_weights


def load_run(folder: Path | str, *, registry: Registry | None = None) -> Run:
    """Open a run folder: the weights are loaded, nobody's code is run from it, no recording is needed.

    A part of a newer version than the run was made with is taken, and `notes` of the run says so.

    Args:
        folder: of a finished run.
        registry: where components are looked up; the installed ones by default.

    Raises:
        SysidError: not a run folder, not finished, or a part that is not installed or older than it was; the
            line says what to install.
    """
    place = RunFolder(Path(folder))
    information = check_information(place.run_file, place.information())
    if information.get("state") not in COMPLETE:
        raise SysidError(f"{place.path}: this run is not finished; `sysid run` goes on with it")
    registry = registry or discover()
    notes = check_parts(information, registry, str(place.path))
    try:
        return attrs.evolve(open_parts(place, information, registry), notes=notes)
    except SysidError as error:
        if not notes:
            raise
        # a newer part may not take what an older one took
        raise SysidErrors((*lines_of(error), *notes)) from error


def open_parts(place: RunFolder, information: dict[str, Any], registry: Registry) -> Run:
    """Make the model of a run out of the parts that are installed, with its weights.

    Raises:
        SysidError: a part does not take the run's configuration, or the model not its weights.
    """
    configuration = dict(information["identity"]["configuration"])
    configuration["dataset"] = lay_paths(configuration["dataset"], stored_paths(information))
    where = str(place.run_file)

    def part(kind: Kind) -> Any:
        return structure_component(registry, kind, configuration[kind], f"{where}: {kind}")[1]

    samples = structure(Samples, configuration["samples"], f"{where}: samples")
    encoder: Encoder = part("encoder")
    core: Core = part("core")
    readout: Readout = part("readout")
    populations = {
        name: stored_population(each, samples.history) for name, each in information["sessions"].items()
    }
    channels, height, width = next(iter(information["sessions"].values()))["frame_shape"]
    architecture = Architecture(encoder, core, readout, (samples.history, channels, height, width))
    model = assemble(architecture, outline(architecture, populations).shapes, populations, seed=0)
    load_weights(model, place)
    _try_out(model.eval(), architecture, populations, place)
    training = structure(Training, configuration["training"], f"{where}: training")
    return Run(
        place, information, model.eval(), samples, training, architecture, part("dataset"), populations
    )


@torch.no_grad()
def _try_out(model: Model, architecture: Architecture, sessions: Iterable[str], folder: RunFolder) -> None:
    """Refuse weights with values that the model cannot compute with, such as places outside the frame.

    Raises:
        SysidError: one window, all zeros, was too much for it.
    """
    window = torch.zeros((1, *architecture.input_shape))
    try:
        for session in sessions:
            model(window, None, session)
    except (RuntimeError, IndexError, ValueError) as error:
        why = " ".join(str(error).split())
        raise SysidError(
            f"{folder.weights_file}: expected weights that its model can compute with: {why}"
        ) from error


def load_weights(model: Model, folder: RunFolder) -> None:
    """Bring the best weights of a run into a model.

    Raises:
        SysidError: the file is broken, or holds other weights than the model has.
    """
    weights = read_weights(folder)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise SysidError(
            f"{folder.weights_file}: expected the weights of this run's model: {first}"
        ) from error
