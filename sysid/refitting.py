"""Train a finished run's model again on other data, in memory: `sysid.refit`."""

import tempfile
from pathlib import Path

import torch

from sysid.errors import SysidError
from sysid.evaluation import TestPart, predict_part
from sysid.interface import Dataset
from sysid.least_squares import solve
from sysid.loaded_run import Run
from sysid.model import assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.recording import Part, Recording
from sysid.sample import gather_samples
from sysid.standardization import standardize
from sysid.thread import limit_threads
from sysid.training import silent_hooks, train


def refit(
    run: Run, data: Dataset | dict[str, Recording], part: Part = "test", *, seed: int | None = None
) -> dict[str, TestPart]:
    """Train a model like that of `run` on other data and predict one part of them; nothing is written.

    Choose it to ask how a result depends on something in the data (an onset, a control, simulated
    responses). Model, samples and training are the run's.

    Args:
        run: says which model, samples and training.
        data: what to train on: a dataset, often `attrs.evolve` of the run's own config, or recordings by
            session, often `run.recordings` with other responses.
        part: what to predict; choose on "validation", report on "test".
        seed: instead of the run's.

    Returns:
        By session, the bins of the part with responses and predictions.

    Raises:
        SysidError: the data are missing or broken, or leave a part without bins.
    """
    recordings = data.load() if isinstance(data, Dataset) else data
    with limit_threads(run.training.threads):
        return train_again(run, recordings, part, run.seed if seed is None else seed)


def train_again(run: Run, recordings: dict[str, Recording], part: Part, seed: int) -> dict[str, TestPart]:
    """Train a model like that of `run` on recordings by session, and predict one part of them."""
    samples = gather_samples(recordings, run.samples, torch.device("cpu"))
    chooses = run.training.method == "gradient" and run.training.monitor == "validation"
    for session, each in samples.items():
        for needed in dict.fromkeys(("train", part, *(("validation",) if chooses else ()))):
            if not each.count(needed):
                raise SysidError(f"refit: session {session}: expected {needed} bins, got none")
    populations = {session: known_population(each) for session, each in samples.items()}
    shapes = outline(run.architecture, populations).shapes
    model = assemble(run.architecture, shapes, populations, seed)
    if run.samples.standardize:
        standardize(model.standardization, samples)
    if run.training.method == "least_squares":
        solve(model, samples, run.training)
    else:
        with tempfile.TemporaryDirectory() as folder:
            hooks = silent_hooks(lambda: False)
            best, _ = train(model, samples, run.training, seed, Path(folder) / "state", hooks)
        model.load_state_dict(best)
    return {
        session: predict_part(model, each, session, part, run.training) for session, each in samples.items()
    }
