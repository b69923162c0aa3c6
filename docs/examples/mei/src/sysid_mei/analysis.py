"""The analysis `mei:mei`: which stimulus would a model's cells like best?"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np
from torch import Tensor

import sysid
from sysid import Analysis, Findings, Run, RunFolder, key
from sysid_mei.ascent import Climb, Rate, ascend, draw_starts
from sysid_mei.cell import SILENT, Cell, describe_cell
from sysid_mei.limit import Limits, measure_limits
from sysid_mei.natural import Part, average_rates, read_windows, spread_bins
from sysid_mei.output import find_results


@attrs.frozen
class MostExcitingInput(Analysis):
    """Find the stimulus, over all frames of a window, to which the model predicts the highest response.

    Gradient ascent through the model (Walker et al. 2019, "Inception loops discover what excites neurons most
    using deep predictive models", doi:10.1038/s41593-019-0517-x; Bashivan, Kar and DiCarlo 2019, "Neural
    population control via deep image synthesis", doi:10.1126/science.aav9436), from several starts, within
    the range of the test part's pixels and at the mean norm of its windows, so that no cell is driven by mere
    contrast. Choose it to see what a cell wants where no receptive field says it, and to make a stimulus for
    the next experiment: that the recorded cell likes it too is for that experiment to show.

    Differs: both papers show still images; here each window is a movie, and gradients are smoothed in time as
    well as in space.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    cells: int = key("cells, those that are predicted best", default=4, at_least=1)
    starts: int = key("from smooth noise; the best of them counts", default=4, at_least=1)
    steps: int = key("of the ascent", default=40, at_least=1)
    step: float = key("length of the first step, as a share of the norm", default=0.4, above=0, at_most=2)
    contrast: float = key("norm, in units of the mean norm of a test window", default=1.0, above=0)
    blur_px: float = key(
        "standard deviation of what smooths gradients in space; 0 leaves them as they are",
        default=0.7,
        unit="px",
        at_least=0,
    )
    blur_frames: float = key("the same in time", default=0.5, unit="frames", at_least=0)
    seed: int = key("of the starts", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `mei.csv`, `mei.npz` and a figure for every cell, and say how much more they respond."""
        if not runs[0].predictions_file.exists():
            return Findings(reason="the run has no predictions of a test part, which says what is natural")
        run = sysid.load_run(runs[0].path)
        parts = {name: part for name, part in runs[0].predictions().items() if len(part["frame"])}
        if not parts:
            return Findings(reason="the test part has no bins, which say what is natural")
        found = dict(self._search(run, parts))
        return find_results(run, found, folder)

    def _search(self, run: Run, parts: dict[str, Part]) -> Iterator[tuple[str, tuple[Limits, list[Cell]]]]:
        """Yield, by session, its limits and its chosen cells."""
        recordings = run.recordings
        chosen = choose_cells(parts, self.cells)
        generator = np.random.default_rng(self.seed)
        for session, part in parts.items():
            recording = recordings[session]
            limits = measure_limits(read_windows(run, recording, part, spread_bins(part)), self.contrast)
            rates = average_rates(run, session, recording, part)
            cells = []
            for number, correlation in chosen[session]:
                cell = Cell(session, recording.neurons[number].id, correlation)
                best = int(rates[:, number].argmax())
                if np.ptp(rates[:, number]) == 0:
                    cells.append(attrs.evolve(cell, reason=SILENT))
                    continue
                rate = rate_of(run, session, number)
                shape = run.architecture.input_shape
                starts = draw_starts(self.starts, shape, (self.blur_px, self.blur_frames), generator)
                climb = Climb(self.steps, self.step, self.blur_px, self.blur_frames)
                peaks = ascend(rate, limits.grey + starts, limits, climb)
                natural = read_windows(run, recording, part, np.array([best]))[0]
                cells.append(describe_cell(cell, rate, peaks, natural, limits, float(rates[best, number])))
            yield session, (limits, cells)


def choose_cells(parts: dict[str, Part], most: int) -> dict[str, list[tuple[int, float]]]:
    """Return, by session, number and CC of the best predicted cells of all sessions, the best first."""
    scores = [
        (session, number, float(score))
        for session, part in parts.items()
        for number, score in enumerate(
            np.atleast_1d(sysid.metrics.correlation(part["responses"], part["prediction"]))
        )
    ]
    # cells without a score, silent ones among them, come last
    ranking = sorted(scores, key=lambda each: -each[2] if np.isfinite(each[2]) else np.inf)[:most]
    return {
        name: [(number, score) for session, number, score in ranking if session == name] for name in parts
    }


def rate_of(run: Run, session: str, number: int) -> Rate:
    """Return the predicted response of one cell to windows, at average behaviour."""

    def rate(windows: Tensor) -> Tensor:
        return run.model(windows, None, session)[0][:, -1, number]

    return rate
