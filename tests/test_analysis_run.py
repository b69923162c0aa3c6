"""An analysis's folder appears whole or not at all, and one that breaks stops nothing else."""

import attrs
import pytest

from sysid.analysis_run import carry_out, run_analysis, stored_findings
from sysid.component import Component
from sysid.errors import SysidError
from sysid.finding import Findings, Picture, Table
from sysid.interface import Analysis
from sysid.run_folder import RunFolder, open_folder


@attrs.frozen
class Count(Analysis):
    scope = "run"
    factor: int = 2
    breaks: str = ""

    def analyze(self, runs, folder):
        (folder / "table.csv").write_text("half")
        if self.breaks == "mistake":
            raise SysidError("count: expected something else")
        if self.breaks == "bug":
            raise ZeroDivisionError("nothing\nthere")
        earlier = folder.parent.parent / "calls"
        earlier.write_text(earlier.read_text() + "x" if earlier.exists() else "x")
        return Findings(
            numbers={"count": float(self.factor * len(runs)), "none": float("nan")},
            statements=("counted",),
            warnings=("careful",),
            beside_score={"null": 0.5},
            pictures=(Picture("map", "what to see", "Fig. 1"),),
            tables=(Table("table.csv", "a row"),),
        )


def make_component(version="1.0"):
    return Component("analysis", "acme:count", Count, "acme-sysid", version, "acme")


@pytest.fixture
def run(tmp_path):
    folder = RunFolder(tmp_path / "seed0")
    open_folder(folder, {"name": "ln/movie/fold0/seed0", "digest": "abc", "state": "finished"}, "text")
    return folder


def analyze(run, config, version="1.0", **options):
    return run_analysis("count", make_component(version), config, (run,), run.path / "analyses", **options)


def calls(run):
    return (run.path / "calls").read_text()


def test_an_analysis_that_is_there_is_only_read(run):
    first = analyze(run, Count())
    assert first.numbers["count"] == 2.0
    second = analyze(run, Count())
    assert str(second) == str(first)  # NaN is not equal to itself
    assert calls(run) == "x"
    assert sorted(entry.name for entry in (run.path / "analyses").iterdir()) == ["count"]


def test_it_is_carried_out_again_on_request_and_for_another_version(run):
    analyze(run, Count())
    analyze(run, Count(), again=True)
    assert calls(run) == "xx"
    analyze(run, Count(), version="1.1")
    assert calls(run) == "xxx"


def test_another_configuration_replaces_it(run):
    analyze(run, Count())
    assert analyze(run, Count(factor=3)).numbers["count"] == 3.0


def test_an_analysis_that_breaks_off_gives_the_reason_and_is_tried_again(run):
    findings = analyze(run, Count(breaks="mistake"))
    assert findings == Findings(reason="count: expected something else", failed=True)
    folder = run.path / "analyses" / "count"
    assert sorted(entry.name for entry in folder.iterdir()) == ["findings.json"]
    assert stored_findings(folder).findings == findings
    assert analyze(run, Count(breaks="mistake")).reason  # tried again, not read


def test_a_bug_in_an_analysis_keeps_its_traceback_in_the_folder(run):
    findings = analyze(run, Count(breaks="bug"))
    assert findings.reason == "it broke: ZeroDivisionError: nothing there"
    text = (run.path / "analyses" / "count" / "error.txt").read_text()
    assert "Traceback" in text
    assert "ZeroDivisionError" in text


def test_what_an_earlier_one_of_the_same_kind_left_stays_when_it_breaks(run, monkeypatch):
    analyze(run, Count())
    monkeypatch.setattr("sysid.analysis_run.carry_out", lambda *_: Findings(reason="broke", failed=True))
    assert analyze(run, Count(), again=True).reason == "broke"
    assert stored_findings(run.path / "analyses" / "count").findings.numbers["count"] == 2.0


@pytest.mark.parametrize("content", ["", "{}", '{"about": {}, "failed": false, "findings": {"numbers": []}}'])
def test_findings_that_cannot_be_read_are_found_again(run, content):
    analyze(run, Count())
    (run.path / "analyses" / "count" / "findings.json").write_text(content)
    assert analyze(run, Count()).numbers["count"] == 2.0
    assert calls(run) == "xx"


def test_an_interruption_is_not_taken_for_a_failure(run, tmp_path):
    @attrs.frozen
    class Stopped(Analysis):
        scope = "run"

        def analyze(self, runs, folder):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(Stopped(), (run,), tmp_path)
