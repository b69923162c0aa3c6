"""Small networks in the layout of Zheng et al. 2021, as Keras 2.2.4 files and as plain equations.

The equations are float64 numpy with explicit loops: nothing here knows torch or sysid.
"""

import json
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np

KINDS = ("cnn", "crnn_vanilla", "crnn_gru", "crnn_lstm")
RECURRENT = {"crnn_vanilla": ("SimpleRNN", 1), "crnn_gru": ("GRU", 3), "crnn_lstm": ("LSTM", 4)}
EPSILON = 1e-3


@attrs.frozen
class Size:
    """How large a network is; every axis has another length, so that a mixed-up one is noticed."""

    height: int = 12
    width: int = 10
    frames: int = 4
    kernels: tuple[int, int] = (5, 3)
    filters: tuple[int, int] = (6, 7)
    units: int = 3
    neurons: int = 5


@attrs.frozen(eq=False)
class Network:
    """Layers in order: (name, class name, configuration, arrays by what they are)."""

    kind: str
    size: Size
    layers: list[tuple[str, str, dict[str, Any], dict[str, np.ndarray]]]

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        return next(arrays for layer, _, _, arrays in self.layers if layer == name)


def make_network(kind: str, size: Size | None = None, seed: int = 0) -> Network:
    """Draw a network with random weights, and batch norm statistics far from 0 and 1."""
    size = size or Size()
    draw = np.random.default_rng(seed)
    layers: list = []

    def add(name, class_name, configuration=None, **arrays):
        layers.append((name, class_name, {"name": name} | (configuration or {}), arrays))

    def add_batch_norm(name, count, mean, spread):
        add(
            name,
            "BatchNormalization",
            {"axis": -1, "momentum": 0.99, "epsilon": EPSILON, "center": True, "scale": True},
            gamma=draw.uniform(0.5, 1.5, count),
            beta=draw.normal(0, 0.3, count),
            moving_mean=draw.normal(mean, spread / 4, count),
            moving_variance=spread**2 * draw.uniform(0.5, 2, count),
        )

    channels = size.frames
    for number, (filters, kernel) in enumerate(zip(size.filters, size.kernels, strict=True), 1):
        add(
            f"conv{number}",
            "Conv2D",
            {
                "filters": filters,
                "kernel_size": [kernel, kernel],
                "strides": [1, 1],
                "padding": "valid",
                "data_format": "channels_last",
                "dilation_rate": [1, 1],
                "activation": "linear",
                "use_bias": True,
                "kernel_initializer": {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.05}},
                "kernel_regularizer": {
                    "class_name": "L1L2",
                    "config": {
                        "l1": 0.0005000000237487257 if number == 1 else 0.0,
                        "l2": 0.0010000000474974513,
                    },
                },
            },
            kernel=draw.normal(0, (kernel**2 * channels) ** -0.5, (kernel, kernel, channels, filters)),
            bias=draw.normal(0, 0.2, filters),
        )
        # pixels run from 0 to 255; what a layer hands on is about 1
        add_batch_norm(f"batch_normalization_{number}", filters, 0.3, 100.0 if number == 1 else 1.0)
        add(f"noise{number}", "GaussianNoise", {"stddev": 0.1})
        add(f"activation_{number}", "Activation", {"activation": "relu"})
        channels = filters
    rows = size.height - sum(size.kernels) + 2
    columns = size.width - sum(size.kernels) + 2
    features = rows * columns * channels
    last = 3
    if kind != "cnn":
        class_name, gates = RECURRENT[kind]
        add("reshape", "Reshape", {"target_shape": [-1, channels]})
        add("permute_1", "Permute", {"dims": [2, 1]})
        configuration = {
            "units": size.units,
            "return_sequences": True,
            "go_backwards": False,
            "stateful": False,
            "activation": "tanh",
            "use_bias": True,
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0010000000474974513}},
        }
        if kind != "crnn_vanilla":
            configuration["recurrent_activation"] = "hard_sigmoid"
        if kind == "crnn_lstm":
            configuration["unit_forget_bias"] = True
        if kind == "crnn_gru":
            configuration["reset_after"] = False
        pixels = rows * columns
        add(
            "recurrent",
            class_name,
            configuration,
            kernel=draw.normal(0, 2 * pixels**-0.5, (pixels, gates * size.units)),
            recurrent_kernel=draw.normal(0, size.units**-0.5, (size.units, gates * size.units)),
            bias=draw.normal(0, 0.5, gates * size.units),
        )
        add_batch_norm("batch_normalization_3", size.units, 0.1, 0.3)
        features, last = channels * size.units, 4
    add("flat", "Flatten", {"data_format": "channels_last"})
    add(
        "dense1",
        "Dense",
        {
            "units": size.neurons,
            "activation": "linear",
            "use_bias": True,
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0010000000474974513}},
            "activity_regularizer": {
                "class_name": "L1L2",
                "config": {"l1": 0.0010000000474974513, "l2": 0.0},
            },
        },
        kernel=draw.normal(0, features**-0.5, (features, size.neurons)),
        bias=draw.normal(0, 0.2, size.neurons),
    )
    add_batch_norm(f"batch_normalization_{last}", size.neurons, 0.2, 0.8)
    add(
        "parametric_softplus_1",
        "ParametricSoftplus",
        {"name": "ParametricSoftplus", "alpha_init": 0.2, "beta_init": 5.0},
        alpha=draw.uniform(0.1, 0.4, size.neurons),
        beta=draw.uniform(0.5, 2, size.neurons),
    )
    return Network(kind, size, layers)


def describe(network: Network, *, sequential: bool = False) -> dict[str, Any]:
    """Return what `to_json()` would say, of a functional Model or of a Sequential."""
    shape = [None, network.size.height, network.size.width, network.size.frames]
    entries = []
    if sequential:
        for number, (_, class_name, configuration, _) in enumerate(network.layers):
            first = {"batch_input_shape": shape} if number == 0 else {}
            entries.append({"class_name": class_name, "config": first | configuration})
        return {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": entries}}
    before = "the_input"
    configuration = {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "name": before}
    entries.append({"name": before, "class_name": "InputLayer", "config": configuration, "inbound_nodes": []})
    for name, class_name, configuration, _ in network.layers:
        entries.append(
            {
                "name": name,
                "class_name": class_name,
                "config": configuration,
                "inbound_nodes": [[[before, 0, 0, {}]]],
            }
        )
        before = name
    return {
        "class_name": "Model",
        "config": {
            "name": "model_1",
            "layers": entries,
            "input_layers": [["the_input", 0, 0]],
            "output_layers": [[before, 0, 0]],
        },
        "keras_version": "2.2.4",
        "backend": "tensorflow",
    }


def write_files(
    network: Network, folder: Path, *, below: str = "", sequential: bool = False, dtype: str = "f4"
) -> tuple[Path, Path]:
    """Write architecture.json and weights.h5; `below` names the group that holds the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    architecture, weights = folder / "architecture.json", folder / "weights.h5"
    architecture.write_text(json.dumps(describe(network, sequential=sequential)), encoding="utf-8")
    with h5py.File(weights, "w") as file:
        top = file.create_group(below) if below else file
        names = ["the_input", *(name for name, *_ in network.layers)]
        top.attrs["layer_names"] = np.array(names, dtype="S")  # bytes of one length, as Keras 2 has them
        top.attrs["keras_version"] = b"2.2.4"
        top.create_group("the_input").attrs["weight_names"] = []
        for name, class_name, _, arrays in network.layers:
            made_up = class_name == "ParametricSoftplus"  # its variables have no names of their own
            paths = [
                f"{name}/Variable{f'_{number}' if number else ''}:0" if made_up else f"{name}/{what}:0"
                for number, what in enumerate(arrays)
            ]
            group = top.create_group(name)
            group.attrs["weight_names"] = np.array(paths, dtype="S")
            for path, array in zip(paths, arrays.values(), strict=True):
                group[path] = array.astype(dtype)
    return architecture, weights


def predict(network: Network, movie: np.ndarray) -> np.ndarray:
    """Compute rates (frame, neuron) of a movie (frame, height, width): frames t−n … t−1 predict bin t."""
    frames = network.size.frames
    rates = np.full((len(movie), network.size.neurons), np.nan)
    for bin_ in range(frames, len(movie)):
        # the last input channel is the newest frame
        window = np.moveaxis(movie[bin_ - frames : bin_].astype(np.float64), 0, 2)  # height width frame
        rates[bin_] = _rates_of(network, window)
    return rates


def _rates_of(network: Network, image: np.ndarray) -> np.ndarray:
    for number in (1, 2):
        image = _convolve(image, **_stored(network, f"conv{number}"))
        image = _normalize(image, **_stored(network, f"batch_normalization_{number}"))
        image = np.maximum(image, 0)
    last, flat = 3, image.reshape(-1)  # height, width, channel
    if network.kind != "cnn":
        steps = [image[:, :, channel].reshape(-1) for channel in range(image.shape[2])]
        states = _recur(network.kind, np.array(steps), network.size.units, **_stored(network, "recurrent"))
        states = _normalize(states, **_stored(network, "batch_normalization_3"))
        last, flat = 4, states.reshape(-1)  # step, unit
    dense = _stored(network, "dense1")
    drive = flat @ dense["kernel"] + dense["bias"]
    drive = _normalize(drive, **_stored(network, f"batch_normalization_{last}"))
    softplus = _stored(network, "parametric_softplus_1")
    return softplus["alpha"] * np.log(1 + np.exp(softplus["beta"] * drive))


def _stored(network: Network, name: str) -> dict[str, np.ndarray]:
    """Return arrays as the file holds them, in single precision."""
    return {what: array.astype(np.float32).astype(np.float64) for what, array in network.arrays(name).items()}


def _convolve(image, kernel, bias):
    size = len(kernel)
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    maps = np.empty((rows, columns, kernel.shape[3]))
    for row in range(rows):
        for column in range(columns):
            patch = image[row : row + size, column : column + size]
            maps[row, column] = np.tensordot(patch, kernel, axes=3) + bias
    return maps


def _normalize(values, gamma, beta, moving_mean, moving_variance):
    return gamma * (values - moving_mean) / np.sqrt(moving_variance + EPSILON) + beta


def _hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def _recur(kind, steps, units, kernel, recurrent_kernel, bias):
    hidden, memory, shown = np.zeros(units), np.zeros(units), []
    w, u, b = (np.split(each, RECURRENT[kind][1], axis=-1) for each in (kernel, recurrent_kernel, bias))
    for x in steps:
        if kind == "crnn_vanilla":
            hidden = np.tanh(x @ w[0] + hidden @ u[0] + b[0])
        elif kind == "crnn_gru":
            z = _hard_sigmoid(x @ w[0] + hidden @ u[0] + b[0])
            r = _hard_sigmoid(x @ w[1] + hidden @ u[1] + b[1])
            candidate = np.tanh(x @ w[2] + (r * hidden) @ u[2] + b[2])
            hidden = z * hidden + (1 - z) * candidate
        else:
            i, f, o = (_hard_sigmoid(x @ w[gate] + hidden @ u[gate] + b[gate]) for gate in (0, 1, 3))
            memory = f * memory + i * np.tanh(x @ w[2] + hidden @ u[2] + b[2])
            hidden = o * np.tanh(memory)
        shown.append(hidden)
    return np.array(shown)
