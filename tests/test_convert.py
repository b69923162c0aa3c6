"""`sysid convert`: a dataset's recording as an NWB file."""

from pathlib import Path

import attrs
import pynwb
import pytest

import sysid
from sysid.component import Component
from sysid.conversion import convert, find_convertible, make_dataset
from sysid.plugin import Plugin
from sysid.registry import Registry
from tests.command_line import call, files_below


@attrs.frozen
class Plain(sysid.Dataset):
    """A dataset that cannot be written as NWB."""

    def describe(self):
        return {}

    def provenance(self):
        return sysid.Provenance("nothing", "0", simulated=True)

    def load(self):
        return {}


@attrs.frozen
class Writable(sysid.ConvertibleDataset):
    """A dataset whose file is one line."""

    line: str = sysid.key("what is written", default="content")
    times: int = sysid.key("how often", default=1, at_least=1)
    breaks: bool = sysid.key("break off after the line", default=False)

    def describe(self):
        return {}

    def provenance(self):
        return sysid.Provenance("a line", "0", simulated=True)

    def load(self):
        return {}

    def write_nwb(self, path: Path) -> tuple[str, ...]:
        path.write_text(self.line * self.times, encoding="utf-8")
        if self.breaks:
            raise sysid.SysidError("a line: expected more of it, got the end")
        return ("what a reader must know",)


def make_registry(**classes: type) -> Registry:
    components = tuple(
        Component("dataset", name, config_class, "acme", "1", "acme")
        for name, config_class in classes.items()
    )
    return Registry((Plugin("acme", "acme", "1", components),))


BOTH = make_registry(plain=Plain, writable=Writable)


def test_the_dataset_writes_and_its_notes_come_back(tmp_path):
    notes = convert("writable", ["line=ab", "times=2"], tmp_path / "x.nwb", BOTH)
    assert notes == ("what a reader must know",)
    assert (tmp_path / "x.nwb").read_text(encoding="utf-8") == "abab"
    assert files_below(tmp_path) == ["x.nwb"]


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(sysid.SysidError, match=r"^a line: expected more of it, got the end$"):
        convert("writable", ["breaks=true"], tmp_path / "x.nwb", BOTH)
    assert files_below(tmp_path) == []


def test_a_file_that_is_there_stays_unless_told(tmp_path):
    (tmp_path / "x.nwb").write_text("mine", encoding="utf-8")
    with pytest.raises(sysid.SysidError, match=r"x\.nwb: exists; --overwrite replaces it$"):
        convert("writable", [], tmp_path / "x.nwb", BOTH)
    assert (tmp_path / "x.nwb").read_text(encoding="utf-8") == "mine"
    convert("writable", [], tmp_path / "x.nwb", BOTH, overwrite=True)
    assert (tmp_path / "x.nwb").read_text(encoding="utf-8") == "content"


def test_a_dataset_that_cannot_be_written_is_told_with_those_that_can():
    line = r'sysid convert: expected a dataset that can be written as NWB \(writable\), got "plain"'
    with pytest.raises(sysid.SysidError, match=f"^{line}$"):
        find_convertible("plain", BOTH)
    with pytest.raises(sysid.SysidError, match=r"written as NWB \(none\), got"):
        find_convertible("plain", make_registry(plain=Plain))


def test_every_mistake_in_the_keys_is_a_line_as_of_a_recipe():
    with pytest.raises(sysid.SysidError) as raised:
        make_dataset(find_convertible("writable", BOTH), ["times=0", "lime=3", 'breaks="no"'])
    assert sorted(raised.value.lines) == [
        'writable: breaks: expected bool, got "no" (str)',
        'writable: lime: unknown key; did you mean "line"?',
        "writable: times: expected at least 1, got 0",
    ]


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


SMALL = ("--set", "neurons=3", "--set", "size_px=6", "--set", "frames=60", "--set", "train_repeats=2")


def test_the_command_writes_a_valid_file_and_says_what_is_simulated(here):
    done = call("convert", "simulated_retina", *SMALL, "--out", "retina.nwb")
    assert (done.code, done.err) == (0, "")
    first, *notes = done.out.splitlines()
    assert first == "retina.nwb: simulated_retina as NWB"
    assert "  responses were computed from known subunits; nothing was recorded" in notes
    assert pynwb.validate(path="retina.nwb") == []
    with pynwb.NWBHDF5IO("retina.nwb", "r") as file:
        assert file.read().session_description.startswith("SIMULATED: ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("zheng2021_mat", "--out", "x.nwb"),
            "sysid convert: expected a dataset that can be written as NWB (dryad_mea, simulated_retina), "
            'got "zheng2021_mat"',
        ),
        (("dryad_mae", "--out", "x.nwb"), 'unknown dataset "dryad_mae"; did you mean "dryad_mea"?'),
        (("dryad_mea", "--out", "x.h5"), "--out: expected a file name in .nwb, got x.h5"),
        (("dryad_mea", "--set", "recording", "--out", "x.nwb"), "--set recording: expected path=value"),
        (
            ("dryad_mea", "--set", "recording=3", "--out", "x.nwb"),
            'dryad_mea: recording: expected one of "1", "2", "both", got 3 (int)',
        ),
        (
            ("simulated_retina", "--set", "response=rate", "--out", "x.nwb"),
            'simulated_retina: response: expected "spikes" to write NWB, got "rate"',
        ),
    ],
)
def test_a_mistake_is_one_line(here, arguments, line):
    done = call("convert", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"{line}\n")
    assert files_below(".") == []


def test_a_recording_that_is_not_here_says_how_to_get_it(here):
    done = call("convert", "dryad_mea", "--out", "x.nwb")
    assert done.code == 2
    assert len(done.complaints) == 1
    assert "get it with `sysid fetch dryad_4ch10`" in done.err
    assert files_below(".") == []
