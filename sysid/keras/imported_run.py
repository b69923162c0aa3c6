"""Turn a Keras architecture and its weights into a run folder."""

import os
import shutil
from pathlib import Path

import torch

from sysid.disk_trouble import unwritable
from sysid.errors import SysidError
from sysid.evaluation import evaluate
from sysid.keras.architecture import read_architecture
from sysid.keras.configuration import TRAINING, configure
from sysid.keras.description import describe_import
from sysid.keras.model import make_model
from sysid.keras.network import plan_network
from sysid.keras.recording import find_recording
from sysid.keras.weights import read_weights
from sysid.loaded_run import Run
from sysid.registry import Registry, discover
from sysid.run_folder import RunFolder, check_writable, open_folder
from sysid.run_loading import load_run
from sysid.sample import gather_samples
from sysid.stored_weights import store_weights


def import_keras(
    architecture_file: Path | str,
    weight_file: Path | str,
    folder: Path | str,
    *,
    registry: Registry | None = None,
) -> Run:
    """Write a run folder that predicts and is analysed like any other, and open it.

    Made for the weights released with Zheng et al. 2021 (Keras 2.2.4): CNN, and CRNN with SimpleRNN, GRU or
    LSTM. Frames t−history … t−1 predict bin t, pixels as stored. Where the released recording is on this
    machine, the test part is scored; otherwise the folder has neither scores nor a checksum of the data.

    Differs: only what training anew would notice. Penalties and first weights are taken over where the
    parts have keys for them; first weights of recurrent and dense layers and penalties on biases have none.

    Args:
        architecture_file: what `model.to_json()` wrote.
        weight_file: what `model.save_weights()` or `model.save()` wrote, HDF5.
        folder: new or empty.
        registry: where components are looked up; the installed ones by default.

    Raises:
        SysidError: a file that is missing or broken, or holds what no shipped part computes; or `folder`
            holds something or cannot be written.
    """
    architecture_file, weight_file, folder = Path(architecture_file), Path(weight_file), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SysidError(f"{folder}: expected a new or empty folder")
    check_writable(folder)
    registry = registry or discover()
    architecture = read_architecture(architecture_file)
    network = plan_network(architecture)
    arrays = read_weights(weight_file, network.weighted)
    configuration = configure(network, registry, str(architecture_file))
    model = make_model(network, configuration, arrays)
    found = find_recording(configuration, network)
    samples = gather_samples(found.recordings, configuration.samples, torch.device("cpu"))
    about = describe_import(architecture, weight_file, network, configuration, model, found, samples)
    recipe = configuration.recipe_text(
        f"Imported from {architecture_file.name} and {weight_file.name} by `sysid import-keras`.",
        "This recipe trains the same network anew.",
    )
    place = folder.resolve()  # "." has no name
    beside = RunFolder(place.with_name(f".{place.name}.{os.getpid()}.part"))
    try:
        open_folder(beside, about, recipe)
        store_weights(beside, model.state_dict())
        if samples and all(each.count("test") for each in samples.values()):
            evaluate(model, samples, TRAINING, beside)
        os.replace(beside.path, place)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(beside.path, ignore_errors=True)
    return load_run(place, registry=registry)
