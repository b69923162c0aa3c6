"""Tests of sysid/configuration.py."""

from typing import Any

import attrs
import pytest

from sysid import SysidError
from sysid.configuration import DatasetKeys, Published, Samples, SessionKeys, Training
from sysid.schema import document, structure


def test_samples_and_training_need_no_key() -> None:
    assert structure(Samples, {}, "samples") == Samples(20, True, "mean", 1.0, True)
    assert structure(Training, {}, "training").seeds == (0,)


@pytest.mark.parametrize(
    ("cls", "table", "line"),
    [
        (Training, {"seeds": []}, "seeds: expected at least one seed, got none"),
        (Training, {"seeds": [0, 1, 0]}, "seeds: expected different seeds, got [0, 1, 0]"),
        (Training, {"seeds": [-1]}, "seeds: expected at least 0, got -1"),
        (Training, {"epochs": 0}, "epochs: expected at least 1, got 0"),
        (Training, {"learning_rate": 0}, "learning_rate: expected above 0, got 0.0"),
        (Training, {"learning_rate": 1e38}, "learning_rate: expected at most 1, got 1e+38"),
        (Training, {"batch_size": 10**20}, f"batch_size: expected at most 1e+09, got {10**20}"),
        (
            Training,
            {"evaluation_batch_size": 10**20},
            f"evaluation_batch_size: expected at most 1e+09, got {10**20}",
        ),
        (Training, {"threads": 1025}, "threads: expected at most 1024, got 1025"),
        (Training, {"seeds": [0, 2**63]}, f"seeds: expected at most 9.22337e+18, got {2**63}"),
        (Samples, {"history": 10**20}, f"history: expected at most 1e+06, got {10**20}"),
        (DatasetKeys, {"draws": 10**9}, f"draws: expected at most 10000, got {10**9}"),
        (Samples, {"fraction": 0}, "fraction: expected above 0, got 0.0"),
        (Samples, {"fraction": 1.5}, "fraction: expected at most 1, got 1.5"),
        (Samples, {"history": 0}, "history: expected at least 1, got 0"),
    ],
)
def test_a_value_out_of_range_is_a_line(cls: type, table: dict[str, Any], line: str) -> None:
    with pytest.raises(SysidError) as error:
        structure(cls, table, "x")
    assert str(error.value) == f"x.{line}"


@pytest.mark.parametrize("cls", [Samples, Training, DatasetKeys, SessionKeys, Published])
def test_every_key_is_documented(cls: type) -> None:
    top = [field for field in document(cls) if "." not in field.name]
    assert len(top) == len(attrs.fields(cls))
    assert all(field.doc for field in document(cls))
