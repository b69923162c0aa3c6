"""Analysis `pruning`: how many first kernels does the performance need, and which?"""

import copy
import math
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs
import torch

import sysid
from sysid import Analysis, Findings, Run, RunFolder, Table, key, metrics
from sysid_analyses.first_layer.first_kernel import first_kernels
from sysid_analyses.first_layer.kernel_reference import state_removed, why_no_kernels
from sysid_analyses.prunings.pruned_model import PrunedModel
from sysid_analyses.prunings.pruned_prediction import mean_activity, predict_pruned, retake_statistics
from sysid_analyses.prunings.pruning import default_counts, remove_kernels, why_not_prunable
from sysid_analyses.prunings.pruning_order import NAMES, RANKS, Index, Rank, order_kernels
from sysid_analyses.prunings.pruning_output import draw_pruning, write_curves
from sysid_analyses.prunings.pruning_score import score_curves
from sysid_analyses.prunings.pruning_summary import state_pruning, summarize_pruning
from sysid_analyses.wording import counted


@attrs.frozen
class Pruning(Analysis):
    """Take first kernels out of a trained network, the rest as it is, and predict the test part again.

    Choose it to ask which kernels matter: performance against the number of kernels kept, Fig. 5B of Zheng,
    Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350. Kernels are ranked on their weights alone,
    never on test performance: by the paper's two indices, by L1 norm (Li et al. 2017, arXiv:1608.08710; batch
    norm undoes a kernel's scale, so there it says little), and at random, which is what any ranking has to
    exceed. Random orders, intervals, mean activity and retaken statistics are ours.

    Cost: the first layer once per test bin, the second once per order. At the paper's size, 128 kernels of
    25 × 25 px, 12 counts and 10 draws, that is about 120 GFLOP or 2 s of one core per test bin: 3 minutes
    for the 80 bins of a fold of 10.5061/dryad.4ch10. `recalibrate` goes over up to 1024 training bins of
    every session besides, each as dear as a test bin, and `replace = "mean"` at a sixth of that.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    rank: tuple[Rank, ...] = key("what kernels are ranked by, the largest kept longest", default=RANKS)
    replace: Literal["zero", "mean"] = key(
        "what a removed kernel's map holds, after the activation: zero, as in the paper, or its mean over "
        "training bins",
        default="zero",
    )
    recalibrate: bool = key(
        "whether batch norm statistics behind the first layer are taken again on training bins", default=False
    )
    counts: tuple[int, ...] = key(
        "how many kernels are kept; up to 12 numbers from 1 to all where it is empty", default=(), at_least=0
    )
    draws: int = key("random orders", default=10, at_least=1)
    seed: int = key("seed of the random orders", default=0, at_least=0)
    save_kept: int | None = key(
        "save the model with so many kernels kept as a run of its own, in `pruned`", default=None, at_least=0
    )
    save_rank: Index = key("what the saved model's kernels are ranked by", default="autocorrelation")

    @rank.validator
    def _check_rank(self, _attribute: Any, value: tuple[Rank, ...]) -> None:
        if not value:
            raise ValueError("expected at least one of " + ", ".join(RANKS) + ", got none")

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `pruning.csv`, `pruning.npz` and the curves, and say how many kernels each order needs."""
        run = sysid.load_run(runs[0].path)
        if reason := self._why_not(run):
            return Findings(reason=reason)
        samples = run.session_samples()
        kernels = first_kernels(run.model.encoder)
        counts = tuple(sorted(set(self.counts))) or default_counts(len(kernels))
        orders = order_kernels(kernels, self.rank, self.draws, self.seed)
        if not orders.rank:
            return Findings(reason=f"these kernels cannot be ranked by {NAMES[orders.undefined[0]]}")
        activity = mean_activity(run, samples) if self.replace == "mean" else torch.zeros(len(kernels))
        model = PrunedModel(run.model, activity)
        taken = retake_statistics(model, samples, orders.kernels, counts) if self.recalibrate else None
        rates = predict_pruned(model, samples, orders.kernels, counts, taken)
        full, curves = score_curves(run, rates, orders, counts)
        if math.isnan(full.correlation):
            return Findings(reason="the whole model's mean CC on the test part is not defined")
        write_curves(folder, curves, orders)
        saved = () if self.save_kept is None else (self._save(run, model, samples, folder),)
        numbers = summarize_pruning(curves, full)
        return Findings(
            numbers=numbers,
            statements=(
                *state_removed(run.information, len(kernels)),
                *state_pruning(numbers, full, len(kernels), self.draws),
                self._method(),
                *(f"These kernels cannot be ranked by {NAMES[name]}." for name in orders.undefined),
                *saved,
            ),
            pictures=draw_pruning(folder, curves, full, len(kernels)),
            tables=(Table("pruning.csv", "One order and number of kernels kept a row."),),
        )

    def _why_not(self, run: Run) -> str:
        if reason := why_no_kernels(run) or why_not_prunable(run.model.encoder):
            return reason
        if not run.folder.predictions_file.exists():
            return "the run was not scored on a test part"
        if not any(metrics.scorable(part["responses"]).any() for part in run.folder.predictions().values()):
            return "the test responses of all cells are constant, so nothing can be scored"
        kernels = len(first_kernels(run.model.encoder))
        most = max((*self.counts, self.save_kept or 0))
        if most > kernels:
            return f"the model has {counted(kernels, 'kernel')}, and {most} were to be kept"
        return ""

    def _method(self) -> str:
        held = "zero" if self.replace == "zero" else "its mean over training bins"
        norms = "taken again on training bins" if self.recalibrate else "those of the training"
        return (
            f"A removed kernel's map is held at {held}, batch norm statistics are {norms}, and nothing is "
            "trained again. Kernels are ranked on their weights alone."
        )

    def _save(self, run: Run, model: PrunedModel, samples: dict[str, Any], folder: Path) -> str:
        """Write the model with `save_kept` kernels as a run into `pruned`, and say so."""
        order = order_kernels(first_kernels(run.model.encoder), (self.save_rank,), 1, 0).kernels
        if not len(order):
            return f"No pruned model is saved: these kernels cannot be ranked by {NAMES[self.save_rank]}."
        kept, removed = order[0, : self.save_kept], order[0, self.save_kept :]
        pruned = copy.deepcopy(run.model)
        pruned.encoder = remove_kernels(run.model.encoder, removed, model.activity.flatten())
        if self.recalibrate:
            ((statistics,),) = retake_statistics(model, samples, order, (len(kept),))
            pruned.load_state_dict(statistics, strict=False)
        about = {
            "analysis": "pruning",
            "kept_kernels": kept.tolist(),
            "rank": self.save_rank,
            "replace": self.replace,
            "recalibrate": self.recalibrate,
        }
        sysid.derive_run(run, pruned, folder / "pruned", about)
        return (
            f"The model with the first {counted(len(kept), 'kernel')} by {NAMES[self.save_rank]} is a run of "
            "its own, in `pruned`."
        )
