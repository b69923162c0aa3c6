"""Every reader of files: how to write small valid ones, and how to read them to the last byte."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import attrs
import av
import h5py
import numpy as np
import scipy.io
import torch
from skimage import io

from sysid import FieldMaps, discover, load_recipe, load_run
from sysid.behaviour_file import read_behaviour
from sysid.checkpoint import Progress, TrainingState, load_state, read_tensors, save_state
from sysid.fetch_archive import unpack
from sysid.field_map import read_field_maps
from sysid.inspection_request import inspect_file
from sysid.interface import Dataset
from sysid.keras.architecture import read_architecture
from sysid.keras.network import plan_network
from sysid.keras.weights import read_weights
from sysid.report.page import write_page
from sysid.run_search import find_runs
from sysid.stimulus_file import open_stimulus
from sysid.summary import score_rows
from sysid_datasets.dryad_mea import DryadMEA
from sysid_datasets.neurodata.template_pixels import template_pixels
from sysid_datasets.nwb import NWB
from sysid_datasets.sensorium import Sensorium
from sysid_datasets.zheng2021_hdf5 import Zheng2021HDF5
from sysid_datasets.zheng2021_mat import FILE as MAT_FILE
from sysid_datasets.zheng2021_mat import Zheng2021Mat
from tests.command_line import LINEAR, call, write_recipe, write_released
from tests.keras_network import Size, make_network, write_files
from tests.report_run import add_findings, make_run
from tests.sensorium_folder import make_mouse
from tests.small_nwb import make_small_file
from tests.tiny_deposit import RATE_HZ, write_deposit

SHAPE = (7, 1, 5, 4)  # of movies: frame channel height width


@attrs.frozen
class Reader:
    """One way to read files.

    Attributes:
        make: writes valid files into an empty folder, the working directory, and returns those to damage.
        read: reads all of them, from the working directory.
        cost: how many times longer than a quick reader it takes.
    """

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], object]
    cost: int = 1


def drain(dataset: Dataset) -> None:
    """Read a dataset to its last pixel."""
    dataset.describe()
    dataset.provenance()
    for recording in dataset.load().values():
        for presentation in recording.presentations:
            np.asarray(presentation.stimulus[0 : presentation.frames])


def _make_recipe(folder: Path) -> list[Path]:
    more = '[variants.a]\ncore = {use = "gru", hidden_units = 2}\n[profiles.quick.training]\nepochs = 1\n'
    return [write_recipe(more=more, name=str(folder / "tiny.toml"))]


def _make_tensors(folder: Path) -> list[Path]:
    save_state(folder / "state.safetensors", _fresh_state())
    return [folder / "state.safetensors"]


def _fresh_state() -> TrainingState:
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return TrainingState(model, optimizer, model.state_dict(), Progress())


def _read_state(folder: Path) -> None:
    read_tensors(folder / "state.safetensors")
    load_state(folder / "state.safetensors", _fresh_state())


def _make_run(folder: Path) -> list[Path]:
    write_recipe(more=LINEAR, name=str(folder / "tiny.toml"))
    outcome = call("run", "tiny.toml", "--quiet")
    assert outcome.code == 0, outcome.err
    place = next(folder.glob("runs/tiny/ln/*/fold0/seed0"))
    return [place / name for name in ("run.json", "best.safetensors", "run.json", "predictions.npz")]


def _read_run(folder: Path) -> None:
    run = load_run(next(folder.glob("runs/tiny/ln/*/fold0/seed0")))
    run.folder.predictions()
    run.predict(np.zeros((6, *run.architecture.input_shape[1:]), np.uint8))


def _make_report(folder: Path) -> list[Path]:
    place = make_run(folder / "runs", "cnn", properties={"area": ["V1", "V1", "LM"]})
    found = {"numbers": {"cc": 0.5}, "statements": ["It is."], "beside_score": {"null": 0.1}}
    tables = [{"file": "cells.csv", "caption": "a row is a cell"}]
    findings = add_findings(place.path / "analyses", "map", [place], pictures=["a"], tables=tables, **found)
    (findings / "cells.csv").write_text("neuron,kind\na,ON\nb,OFF\nc,ON\n", encoding="utf-8")
    files = [place.run_file, place.run_file, place.scores_file, place.predictions_file]
    return [*files, findings / "findings.json", findings / "cells.csv", place.recipe_file]


def _read_report(folder: Path) -> None:
    runs = find_runs([folder / "runs"])
    write_page(runs, score_rows(runs), folder / "report.html", by=["area"])


def _make_fields(folder: Path) -> list[Path]:
    draw, rows = np.random.default_rng(0), 3
    FieldMaps(
        session=("retina",) * rows,
        neuron=("a", "b", "c"),
        source=("data", "model", "model"),
        spatial=draw.random((rows, 5, 4)),
        temporal=draw.random((rows, 6)),
        lag_s=np.arange(6) / 30,
        centre=draw.random((rows, 2)),
        widths=draw.random((rows, 2)),
        angle=draw.random(rows),
        reason=("", "", "none"),
    ).write(folder / "fields.npz")
    return [folder / "fields.npz"]


def _make_movie(folder: Path) -> list[Path]:
    np.save(folder / "movie.npy", np.random.default_rng(0).random(SHAPE, dtype=np.float32))
    return [folder / "movie.npy"]


def _make_behaviour(folder: Path) -> list[Path]:
    np.save(folder / "behaviour.npy", np.random.default_rng(0).random((7, 2)))
    return [folder / "behaviour.npy"]


def _make_keras(folder: Path) -> list[Path]:
    return list(write_files(make_network("crnn_lstm", Size()), folder))


def _read_keras(folder: Path) -> None:
    network = plan_network(read_architecture(folder / "architecture.json"))
    read_weights(folder / "weights.h5", network.weighted)


def _make_zip(folder: Path) -> list[Path]:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"NeuralData/{number}.raw", bytes(range(50)) * (number + 1))
    return [folder / "a.zip"]


def _read_zip(folder: Path) -> None:
    out = folder / "out"
    for left in out.rglob("*.raw") if out.exists() else ():
        left.unlink()
    unpack(folder / "a.zip", out, lambda member: member)


def _make_deposit(folder: Path) -> list[Path]:
    deposit = write_deposit(folder / "dryad_4ch10")
    return [deposit / f"NeuralData/{kind}/Movie1Exp1.mat" for kind in ("Spikes", "ReceptiveFields")]


def _make_zipped_deposit(folder: Path) -> list[Path]:
    (folder / "whole").mkdir()
    deposit = write_deposit(folder / "whole/dryad_4ch10")
    with zipfile.ZipFile(folder / "dryad_4ch10", "w") as archive:
        for file in sorted(deposit.rglob("*.*")):
            if "Movie1" in str(file):
                archive.write(file, file.relative_to(folder / "whole"))
    return [folder / "dryad_4ch10"]


def _read_deposit(folder: Path) -> None:
    drain(DryadMEA(path=folder / "dryad_4ch10", frame_rate_hz=RATE_HZ, size_px=4, first_section_s=3.85))


def _make_mat(folder: Path) -> list[Path]:
    draw = np.random.default_rng(0)
    content = {"CB": draw.choice([-1.0, 1.0], (8, 8, 30)), "fr": draw.random((30, 2))}
    scipy.io.savemat(folder / MAT_FILE, content, do_compression=True)
    return [folder / MAT_FILE]


def _make_released(folder: Path) -> list[Path]:
    write_released(folder)
    return [folder / "train_mov3.hdf5", folder / "test_mov3.hdf5"]


def _make_nwb(folder: Path) -> list[Path]:
    file = make_small_file(frames=30)
    file.invalid_s, file.running = ((2.0, 2.2),), (np.arange(0, 30, 0.5), np.ones(60))
    return [file.write(folder / "own.nwb")]


def _make_templates(folder: Path) -> list[Path]:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
    np.save(folder / "movie.npy", pixels)
    with h5py.File(folder / "movie.h5", "w") as file:
        file["movie"] = pixels
        file.create_dataset("packed/movie", data=pixels, compression="gzip")
    return [folder / "movie.npy", folder / "movie.h5"]


def _read_templates(folder: Path) -> None:
    for name, dataset in (("movie.npy", None), ("movie.h5", "movie"), ("movie.h5", "packed/movie")):
        pixels, _ = template_pixels(folder / name, ("movie",), dataset, "auto")
        pixels.take(np.arange(pixels.shape[0]))


def _make_images(folder: Path) -> list[Path]:
    made = []
    for number, suffix in enumerate((".png", ".jpg", ".tif", ".bmp", ".gif", ".npy")):
        pixels = np.random.default_rng(number).integers(0, 256, (8, 6), dtype=np.uint8)
        made.append(folder / suffix[1:] / f"image{suffix}")
        made[-1].parent.mkdir()
        if suffix == ".npy":
            np.save(made[-1], pixels)
        else:
            io.imsave(made[-1], pixels, check_contrast=False)
    return made


def _read_images(folder: Path) -> None:
    for inner in sorted(each for each in folder.iterdir() if each.is_dir()):
        pixels, _ = template_pixels(inner, ("movie",), None, "auto")
        pixels.take(np.arange(pixels.shape[0]))


def _make_videos(folder: Path) -> list[Path]:
    made = []
    for name, codec, pixel_format in (("a.avi", "ffv1", "gray"), ("b.mp4", "mpeg4", "yuv420p")):
        made.append(folder / name)
        with av.open(str(made[-1]), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 32, 16, pixel_format
            for number in range(6):
                pixels = np.full((16, 32), 40 * number, dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="gray")))
            container.mux(stream.encode())
    return made


def _read_videos(folder: Path) -> None:
    for name in ("a.avi", "b.mp4"):
        pixels, _ = template_pixels(folder / name, ("movie",), None, "auto")
        pixels.take(np.arange(pixels.shape[0]))


def _make_mouse(folder: Path) -> list[Path]:
    make_mouse(train=3, oracle=(2,), frames=12, padding=2).write(folder)
    data = [folder / f"data/{kind}/{trial}.npy" for kind in ("videos", "responses") for trial in (0, 3)]
    more = ("data/behavior/1.npy", "data/pupil_center/1.npy", "meta/trials/tiers.npy")
    meta = [folder / "meta/neurons" / name for name in ("unit_ids.npy", "cell_motor_coordinates.npy")]
    return [*data, *(folder / name for name in more), *meta, folder / "meta/statistics/responses/all/std.npy"]


def _read_mouse(folder: Path) -> None:
    drain(Sensorium(path=folder, behaviour=("running_speed", "pupil_x"), unscored_frames=2))


READERS = {
    "recipe": Reader(_make_recipe, lambda folder: load_recipe(folder / "tiny.toml", registry=discover())),
    "training state": Reader(_make_tensors, _read_state),
    "run folder": Reader(_make_run, _read_run, cost=10),
    "report of a run folder": Reader(_make_report, _read_report, cost=20),
    "receptive fields": Reader(_make_fields, lambda folder: read_field_maps(folder / "fields.npz")),
    "movie": Reader(_make_movie, lambda folder: open_stimulus(folder / "movie.npy", SHAPE[1:]).read(0, 7)),
    "behaviour": Reader(
        _make_behaviour, lambda folder: read_behaviour(folder / "behaviour.npy", 7, ("x", "y"))
    ),
    "Keras network": Reader(_make_keras, _read_keras, cost=4),
    "zip": Reader(_make_zip, _read_zip, cost=2),
    "Dryad deposit": Reader(_make_deposit, _read_deposit, cost=40),
    "zipped Dryad deposit": Reader(_make_zipped_deposit, _read_deposit, cost=40),
    "MATLAB file": Reader(_make_mat, lambda folder: drain(Zheng2021Mat(path=folder)), cost=2),
    "released HDF5": Reader(
        _make_released, lambda folder: drain(Zheng2021HDF5(path=folder, size_px=8, neurons=3)), cost=4
    ),
    "NWB": Reader(
        _make_nwb, lambda folder: drain(NWB(path=folder / "own.nwb", behaviour=("running_speed",))), cost=40
    ),
    "NWB page": Reader(_make_nwb, lambda folder: inspect_file(folder / "own.nwb", discover()), cost=40),
    "templates": Reader(_make_templates, _read_templates, cost=4),
    "images": Reader(_make_images, _read_images, cost=4),
    "videos": Reader(_make_videos, _read_videos, cost=4),
    "SENSORIUM folder": Reader(_make_mouse, _read_mouse, cost=10),
}
