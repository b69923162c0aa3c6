"""Analysis `responses`: what the cells did and what the model says they would do, trial by trial."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

import sysid
from sysid import Analysis, Findings, Picture, RunFolder, Table, key
from sysid_analyses.table import write_table
from sysid_analyses.traces.example_cell import Example, Part, choose_cells, score_cells, show_cell

COLUMNS = (
    *("rank", "session", "neuron", "correlation", "max_correlation", "normalized_correlation", "oracle"),
    *("trials", "mean_response_per_bin"),
)
CEILINGS = ("max_correlation", "oracle")


@attrs.frozen
class Responses(Analysis):
    """Draw rasters and rates of a few cells in the test part, recorded and predicted.

    Choose it to see what a correlation stands for. The model's trials are Poisson counts with the predicted
    rate as their mean: recorded trials that are more alike than these come from a cell less variable than a
    Poisson process. Titles hold the noise ceiling: CCmax, the CC of a perfect model with this many repeats
    (Schoppe et al. 2016, doi:10.3389/fncom.2016.00010), and the oracle, the CC of each trial with the mean
    of the others. The figure is that of Fig. 3A of Zheng, Jia, Yu, Liu, Huang (2021),
    doi:10.1016/j.patter.2021.100350.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    neurons: int = key(
        "how many cells are drawn: the best, the worst and those between, by CC", default=4, at_least=1
    )
    seconds: float = key(
        "how much of the test part is drawn, from its beginning", default=10.0, unit="s", above=0
    )
    seed: int = key("seed of the model's trials", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `responses.csv`, `responses.npz`, `responses.png` and `.svg`, and tell the mean scores."""
        if not runs[0].predictions_file.exists():
            return Findings(reason="the run has no predictions of a test part")
        run = sysid.load_run(runs[0].path)
        parts = run.folder.predictions()
        neurons = {session: each["neurons"] for session, each in run.information["sessions"].items()}
        kinds = {name: each.presentations[0].response_kind for name, each in run.recordings.items()}
        scores = score_cells(parts)
        if not scores:
            return Findings(reason="the test responses of all cells are constant, so nothing can be scored")
        generator = np.random.default_rng(self.seed)
        examples = [
            show_cell(rank, cell, parts[cell[0]], kinds[cell[0]], self.seconds, generator)
            for rank, cell in choose_cells(scores, self.neurons)
        ]
        rows = (cell_row(each, parts[each.session], neurons, scores) for each in examples)
        write_table(folder / "responses.csv", COLUMNS, rows)
        np.savez_compressed(folder / "responses.npz", **gather_arrays(examples))
        _save_figure(folder, examples, [title(each, neurons, scores) for each in examples])
        numbers = mean_scores(scores)
        counts = all(each.trials is not None for each in examples)
        picture = Picture("responses", describe(counts), "Fig. 3A, Zheng et al. 2021")
        table = Table("responses.csv", "one drawn cell a row, with its scores over the whole test part")
        said = state(numbers, parts, counts)
        return Findings(numbers=numbers, statements=said, pictures=(picture,), tables=(table,))


def mean_scores(
    scores: dict[tuple[str, int], dict[str, float]],
) -> dict[str, float | str]:
    """Return CC averaged as in the run's scores, and the ceilings averaged over the cells that have them."""
    values = {name: np.array([cell[name] for cell in scores.values()]) for name in ("correlation", *CEILINGS)}
    means: dict[str, float | str] = {"correlation": float(np.nan_to_num(values["correlation"]).mean())}
    for name in CEILINGS:
        finite = values[name][np.isfinite(values[name])]
        means[name] = float(finite.mean()) if len(finite) else float("nan")
    return means


def title(
    example: Example, neurons: dict[str, list[str]], scores: dict[tuple[str, int], dict[str, float]]
) -> str:
    """Return what stands above a cell: its name, CC and ceilings."""
    score = scores[example.session, example.number]
    name = neurons[example.session][example.number]
    shown = name if len(neurons) == 1 else f"{example.session}, {name}"
    labels = (("CC", "correlation"), ("CCmax", "max_correlation"), ("oracle", "oracle"))
    values = [
        f"{label} {score[which]:.2f}".replace("-", "−") if np.isfinite(score[which]) else f"{label} undefined"
        for label, which in labels
    ]
    return f"{shown}, rank {example.rank} of {len(scores)}: {', '.join(values)}"


def cell_row(
    example: Example,
    part: Part,
    neurons: dict[str, list[str]],
    scores: dict[tuple[str, int], dict[str, float]],
) -> tuple:
    """Return one row in the order of `COLUMNS`."""
    session, number = example.session, example.number
    recorded = part["responses"][:, :, number].astype(np.float64)
    known = recorded[~np.isnan(recorded)]
    mean = float(known.mean()) if len(known) else None
    trials = int((~np.isnan(recorded)).any(axis=1).sum())
    return (example.rank, session, neurons[session][number], *scores[session, number].values(), trials, mean)


def gather_arrays(examples: list[Example]) -> dict[str, np.ndarray]:
    """Return what is drawn, by rank and name."""
    arrays = {}
    for each in examples:
        drawn = {
            "axis_s": each.layout.left,
            "bin_duration_s": each.layout.width,
            "data": each.data,
            "model": each.model,
            "data_trials": each.trials,
            "model_trials": each.drawn,
        }
        known = {name: values for name, values in drawn.items() if values is not None}
        arrays |= {f"rank{each.rank}/{name}": values for name, values in known.items()}
    return arrays


def describe(counts: bool) -> str:
    """Return the caption."""
    rasters = (
        "Above, every spike of every trial, recorded (grey) and drawn from the predicted rate (blue): dots "
        "in one column are a response that repeats. Below, the rates of both. "
        if counts
        else "Mean response, recorded (grey) and predicted (blue). "
    )
    return (
        f"{rasters}Light bands mark gaps of the test part, whatever their length; the time is that of the "
        "presentation. Titles hold CC over the whole test part beside its ceilings, CCmax and the oracle."
    )


def state(numbers: dict[str, float | str], parts: dict[str, Part], counts: bool) -> tuple[str, ...]:
    """Say what the scores are beside what they could be."""
    repeats = max(len(part["responses"]) for part in parts.values())
    ceiling = (
        f"a perfect model would reach {numbers['max_correlation']:.2f} with {repeats} repeats, and single "
        f"trials correlate {numbers['oracle']:.2f} with the mean of the others"
        if np.isfinite(float(numbers["max_correlation"]))
        else "what a perfect model would reach is not known, for want of repeats"
    )
    said = f"CC is {numbers['correlation']:.2f} on average over cells; {ceiling}."
    return (said,) if counts else (said, "Responses are no spike counts, so there are no rasters.")


def _save_figure(folder: Path, examples: list[Example], titles: list[str]) -> None:
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.traces.responses_figure import draw_responses

    save_figure(draw_responses(examples, titles), folder / "responses")
