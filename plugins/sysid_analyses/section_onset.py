"""Choose an inferred onset on one stimulus and score another: how circular is the inference?"""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

import sysid
from sysid import Analysis, Dataset, Findings, RunFolder, SysidError, Table, key
from sysid_analyses.table import write_table


@attrs.frozen
class SectionOnset(Analysis):
    """Choose `first_section_s` of one dataset by its validation bins, and score the other dataset with it.

    The onset of the first section of the deposit 10.5061/dryad.4ch10 is not recorded but inferred from the
    same responses that a model is then scored on, which is slightly circular. Here each dataset's onset is
    chosen within the training folds of the other, so the score owes nothing to its own responses. Ours.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    variant: str = key(
        "the variant that is fitted at every onset; one that is solved in closed form is quick"
    )
    datasets: tuple[str, ...] = key("two datasets, each with a key `first_section_s`")
    candidates_s: tuple[float, ...] = key("onsets that are tried", unit="s")

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `onsets.csv` and tell, by dataset, what was chosen and what it scores on the other.

        Raises:
            SysidError: the recipe has no runs of the variant on one of the datasets.
        """
        if len(self.datasets) != 2 or not self.candidates_s:
            raise SysidError("section_onset: expected two datasets and at least one candidate")
        chosen_runs = {name: self._choose(runs, name) for name in self.datasets}
        validation = {
            name: [_mean_correlation(folds, onset, "validation") for onset in self.candidates_s]
            for name, folds in chosen_runs.items()
        }
        numbers: dict[str, float | str] = {}
        for name, other in (self.datasets, self.datasets[::-1]):
            chosen = self.candidates_s[int(np.argmax(validation[name]))]
            numbers[f"{name}.chosen_s"] = chosen
            numbers[f"{other}.correlation_at_onset_of_{name}"] = _mean_correlation(
                chosen_runs[other], chosen, "test"
            )
            numbers[f"{other}.correlation_as_run"] = _mean_correlation(chosen_runs[other], None, "test")
        rows = [
            (name, onset, score)
            for name, scores in validation.items()
            for onset, score in zip(self.candidates_s, scores, strict=True)
        ]
        write_table(folder / "onsets.csv", ("dataset", "first_section_s", "validation_correlation"), rows, 4)
        return Findings(
            numbers=numbers,
            tables=(Table("onsets.csv", "mean CC on the validation bins at every onset tried"),),
        )

    def _choose(self, runs: tuple[RunFolder, ...], dataset: str) -> list[RunFolder]:
        prefix = f"{self.variant}/{dataset}/"
        found = [run for run in runs if run.information()["name"].startswith(prefix)]
        if not found:
            raise SysidError(f"section_onset: expected runs of {prefix[:-1]} in this recipe, found none")
        return found


def _mean_correlation(folds: list[RunFolder], onset_s: float | None, part: str) -> float:
    """Refit every fold at an onset, or as it was run, and return CC averaged over cells, then folds."""
    means = []
    for fold in folds:
        run = sysid.load_run(fold.path)
        for bins in sysid.refit(run, at_onset(run.dataset, onset_s), part).values():
            scores = sysid.metrics.correlation(bins.responses, bins.prediction)
            means.append(sysid.metrics.mean_score(scores, sysid.metrics.scorable(bins.responses)).mean)
    return float(np.nanmean(means))


def at_onset(dataset: Dataset, onset_s: float | None) -> Dataset:
    """Return a dataset with another onset of its first section, or as it is.

    Raises:
        SysidError: it has no such key, as several sessions joined have none.
    """
    if onset_s is None:
        return dataset
    if "first_section_s" not in attrs.fields_dict(type(dataset)):
        raise SysidError("section_onset: expected datasets of one session with the key first_section_s")
    return attrs.evolve(dataset, first_section_s=onset_s)
