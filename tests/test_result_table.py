"""What is printed of analyses after a run."""

from sysid.bootstrap import Interval
from sysid.command.result_table import analysis_lines, cells_of, session_lines
from sysid.finding import Findings
from sysid.summary import Row

SAID = Findings(headlines=["the answer"], statements=["more"], numbers={"a": 1.0})


def test_a_headline_is_said_else_statements_else_numbers():
    analyses = {
        "one": SAID,
        "two": Findings(statements=["first", "second"], numbers={"a": 1.0}),
        "three": Findings(numbers={"a": 1.0, "b": float("nan")}),
    }
    assert analysis_lines(analyses) == [
        "one: the answer",
        "two: first",
        "two: second",
        "three: a 1.000, b –",
    ]


def test_of_an_analysis_of_one_run_the_first_sentence_is_said():
    findings = Findings(statements=["first", "second"])
    assert analysis_lines({"two ln/movie/fold0/seed0": findings}) == ["two ln/movie/fold0/seed0: first"]


def test_of_an_analysis_of_one_run_all_headlines_are_said_as_one_for_each_session():
    findings = Findings(headlines=["a: 3 fields", "b: 4 fields"], statements=["a: more", "b: more"])
    run = "sta ln/movie/fold0/seed0"
    assert analysis_lines({run: findings}) == [f"{run}: a: 3 fields", f"{run}: b: 4 fields"]


def test_what_was_not_done_and_warnings_are_always_said():
    analyses = {
        "one ln/movie/fold0/seed0": Findings(reason="nothing there"),
        "broken": Findings(reason="no such file", failed=True),
        "two": Findings(warnings=["careful"], headlines=["yes"]),
    }
    assert analysis_lines(analyses) == [
        "one ln/movie/fold0/seed0: not done: nothing there",
        "broken: failed: no such file",
        "two: careful",
        "two: yes",
    ]


def test_of_many_analyses_those_of_single_runs_are_counted():
    runs = {f"nulls v{number}/movie/fold0/seed0": SAID for number in range(12)}
    warned = {"nulls w/movie/fold0/seed0": Findings(warnings=["careful"], numbers={"a": 1.0})}
    assert analysis_lines({**runs, **warned, "comparison": SAID}) == [
        "warnings of 1 analyses are in red in the report: nulls w/movie/fold0/seed0",
        "comparison: the answer",
        "13 analyses of single runs are in the report",
    ]


def make_row(variant="ln", session="", sessions=()):
    interval = Interval(0.5, 0.01, 0.4, 0.6, 0.95)
    return Row(
        variant, "v1", False, 1, 1, 7, (), interval, (0.5,), (), 0.5, 0.97, 0.4, 0.1, 0.2,
        session=session, sessions=sessions,
    )  # fmt: skip


def test_a_session_is_named_behind_its_dataset():
    assert cells_of(make_row())[:2] == ["ln", "v1"]
    assert cells_of(make_row(session="mouse1"))[:2] == ["ln", "v1/mouse1"]


def test_the_sessions_of_a_dataset_are_told_once():
    sessions = tuple(make_row(session=name) for name in ("mouse1", "mouse2"))
    assert session_lines((make_row(sessions=sessions), make_row("cnn", sessions=sessions))) == [
        "v1: over the 7 neurons of 2 sessions; each session's own scores below it, as v1/mouse1, v1/mouse2"
    ]
    assert session_lines((make_row(),)) == []
