"""Read the JSON of a Keras architecture as a chain of layers."""

from pathlib import Path
from typing import Any

import attrs

from sysid.errors import SysidError
from sysid.json_file import read_json_table
from sysid.keras.layer import KerasLayer, is_count
from sysid.toml_text import describe


@attrs.frozen
class Architecture:
    """What an architecture file says.

    Attributes:
        file: where it stands.
        input_shape: (height, width, frames) of a sample; frames are the input channels, the newest last.
        layers: in the order data pass them, without the input.
        keras_version: that wrote it; nothing where it does not say.
    """

    file: Path
    input_shape: tuple[int, int, int]
    layers: tuple[KerasLayer, ...]
    keras_version: str


def read_architecture(file: Path) -> Architecture:
    """Read what `model.to_json()` of Keras 2 wrote: a Sequential, or a Model whose layers form one chain.

    Raises:
        SysidError: no such file, not JSON, not such an architecture, or of Keras 3, whose hard sigmoid is
            another function.
    """
    document = _read_json(file)
    version = document.get("keras_version", "")
    if not isinstance(version, str) or (version and not version.startswith("2.")):
        raise SysidError(f"{file}: keras_version: expected 2.x, got {describe(version)}")
    if document.get("class_name") not in ("Model", "Functional", "Sequential"):
        got = describe(document.get("class_name"))
        raise SysidError(f'{file}: class_name: expected "Model" or "Sequential", got {got}')
    config = document.get("config")
    entries = config.get("layers") if isinstance(config, dict) else config  # before 2.2.3: a plain array
    if not isinstance(entries, list) or not entries:
        raise SysidError(f"{file}: config.layers: expected an array of layers, got {describe(entries)}")
    layers = [_read_layer(file, number, entry) for number, entry in enumerate(entries)]
    _check_chain(layers, entries)
    input_shape = _read_input_shape(layers[0])
    hidden = layers[1:] if layers[0].kind == "InputLayer" else layers
    return Architecture(file, input_shape, tuple(hidden), version)


def _read_json(file: Path) -> dict[str, Any]:
    if not file.exists():
        raise SysidError(f"{file}: no such file")
    return read_json_table(file, "a Keras architecture")


def _read_layer(file: Path, number: int, entry: Any) -> KerasLayer:
    """Return one layer; the name of its node stands before that of its config, which a layer may make up."""
    kind, config = (entry.get("class_name"), entry.get("config")) if isinstance(entry, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(config, dict):
        raise SysidError(f"{file}: config.layers[{number}]: expected a layer with class_name and config")
    return KerasLayer(file, str(entry.get("name") or config.get("name") or number), kind, config)


def _check_chain(layers: list[KerasLayer], entries: list[Any]) -> None:
    """Refuse a Model whose layers do not each take the one before, and nothing else."""
    for before, layer, entry in zip(layers, layers[1:], entries[1:], strict=False):
        links = entry.get("inbound_nodes")
        if links is not None and _sources(links) != [before.name]:
            raise layer.refuse("inbound_nodes", f"one link, from layer {before.name}", links)


def _sources(links: Any) -> list[Any]:
    """Return the layers that feed one layer; nothing where the links are none."""
    try:
        return [link[0] for node in links for link in node]
    except (TypeError, IndexError, KeyError):
        return []


def _read_input_shape(first: KerasLayer) -> tuple[int, int, int]:
    shape = first.config.get("batch_input_shape")
    if not isinstance(shape, list) or len(shape) != 4 or not all(map(is_count, shape[1:])):
        raise first.refuse("batch_input_shape", "[none, height, width, frames]", shape)
    height, width, frames = shape[1:]
    return height, width, frames
