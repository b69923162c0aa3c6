"""Tests of sysid/recipe_dataset.py: folds, draws, stand-ins and controls."""

from pathlib import Path
from typing import Any

import pytest

from sysid.joined_dataset import JoinedDataset
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


def sessions_of(registry: Registry, table: dict[str, Any]) -> list[tuple[str | None, Any]]:
    plans, found = plan_datasets({"a": {"use": "movie"} | table}, registry)
    assert found == []
    assert isinstance(plans["a"].config, JoinedDataset)
    return [(member.name, member.config) for member in plans["a"].config.members]


def test_each_row_of_sessions_is_laid_over_the_table(registry: Registry) -> None:
    movie = registry.find("dataset", "movie").config_class
    rows = [{"path": "one.nwb", "name": "mouse1"}, {"path": "two.nwb", "draw": 7}]
    assert sessions_of(registry, {"folds": 5, "fold": 2, "draw": 1, "sessions": rows}) == [
        ("mouse1", movie(Path("one.nwb"), folds=5, fold=2, draw=1)),
        (None, movie(Path("two.nwb"), folds=5, fold=2, draw=7)),
    ]


def test_a_row_that_is_a_string_is_a_path(registry: Registry) -> None:
    movie = registry.find("dataset", "movie").config_class
    found = sessions_of(registry, {"folds": 5, "sessions": ["one.nwb", {"path": "two.nwb"}]})
    assert found == [(None, movie(Path("one.nwb"), folds=5)), (None, movie(Path("two.nwb"), folds=5))]


def test_folds_and_draws_step_all_sessions_together(registry: Registry) -> None:
    table = {"use": "movie", "folds": 2, "every_fold": True, "draws": 2, "sessions": ["one", "two"]}
    plans, found = plan_datasets({"a": table}, registry)
    assert found == []
    assert [
        (name, *((member.config.draw, member.config.fold) for member in config.members))
        for name, config in plans["a"].expanded
    ] == [
        ("a-01", (1, 0), (1, 0)),
        ("a-01", (1, 1), (1, 1)),
        ("a-02", (2, 0), (2, 0)),
        ("a-02", (2, 1), (2, 1)),
    ]


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ({"sessions": []}, ["sessions: expected at least one table or path in an array, got none"]),
        (
            {"sessions": "one.nwb"},
            ['sessions: expected at least one table or path in an array, got "one.nwb" (str)'],
        ),
        ({"sessions": ["one", 3]}, ["sessions[1]: expected a table or a path, got 3 (int)"]),
        ({"sessions": [""]}, ['sessions[0]: expected a path, got "" (str)']),
        (
            {"use": "noise", "sessions": ["one"]},
            ['sessions[0]: expected a table, as "noise" has no key `path`, got "one"'],
        ),
        (
            {"sessions": [{"pth": "one"}, {"folds": "3"}, {"nmae": "x"}]},
            [
                'sessions[0].pth: unknown key; did you mean "path"?',
                'sessions[1].folds: expected int, got "3" (str)',
                'sessions[2].nmae: unknown key; did you mean "name"?',
            ],
        ),
        (
            {"folds": "3", "stand_inn": "b", "sessions": ["one", "two"]},
            ['folds: expected int, got "3" (str)', 'stand_inn: unknown key; did you mean "stand_in"?'],
        ),
        (
            {"sessions": [{"use": "noise", "draws": 3}]},
            [
                "sessions[0].use: expected the key in the dataset's table, as it holds for all sessions",
                "sessions[0].draws: expected the key in the dataset's table, as it holds for all sessions",
            ],
        ),
        (
            {"sessions": [{"name": "a b"}]},
            ['sessions[0].name: expected a name of letters, digits, "_" and "-", got "a b"'],
        ),
        ({"sessions": [{"name": 1}]}, ["sessions[0].name: expected str, got 1 (int)"]),
        (
            {"sessions": ["one", "two", {"path": "one", "name": "again"}]},
            ["sessions[2]: expected another recording than that of row 0, got the same"],
        ),
        (
            {"sessions": [{"name": "x"}, {"name": "y", "path": "y"}, {"name": "x", "path": "z"}]},
            ['sessions[2].name: "x" is the name of another session already'],
        ),
        (
            {"sessions": [{"fold": 1}, {"fold": 1, "path": "y"}, {"fold": 2}]},
            ["sessions[2].fold: expected 1, as in the first session, got 2"],
        ),
        (
            {"every_fold": True, "sessions": [{}, {"fold": 1}]},
            ["sessions[1].fold: expected 0, as in the first session, got 1"],
        ),
        (
            {"every_fold": True, "sessions": [{"fold": 1}, {"fold": 1, "path": "y"}]},
            [
                "sessions[0].fold: expected no fold beside every_fold, which steps through them",
                "sessions[1].fold: expected no fold beside every_fold, which steps through them",
            ],
        ),
        ({"draws": 20, "sessions": ["one", "two"]}, ["draw: expected at most 19, got 20"]),
    ],
)
def test_a_mistake_in_a_session_names_its_row(
    registry: Registry, table: dict[str, Any], lines: list[str]
) -> None:
    assert mistakes(registry, {"a": {"use": "movie"} | table}) == [f"datasets.a.{line}" for line in lines]
