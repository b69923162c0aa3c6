import attrs
import pytest

from sysid.analysis_run import run_analysis
from sysid.errors import SysidError
from sysid.interface import Analysis
from sysid.run_folder import RunFolder, open_folder


@attrs.frozen
class Count(Analysis):
    scope = "run"
    factor: int = 2
    breaks: bool = False

    def analyze(self, runs, folder):
        (folder / "table.csv").write_text("half")
        if self.breaks:
            raise SysidError("count: expected something else")
        earlier = folder.parent.parent / "calls"
        earlier.write_text(earlier.read_text() + "x" if earlier.exists() else "x")
        return {"count": float(self.factor * len(runs))}


@pytest.fixture
def run(tmp_path):
    folder = RunFolder(tmp_path / "seed0")
    open_folder(folder, {"name": "ln/movie/fold0/seed0", "digest": "abc", "state": "finished"}, "text")
    return folder


def test_an_analysis_that_is_there_is_only_read(run, tmp_path):
    top = run.path / "analyses"
    assert run_analysis("count", "acme:count", Count(), (run,), top) == {"count": 2.0}
    assert run_analysis("count", "acme:count", Count(), (run,), top) == {"count": 2.0}
    assert (run.path / "calls").read_text() == "x"
    assert sorted(entry.name for entry in top.iterdir()) == ["count"]


def test_another_configuration_replaces_it(run):
    top = run.path / "analyses"
    run_analysis("count", "acme:count", Count(), (run,), top)
    assert run_analysis("count", "acme:count", Count(factor=3), (run,), top) == {"count": 3.0}


def test_an_analysis_that_fails_leaves_nothing_and_what_was_there(run):
    top = run.path / "analyses"
    with pytest.raises(SysidError, match="expected something else"):
        run_analysis("count", "acme:count", Count(breaks=True), (run,), top)
    assert list(top.iterdir()) == []
    run_analysis("count", "acme:count", Count(), (run,), top)
    with pytest.raises(SysidError, match="expected something else"):
        run_analysis("count", "acme:count", Count(breaks=True), (run,), top)
    assert run_analysis("count", "acme:count", Count(), (run,), top) == {"count": 2.0}
    assert (run.path / "calls").read_text() == "x"
