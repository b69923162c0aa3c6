"""Decide whether a null scores, and whether the score is beyond chance, and say so in plain words."""

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.nulls.session_null import SessionNull
from sysid_analyses.nulls.shuffled_pairing import p_value
from sysid_analyses.wording import counted, number, probability

ALPHA = 0.05


@attrs.frozen(eq=False)
class Nulls:
    """Hold mean CCs over the scorable cells, true and null.

    Attributes:
        correlation: of the model.
        shuffled: (draw,), of each pairing with other responses.
        drift, drift_low, drift_high: of the predictor that knows only the time, with a 95 % interval from
            the hierarchical bootstrap; NaN where there is none.
        refitted: (refit,), of each training on shifted responses.
        hindrance: why there are fewer refits than asked for, or nothing.
        threshold: the mean CC above which a null scores.
    """

    correlation: float
    shuffled: Float[np.ndarray, " draw"]
    drift: float
    drift_low: float
    drift_high: float
    refitted: Float[np.ndarray, " refit"]
    hindrance: str
    threshold: float

    @property
    def shuffled_p(self) -> float:
        """One-sided; NaN where there is no other pairing."""
        return p_value(self.correlation, self.shuffled) if len(self.shuffled) else float("nan")

    @property
    def within_shuffled(self) -> bool:
        """Whether the true score does not stand out; with few pairings, it must exceed all of them."""
        return bool(len(self.shuffled)) and self.shuffled_p > max(ALPHA, 1 / (1 + len(self.shuffled)))

    @property
    def beyond_chance(self) -> float:
        """1 where the true pairing stands out from the others, 0 where not, NaN with too few to tell."""
        if self.within_shuffled:
            return 0.0
        return 1.0 if self.shuffled_p <= ALPHA else float("nan")

    @property
    def scoring(self) -> dict[str, float]:
        """The nulls whose mean CC is above the threshold and whose interval is above 0, by name."""
        found = {
            name: float(scores.mean())
            for name, scores in (("shuffled pairings", self.shuffled), ("refits", self.refitted))
            if len(scores) and scores.mean() > self.threshold and _low(scores) > 0
        }
        if self.drift > self.threshold and not self.drift_low <= 0:
            found["a slow drift alone"] = self.drift
        return found

    def numbers(self) -> dict[str, float | str]:
        """Return the headline numbers."""
        low, high = spread(self.shuffled)
        return {
            "correlation": self.correlation,
            "shuffled_mean": _mean(self.shuffled),
            "shuffled_sd": _sd(self.shuffled),
            "shuffled_low": low,
            "shuffled_high": high,
            "shuffled_p": self.shuffled_p,
            "shuffled_draws": float(len(self.shuffled)),
            "drift_correlation": self.drift,
            "drift_low": self.drift_low,
            "drift_high": self.drift_high,
            "refits": float(len(self.refitted)),
            "refit_mean": _mean(self.refitted),
            "refit_sd": _sd(self.refitted),
            "refit_p": p_value(self.correlation, self.refitted) if len(self.refitted) else float("nan"),
            "null_scores": float(bool(self.scoring)),
            "beyond_chance": self.beyond_chance,
        }


def state_nulls(nulls: Nulls, sessions: list[SessionNull], frame_rate_hz: float) -> tuple[str, ...]:
    """Say what the nulls score and how they were made; first that none scores, unless there is a warning."""
    statements = [
        *(() if warn_of_nulls(nulls) else (_state_none(nulls),)),
        _state_shuffled(nulls, sessions),
        _state_drift(nulls, sessions, frame_rate_hz),
    ]
    if len(nulls.refitted):
        statements.append(
            f"Trained {counted(len(nulls.refitted), 'time')} on responses shifted in time, the model scores "
            f"{number(_mean(nulls.refitted))} ± {number(_sd(nulls.refitted))} (mean ± sd) on the true test "
            f"responses."
        )
    if nulls.hindrance:
        statements.append(f"Of the refits asked for {len(nulls.refitted)} were done: {nulls.hindrance}.")
    return tuple(statements)


def warn_of_nulls(nulls: Nulls) -> tuple[str, ...]:
    """Say which nulls score, and whether the score is no more than chance; nothing where all is well."""
    score = f"the model's CC is {number(nulls.correlation)}"
    warnings = []
    if nulls.scoring:
        scoring = [f"{name} reach a mean CC of {number(value)}" for name, value in nulls.scoring.items()]
        told = "; ".join(scoring).replace("alone reach ", "alone reaches ")
        warnings.append(f"A null scores: {told}; {score}.")
    if nulls.within_shuffled:
        warnings.append(
            "The score is not beyond chance: the true pairing does not stand out from pairings with other "
            f"responses ({probability('p', nulls.shuffled_p)}); {score}."
        )
    return tuple(warnings)


def spread(scores: Float[np.ndarray, " draw"]) -> tuple[float, float]:
    """Return the 95 % range of the draws."""
    if not len(scores):
        return float("nan"), float("nan")
    low, high = np.percentile(scores, (2.5, 97.5)).tolist()
    return low, high


def _state_none(nulls: Nulls) -> str:
    score = f"the model's CC is {number(nulls.correlation)}"
    return f"No null scores: {score}, and nothing that is blind to the stimulus reaches {nulls.threshold:g}."


def _state_shuffled(nulls: Nulls, sessions: list[SessionNull]) -> str:
    if not len(nulls.shuffled):
        return "The test part is too short to pair predictions with responses further away than the history."
    low, high = spread(nulls.shuffled)
    ways = {
        "stretches": "whole stretches of the test part exchanged for one another",
        "shifts": "responses shifted along the test part by more than the history",
    }
    how = " or ".join(ways[scheme] for scheme in dict.fromkeys(each.pairings.scheme for each in sessions))
    return (
        f"With other responses ({how}; {len(nulls.shuffled)} different pairings) the mean CC is "
        f"{number(_mean(nulls.shuffled))} ± {number(_sd(nulls.shuffled))} (mean ± sd; 95 % of them within "
        f"{number(low)} to {number(high)}); {probability('p', nulls.shuffled_p)}, and cannot be below "
        f"{1 / (1 + len(nulls.shuffled)):.2g}."
    )


def _state_drift(nulls: Nulls, sessions: list[SessionNull], frame_rate_hz: float) -> str:
    enclosed = float(np.average([each.drift.enclosed for each in sessions]))
    if not any(np.isfinite(each.drift_correlation).any() for each in sessions):
        if enclosed:
            return "No drift was found: training bins predict one another best by their mean; that scores 0."
        return (
            "A drift cannot score through this split: no test bin lies between training bins, so a predictor "
            "that knows the time alone says the last training level throughout."
        )
    distance = np.median([each.drift.distance_bins for each in sessions]) / frame_rate_hz
    constants = np.array([each.drift.time_constant_bins for each in sessions])
    constant = float(np.median(constants[np.isfinite(constants)])) / frame_rate_hz
    return (
        f"A drift predictor, the mean of the training responses around each test bin (time constant "
        f"{constant:.2g} s; the nearest training bin is {distance:.2g} s away, {100 * enclosed:.0f} % of the "
        f"test bins lie between training bins), scores {number(nulls.drift)}"
        + (
            f" (95 % interval {number(nulls.drift_low)} to {number(nulls.drift_high)})."
            if np.isfinite(nulls.drift_low)
            else "."
        )
    )


def _mean(scores: Float[np.ndarray, " draw"]) -> float:
    return float(scores.mean()) if len(scores) else float("nan")


def _sd(scores: Float[np.ndarray, " draw"]) -> float:
    return float(scores.std(ddof=1)) if len(scores) > 1 else float("nan")


def _low(scores: Float[np.ndarray, " draw"]) -> float:
    """Return the lower end of the mean's 95 % interval."""
    return float(scores.mean() - 1.96 * scores.std() / np.sqrt(len(scores)))
