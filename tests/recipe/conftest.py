"""Components of every kind that are never run, and a way to load a recipe with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from sysid import Analysis, Core, Dataset, Encoder, Readout, SysidError, key
from sysid.component import Component
from sysid.plugin import BrokenPlugin, Plugin
from sysid.recipe import Recipe, load_recipe
from sysid.registry import Registry

SMALL = """
[datasets.movie1]
use = "movie"
[readout]
use = "dense"
"""
LARGE = """
# the experiment
[datasets.movie1]
use = "movie"
stand_in = "simulated"
every_fold = true
[datasets.shuffled]
use = "movie"
draws = 2
control_of = "movie1"
[datasets.simulated]
use = "movie"
path = "somewhere"

[samples]
history = 5

[encoder]
use = "conv"
layers = [{kernel_px = 5}, {kernel_px = 3}]

[core]
use = "lstm"
hidden_units = 8

[readout]
use = "dense"

[training]
epochs = 7
seeds = [0, 3]

[analyses.sta]
use = "sta"

[variants.ln]
encoder = {use = "identity"}
core = {use = "identity"}
datasets = ["movie1"]
[variants.lstm]
[variants.gru]
core = {use = "gru", hidden_units = 4}
training = {epochs = 2}

[profiles.quick]
training = {epochs = 1, seeds = [0]}
[profiles.quick.datasets.movie1]
folds = 2
[profiles.quick.variants.gru.core]
hidden_units = 2

[[published]]
variant = "lstm"
dataset = "movie1"
correlation = 0.857
source = "Fig. 2"
"""


def never(*_arguments: Any) -> Any:
    """Stand for a method that loading a recipe must not call."""
    raise NotImplementedError


@attrs.frozen
class Movie(Dataset):
    """A dataset with folds and draws."""

    path: Path | None = key("file", default=None)
    folds: int = key("folds", default=3, at_least=0)
    fold: int = key("fold", default=0, at_least=0)
    draw: int = key("draw", default=0, at_least=0, at_most=19)

    describe = provenance = load = never


@attrs.frozen
class Noise(Dataset):
    """A dataset without."""

    frames: int = key("frames", default=8)

    describe = provenance = load = never


@attrs.frozen
class Layer:
    """A row."""

    kernel_px: int = key("size", at_least=1)


@attrs.frozen
class Convolution(Encoder):
    """An encoder with rows."""

    layers: tuple[Layer, ...] = key("rows")

    build = never


@attrs.frozen
class NoEncoder(Encoder):
    """An encoder without keys."""

    build = never


@attrs.frozen
class NoCore(Core):
    """A core without keys."""

    build = never


@attrs.frozen
class Lstm(Core):
    """A core."""

    hidden_units: int = key("units", default=32, at_least=1)
    steps: Literal["channel", "time"] = key("steps", default="channel")

    build = never


@attrs.frozen
class Gru(Core):
    """A core with a required key."""

    hidden_units: int = key("units", at_least=1)

    build = never


@attrs.frozen
class Dense(Readout):
    """A readout."""

    l2: float = key("penalty", default=0.0, at_least=0)

    build = never


@attrs.frozen
class Average(Analysis):
    """An analysis."""

    scope = "run"
    lags: int = key("lags", default=20)

    analyze = never


OFFERED: dict[str, dict[str, type]] = {
    "dataset": {"movie": Movie, "noise": Noise},
    "encoder": {"identity": NoEncoder, "conv": Convolution},
    "core": {"identity": NoCore, "lstm": Lstm, "gru": Gru, "acme:lstm": Lstm},
    "readout": {"dense": Dense},
    "analysis": {"sta": Average},
}


@pytest.fixture
def registry() -> Registry:
    made = tuple(
        Component(kind, name, cls, "neural-sysid", "1", "shipped")
        for kind, classes in OFFERED.items()
        for name, cls in classes.items()
    )
    broken = BrokenPlugin("sad", "sad-sysid", "2", "its import raised RuntimeError: no GPU")
    return Registry((Plugin("shipped", "neural-sysid", "1", made),), (broken,))


@pytest.fixture
def small() -> str:
    return SMALL


@pytest.fixture
def large() -> str:
    return LARGE


@pytest.fixture
def load(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recipe]:
    """Write a recipe as `x.toml` into the working directory and load it."""
    monkeypatch.chdir(tmp_path)

    def write_and_load(text: str, **options: Any) -> Recipe:
        Path("x.toml").write_text(text, encoding="utf-8")
        return load_recipe("x.toml", registry=registry, **options)

    return write_and_load


@pytest.fixture
def mistakes(load: Callable[..., Recipe]) -> Callable[..., list[str]]:
    """Return the lines that a recipe is refused with."""

    def write_and_fail(text: str, **options: Any) -> list[str]:
        with pytest.raises(SysidError) as error:
            load(text, **options)
        return str(error.value).splitlines()

    return write_and_fail
