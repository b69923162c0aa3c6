"""Make a recording of the trials of a SENSORIUM folder."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sysid import Presentation, Recording
from sysid_datasets.neurodata.assembly import average_behaviour
from sysid_datasets.neurodata.crop import as_crop
from sysid_datasets.neurodata.indexed_frame import IndexedFrames
from sysid_datasets.sensorium_choice import FIELDS
from sysid_datasets.sensorium_plan import Plan
from sysid_datasets.sensorium_response import read_behaviour, read_responses

if TYPE_CHECKING:
    from sysid_datasets.sensorium import Sensorium

IMAGE_S = 0.5  # how long the 2022 competition showed an image
KIND = "deconvolved calcium"


def read_recording(dataset: "Sensorium", plan: Plan) -> Recording:
    """Read the responses and behaviour that a plan names; videos stay on disk.

    Raises:
        SysidError: a file is broken.
    """
    movie = plan.folder.is_movie
    return Recording(
        presentations=tuple(_present_all(dataset, plan)),
        neurons=plan.neurons,
        frame_rate_hz=dataset.frame_rate_hz if movie else 1 / IMAGE_S,
        provenance=plan.provenance,
        behaviour=dataset.behaviour,
    )


def _present_all(dataset: "Sensorium", plan: Plan) -> Iterator[Presentation]:
    """Yield what was shown, part by part; trials that show the same are the repeats of one presentation.

    With behaviour, which differs between repeats, each trial that trains or validates is one of its own.
    """
    for field in FIELDS:
        groups: dict[int, list[int]] = {}
        alone = field == "shown" or (bool(dataset.behaviour) and field != "test")
        for trial in plan.choice.trials[field]:
            groups.setdefault(trial if alone else plan.identity[trial], []).append(trial)
        for trials in groups.values():
            yield _present(dataset, plan, field, trials)


def _present(dataset: "Sensorium", plan: Plan, field: str, trials: Sequence[int]) -> Presentation:
    longest = max(trials, key=lambda trial: plan.pictures[trial].shape[0])
    picture = plan.pictures[longest]
    frames = picture.shape[0]
    responses = np.full((len(trials), frames, len(plan.neurons)), np.nan, dtype=np.float32)
    behaviour = np.full((len(trials), frames, len(dataset.behaviour)), np.nan, dtype=np.float32)
    for row, trial in enumerate(trials):
        if field != "shown":
            values = read_responses(plan.folder, trial, plan.pictures[trial], plan.factor, plan.count)
            responses[row, : len(values)] = values
        if dataset.behaviour:
            measured = read_behaviour(plan.folder, trial, plan.pictures[trial], dataset.behaviour)
            behaviour[row, : len(measured)] = measured
    movie = plan.folder.is_movie
    if movie:
        responses[:, : dataset.unscored_frames] = np.nan
    whole = ((0, frames),)
    return Presentation(
        name=f"{plan.folder.tiers[trials[0]]}/{trials[0]}",
        stimulus=IndexedFrames(
            picture, np.arange(frames), crop=as_crop(dataset.crop), size_px=dataset.size_px
        ),
        responses=responses,
        bin_duration_s=np.full(frames, 1 / dataset.frame_rate_hz if movie else IMAGE_S),
        train=whole if field == "train" else (),
        validation=whole if field == "validation" else (),
        test=whole if field == "test" else (),
        identity="" if field == "shown" else f"{plan.folder.pictures}/{plan.identity[trials[0]]}",
        behaviour=average_behaviour(behaviour) if dataset.behaviour else None,
        section=None if movie else np.full(frames, trials[0]),
        response_kind=KIND,
    )
