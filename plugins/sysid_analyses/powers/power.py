"""Analysis `power`: which difference between two models can this recording show at all?"""

from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs
import numpy as np
from jaxtyping import Float

import sysid
from sysid import Analysis, Findings, Fold, Picture, RunFolder, SysidError, Table, key
from sysid_analyses.powers.power_pair import FoldPair, find_folds, predict_rates
from sysid_analyses.powers.power_statement import Estimate, state_power
from sysid_analyses.powers.simulated_response import (
    fano_factor,
    mean_correlation,
    simulate_counts,
    spread_over_test_noise,
)
from sysid_analyses.replaced_response import replace_responses
from sysid_analyses.table import write_table

COLUMNS = ("simulation", "difference", "correlation", "correlation_against", "spread_of_test_noise")
TEST_DRAWS = 100  # test parts drawn for each simulation, without training: the spread is known to 7 %
FIGURE = Picture(
    "power",
    "Left: the difference in mean CC in each simulation (dots), the observed one (line), and the range of "
    "differences that this recording cannot show (band: the larger of what simulations, with their 95 % "
    "interval, and resampling time and cells give). Right: the smallest difference that can be shown, "
    "against the length of the recording; the observed one is shown from where the curves fall "
    "below the level line.",
)


@attrs.frozen
class Power(Analysis):
    """Say which difference in mean CC a recording of this length, with these repeats and cells, can show.

    Choose it before a difference between two models is believed, or its absence. Responses are simulated
    from the fitted model of `variant` (Poisson counts with the predicted rate as their mean, with the
    recording's repeats and gaps), both variants are trained on them anew, each simulation with a seed of its
    own, and the spread of the difference in mean CC over simulations gives the difference that is detected
    with probability `power`. Where resampling time and cells asks for a larger one, that counts. Of
    several seeds the lowest is taken, of folds all. Ours.

    Cost: 2 · `simulations` · folds trainings, each as long as one of the recipe. A model in closed form takes
    seconds; networks take what they took the first time.

    The spread holds the noise of the responses, in training and test, and of the training itself. That
    another stimulus, or other cells, would give another difference is in the bootstrap alone. Neurons that
    are less variable than a Poisson process make the recording better than it is said to be here.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    variant: str = key("the variant whose fitted model is taken for the truth")
    against: str = key("the variant it is compared with")
    dataset: str = key("the dataset table whose recording is simulated")
    simulations: int = key(
        "how often responses are drawn and both variants trained; 5 give the spread to a factor of .6 to 2.9",
        default=5,
        at_least=2,
    )
    power: float = key("the probability of showing the difference", default=0.8, above=0, below=1)
    alpha: float = key("two-sided level of the test", default=0.05, above=0, below=1)
    seed: int = key("seed of the simulated responses", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `power.csv`, `power.png` and `.svg`, and say what can be shown, and what it would take."""
        folds, reason = find_folds(runs, self.variant, self.against, self.dataset)
        if reason:
            return Findings(reason=reason)
        rates = predict_rates(folds[0])
        generators = np.random.default_rng(self.seed).spawn(self.simulations)
        try:
            rows = [simulate(folds, rates, number, each) for number, each in enumerate(generators)]
        except SysidError as error:  # such as a loss that is not finite
            return Findings(reason=f"a training on simulated responses broke off: {error}")
        observed = float(np.mean([each.observed for each in folds]))
        if not np.isfinite([observed, *(row[1] for row in rows)]).all():
            return Findings(reason="a difference in mean CC is not defined, as some responses never vary")
        write_table(folder / "power.csv", COLUMNS, rows)
        estimate = Estimate(
            variant=self.variant,
            against=self.against,
            dataset=self.dataset,
            simulated=np.array([row[1] for row in rows]),
            test_spreads=np.array([row[4] for row in rows]),
            observed=observed,
            bootstrap_error=bootstrap_error(folds),
            power=self.power,
            alpha=self.alpha,
            **describe_recording(folds),
        )
        _save_figure(folder, estimate)
        table = Table("power.csv", "one simulation a row: the mean CCs of both variants and their difference")
        headline, *statements = state_power(estimate)
        return Findings(
            numbers=estimate.numbers(),
            headlines=[headline],
            statements=statements,
            pictures=(FIGURE,),
            tables=(table,),
        )


def simulate(
    folds: list[FoldPair], rates: list[np.ndarray], number: int, generator: np.random.Generator
) -> tuple[int, float, float, float, float]:
    """Draw responses once, train both variants on every fold of them, and return a row of `COLUMNS`."""
    shown = [each.responses for each in folds[0].recording.presentations]
    drawn = [simulate_counts(rate, each, generator) for rate, each in zip(rates, shown, strict=True)]
    results = np.array([train_again(fold, drawn, rates, number, generator) for fold in folds])
    first, second, _ = results.mean(axis=0).tolist()
    spread = float(np.sqrt(results[:, 2].sum()) / len(folds))  # of a mean over folds that share no test bin
    return number, first - second, first, second, spread


def train_again(
    fold: FoldPair,
    drawn: list[np.ndarray],
    rates: list[np.ndarray],
    number: int,
    generator: np.random.Generator,
) -> tuple[float, float, float]:
    """Train both variants on one fold of drawn responses.

    Returns:
        Mean CC of both on the drawn test part, and the variance of their difference over new test parts.
    """
    recordings = {fold.session: replace_responses(fold.recording, drawn)}
    seed = fold.run.seed + 1 + number  # another than the run's
    tested = [sysid.refit(run, recordings, seed=seed)[fold.session] for run in (fold.run, fold.against)]
    responses, frame, presentation = tested[0].responses, tested[0].frame, tested[0].presentation
    predictions = [each.prediction.astype(np.float64) for each in tested]
    first, second = (mean_correlation(responses, each) for each in predictions)
    expected = np.concatenate([rate[frame[presentation == which]] for which, rate in enumerate(rates)])
    spread = spread_over_test_noise(expected, responses, *predictions, TEST_DRAWS, generator)
    return first, second, spread**2


def bootstrap_error(folds: list[FoldPair]) -> float:
    """Return the standard error of the observed difference by resampling time and cells."""
    predicted = [
        Fold(each.part["responses"], each.part["prediction"].astype(np.float64), each.part["block"])
        for each in folds
    ]
    return sysid.bootstrap_difference(predicted, [each.baseline for each in folds]).standard_error


def describe_recording(folds: list[FoldPair]) -> dict[str, Any]:
    """Return length, repeats, cells and variability of the recording."""
    responses = [fold.part["responses"] for fold in folds]
    return {
        "test_min": sum(float(fold.part["bin_duration_s"].sum()) for fold in folds) / 60,
        "training_min": float(np.mean([_training_s(fold) for fold in folds])) / 60,
        "repeats": max(len(each) for each in responses),
        "cells": count_scored(responses),
        "fano_factor": fano_factor(responses),
    }


def count_scored(parts: list[Float[np.ndarray, "_repeat _bin neuron"]]) -> int:
    """Return how many cells are scored in at least one test part: those whose response is not constant."""
    return int(np.any([sysid.metrics.scorable(each) for each in parts], axis=0).sum())


def _training_s(fold: FoldPair) -> float:
    """Return how long the training part is, each stimulus counted once."""
    shown = fold.run.responses_in("train")[fold.session]
    return sum(
        float(presentation.bin_duration_s[~np.isnan(responses).all(axis=(0, 2))].sum())
        for responses, presentation in zip(shown, fold.recording.presentations, strict=True)
    )


def _save_figure(folder: Path, estimate: Estimate) -> None:
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.powers.power_figure import draw_power

    save_figure(draw_power(estimate), folder / "power")
