"""Reading `architecture.json`: what is not one of the networks it is made for is one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sysid
from sysid.keras.architecture import read_architecture
from sysid.keras.arrangement import number_maps, rearrange
from sysid.keras.layer import KerasLayer
from sysid.keras.network import plan_network
from tests.keras_network import KINDS, describe, make_network


def complaint(document: Any, folder: Path) -> str:
    """Return what is said of an architecture, without the file name that it begins with."""
    file = folder / "architecture.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    with pytest.raises(sysid.SysidError) as error:
        plan_network(read_architecture(file))
    line = str(error.value)
    assert line.startswith(f"{file}: ")
    assert len(line.splitlines()) == 1
    return line.removeprefix(f"{file}: ")


def layer_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in document["config"]["layers"] if each["name"] == name)


ACTIVATIONS = 'expected "linear" or "relu" or "elu" or "tanh", got "elu6" (str)'
GATES = 'expected "hard_sigmoid" or "sigmoid", got "linear" (str)'
EPSILON = "expected 0.001 as in the first batch normalization, got 1e-05 (float)"
LAST = 'expected "channels_last", got "channels_first" (str)'
STATIC = 'expected "linear" or "softplus" or "exponential", got "relu" (str)'
ORDER = "expected an order of 2 axes, counted from 1, got [1, 3] (array)"
SHAPE = "expected a shape for 168 values, got [-1, 13] (array)"
KEYS = [
    ("cnn", "conv1", "padding", "same", 'expected "valid", got "same" (str)'),
    ("cnn", "conv1", "strides", [2, 1], "expected [1, 1], got [2, 1] (array)"),
    ("cnn", "conv1", "dilation_rate", [2, 2], "expected [1, 1], got [2, 2] (array)"),
    ("cnn", "conv2", "data_format", "channels_first", LAST),
    ("cnn", "conv2", "kernel_size", [3, 2], "expected a square of at most 6 px, got [3, 2] (array)"),
    ("cnn", "conv1", "kernel_size", [11, 11], "expected a square of at most 10 px, got [11, 11] (array)"),
    ("cnn", "conv1", "kernel_size", 5, "expected an array of whole numbers, got 5 (int)"),
    ("cnn", "conv1", "filters", 0, "expected a whole number of at least 1, got 0 (int)"),
    ("cnn", "conv1", "filters", True, "expected a whole number of at least 1, got true (bool)"),
    ("cnn", "conv1", "use_bias", False, "expected true, got false (bool)"),
    ("cnn", "activation_1", "activation", "elu6", ACTIVATIONS),
    ("cnn", "batch_normalization_1", "axis", 1, "expected -1 or 3, got 1 (int)"),
    ("cnn", "batch_normalization_1", "scale", False, "expected true, got false (bool)"),
    ("cnn", "batch_normalization_2", "epsilon", 1e-5, EPSILON),
    ("cnn", "batch_normalization_2", "momentum", "slow", 'expected a number, got "slow" (str)'),
    ("crnn_lstm", "recurrent", "return_sequences", False, "expected true, got false (bool)"),
    ("crnn_lstm", "recurrent", "go_backwards", True, "expected false, got true (bool)"),
    ("crnn_lstm", "recurrent", "stateful", True, "expected false, got true (bool)"),
    ("crnn_lstm", "recurrent", "activation", "relu", 'expected "tanh", got "relu" (str)'),
    ("crnn_lstm", "recurrent", "recurrent_activation", "linear", GATES),
    ("crnn_gru", "recurrent", "reset_after", True, "expected false, got true (bool)"),
    ("crnn_gru", "permute_1", "dims", [1, 3], ORDER),
    ("crnn_gru", "reshape", "target_shape", [-1, 13], SHAPE),
    ("cnn", "flat", "data_format", "channels_first", LAST),
    ("cnn", "dense1", "activation", "relu", STATIC),
    ("cnn", "parametric_softplus_1", "alpha_init", None, "expected a number, got none (NoneType)"),
]


@pytest.mark.parametrize(("kind", "name", "key", "value", "said"), KEYS)
def test_a_key_that_no_shipped_part_computes_is_one_line(kind, name, key, value, said, tmp_path):
    document = describe(make_network(kind))
    layer_of(document, name)["config"][key] = value
    assert complaint(document, tmp_path) == f"layer {name}: {key}: {said}"


def test_a_lambda_layer_is_refused_like_any_unknown_one(tmp_path):
    document = describe(make_network("cnn"))
    layer_of(document, "activation_1")["class_name"] = "Lambda"
    assert complaint(document, tmp_path) == "layer activation_1: expected Dense, got Lambda"


def test_a_layer_after_the_last_is_one_line(tmp_path):
    document = describe(make_network("cnn"))
    entry = {"class_name": "Activation", "config": {"name": "more", "activation": "relu"}}
    document["config"]["layers"].append(entry)
    assert complaint(document, tmp_path) == "layer more: expected no layer here, got Activation"


def test_a_network_that_ends_early_is_one_line(tmp_path):
    document = describe(make_network("cnn"))
    document["config"]["layers"].pop()
    assert complaint(document, tmp_path) == (
        "after the last layer: expected one of ParametricSoftplus, Activation, got nothing"
    )


def test_a_network_without_convolutions_is_one_line(tmp_path):
    document = describe(make_network("cnn"))
    document["config"]["layers"] = [layer_of(document, "the_input"), layer_of(document, "flat")]
    del document["config"]["layers"][1]["inbound_nodes"]
    assert complaint(document, tmp_path) == "layer flat: expected Conv2D, got Flatten"


def test_features_that_are_not_flat_are_one_line(tmp_path):
    document = describe(make_network("cnn"))
    layer_of(document, "flat")["class_name"] = "Permute"
    layer_of(document, "flat")["config"]["dims"] = [1, 2, 3]
    assert complaint(document, tmp_path) == 'layer dense1: input: expected flat features, got "3 axes" (str)'


def test_steps_that_are_no_feature_maps_are_one_line(tmp_path):
    document = describe(make_network("crnn_lstm"))
    layer_of(document, "reshape")["config"]["target_shape"] = [7, -1]
    layer_of(document, "permute_1")["config"]["dims"] = [1, 2]
    assert complaint(document, tmp_path) == (
        "layer recurrent: input: expected 7 steps, the feature maps, each of 24 features, row by row, "
        'got "(7, 24) in another order" (str)'
    )


def test_a_branch_is_one_line(tmp_path):
    document = describe(make_network("cnn"))
    layer_of(document, "conv2")["inbound_nodes"] = [[["conv1", 0, 0, {}]]]
    assert complaint(document, tmp_path) == (
        "layer conv2: inbound_nodes: expected one link, from layer activation_1, "
        'got [[["conv1", 0, 0, {}]]] (array)'
    )


@pytest.mark.parametrize(
    ("shape", "got"),
    [
        ([None, None, None, 20], "[none, none, none, 20] (array)"),
        ([None, 8, 8], "[none, 8, 8] (array)"),
        (8, "8 (int)"),
    ],
)
def test_an_input_of_unknown_size_is_one_line(shape, got, tmp_path):
    document = describe(make_network("cnn"))
    layer_of(document, "the_input")["config"]["batch_input_shape"] = shape
    said = f"layer the_input: batch_input_shape: expected [none, height, width, frames], got {got}"
    assert complaint(document, tmp_path) == said


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("[1]", "expected a Keras architecture, got [1] (array)"),
        ("{", "expected a Keras architecture as JSON: "),
        ("{}", 'class_name: expected "Model" or "Sequential", got none (NoneType)'),
        ('{"keras_version": "3.3.1"}', 'keras_version: expected 2.x, got "3.3.1" (str)'),
        ('{"class_name": "Model", "config": {}}', "config.layers: expected an array of layers, got none"),
        (
            '{"class_name": "Model", "config": {"layers": [{"class_name": "Dense"}]}}',
            "config.layers[0]: expected a layer with class_name and config",
        ),
    ],
)
def test_a_file_that_is_no_architecture_is_one_line(document, said, tmp_path):
    assert complaint(document, tmp_path).startswith(said)


def test_weights_in_place_of_the_architecture_are_one_line(tmp_path):
    (tmp_path / "weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(sysid.SysidError, match=r"weights\.h5: expected a Keras architecture as JSON: "):
        read_architecture(tmp_path / "weights.h5")


def test_what_cannot_be_opened_is_one_line(tmp_path):
    with pytest.raises(sysid.SysidError) as error:
        read_architecture(tmp_path / "a.json")
    assert str(error.value) == f"{tmp_path / 'a.json'}: no such file"
    with pytest.raises(sysid.SysidError) as error:
        read_architecture(tmp_path)
    assert str(error.value) == f"{tmp_path}: cannot be read: Is a directory"


@pytest.mark.parametrize("kind", KINDS)
def test_networks_have_the_names_of_the_recipes(kind, tmp_path):
    file = tmp_path / "architecture.json"
    file.write_text(json.dumps(describe(make_network(kind))))
    network = plan_network(read_architecture(file))
    assert network.name == {"crnn_vanilla": "crnn_rnn"}.get(kind, kind)
    assert (network.history, network.height, network.width, network.neurons) == (4, 12, 10, 5)


def test_glorot_and_he_kernels_are_known(tmp_path):
    document = describe(make_network("cnn"))
    glorot = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"}
    he = {"scale": 2.0, "mode": "fan_in", "distribution": "normal"}
    for name, config in (("conv1", glorot), ("conv2", he)):
        layer_of(document, name)["config"]["kernel_initializer"] = {
            "class_name": "VarianceScaling",
            "config": config,
        }
    file = tmp_path / "architecture.json"
    file.write_text(json.dumps(document))
    rows = plan_network(read_architecture(file)).tables["encoder"]["layers"]
    assert rows[0].get("initialization", "glorot_uniform") == "glorot_uniform"
    assert rows[1]["initialization"] == "he_normal"


def test_a_layer_without_batch_norm_may_have_its_own_activation(tmp_path):
    document = describe(make_network("cnn"))
    gone = (
        "batch_normalization_2",
        "noise2",
        "activation_2",
        "batch_normalization_3",
        "parametric_softplus_1",
    )
    document["config"]["layers"] = [
        {name: value for name, value in each.items() if name != "inbound_nodes"}
        for each in document["config"]["layers"]
        if each["name"] not in gone
    ]
    layer_of(document, "conv2")["config"]["activation"] = "elu"
    layer_of(document, "dense1")["config"]["activation"] = "softplus"
    file = tmp_path / "architecture.json"
    file.write_text(json.dumps(document))
    network = plan_network(read_architecture(file))
    row = network.tables["encoder"]["layers"][1]
    assert (row["activation"], row["batch_norm"]) == ("elu", False)
    assert (network.tables["readout"]["nonlinearity"], network.tables["readout"]["batch_norm"]) == (
        "softplus",
        False,
    )
    assert [each.layer.name for each in network.weighted] == [
        "conv1",
        "batch_normalization_1",
        "conv2",
        "dense1",
    ]


def test_reshaping_is_that_of_channels_last(tmp_path):
    features = number_maps(channels=2, height=3, width=4)
    assert features.shape == (3, 4, 2)
    assert features[1, 2, 1] == 1 * 12 + 1 * 4 + 2
    flat = rearrange(KerasLayer(tmp_path, "flat", "Flatten", {}), features)
    np.testing.assert_array_equal(flat[:4], [0, 12, 1, 13])
    reshaped = rearrange(KerasLayer(tmp_path, "reshape", "Reshape", {"target_shape": [-1, 2]}), features)
    maps = rearrange(KerasLayer(tmp_path, "permute", "Permute", {"dims": [2, 1]}), reshaped)
    np.testing.assert_array_equal(maps, np.arange(24).reshape(2, 12))
