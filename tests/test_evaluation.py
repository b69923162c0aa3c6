"""What a scored run says of itself and of the neurons that it could not score."""

import csv
import json

import attrs
import numpy as np
import pytest
import torch

from sysid.command.result_table import cells_of, excluded_lines
from sysid.configuration import Training
from sysid.evaluation import evaluate
from sysid.finished_run import read_finished
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.report.method import list_left_out
from sysid.run_folder import RunFolder
from sysid.sample import SessionSamples
from sysid.score_table import score_table
from sysid.split import Window
from sysid.summary import score_rows
from sysid.uncounted import uncounted_lines
from tests.conftest import make_presentation, make_recording
from tests.report_run import make_run
from tests.toy import ToyCore, ToyEncoder, ToyReadout

TEST = slice(30, 40)


def write_scores(folder, *, simulated=True):
    """Score a network on four cells: one is silent in the test part, one was not recorded in it."""
    presentation = make_presentation(
        neurons=4, train=((0, 22),), validation=((22, 30),), test=((TEST.start, TEST.stop),)
    )
    presentation.responses[:, TEST, 1] = 0
    presentation.responses[:, TEST, 3] = np.nan
    recording = make_recording(presentation)
    recording = attrs.evolve(recording, provenance=attrs.evolve(recording.provenance, simulated=simulated))
    return score_recordings(folder, {"one": recording})


def score_recordings(folder, recordings):
    """Score an untrained network, and return `metrics.json` and the rows of `neurons.csv`."""
    window, device = Window(3, include_current=True), torch.device("cpu")
    sessions = {name: SessionSamples(each, window, device) for name, each in recordings.items()}
    populations = {name: known_population(samples) for name, samples in sessions.items()}
    architecture = Architecture(ToyEncoder(), ToyCore(), ToyReadout(), (3, 1, 5, 4))
    model = assemble(architecture, outline(architecture, populations).shapes, populations, 0)
    place = RunFolder(folder)
    evaluate(model, sessions, Training(), place)
    with open(place.neurons_file, newline="", encoding="utf-8") as file:
        return json.loads(place.scores_file.read_text()), list(csv.DictReader(file))


@pytest.mark.parametrize("simulated", [True, False])
def test_scores_and_every_neuron_say_whether_responses_were_computed(tmp_path, simulated):
    scores, neurons = write_scores(tmp_path, simulated=simulated)
    assert scores["simulated"] is simulated
    assert [row["simulated"] for row in neurons] == [str(simulated)] * 4  # as in scores.csv


def test_a_neuron_without_a_score_has_the_true_reason(tmp_path):
    scores, neurons = write_scores(tmp_path)
    assert [row["excluded"] for row in neurons] == [
        "",
        "constant response",
        "",
        "not recorded in the test part",
    ]
    assert [bool(row["correlation"]) for row in neurons] == [True, False, True, False]
    assert scores["excluded"] == ["cell1", "cell3"]
    assert scores["not_recorded"] == ["cell3"]
    assert (scores["cells"], scores["correlation"]["cells"]) == (4, 2)


def make_runs(top):
    """Write two folds: a is constant in both, b not recorded in both, c one thing in each."""
    folders = [make_run(top / name, "ln") for name in ("one", "two")]
    for fold, (folder, unrecorded) in enumerate(zip(folders, (["b"], ["b", "c"]), strict=True)):
        scores = folder.scores() | {"excluded": ["a", "b", "c"], "not_recorded": unrecorded}
        folder.scores_file.write_text(json.dumps(scores), encoding="utf-8")
        information = folder.information()
        information["identity"]["configuration"]["fold"] = fold
        folder.update(**information)
    return [read_finished(folder) for folder in folders]


def test_the_console_names_neurons_without_a_score_by_reason(tmp_path):
    assert excluded_lines(score_rows(make_runs(tmp_path))) == [
        "movie: 2 of 3 neurons have a constant response and no score: a, c",
        "movie: 1 of 3 neurons were not recorded in the test part and have no score: b",
    ]


def test_the_report_names_neurons_without_a_score_by_reason(tmp_path):
    assert list_left_out(make_runs(tmp_path)) == (
        "movie: 2 neurons have a constant response in some test part and have no score there: a, c",
        "movie: 2 neurons were not recorded in some test part and have no score there: b, c",
    )


def test_runs_scored_before_the_reason_was_kept_are_still_read(tmp_path):
    folder = make_run(tmp_path, "ln")
    scores = {name: value for name, value in folder.scores().items() if name != "not_recorded"}
    folder.scores_file.write_text(json.dumps(scores | {"excluded": ["a"]}), encoding="utf-8")
    runs = [read_finished(folder)]
    assert excluded_lines(score_rows(runs)) == [
        "movie: 1 of 3 neurons have a constant response and no score: a"
    ]
    assert list_left_out(runs) == (
        "movie: 1 neurons have a constant response in some test part and have no score there: a",
    )


def record(neurons, frames, seed):
    return make_recording(
        make_presentation(
            frames=frames, neurons=neurons, seed=seed, train=((0, 22),), test=((30, frames),), repeats=3
        )
    )


def test_several_sessions_are_scored_together_and_each_alone(tmp_path):
    recordings = {"a": record(3, 60, 0), "b": record(5, 70, 1)}
    recordings["b"].presentations[0].responses[:, 30:, 2] = 0
    scores, neurons = score_recordings(tmp_path, recordings)
    cells = {
        name: [float(row["correlation"]) for row in neurons if row["session"] == name and not row["excluded"]]
        for name in recordings
    }
    assert [len(of_session) for of_session in cells.values()] == [3, 4]
    assert scores["correlation"]["mean"] == pytest.approx(np.mean(cells["a"] + cells["b"]), abs=1e-5)
    assert scores["correlation"]["low"] < scores["correlation"]["mean"] < scores["correlation"]["high"]
    assert (scores["cells"], scores["bins"]) == (8, 70)
    assert (scores["excluded"], "population_correlation" in scores) == (["b/cell2"], False)
    for name, of_session in cells.items():
        alone = scores["sessions"][name]
        assert alone["correlation"]["mean"] == pytest.approx(np.mean(of_session), abs=1e-5)
        assert alone["correlation"]["low"] < alone["correlation"]["mean"] < alone["correlation"]["high"]
        assert np.isfinite(alone["population_correlation"])
    assert scores["sessions"]["b"]["excluded"] == ["cell2"]
    assert [scores["sessions"][name]["bins"] for name in "ab"] == [30, 40]


def test_the_scores_of_one_session_are_not_told_twice(tmp_path):
    assert "sessions" not in score_recordings(tmp_path, {"a": record(3, 60, 0)})[0]


def measure(recording, kind="dF/F"):
    """Say that a recording's responses, none of them below zero, are of another kind than counts."""
    return attrs.evolve(
        recording,
        presentations=tuple(attrs.evolve(each, response_kind=kind) for each in recording.presentations),
    )


def bits(scores):
    return scores["bits_per_spike"]


def test_responses_that_are_not_counts_have_no_bits_per_spike(tmp_path):
    counted, _ = score_recordings(tmp_path, {"a": record(3, 60, 0)})
    measured, neurons = score_recordings(tmp_path, {"a": measure(record(3, 60, 0))})
    assert np.isfinite(bits(counted)["median"])
    assert (counted["response_kind"], measured["response_kind"]) == ("spikes", "dF/F")
    assert bits(measured) == {"mean": None, "median": None, "cells": 0}
    assert {row["bits_per_spike"] for row in neurons} == {""}
    assert measured["correlation"] == counted["correlation"]


def test_the_sessions_with_counts_keep_their_bits_per_spike(tmp_path):
    recordings = {"a": record(3, 60, 0), "b": measure(record(5, 70, 1))}
    scores, _ = score_recordings(tmp_path, recordings)
    alone = scores["sessions"]["a"]["bits_per_spike"]
    assert alone["cells"] == 3
    assert bits(scores) == alone
    assert bits(scores["sessions"]["b"])["median"] is None
    assert scores["response_kind"] == "spikes, dF/F"


def test_predictions_averaged_over_seeds_have_no_bits_per_spike_either(tmp_path):
    runs = []
    for seed in (0, 1):
        folder = make_run(tmp_path / f"{seed}", "ln")
        score_recordings(folder.path, {"a": measure(record(3, 60, 0))})
        information = folder.information()
        information["identity"]["configuration"]["seed"] = seed
        folder.update(**information)
        runs.append(read_finished(folder))
    rows = score_rows(runs)
    assert np.isnan(rows[0].bits_per_spike)
    assert cells_of(rows[0])[-2] == "–"
    assert score_table(rows).splitlines()[1].endswith(",")
    assert uncounted_lines(rows) == (
        "movie: no bits/spike, which are of spike counts: its responses are dF/F",
    )


def test_a_line_says_which_responses_have_no_bits_per_spike(tmp_path):
    (row,) = score_rows([read_finished(make_run(tmp_path, "ln"))])
    assert uncounted_lines([row]) == ()
    sessions = (row, attrs.evolve(row, response_kind="dF/F"))
    assert uncounted_lines([attrs.evolve(row, response_kind="spikes, dF/F", sessions=sessions)]) == (
        "movie: bits/spike are of the sessions with spike counts alone: its responses are spikes, dF/F",
    )
