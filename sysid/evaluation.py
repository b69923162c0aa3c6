"""Score a trained model on its test part, and leave the table, the summary and the predictions."""

import csv
import io
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import torch

from sysid import metrics
from sysid.atomic import write_json, write_text, write_whole
from sysid.bootstrap import Fold, bootstrap_pooled_correlation
from sysid.configuration import Training
from sysid.csv_cell import guard_cell
from sysid.metrics import block_ids, mean_score, scorable
from sysid.metrics.axes import neuron_groups
from sysid.model import Model
from sysid.one_step import ONE_STEP, one_step_bits
from sysid.recording import COUNTS, Part, Recording
from sysid.run_folder import RunFolder
from sysid.sample import SessionSamples

MEANS = (
    "correlation",
    "normalized_correlation",
    "max_correlation",
    "feve",
    "bits_per_spike",
    "single_trial_correlation",
)


CONSTANT = "constant response"
NOT_RECORDED = "not recorded in the test part"


@attrs.frozen(eq=False)
class TestPart:
    """The test bins of one session (or those of another part), presentation after presentation.

    Attributes:
        prediction: (bin, neuron), expected responses.
        responses: (repeat, bin, neuron), NaN = not recorded.
        frame: (bin,), frame number within its presentation.
        presentation: (bin,), number of the presentation.
        block: (bin,), which stretch of time a bin is resampled with.
        bin_duration_s: (bin,).
        baseline: (neuron,), mean response per bin over the training samples.
        counts: (), whether responses are counts of spikes; all were taken to be before this was kept.
    """

    __test__ = False  # not a test class, whatever its name makes pytest think

    prediction: np.ndarray
    responses: np.ndarray
    frame: np.ndarray
    presentation: np.ndarray
    block: np.ndarray
    bin_duration_s: np.ndarray
    baseline: np.ndarray
    counts: np.ndarray = attrs.field(factory=lambda: np.array(True))


@attrs.frozen(eq=False)
class Evaluation:
    """What a model came to on its test part.

    Attributes:
        parts: by session, bins, responses and predictions.
        table: the scores of every neuron, as CSV.
        summary: what `metrics.json` says.
    """

    parts: dict[str, TestPart]
    table: str
    summary: dict[str, Any]


def go_on() -> None:
    """Let an evaluation go on."""


def evaluate(
    model: Model,
    sessions: dict[str, SessionSamples],
    training: Training,
    folder: RunFolder,
    between: Callable[[], None] = go_on,
) -> dict[str, TestPart]:
    """Predict the test part, write `predictions.npz`, `neurons.csv` and `metrics.json`, and return it.

    Args:
        model: trained.
        sessions: samples by session.
        training: says how many samples go at once.
        folder: to write to.
        between: called between two batches, and may leave by an error; nothing is written then.
    """
    evaluation = score_model(model, sessions, training, between)
    arrays = {
        f"{session}/{name}": value
        for session, part in evaluation.parts.items()
        for name, value in attrs.asdict(part, recurse=False).items()
    }

    def write_arrays(beside: Any) -> None:
        with open(beside, "wb") as file:  # a file object: numpy appends .npz to names
            np.savez_compressed(file, **arrays)

    write_whole(folder.predictions_file, write_arrays)
    write_text(folder.neurons_file, evaluation.table)
    write_json(folder.scores_file, evaluation.summary)
    return evaluation.parts


def score_model(
    model: Model,
    sessions: dict[str, SessionSamples],
    training: Training,
    between: Callable[[], None] = go_on,
) -> Evaluation:
    """Predict and score the test part; nothing is written (see `evaluate`)."""
    parts = {
        session: predict_part(model, samples, session, "test", training, between)
        for session, samples in sessions.items()
    }
    tables = {session: score_neurons(part) for session, part in parts.items()}
    recordings = {session: samples.recording for session, samples in sessions.items()}
    table = neuron_table(recordings, parts, tables)
    summary = summary_of(parts, tables, recordings)
    one_step = [
        one_step_bits(model, samples, session, training)
        for session, samples in sessions.items()
        if model.takes_earlier(session)
    ]
    if one_step:
        summary[ONE_STEP] = {"bits_per_spike": average_defined(np.concatenate(one_step))}
    return Evaluation(parts, table, summary)


@torch.no_grad()
def predict_part(
    model: Model,
    samples: SessionSamples,
    session: str,
    part: Part,
    training: Training,
    between: Callable[[], None] = go_on,
) -> TestPart:
    """Predict every bin of one part of one session; `between` is called before every batch."""
    model.eval()
    bins = samples.frames(part)
    rates = []
    for batch in samples.distinct_batches(part, training.evaluation_batch_size):
        between()
        rates.append(model(batch.stimulus, batch.behaviour, session)[0][:, -1].cpu())
    presentations = samples.recording.presentations
    responses = gather_responses(samples.recording, bins)
    blocks, first_block, start = [], 0, 0
    for presentation, chosen in zip(presentations, bins, strict=True):
        here = responses[: len(presentation.responses), start : start + len(chosen)]
        start += len(chosen)
        if len(chosen):
            section = None if presentation.section is None else presentation.section[chosen]
            block = block_ids(section, here) if len(chosen) > 1 else np.zeros(1, dtype=np.int64)
            blocks.append(block + first_block)
            first_block = int(blocks[-1].max()) + 1
    return TestPart(
        prediction=torch.cat(rates).numpy(),
        responses=responses,
        frame=np.concatenate(bins),
        presentation=np.concatenate([np.full(len(chosen), number) for number, chosen in enumerate(bins)]),
        block=np.concatenate(blocks),
        bin_duration_s=np.concatenate(
            [p.bin_duration_s[b] for p, b in zip(presentations, bins, strict=True)]
        ),
        baseline=samples.mean_response(),
        counts=np.array(samples.recording.response_kind == COUNTS),
    )


def gather_responses(recording: Recording, bins: list[np.ndarray]) -> np.ndarray:
    """Return the responses in some bins of each presentation, (repeat, bin, neuron), end to end.

    There are as many repeats as the presentation with the most has; what others lack is NaN.
    """
    presentations = recording.presentations
    repeats = max(len(presentation.responses) for presentation in presentations)
    dtype = np.result_type(*(presentation.responses.dtype for presentation in presentations))
    gathered = np.full((repeats, sum(map(len, bins)), len(recording.neurons)), np.nan, dtype=dtype)
    start = 0
    for presentation, chosen in zip(presentations, bins, strict=True):
        for repeat, of_repeat in enumerate(presentation.responses):
            gathered[repeat, start : start + len(chosen)] = of_repeat[chosen]
        start += len(chosen)
    return gathered


def count_spikes(responses: np.ndarray) -> np.ndarray:
    """Return the sum of all that was recorded of each neuron, (neuron,), group by group."""
    return np.concatenate(
        [np.nansum(responses[:, :, group], axis=(0, 1)) for group in neuron_groups(responses)]
    )


def score_neurons(part: TestPart) -> dict[str, np.ndarray]:
    """Return every score of every neuron by name, (neuron,) each; NaN where it is not defined.

    Bits per spike compare likelihoods of counts, so responses of another kind have none.
    """
    responses, prediction = part.responses, part.prediction
    bits = metrics.bits_per_spike(responses, prediction, part.baseline)
    return {
        "correlation": metrics.correlation(responses, prediction),
        "max_correlation": metrics.max_correlation(responses),
        "normalized_correlation": metrics.normalized_correlation(responses, prediction),
        "feve": metrics.feve(responses, prediction),
        "bits_per_spike": bits if part.counts else np.full_like(bits, np.nan),
        "single_trial_correlation": metrics.single_trial_correlation(responses, prediction),
        "oracle": metrics.leave_one_out_oracle(responses),
        "split_half_ceiling": metrics.split_half_ceiling(responses),
        "explainable_variance_fraction": metrics.explainable_variance_fraction(responses),
        "signal_power": metrics.signal_power(responses),
        "repeats": (~np.isnan(responses)).any(axis=1).sum(axis=0),
        "spikes": count_spikes(responses),
    }


def neuron_table(
    recordings: dict[str, Recording], parts: dict[str, TestPart], tables: dict[str, dict[str, np.ndarray]]
) -> str:
    """Return the scores as CSV, one row per neuron; an empty cell is a score that is not defined.

    `excluded` says why a neuron is left out of the averages; `simulated` whether its responses were computed.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = list(next(iter(tables.values())))
    writer.writerow(["session", "neuron", *names, "bin_ms", "excluded", "simulated"])
    for session, table in tables.items():
        reasons = why_left_out(parts[session])
        bin_ms = 1000 * float(np.median(parts[session].bin_duration_s))
        simulated = recordings[session].provenance.simulated
        for number, neuron in enumerate(recordings[session].neurons):
            values = [_cell(float(table[name][number])) for name in names]
            writer.writerow(
                [
                    guard_cell(session),
                    guard_cell(neuron.id),
                    *values,
                    f"{bin_ms:.6g}",
                    reasons[number],
                    simulated,
                ]
            )
    return text.getvalue()


def why_left_out(part: TestPart) -> list[str]:
    """Return, for each neuron, why no model can be scored on it; an empty text where one can."""
    reasons = np.where(scorable(part.responses), "", CONSTANT)
    return list(np.where(np.isnan(part.responses).all(axis=(0, 1)), NOT_RECORDED, reasons))


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"


def summary_of(
    parts: dict[str, TestPart], tables: dict[str, dict[str, np.ndarray]], recordings: dict[str, Recording]
) -> dict[str, Any]:
    """Return the scores averaged over the cells of all sessions, and where there are several also of each.

    `sessions` holds the latter by name. With the scores stands who is left out and why: a cell with a
    constant response is left out for all models alike, and so is one that was not recorded, which is named
    under `not_recorded` as well; one with a constant prediction counts as 0 and is named under `failed`.
    """
    summary = _pool(parts, tables, recordings)
    if len(parts) > 1:
        summary["sessions"] = {
            name: _pool({name: parts[name]}, {name: tables[name]}, {name: recordings[name]}) for name in parts
        }
    return summary


def _pool(
    parts: dict[str, TestPart], tables: dict[str, dict[str, np.ndarray]], recordings: dict[str, Recording]
) -> dict[str, Any]:
    """Average over the cells of all sessions given."""
    summary = average_scores(parts, tables)
    ids = name_neurons(recordings)
    mean = mean_score(_over_sessions("correlation", tables), _scorable(parts))
    summary["excluded"] = [ids[number] for number in mean.excluded]
    reasons = [reason for part in parts.values() for reason in why_left_out(part)]
    summary["not_recorded"] = [name for name, why in zip(ids, reasons, strict=True) if why == NOT_RECORDED]
    summary["failed"] = [ids[number] for number in mean.failed]
    folds = [[Fold(part.responses, part.prediction, part.block)] for part in parts.values()]
    interval = bootstrap_pooled_correlation(folds)
    names = ("standard_error", "low", "high", "level")
    summary["correlation"] |= {name: getattr(interval, name) for name in names}
    summary["simulated"] = any(recording.provenance.simulated for recording in recordings.values())
    summary["response_kind"] = ", ".join(dict.fromkeys(each.response_kind for each in recordings.values()))
    summary["cells"] = len(ids)
    summary["bins"] = int(sum(len(part.frame) for part in parts.values()))
    return summary


def name_neurons(recordings: dict[str, Recording]) -> list[str]:
    """Return the ids of all neurons, behind their session where there are several: ids may be the same."""
    return [
        neuron.id if len(recordings) == 1 else f"{session}/{neuron.id}"
        for session, recording in recordings.items()
        for neuron in recording.neurons
    ]


def average_scores(parts: dict[str, TestPart], tables: dict[str, dict[str, np.ndarray]]) -> dict[str, Any]:
    """Return mean, median and number of cells of every score, and the population CC of a single session."""
    averages: dict[str, Any] = {}
    counted = _scorable(parts)
    for name in MEANS:
        scores, cells = _over_sessions(name, tables), counted
        if name in ("normalized_correlation", "max_correlation"):
            cells = counted & np.isfinite(_over_sessions("max_correlation", tables))
        if name == "bits_per_spike":
            cells = counted & _of_counts(parts)
        mean = mean_score(scores, cells)
        averages[name] = {"mean": mean.mean, "median": median(scores[cells]), "cells": mean.counted}
    if len(parts) == 1:
        part = next(iter(parts.values()))
        population = metrics.population_correlation(part.responses, part.prediction)
        averages["population_correlation"] = float(population)
    return averages


def average_defined(scores: np.ndarray) -> dict[str, Any]:
    """Return mean, median and number of the cells whose score is defined."""
    finite = scores[np.isfinite(scores)]
    mean = float(finite.mean()) if len(finite) else float("nan")
    return {"mean": mean, "median": median(scores), "cells": len(finite)}


def _scorable(parts: dict[str, TestPart]) -> np.ndarray:
    return np.concatenate([scorable(part.responses) for part in parts.values()])


def _of_counts(parts: dict[str, TestPart]) -> np.ndarray:
    return np.concatenate([np.full(len(part.baseline), bool(part.counts)) for part in parts.values()])


def _over_sessions(name: str, tables: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
    return np.concatenate([table[name] for table in tables.values()])


def median(scores: np.ndarray) -> float:
    """Return the median of what is defined: FEVE and bits per spike have no lower bound, so one cell with
    few spikes can carry a mean anywhere."""
    finite = scores[np.isfinite(scores)]
    return float(np.median(finite)) if len(finite) else float("nan")
