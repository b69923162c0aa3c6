"""Train a finished run's model again on other data, in memory: `sysid.refit`."""

import tempfile
from pathlib import Path

import torch

from sysid.checkpoint import Progress
from sysid.errors import SysidError
from sysid.evaluation import TestPart, predict_part
from sysid.interface import Dataset
from sysid.least_squares import solve
from sysid.loaded_run import Run
from sysid.model import assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.recording import Part
from sysid.sample import SessionSamples
from sysid.standardization import standardize
from sysid.training import Epoch, Hooks, train


def refit(run: Run, dataset: Dataset, part: Part = "test") -> dict[str, TestPart]:
    """Train a model like that of `run` on `dataset` and predict one part of it; nothing is written.

    Choose it to ask how a result depends on something in the data (an onset, a control). Part, training and
    seed are the run's.

    Args:
        run: says which model, samples and training.
        dataset: what to train on, often `attrs.evolve` of the run's own config.
        part: what to predict; choose on "validation", report on "test".

    Returns:
        By session, the bins of the part with responses and predictions.

    Raises:
        SysidError: the data are missing or broken, or leave a part without bins.
    """
    torch.set_num_threads(run.training.threads)
    recordings = dataset.load()
    samples = {
        session: SessionSamples(
            recording,
            run.window,
            torch.device("cpu"),
            trials=run.samples.trials,
            fraction=run.samples.fraction,
        )
        for session, recording in recordings.items()
    }
    chooses = run.training.method == "gradient" and run.training.monitor == "validation"
    for session, each in samples.items():
        for needed in dict.fromkeys(("train", part, *(("validation",) if chooses else ()))):
            if not each.count(needed):
                raise SysidError(f"refit: session {session}: expected {needed} bins, got none")
    populations = {session: known_population(each) for session, each in samples.items()}
    shapes = outline(run.architecture, populations).shapes
    model = assemble(run.architecture, shapes, populations, run.seed)
    if run.samples.standardize:
        standardize(model.standardization, samples)
    if run.training.method == "least_squares":
        solve(model, samples, run.training)
    else:
        with tempfile.TemporaryDirectory() as folder:
            best, _ = train(model, samples, run.training, run.seed, Path(folder) / "state", _unheard())
        model.load_state_dict(best)
    return {
        session: predict_part(model, each, session, part, run.training) for session, each in samples.items()
    }


def _unheard() -> Hooks:
    def ignore_step(_epoch: int, _step: int, _steps: int) -> None:
        pass

    def ignore_epoch(_epoch: Epoch) -> int:
        return 0

    def ignore_progress(_progress: Progress) -> None:
        pass

    return Hooks(ignore_step, ignore_epoch, lambda: False, ignore_progress)
