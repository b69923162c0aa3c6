"""Analysis `physiology`: the classic stimuli of physiology, shown to a trained model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs
import numpy as np

import sysid
from sysid import Analysis, Findings, RunFolder, Table, key
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.cell_field import find_cells
from sysid_analyses.physiology.index_table import write_arrays, write_indices
from sysid_analyses.physiology.outcome_drawing import draw_outcomes
from sysid_analyses.physiology.outcome_summary import (
    Outcomes,
    headline_outcomes,
    state_outcomes,
    summarize_outcomes,
    warn_outcomes,
)
from sysid_analyses.physiology.probe import Probe, probe_run
from sysid_analyses.physiology.protocols.chirp import Chirp
from sysid_analyses.physiology.protocols.contrast_step import ContrastStep
from sysid_analyses.physiology.protocols.moving_bar import MovingBar
from sysid_analyses.physiology.protocols.omitted import Omitted
from sysid_analyses.physiology.protocols.protocol import Protocol
from sysid_analyses.physiology.protocols.reversal import Reversal
from sysid_analyses.physiology.protocols.spot_size import SpotSize
from sysid_analyses.physiology.protocols.step import Step
from sysid_analyses.physiology.screen import find_screen

Name = Literal["step", "chirp", "spot_size", "moving_bar", "omitted", "reversal", "contrast_step"]
ALL: tuple[Name, ...] = ("step", "chirp", "spot_size", "moving_bar", "omitted", "reversal", "contrast_step")


@attrs.frozen
class Physiology(Analysis):
    """Show a model the stimuli that physiologists know cells by, and measure its cells as they would.

    Steps of light, the full-field chirp (Baden et al. 2016), discs of growing size, moving bars with motion
    anticipation (Berry et al. 1999), omitted flashes and motion reversal (Schwartz et al. 2007, twice) and
    contrast adaptation (Smirnakis et al. 1997, Baccus and Meister 2002); the report says how each index is
    defined. Choose it to ask whether a model that scores well has learned what such cells are known for. That
    models of the retina answer to such stimuli without having been trained on them was shown by
    Maheswaranathan et al. 2023, doi:10.1016/j.neuron.2023.06.007.

    All frames have the size, the rate and the grey of the recording, and no pixel beyond its darkest and
    brightest. Rates are those that the model predicts, without noise. A model sees the frames of one window
    and nothing older, recurrent or not: what needs a longer memory has no index, and the reason is given.

    Costs about 7000 windows at the paper's size, 90 px and 38 cells: 3 minutes of one core for its CRNN.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    protocols: tuple[Name, ...] = key("which are shown; `step` always is", default=ALL)
    contrast: float = key(
        "of dark and bright; at 1 they are as far from grey as the darkest and the brightest training pixel "
        "both are",
        default=1.0,
        above=0,
        at_most=1,
    )
    cells: int = key(
        "cells that are also looked at one by one, at their own places: those predicted best",
        default=40,
        at_least=1,
    )
    field_windows: int = key(
        "windows of faint noise over which the model's own receptive fields are averaged",
        default=16,
        at_least=2,
    )
    drawn: int = key("cells that are drawn", default=5, at_least=1)
    seed: int = key("seed of that noise", default=0, at_least=0)
    step: Step = key("the step of light (ON/OFF index of Baden et al. 2016)", default=Step())
    chirp: Chirp = key("the full-field chirp (Baden et al. 2016)", default=Chirp())
    spot_size: SpotSize = key(
        "discs of growing size (preferred size of Cavanaugh et al. 2002)", default=SpotSize()
    )
    moving_bar: MovingBar = key(
        "moving bars (Mazurek et al. 2014) and anticipation (Berry et al. 1999)", default=MovingBar()
    )
    omitted: Omitted = key("omitted flashes (Schwartz, Harris et al. 2007)", default=Omitted())
    reversal: Reversal = key("motion reversal (Schwartz, Taylor et al. 2007)", default=Reversal())
    contrast_step: ContrastStep = key(
        "the step in contrast (Baccus and Meister 2002)", default=ContrastStep()
    )

    @protocols.validator
    def _check_protocols(self, _attribute: Any, value: tuple[Name, ...]) -> None:
        if not value:
            raise ValueError("expected at least one of " + ", ".join(ALL) + ", got none")

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `cells.csv`, `responses.npz` and up to three figures, and say what the cells are like."""
        run = sysid.load_run(runs[0].path)
        screen = find_screen(run, self.contrast)
        if screen is None:
            return Findings(
                reason="grey and contrast are not known: the training stimulus never changes, or the run "
                "sees pixels as stored and its recording is not known"
            )
        probe = probe_run(run, screen)
        if not np.isfinite(probe.rest).any():
            return Findings(reason="the model predicts no finite rates for a grey screen")
        cells = find_cells(run, screen, self.cells, self.field_windows, self.seed)
        outcomes, cells = self._show(probe, cells)
        if not any(
            np.isfinite(each).any() for outcome in outcomes.values() for each in outcome.indices.values()
        ):
            return Findings(reason="the model predicts the same rates whatever it is shown")
        write_indices(folder / "cells.csv", cells, outcomes, probe)
        write_arrays(folder / "responses.npz", cells, outcomes, probe)
        return Findings(
            numbers=summarize_outcomes(outcomes),
            headlines=headline_outcomes(outcomes, cells),
            statements=state_outcomes(outcomes, cells, probe, self._define()),
            warnings=warn_outcomes(outcomes),
            pictures=draw_outcomes(folder, outcomes, cells, probe, self.drawn),
            tables=(
                Table("cells.csv", "One neuron a row; an empty cell is not defined, and `reason` says why."),
            ),
        )

    def _show(self, probe: Probe, cells: Cells) -> tuple[Outcomes, Cells]:
        """Show the step, which says who is bright and who is dark, and then the others."""
        outcomes = {"step": self.step.show(probe, cells)}
        sign = np.sign(np.nan_to_num(outcomes["step"].indices["on_off_index"]))
        cells = attrs.evolve(cells, polarity=np.where(sign != 0, sign, cells.polarity))
        for name, protocol in self._wanted():
            outcomes[name] = protocol.show(probe, cells)
        return outcomes, cells

    def _define(self) -> dict[str, str]:
        """Return what every index is, by its name."""
        return {name: words for each in ALL for name, words in getattr(self, each).columns.items()}

    def _wanted(self) -> Iterator[tuple[Name, Protocol]]:
        for name in ALL[1:]:
            if name in self.protocols:
                yield name, getattr(self, name)
