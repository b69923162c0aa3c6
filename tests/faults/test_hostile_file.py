"""Files that were made to do harm are refused in one line; none runs, none leads elsewhere."""

import json
import pickle
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import h5py
import numpy as np
import pytest
import scipy.io

from sysid import SysidError, load_recipe, unpacked_size
from sysid.behaviour_file import read_behaviour
from sysid.checkpoint import read_tensors
from sysid.fetch_archive import unpack
from sysid.field_map import read_field_maps
from sysid.keras.architecture import read_architecture
from sysid.run_folder import read_json
from sysid.run_search import find_runs
from sysid.stimulus_file import open_stimulus
from sysid_datasets.neurodata.image_pixels import read_image
from sysid_datasets.neurodata.template_pixels import template_pixels
from sysid_datasets.neurodata.video_pixels import find_frames
from sysid_datasets.zheng2021_mat import FILE as MAT_FILE
from sysid_datasets.zheng2021_mat import Zheng2021Mat
from tests.faults.reader import READERS, SHAPE
from tests.faults.trial import REFUSED, try_cases
from tests.neurodata_file import edit
from tests.report_run import add_findings, make_run

DEEP = 200_000  # brackets


class Canary:
    """What a pickle that is read would leave behind."""

    def __init__(self, folder: Path):
        self.file = folder / "canary"

    def __reduce__(self):
        return (Path.touch, (self.file,))


@attrs.frozen(eq=False)
class Attack:
    """A hostile file.

    Attributes:
        make: writes it into an empty folder.
        read: reads it.
        words: that the one line of its refusal has.
    """

    make: Callable[[Path], object]
    read: Callable[[Path], object]
    words: str


def _whole(reader: str, spoil: Callable[[Path], object], words: str) -> Attack:
    """Return an attack by one spoilt file among the whole ones of a reader."""

    def make(folder: Path) -> None:
        READERS[reader].make(folder)
        spoil(folder)

    return Attack(make, READERS[reader].read, words)


def _pickle_at(name: str) -> Callable[[Path], None]:
    """Put an array of Python objects in the place of a `.npy` file."""

    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / name, np.array([Canary(folder), None], dtype=object), allow_pickle=True)

    return spoil


def _pickle_in(name: str, member: str) -> Callable[[Path], None]:
    """Put an array of Python objects into an NPZ file."""

    def spoil(folder: Path) -> None:
        path = next(folder.rglob(name))
        with np.load(path) as file:
            arrays = {each: file[each] for each in file.files}
        target = next(each for each in arrays if each.endswith(member))
        np.savez(path, **arrays | {target: np.array([Canary(folder)], dtype=object)})

    return spoil


def _write(name: str, content: bytes | str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def _bare_pickle(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(pickle.dumps(Canary(folder)))


def _mat_class(number: int) -> Callable[[Path], None]:
    """Let a variable of a MATLAB file be of another class: 3 object, 16 function handle, 17 opaque."""

    def spoil(folder: Path) -> None:
        scipy.io.savemat(folder / MAT_FILE, {"CB": np.zeros((8, 8, 3)), "fr": np.zeros((3, 2))})
        content = bytearray((folder / MAT_FILE).read_bytes())
        assert content[144] == 6  # double
        content[144] = number
        (folder / MAT_FILE).write_bytes(content)

    return spoil


def _mat_bomb(folder: Path) -> None:
    """Write a MATLAB file of some kilobytes that is 400 MB when it is unpacked."""
    scipy.io.savemat(folder / MAT_FILE, {"CB": np.zeros((8, 8, 3))})
    header = (folder / MAT_FILE).read_bytes()[:128]
    packed = zlib.compress(bytes(400 << 20), 9)
    (folder / MAT_FILE).write_bytes(header + struct.pack("<II", 15, len(packed)) + packed)


def _spoil_hdf5(name: str, change: Callable[[h5py.File, Path], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / "secret").write_bytes(bytes(range(256)) * 100)
        with h5py.File(folder / "other.h5", "w") as other:
            other["x"] = np.zeros((4, 3, 60))
        with edit(folder / name) as file:
            change(file, folder)

    return spoil


def _external_storage(name: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        shape = file[name].shape
        del file[name]
        file.create_dataset(name, shape, "u1", external=[(str(folder / "secret"), 0, int(np.prod(shape)))])

    return change


def _virtual(name: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        shape = file[name].shape
        del file[name]
        layout = h5py.VirtualLayout(shape, "f8")
        layout[...] = h5py.VirtualSource(str(folder / "other.h5"), "x", shape)
        file.create_virtual_dataset(name, layout)

    return change


def _link(name: str, link: Callable[[Path], object]) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        del file[name]
        file[name] = link(folder)

    return change


def _huge(name: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, _folder: Path) -> None:
        shape, attributes = (*file[name].shape[:-1], 10**11), dict(file[name].attrs)
        del file[name]
        made = file.create_dataset(name, shape, "f8", chunks=(*(1 for _ in shape[1:]), 10**4))
        made.attrs.update(attributes)

    return change


def _lying_tensors(folder: Path) -> None:
    header = json.dumps({"x": {"dtype": "F64", "shape": [10**6, 10**6], "data_offsets": [0, 8 * 10**12]}})
    (folder / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header.encode() + bytes(64))


def _endless_header(folder: Path) -> None:
    (folder / "a.safetensors").write_bytes(struct.pack("<Q", 2**63) + b"{}")


def _session_name(folder: Path) -> None:
    file = next(folder.rglob("run.json"))
    file.write_text(file.read_text().replace('"retina"', '"../../obeyed"'))


def _listing(folder: Path) -> None:
    make_run(folder / "elsewhere", "cnn")
    (folder / "runs/summary").mkdir()
    text = json.dumps({"runs": ["../elsewhere/cnn/movie-simulated/fold0/seed0"]})
    (folder / "runs/summary/runs.json").write_text(text)


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
POSTSCRIPT = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(canary) (w) file closefile showpage\n"
NOISE = "stimulus/presentation/noise"
OWN = "expected its data in this file"
DESCENT = "nests too deep"
ATTACKS = {
    "a movie that is a pickle": Attack(
        _pickle_at("movie.npy"),
        lambda folder: open_stimulus(folder / "movie.npy", SHAPE[1:]),
        "Python objects",
    ),
    "a movie that is a bare pickle": Attack(
        _bare_pickle("movie.npy"),
        lambda folder: open_stimulus(folder / "movie.npy", SHAPE[1:]),
        "magic string",
    ),
    "behaviour that is a pickle": Attack(
        _pickle_at("b.npy"), lambda folder: read_behaviour(folder / "b.npy", 2, ("x",)), "Python objects"
    ),
    "templates that are a pickle": Attack(
        _pickle_at("m.npy"),
        lambda folder: template_pixels(folder / "m.npy", ("m",), None, "auto"),
        "Python objects",
    ),
    "an image that is a pickle": Attack(
        _pickle_at("m.npy"), lambda folder: read_image(folder / "m.npy"), "Python objects"
    ),
    "receptive fields with a pickle": _whole(
        "receptive fields", _pickle_in("fields.npz", "angle"), "Object arrays cannot be loaded"
    ),
    "predictions with a pickle": _whole(
        "report of a run folder", _pickle_in("predictions.npz", "block"), "Object arrays cannot be loaded"
    ),
    **{
        f"a pickle in {name} of SENSORIUM": _whole("SENSORIUM folder", _pickle_at(name), "Python objects")
        for name in ("meta/trials/tiers.npy", "data/videos/0.npy", "meta/neurons/unit_ids.npy")
    },
    "weights that are a pickle": Attack(
        _bare_pickle("a.safetensors"),
        lambda folder: read_tensors(folder / "a.safetensors"),
        "expected weights",
    ),
    "weights with a header that lies": Attack(
        _lying_tensors,
        lambda folder: read_tensors(folder / "a.safetensors"),
        "expected weights as safetensors",
    ),
    "weights with an endless header": Attack(
        _endless_header,
        lambda folder: read_tensors(folder / "a.safetensors"),
        "expected weights as safetensors",
    ),
    "a MATLAB function": _whole("MATLAB file", _mat_class(16), "CB"),
    "a MATLAB object": _whole("MATLAB file", _mat_class(3), "MATLAB 5 file"),
    "an opaque MATLAB value": _whole("MATLAB file", _mat_class(17), "CB"),
    "a MATLAB file that swells": _whole("MATLAB file", _mat_bomb, "expected to swell at most 100 times"),
    "a MATLAB 7.3 file": _whole(
        "MATLAB file",
        _write(MAT_FILE, b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM"),
        "MATLAB 7.3: save it with -v7",
    ),
    "HDF5 that shows another file": _whole(
        "released HDF5", _spoil_hdf5("test_mov3.hdf5", _external_storage("mov3_tst_y")), OWN
    ),
    "HDF5 made of other files": _whole(
        "released HDF5", _spoil_hdf5("test_mov3.hdf5", _virtual("mov3_tst_y")), OWN
    ),
    "HDF5 that links to another file": _whole(
        "released HDF5",
        _spoil_hdf5(
            "test_mov3.hdf5",
            _link("mov3_tst_y", lambda folder: h5py.ExternalLink(str(folder / "other.h5"), "x")),
        ),
        "expected data in this file, got a link to",
    ),
    "HDF5 that links to itself": _whole(
        "released HDF5",
        _spoil_hdf5("test_mov3.hdf5", _link("mov3_tst_y", lambda _folder: h5py.SoftLink("/mov3_tst_y"))),
        "too many links",
    ),
    "HDF5 that holds far more than it stores": _whole(
        "released HDF5", _spoil_hdf5("test_mov3.hdf5", _huge("mov3_tst_r")), "expected"
    ),
    "NWB that shows another file": _whole(
        "NWB", _spoil_hdf5("own.nwb", _external_storage(f"{NOISE}/data")), OWN
    ),
    "NWB made of other files": _whole("NWB", _spoil_hdf5("own.nwb", _virtual("units/spike_times")), OWN),
    "NWB that holds far more than it stores": _whole(
        "NWB", _spoil_hdf5("own.nwb", _huge("units/spike_times")), "set SYSID_UNPACKED_GIB="
    ),
    "NWB that links to no HDF5": _whole(
        "NWB",
        _spoil_hdf5(
            "own.nwb", _link(f"{NOISE}/data", lambda _folder: h5py.ExternalLink("/etc/hostname", "/"))
        ),
        "got nothing",
    ),
    "templates that show another file": _whole(
        "templates", _spoil_hdf5("movie.h5", _external_storage("movie")), OWN
    ),
    "Keras weights that show another file": _whole(
        "Keras network", _spoil_hdf5("weights.h5", _external_storage("dense1/dense1/bias:0")), "dense1"
    ),
    "a video that is a playlist": Attack(
        _write("a.m4v", PLAYLIST), lambda folder: find_frames(folder / "a.m4v"), "expected a video"
    ),
    "a video that is a list of files": Attack(
        _write("a.mp4", "ffconcat version 1.0\nfile b.mp4\n"),
        lambda folder: find_frames(folder / "a.mp4"),
        "expected a video",
    ),
    "an image that is PostScript": Attack(
        _write("a.png", POSTSCRIPT), lambda folder: read_image(folder / "a.png"), "got another format"
    ),
    "an image in a format of another name": Attack(
        _write("a.tif", b"\x89PNG\r\n\x1a\n" + bytes(64)),
        lambda folder: read_image(folder / "a.tif"),
        "got another format",
    ),
    "JSON of a run without end": Attack(
        _write("run.json", '{"a":' + "[" * DEEP), lambda folder: read_json(folder / "run.json"), DESCENT
    ),
    "JSON of a run with a number without end": Attack(
        _write("run.json", '{"a": ' + "9" * 9999 + "}"),
        lambda folder: read_json(folder / "run.json"),
        "expected a table",
    ),
    "JSON of a network without end": Attack(
        _write("a.json", "[" * DEEP), lambda folder: read_architecture(folder / "a.json"), DESCENT
    ),
    "a recipe of arrays without end": Attack(
        _write("a.toml", "x = " + "[" * DEEP), lambda folder: load_recipe(folder / "a.toml"), DESCENT
    ),
    "a recipe of tables without end": Attack(
        _write("a.toml", "x = " + "{a = " * DEEP), lambda folder: load_recipe(folder / "a.toml"), DESCENT
    ),
    "a recipe with a key without end": Attack(
        _write("a.toml", "a." * 100_000 + "a = 1"),
        lambda folder: load_recipe(folder / "a.toml"),
        "unknown key",
    ),
    "a recipe with a number without end": Attack(
        _write("a.toml", "x = " + "9" * 9999), lambda folder: load_recipe(folder / "a.toml"), "expected TOML"
    ),
    "a recipe that is a large file": Attack(
        _write("a.toml", bytes(5 << 20)),
        lambda folder: load_recipe(folder / "a.toml"),
        "expected a recipe, got a file of",
    ),
    "a session named like a folder above": _whole(
        "report of a run folder", _session_name, "names that files can have"
    ),
    "runs that lie elsewhere": Attack(
        lambda folder: (make_run(folder / "runs", "cnn"), _listing(folder)),
        lambda folder: find_runs([folder / "runs"]),
        "expected folders below",
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What came of every attack, in processes that may neither run a program nor write elsewhere."""
    top = tmp_path_factory.mktemp("attacks")
    folders = [top / str(number) for number in range(len(ATTACKS))]
    for folder, attack in zip(folders, ATTACKS.values(), strict=True):
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            attack.make(folder)
    before = {path for path in top.rglob("*")}

    def act(number: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folders[number])
            list(ATTACKS.values())[number].read(folders[number])

    found = list(try_cases(range(len(ATTACKS)), act, [top]))
    assert {path for path in top.rglob("*")} == before  # no canary, nothing else
    return dict(zip(ATTACKS, found, strict=True))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_in_one_line(outcomes, name):
    outcome = outcomes[name]
    assert outcome.result == REFUSED, outcome
    assert ATTACKS[name].words in outcome.said


def test_a_canary_that_is_read_would_sing(tmp_path):
    _bare_pickle("a")(tmp_path)
    pickle.loads((tmp_path / "a").read_bytes())
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"pictures": ["a"], "extra": ("pictures", 0, "stem", "../../../secret")},
        {"tables": [{"file": "/etc/hostname", "caption": "x"}]},
    ],
)
def test_findings_name_no_file_of_another_folder(tmp_path, changes):
    """Such findings are none: the report does not have them."""
    place = make_run(tmp_path / "runs", "cnn")
    changes = dict(changes)
    extra = changes.pop("extra", None)
    folder = add_findings(place.path / "analyses", "own", [place], headlines=["SECRET"], **changes)
    if extra is not None:
        kind, number, key, value = extra
        content = json.loads((folder / "findings.json").read_text())
        content["findings"][kind][number][key] = value
        (folder / "findings.json").write_text(json.dumps(content))
    READERS["report of a run folder"].read(tmp_path)
    assert "SECRET" not in (tmp_path / "report.html").read_text()


def _members(*names: str, mode: int = 0) -> Iterator[zipfile.ZipInfo]:
    for name in names:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        yield member


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (_members("a/NUL.raw"), "expected names of files, got the device 'a/NUL.raw'"),
        (_members("com1"), "expected names of files, got the device 'com1'"),
        (_members("tty", mode=stat.S_IFCHR | 0o666), "expected files, got the device 'tty'"),
        (_members("pipe", mode=stat.S_IFIFO | 0o666), "expected files, got the device 'pipe'"),
        (_members("link", mode=stat.S_IFLNK | 0o777), "expected files, got the link 'link'"),
        (_members("..\\..\\x"), "expected names inside the folder"),
        (_members("/etc/x"), "expected names inside the folder"),
    ],
)
def test_a_zip_makes_files_in_its_folder_and_nothing_else(tmp_path, members, words):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    with pytest.raises(SysidError, match=words.replace("\\", ".")):
        unpack(tmp_path / "a.zip", tmp_path / "out", lambda member: member)
    assert not list((tmp_path / "out").rglob("*.*"))


@pytest.fixture
def bomb(tmp_path):
    """A zip of 0.3 MB that holds 300 MB."""
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a", "w") as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    return tmp_path / "a.zip"


def test_a_zip_that_swells_is_let_through_when_told(bomb, tmp_path, monkeypatch):
    with pytest.raises(
        SysidError, match=r"to swell at most 100 times, got \d+; if you trust it, set (\S+)$"
    ) as caught:
        unpack(bomb, tmp_path / "out", lambda member: member)
    name, _, value = str(caught.value).rpartition(" ")[2].partition("=")
    monkeypatch.setenv(name, value)
    unpack(bomb, tmp_path / "out", lambda member: member)
    assert (tmp_path / "out/a").stat().st_size == 300 << 20
    monkeypatch.setenv(name, "0.1")
    with pytest.raises(SysidError, match=rf"expected at most {name}=0.1 GiB unpacked, got 314572800 bytes$"):
        unpack(bomb, tmp_path / "other", lambda member: member)


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("SYSID_UNPACKED_GIB", value)
    with pytest.raises(
        SysidError, match=rf'^SYSID_UNPACKED_GIB: expected a number of GiB above 0, got "{value}"$'
    ):
        unpacked_size.check_unpacked("a", 1, 2)


def test_an_npz_that_swells_is_refused(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(
            member, {"descr": "|u1", "fortran_order": False, "shape": (300 << 20,)}
        )
        for _ in range(300):
            member.write(bytes(1 << 20))
    with pytest.raises(SysidError, match=r"a\.npz: expected to swell at most 100 times"):
        read_field_maps(tmp_path / "a.npz")


def test_an_archive_of_an_npz_with_a_password_is_refused(tmp_path):
    READERS["receptive fields"].make(tmp_path)
    content = bytearray((tmp_path / "fields.npz").read_bytes())
    for at in range(len(content) - 4):
        if content[at : at + 4] == b"PK\x01\x02":
            content[at + 8] |= 1
    (tmp_path / "fields.npz").write_bytes(content)
    with pytest.raises(SysidError, match=r"expected receptive fields as NPZ.*password|encrypted"):
        read_field_maps(tmp_path / "fields.npz")


def test_a_link_to_another_hdf5_file_is_followed_where_it_is_named(tmp_path):
    """NWB documents it: the file that is linked to is read, and its checksum counts."""
    (path,) = READERS["NWB"].make(tmp_path)
    with edit(path) as file, h5py.File(tmp_path / "frames.h5", "w") as other:
        other["frames"] = file[f"{NOISE}/data"][:]
        for name, value in file[f"{NOISE}/data"].attrs.items():
            other["frames"].attrs[name] = value
        del file[f"{NOISE}/data"]
        file[f"{NOISE}/data"] = h5py.ExternalLink("frames.h5", "/frames")
    READERS["NWB"].read(tmp_path)


def test_a_matlab_file_is_read_whole(tmp_path):
    Zheng2021Mat(path=READERS["MATLAB file"].make(tmp_path)[0]).load()
