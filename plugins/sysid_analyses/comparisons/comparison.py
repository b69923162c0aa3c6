"""Analysis `comparison`: which model predicts better, by how much, beyond chance or not, and why."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs

from sysid import Analysis, Findings, RunFolder, key
from sysid_analyses.comparisons.comparison_output import draw_figures, write_tables
from sysid_analyses.comparisons.comparison_statement import (
    rank,
    state_best,
    state_left_out,
    state_missing,
    state_published,
    state_seeds,
)
from sysid_analyses.comparisons.dataset_comparison import DatasetComparison, compare_dataset
from sysid_analyses.comparisons.ensemble import gather_ensembles
from sysid_analyses.comparisons.explanation import Criterion, Roles, explain
from sysid_analyses.comparisons.rf_distance import state_distances
from sysid_analyses.comparisons.variant_pair import find_pair


@attrs.frozen
class Comparison(Analysis):
    """Compare all variants of a recipe on each dataset: CC, interval, p over blocks of time, effect size.

    Choose it for every recipe with more than one model. Two models are compared on the same bins and cells,
    by their mean CC over cells; seeds are averaged before they are scored, folds after. The interval is the
    host's hierarchical bootstrap over blocks of time and cells. The p comes from exchanging the two models in
    blocks of time, not in cells, which are not independent in one retina, and is adjusted by Holm's method
    for all pairs of variants of the dataset. Controls are left out.

    The question whether recurrence or the bottleneck makes a recurrent network better is that of Zheng, Jia,
    Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350, Fig. 3B and 4; the controls that answer it and
    the tests are ours.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    recurrent: str | None = key("the variant with recurrence", default=None)
    feedforward: str | None = key("the variant without, which it is compared with", default=None)
    without_recurrence: str | None = key(
        "the recurrent variant with its recurrent matrix fixed at zero", default=None
    )
    bottleneck: str | None = key(
        "the feedforward variant with the recurrent one's projection to few units", default=None
    )
    shuffled: str | None = key("the recurrent variant with its steps in a random order", default=None)
    alpha: float = key(
        "a difference is beyond chance from an adjusted p of this or less", default=0.05, above=0, below=1
    )
    margin: float = key(
        "models whose difference in CC lies within ± this, with its whole interval, are alike",
        default=0.02,
        at_least=0,
    )
    draws: int = key(
        "random exchanges of two models that p is counted from; up to 14 blocks all are made",
        default=10_000,
        at_least=100,
    )
    seed: int = key("seed of the random exchanges", default=0, at_least=0)
    rf_analysis: str = key(
        "the analysis of the runs whose `cells.csv` has RF distances, where the recipe asks for one",
        default="model_rf",
    )

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `pairs.csv`, `models.csv` and the figures, and say which model is better on each dataset."""
        ensembles, left_out = gather_ensembles(runs)
        compared = [
            compare_dataset(
                [each for each in ensembles if each.dataset == dataset],
                rf_analysis=self.rf_analysis,
                draws=self.draws,
                seed=self.seed,
            )
            for dataset in dict.fromkeys(each.dataset for each in ensembles)
        ]
        unscored = [each.dataset for each in compared if not each.scored]
        compared = [each for each in compared if each.scored]
        pairwise = [each for each in compared if each.pairs]
        if unscored and not compared:
            return Findings(reason="no cell can be scored, as no response varies over the test bins")
        if not pairwise:
            return Findings(reason="no two models of these runs predict the same bins of one session")
        said = [self._state(each) for each in compared]
        models = [model for each in compared for model in each.models]
        numbers: dict[str, float | str] = {}
        for each in pairwise:
            numbers |= self._headline(each)
        return Findings(
            numbers=numbers,
            headlines=[line for headlines, _ in said for line in headlines],
            statements=[
                *(line for _, statements in said for line in statements),
                *(f"{name}: no cell can be scored, as no response varies." for name in unscored),
                *state_left_out(left_out),
                state_seeds(models),
            ],
            pictures=draw_figures(folder, compared, self._roles),
            tables=write_tables(folder, compared),
        )

    @property
    def _roles(self) -> Roles:
        return Roles(
            self.recurrent, self.feedforward, self.without_recurrence, self.bottleneck, self.shuffled
        )

    def _state(self, compared: DatasetComparison) -> tuple[list[str], list[str]]:
        """Return what a report says of one dataset at its top, and what else there is to say."""
        models, pairs = compared.models, compared.pairs
        if not pairs:
            return [f"{compared.dataset}: {models[0].variant} has nothing to be compared with."], []
        explained = explain(pairs, self._roles, Criterion(self.alpha, self.margin))
        later = (
            *explained[1:],
            *state_missing(models, self._roles),
            *state_published(models),
            *state_distances(compared.from_data, compared.between, self.rf_analysis),
        )
        best = state_best(models, pairs, self.alpha, self.draws)
        answer = [f"{compared.dataset}: {line}" for line in explained[:1]]  # what the recipe was written for
        return [best, *answer], [f"{compared.dataset}: {line}" for line in later]

    def _headline(self, compared: DatasetComparison) -> dict[str, float | str]:
        """Return the numbers that a console has room for, by dataset."""
        best, following = rank(compared.models)[:2]
        pair = find_pair(compared.pairs, best.variant, following.variant)
        numbers: dict[str, float | str] = {
            "best": best.variant,
            "correlation": best.correlation.estimate,
            "next": following.variant,
            "difference": pair.difference,
            "p_holm": pair.p_holm,
            "blocks": float(pair.blocks),
            "pairs": float(len(compared.pairs)),
            "pairs_beyond_chance": float(sum(each.p_holm <= self.alpha for each in compared.pairs)),
        }
        gain = find_pair(compared.pairs, self.recurrent, self.feedforward)
        if gain is not None:
            numbers |= {
                "recurrent_minus_feedforward": gain.difference,
                "recurrent_minus_feedforward_p_holm": gain.p_holm,
            }
        return {f"{compared.dataset}.{name}": value for name, value in numbers.items()}
