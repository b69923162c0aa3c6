"""Analysis `null_controls`: what would the score be if the model knew nothing of the stimulus?"""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

import sysid
from sysid import Analysis, Findings, Fold, Picture, Run, RunFolder, SysidError, Table, key
from sysid_analyses.nulls.null_statement import Nulls, state_nulls, warn_of_nulls
from sysid_analyses.nulls.session_null import SessionNull, mean_over_cells, score_nulls
from sysid_analyses.nulls.shifted_training import part_bins, shift_responses
from sysid_analyses.nulls.shuffled_pairing import p_value
from sysid_analyses.replaced_response import replace_responses
from sysid_analyses.table import write_table

COLUMNS = (
    *("session", "neuron", "correlation", "shuffled_mean", "shuffled_sd", "shuffled_low", "shuffled_high"),
    *("shuffled_p", "drift_correlation"),
)
RANGE = (2.5, 97.5)  # percent
FIGURE = Picture(
    "nulls",
    "Left: mean CC over cells with the true responses (line), with those of other times (bars), and of a "
    "predictor that knows the time alone (dashed). Right: the same for every cell; bars are the 95 % range "
    "of the null. A score to be believed lies right of the bars on the left and above them on the right.",
)


@attrs.frozen
class NullControls(Analysis):
    """Score the test part with responses of other times, and with a predictor that sees no stimulus.

    Choose it for every run that is reported: a score means nothing beside a null that scores as well. Three
    nulls, of which the first two train nothing:

    - *shuffled pairing*: the predictions paired with responses to other stretches of the test part, further
      away than the history. p counts the pairings that score as high as the true one.
    - *drift*: each test bin predicted from the training bins around it, by time alone. It says what a slow
      change of the responses scores through this split.
    - *refits*: the model trained again on training and validation responses shifted in time, and scored on
      the true test responses. It says what training and selection give without a stimulus.

    A null scores where its mean CC exceeds `threshold` and its interval lies above 0. The score is not
    beyond chance where it is within the shuffled null (p > .05). Both are warnings. Ours, from
    what is customary in the field.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    draws: int = key("pairings with other responses, at most", default=199, at_least=1)
    refits: int | None = key(
        "trainings on shifted responses; each costs as much as the run's training. Left out, 19 for a model "
        "in closed form and none for any other",
        default=None,
        at_least=0,
    )
    threshold: float = key("the mean CC above which a null scores", default=0.1, at_least=0, below=1)
    seed: int = key("seed of pairings and shifts", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `nulls.csv`, `nulls.npz`, `nulls.png` and `.svg`, and say whether a null or chance scores."""
        if not runs[0].predictions_file.exists():
            return Findings(reason="the run has no predictions of a test part")
        run = sysid.load_run(runs[0].path)
        parts, training = run.folder.predictions(), run.responses_in("train")
        pairing_generator, refit_generator = np.random.default_rng(self.seed).spawn(2)
        sessions = {
            session: score_nulls(part, training[session], run.window.reach, self.draws, pairing_generator)
            for session, part in parts.items()
        }
        scorable = np.concatenate([each.scorable for each in sessions.values()])
        if not scorable.any():
            return Findings(reason="the test responses of all cells are constant, so nothing can be scored")
        refits = (19 if run.training.method == "least_squares" else 0) if self.refits is None else self.refits
        refitted, hindrance = refit_shifted(run, refits, refit_generator)
        nulls = gather_nulls(sessions, parts, refitted, hindrance, self.threshold)
        neurons = {name: each["neurons"] for name, each in run.information["sessions"].items()}
        write_table(folder / "nulls.csv", COLUMNS, cell_rows(sessions, neurons))
        np.savez_compressed(
            folder / "nulls.npz",
            shuffled=nulls.shuffled,
            refitted=nulls.refitted,
            **{f"{name}/drift_prediction": each.drift.prediction for name, each in sessions.items()},
        )
        rate_hz = next(iter(run.information["sessions"].values()))["frame_rate_hz"]
        statements = state_nulls(nulls, list(sessions.values()), rate_hz)
        warnings = warn_of_nulls(nulls)
        _save_figure(folder, nulls, list(sessions.values()), " ".join(warnings or statements[:1]))
        table = Table("nulls.csv", "one cell a row: its CC, those of shuffled pairings, and that of a drift")
        numbers = nulls.numbers()
        return Findings(
            numbers=numbers,
            statements=statements,
            warnings=warnings,
            beside_score={
                "shuffled CC": float(numbers["shuffled_mean"]),
                "drift CC": nulls.drift,
            },
            pictures=(FIGURE,),
            tables=(table,),
        )


def refit_shifted(run: Run, refits: int, generator: np.random.Generator) -> tuple[np.ndarray, str]:
    """Train again on shifted responses and return the mean CC of each training, and what hindered it."""
    scores: list[float] = []
    recordings = run.recordings if refits else {}
    bins = {part: _bins(run, part) for part in ("train", "validation")} if refits else {}
    for number in range(refits):
        shifted = {}
        for session, recording in recordings.items():
            shown: list[np.ndarray] | None = [each.responses for each in recording.presentations]
            for part, of_part in bins.items():
                shown = shift_responses(shown, of_part[session], run.window.reach, generator)
                if shown is None:
                    return np.zeros(0), f"the {part} bins are too few to be shifted by more than the history"
            shifted[session] = replace_responses(recording, shown)
        try:
            tested = sysid.refit(run, shifted, "test", seed=run.seed + number).values()
        except SysidError as error:  # such as a loss that is not finite
            return np.array(scores), f"a training on shifted responses broke off: {error}"
        correlations = [sysid.metrics.correlation(each.responses, each.prediction) for each in tested]
        scorable = np.concatenate([sysid.metrics.scorable(each.responses) for each in tested])
        scores.append(float(mean_over_cells(np.concatenate(correlations), scorable)))
    return np.array(scores), ""


def _bins(run: Run, part: Literal["train", "validation"]) -> dict[str, list[np.ndarray]]:
    return {session: [part_bins(each) for each in shown] for session, shown in run.responses_in(part).items()}


def gather_nulls(
    sessions: dict[str, SessionNull],
    parts: dict[str, dict[str, np.ndarray]],
    refitted: np.ndarray,
    hindrance: str,
    threshold: float,
) -> Nulls:
    """Average over the cells of all sessions; the drift has an interval where there is one session."""
    scorable = np.concatenate([each.scorable for each in sessions.values()])
    draws = min(len(each.shuffled) for each in sessions.values())
    shuffled = np.concatenate([each.shuffled[:draws] for each in sessions.values()], axis=1)
    drift = np.concatenate([each.drift_correlation for each in sessions.values()])
    low = high = float("nan")
    if len(sessions) == 1 and np.isfinite(drift[scorable]).any():
        ((name, session),) = sessions.items()
        fold = Fold(parts[name]["responses"], session.drift.prediction, parts[name]["block"])
        interval = sysid.bootstrap_mean_correlation([fold])
        low, high = interval.low, interval.high
    correlation = np.concatenate([each.correlation for each in sessions.values()])
    return Nulls(
        correlation=float(mean_over_cells(correlation, scorable)),
        shuffled=mean_over_cells(shuffled, scorable),
        drift=float(mean_over_cells(drift, scorable)),
        drift_low=low,
        drift_high=high,
        refitted=refitted,
        hindrance=hindrance,
        threshold=threshold,
    )


def cell_rows(sessions: dict[str, SessionNull], neurons: dict[str, list[str]]) -> list[tuple]:
    """Return one row per cell, in the order of `COLUMNS`."""
    rows = []
    for name, session in sessions.items():
        for number, neuron in enumerate(neurons[name]):
            null, score = session.shuffled[:, number], float(session.correlation[number])
            null = null[np.isfinite(null)]
            spread = (null.mean(), null.std(), *np.percentile(null, RANGE)) if len(null) else (None,) * 4
            p = p_value(score, null) if len(null) and np.isfinite(score) else None
            rows.append((name, neuron, score, *spread, p, float(session.drift_correlation[number])))
    return rows


def _save_figure(folder: Path, nulls: Nulls, sessions: list[SessionNull], title: str) -> None:
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.nulls.null_controls_figure import draw_nulls

    save_figure(draw_nulls(nulls, sessions, title), folder / "nulls")
