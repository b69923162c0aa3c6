"""Several recordings read by one dataset component are sessions of one dataset."""

from pathlib import Path

import attrs
import numpy as np
import pytest

from sysid import DataNotFoundError, Dataset, Description, SysidError
from sysid.data_path import forget_paths, lay_paths, paths_of
from sysid.joined_dataset import JoinedDataset, Member, first_of
from sysid.recording import Neuron, Recording
from tests.conftest import SIMULATED, make_presentation


@attrs.frozen
class Shelf(Dataset):
    """A dataset of a recording, or two, that it makes up."""

    path: Path | None = None
    called: tuple[str, ...] = ("retina",)
    size_px: int | None = 5
    channels: int = 1
    frame_rate_hz: float = 30.0
    neurons: int = 3
    simulated: bool = True
    checksum: str = "a"
    missing: bool = False
    broken: bool = False

    def describe(self):
        size = self.size_px
        description = Description(self.channels, size, size, self.neurons, None, self.frame_rate_hz)
        return dict.fromkeys(self.called, description)

    def provenance(self):
        if self.missing:
            raise DataNotFoundError(f"{self.path}: no such file")
        if self.broken:
            raise SysidError(f"{self.path}: cut short")
        return attrs.evolve(
            SIMULATED,
            source=f"shelf {self.checksum}",
            simulated=self.simulated,
            checksum=self.checksum,
            doi="10.1/x",
            licence=f"licence {self.checksum}",
            files=(("file.nwb", self.checksum),),
            notes=(f"note {self.checksum}",),
        )

    def load(self):
        provenance = self.provenance()
        shown = make_presentation(
            neurons=self.neurons, height=self.size_px or 7, width=self.size_px or 7, train=((0, 20),)
        )
        neurons = tuple(Neuron(str(number)) for number in range(self.neurons))
        return {name: Recording((shown,), neurons, self.frame_rate_hz, provenance) for name in self.called}


def join(*configs, names=()):
    names = (*names, *[None] * (len(configs) - len(names)))
    return JoinedDataset(tuple(map(Member, names, configs)))


def refusal(call):
    with pytest.raises(SysidError) as error:
        call()
    return str(error.value)


def test_every_recording_is_a_session_under_the_name_of_the_recipe():
    joined = join(Shelf(neurons=3), Shelf(neurons=2), names=("a", "b"))
    assert {name: len(each.neurons) for name, each in joined.load().items()} == {"a": 3, "b": 2}
    assert {name: each.neurons for name, each in joined.describe().items()} == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("configs", "names", "expected"),
    [
        ([Shelf(called=("x",)), Shelf(called=("y",))], (), ["x", "y"]),
        ([Shelf(called=("x",)), Shelf(called=("x",))], ("y",), ["y", "x"]),
        ([Shelf(), Shelf(), Shelf()], (), ["retina", "retina-2", "retina-3"]),
        ([Shelf(Path("m1.nwb")), Shelf(Path("d/m 2.nwb"))], (), ["retina-m1", "retina-m-2"]),
        ([Shelf(Path("a/m.nwb")), Shelf(Path("b/m.nwb"))], (), ["retina", "retina-2"]),
        ([Shelf(), Shelf()], (None, "retina"), ["retina-2", "retina"]),
        ([Shelf(called=("x", "y")), Shelf(called=("x",))], ("a",), ["a-x", "a-y", "x"]),
        ([Shelf(called=("x", "y")), Shelf(called=("y",))], (), ["x", "y", "y-2"]),
    ],
)
def test_names_that_are_the_same_are_told_apart(configs, names, expected):
    joined = join(*configs, names=names)
    assert list(joined.load()) == expected
    assert list(joined.describe()) == expected


def test_a_name_that_was_changed_is_noted_before_the_notes_of_the_sessions():
    notes = join(Shelf(), Shelf(checksum="b")).provenance().notes
    assert notes == (
        'session "retina-2": its data call it "retina", as another session is called; `name` in its table of '
        "`sessions` gives it another name",
        "retina: note a",
        "retina-2: note b",
    )


def test_provenance_says_which_session_is_from_where():
    found = join(Shelf(checksum="1"), Shelf(checksum="2"), names=("a", "b")).provenance()
    assert found.source == "2 sessions: a: shelf 1; b: shelf 2"
    assert found.files == (("a: file.nwb", "1"), ("b: file.nwb", "2"))
    assert found.notes == ("a: note 1", "b: note 2")
    assert (found.doi, found.licence, found.simulated) == ("10.1/x", "licence 1; licence 2", True)


def test_the_checksum_changes_with_every_session_and_with_their_order():
    shelves = {text: Shelf(checksum=text) for text in "123"}
    digests = {
        "".join(order): join(*(shelves[text] for text in order)).provenance().checksum
        for order in ("12", "21", "13", "123", "1")
    }
    assert len(set(digests.values())) == len(digests)
    assert join(Shelf(checksum="1"), Shelf(checksum="")).provenance().checksum == ""


def test_recorded_and_simulated_sessions_are_not_mixed():
    joined = join(Shelf(), Shelf(simulated=False), names=("model", "mouse"))
    assert refusal(joined.provenance) == (
        'sessions "mouse" and "model": expected recorded responses in both or simulated ones in both, got '
        "recorded and simulated ones: their scores mean different things"
    )
    assert not join(Shelf(simulated=False), Shelf(simulated=False)).provenance().simulated


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            Shelf(size_px=6),
            "expected frames of one size, as an encoder serves both, got 5 × 5 and 6 × 6 px "
            "(height × width); size_px in its table of `sessions` resizes one",
        ),
        (
            Shelf(channels=3),
            "expected one number of channels, as an encoder serves both, got 1 and 3",
        ),
        (
            Shelf(frame_rate_hz=25.0),
            "expected one frame rate, as a history is counted in frames, got 30 and 25 Hz; frame_rate_hz in "
            "its table of `sessions` may change one",
        ),
    ],
)
def test_sessions_that_cannot_share_an_encoder_are_named(other, words):
    assert refusal(join(Shelf(), other, names=("a", "b")).describe) == f'sessions "a" and "b": {words}'


def test_sizes_that_are_known_only_from_the_data_are_compared_when_these_are_loaded():
    joined = join(Shelf(), Shelf(size_px=None), names=("a", "b"))
    joined.describe()
    assert "got 5 × 5 and 7 × 7 px" in refusal(joined.load)


def test_measured_rates_may_differ_by_less_than_a_hundredth():
    assert len(join(Shelf(), Shelf(frame_rate_hz=29.97)).load()) == 2


def test_an_error_names_the_row_or_the_session():
    missing, broken = Shelf(Path("b.nwb"), missing=True), Shelf(Path("c.nwb"), broken=True)
    assert refusal(join(Shelf(), missing).load) == "sessions[1]: b.nwb: no such file"
    assert refusal(join(broken, names=("c",)).provenance) == 'session "c": c.nwb: cut short'


def test_missing_data_of_one_session_are_missing_data():
    with pytest.raises(DataNotFoundError):
        join(Shelf(), Shelf(missing=True)).provenance()


def test_the_recordings_are_those_of_the_members():
    joined = join(Shelf(), Shelf(neurons=2), names=("a", "b"))
    alone = Shelf(neurons=2).load()["retina"]
    np.testing.assert_array_equal(
        joined.load()["b"].presentations[0].responses, alone.presentations[0].responses
    )


def test_joined_datasets_are_equal_where_their_members_are():
    assert join(Shelf(), Shelf(neurons=2)) == join(Shelf(), Shelf(neurons=2))
    assert len({join(Shelf()), join(Shelf()), join(Shelf(neurons=2))}) == 2


def test_paths_of_sessions_are_kept_apart_and_laid_back():
    joined = join(Shelf(Path("/d/a")), Shelf(), Shelf(Path("/d/c")))
    paths = paths_of(joined)
    assert paths == {"sessions": [{"path": "/d/a"}, {}, {"path": "/d/c"}]}
    table = {"use": "shelf", "sessions": [{"path": None, "neurons": 3}, {"neurons": 4}, {"path": "old"}]}
    assert lay_paths(table, paths)["sessions"] == [
        {"path": "/d/a", "neurons": 3},
        {"neurons": 4},
        {"path": "/d/c"},
    ]
    assert forget_paths(paths) == {"sessions": [{"path": None}, {}, {"path": None}]}
    assert paths_of(join(Shelf(), Shelf())) == {}


def test_the_first_config_stands_for_all():
    assert first_of(join(Shelf(neurons=2), Shelf())) == Shelf(neurons=2)
    assert first_of(Shelf()) == Shelf()
