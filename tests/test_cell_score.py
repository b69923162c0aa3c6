"""Scores of single neurons are those that the averages of a summary are made of."""

import numpy as np
import pytest

from sysid.cell_score import cell_scores
from sysid.finished_run import read_finished
from sysid.summary import score_rows
from tests.report_run import make_run


def change(folder, **arrays):
    with np.load(folder.predictions_file) as file:
        stored = dict(file)
    np.savez(
        folder.predictions_file, **stored | {f"retina/{name}": values for name, values in arrays.items()}
    )
    return folder


def test_their_mean_is_the_mean_of_the_summary(tmp_path):
    run = read_finished(make_run(tmp_path, "ln"))
    scores = cell_scores([run])
    (row,) = score_rows([run])
    assert list(scores["correlation"]) == [("retina", "a"), ("retina", "b"), ("retina", "c")]
    mean = np.mean(list(scores["correlation"].values()))
    assert mean == pytest.approx(row.correlation.estimate)


def test_each_is_the_correlation_with_the_mean_over_repeats(tmp_path):
    folder = make_run(tmp_path, "ln")
    part = folder.predictions()["retina"]
    expected = [
        np.corrcoef(part["prediction"][:, cell], part["responses"][:, :, cell].mean(axis=0))[0, 1]
        for cell in range(3)
    ]
    scores = cell_scores([read_finished(folder)])["correlation"]
    np.testing.assert_allclose(list(scores.values()), expected, rtol=1e-5)


def test_a_constant_prediction_counts_as_0_and_a_constant_response_not_at_all(tmp_path):
    folder = make_run(tmp_path, "ln")
    part = folder.predictions()["retina"]
    part["prediction"][:, 0] = 2.0
    part["responses"][:, :, 1] = 0.0
    change(folder, prediction=part["prediction"], responses=part["responses"])
    scores = cell_scores([read_finished(folder)])
    assert scores["correlation"]["retina", "a"] == 0
    assert np.isnan(scores["correlation"]["retina", "b"])
    assert np.isfinite(scores["correlation"]["retina", "c"])
