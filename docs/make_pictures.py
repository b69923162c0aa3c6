"""Draw the picture of README from a run on simulated cells.

    sysid run zheng2021_crnn --profile quick \
        --only 'ln/movie1/*' --only 'cnn/movie1/*' --only 'crnn_lstm/movie1/*' \
        --set datasets.retina1.frames=5400 --set readout.activity_reduction=batch_mean
    python docs/make_pictures.py runs/zheng2021_crnn-quick docs/images

on a machine without the recording, so that the simulated retina stands in for it. `frames` is 3 minutes
instead of 36 s. The activity penalty is averaged over a batch; summed, as in the paper's code, it silenced
the CRNN at the learning rate of the quick profile.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import sysid

MODELS = {"ln": ("LN", "tab:blue"), "cnn": ("CNN", "tab:orange"), "crnn_lstm": ("CRNN", "tab:red")}
BINS = 300  # 10 s at 30 Hz
CELLS = 4


def draw_responses(top: Path, target: Path) -> None:
    """Draw measured and predicted responses of four cells, evenly spread over the ranking by CRNN's CC."""
    runs = {name: sysid.load_run(find_run(top / name)) for name in MODELS}
    tests = {name: next(iter(run.folder.predictions().values())) for name, run in runs.items()}
    responses = tests["ln"]["responses"]  # repeat bin neuron
    scores = {name: sysid.metrics.correlation(responses, test["prediction"]) for name, test in tests.items()}
    ranked = np.argsort(scores["crnn_lstm"])[::-1]
    chosen = ranked[np.linspace(0, len(ranked) - 1, CELLS).round().astype(int)]
    run = runs["ln"]
    rate_hz = run.recording.frame_rate_hz
    time_s = np.arange(BINS) / rate_hz
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    figure.get_layout_engine().set(hspace=0.06)
    for axes, cell in zip(figure.subplots(CELLS, sharex=True), chosen, strict=True):
        measured = responses[:, :BINS, cell].mean(axis=0) * rate_hz
        axes.fill_between(time_s, measured, color="0.85", linewidth=0, label="measured")
        for name, (label, colour) in MODELS.items():
            predicted = tests[name]["prediction"][:BINS, cell] * rate_hz
            axes.plot(time_s, predicted, color=colour, linewidth=1, label=label)
        told = ", ".join(f"{label} {scores[name][cell]:.2f}" for name, (label, _) in MODELS.items())
        axes.set_title(f"cell {run.recording.neurons[cell].id}: CC {told}", fontsize=9, loc="left")
        axes.set_ylabel("spikes/s", fontsize=9)
        axes.set_xlim(0, time_s[-1])
        axes.set_ylim(0)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("time in the test part (s)", fontsize=9)
    figure.get_axes()[0].legend(
        fontsize=8, frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1, 0.98)
    )
    kind = "SIMULATED responses" if run.information["simulated"] else "recorded responses"
    figure.suptitle(
        f"{kind}: the best, the worst and two cells between, of {len(ranked)}, by the CRNN's CC", fontsize=10
    )
    figure.savefig(target, dpi=110)


def find_run(folder: Path) -> Path:
    """Return the one run below a variant's folder."""
    (found,) = sorted(path.parent for path in folder.rglob("run.json"))
    return found


if __name__ == "__main__":
    draw_responses(Path(sys.argv[1]), Path(sys.argv[2]) / "responses.png")
