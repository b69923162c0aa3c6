"""What of a SENSORIUM folder makes the recording, known before responses are taken into memory."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
from jaxtyping import Float64

from sysid import Neuron, Provenance, SysidError, combined_checksum
from sysid_datasets.neurodata.crop import check_room
from sysid_datasets.sensorium_choice import Choice, choose_trials, list_trials, refuse_withheld
from sysid_datasets.sensorium_file import Stamps, digest_files, stamp_files
from sysid_datasets.sensorium_folder import Folder, open_folder
from sysid_datasets.sensorium_neuron import read_neurons, read_scale
from sysid_datasets.sensorium_note import (
    note_behaviour,
    note_neurons,
    note_repeats,
    note_tiers,
    note_time,
)
from sysid_datasets.sensorium_picture import Picture, scan_picture
from sysid_datasets.sensorium_repeat import find_identities
from sysid_datasets.sensorium_response import is_silent, open_responses

if TYPE_CHECKING:
    from sysid_datasets.sensorium import Sensorium

KEPT = 4  # plans: to say where a recording comes from, and to load it


@attrs.frozen(eq=False)
class Plan:
    """What is read.

    Attributes:
        folder: of the mouse.
        choice: trials by part.
        pictures: of each trial.
        identity: the first trial that shows what a trial shows.
        neurons: that are kept, the first of the folder.
        count: how many neurons there are in the folder.
        factor: of the neurons that are kept, what their responses are multiplied by.
        provenance: with everything that was chosen.
    """

    folder: Folder
    choice: Choice
    pictures: dict[int, Picture]
    identity: dict[int, int]
    neurons: tuple[Neuron, ...]
    count: int
    factor: Float64[np.ndarray, " neuron"]
    provenance: Provenance


def make_plan(dataset: "Sensorium") -> Plan:
    """Look at a folder: every file that is used is checksummed, and every video read once.

    Raises:
        DataNotFoundError: the folder is not on this machine.
        SysidError: it is broken, or lacks what the fields name.
    """
    folder = open_folder(dataset.path)
    stamps = stamp_files(dataset, folder, list_trials(dataset, folder))
    return _make_plan(dataset, folder.path.absolute(), stamps)


@functools.lru_cache(maxsize=KEPT)
def _make_plan(dataset: "Sensorium", path: Path, stamps: Stamps) -> Plan:
    folder = open_folder(path)
    listed = list_trials(dataset, folder)
    trials = sorted(trial for part in listed.values() for trial in part)
    pictures = {trial: scan_picture(folder, trial) for trial in trials}
    _check_sizes(dataset, pictures)
    count = _count_neurons(folder, pictures, listed)
    silent = tuple(
        refuse_withheld(dataset, folder, lambda trial: is_silent(folder, trial, pictures[trial], count))
    )
    neurons, id_notes = read_neurons(folder, count)
    kept = count if dataset.neurons is None else min(dataset.neurons, count)
    factor, scale_note = np.ones(count), "responses are as stored"
    if dataset.responses_scaling:
        factor, scale_note = read_scale(folder, count)
    identity, how = find_identities(folder, pictures)
    choice = choose_trials(listed, identity, 0.0 if dataset.validation else dataset.validation_fraction)
    files = digest_files(folder, stamps)
    provenance = Provenance(
        source=f"folder of the SENSORIUM competition, {path.name}",
        checksum=combined_checksum(files),
        simulated=False,
        files=files,
        notes=(
            note_tiers(dataset, folder),
            *choice.notes,
            *note_repeats(choice, identity, how, is_movie=folder.is_movie),
            *silent,
            *note_time(dataset, folder),
            scale_note,
            *id_notes,
            *note_neurons(kept, count),
            *note_behaviour(dataset, folder, choice, identity),
        ),
    )
    return Plan(folder, choice, pictures, identity, neurons[:kept], count, factor[:kept], provenance)


def _count_neurons(
    folder: Folder, pictures: Mapping[int, Picture], listed: Mapping[str, tuple[int, ...]]
) -> int:
    """Return how many neurons the first trial has that is trained on and was recorded."""
    for trial in listed["train"]:
        if folder.file("responses", trial).is_file():
            return len(open_responses(folder, trial, pictures[trial].stored_frames, None))
    raise SysidError(f"{folder.path}/data/responses: expected responses of the trials to train on, got none")


def _check_sizes(dataset: "Sensorium", pictures: Mapping[int, Picture]) -> None:
    """Refuse pictures of different sizes, too short, or too small for what is cut out of them."""
    first = next(iter(pictures.values()))
    for picture in pictures.values():
        if picture.shape[1:] != first.shape[1:]:
            raise SysidError(
                f"{picture.path}: expected (channel, height, width) {first.shape[1:]} as in "
                f"{first.path.name}, got {picture.shape[1:]}"
            )
        if picture.is_movie and picture.shape[0] <= dataset.unscored_frames:
            raise SysidError(
                f"{picture.path}: expected more than unscored_frames = {dataset.unscored_frames} frames, got "
                f"{picture.shape[0]}"
            )
    check_room(str(first.path), dataset.crop, dataset.size_px, (first.shape[2], first.shape[3]))
