"""Kernels taken out of a network: the weights, the rates, the curves and the analysis `pruning`."""

import csv
import math
from types import SimpleNamespace

import attrs
import numpy as np
import pytest
import torch
from torch import nn

import sysid
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid_analyses.first_layer.kernels import Kernels
from sysid_analyses.kernel import measure_kernels
from sysid_analyses.prunings import kernel_pruning
from sysid_analyses.prunings.kernel_pruning import Pruning
from sysid_analyses.prunings.pruned_model import PrunedModel
from sysid_analyses.prunings.pruned_prediction import mean_activity, retake_statistics, training_batches
from sysid_analyses.prunings.pruning import default_counts, remove_kernels, why_not_prunable
from sysid_analyses.prunings.pruning_figure import draw_curves
from sysid_analyses.prunings.pruning_order import order_kernels, random_orders
from sysid_analyses.prunings.pruning_score import Curve, Score, score_rates
from sysid_analyses.prunings.pruning_summary import state_pruning, summarize_pruning
from sysid_cores.hooks import sysid_cores
from sysid_cores.identity import Identity as IdentityCore
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.divisive_normalization import DivisiveNormalization
from sysid_encoders.identity import Identity
from sysid_encoders.layer import Layer
from sysid_readouts.dense import Dense

LSTM = sysid_cores()["lstm"]
SHAPE = (4, 1, 9, 8)  # time channel height width
KERNELS = 5
REMOVED = np.array([3, 0])


def build_encoder(activation="relu", batch_norm=True, layers=2, history="channels", channels=KERNELS):
    first = Layer(channels=channels, kernel_px=3, activation=activation, batch_norm=batch_norm)
    return Conv2d(layers=(first, Layer(channels=2, kernel_px=2))[:layers], history=history)


def build_model(encoder, core=None, seed=0):
    """A model with weights and statistics that are nowhere trivial."""
    core = core or IdentityCore()
    architecture = Architecture(encoder, core, Dense(), SHAPE)
    populations = {"retina": nameless_population(3, SHAPE[1:], SHAPE[0])}
    model = assemble(architecture, outline(architecture, populations).shapes, populations, seed).eval()
    for name, values in model.state_dict().items():
        if values.is_floating_point() and not name.startswith("standardization"):
            noise = torch.randn(values.shape)
            values.copy_(noise.abs() + 0.5 if "running_var" in name else values + 0.3 * noise)
    return model


def draw_batch(windows=7, seed=1):
    stimulus = torch.randn(windows, *SHAPE, generator=torch.Generator().manual_seed(seed))
    return SimpleNamespace(stimulus=stimulus, behaviour=None)


@torch.no_grad()
def rates_of(model, batch):
    return model(batch.stimulus, None, "retina")[0][:, -1]


def shrink(model, kept, encoder):
    """The explicit smaller network: removed from conv1, its batch norm and conv2's inputs."""
    smaller = build_model(encoder)
    state = {}
    for name, values in model.state_dict().items():
        if name.startswith("encoder.layers.0.") and values.ndim:
            values = values[kept]
        if name == "encoder.layers.1.convolution.weight":
            values = values[:, kept]
        state[name] = values
    smaller.load_state_dict(state)
    return smaller


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", ["linear", "relu", "elu", "tanh"])
def test_removed_kernels_leave_what_a_smaller_network_predicts(activation, batch_norm):
    model = build_model(build_encoder(activation, batch_norm))
    kept = np.setdiff1d(np.arange(KERNELS), REMOVED)
    smaller = shrink(model, kept, build_encoder(activation, batch_norm, channels=len(kept)))
    whole = rates_of(model, draw_batch())
    model.encoder = remove_kernels(model.encoder, REMOVED, torch.zeros(KERNELS))
    torch.testing.assert_close(rates_of(model, draw_batch()), rates_of(smaller, draw_batch()))
    assert not torch.allclose(rates_of(smaller, draw_batch()), whole)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize(
    ("activation", "activity"), [("linear", -0.7), ("relu", 0.4), ("elu", -0.6), ("elu", 1.3), ("tanh", 0.8)]
)
def test_a_removed_map_holds_the_activity_asked_for(activation, activity, batch_norm):
    model = build_model(build_encoder(activation, batch_norm, layers=1))
    pruned = remove_kernels(model.encoder, REMOVED, torch.full((KERNELS,), activity))
    before, after = model.encoder(draw_batch().stimulus)[0], pruned(draw_batch().stimulus)[0]
    torch.testing.assert_close(after[:, :, REMOVED], torch.full_like(after[:, :, REMOVED], activity))
    kept = np.setdiff1d(np.arange(KERNELS), REMOVED)
    torch.testing.assert_close(after[:, :, kept], before[:, :, kept])


@pytest.mark.parametrize(("activation", "activity"), [("tanh", 1.0), ("tanh", -1.0), ("elu", -1.0)])
def test_a_saturated_activity_has_a_finite_drive(activation, activity):
    model = build_model(build_encoder(activation, layers=1))
    pruned = remove_kernels(model.encoder, REMOVED, torch.full((KERNELS,), activity))
    maps = pruned(draw_batch().stimulus)[0][:, :, REMOVED]
    torch.testing.assert_close(maps, torch.full_like(maps, activity), rtol=0, atol=1e-5)


def test_the_encoder_itself_is_left_as_it_is():
    model = build_model(build_encoder())
    before = {name: values.clone() for name, values in model.state_dict().items()}
    remove_kernels(model.encoder, REMOVED, torch.zeros(KERNELS))
    PrunedModel(model, torch.zeros(KERNELS)).fresh_statistics()
    assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())


@pytest.mark.parametrize("core", ["identity", "lstm"])
@pytest.mark.parametrize("history", ["channels", "frames"])
@pytest.mark.parametrize("layers", [1, 2])
def test_rates_along_an_order_are_those_of_changed_weights(layers, history, core):
    encoder = build_encoder("elu", layers=layers, history=history)
    model = build_model(encoder, LSTM(hidden_units=3) if core == "lstm" else None)
    activity = torch.tensor([0.3, -0.2, 0.0, 0.7, -0.5])
    pruned, batch = PrunedModel(model, activity), draw_batch()
    order = np.array([2, 4, 1, 0, 3])
    whole = pruned.listen(batch, "retina")
    torch.testing.assert_close(whole, rates_of(model, batch))
    counts = (0, 2, 3, 5)
    found = list(pruned.rates(batch, "retina", torch.from_numpy(order), counts))
    for count, rates in zip(counts, found, strict=True):
        changed = build_model(encoder, LSTM(hidden_units=3) if core == "lstm" else None)
        changed.encoder = remove_kernels(model.encoder, order[count:], activity)
        torch.testing.assert_close(rates, rates_of(changed, batch), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[-1], whole, rtol=1e-4, atol=1e-5)


def test_an_order_may_follow_another_on_the_same_batch():
    pruned, batch = PrunedModel(build_model(build_encoder()), torch.zeros(KERNELS)), draw_batch()
    pruned.listen(batch, "retina")
    orders = [torch.tensor([0, 1, 2, 3, 4]), torch.tensor([4, 3, 2, 1, 0])]
    once = [list(pruned.rates(batch, "retina", order, (1, 4))) for order in orders]
    again = [list(pruned.rates(batch, "retina", order, (1, 4))) for order in orders]
    for one, other in zip(once, again, strict=True):
        torch.testing.assert_close(one, other)
    assert not torch.allclose(once[0][0], once[1][0])


def test_counts_grow_from_one_to_all():
    assert default_counts(128) == (1, 4, 8, 14, 22, 32, 44, 57, 72, 89, 108, 128)
    assert default_counts(8) == (1, 2, 3, 4, 6, 7, 8)
    assert default_counts(1) == (1,)


def test_orders_follow_the_indices_and_chance_its_seed():
    kernels = np.random.default_rng(0).normal(size=(6, 4, 3, 3))
    measured = measure_kernels(kernels)
    orders = order_kernels(kernels, ("l1_norm", "random", "regularity", "autocorrelation"), 2, 7)
    assert orders.rank == ("l1_norm", "random", "random", "regularity", "autocorrelation")
    assert orders.draw == (0, 0, 1, 0, 0)
    for name in ("l1_norm", "regularity", "autocorrelation"):
        scores = getattr(measured, name)[orders.kernels[orders.rank.index(name)]]
        assert (np.diff(scores) <= 0).all()
    np.testing.assert_array_equal(orders.kernels[1:3], random_orders(6, 2, np.random.default_rng(7)))
    assert (np.sort(orders.kernels, axis=1) == np.arange(6)).all()


def test_kernels_without_a_course_are_not_ranked_by_regularity():
    kernels = np.random.default_rng(0).normal(size=(6, 1, 3, 3))
    orders = order_kernels(kernels, ("regularity", "l1_norm"), 1, 0)
    assert (orders.rank, orders.undefined) == (("l1_norm",), ("regularity",))


def curve(order, heights, draw=0):
    scores = [Score(height, height, height - 0.1, height + 0.1) for height in heights]
    return Curve(order, draw, (1, 2, 6), tuple(scores))


def test_area_is_the_mean_height_and_sufficient_the_count_from_which_on_it_stays():
    assert curve("l1_norm", [0.0, 0.4, 0.6]).area == pytest.approx((1 * 0.2 + 4 * 0.5) / 5)
    assert curve("l1_norm", [0.59, 0.4, 0.6]).sufficient(0.6) == 6
    assert curve("l1_norm", [0.0, 0.57, 0.6]).sufficient(0.6) == 2
    assert math.isnan(curve("l1_norm", [0.0, 0.1, 0.2]).sufficient(0.6))
    assert math.isnan(curve("l1_norm", [0.0, 0.0, 0.0]).sufficient(-0.1))


def test_a_ranking_is_told_against_the_random_orders():
    curves = [curve("autocorrelation", [0.5, 0.6, 0.6]), curve("l1_norm", [0.0, 0.0, 0.5])]
    curves += [curve("random", [0.1, 0.2, 0.6], 0), curve("random", [0.0, 0.5, 0.6], 1)]
    full = Score(0.6, 0.7, 0.5, 0.7)
    numbers = summarize_pruning(curves, full)
    assert (numbers["draws_below.autocorrelation"], numbers["draws_below.l1_norm"]) == (2, 0)
    assert numbers["sufficient.random"] == 6
    said = state_pruning(numbers, full, 6, 2)
    assert said == [
        "With all 6 kernels the mean CC is 0.600 (95 % interval 0.500 to 0.700).",
        "Kept by spatial autocorrelation, 2 of 6 kernels keep 95 % of the mean CC; the area under the curve "
        "exceeds that of 2 of 2 random orders.",
        "Kept by L1 norm, no number of kernels that was tried keeps 95 % of the mean CC; the area under the "
        "curve exceeds that of 0 of 2 random orders.",
        "Kept in random order (2 draws), 6 of 6 kernels keep 95 % of the mean CC.",
    ]


def test_a_model_that_predicts_nothing_is_said_to():
    full = Score(0.01, 0.02, -0.03, 0.05)
    said = state_pruning(summarize_pruning([curve("l1_norm", [0.0, 0.0, 0.01])], full), full, 6, 2)
    assert said[0].endswith("(95 % interval −0.030 to 0.050).")
    assert said[1] == "That is not beyond zero, so what pruning does to it means little."


def test_what_a_model_that_does_not_predict_loses_cannot_be_told():
    full = Score(-0.01, 0.02, -0.03, 0.05)
    curves = [curve("l1_norm", [0.0, 0.0, -0.01]), curve("random", [0.0, 0.0, -0.01])]
    said = state_pruning(summarize_pruning(curves, full), full, 6, 1)
    assert said == [
        "With all 6 kernels the mean CC is −0.010 (95 % interval −0.030 to 0.050).",
        "The model does not predict the test part, so what pruning costs cannot be told.",
    ]


def test_scores_of_several_sessions_are_means_over_all_cells():
    generator = np.random.default_rng(0)
    parts, rates = [], []
    for neurons in (2, 3):
        responses = generator.poisson(2, (4, 30, neurons)).astype(np.float32)
        parts.append({"responses": responses, "block": np.arange(30) // 5})
        rates.append(responses.mean(axis=0) + generator.normal(size=(30, neurons)))
    together = score_rates(parts, rates, interval=True)
    alone = [score_rates([part], [rate], interval=True) for part, rate in zip(parts, rates, strict=True)]
    assert together.correlation == pytest.approx((2 * alone[0].correlation + 3 * alone[1].correlation) / 5)
    assert math.isnan(together.low)
    assert alone[0].low < alone[0].correlation < alone[0].high


def test_figure_has_the_whole_model_every_ranking_and_the_random_band():
    curves = [curve("autocorrelation", [0.5, 0.6, 0.6]), curve("random", [0.1, 0.2, 0.6])]
    figure = draw_curves(curves, Score(0.6, 0.7, 0.5, 0.7), 6)
    assert [axes.get_ylabel() for axes in figure.axes] == ["mean CC over cells", "population CC"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["all 6 kernels", "random (1 draw)", "spatial autocorrelation"]
    several = draw_curves(curves, Score(0.6, math.nan, math.nan, math.nan), 6)
    assert [axes.get_ylabel() for axes in several.axes] == ["mean CC over cells"]


def test_an_activation_without_an_inverse_gives_a_reason():
    encoder = build_model(build_encoder()).encoder
    assert why_not_prunable(encoder) == ""
    encoder.layers[0].activation = nn.Softplus()
    assert why_not_prunable(encoder) == "a kernel cannot be taken out before an activation of kind Softplus"
    assert why_not_prunable(Identity().build(SHAPE)).startswith("the encoder has no kernels")
    divided = Layer(channels=2, kernel_px=3, divisive_normalization=DivisiveNormalization())
    assert why_not_prunable(Conv2d(layers=(divided,)).build(SHAPE)) == (
        "kernels of the first layer divide one another's maps, so that none can be taken out by itself"
    )


RECIPE = """
[datasets.movie]
use = "simulated_retina"
neurons = 4
size_px = 15
frames = 400
test_frames = 140
test_repeats = 3
[samples]
history = 4
[encoder]
use = "conv2d"
layers = [{ channels = 8, kernel_px = 5 }, { channels = 3, kernel_px = 3 }]
[core]
use = "identity"
[readout]
use = "dense"
[training]
epochs = 2
threads = 1
[variants.cnn]
[variants.ln]
encoder = {use = "identity"}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, sysid.RunFolder]:
    """A network and a model without kernels, by variant."""
    folder = tmp_path_factory.mktemp("pruning")
    (folder / "small.toml").write_text(RECIPE, encoding="utf-8")
    folders = sysid.run(sysid.load_recipe(folder / "small.toml"), folder=folder / "runs").folders
    return {name.partition("/")[0]: each for name, each in folders.items()}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_whole_model_scores_what_the_run_scored(runs, tmp_path):
    findings = Pruning(draws=2).analyze((runs["cnn"],), tmp_path)
    run = sysid.load_run(runs["cnn"].path)
    assert findings.numbers["full_correlation"] == pytest.approx(run.metrics["correlation"]["mean"], abs=1e-5)
    rows = read(tmp_path / "pruning.csv")
    assert len(rows) == (3 + 2) * 7
    whole = [float(row["correlation"]) for row in rows if row["kept"] == "8"]
    np.testing.assert_allclose(whole, findings.numbers["full_correlation"], atol=1e-4)
    ranked = next(row for row in rows if (row["order"], row["kept"]) == ("l1_norm", "8"))
    assert float(ranked["low"]) == pytest.approx(run.metrics["correlation"]["low"], abs=1e-3)
    assert {row["low"] for row in rows if row["order"] == "random"} == {""}


def test_files_hold_curves_and_orders(runs, tmp_path):
    findings = Pruning(draws=2, counts=(6, 2), rank=("random", "l1_norm")).analyze((runs["cnn"],), tmp_path)
    with np.load(tmp_path / "pruning.npz", allow_pickle=False) as arrays:
        assert arrays["counts"].tolist() == [2, 6]
        assert arrays["order"].shape == (3, 8)
        assert arrays["rank"].tolist() == ["random", "random", "l1_norm"]
        assert arrays["correlation"].shape == (3, 2)
    assert (tmp_path / "pruning.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "pruning.svg").read_text(encoding="utf-8")
    assert findings.pictures[0].answers == "Fig. 5B, Zheng et al. 2021"
    assert "map is held at zero, batch norm statistics are those of the training" in findings.statements[-1]


def test_mean_activity_is_that_of_the_training_windows(runs):
    run = sysid.load_run(runs["cnn"].path)
    samples = run.session_samples()
    encoder, maps = run.model.encoder, []
    for _, batch in training_batches(samples):
        windows = run.model.standardization(batch.stimulus)[:, :, 0]  # the history as channels
        maps.append(encoder.layers[0](windows)[0].detach())
    assert sum(len(each) for each in maps) == samples["retina"].count("train")
    torch.testing.assert_close(mean_activity(run, samples), torch.cat(maps).mean(dim=(0, 2, 3)))


def test_retaken_statistics_are_those_of_the_smaller_network(runs):
    run = sysid.load_run(runs["cnn"].path)
    samples = run.session_samples()
    order = np.arange(8)[::-1].copy()
    pruned = PrunedModel(run.model, torch.zeros(8))
    (taken,) = retake_statistics(pruned, samples, order[None], (3, 8))
    smaller = sysid.load_run(runs["cnn"].path).model
    smaller.encoder = remove_kernels(smaller.encoder, order[3:], torch.zeros(8))
    norms = {"encoder.layers.1.batch_norm", "readouts.retina.batch_norm"}
    for name, module in smaller.named_modules():
        if name in norms:
            module.reset_running_stats()
            module.momentum = None
            module.train()
    with torch.no_grad():
        for _, batch in training_batches(samples):
            smaller(batch.stimulus, None, "retina")
    assert {name.rpartition(".")[0] for name in taken[0]} == norms
    for name, values in taken[0].items():
        torch.testing.assert_close(values, smaller.state_dict()[name], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(
        taken[0]["encoder.layers.1.batch_norm.running_mean"],
        taken[1]["encoder.layers.1.batch_norm.running_mean"],
    )


@pytest.mark.parametrize("replace", ["zero", "mean"])
@pytest.mark.parametrize("recalibrate", [False, True])
def test_the_saved_model_is_a_run_that_scores_as_its_point_on_the_curve(runs, tmp_path, replace, recalibrate):
    config = Pruning(
        rank=("l1_norm",),
        counts=(3,),
        replace=replace,
        recalibrate=recalibrate,
        save_kept=3,
        save_rank="l1_norm",
    )
    findings = config.analyze((runs["cnn"],), tmp_path)
    (row,) = read(tmp_path / "pruning.csv")
    saved = sysid.load_run(tmp_path / "pruned")
    assert float(row["correlation"]) == pytest.approx(saved.metrics["correlation"]["mean"], abs=1e-4)
    about = saved.information["derived"]
    assert (about["rank"], about["replace"], about["recalibrate"]) == ("l1_norm", replace, recalibrate)
    assert len(about["kept_kernels"]) == 3
    stimulus = np.random.default_rng(0).random((9, 1, 15, 15), dtype=np.float32)
    assert np.isfinite(saved.predict(stimulus)[4:]).all()
    assert findings.statements[-1].startswith("The model with the first 3 kernels by L1 norm is a run of its")


@pytest.mark.parametrize(
    ("variant", "config", "reason"),
    [
        ("ln", {}, "the encoder has no kernels: it does not begin with a convolution over the pixels"),
        ("cnn", {"counts": (2, 9)}, "the model has 8 kernels, and 9 were to be kept"),
        ("cnn", {"save_kept": 10}, "the model has 8 kernels, and 10 were to be kept"),
    ],
)
def test_what_cannot_be_pruned_gives_a_reason(runs, tmp_path, variant, config, reason):
    assert Pruning(**config).analyze((runs[variant],), tmp_path) == sysid.Findings(reason=reason)
    assert not list(tmp_path.iterdir())


def test_without_its_recording_a_run_is_not_pruned_and_without_predictions_never(runs, tmp_path, monkeypatch):
    run = sysid.load_run(runs["cnn"].path)

    def lost(_dataset):
        raise sysid.DataNotFoundError("no such file")

    monkeypatch.setattr(type(run.dataset), "provenance", lost)
    with pytest.raises(sysid.DataNotFoundError, match="its recording is not here: no such file"):
        Pruning().analyze((run.folder,), tmp_path)  # the host keeps what an earlier analysis left
    bare = attrs.evolve(run, folder=sysid.RunFolder(tmp_path))
    monkeypatch.setattr(sysid, "load_run", lambda path: bare)
    assert Pruning().analyze((bare.folder,), tmp_path).reason == "the run was not scored on a test part"


def test_without_a_cell_to_score_there_is_a_reason(runs, tmp_path, monkeypatch):
    silent = runs["cnn"].predictions()
    silent["retina"]["responses"][:] = 0
    monkeypatch.setattr(sysid.RunFolder, "predictions", lambda _self: silent)
    reason = "the test responses of all cells are constant, so nothing can be scored"
    assert Pruning().analyze((runs["cnn"],), tmp_path) == sysid.Findings(reason=reason)


def test_a_mean_that_is_not_defined_gives_a_reason(runs, tmp_path, monkeypatch):
    undefined = Score(math.nan, math.nan, math.nan, math.nan)
    monkeypatch.setattr(kernel_pruning, "score_curves", lambda *_arguments: (undefined, []))
    found = Pruning(draws=1).analyze((runs["cnn"],), tmp_path)
    assert found == sysid.Findings(reason="the whole model's mean CC on the test part is not defined")


def test_a_pruned_run_says_which_kernels_it_lacks(runs, tmp_path):
    Pruning(counts=(3,), draws=1, save_kept=3).analyze((runs["cnn"],), tmp_path)
    pruned = sysid.RunFolder(tmp_path / "pruned")
    said = "This is a pruned run: 5 of its 8 kernels were taken out, count as zeros here and have no indices."
    for analysis in (Kernels(untrained_draws=1), Pruning(counts=(3, 8), draws=1)):
        place = tmp_path / type(analysis).__name__
        place.mkdir()
        assert analysis.analyze((pruned,), place).statements[0] == said
    rows = read(tmp_path / "Kernels" / "kernels.csv")
    assert sum(row["spatial_autocorrelation"] == "" for row in rows) == 5
    assert sum(float(row["l1_norm"]) == 0 for row in rows) == 5


def test_no_ranking_is_a_mistake_in_the_recipe():
    with pytest.raises(ValueError, match=r"expected at least one of autocorrelation, .*, random, got none"):
        Pruning(rank=())
