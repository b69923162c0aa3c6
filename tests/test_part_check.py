"""Tests of sysid/part_check.py and part_origin.py: a run, and what became of the packages of its parts."""

import json
import re
import shutil
from pathlib import Path

import attrs
import numpy as np
import pytest

import sysid
from sysid.part_check import check_parts
from sysid.part_origin import origins_of, stored_origins
from sysid.registry import discover
from tests.command_line import SIMULATED, call, write_recipe
from tests.installed_plugin import LEAKY, on_path

SHIPPED = "neural-sysid"
ANALYSIS = """
    from pathlib import Path
    import attrs, sysid

    @attrs.frozen
    class Count(sysid.Analysis):
        '''Count runs.'''
        scope = "run"

        def analyze(self, runs, folder):
            return sysid.Findings(numbers={"runs": float(len(runs))})

    @sysid.hookimpl
    def sysid_analyses():
        return {"count": Count}
"""
MORE = """
[core]
use = "acme:leaky"
[analyses.count]
use = "lab:count"
"""
RUN = Path("runs/tiny/base/movie-simulated/fold0/seed0")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with the runs of a recipe that used a core of acme-sysid 1.2 and an analysis of lab 3."""
    folder = tmp_path_factory.mktemp("trained")
    with on_path(folder / "site") as place, pytest.MonkeyPatch.context() as patch:
        place.install(LEAKY)
        place.install(ANALYSIS, plugin="lab", package="lab", version="3")
        patch.chdir(folder)
        write_recipe(SIMULATED, MORE)
        done = call("run", "tiny.toml")
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def here(trained, tmp_path, monkeypatch) -> Path:
    """A copy of these runs, as the working directory; the plugins are not installed."""
    shutil.copytree(trained / "runs", tmp_path / "here" / "runs")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def refusal(folder=RUN) -> str:
    with pytest.raises(sysid.SysidError) as error:
        sysid.load_run(folder)
    return str(error.value)


def stored() -> dict:
    return json.loads((RUN / "run.json").read_text(encoding="utf-8"))


def test_a_run_remembers_the_package_and_version_of_every_part(here):
    about = stored()
    version = about["versions"][SHIPPED]
    assert about["parts"] == {
        "dataset": {"kind": "dataset", "use": "simulated_retina", "package": SHIPPED, "version": version},
        "encoder": {"kind": "encoder", "use": "conv2d", "package": SHIPPED, "version": version},
        "core": {"kind": "core", "use": "acme:leaky", "package": "acme-sysid", "version": "1.2"},
        "readout": {"kind": "readout", "use": "dense", "package": SHIPPED, "version": version},
    }
    assert about["analysis_parts"] == {
        "count": {"kind": "analysis", "use": "lab:count", "package": "lab", "version": "3"}
    }


def test_a_part_in_a_key_of_another_is_remembered_by_that_key(site):
    site.install(LEAKY)
    leaky, gru = discover().find("core", "acme:leaky"), discover().find("core", "gru")
    wrapping = attrs.evolve(gru, parts=(("inner", attrs.evolve(leaky, parts=(("below", gru),))),))
    places = {place: entry["package"] for place, entry in origins_of({"core": wrapping}).items()}
    assert places == {"core": SHIPPED, "core.inner": "acme-sysid", "core.inner.below": SHIPPED}


def test_a_missing_plugin_is_one_line_that_says_what_to_install(here):
    assert refusal() == (
        f'{RUN}: core "acme:leaky" came from acme-sysid 1.2, which is not installed: '
        "`pip install acme-sysid==1.2`"
    )


@pytest.mark.parametrize("gone", [False, True])
def test_a_package_that_was_installed_from_a_folder_is_asked_for_from_there(here, site, gone):
    folder = here / "my acme"
    if not gone:
        folder.mkdir()
    content = stored()
    content["parts"]["core"]["source"] = str(folder)
    with pytest.raises(sysid.SysidError) as error:
        check_parts(content, discover(), "here")
    expected = (
        f"acme-sysid 1.2 ({folder}), which is not installed: `pip install acme-sysid==1.2`"
        if gone
        else f"acme-sysid 1.2, which is not installed: `pip install '{folder}'`"
    )
    assert str(error.value) == f'here: core "acme:leaky" came from {expected}'
    site.install(LEAKY, version="1.1")
    with pytest.raises(sysid.SysidError, match=re.escape("acme-sysid>=1.2" if gone else str(folder))):
        check_parts(content, discover(), "here")


def test_a_run_remembers_the_folder_that_a_package_was_installed_from(site):
    site.install(LEAKY)
    (information,) = site.folder.glob("*.dist-info")
    text = json.dumps({"url": "file:///home/me/my%20acme", "dir_info": {"editable": True}})
    (information / "direct_url.json").write_text(text, encoding="utf-8")
    found = origins_of({"core": discover().find("core", "acme:leaky")})
    assert found["core"]["source"] == "/home/me/my acme"
    shipped = origins_of({"core": discover().find("core", "gru")})
    assert "source" not in shipped["core"]


def test_the_same_version_opens_without_a_word(here, site):
    site.install(LEAKY)
    assert sysid.load_run(RUN).notes == ()


def test_an_older_plugin_is_refused_with_the_version_that_is_needed(here, site):
    site.install(LEAKY, version="1.1")
    assert refusal() == (
        f'{RUN}: core "acme:leaky" came from acme-sysid 1.2, but 1.1 is installed, which is older: '
        '`pip install "acme-sysid>=1.2"`'
    )


def test_versions_are_compared_as_versions(here, site):
    site.install(LEAKY, version="1.10")  # as text it would be older than 1.2
    assert sysid.load_run(RUN).notes == (
        f'{RUN}: core "acme:leaky" came from acme-sysid 1.2; 1.10 is installed now, and should it differ: '
        "`pip install acme-sysid==1.2`",
    )


def test_a_newer_plugin_that_does_not_take_the_run_says_which_one_did(here, site):
    site.install(
        LEAKY.replace("share: float", "kept: float").replace("(self.share)", "(self.kept)"), version="2"
    )
    unknown, note = refusal().splitlines()
    assert unknown == f"{RUN}/run.json: core.share: unknown key"
    assert note.endswith("2 is installed now, and should it differ: `pip install acme-sysid==1.2`")


def test_a_broken_plugin_is_told_with_its_reason(here, site):
    site.install("raise RuntimeError('no GPU')", version="1.3")
    assert refusal() == (
        f'{RUN}: core "acme:leaky" came from acme-sysid 1.2; plugin acme of acme-sysid 1.3 is broken: '
        "its import raised RuntimeError: no GPU: `pip install acme-sysid==1.2`"
    )
    site.install("raise RuntimeError('no GPU')")
    assert refusal().endswith(
        "plugin acme of acme-sysid 1.2 is broken: its import raised RuntimeError: no GPU"
    )


def test_a_package_that_lost_the_part_is_told_so(here, site):
    site.install(LEAKY.replace('"leaky"', '"other"'), version="2.0")
    assert refusal() == (
        f'{RUN}: core "acme:leaky" came from acme-sysid 1.2, and the 2.0 that is installed has no such core: '
        "`pip install acme-sysid==1.2`"
    )


def test_another_package_under_the_same_name_is_not_taken_for_it(here, site):
    site.install(LEAKY, package="stranger", version="7")
    assert refusal() == (
        f'{RUN}: core "acme:leaky" came from acme-sysid 1.2, but stranger 7 has its name now: '
        "`pip uninstall stranger; pip install acme-sysid==1.2`"
    )


def test_a_run_from_before_parts_were_kept_knows_its_only_other_package(here):
    content = stored()
    del content["parts"]
    found = stored_origins(content)
    assert {kind: origin.package for kind, origin in found.items()} == {
        "dataset": SHIPPED, "encoder": SHIPPED, "core": "acme-sysid", "readout": SHIPPED,
    }  # fmt: skip
    content["identity"]["versions"]["other"] = "1"
    assert "core" not in stored_origins(content)


def test_parts_of_one_package_share_a_line(here):
    content = stored()
    content["parts"]["readout.base"] = content["parts"]["core"]
    with pytest.raises(sysid.SysidError) as error:
        check_parts(content, discover(), "here")
    assert str(error.value).startswith('here: core "acme:leaky" and readout.base "acme:leaky" came from ')


def test_a_version_that_is_none_is_neither_older_nor_refused(here, site):
    content = stored()
    content["parts"]["core"]["version"] = "unknown"
    site.install(LEAKY)
    (line,) = check_parts(content, discover(), "here")
    assert "acme-sysid unknown; 1.2 is installed now" in line


def test_predict_says_what_to_install_and_tells_of_a_newer_version(here, site, tmp_path):
    np.save(tmp_path / "movie.npy", np.zeros((6, 8, 8), dtype=np.uint8))
    asked = ("predict", RUN, "--stimulus", tmp_path / "movie.npy", "--out", tmp_path / "rates.npy")
    done = call(*asked)
    assert (done.code, done.complaints) == (2, [refusal()])
    site.install(LEAKY, version="1.3")
    done = call(*asked)
    assert done.code == 0, done.err
    assert [line[:40] for line in done.complaints] == [f"note: {RUN}"[:40]]


def test_analyze_says_what_became_of_the_parts_of_the_runs(here, site):
    done = call("analyze", RUN)
    assert (done.code, done.complaints) == (
        2,
        ['count: analysis "lab:count" came from lab 3, which is not installed: `pip install lab==3`'],
    )
    site.install(ANALYSIS, plugin="lab", package="lab", version="3")
    done = call("analyze", RUN, "count", "--again")
    assert done.code == 0
    assert done.complaints[0] == (
        'core "acme:leaky" came from acme-sysid 1.2, which is not installed: `pip install acme-sysid==1.2`'
    )


def test_a_report_is_made_without_the_plugin_and_says_where_parts_came_from(here):
    done = call("report", "runs/tiny")
    assert (done.code, done.out) == (0, "runs/tiny/summary/report.html\n")
    assert done.complaints == [
        'note: core "acme:leaky" came from acme-sysid 1.2, which is not installed: '
        "`pip install acme-sysid==1.2`; the report is made from the run folders alone"
    ]
    page = Path("runs/tiny/summary/report.html").read_text(encoding="utf-8")
    for part, package in (("core acme:leaky", "acme-sysid 1.2"), ("analysis lab:count", "lab 3")):
        assert f'<code>{part}</code></td><td class="wrap">{package}</td>' in page


def test_a_report_says_nothing_of_what_is_installed(here, site):
    site.install(LEAKY, version="1.3")
    assert call("report", "runs/tiny").err == ""
