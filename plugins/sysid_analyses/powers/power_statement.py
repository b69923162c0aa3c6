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
from sysid_analyses.wording import number, signed


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
        repeats, cells: how many.
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
    def detectable(self) -> float:
        """The smallest difference that is shown with the power asked for."""
        return detectable_difference(self.spread, self.power, self.alpha)

    @property
    def detectable_interval(self) -> tuple[float, float]:
        """95 % interval of `detectable`, from the number of simulations; never below what test noise asks."""
        low, high = spread_interval(self.spread, len(self.simulated))
        low = max(low, self.spreads[0])
        return (
            detectable_difference(low, self.power, self.alpha),
            detectable_difference(high, self.power, self.alpha),
        )

    @property
    def needs(self) -> Needs:
        """How many times as much recording shows the observed difference."""
        return needed(self.observed, *self.spreads, self.power, self.alpha)

    def numbers(self) -> dict[str, float | str]:
        """Return the headline numbers; infinite needs are NaN."""
        low, high = self.detectable_interval
        test, everything = (
            times if np.isfinite(times) else float("nan")
            for times in (self.needs.test, self.needs.everything)
        )
        return {
            "detectable_difference": self.detectable,
            "detectable_low": low,
            "detectable_high": high,
            "observed_difference": self.observed,
            "power_for_observed": power_to_show(self.observed, self.spread, self.alpha),
            "simulated_difference": float(self.simulated.mean()),
            "spread": self.spread,
            "spread_of_test_noise": self.spreads[0],
            "bootstrap_error": self.bootstrap_error,
            "detectable_by_bootstrap": detectable_difference(self.bootstrap_error, self.power, self.alpha),
            "simulations": float(len(self.simulated)),
            "test_minutes": self.test_min,
            "training_minutes": self.training_min,
            "repeats": float(self.repeats),
            "more_test_minutes": more(self.test_min, test),
            "more_repeats": float(np.ceil(more(float(self.repeats), test))),
            "more_minutes_of_everything": more(self.test_min + self.training_min, everything),
            "fano_factor": self.fano_factor,
        }


def more(amount: float, times: float) -> float:
    """Return how much has to be added for so many times the amount; nothing where there is enough."""
    return max(0.0, amount * (times - 1)) if times == times else float("nan")


def state_power(estimate: Estimate) -> tuple[str, ...]:
    """Say which difference can be shown, what the observed one would take, and what is assumed."""
    low, high = estimate.detectable_interval
    share = f"{100 * estimate.power:g} %"
    shown = (
        f"On {estimate.dataset} ({_minutes(estimate.training_min)} of training, "
        f"{_minutes(estimate.test_min)} of test, {estimate.repeats} repeats, {estimate.cells} cells) a "
        f"difference of {number(estimate.detectable)} in mean CC between {estimate.variant} and "
        f"{estimate.against} can be shown with {share} power ({len(estimate.simulated)} simulations; 95 % "
        f"interval {number(low)} to {number(high)}); observed is {signed(estimate.observed)}."
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


def _state_rest(estimate: Estimate) -> str:
    """Say what the simulations leave out, and what a bootstrap that has it says."""
    rest = (
        "The simulations keep stimuli and cells, so that others would give another difference is not in them."
    )
    if not np.isfinite(estimate.bootstrap_error):
        return rest
    by_it = detectable_difference(estimate.bootstrap_error, estimate.power, estimate.alpha)
    return (
        f"{rest} Resampling time and cells, without training, gives the observed difference "
        f"± {number(estimate.bootstrap_error)} (se); by that, {number(by_it)} can be shown."
    )


def _state_needs(estimate: Estimate, share: str) -> str:
    """Say what it would take to show the observed difference."""
    if estimate.observed == 0:
        return "The two score alike, which no length of recording shows to be a difference."
    if abs(estimate.observed) >= estimate.detectable:
        return (
            f"The observed difference is at least as large: against the noise of responses and training the "
            f"recording is long enough for {share} power."
        )
    needs, numbers = estimate.needs, estimate.numbers()
    whole = (
        f"{_minutes(float(numbers['more_minutes_of_everything']))} more of training and test together, at "
        f"their present ratio ({needs.everything:.3g} times as much)"
    )
    if np.isfinite(needs.test):
        return (
            f"To show the observed difference with {share} power it would need "
            f"{_minutes(float(numbers['more_test_minutes']))} more of test, or {numbers['more_repeats']:.0f} "
            f"more repeats of it ({needs.test:.3g} times as much); or {whole}."
        )
    return (
        f"To show the observed difference with {share} power it would need {whole}; a longer test part alone "
        f"would not do, because the trainings differ by more (averaging over seeds lowers that)."
    )


def _minutes(minutes: float) -> str:
    return f"{60 * minutes:.3g} s" if minutes < 1 else f"{minutes:.3g} min"
