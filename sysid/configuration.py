"""What the host itself reads from a recipe: tables of its own, and keys beside a dataset's."""

import re
from typing import Any, Literal

import attrs

from sysid.field import key

RESIDENT_MIB = 2048  # 265,000 frames of 90 × 90 px as uint8
MOST_SEED = 2**63 - 1  # what torch takes
MOST_SAMPLES = 10**9  # in a batch: more than any recording has, and far below what torch can count


@attrs.frozen
class Samples:
    """Say how a recording becomes pairs of a stimulus window and the response of one bin."""

    history: int = key(
        "frames in a window; 20 frames / 30 Hz = 667 ms, as Zheng et al. 2021; 1 for single images",
        default=20,
        unit="frames",
        at_least=1,
        at_most=10**6,
    )
    include_current: bool = key(
        "whether a window ends with the bin's own frame, or (false, the code of Zheng et al. 2021) with the "
        "frame before it",
        default=True,
    )
    trials: Literal["mean", "single"] = key(
        "train on the mean response over repeats, or on every repeat as a sample of its own", default="mean"
    )
    fraction: float = key(
        "share of the training bins that is used, the first in time (Fig. S2, Zheng et al. 2021); "
        "validation and test stay whole",
        default=1.0,
        above=0,
        at_most=1,
    )
    standardize: bool = key(
        "bring pixels to zero mean and unit standard deviation per channel, by the frames of the training "
        "windows alone; false feeds pixels as stored",
        default=True,
    )
    resident_mib: int = key(
        "frames of a session that take no more than this, in the type they are stored in, are brought to the "
        "device once; larger stimuli are read batch by batch; changes speed and memory, no result",
        default=RESIDENT_MIB,
        unit="MiB",
        at_least=0,
    )


@attrs.frozen
class Training:
    """Say how weights are found: Adam (Kingma and Ba 2015, arXiv:1412.6980), or in closed form."""

    method: Literal["gradient", "least_squares"] = key(
        "gradient descent on the readout's loss, or the closed form of a readout that has one and whose "
        "encoder and core have no weights",
        default="gradient",
    )
    epochs: int = key("passes over the training bins, at most", default=100, at_least=1)
    batch_size: int = key(
        "training samples in a step", default=64, unit="samples", at_least=1, at_most=MOST_SAMPLES
    )
    learning_rate: float = key(
        "Adam's step size: about how far a step moves each weight; weights are of the order of 1 or less",
        default=1e-3,
        above=0,
        at_most=1,
    )
    monitor: Literal["validation", "training"] = key(
        "which loss stops the training and chooses the weights that are kept; the code of Zheng et al. 2021 "
        'looks at "training"',
        default="validation",
    )
    patience: int = key(
        "stop after so many epochs without improvement", default=20, unit="epochs", at_least=1
    )
    min_delta: float = key("the least fall of the loss that is an improvement", default=1e-4, at_least=0)
    gradient_clip: float | None = key(
        "scale gradients down to this norm over all weights; off where the key is absent",
        default=None,
        above=0,
    )
    precision: Literal["float32", "bfloat16"] = key(
        "arithmetic of the forward pass in training; weights, losses and updates stay float32",
        default="float32",
    )
    device: str = key(
        '"auto" is cuda, else mps, else cpu; or one by name: "cuda", "cuda:1", "mps", "cpu"', default="auto"
    )
    threads: int = key(
        "CPU threads; in the recipe because equal bits need an equal number of them",
        default=2,
        at_least=1,
        at_most=1024,
    )
    seeds: tuple[int, ...] = key(
        "one run each: first weights, order of samples, noise and dropout; runs that differ in nothing else "
        "are scored as an ensemble as well",
        default=(0,),
        at_least=0,
        at_most=MOST_SEED,
    )
    compile: bool = key(
        "compile the forward pass of training steps where torch can; seldom quicker, and draws other noise "
        "(docs/explanation/speed.md)",
        default=False,
    )
    recompute_batch_norm: bool = key(
        "take batch norm statistics afresh over the training bins before a validation while fewer than 1000 "
        "steps were taken: at momentum .01 the first ones still weigh .99^60 = 55 % after 60 steps",
        default=True,
    )
    on_nan: Literal["stop", "skip"] = key(
        "what becomes of a training step whose loss or gradients are NaN or infinite: the training stops, "
        "names what made it so and saves the weights before it, or the step is left out and counted; ten in "
        "a row stop it all the same",
        default="stop",
    )
    checkpoint_every_s: float = key(
        "save what a killed run goes on from this often", default=30.0, unit="s", above=0
    )
    evaluation_batch_size: int = key(
        "samples at once where there is no gradient; changes speed and memory, no result",
        default=64,
        unit="samples",
        at_least=1,
        at_most=MOST_SAMPLES,
    )

    @seeds.validator
    def _check_seeds(self, _attribute: Any, value: tuple[int, ...]) -> None:
        if not value:
            raise ValueError("expected at least one seed, got none")
        if len(set(value)) < len(value):
            raise ValueError(f"expected different seeds, got {list(value)}")


SESSION_NAME = re.compile(r"[A-Za-z0-9_-]+")


@attrs.frozen
class SessionKeys:
    """Say what the host does with a row of `sessions`: its keys beside those of the dataset."""

    name: str | None = key("of the session, in results; left out, what the dataset calls it", default=None)

    @name.validator
    def _check_name(self, _attribute: Any, value: str | None) -> None:
        if value is not None and not SESSION_NAME.fullmatch(value):
            raise ValueError(f'expected a name of letters, digits, "_" and "-", got "{value}"')


@attrs.frozen
class DatasetKeys:
    """Say what the host does with a dataset: keys of `[datasets.NAME]` beside `use` and the dataset's own."""

    stand_in: str | None = key(
        "the dataset table that is used when this one is not on the machine, said aloud; "
        "a table that is a stand-in is not run by itself unless a variant names it",
        default=None,
    )
    every_fold: bool = key(
        "one run for each fold; for datasets with the keys `folds` and `fold`", default=False
    )
    draws: int | None = key(
        "so many datasets NAME-01, NAME-02, … with `draw` = 1, 2, …; for datasets with the key `draw`",
        default=None,
        at_least=1,
        at_most=10_000,
    )
    control_of: str | None = key("the dataset table that this one is a control for", default=None)
    sessions: tuple[SessionKeys, ...] = key(
        "several recordings that train one encoder and core, with a readout for each: an array of tables, "
        "each laid over this one for one recording, or of paths, where "
        '`"a.nwb"` is short for `{path = "a.nwb"}`',
        default=(),
    )


@attrs.frozen
class AnalysisKeys:
    """Say which runs an analysis looks at: keys of `[analyses.NAME]` beside `use` and the analysis's own."""

    only: tuple[str, ...] = key(
        "patterns over run names, such as `cnn/movie1/*`: an analysis of scope run looks at the runs that "
        "fit one, an analysis of scope recipe is given these; left out, at all runs",
        default=(),
    )


@attrs.frozen
class Published:
    """Hold a figure of the paper that is printed beside ours."""

    variant: str = key("the variant of this recipe that it compares with")
    dataset: str = key("the dataset table of this recipe that it compares with")
    correlation: float = key("mean correlation over cells, as published", at_least=-1, at_most=1)
    source: str = key("where it stands: paper, figure or table")
