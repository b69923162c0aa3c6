"""Put a power analysis into numbers and words."""

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.powers.detectable import (
    Needs,
    detectable_difference,
    needed,
    power_to_show,
    split_spread,
    spread_interval,
)
from sysid_analyses.wording import counted, number, signed

FEW_SIMULATIONS = 5  # fewer give the spread to a factor of more than 3
MOST = 2.0  # by which two CCs can differ


@attrs.frozen(eq=False)
class Estimate:
    """Hold what simulations say of the difference in mean CC between two variants.

    Attributes:
        variant, against, dataset: as in the recipe.
        simulated: (simulation,), the differences in simulations, variant − against.
        test_spreads: (simulation,), the standard deviation that test noise alone gives.
        observed: the difference in the recording.
        bootstrap_error: its standard error by resampling time and cells; NaN with fewer than two blocks.
        power, alpha: asked for.
        test_min, training_min: length of the recording's parts, each stimulus counted once.
        repeats, cells: how many; cells are those that are scored.
        fano_factor: variance over mean of the recorded counts over repeats; a Poisson process has 1.
    """

    variant: str
    against: str
    dataset: str
    simulated: Float[np.ndarray, " simulation"]
    test_spreads: Float[np.ndarray, " simulation"]
    observed: float
    bootstrap_error: float
    power: float
    alpha: float
    test_min: float
    training_min: float
    repeats: int
    cells: int
    fano_factor: float

    @property
    def spreads(self) -> tuple[float, float]:
        """Standard deviation of the difference by test noise, and by the rest."""
        return split_spread(self.simulated, self.test_spreads)

    @property
    def spread(self) -> float:
        """Standard deviation of the difference over simulations, at least that of test noise alone."""
        return float(np.hypot(*self.spreads))

    @property
    def by_simulation(self) -> float:
        """The smallest difference that is shown, by the spread over simulations."""
        return detectable_difference(self.spread, self.power, self.alpha)

    @property
    def by_bootstrap(self) -> float:
        """The same by the bootstrap, which has other stimuli and cells in it; NaN where there is none."""
        return detectable_difference(self.bootstrap_error, self.power, self.alpha)

    @property
    def detectable(self) -> float:
        """The smallest difference that is shown with the power asked for: the larger of the two."""
        return float(np.fmax(self.by_simulation, self.by_bootstrap))

    @property
    def bootstrap_governs(self) -> bool:
        """Whether the bootstrap asks for the larger difference."""
        return self.by_bootstrap > self.by_simulation

    @property
    def detectable_interval(self) -> tuple[float, float]:
        """95 % interval of `by_simulation`, from their number; never below what test noise asks.

        A difference of two CCs is at most 2, and so is the interval.
        """
        low, high = spread_interval(self.spread, len(self.simulated))
        low = max(low, self.spreads[0])
        ends = [min(MOST, detectable_difference(end, self.power, self.alpha)) for end in (low, high)]
        return ends[0], ends[1]

    @property
    def needs(self) -> Needs:
        """How many times as much recording shows the observed difference, by both errors.

        The bootstrap's is taken to fall as 1/√time of test. Its share of other cells does not, so that where
        it governs this is the least that is needed.
        """
        simulated = needed(self.observed, *self.spreads, self.power, self.alpha)
        if not np.isfinite(self.bootstrap_error):
            return simulated
        times = needed(self.observed, self.bootstrap_error, 0.0, self.power, self.alpha).test
        return Needs(max(simulated.test, times), max(simulated.everything, times))

    def numbers(self) -> dict[str, float | str]:
        """Return the headline numbers; infinite needs are NaN."""
        low, high = self.detectable_interval
        test, everything = (
            times if np.isfinite(times) else float("nan")
            for times in (self.needs.test, self.needs.everything)
        )
        shown = abs(self.observed) > self.detectable
        repeats = test if shown or not self.bootstrap_governs else float("nan")  # they bring no new stimulus
        return {
            "detectable_difference": self.detectable,
            "detectable_low": low,
            "detectable_high": high,
            "observed_difference": self.observed,
            "power_for_observed": power_to_show(
                self.observed, float(np.fmax(self.spread, self.bootstrap_error)), self.alpha
            ),
            "simulated_difference": float(self.simulated.mean()),
            "spread": self.spread,
            "spread_of_test_noise": self.spreads[0],
            "bootstrap_error": self.bootstrap_error,
            "detectable_by_simulation": self.by_simulation,
            "detectable_by_bootstrap": self.by_bootstrap,
            "simulations": float(len(self.simulated)),
            "test_minutes": self.test_min,
            "training_minutes": self.training_min,
            "repeats": float(self.repeats),
            "more_test_minutes": more(self.test_min, test),
            "cells": float(self.cells),
            "more_repeats": float(np.ceil(more(float(self.repeats), repeats))),
            "more_minutes_of_everything": more(self.test_min + self.training_min, everything),
            "fano_factor": self.fano_factor,
        }


def more(amount: float, times: float) -> float:
    """Return how much has to be added for so many times the amount; nothing where there is enough."""
    return max(0.0, amount * (times - 1)) if times == times else float("nan")


def state_power(estimate: Estimate) -> tuple[str, ...]:
    """Say which difference can be shown, what the observed one would take, and what is assumed."""
    share = f"{100 * estimate.power:g} %"
    shown = (
        f"On {estimate.dataset} ({_minutes(estimate.training_min)} of training, "
        f"{_minutes(estimate.test_min)} of test, {counted(estimate.repeats, 'repeat')}, "
        f"{counted(estimate.cells, 'scored cell')}) a "
        f"difference of {number(estimate.detectable)} in mean CC between {estimate.variant} and "
        f"{estimate.against} can be shown with {share} power: {_state_sources(estimate)}; "
        f"observed is {signed(estimate.observed)}.{_state_doubts(estimate)}"
    )
    simulated = (
        f"Trained on responses simulated from {estimate.variant}, the two differ by "
        f"{signed(float(estimate.simulated.mean()))} ± {number(estimate.spread)} (mean ± sd), of which noise "
        f"in the test responses alone makes ± {number(estimate.spreads[0])}."
    )
    assumed = (
        "Assumed: Poisson responses, an error of the test part that falls as 1/√time and as 1/√repeats, and "
        "one of the training that falls as 1/√time of training."
    )
    if np.isfinite(estimate.fano_factor):
        assumed += f" The recorded counts have a Fano factor of {estimate.fano_factor:.2f} (Poisson: 1)."
    return shown, _state_needs(estimate, share), simulated, assumed, _state_rest(estimate)


def _state_sources(estimate: Estimate) -> str:
    """Say by which of the two errors so much is shown, and what the other gives."""
    low, high = estimate.detectable_interval
    simulations = (
        f"{counted(len(estimate.simulated), 'simulation')} of noise and training (95 % interval "
        f"{number(low)} to {number(high)})"
    )
    if not np.isfinite(estimate.bootstrap_error):
        return f"by {simulations}; stimuli and cells are not in it, for want of blocks"
    if estimate.bootstrap_governs:
        return (
            f"by resampling time and cells, which other stimuli and cells are in; {simulations} give "
            f"{number(estimate.by_simulation)}"
        )
    return f"by {simulations}; resampling time and cells gives {number(estimate.by_bootstrap)}"


def _state_doubts(estimate: Estimate) -> str:
    """Say what speaks against the simulations: too few, or a difference with the other sign."""
    doubts, mean = "", float(estimate.simulated.mean())
    if len(estimate.simulated) < FEW_SIMULATIONS:
        doubts += " So few simulations cannot tell the spread well."
    if mean * estimate.observed < 0:
        doubts += (
            f" The simulated difference, {signed(mean)} on average, has the other sign than the observed one."
        )
    return doubts


def _state_rest(estimate: Estimate) -> str:
    """Say what the simulations leave out, and what a bootstrap that has it says."""
    rest = (
        "The simulations keep stimuli and cells, so that others would give another difference is not in them."
    )
    if not np.isfinite(estimate.bootstrap_error):
        return rest
    return (
        f"{rest} Resampling time and cells, without training, gives the observed difference "
        f"± {number(estimate.bootstrap_error)} (se); by that, "
        f"{number(estimate.by_bootstrap)} can be shown."
    )


def _state_needs(estimate: Estimate, share: str) -> str:
    """Say what it would take to show the observed difference."""
    if estimate.observed == 0:
        return "The two score alike, which no length of recording shows to be a difference."
    if abs(estimate.observed) > estimate.detectable:
        return f"The observed difference is larger: the recording is long enough for {share} power."
    needs, numbers = estimate.needs, estimate.numbers()
    whole = (
        f"{_minutes(float(numbers['more_minutes_of_everything']))} more of training and test together, at "
        f"their present ratio ({needs.everything:.3g} times as much)"
    )
    if estimate.bootstrap_governs and np.isfinite(needs.test):
        return (
            f"To show the observed difference with {share} power it would need at least "
            f"{_minutes(float(numbers['more_test_minutes']))} more of test, of other stimuli "
            f"({needs.test:.3g} times as much); more repeats of the same ones do not bring them, and the "
            "error of these cells for others does not fall with time."
        )
    if np.isfinite(needs.test):
        return (
            f"To show the observed difference with {share} power it would need "
            f"{_minutes(float(numbers['more_test_minutes']))} more of test, or "
            f"{counted(float(numbers['more_repeats']), 'more repeat')} of it "
            f"({needs.test:.3g} times as much); or {whole}."
        )
    return (
        f"To show the observed difference with {share} power it would need {whole}; a longer test part alone "
        f"would not do, because the trainings differ by more (averaging over seeds lowers that)."
    )


def _minutes(minutes: float) -> str:
    return f"{60 * minutes:.3g} s" if minutes < 1 else f"{minutes:.3g} min"
