"""The five kinds of part, as interfaces that a plugin's classes derive from."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import attrs
from jaxtyping import Bool, Float
from torch import Tensor, nn

from sysid.finding import Findings
from sysid.inspection import Inspection
from sysid.population import Population
from sysid.provenance import Provenance
from sysid.recording import Recording

if TYPE_CHECKING:
    from sysid.run_folder import RunFolder

InputShape = tuple[int, int, int, int]
"""(time, channel, height, width) of what a part is given, without the batch axis."""


@attrs.frozen
class Description:
    """Say what is known of a session without reading pixels or spikes; None = not known before loading.

    Attributes:
        channels, height, width: of a frame, height and width in pixels.
        neurons: how many respond.
        bins: stimulus frames, over all presentations.
        frame_rate_hz: of the stimulus.
        behaviour: how many channels of it; most recordings have none.
    """

    channels: int | None = None
    height: int | None = None
    width: int | None = None
    neurons: int | None = None
    bins: int | None = None
    frame_rate_hz: float | None = None
    behaviour: int | None = 0


class Dataset(ABC):
    """Read recordings. A frozen attrs class; its fields are the keys of a `[datasets.NAME]` table.

    A dataset that can be cross-validated has integer fields `folds` and `fold`, one whose control is drawn
    at random an integer field `draw`: the recipe keys `every_fold` and `draws` of the table step through
    them. A field of type `Path` is relative to the working directory of the command, and no part of a run's
    identity: the checksum says what was read, wherever it lies.
    """

    @abstractmethod
    def describe(self) -> dict[str, Description]:
        """Return what is known of each session without reading pixels or spikes, nor needing the files."""

    @abstractmethod
    def provenance(self) -> Provenance:
        """Find the data and return where they come from, with their checksum, without decoding them.

        Raises:
            DataNotFoundError: the files are not on this machine; the line says how to get them.
            SysidError: the files are there and broken.
        """

    @abstractmethod
    def load(self) -> dict[str, Recording]:
        """Return the recordings by session; pixels may stay on disk until they are sliced.

        Raises:
            DataNotFoundError: the files are not on this machine.
            SysidError: the files are there and broken; the line names file and key.
        """


class ConvertibleDataset(Dataset):
    """A dataset that can also be written as Neurodata Without Borders: `sysid convert` asks for one."""

    @abstractmethod
    def write_nwb(self, path: Path) -> tuple[str, ...]:
        """Write the recording as a new NWB file and return what its reader must know, one line each.

        The file passes `pynwb.validate`; what NWB asks for and the source does not say is said to be unknown.

        Args:
            path: beside the file's place, and need not end in `.nwb`: the host moves it when it is whole.

        Raises:
            DataNotFoundError: the files are not on this machine.
            SysidError: the files are broken, or these fields ask for what NWB has no place for.
        """


class FileDataset(Dataset):
    """A dataset of files that a user may bring: `sysid inspect` asks it what such a file holds."""

    @classmethod
    @abstractmethod
    def recognizes(cls, path: Path) -> bool:
        """Say whether a file is of this kind, by its name and first bytes; never raises.

        Args:
            path: of a file that is there.
        """

    @classmethod
    @abstractmethod
    def inspect(cls, path: Path, name: str, templates: Path | None) -> Inspection:
        """Return what a file holds, what can be modelled from it, and a recipe.

        Args:
            path: of the file, as the user gave it and as the recipe is to have it.
            name: of this dataset in a recipe: its `use`.
            templates: where the pixels are, for a file that only names them; None = not given.

        Raises:
            SysidError: the file is broken, or this kind of file has no use for templates.
        """


class Encoder(ABC):
    """Turn stimulus windows into features. A frozen attrs class; its fields are the keys of `[encoder]`."""

    @abstractmethod
    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module: forward(batch time channel height width) → (features, penalty).

        Features have the same five axes; time is right-aligned, so fewer steps may come out than went in and
        the last out belongs to the last in. The penalty is a scalar, zero where there is none.

        Args:
            input_shape: (time, channel, height, width) of the windows.

        Raises:
            SysidError: it cannot be built for this input, such as a kernel that is larger than the frame.
        """


class Core(ABC):
    """Turn features into features, with memory or without. A frozen attrs class: the keys of `[core]`."""

    @abstractmethod
    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module: forward(batch time channel height width) → (features, penalty).

        Both are as those of an encoder.

        Args:
            input_shape: (time, channel, height, width) of the features that the encoder gives.

        Raises:
            SysidError: it cannot be built for this input.
        """


class ReadoutModule(nn.Module, ABC):
    """Predict a population from features, and own the observation model."""

    @abstractmethod
    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch time neuron"], Float[Tensor, ""]]:
        """Return the expected response per bin and the penalty.

        Args:
            features: of the core.
            behaviour: that of the bins that the frames of the window lead to, its last step that of the bin
                itself, NaN where it was not measured; None stands for the average, as in predictions
                without it.
        """

    @abstractmethod
    def loss(
        self,
        rates: Float[Tensor, "batch time neuron"],
        responses: Float[Tensor, "batch time neuron"],
        mask: Bool[Tensor, "batch time neuron"],
    ) -> Float[Tensor, ""]:
        """Return what training minimises, averaged over recorded bins.

        Several processes that share a batch each take the average over their own bins, and weight it by how
        many these are.

        Args:
            rates: what `forward` returned.
            responses: as recorded; anything where they were not.
            mask: true where a bin was recorded; it may be nowhere.
        """


FeatureBatches = Callable[[], Iterator[tuple[Tensor, Tensor, Tensor]]]
"""Starts a pass over (features (batch, time, channel, height, width), responses (batch, neuron), mask)."""


class SolvableReadout(ReadoutModule):
    """A readout that can also be fitted in closed form: `training.method = "least_squares"` asks for one."""

    @abstractmethod
    def solve(self, train: FeatureBatches, validation: FeatureBatches) -> dict[str, float]:
        """Fit the weights, choose the penalty, and return what was chosen, by name.

        Args:
            train: starts a pass over the samples that the weights are fitted on.
            validation: one over the samples that the penalty is chosen on.
        """


class AutoregressiveReadout(ReadoutModule):
    """A readout that learns from responses that were measured in earlier bins, as spike-history filters do.

    Its `forward` is that of every readout: what the stimulus alone lets one expect. That is what is scored
    beside other models, and what a stimulus gets that nobody recorded. Measured responses come in training
    (teacher forcing) and for a figure of its own, `one_step_ahead`, which stands apart from the scores.
    """

    @abstractmethod
    def forward_given(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
        earlier: Float[Tensor, "batch bin neuron"],
    ) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
        """Return the expected response one bin ahead of what was measured, and the penalty.

        Args:
            features: as `forward` has them.
            behaviour: as `forward` has it.
            earlier: responses of the same trial in the bins before, one fewer than a window has frames. Its
                last is the bin before the one that the last rate belongs to; NaN = not recorded.
        """


class Readout(ABC):
    """Predict a population. A frozen attrs class; its fields are the keys of `[readout]`."""

    @abstractmethod
    def build(self, input_shape: InputShape, population: Population) -> ReadoutModule:
        """Make the module for one session's population.

        Args:
            input_shape: (time, channel, height, width) of the features that the core gives.
            population: the neurons, and what is known of them.

        Raises:
            SysidError: it cannot be built for this input, or its loss does not take such responses.
        """


class Analysis(ABC):
    """Look at finished runs. A frozen attrs class; its fields are the keys of `[analyses.NAME]`.

    `scope` is "run" where the analysis looks at one run, "recipe" where it compares the runs of a recipe.
    """

    scope: ClassVar[Literal["run", "recipe"]]

    @abstractmethod
    def analyze(self, runs: tuple["RunFolder", ...], folder: Path) -> Findings:
        """Write tables (CSV), arrays (NPZ) and figures (PNG and SVG) into `folder` and say what was found.

        What cannot be done with these runs is no error: `Findings(reason=...)` says why.

        Args:
            runs: one run for scope "run", all finished runs of the recipe for scope "recipe".
            folder: new and empty; nothing is written elsewhere.
        """
