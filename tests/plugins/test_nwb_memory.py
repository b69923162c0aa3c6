"""A series far larger than memory is read in parts."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.peak_memory import PEAK
from tests.small_nwb import make_small_file

pytest.importorskip("resource", reason="peak memory is asked of the operating system")

FRAMES, HEIGHT, WIDTH = 10_000, 1080, 1920  # 20.7 GB of bytes
SCRIPT = f"""\
{PEAK}
from pathlib import Path
from sysid_datasets.nwb import NWB

((_, recording),) = NWB(path=Path(sys.argv[1]), stimulus=("noise",), size_px=int(sys.argv[2])).load().items()
(noise,) = recording.presentations
assert noise.stimulus.shape[0] == 10_000
total = 0
for start in (0, 5_000, 9_800):
    total += int(noise.stimulus[start : start + 40].sum())
print(total, peak_bytes())
"""


def write_sparse(path: Path, chunks) -> Path:
    """Write a file whose noise takes no room on disk: only frame 5,003 is ever written."""
    content = make_small_file(frames=FRAMES, height=2, width=2)
    content.spikes_s = [np.sort(np.random.default_rng(0).uniform(0, 1000, 100)) for _ in content.spikes_s]
    content.write(path)
    with h5py.File(path, "r+") as file:
        series = file["stimulus/presentation/noise"]
        attributes = dict(series["data"].attrs)
        del series["data"]
        shape = (FRAMES, HEIGHT, WIDTH)
        data = series.create_dataset("data", shape, dtype=np.uint8, chunks=chunks)
        data.attrs.update(attributes)
        if chunks is not None:  # a contiguous dataset takes all its room with the first byte
            data[5003] = 9
    return path


@pytest.mark.parametrize(
    ("chunks", "size_px"), [((1, HEIGHT, WIDTH), 1080), ((16, 270, 480), 27), (None, 1080)]
)
def test_twenty_gigabytes_are_read_with_less_than_one(tmp_path, chunks, size_px):
    path = write_sparse(tmp_path / "large.nwb", chunks)
    assert path.stat().st_size < 100e6
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), str(size_px)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    total, peak = map(int, done.stdout.split())
    assert total == (0 if chunks is None else 9 * size_px * (size_px * WIDTH // HEIGHT))
    assert peak < 1e9
