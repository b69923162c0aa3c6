"""Many neurons, frames, presentations: a run stays within the memory that `sysid check` states for it."""

from pathlib import Path

import pytest

from tests.large_recording import PLUGIN
from tests.load import carry, predict_bytes

MIB = 1 << 20
MOST = 1.25  # of what was stated
RECIPE = """\
# A recipe for tests
[datasets.movie]
use = "acme:large"
{sizes}
[samples]
history = 4
[encoder]
use = "conv2d"
layers = [{{channels = 4, kernel_px = 3}}]
[readout]
use = "{readout}"
[training]
epochs = 1
batch_size = {batch}
evaluation_batch_size = 256
threads = 1
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch, site):
    monkeypatch.chdir(tmp_path)
    site.install(PLUGIN)


def measure(name, site, *, readout="dense", batch=64, **sizes):
    """Run, state what it took, and return it as a share of what was predicted."""
    text = "\n".join(f"{key} = {value}" for key, value in sizes.items())
    Path("large.toml").write_text(RECIPE.format(sizes=text, readout=readout, batch=batch), encoding="utf-8")
    predicted = predict_bytes(Path("large.toml"))
    load = carry("run", "large.toml", "--quiet", site=site.folder)
    page = Path("runs/large/summary/report.html").stat().st_size
    print(
        f"{name}: {load.peak_bytes / MIB:.0f} MiB of {predicted / MIB:.0f} predicted, {load.seconds:.0f} s, "
        f"report {page / MIB:.2f} MiB"
    )
    assert page < 20 * MIB
    return load.peak_bytes / predicted


SMALL = {
    "neurons": {"neurons": 400, "frames": 400, "readout": "gaussian"},
    "frames": {"frames": 20_000, "batch": 512},
    "presentations": {"presentations": 20, "frames": 30},
}
LARGE = {
    "neurons": {"neurons": 10_000, "frames": 1000, "repeats": 5, "readout": "gaussian"},
    "dense neurons": {"neurons": 10_000, "frames": 1000, "repeats": 5, "readout": "dense"},
    "frames": {"frames": 1_000_000, "batch": 4096},
    "presentations": {"presentations": 200, "frames": 60, "repeats": 10},
}


@pytest.mark.parametrize("name", SMALL)
def test_a_run_stays_within_what_check_states(name, site):
    assert measure(name, site, **SMALL[name]) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_large_run_stays_within_what_check_states(name, site):
    assert measure(name, site, **LARGE[name]) < MOST
