"""`check_analysis`: what an analysis finds on a tiny fit, and what it writes where."""

import contextlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

from sysid.errors import SysidError
from sysid.finding import Findings
from sysid.interface import Analysis
from sysid.run_folder import RunFolder
from sysid.testing.config_check import check_config
from sysid.testing.config_path import change_paths
from sysid.testing.finding_check import check_findings, check_same_findings
from sysid.testing.folder_check import check_written, look_at_folder
from sysid.testing.part import keep_generator
from sysid.testing.source_check import check_docstring
from sysid.testing.subject import Subject
from sysid.testing.surroundings import guarded
from sysid.testing.tiny_fit import make_runs
from sysid.thread import limit_threads


def check_analysis(config: Analysis, *, runs: Sequence[RunFolder | Path] | None = None) -> None:
    """Check that an analysis keeps what `sysid.Analysis` promises; it is carried out twice.

    Args:
        config: as a recipe's `[analyses.NAME]` would make it.
        runs: folders of finished runs to look at, which are copied; left out, two that are trained in a
            second on a simulated retina: a network of one convolution, and a linear model.

    Raises:
        AssertionError: it does not; one sentence says which check, what was expected and what was seen.
    """
    subject = Subject("check_analysis", config)
    check_config(subject, "analysis")
    check_docstring(subject)
    with guarded(), tempfile.TemporaryDirectory() as place:
        top = Path(place).resolve()
        given = _gather(runs, top / "runs")
        # it is carried out in another working directory
        subject = attrs.evolve(subject, config=change_paths(config, Path.absolute))
        looked_at = given[:1] if config.scope == "run" else given
        folders = [top / "analyses" / name for name in ("first", "second")]
        found = [_carry_out(subject, looked_at, folder, top, seed) for seed, folder in enumerate(folders, 1)]
        check_findings(subject, found[0], folders[0])
        check_same_findings(subject, found, folders)


def _gather(runs: Sequence[RunFolder | Path] | None, top: Path) -> tuple[RunFolder, ...]:
    """Return copies of the runs, so that whatever an analysis does to them can be seen and does no harm."""
    if runs is None:
        return make_runs(top)
    copies = []
    for number, each in enumerate(runs):
        copy = top / f"run{number}"
        shutil.copytree(each.path if isinstance(each, RunFolder) else each, copy)
        copies.append(RunFolder(copy))
    return tuple(copies)


def _analyze(config: Analysis, runs: tuple[RunFolder, ...], folder: Path) -> object:
    """Return what was found; a SysidError is a reason why nothing was, as in `sysid run`."""
    try:
        return config.analyze(runs, folder)
    except SysidError as error:
        return Findings(reason=" ".join(str(error).split()))


def _carry_out(subject: Subject, runs: tuple[RunFolder, ...], folder: Path, top: Path, seed: int) -> Findings:
    """Analyse in an empty working directory, under a seed of its own, and check what was written where."""
    folder.mkdir(parents=True)
    elsewhere = top / "working directory"
    elsewhere.mkdir(exist_ok=True)
    before = look_at_folder(top, but=folder)
    with (
        subject.running(
            "runs", f"analyze of {len(runs)} finished run(s)", "What cannot be done is Findings(reason=…)."
        ),
        contextlib.chdir(elsewhere),
        keep_generator(seed),
        limit_threads(1),
    ):
        findings = _analyze(subject.config, runs, folder)
    subject.expect(
        isinstance(findings, Findings),
        "findings",
        "analyze to return sysid.Findings",
        type(findings).__name__,
        "`return sysid.Findings(numbers={…}, headlines=[…])`.",
    )
    check_written(subject, before, look_at_folder(top, but=folder))
    return findings
