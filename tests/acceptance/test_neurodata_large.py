"""A series of 20 GB is looked at, read and trained on in less than 1 GB of memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.neurodata.file_part import add_units, begin, edit, optical_series, save
from tests.peak_memory import PEAK

FRAMES, HEIGHT, WIDTH = 105_000, 400, 480
assert FRAMES * HEIGHT * WIDTH > 20e9
RATE_HZ = 60.0
LIMIT_MB = 1000
STEP = 2560  # frames, of which 32 are read
READ = """
import sys
from pathlib import Path
import numpy as np
import sysid

dataset = sysid.discover().find("dataset", "nwb").config_class(path=Path(sys.argv[1]){fields})
(recording,) = dataset.load().values()
(shown,) = recording.presentations
total, step = 0, {step}
for first in range(0, shown.frames, step):
    frames = shown.stimulus[first : min(first + 32, shown.frames)]
    total += int(frames.sum(dtype="int64"))
print("shape", *shown.stimulus.shape)
print("total", total)
print("spikes", int(np.nansum(shown.responses)))
print("last", *shown.stimulus[shown.frames - 1 : shown.frames].ravel()[:3].tolist())
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A sparse file: of 105000 frames of 400 × 480 pixels the last and some in the middle are written."""
    path = tmp_path_factory.mktemp("large") / "large.nwb"
    file = begin("large")
    small = np.zeros((2, HEIGHT, WIDTH), np.uint8)
    file.add_stimulus(optical_series("movie", small, timestamps=np.zeros(2)))
    generator = np.random.default_rng(0)
    trains = [np.sort(generator.uniform(0, FRAMES / RATE_HZ + 20, 20_000)) for _ in range(5)]
    add_units(file, [4, 9, 2, 11, 30], trains)
    save(file, path)
    with edit(path) as opened:
        series = opened["stimulus/presentation/movie"]
        for name, data in (("data", None), ("timestamps", 10 + np.arange(FRAMES) / RATE_HZ)):
            attributes = dict(series[name].attrs)
            del series[name]
            if data is None:
                new = series.create_dataset(
                    name, (FRAMES, HEIGHT, WIDTH), np.uint8, chunks=(1, HEIGHT, WIDTH), fillvalue=7
                )
                new[FRAMES - 1] = 250
                new[STEP : STEP + 10] = 100
            else:
                new = series.create_dataset(name, data=data)
            for key, value in attributes.items():
                new.attrs[key] = value
    assert path.stat().st_size < 20e6
    return path


def run(code: str, *arguments: object) -> dict[str, str]:
    """Run Python in a process of its own and return what it printed, by first word."""
    done = subprocess.run(
        [sys.executable, "-c", f"{PEAK}\n{code}\nprint('peak', peak_bytes() / 1e6)", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


@pytest.mark.slow
def test_frames_are_read_in_little_memory(large):
    found = run(READ.format(fields="", step=STEP), large)
    assert found["shape"] == f"{FRAMES} 1 {HEIGHT} {WIDTH}"
    assert found["last"] == "250 250 250"
    read = 32 * -(-FRAMES // STEP)
    assert FRAMES % STEP == 40  # the last step is whole too
    expected = HEIGHT * WIDTH * (7 * read + 10 * 93)
    assert int(found["total"]) == expected
    assert float(found["peak"]) < LIMIT_MB


@pytest.mark.slow
def test_the_whole_series_is_averaged_down_in_little_memory(large):
    found = run(READ.format(fields=", size_px=20", step=32), large)
    assert found["shape"] == f"{FRAMES} 1 20 24"
    expected = 20 * 24 * (7 * FRAMES + 93 * 10 + 243)
    assert int(found["total"]) == expected
    assert float(found["peak"]) < LIMIT_MB


def test_inspect_looks_at_little_of_it(large):
    code = "import sys; sys.argv[0] = 'sysid'; from sysid.command.main import main; main()"
    found = run(
        f"try:\n    {code}\nexcept SystemExit as leaving:\n    assert not leaving.code", "inspect", large
    )
    assert float(found["peak"]) < LIMIT_MB


RECIPE = """\
[datasets.large]
use = "nwb"
path = "{path}"
size_px = 10
[samples]
history = 3
fraction = 0.02
[encoder]
use = "identity"
[readout]
use = "dense"
[training]
epochs = 1
threads = 1
"""


@pytest.mark.parametrize("verb", ["check", pytest.param("run", marks=pytest.mark.slow)])
def test_a_model_is_checked_and_trained_in_little_memory(large, tmp_path, verb):
    recipe = tmp_path / "large.toml"
    recipe.write_text(RECIPE.format(path=large))
    code = "import sys; sys.argv[0] = 'sysid'; from sysid.command.main import main; main()"
    words = [verb, recipe, *(["--folder", tmp_path / "runs"] if verb == "run" else [])]
    found = run(f"try:\n    {code}\nexcept SystemExit as leaving:\n    assert not leaving.code", *words)
    assert float(found["peak"]) < LIMIT_MB
    if verb == "run":
        assert list((tmp_path / "runs").rglob("best.safetensors"))
