"""The folder of one run: what is in it, and which folder a run goes to."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from sysid.atomic import make_folder, write_json, write_text
from sysid.disk_trouble import disk_trouble
from sysid.errors import SysidError
from sysid.identity import Identity, differences, digest
from sysid.json_file import read_json_table
from sysid.migration import FORMAT, bring_up_to_date
from sysid.npy_file import read_npz
from sysid.run_information import check_scores
from sysid.stored_part import check_part

COMPLETE = ("finished", "imported")  # states of a run that has its weights


@attrs.frozen
class RunFolder:
    """Name the files of one run and read the small ones.

    Attributes:
        path: of the folder.
    """

    path: Path

    @property
    def run_file(self) -> Path:
        """`run.json`: configuration, versions, data, device, state."""
        return self.path / "run.json"

    @property
    def recipe_file(self) -> Path:
        """The recipe, word for word."""
        return self.path / "recipe.toml"

    @property
    def log_file(self) -> Path:
        """`metrics.jsonl`: one line per epoch."""
        return self.path / "metrics.jsonl"

    @property
    def state_file(self) -> Path:
        """The last full training state."""
        return self.path / "state.safetensors"

    @property
    def weights_file(self) -> Path:
        """The best weights."""
        return self.path / "best.safetensors"

    @property
    def predictions_file(self) -> Path:
        """Predictions and responses of the test part."""
        return self.path / "predictions.npz"

    @property
    def scores_file(self) -> Path:
        """`metrics.json`: the summary of the test part."""
        return self.path / "metrics.json"

    @property
    def neurons_file(self) -> Path:
        """`neurons.csv`: the scores of every neuron."""
        return self.path / "neurons.csv"

    @property
    def events_folder(self) -> Path:
        """TensorBoard events."""
        return self.path / "tensorboard"

    def information(self) -> dict[str, Any]:
        """Return what `run.json` says, as the present format says it.

        Raises:
            SysidError: this is not a run folder, or one of a newer sysid.
        """
        return bring_up_to_date(read_json(self.run_file), self.run_file)

    def scores(self) -> dict[str, Any]:
        """Return `metrics.json`.

        Raises:
            SysidError: it is not there, or holds something else.
        """
        return check_scores(self.scores_file, read_json(self.scores_file))

    @property
    def finished(self) -> bool:
        """Whether the run has been trained and evaluated, or its weights were imported."""
        return self.run_file.exists() and self.information().get("state") in COMPLETE

    @property
    def empty(self) -> bool:
        """Whether the run was begun and broke off before it had anything to go on from."""
        return not (self.finished or self.state_file.exists() or self.weights_file.exists())

    def update(self, **changes: Any) -> None:
        """Lay some entries over `run.json`.

        Args:
            changes: the entries by name.
        """
        write_json(self.run_file, self.information() | changes)

    def predictions(self) -> dict[str, dict[str, np.ndarray]]:
        """Return, by session, what evaluation stored (see `sysid.evaluation.TestPart`).

        Raises:
            SysidError: the file is not there, or holds something else.
        """
        sessions: dict[str, dict[str, np.ndarray]] = {}
        for name, array in read_npz(self.predictions_file, "predictions").items():
            session, _, what = name.rpartition("/")
            sessions.setdefault(session, {})[what] = array
        for session, arrays in sessions.items():
            check_part(f"{self.predictions_file}: {session}", arrays)
        return sessions


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON table.

    Raises:
        SysidError: no such file, or not JSON.
    """
    if not path.exists():
        raise SysidError(f"{path.parent}: expected a run folder, found no {path.name}")
    return read_json_table(path)


@attrs.frozen
class Claim:
    """The folder a run goes to.

    Attributes:
        folder: of this very run.
        reason: why it is not the first of its name, or nothing.
    """

    folder: RunFolder
    reason: str


def claim_folder(base: Path, identity: Identity, elsewhere: Iterable[Path] = ()) -> Claim:
    """Find the folder that holds the run with this identity, or the next free one; nothing is written.

    `seed0` is tried, then `seed0-2`, `seed0-3`, …: an old result is never taken for a new one. A new run
    that has its folder to itself is told from runs of its name `elsewhere` (other data, another profile).
    """
    reason = "" if RunFolder(base).run_file.exists() else _compare_elsewhere(elsewhere, identity)
    wanted = digest(identity)
    number = 1
    while True:
        folder = RunFolder(base if number == 1 else base.with_name(f"{base.name}-{number}"))
        if not folder.run_file.exists():
            return Claim(folder, reason and f"{reason}; this run goes to {folder.path}")
        stored = folder.information().get("identity", {})
        if digest(stored) != wanted and folder.empty:
            return Claim(folder, reason and f"{reason}; this run goes to {folder.path}")
        if digest(stored) == wanted:
            return Claim(folder, reason and f"{reason}; this run is in {folder.path}")
        reason = _compare(folder, stored, identity)
        number += 1


def _compare(folder: RunFolder, stored: Identity, identity: Identity) -> str:
    """Say what a folder holds instead of the run with this identity."""
    changes = differences(stored, identity) if stored else []
    shown = "; ".join(changes[:4]) + (f" and {len(changes) - 4} more" if len(changes) > 4 else "")
    return f"{folder.path} holds another run (this one has {shown or 'another format'})"


def _compare_elsewhere(places: Iterable[Path], identity: Identity) -> str:
    """Say what the first of several places holds that has a run, or nothing."""
    for folder in map(RunFolder, places):
        if folder.run_file.exists():
            stored = folder.information().get("identity", {})
            return "" if digest(stored) == digest(identity) else _compare(folder, stored, identity)
    return ""


def open_folder(folder: RunFolder, information: dict[str, Any], recipe_text: str) -> None:
    """Make the folder of a new run, or leave that of a begun one as it is.

    Raises:
        SysidError: the folder cannot be made.
    """
    if folder.run_file.exists() and folder.information().get("digest") == information["digest"]:
        return
    with disk_trouble(folder.path):
        make_folder(folder.path)
    write_text(folder.recipe_file, recipe_text)
    write_json(folder.run_file, {"format": FORMAT} | information)


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be made or written to; nothing is left behind.

    Raises:
        SysidError: the line names the nearest folder that is there.
    """
    nearest = folder
    try:
        while not nearest.exists():
            nearest = nearest.parent
        with tempfile.TemporaryDirectory(dir=nearest):
            pass
    except OSError as error:
        why = f"{nearest}: {error.strerror or error}"
        raise SysidError(f"folder: expected one that can be written to, got {folder} ({why})") from error


def clear_results(folder: RunFolder) -> None:
    """Remove what a run that did not finish left behind its training, so that no old result stays.

    Raises:
        SysidError: the folder cannot be written to.
    """
    killed = [*folder.path.glob(".*.part"), *folder.path.glob(".tmp*")]  # being written, by us or safetensors
    old = [folder.predictions_file, folder.scores_file, folder.neurons_file, *killed]
    if not folder.state_file.exists():
        old.append(folder.log_file)
        shutil.rmtree(folder.events_folder, ignore_errors=True)
    with disk_trouble(folder.path):
        for file in old:
            file.unlink(missing_ok=True)
