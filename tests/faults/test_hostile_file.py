"""Files that were made to do harm are refused in one line; none runs, none leads elsewhere."""

import json
import pickle

import h5py
import pytest

from sysid import load_recipe
from sysid.behaviour_file import read_behaviour
from sysid.checkpoint import read_tensors
from sysid.keras.architecture import read_architecture
from sysid.run_folder import read_json
from sysid.run_search import find_runs
from sysid.stimulus_file import open_stimulus
from sysid_datasets.neurodata.image_pixels import read_image
from sysid_datasets.neurodata.template_pixels import template_pixels
from sysid_datasets.neurodata.video_pixels import find_frames
from sysid_datasets.zheng2021_mat import FILE as MAT_FILE
from sysid_datasets.zheng2021_mat import Zheng2021Mat
from tests.faults.attack import (
    Attack,
    bare_pickle,
    endless_header,
    external_storage,
    huge,
    link,
    listing,
    lying_tensors,
    mat_bomb,
    mat_class,
    pickle_at,
    pickle_in,
    session_name,
    spoil_hdf5,
    virtual,
    whole,
    write,
)
from tests.faults.reader import READERS, SHAPE
from tests.faults.trial import REFUSED, try_cases
from tests.neurodata_file import edit
from tests.report_run import add_findings, make_run

DEEP = 200_000  # brackets
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
POSTSCRIPT = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(canary) (w) file closefile showpage\n"
NOISE = "stimulus/presentation/noise"
OWN = "expected its data in this file"
DESCENT = "nests too deep"
ATTACKS = {
    "a movie that is a pickle": Attack(
        pickle_at("movie.npy"),
        lambda folder: open_stimulus(folder / "movie.npy", SHAPE[1:]),
        "Python objects",
    ),
    "a movie that is a bare pickle": Attack(
        bare_pickle("movie.npy"),
        lambda folder: open_stimulus(folder / "movie.npy", SHAPE[1:]),
        "magic string",
    ),
    "behaviour that is a pickle": Attack(
        pickle_at("b.npy"), lambda folder: read_behaviour(folder / "b.npy", 2, ("x",)), "Python objects"
    ),
    "templates that are a pickle": Attack(
        pickle_at("m.npy"),
        lambda folder: template_pixels(folder / "m.npy", ("m",), None, "auto"),
        "Python objects",
    ),
    "an image that is a pickle": Attack(
        pickle_at("m.npy"), lambda folder: read_image(folder / "m.npy"), "Python objects"
    ),
    "receptive fields with a pickle": whole(
        "receptive fields", pickle_in("fields.npz", "angle"), "Object arrays cannot be loaded"
    ),
    "predictions with a pickle": whole(
        "report of a run folder", pickle_in("predictions.npz", "block"), "Object arrays cannot be loaded"
    ),
    **{
        f"a pickle in {name} of SENSORIUM": whole("SENSORIUM folder", pickle_at(name), "Python objects")
        for name in ("meta/trials/tiers.npy", "data/videos/0.npy", "meta/neurons/unit_ids.npy")
    },
    "weights that are a pickle": Attack(
        bare_pickle("a.safetensors"),
        lambda folder: read_tensors(folder / "a.safetensors"),
        "expected weights",
    ),
    "weights with a header that lies": Attack(
        lying_tensors,
        lambda folder: read_tensors(folder / "a.safetensors"),
        "expected weights as safetensors",
    ),
    "weights with an endless header": Attack(
        endless_header,
        lambda folder: read_tensors(folder / "a.safetensors"),
        "expected weights as safetensors",
    ),
    "a MATLAB function": whole("MATLAB file", mat_class(16), "CB"),
    "a MATLAB object": whole("MATLAB file", mat_class(3), "MATLAB 5 file"),
    "an opaque MATLAB value": whole("MATLAB file", mat_class(17), "CB"),
    "a MATLAB file that swells": whole("MATLAB file", mat_bomb, "expected to swell at most 100 times"),
    "a MATLAB 7.3 file": whole(
        "MATLAB file",
        write(MAT_FILE, b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM"),
        "MATLAB 7.3: save it with -v7",
    ),
    "HDF5 that shows another file": whole(
        "released HDF5", spoil_hdf5("test_mov3.hdf5", external_storage("mov3_tst_y")), OWN
    ),
    "HDF5 made of other files": whole(
        "released HDF5", spoil_hdf5("test_mov3.hdf5", virtual("mov3_tst_y")), OWN
    ),
    "HDF5 that links to another file": whole(
        "released HDF5",
        spoil_hdf5(
            "test_mov3.hdf5",
            link("mov3_tst_y", lambda folder: h5py.ExternalLink(str(folder / "other.h5"), "x")),
        ),
        "expected data in this file, got a link to",
    ),
    "HDF5 that links to itself": whole(
        "released HDF5",
        spoil_hdf5("test_mov3.hdf5", link("mov3_tst_y", lambda _folder: h5py.SoftLink("/mov3_tst_y"))),
        "too many links",
    ),
    "HDF5 that holds far more than it stores": whole(
        "released HDF5", spoil_hdf5("test_mov3.hdf5", huge("mov3_tst_r")), "expected"
    ),
    "NWB that shows another file": whole(
        "NWB", spoil_hdf5("own.nwb", external_storage(f"{NOISE}/data")), OWN
    ),
    "NWB made of other files": whole("NWB", spoil_hdf5("own.nwb", virtual("units/spike_times")), OWN),
    "NWB that holds far more than it stores": whole(
        "NWB", spoil_hdf5("own.nwb", huge("units/spike_times")), "set SYSID_UNPACKED_GIB="
    ),
    "NWB that links to no HDF5": whole(
        "NWB",
        spoil_hdf5("own.nwb", link(f"{NOISE}/data", lambda _folder: h5py.ExternalLink("/etc/hostname", "/"))),
        "got nothing",
    ),
    "templates that show another file": whole(
        "templates", spoil_hdf5("movie.h5", external_storage("movie")), OWN
    ),
    "Keras weights that show another file": whole(
        "Keras network", spoil_hdf5("weights.h5", external_storage("dense1/dense1/bias:0")), "dense1"
    ),
    "a video that is a playlist": Attack(
        write("a.m4v", PLAYLIST), lambda folder: find_frames(folder / "a.m4v"), "expected a video"
    ),
    "a video that is a list of files": Attack(
        write("a.mp4", "ffconcat version 1.0\nfile b.mp4\n"),
        lambda folder: find_frames(folder / "a.mp4"),
        "expected a video",
    ),
    "an image that is PostScript": Attack(
        write("a.png", POSTSCRIPT), lambda folder: read_image(folder / "a.png"), "got another format"
    ),
    "an image in a format of another name": Attack(
        write("a.tif", b"\x89PNG\r\n\x1a\n" + bytes(64)),
        lambda folder: read_image(folder / "a.tif"),
        "got another format",
    ),
    "JSON of a run without end": Attack(
        write("run.json", '{"a":' + "[" * DEEP), lambda folder: read_json(folder / "run.json"), DESCENT
    ),
    "JSON of a run with a number without end": Attack(
        write("run.json", '{"a": ' + "9" * 9999 + "}"),
        lambda folder: read_json(folder / "run.json"),
        "expected a table",
    ),
    "JSON of a network without end": Attack(
        write("a.json", "[" * DEEP), lambda folder: read_architecture(folder / "a.json"), DESCENT
    ),
    "a recipe of arrays without end": Attack(
        write("a.toml", "x = " + "[" * DEEP), lambda folder: load_recipe(folder / "a.toml"), DESCENT
    ),
    "a recipe of tables without end": Attack(
        write("a.toml", "x = " + "{a = " * DEEP), lambda folder: load_recipe(folder / "a.toml"), DESCENT
    ),
    "a recipe with a key without end": Attack(
        write("a.toml", "a." * 100_000 + "a = 1"),
        lambda folder: load_recipe(folder / "a.toml"),
        "unknown key",
    ),
    "a recipe with a number without end": Attack(
        write("a.toml", "x = " + "9" * 9999), lambda folder: load_recipe(folder / "a.toml"), "expected TOML"
    ),
    "a recipe that is a large file": Attack(
        write("a.toml", bytes(5 << 20)),
        lambda folder: load_recipe(folder / "a.toml"),
        "expected a recipe, got a file of",
    ),
    "a session named like a folder above": whole(
        "report of a run folder", session_name, "names that files can have"
    ),
    "runs that lie elsewhere": Attack(
        lambda folder: (make_run(folder / "runs", "cnn"), listing(folder)),
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
    bare_pickle("a")(tmp_path)
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
