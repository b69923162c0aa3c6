"""The configuration of an imported network: what its recipe would be, every default written out."""

from typing import Any

import attrs

from sysid.component import Component, Kind
from sysid.configuration import Samples, Training
from sysid.interface import Core, Dataset, Encoder, Readout
from sysid.keras.network import Network
from sysid.recipe_overlay import Table
from sysid.registry import Registry
from sysid.run_plan import structure_component, unstructure_component
from sysid.schema import unstructure
from sysid.toml_text import write_value

DATASET = "zheng2021_hdf5"  # by its name in the registry
DATASET_NAME = "movie2"  # the weights were released for movie 2
# frames t−20 … t−1 predict bin t, pixels as stored
SAMPLES = {"include_current": False, "standardize": False}
# what the released code does; `sysid.refit` follows it
TRAINING = Training(epochs=1000, batch_size=64, learning_rate=1e-3, monitor="training", patience=100)
NO_IDENTITY = ("checkpoint_every_s", "evaluation_batch_size", "resident_mib")  # change no result


@attrs.frozen(eq=False)
class Configuration:
    """A network and the recording it was made for, typed.

    Attributes:
        name: of the network, such as crnn_lstm.
        samples: which frames predict a bin.
        dataset, encoder, core, readout: configs.
        components: who provided them, by kind.
    """

    name: str
    samples: Samples
    dataset: Dataset
    encoder: Encoder
    core: Core
    readout: Readout
    components: dict[Kind, Component]

    @property
    def session(self) -> str:
        """The name of the dataset's one session, which need not be on this machine."""
        (name,) = self.dataset.describe()
        return name

    def tables(self) -> dict[str, Table]:
        """Return the sections of a recipe, complete, as JSON can hold them."""
        parts: dict[Kind, Any] = {
            "dataset": self.dataset,
            "encoder": self.encoder,
            "core": self.core,
            "readout": self.readout,
        }
        samples, training = (
            {name: value for name, value in unstructure(table).items() if name not in NO_IDENTITY}
            for table in (self.samples, TRAINING)
        )
        return {
            "samples": samples,
            **{kind: unstructure_component(self.components[kind], part) for kind, part in parts.items()},
            "training": training,
        }

    def resolved(self) -> Table:
        """Return what `run.json` calls the configuration."""
        place = {"dataset_name": DATASET_NAME, "dataset_table": DATASET_NAME, "fold": 0, "seed": 0}
        return {"variant": self.name, **place, **self.tables()}

    def recipe_text(self, *comments: str) -> str:
        """Return a recipe that trains the same network anew on the same recording."""
        lines = [f"# {comment}" for comment in comments]
        for section, table in self.tables().items():
            heading = f"datasets.{DATASET_NAME}" if section == "dataset" else section
            lines += [
                "",
                f"[{heading}]",
                *(f"{name} = {write_value(value)}" for name, value in _known(table).items()),
            ]
        return "\n".join((*lines, "", f"[variants.{self.name}]", ""))


def _known(value: Any) -> Any:
    """Return a table without the keys that are None, which TOML has not, in the tables below it as well."""
    if isinstance(value, dict):
        return {name: _known(each) for name, each in value.items() if each is not None}
    return [_known(each) for each in value] if isinstance(value, list) else value


def configure(network: Network, registry: Registry, where: str) -> Configuration:
    """Make the configs of a network; `where` stands before the key in a message.

    Raises:
        SysidErrors: a part that is not installed, or a value that it does not take; one line for each.
    """
    size_px = max(network.height, network.width)  # the released movies are square
    dataset = {"use": DATASET, "neurons": network.neurons, "size_px": size_px}
    tables: dict[Kind, Table] = {"dataset": dataset, **network.tables}
    found = {
        kind: structure_component(registry, kind, table, f"{where}: {kind}") for kind, table in tables.items()
    }
    return Configuration(
        name=network.name,
        samples=Samples(history=network.history, **SAMPLES),
        **{kind: config for kind, (_, config) in found.items()},
        components={kind: component for kind, (component, _) in found.items()},
    )
