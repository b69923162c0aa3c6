"""The analyses `kernels` and `kernel_indices` on small trained networks."""

import csv
from pathlib import Path

import attrs
import numpy as np
import pytest
import torch

import sysid
from sysid_analyses.first_layer.first_kernel import first_kernels
from sysid_analyses.first_layer.kernel_figure import draw_montage, lay_out_maps
from sysid_analyses.first_layer.kernel_group import gather_groups
from sysid_analyses.first_layer.kernel_indices import KernelIndices
from sysid_analyses.first_layer.kernel_indices_figure import draw_panels
from sysid_analyses.first_layer.kernel_reference import subunit_kernels, untrained_kernels
from sysid_analyses.first_layer.kernel_summary import describe_span
from sysid_analyses.first_layer.kernels import Kernels
from sysid_analyses.kernel import measure_kernels, temporal_regularity

RECIPE = """
[datasets.fig2]
use = "simulated_retina"
layout = "fig2"
frames = 300
[samples]
history = 20
include_current = false
[encoder]
use = "conv2d"
layers = [{ channels = 5, kernel_px = 6, initialization = "normal" }]
[core]
use = "identity"
[readout]
use = "dense"
[training]
epochs = 1
threads = 1
[variants.cnn]
[variants.seeds]
training = {seeds = [3, 4]}
[variants.frames]
encoder = {use = "conv2d", history = "frames", layers = [{channels = 2, kernel_px = 3}]}
[variants.ln]
encoder = {use = "identity"}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, sysid.RunFolder]:
    """Four kinds of model on one simulation, by name of the run."""
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "small.toml").write_text(RECIPE, encoding="utf-8")
    return dict(sysid.run(sysid.load_recipe(folder / "small.toml"), folder=folder / "runs").folders)


def find(runs, variant, seed=0):
    return runs[f"{variant}/fig2/fold0/seed{seed}"]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_kernel_is_in_the_table_and_the_arrays(runs, tmp_path):
    findings = Kernels(untrained_draws=2).analyze((find(runs, "cnn"),), tmp_path)
    rows = read(tmp_path / "kernels.csv")
    expected = measure_kernels(first_kernels(sysid.load_run(find(runs, "cnn").path).model.encoder))
    assert [row["kernel"] for row in rows] == ["0", "1", "2", "3", "4"]
    np.testing.assert_allclose(
        [float(row["spatial_autocorrelation"]) for row in rows], expected.autocorrelation, rtol=1e-5
    )
    first = next(row for row in rows if row["place_by_regularity"] == "1")
    assert float(first["temporal_regularity"]) == pytest.approx(expected.regularity.max(), rel=1e-5)
    with np.load(tmp_path / "kernels.npz", allow_pickle=False) as arrays:
        assert arrays["maps"].shape == (5, 6, 6)
        assert arrays["untrained_times"].shape == (10, 20)
        assert arrays["subunit_regularity"].shape == (8,)
    assert findings.numbers["kernels"] == 5
    assert not findings.reason


def test_every_picture_and_table_is_there(runs, tmp_path):
    findings = Kernels(untrained_draws=1).analyze((find(runs, "cnn"),), tmp_path)
    assert [each.stem for each in findings.pictures] == ["by_autocorrelation", "by_regularity", "indices"]
    for picture in findings.pictures:
        assert (tmp_path / f"{picture.stem}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (tmp_path / f"{picture.stem}.svg").read_text(encoding="utf-8")
    assert "a sine has 0.12" in findings.pictures[-1].caption
    assert (tmp_path / findings.tables[0].file).exists()


def test_kernels_of_one_frame_are_sorted_by_their_maps_alone(runs, tmp_path):
    findings = Kernels().analyze((find(runs, "frames"),), tmp_path)
    assert [each.stem for each in findings.pictures] == ["by_autocorrelation"]
    assert {row["temporal_regularity"] for row in read(tmp_path / "kernels.csv")} == {""}


def test_an_untrained_model_is_called_so(runs, tmp_path, monkeypatch):
    run = sysid.load_run(find(runs, "cnn").path)
    monkeypatch.setattr(sysid, "load_run", lambda path: attrs.evolve(run, model=run.untrained_model()))
    findings = Kernels(untrained_draws=1).analyze((run.folder,), tmp_path)
    assert findings.statements[0] == "The kernels are still as they were drawn: the model is untrained."
    assert findings.numbers["autocorrelation_above_untrained"] == 0.5


def test_a_model_without_kernels_gives_a_reason(runs, tmp_path):
    reason = "the encoder has no kernels: it does not begin with a convolution over the pixels"
    assert Kernels().analyze((find(runs, "ln"),), tmp_path) == sysid.Findings(reason=reason)


def test_kernels_over_colours_give_a_reason(runs, tmp_path, monkeypatch):
    run = sysid.load_run(find(runs, "cnn").path)
    colour = attrs.evolve(run.architecture, input_shape=(20, 3, 8, 8))
    monkeypatch.setattr(sysid, "load_run", lambda path: attrs.evolve(run, architecture=colour))
    reason = "kernels are looked at for stimuli of one channel only"
    assert Kernels().analyze((run.folder,), tmp_path).reason == reason


def test_subunits_are_left_out_where_the_recording_is_gone_or_real(runs, monkeypatch):
    run = sysid.load_run(find(runs, "cnn").path)
    subunits = subunit_kernels(run, 20, 6, 6)
    assert subunits.shape == (8, 20, 6, 6)
    newest = temporal_regularity(measure_kernels(subunits).times[0])
    assert newest == pytest.approx(0.35995, abs=0.01)  # one lag is missing: the current frame is not seen
    real = attrs.evolve(run, information=run.information | {"simulated": False})
    assert subunit_kernels(real, 20, 6, 6) is None

    def lost(_dataset):
        raise sysid.DataNotFoundError("gone")

    monkeypatch.setattr(type(run.dataset), "provenance", lost)
    with pytest.raises(sysid.DataNotFoundError, match="its recording is not here: gone"):
        subunit_kernels(run, 20, 6, 6)


def test_untrained_kernels_begin_with_the_runs_own_and_leave_randomness_alone(runs):
    run = sysid.load_run(find(runs, "seeds", 3).path)
    before = torch.random.get_rng_state()
    kernels = untrained_kernels(run, 2)
    assert torch.equal(torch.random.get_rng_state(), before)
    own = first_kernels(run.untrained_model().encoder)
    np.testing.assert_array_equal(kernels[:5], own)
    other = sysid.load_run(find(runs, "seeds", 4).path)
    np.testing.assert_array_equal(kernels[5:], first_kernels(other.untrained_model().encoder))


def test_span_is_in_ms_or_in_frames_where_the_rate_is_not_known(runs):
    run = sysid.load_run(find(runs, "cnn").path)
    assert describe_span(run, 20) == "−667 to −33 ms from the bin"
    (session,) = run.information["sessions"].values()
    unknown = run.information | {"sessions": {"retina": session | {"frame_rate_hz": None}}}
    assert describe_span(attrs.evolve(run, information=unknown), 20) == "−20 to −1 frames from the bin"


def test_montage_lays_maps_out_row_by_row_each_to_its_own_scale():
    maps = np.random.default_rng(0).normal(size=(5, 2, 4)) * np.arange(1, 6)[:, None, None]
    image = lay_out_maps(maps, 3)
    assert image.shape == (2 * 114, 3 * 114)
    tile = image[114:214, 114:214]  # the fifth: second row, second column
    np.testing.assert_allclose(tile[::50, ::25], maps[4] / np.abs(maps[4]).max())
    assert np.isnan(image[114:, 228:]).all()


@pytest.mark.parametrize("count", [1, 3, 30])
def test_montage_labels_rows_with_the_index_of_their_first_kernel(count):
    kernels = measure_kernels(np.random.default_rng(1).normal(size=(count, 4, 3, 3)))
    order = np.argsort(-kernels.autocorrelation)
    figure = draw_montage(kernels, order, kernels.autocorrelation, "spatial autocorrelation", "−99 to 0 ms")
    maps, courses = figure.axes
    labels = [label.get_text().replace("−", "-") for label in maps.get_yticklabels()]
    columns = round(maps.get_xlim()[1] / 1.14)
    np.testing.assert_allclose(
        [float(each) for each in labels], kernels.autocorrelation[order[::columns]], atol=0.005
    )
    assert len(courses.collections[1].get_segments()) == count
    assert courses.get_title() == "time courses, −99 to 0 ms"


def test_indices_of_a_recipe_pool_runs_by_model_and_dataset(runs, tmp_path):
    findings = KernelIndices().analyze(tuple(runs.values()), tmp_path)
    rows = read(tmp_path / "kernel_indices.csv")
    counts = {name: sum(row["variant"] == name for row in rows) for name in ("cnn", "seeds", "frames", "ln")}
    assert counts == {"cnn": 5, "seeds": 10, "frames": 2, "ln": 0}
    pooled = [float(row["spatial_autocorrelation"]) for row in rows if row["variant"] == "seeds"]
    assert findings.numbers["seeds.fig2.median_autocorrelation"] == pytest.approx(np.median(pooled), rel=1e-5)
    assert findings.statements[0].startswith("Median spatial autocorrelation on fig2: cnn ")
    assert findings.statements[-1] == (
        "Kernels of frames see one frame each, so they have no temporal regularity."
    )
    assert "a sine has 0.12" in findings.pictures[0].caption
    assert (tmp_path / "kernel_indices.png").exists()


def test_panels_show_each_model_the_null_and_the_truth(runs):
    groups = gather_groups([find(runs, "cnn"), find(runs, "seeds", 3)])
    elsewhere = [attrs.evolve(each, dataset=f"movie{each.lags}", simulated=False) for each in groups]
    figure = draw_panels(groups + elsewhere)
    assert [axes.get_title() for axes in figure.axes] == ["fig2, SIMULATED", "movie20"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["untrained", "cnn", "seeds", "true subunits"]


def test_a_recipe_without_kernels_gives_a_reason_and_controls_are_left_out(runs, tmp_path):
    reason = "no run of this recipe has kernels to look at"
    assert KernelIndices().analyze((find(runs, "ln"),), tmp_path) == sysid.Findings(reason=reason)
    control = sysid.RunFolder(Path(tmp_path / "control"))
    control.path.mkdir()
    for file in find(runs, "cnn").path.iterdir():
        if file.is_file():
            (control.path / file.name).write_bytes(file.read_bytes())
    control.update(control_of="fig2")
    assert KernelIndices().analyze((control,), tmp_path).reason == reason
