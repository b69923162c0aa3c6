"""Analysis `kernel_contribution`: what each first kernel adds to each cell's response."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs
import numpy as np
import torch

import sysid
from sysid import Analysis, Findings, Run, RunFolder, Table, key
from sysid_analyses.cell_choice import choose_predicted
from sysid_analyses.contributions.contribution import Contributions
from sysid_analyses.contributions.contribution_output import draw_contributions, write_contributions
from sysid_analyses.contributions.contribution_summary import state_contributions, summarize_contributions
from sysid_analyses.contributions.first_map import OpenedModel
from sysid_analyses.contributions.integrated_gradient import choose_steps
from sysid_analyses.fields.model_field import name_neurons
from sysid_analyses.first_layer.first_kernel import first_kernels
from sysid_analyses.first_layer.kernel_reference import state_removed, why_no_kernels
from sysid_analyses.kernel import measure_kernels
from sysid_analyses.training_frame import training_frames

PIXELS_AT_ONCE = 1 << 20  # 6 windows of 20 frames of 90×90 px, whose maps stay in memory for the way back
LEAST_STEPS = 4


@attrs.frozen
class KernelContribution(Analysis):
    """Divide each cell's response among the kernels of the first layer by integrated gradients.

    Choose it to ask which kernels make a cell's response: `pruning` says what is lost without a kernel, this
    says what it adds while all others are there. The method is that of Sundararajan, Taly, Yan 2017,
    doi:10.48550/arXiv.1703.01365; Maheswaranathan et al. 2023, doi:10.1016/j.neuron.2023.06.007, used it for
    models of the retina. The baseline is a grey screen, the mean of the training pixels. Contributions of all
    kernels sum to the response minus that to grey; by how much they miss it is reported as the error, and
    steps are doubled until it is small. Kernels are told apart where they leave the first convolution: their
    batch norm and activation belong to them.

    Costs a pass back through all behind the first convolution for each cell, bin and step: at the paper's
    size, 128 kernels and 38 cells, .07 s of one core each, so that 20 bins in 16 steps are a quarter of an
    hour for the CRNN; seconds for a small model.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    bins: int = key("test bins, evenly spread, over which contributions are averaged", default=20, at_least=1)
    tolerance: float = key(
        "error up to which steps are not doubled: Σ|missed| / Σ|change of the response|",
        default=0.05,
        above=0,
        below=1,
    )
    most_steps: int = key("steps at the most", default=64, at_least=LEAST_STEPS)
    cells: int = key("cells that are looked at, those predicted best", default=40, at_least=1)
    drawn_kernels: int = key("kernels that are drawn, the strongest", default=12, at_least=1)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write two tables, an NPZ and the matrix, and say how many kernels count."""
        run = sysid.load_run(runs[0].path)
        if reason := why_no_kernels(run):
            return Findings(reason=reason)
        samples = run.session_samples()
        if not any(each.count("test") for each in samples.values()):
            return Findings(reason="there is no test bin with a whole window before it")
        chosen = choose_predicted(run, self.cells)
        found = self._contribute(run, samples, chosen)
        if not np.isfinite(found.strength).all():
            return Findings(reason="the model's rates, or their gradients, are not finite")
        if not found.strength.any():
            return Findings(reason="no kernel changes the response of any cell to the test stimulus")
        kernels = measure_kernels(first_kernels(run.model.encoder))
        sessions, neurons = (tuple(np.array(each)[chosen].tolist()) for each in name_neurons(run))
        write_contributions(folder, found, kernels, sessions, neurons)
        removed = state_removed(run.information, len(kernels.maps))
        numbers = summarize_contributions(found, kernels)
        headlines, statements = state_contributions(numbers, found, len(chosen))
        return Findings(
            numbers=numbers,
            headlines=headlines,
            statements=(*removed, *statements),
            pictures=draw_contributions(folder, found, kernels, neurons, self.drawn_kernels),
            tables=(
                Table("contributions.csv", "One kernel a row: its share, and what it adds to each cell."),
                Table("cells.csv", "One cell a row: how many kernels carry it, and by how much they miss."),
            ),
        )

    def _contribute(self, run: Run, samples: dict[str, Any], chosen: np.ndarray) -> Contributions:
        """Go over the test bins of every session in batches; neurons of all sessions stand side by side."""
        model, sessions = OpenedModel(run.model, _grey(run)), np.array(name_neurons(run)[0])
        columns, steps, bins = [], 0, 0
        for session in dict.fromkeys(sessions.tolist()):
            neurons = torch.from_numpy(np.flatnonzero(chosen[sessions == session]))
            batches = list(self._batches(run, samples[session])) if len(neurons) else []
            if not batches:
                continue
            if not steps:
                first = samples[session].batch("test", batches[0][:2])
                given = (first.stimulus, first.behaviour, session, neurons)
                steps = choose_steps(
                    lambda steps, given=given: model.attribute(*given, steps),
                    LEAST_STEPS,
                    self.most_steps,
                    self.tolerance,
                )
            columns.append(_sum_batches(model, samples[session], batches, session, neurons, steps))
            bins += sum(map(len, batches))
        joined = (np.concatenate(each, axis=-1) for each in zip(*columns, strict=True))
        return Contributions(*joined, bins, steps)

    def _batches(self, run: Run, samples: Any) -> Iterator[torch.Tensor]:
        """Yield the numbers of up to `bins` test samples, a few at a time."""
        count = samples.count("test")
        spread = np.unique(np.linspace(0, count - 1, min(self.bins, count)).round().astype(int))
        size = max(1, PIXELS_AT_ONCE // int(np.prod(run.architecture.input_shape)))
        for start in range(0, len(spread) if count else 0, size):
            yield torch.from_numpy(spread[start : start + size])


def _sum_batches(
    model: OpenedModel,
    samples: Any,
    batches: list[torch.Tensor],
    session: str,
    neurons: torch.Tensor,
    steps: int,
) -> tuple[np.ndarray, ...]:
    """Return mean and strength (kernel, neuron), change and missed (neuron,), over all bins."""
    totals: list[np.ndarray] = []
    for numbers in batches:
        batch = samples.batch("test", numbers)
        found = model.attribute(batch.stimulus, batch.behaviour, session, neurons, steps)
        each = [
            found.contributions.sum(axis=0),
            np.abs(found.contributions).sum(axis=0),
            np.abs(found.change).sum(axis=0),
            np.abs(found.error).sum(axis=0),
        ]
        totals = [sum(pair) for pair in zip(totals, each, strict=True)] if totals else each
    count = sum(map(len, batches))
    return tuple(total / count for total in totals)


def _grey(run: Run) -> torch.Tensor:
    """Return the mean of the training pixels, channel by channel, in the stored unit."""
    if run.samples.standardize:
        return run.model.standardization.mean.flatten()
    count, total = 0, 0.0
    for frames in training_frames(run):
        count, total = count + frames[:, 0].size, total + frames.sum(axis=(0, 2, 3))
    return torch.from_numpy(np.atleast_1d(total / max(count, 1)).astype(np.float32))
