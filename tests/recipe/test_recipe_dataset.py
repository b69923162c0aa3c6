"""Tests of sysid/recipe_dataset.py: folds, draws, stand-ins and controls."""

from typing import Any

import pytest

from sysid.recipe_dataset import plan_datasets, runnable
from sysid.registry import Registry
from sysid.schema_error import write_path


def mistakes(registry: Registry, tables: dict[str, Any]) -> list[str]:
    return [f"{write_path(found.path)}: {found.message}" for found in plan_datasets(tables, registry)[1]]


def test_every_fold_makes_one_run_each(registry: Registry) -> None:
    plans, found = plan_datasets({"a": {"use": "movie", "folds": 4, "every_fold": True}}, registry)
    assert found == []
    assert [(name, config.fold) for name, config in plans["a"].expanded] == [("a", fold) for fold in range(4)]


def test_draws_make_numbered_datasets(registry: Registry) -> None:
    plans, found = plan_datasets(
        {"a": {"use": "movie", "draws": 2, "control_of": "b"}, "b": {"use": "noise"}}, registry
    )
    assert found == []
    assert [(name, config.draw) for name, config in plans["a"].expanded] == [("a-01", 1), ("a-02", 2)]
    assert plans["b"].expanded == (("b", plans["b"].config),)


def test_draws_and_folds_multiply(registry: Registry) -> None:
    plans, _ = plan_datasets({"a": {"use": "movie", "draws": 2, "every_fold": True, "folds": 2}}, registry)
    assert [(name, config.draw, config.fold) for name, config in plans["a"].expanded] == [
        ("a-01", 1, 0),
        ("a-01", 1, 1),
        ("a-02", 2, 0),
        ("a-02", 2, 1),
    ]


def test_a_stand_in_is_not_run_by_itself(registry: Registry) -> None:
    plans, found = plan_datasets(
        {"a": {"use": "movie", "stand_in": "b"}, "b": {"use": "noise"}, "c": {"use": "noise"}}, registry
    )
    assert found == []
    assert runnable(plans) == ("a", "c")


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"use": "noise", "every_fold": True},
            'every_fold: expected a dataset with the key folds and fold, got "noise" without',
        ),
        ({"use": "noise", "draws": 2}, 'draws: expected a dataset with the key draw, got "noise" without'),
        (
            {"use": "movie", "every_fold": True, "fold": 1},
            "fold: expected no fold beside every_fold, which steps through them",
        ),
        (
            {"use": "movie", "draws": 2, "draw": 1},
            "draw: expected no draw beside draws, which steps through them",
        ),
        ({"use": "movie", "every_fold": True, "folds": 1}, "every_fold: expected folds of at least 2, got 1"),
        ({"use": "movie", "draws": 0}, "draws: expected at least 1, got 0"),
        ({"use": "movie", "draws": 20}, "draw: expected at most 19, got 20"),
        ({"use": "movie", "every_fold": 1}, "every_fold: expected bool, got 1 (int)"),
        ({"use": "movie", "stand_in": "movy"}, 'stand_in: unknown dataset "movy"'),
        ({"use": "movie", "stand_in": "noisy"}, 'stand_in: unknown dataset "noisy"; did you mean "noise"?'),
        ({"use": "movie", "stand_in": "a"}, "stand_in: expected another dataset, got this one itself"),
        ({"use": "movie", "control_of": "a"}, "control_of: expected another dataset, got this one itself"),
        ({"use": "movie", "control_of": "b"}, 'control_of: unknown dataset "b"'),
        ({"use": "movie", "stand_inn": "b"}, 'stand_inn: unknown key; did you mean "stand_in"?'),
        ({"use": "moovie"}, 'use: unknown dataset "moovie"; did you mean "movie"?'),
        ({"folds": 3}, "use: expected one of the datasets by name, got nothing; the key is required"),
        ({"use": 3}, "use: expected one of the datasets by name, got 3 (int)"),
    ],
)
def test_a_mistake_names_table_and_key(registry: Registry, table: dict[str, Any], line: str) -> None:
    assert mistakes(registry, {"a": table, "noise": {"use": "noise"}}) == [f"datasets.a.{line}"]


def test_mistakes_of_the_host_and_of_the_dataset_are_told_together(registry: Registry) -> None:
    found = mistakes(registry, {"a": {"use": "movie", "draws": "2", "folds": "3", "stand_in": "b"}})
    assert found == [
        'datasets.a.draws: expected int, got "2" (str)',
        'datasets.a.folds: expected int, got "3" (str)',
    ]


def test_stand_ins_in_a_circle_are_refused(registry: Registry) -> None:
    tables = {name: {"use": "noise", "stand_in": other} for name, other in ("ab", "bc", "cb")}
    assert mistakes(registry, tables) == [
        "datasets.b.stand_in: expected stand-ins that end somewhere, got b → c → b",
        "datasets.c.stand_in: expected stand-ins that end somewhere, got c → b → c",
    ]


def test_a_draw_does_not_take_the_name_of_another_table(registry: Registry) -> None:
    tables = {"a": {"use": "movie", "draws": 2}, "a-02": {"use": "noise"}}
    assert mistakes(registry, tables) == ['datasets.a.draws: makes "a-02", which is a table of its own']
