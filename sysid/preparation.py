"""Make samples and model of one run, before anything is written."""

import attrs
import numpy as np
import torch

from sysid.device import choose_device
from sysid.errors import InterruptedTrainingError, SysidError, at
from sysid.model import Architecture, Model, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.population import Population
from sysid.process_group import own_device
from sysid.reading import Watch, unwatched
from sysid.recording import PARTS, Recording
from sysid.run_plan import RunPlan
from sysid.sample import SessionSamples, gather_samples
from sysid.split import Split
from sysid.standardization import standardize


@attrs.frozen(eq=False)
class Prepared:
    """A run with its samples and its untrained model, before anything is written."""

    plan: RunPlan
    sessions: dict[str, SessionSamples]
    populations: dict[str, Population]
    model: Model
    device: torch.device


def prepare(
    plan: RunPlan, recordings: dict[str, Recording], where: str, watch: Watch = unwatched
) -> Prepared:
    """Make samples and model, standardised by the training frames, on the device of the run.

    Reading the stimulus, which may take minutes, is watched.

    Raises:
        SysidError: a part of the split without bins, parts that do not fit together, or training frames whose
            statistics are asked for and that have pixels which are no numbers.
    """
    device = own_device(choose_device(plan.training.device))
    sessions = gather_samples(recordings, plan.samples, device, watch)
    try:
        check_parts({session: samples.splits for session, samples in sessions.items()}, recordings, plan)
    except SysidError as error:
        raise at(where, error) from error
    populations = {session: known_population(samples) for session, samples in sessions.items()}
    parts = architecture(plan, recordings)
    model = assemble(parts, outline(parts, populations).shapes, populations, plan.seed)
    if plan.samples.standardize:
        try:
            standardize(model.standardization, sessions, watch)
        except InterruptedTrainingError:
            raise
        except SysidError as error:
            raise at(where, error) from error
    return Prepared(plan, sessions, populations, model.to(device), device)


def architecture(plan: RunPlan, recordings: dict[str, Recording]) -> Architecture:
    """Return the configs of a plan with the shape of one window."""
    shapes = {recording.frame_shape for recording in recordings.values()}
    if len(shapes) > 1:
        raise SysidError(
            f"datasets.{plan.dataset_name}: expected one (channel, height, width) for all sessions, "
            f"got {sorted(shapes)}"
        )
    return Architecture(plan.encoder, plan.core, plan.readout, (plan.samples.history, *shapes.pop()))


def check_parts(splits: dict[str, list[Split]], recordings: dict[str, Recording], plan: RunPlan) -> None:
    """Refuse a split that leaves nothing to train on, to test on, or to choose by."""
    for session, of_session in splits.items():
        needed = [part for part in PARTS if part != "validation" or needs_validation(plan)]
        for part in needed:
            if any(len(split.bins[part]) for split in of_session):
                continue
            for_history = sum(split.dropped_for_history[part] for split in of_session)
            for_leakage = sum(split.dropped_for_leakage[part] for split in of_session)
            remedy = '; training.monitor = "training" needs none' if part == "validation" else ""
            raise SysidError(
                f"session {session}: expected {part} bins, got none of {describe_bins(recordings[session])} "
                f"({for_history} dropped for want of samples.history = {plan.samples.history} frames, "
                f"{for_leakage} for sharing frames with another part){remedy}"
            )


def describe_bins(recording: Recording) -> str:
    """Return how many bins a recording has, and how long most of them are."""
    durations_s = np.concatenate([each.bin_duration_s for each in recording.presentations])
    return f"{len(durations_s)} bins of {float(f'{1000 * np.median(durations_s):.3g}'):g} ms"


def needs_validation(plan: RunPlan) -> bool:
    """Say whether the run chooses by validation bins."""
    return plan.training.method == "gradient" and plan.training.monitor == "validation"
