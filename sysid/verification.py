"""Whether the numbers that runs stored still hold: `sysid.verify`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from sysid.data_folder import checksum
from sysid.errors import SysidError, lines_of
from sysid.evaluation import Evaluation, score_model
from sysid.finished_run import FinishedRun
from sysid.identity import digest
from sysid.loaded_run import Run
from sysid.number_check import compare_parts, compare_scores, largest_of_all
from sysid.registry import Registry, discover
from sysid.run_folder import RunFolder
from sysid.run_loading import load_run
from sysid.run_search import find_runs
from sysid.stored_weights import DIGEST
from sysid.thread import limit_threads


@attrs.frozen
class Verification:
    """What became of the numbers of one run when they were computed again.

    Attributes:
        run: the run.
        differences: what does not hold or could not be computed, one line each; none where all holds.
        largest: by which part of a neuron's largest prediction any prediction differs; 0 = bit for bit, NaN =
            not computed.
        notes: what differs from when the run was made, and is no difference by itself.
    """

    run: FinishedRun
    differences: tuple[str, ...]
    largest: float
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every stored number was found again."""
        return not self.differences


def verify(
    places: Path | str | Iterable[Path | str], *, registry: Registry | None = None
) -> tuple[Verification, ...]:
    """Evaluate finished runs again, from their weights and recordings, and compare with what they stored.

    Nothing is written. Compared are the digest of the weights, the identity of the run and the checksum of
    its data, predictions and responses of the test part, and every score.

    Args:
        places: run folders, or folders with runs below them.
        registry: where components are looked up; the installed ones by default.

    Raises:
        SysidError: no finished run there. A run that cannot be evaluated here is a difference of that run.
    """
    places = (places,) if isinstance(places, str | Path) else tuple(places)
    registry = registry or discover()
    return tuple(verify_run(run, registry) for run in find_runs(places))


def verify_run(run: FinishedRun, registry: Registry) -> Verification:
    """Evaluate one run again and compare."""
    differences, notes, largest = list(compare_digests(run.folder)), (), float("nan")
    try:
        loaded = load_run(run.folder.path, registry=registry)
        notes = tuple(line.removeprefix(f"{run.folder.path}: ") for line in loaded.notes)
        stored = run.folder.predictions()
        evaluation = evaluate_again(loaded)
    except SysidError as error:
        differences += [line.removeprefix(f"{run.folder.path}: ") for line in lines_of(error)]
    else:
        largest = largest_of_all(stored, evaluation.parts)
        differences += compare_parts(stored, evaluation.parts)
        differences += compare_scores(run.folder, evaluation, exactly=largest == 0)
    return Verification(run, tuple(differences), largest, notes)


def compare_digests(folder: RunFolder) -> Iterator[str]:
    """Say of weights and configuration whether they are those that the run was finished with."""
    information = folder.information()
    if digest(information["identity"]) != information["digest"]:
        yield "run.json: the configuration is not the one whose digest it holds"
    recorded = information.get(DIGEST)
    if recorded is not None and folder.weights_file.exists() and checksum(folder.weights_file) != recorded:
        yield f"{folder.weights_file.name}: the weights are not those whose SHA-256 run.json holds"


def evaluate_again(run: Run) -> Evaluation:
    """Predict and score the test part, with as many threads as the run had.

    Raises:
        SysidError: its recording is not here, or not the one it was trained on.
    """
    with limit_threads(run.information.get("threads", 1)):
        return score_model(run.model, run.session_samples(), run.training)
