"""Reading `weights.h5`: every count, shape and value is checked, and what does not fit is one line."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import sysid
from sysid.keras.architecture import read_architecture
from sysid.keras.network import plan_network
from sysid.keras.weights import read_weights
from tests.keras_network import Network, make_network, write_files


def read(network: Network, folder: Path, change=lambda _file: None) -> dict[str, np.ndarray]:
    """Write a network's files, let `change` spoil the weights, and read them."""
    architecture, weights = write_files(network, folder)
    with h5py.File(weights, "a") as file:
        change(file)
    return read_weights(weights, plan_network(read_architecture(architecture)).weighted)


def complaint(network: Network, folder: Path, change) -> str:
    with pytest.raises(sysid.SysidError) as error:
        read(network, folder, change)
    line = str(error.value)
    file = folder / "weights.h5"
    assert line.startswith(f"{file}: ")
    assert len(line.splitlines()) == 1
    return line.removeprefix(f"{file}: ")


NAN = np.full(6, np.nan)
SPOILT = [
    ("cnn", "conv1/kernel", np.zeros((5, 5, 6, 4)), "kernel: expected shape (5, 5, 4, 6), got (5, 5, 6, 4)"),
    ("cnn", "conv2/bias", np.zeros(6), "bias: expected shape (7,), got (6,)"),
    ("cnn", "dense1/kernel", np.zeros((167, 5)), "kernel: expected shape (168, 5), got (167, 5)"),
    ("crnn_lstm", "recurrent/kernel", np.zeros((24, 9)), "kernel: expected shape (24, 12), got (24, 9)"),
    (
        "crnn_gru",
        "recurrent/recurrent_kernel",
        np.zeros((9, 3)),
        "recurrent kernel: expected shape (3, 9), got (9, 3)",
    ),
    ("crnn_gru", "recurrent/bias", np.zeros((2, 9)), "bias: expected shape (9,), got (2, 9)"),
    ("cnn", "conv1/bias", np.zeros(6, "i4"), "bias: expected floating-point numbers, got int32"),
    ("cnn", "conv1/bias", NAN, "bias: expected finite numbers, got NaN or infinity"),
    (
        "cnn",
        "batch_normalization_1/moving_variance",
        np.full(6, -2.0),
        "moving variance: expected at least 0, got -2",
    ),
    (
        "cnn",
        "parametric_softplus_1/Variable",
        np.array([1, 1, -0.5, 1, 1]),
        "alpha: expected at least 0, got -0.5",
    ),
]


@pytest.mark.parametrize(("kind", "path", "array", "said"), SPOILT)
def test_an_array_that_does_not_fit_is_one_line(kind, path, array, said, tmp_path):
    layer = path.partition("/")[0]

    def replace(file):
        del file[f"{layer}/{path}:0"]
        file[f"{layer}/{path}:0"] = array

    assert complaint(make_network(kind), tmp_path, replace) == f"layer {layer}: {said}"


def test_the_order_of_the_arrays_counts_and_not_their_names(tmp_path):
    network = make_network("cnn")
    softplus = network.arrays("parametric_softplus_1")

    def rename(file):
        group = file["parametric_softplus_1"]
        del group["parametric_softplus_1"]
        group["a/Variable_8:0"], group["a/Variable_3:0"] = softplus["alpha"], softplus["beta"]
        group.attrs["weight_names"] = np.array([b"a/Variable_8:0", b"a/Variable_3:0"])

    arrays = read(network, tmp_path, rename)
    np.testing.assert_array_equal(arrays["readout.nonlinearity.alpha"], softplus["alpha"].astype("f4"))
    np.testing.assert_array_equal(arrays["readout.nonlinearity.beta"], softplus["beta"].astype("f4"))


def test_a_layer_with_another_name_is_named_both_ways(tmp_path):
    def rename(file):
        names = [b"conv2d_1" if name == b"conv1" else name for name in file.attrs["layer_names"]]
        file.attrs["layer_names"] = np.array(names)
        file.move("conv1", "conv2d_1")
        file["conv2d_1"].attrs["weight_names"] = np.array([b"conv1/kernel:0"])

    assert complaint(make_network("cnn"), tmp_path, rename) == (
        'layer conv1 ("conv2d_1" in the file): expected 2 arrays (kernel, bias), got 1 (conv1/kernel:0)'
    )


def test_names_as_text_are_read_as_well(tmp_path):
    def write_text(file):
        file.attrs["layer_names"] = [name.decode() for name in file.attrs["layer_names"]]

    assert len(read(make_network("cnn"), tmp_path, write_text)) == 20


def test_missing_layers_are_one_line(tmp_path):
    def drop(file):
        names = [name for name in file.attrs["layer_names"] if name != b"conv2"]
        file.attrs["layer_names"] = np.array(names)

    said = complaint(make_network("cnn"), tmp_path, drop)
    assert said.startswith("expected the weights of 7 layers (conv1, batch_normalization_1, conv2, ")
    assert said.endswith(
        "got those of 6 (conv1, batch_normalization_1, batch_normalization_2, dense1, "
        "batch_normalization_3, parametric_softplus_1)"
    )


def test_an_array_that_is_not_there_is_one_line(tmp_path):
    def drop(file):
        del file["conv1/conv1/bias:0"]

    assert (
        complaint(make_network("cnn"), tmp_path, drop) == "layer conv1: bias: expected an array, found none"
    )


def test_a_file_without_keras_weights_is_one_line(tmp_path):
    def forget(file):
        del file.attrs["layer_names"]

    said = 'expected Keras weights (attribute "layer_names"), found none'
    assert complaint(make_network("cnn"), tmp_path, forget) == said


@pytest.mark.parametrize("content", [b"no HDF5", b""])
def test_a_file_that_is_no_hdf5_is_one_line(content, tmp_path):
    (tmp_path / "weights.h5").write_bytes(content)
    with pytest.raises(sysid.SysidError, match=r"weights\.h5: expected Keras weights as HDF5: .+") as error:
        read_weights(tmp_path / "weights.h5", ())
    assert len(str(error.value).splitlines()) == 1


def test_a_file_cut_short_is_one_line(tmp_path):
    architecture, weights = write_files(make_network("cnn"), tmp_path)
    weights.write_bytes(weights.read_bytes()[:-2000])
    with pytest.raises(sysid.SysidError, match=r"weights\.h5: expected Keras weights as HDF5: ") as error:
        read_weights(weights, plan_network(read_architecture(architecture)).weighted)
    assert len(str(error.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(sysid.SysidError) as error:
        read_weights(tmp_path / "weights.h5", ())
    assert str(error.value) == f"{tmp_path / 'weights.h5'}: no such file"
