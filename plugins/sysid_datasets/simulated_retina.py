"""Dataset `simulated_retina`: cells whose every filter is known, watching noise or a moving scene."""

import functools
from pathlib import Path
from typing import Literal

import attrs
import numpy as np

from sysid import (
    ConvertibleDataset,
    Description,
    Presentation,
    Provenance,
    Recording,
    SysidError,
    combined_checksum,
    key,
)
from sysid_datasets.simulated_cell import Cells, describe_truth, pooled_drive
from sysid_datasets.simulated_movie import natural_movie, white_noise
from sysid_datasets.simulated_population import fit_nonlinearity, make_population
from sysid_datasets.simulated_subunit import SIZE_PX, fig2_rate_hz, make_fig2_cells

VERSION = "1"  # changes when the same fields give other data
SESSION = "retina"
POPULATION_KEYS = ("test_stimulus", "neurons", "size_px", "receptive_field_px", "mean_rate_hz")
LATER_KEYS = ("test_stimulus",)  # came after VERSION 1: without them, checksums are those of before


@attrs.frozen
class SimulatedRetina(ConvertibleDataset):
    """Simulate ganglion cells made of rectified subunits; their filters, centres and rates are kept as truth.

    Choose `layout = "fig2"` to ask whether a model finds subunits: two OFF cells that watch 8×8 binary noise,
    the idea of Zheng, Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350, Fig. 2. Choose
    `layout = "population"` as a stand-in for a recording or to try a pipeline: ON and OFF cells with four
    Gaussian subunits each and biphasic temporal kernels. The two presentations, `train` and `test`, follow
    one another; the last block of `train` is for validation.

    Subunit filters count lag 0 as the bin's own frame, and the fig2 kernel fills lags 0 to 19: a model sees
    all of it with `history = 20` and `include_current = true`.

    Differs: noise of ±½, its frame rate and the subunits' geometry are ours; the paper gives none of them.
    """

    layout: Literal["fig2", "population"] = key(
        "fig2: two cells with eight subunits; population: ON and OFF cells", default="population"
    )
    subunits: Literal["I", "II", "distinct"] = key(
        'fig2 only: eight 2×2 squares ("I"), the first changed into a bar ("II"), or eight different shapes',
        default="I",
    )
    stimulus: Literal["white_noise", "natural_movie"] | None = key(
        "independent pixels, or 1/f scenes under drift, jitter and cuts; "
        "left out, white_noise (fig2, which has no other) or natural_movie (population)",
        default=None,
    )
    test_stimulus: Literal["white_noise", "natural_movie"] | None = key(
        "population only: what the test frames show instead, to the same cells; the rates they reach there "
        "are not those of training",
        default=None,
    )
    neurons: int = key("population only: number of cells, half of them ON", default=38, at_least=1)
    size_px: int = key("population only: height and width of a frame", default=90, unit="px", at_least=4)
    receptive_field_px: float | None = key(
        "population only: standard deviation of a receptive field; left out, size_px/30, at least 1",
        default=None,
        unit="px",
        at_least=1,
    )
    mean_rate_hz: float = key(
        "population only: mean rate; cells have .5 to 2 times this", default=5.0, unit="Hz", above=0
    )
    frames: int | None = key(
        "number of frames, training and test together; left out, 300,000 (fig2) or 2,160 (population)",
        default=None,
        at_least=12,
    )
    test_frames: int | None = key("last frames kept for testing; left out, a sixth", default=None, at_least=1)
    validation_fraction: float = key(
        "part of the training frames, the last, that is for validation", default=0.1, at_least=0, below=1
    )
    response: Literal["rate_hz", "rate", "spikes"] | None = key(
        "noise-free rate in Hz or in expected spikes per frame, or Poisson counts; "
        "left out, rate_hz (fig2, the paper's target) or spikes (population)",
        default=None,
    )
    train_repeats: int = key("repeats of the training block; spikes only", default=30, at_least=1)
    test_repeats: int = key("repeats of the test block; spikes only", default=30, at_least=1)
    frame_rate_hz: float = key("frame rate of the stimulus", default=30.0, unit="Hz", at_least=10)
    seed: int = key("seed of cells, stimulus and spikes", default=0, at_least=0)

    @layout.validator
    def _check_layout(self, _attribute: attrs.Attribute, value: str) -> None:
        foreign = POPULATION_KEYS if value == "fig2" else ("subunits",)
        for name in foreign:
            if getattr(self, name) != getattr(attrs.fields(SimulatedRetina), name).default:
                other = "population" if value == "fig2" else "fig2"
                raise ValueError(f'layout: expected "{other}" where {name} is given, got "{value}"')

    @stimulus.validator
    def _check_stimulus(self, _attribute: attrs.Attribute, value: str | None) -> None:
        if self.layout == "fig2" and value == "natural_movie":
            raise ValueError('stimulus: expected "white_noise" with layout "fig2", got "natural_movie"')

    @test_stimulus.validator
    def _check_test_stimulus(self, _attribute: attrs.Attribute, value: str | None) -> None:
        if value == (self.stimulus or "natural_movie"):
            raise ValueError(f'test_stimulus: expected another kind than the stimulus, got "{value}"')

    @test_frames.validator
    def _check_test_frames(self, _attribute: attrs.Attribute, _value: int | None) -> None:
        below, found = self._frames() - 1, self._test_frames()
        if found >= below:
            raise ValueError(f"test_frames: expected fewer than frames − 1 = {below}, got {found}")

    def describe(self) -> dict[str, Description]:
        """Return the sizes that the fields ask for."""
        fig2 = self.layout == "fig2"
        size = SIZE_PX if fig2 else self.size_px
        neurons = 2 if fig2 else self.neurons
        return {SESSION: Description(1, size, size, neurons, self._frames(), self.frame_rate_hz)}

    def provenance(self) -> Provenance:
        """Return what was simulated; the checksum is a digest of the fields and of this code's version."""
        fields = [
            (name, repr(value))
            for name, value in attrs.asdict(self).items()
            if name not in LATER_KEYS or value is not None
        ]
        return Provenance(
            source=f"simulated retina, layout {self.layout}, seed {self.seed}",
            checksum=combined_checksum([*fields, ("simulated_retina", VERSION)]),
            simulated=True,
            notes=("responses were computed from known subunits; nothing was recorded",),
        )

    def load(self) -> dict[str, Recording]:
        """Return the simulated recording; the same fields are simulated once per process."""
        return {SESSION: _simulate(self)}

    def write_nwb(self, path: Path) -> tuple[str, ...]:
        """Write the movies and the spikes; rates are no recording that NWB has a place for."""
        from sysid_datasets.simulated_nwb import write_simulation  # pynwb is slow to import

        if self._response() != "spikes":
            raise SysidError(
                f'simulated_retina: response: expected "spikes" to write NWB, got "{self._response()}"'
            )
        return write_simulation(path, _simulate(self))

    def _response(self) -> str:
        return self.response or ("rate_hz" if self.layout == "fig2" else "spikes")

    def _frames(self) -> int:
        default = 300_000 if self.layout == "fig2" else 2_160  # 1,800 to train and 360 to test: 60 s and 12 s
        return default if self.frames is None else self.frames

    def _test_frames(self) -> int:
        return self._frames() // 6 if self.test_frames is None else self.test_frames


@functools.lru_cache(maxsize=2)  # a population at 90×90 px takes about 150 MB, most of it the truth's filters
def _simulate(config: SimulatedRetina) -> Recording:
    """Run one simulation: stimulus, subunits, rates, responses."""
    cell_generator, *stimulus_generators, spike_generator = np.random.default_rng(config.seed).spawn(4)
    test = config._test_frames()
    frames = {"train": config._frames() - test, "test": test}
    shown = {"train": config.stimulus, "test": config.test_stimulus or config.stimulus}
    stimuli = {
        name: _make_stimulus(config, shown[name], count, generator)
        for (name, count), generator in zip(frames.items(), stimulus_generators, strict=True)
    }
    if config.layout == "fig2":
        cells = make_fig2_cells(config.subunits, config.frame_rate_hz)
        rates = {name: fig2_rate_hz(pooled_drive(stimulus, cells)) for name, stimulus in stimuli.items()}
    else:
        field_px = config.receptive_field_px or max(1.0, config.size_px / 30)
        cells = make_population(
            config.neurons, config.size_px, field_px, config.frame_rate_hz, cell_generator
        )
        pooled = {name: pooled_drive(stimulus, cells) for name, stimulus in stimuli.items()}
        nonlinearity = fit_nonlinearity(pooled["train"], config.mean_rate_hz, cell_generator)
        rates = {name: nonlinearity.rate_hz(drive) for name, drive in pooled.items()}
    return _record(config, stimuli, rates, cells, spike_generator)


def _make_stimulus(
    config: SimulatedRetina, shown: str | None, frames: int, generator: np.random.Generator
) -> np.ndarray:
    """Return (frame, 1, height, width), uint8."""
    if config.layout == "fig2":
        return white_noise(frames, SIZE_PX, generator)
    if shown == "white_noise":
        return white_noise(frames, config.size_px, generator)
    return natural_movie(frames, config.size_px, config.frame_rate_hz, generator)


def _record(
    config: SimulatedRetina,
    stimuli: dict[str, np.ndarray],
    rates_hz: dict[str, np.ndarray],
    cells: Cells,
    generator: np.random.Generator,
) -> Recording:
    """Turn rates into the responses asked for and put the recording together."""
    response = config._response()
    train, test = (len(stimulus) for stimulus in stimuli.values())
    validation = round(config.validation_fraction * train)
    parts = {
        "train": {
            "train": ((0, train - validation),),
            "validation": ((train - validation, train),) if validation else (),
        },
        "test": {"test": ((0, test),)},
    }
    repeats = {"train": config.train_repeats, "test": config.test_repeats}
    presentations, rates = [], {}
    for name, stimulus in stimuli.items():
        rate = rates_hz[name] if response == "rate_hz" else rates_hz[name] / np.float32(config.frame_rate_hz)
        rates[name] = rate  # frame neuron
        responses = rate[None]  # repeat frame neuron
        if response == "spikes":
            responses = generator.poisson(rate, (repeats[name], *rate.shape)).astype(np.float32)
        presentations.append(
            Presentation(
                name=name,
                stimulus=stimulus,
                responses=responses,
                bin_duration_s=np.full(len(stimulus), 1 / config.frame_rate_hz),
                response_kind=response,
                **parts[name],
            )
        )
    truth = describe_truth(cells, rates)
    return Recording(tuple(presentations), cells.neurons, config.frame_rate_hz, config.provenance(), truth)
