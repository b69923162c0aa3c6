"""Whether everything in a run folder can be read, and whether two runs are one to the bit."""

import csv
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from safetensors import safe_open

SAME = ("best.safetensors", "metrics.json", "neurons.csv", "predictions.npz", "recipe.toml")


def read_everything(top: Path) -> int:
    """Read every file below a folder to its end, but for those that bear the mark of what is being written.

    Of `metrics.jsonl`, which grows by a line an epoch, a last line may lack its end.

    Returns:
        How many were read.
    """
    files = list(visible_files(top))
    for file in files:
        try:
            READERS[file.suffix](file)
        except Exception as error:  # whatever a reader has to say of half a file
            raise AssertionError(f"{file} cannot be read: {type(error).__name__}: {error}") from error
    return len(files)


def visible_files(top: Path) -> Iterator[Path]:
    """Yield the files that somebody would take for results; TensorBoard's are its own."""
    for file in sorted(top.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(top).parts)
        if file.is_file() and not hidden and "tensorboard" not in file.parts:
            yield file


def read_json(file: Path) -> None:
    json.loads(file.read_text("utf-8"))


def read_lines(file: Path) -> None:
    for line in file.read_text("utf-8").split("\n")[:-1]:
        json.loads(line)


def read_safetensors(file: Path) -> None:
    with safe_open(file, framework="np") as tensors:
        for name in tensors.keys():  # noqa: SIM118  # not a mapping
            tensors.get_tensor(name)


def read_arrays(file: Path) -> None:
    with np.load(file, allow_pickle=False) as arrays:
        assert arrays.files
        for name in arrays.files:
            arrays[name]


def read_table(file: Path) -> None:
    text = file.read_text("utf-8")
    rows = list(csv.reader(text.splitlines()))
    assert text.endswith("\n")
    assert {len(row) for row in rows} == {len(rows[0])}


def read_page(file: Path) -> None:
    assert file.read_text("utf-8").rstrip().endswith("</html>")


def read_picture(file: Path) -> None:
    with Image.open(file) as picture:
        picture.load()


def read_drawing(file: Path) -> None:
    ElementTree.fromstring(file.read_text("utf-8"))


def read_recipe(file: Path) -> None:
    assert tomllib.loads(file.read_text("utf-8"))


READERS = {
    ".json": read_json,
    ".jsonl": read_lines,
    ".safetensors": read_safetensors,
    ".npz": read_arrays,
    ".csv": read_table,
    ".html": read_page,
    ".png": read_picture,
    ".svg": read_drawing,
    ".toml": read_recipe,
}


def differences(folder: Path, whole: Path) -> list[str]:
    """Name what of a run is not, to the bit, what it is in another folder; the clock aside."""
    names = [name for name in SAME if (folder / name).read_bytes() != (whole / name).read_bytes()]
    if epochs_of(folder) != epochs_of(whole):
        names.append("metrics.jsonl")
    if outcome_of(folder) != outcome_of(whole):
        names.append("run.json")
    found = [sorted(file.name for file in (place / "analyses").rglob("*")) for place in (folder, whole)]
    if found[0] != found[1]:
        names.append("analyses")
    names += [file.name for file in folder.rglob(".*")]  # what was being written
    return names


def epochs_of(folder: Path) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


def outcome_of(folder: Path) -> dict:
    information = json.loads((folder / "run.json").read_text("utf-8"))
    outcome = {name: value for name, value in information["outcome"].items() if name != "training_seconds"}
    return outcome | {name: information[name] for name in ("state", "digest", "simulated")}
