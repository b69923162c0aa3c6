"""What has to be known of a run's data to outline its model and to say what it costs."""

import functools

import attrs
import numpy as np
import torch

from sysid.epoch_time import SampleCount
from sysid.errors import DataNotFoundError, SysidError, SysidErrors, at
from sysid.estimate import Movie
from sysid.frame_store import count_bytes
from sysid.interface import Dataset, Description
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import Outline, outline
from sysid.population import Population
from sysid.recording import Recording
from sysid.response_size import ResponseSize, size_responses
from sysid.run_check import find_mistakes
from sysid.run_plan import RunPlan
from sysid.sample import gather_samples
from sysid.trainability import check_trainable

KEPT = 4  # recordings that the next variants are likely to ask for again


@attrs.frozen(eq=False)
class Subject:
    """A model and its data, in numbers.

    Attributes:
        architecture: of the model.
        populations: by session, of which only the number of neurons is known.
        outline: of the model.
        counts: samples of every session; None where not even the bins are known.
        movie: bytes of frames; none where the frames are not known.
        responses: bytes of responses; none where the bins are not known.
        stand_in: the dataset whose sizes these are, where those of the recording are known only from data
            that are not here, so that a run would take the stand-in; None otherwise.
        absence: why the data are not here; nothing where they are, or were not looked for.
        warnings: what may be a mistake in the data, if they were read.
    """

    architecture: Architecture
    populations: dict[str, Population]
    outline: Outline
    counts: tuple[SampleCount, ...] | None
    movie: Movie
    responses: ResponseSize
    stand_in: str | None = None
    absence: str = ""
    warnings: tuple[str, ...] = ()


class Subjects:
    """Find the subjects of a recipe's plans.

    Data are read where a dataset does not know its sizes beforehand, or where `counting` says that samples
    are to be counted.
    """

    def __init__(self, *, counting: bool):
        self.counting = counting
        self._load = functools.lru_cache(maxsize=KEPT)(load_if_here)

    def of(self, plan: RunPlan) -> Subject:
        """Return the subject of a plan, or of its stand-in where sizes are known only from data not here.

        Raises:
            SysidErrors: data that are broken, or not here where nothing else tells their sizes, and whatever
                else would stop the run: a line each, behind its place in the recipe.
        """
        where = f"datasets.{plan.dataset_name}"
        try:
            described = plan.dataset.describe()
        except SysidError as error:
            raise at(where, error) from error
        complete = all(is_complete(each) for each in described.values())
        found = self._load(plan.dataset) if self.counting or not complete else None
        if isinstance(found, DataNotFoundError) and not complete and plan.stand_in is not None:
            name, dataset, _ = plan.stand_in
            subject = self.of(attrs.evolve(plan, dataset=dataset, stand_in=None))
            return attrs.evolve(subject, stand_in=name, absence=str(found))
        if isinstance(found, DataNotFoundError) and complete:
            return attrs.evolve(_describe(plan, described, None), absence=str(found))
        if isinstance(found, SysidError):
            raise at(where, found)
        return _describe(plan, described, found)


def _describe(
    plan: RunPlan, described: dict[str, Description], recordings: dict[str, Recording] | None
) -> Subject:
    """Return a model on what is known of its data: all, or sizes that were declared."""
    if recordings is not None:
        described = measure(recordings)
        if mistakes := list(find_mistakes(plan, recordings)):
            raise SysidErrors(mistakes)
    first = next(iter(described.values()))
    shape = (first.channels or 0, first.height or 0, first.width or 0)
    history = plan.samples.history
    populations = {
        session: nameless_population(each.neurons or 0, shape, history, each.behaviour or 0)
        for session, each in described.items()
    }
    architecture = Architecture(plan.encoder, plan.core, plan.readout, (history, *shape))
    try:
        check_trainable(architecture, populations, plan.training, None, plan.samples.trials)
        shapes = outline(architecture, populations)
    except SysidError as error:
        raise at(plan.variant, error) from error
    counts = count_bins(described) if recordings is None else count_samples(recordings, plan)
    return Subject(
        architecture,
        populations,
        shapes,
        counts,
        movie(described, recordings, plan),
        size_responses(described, recordings, plan.samples),
        warnings=list_warnings(recordings or {}),
    )


def load_if_here(dataset: Dataset) -> dict[str, Recording] | SysidError:
    """Return the recordings by session, or why they are not on this machine or cannot be read."""
    try:
        return dataset.load()
    except SysidError as error:
        return error


def list_warnings(recordings: dict[str, Recording]) -> tuple[str, ...]:
    """Return what may be a mistake in recordings, behind the session where there are several."""
    return tuple(
        line if len(recordings) == 1 else f"{session}: {line}"
        for session, recording in recordings.items()
        for line in recording.provenance.warnings
    )


def measure(recordings: dict[str, Recording]) -> dict[str, Description]:
    """Return the sizes of the data themselves."""
    return {
        session: Description(
            *recording.frame_shape,
            neurons=len(recording.neurons),
            bins=sum(presentation.frames for presentation in recording.presentations),
            behaviour=len(recording.behaviour),
        )
        for session, recording in recordings.items()
    }


def is_complete(description: Description) -> bool:
    """Say whether a model can be outlined from a description."""
    needed = ("channels", "height", "width", "neurons", "behaviour")
    return None not in (getattr(description, name) for name in needed)


def count_bins(described: dict[str, Description]) -> tuple[SampleCount, ...] | None:
    """Return all bins as training samples, where they are known."""
    bins = [each.bins for each in described.values() if each.bins is not None]
    if len(bins) < len(described):
        return None
    return tuple(SampleCount(count, 0, exact=False) for count in bins)


def count_samples(recordings: dict[str, Recording], plan: RunPlan) -> tuple[SampleCount, ...]:
    """Count the samples that a run would train on and validate with."""
    streamed = attrs.evolve(plan.samples, resident_mib=0)  # no frame is read for counting
    sessions = gather_samples(recordings, streamed, torch.device("cpu")).values()
    return tuple(
        SampleCount(samples.count("train"), samples.count("validation"), exact=True) for samples in sessions
    )


def movie(described: dict[str, Description], recordings: dict[str, Recording] | None, plan: RunPlan) -> Movie:
    """Return the bytes of all frames: in memory, if the dataset holds them there, and on the device.

    Of data that were not read, frames are taken to be uint8 and held in memory.
    """
    budget = plan.samples.resident_mib << 20
    if recordings is None:
        sizes = [
            (each.bins or 0) * (each.channels or 0) * (each.height or 0) * (each.width or 0)
            for each in described.values()
        ]
        return Movie(sum(sizes), sum(size for size in sizes if size <= budget))
    stimuli = [[each.stimulus for each in recording.presentations] for recording in recordings.values()]
    held = [stimulus for of_session in stimuli for stimulus in of_session if type(stimulus) is np.ndarray]
    sizes = [count_bytes(of_session) for of_session in stimuli]
    return Movie(count_bytes(held), sum(size for size in sizes if size <= budget))
