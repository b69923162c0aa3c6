"""`fetch` brings a recording where `find_data` finds it, or says what to do by hand."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sysid import SysidError, find_data
from sysid.errors import SysidErrors
from sysid.fetch import data_folder, fetch
from sysid.fetch_source import RELEASED_BLOBS, manual_steps
from tests.local_server import Answer, serve

DATASET = "/api/v2/datasets/doi%3A10.5061%2Fdryad.4ch10"
RELEASED = "/Zyj061/retina-crnn_model/f6d74f1/core/data"
NEURAL = {"NeuralData/Spikes/Movie1Exp1.mat": b"spikes" * 100, "README.txt": b"inner"}
STIMULI = {"Stimuli/Movie1/frame0001.raw": b"\x01" * 50, "Stimuli/Movie1/frame0002.raw": b"\x02" * 50}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("OFFLINE", "DATA_DIR", "DRYAD_TOKEN", "DRYAD_CLIENT_ID", "DRYAD_CLIENT_SECRET"):
        monkeypatch.delenv(f"SYSID_{name}", raising=False)


@pytest.fixture
def server():
    with serve() as running:
        yield running


def bring(name, server, folder, **options):
    return fetch(name, folder=folder, dryad_url=server.url, github_url=server.url, pause_s=0.0, **options)


def zipped(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def deposit(server, token="", with_digest=True, **bodies):
    """Let the server offer a deposit of these files; `__` stands for a dot in their names."""
    entries = []
    for number, (name, body) in enumerate(bodies.items()):
        url = f"/api/v2/files/{number}/download"
        digest = {"digest": hashlib.sha256(body).hexdigest(), "digestType": "sha-256"} if with_digest else {}
        links = {"_links": {"stash:download": {"href": url}}}
        entries.append({"path": name.replace("__", "."), "size": len(body), **digest, **links})
        server.answers[url] = Answer(body, token=token)
    version = {"_links": {"stash:version": {"href": "/api/v2/versions/7"}}}
    server.answers[DATASET] = Answer(json.dumps(version).encode())
    listing = {"_embedded": {"stash:files": entries}}
    server.answers["/api/v2/versions/7/files"] = Answer(json.dumps(listing).encode())


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def refusal(name, server, folder):
    """Return the first line of what a failed fetch says, having checked that the steps follow it."""
    with pytest.raises(SysidErrors) as caught:
        bring(name, server, folder)
    assert caught.value.lines[1:] == manual_steps(name, folder)
    assert str(caught.value) == "\n".join(caught.value.lines)
    return caught.value.lines[0]


@pytest.fixture
def released(server, monkeypatch):
    """Small files in place of the released ones, under the git blob ids that they have."""
    bodies = {name: name.encode() * 99 for name in RELEASED_BLOBS}
    for name, body in bodies.items():
        blob = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        monkeypatch.setitem(RELEASED_BLOBS, name, blob)
        server.answers[f"{RELEASED}/{name}"] = Answer(body)
    return bodies


def test_an_unknown_name_lists_what_can_be_fetched(tmp_path):
    with pytest.raises(SysidError) as caught:
        fetch("dryad_4hc10", folder=tmp_path)
    assert str(caught.value) == (
        'fetch: expected dryad_4ch10 or zheng2021_hdf5, got "dryad_4hc10"; did you mean "dryad_4ch10"?'
    )


def test_the_released_files_come_where_they_are_looked_for(server, released, tmp_path, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    told = []
    path = fetch("zheng2021_hdf5", github_url=server.url, progress=lambda *words: told.append(words))
    assert path == find_data(("zheng2021_hdf5",), None, "") == tmp_path / "zheng2021_hdf5"
    assert tree(path) == released
    assert [(done, total) for done, total, name in told if name == "test_mov3.hdf5"] == [(15 * 99 - 99,) * 2]


def test_only_what_is_missing_or_wrong_is_fetched(server, released, tmp_path):
    folder = tmp_path / "zheng2021_hdf5"
    folder.mkdir()
    (folder / "train_mov3.hdf5").write_bytes(released["train_mov3.hdf5"])
    (folder / "test_mov3.hdf5").write_bytes(b"damaged")
    bring("zheng2021_hdf5", server, tmp_path)
    assert tree(folder) == released
    assert server.paths() == [f"{RELEASED}/test_mov3.hdf5", f"{RELEASED}/cell_simpleNL_off_2GC_v3.mat"]
    bring("zheng2021_hdf5", server, tmp_path)
    assert len(server.heard) == 2


def test_what_is_there_is_given_offline_and_what_is_not_is_explained(server, released, tmp_path, monkeypatch):
    bring("zheng2021_hdf5", server, tmp_path)
    monkeypatch.setenv("SYSID_OFFLINE", "1")
    assert bring("zheng2021_hdf5", server, tmp_path) == tmp_path / "zheng2021_hdf5"
    server.heard.clear()
    for name in ("zheng2021_hdf5", "dryad_4ch10"):
        first = refusal(name, server, tmp_path / "empty")
        assert first == f"{name}: SYSID_OFFLINE is set, so nothing is asked for over the network"
    assert server.heard == []
    assert not (tmp_path / "empty").exists()
    monkeypatch.setenv("SYSID_OFFLINE", "0")
    deposit(server, Data__zip=zipped(NEURAL | STIMULI))
    assert bring("dryad_4ch10", server, tmp_path / "empty").is_dir()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=404), "expected status 200, got 404 (Not Found)"),
        (Answer(status=202), "expected status 200, got 202 (Accepted, a bot challenge)"),
        (
            Answer(b"<html></html>", headers={"Content-Type": "text/html"}),
            "expected data, got an HTML page (a bot challenge or a sign-in)",
        ),
    ],
)
def test_a_released_file_that_cannot_be_had_is_explained(server, released, tmp_path, answer, words):
    server.answers[f"{RELEASED}/train_mov3.hdf5"] = answer
    first = refusal("zheng2021_hdf5", server, tmp_path)
    assert first == f"zheng2021_hdf5: {server.url}{RELEASED}/train_mov3.hdf5: {words}"
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "path"),
    [("dryad_4ch10", "/api/v2/files/0/download"), ("zheng2021_hdf5", f"{RELEASED}/train_mov3.hdf5")],
)
def test_without_a_network_no_folder_is_left(server, released, tmp_path, name, path):
    deposit(server, Data__zip=zipped(NEURAL | STIMULI))
    with serve() as gone:
        server.answers[path] = Answer(status=302, headers={"Location": f"{gone.url}/file"})
    assert "there is no connection, or it was lost" in refusal(name, server, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_released_file_that_is_another_is_explained(server, released, tmp_path):
    server.answers[f"{RELEASED}/train_mov3.hdf5"] = Answer(b"version of something else")
    first = refusal("zheng2021_hdf5", server, tmp_path)
    assert f"train_mov3.hdf5: expected git-blob {RELEASED_BLOBS['train_mov3.hdf5']}, got " in first
    assert first.endswith(" (25 bytes)")


def test_a_released_file_cut_short_is_gone_on_with(server, released, tmp_path):
    address = f"{RELEASED}/train_mov3.hdf5"
    server.answers[address] = [Answer(released["train_mov3.hdf5"], cut_at=500), server.answers[address]]
    assert tree(bring("zheng2021_hdf5", server, tmp_path)) == released


@pytest.mark.parametrize(
    "bodies",
    [
        {"Data__zip": zipped(NEURAL | STIMULI)},
        {"Data__zip": zipped({f"Data/{name}": body for name, body in (NEURAL | STIMULI).items()})},
        {"NeuralData__zip": zipped(NEURAL), "Stimuli__ZIP": zipped(STIMULI)},
        {
            "NeuralData__zip": zipped({"Spikes/Movie1Exp1.mat": NEURAL["NeuralData/Spikes/Movie1Exp1.mat"]}),
            "Stimuli__zip": zipped({name.removeprefix("Stimuli/"): body for name, body in STIMULI.items()}),
        },
        {"Data__zip": zipped(NEURAL | STIMULI | {"__MACOSX/NeuralData/._a": b"", "Stimuli/.DS_Store": b""})},
        {"one__zip": zipped(NEURAL), "two__zip": zipped(STIMULI | {"README.txt": b"another"})},
    ],
    ids=["one zip", "wrapped", "two zips", "two zips of contents", "packed on a Mac", "two readmes"],
)
def test_the_deposit_becomes_one_folder_however_it_is_packed(server, tmp_path, monkeypatch, bodies):
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    deposit(server, **bodies)
    path = fetch("dryad_4ch10", dryad_url=server.url, pause_s=0.0)
    assert path == find_data(("dryad_4ch10", "dryad_4ch10.zip"), None, "")
    found = {name: body for name, body in tree(path).items() if not name.endswith("README.txt")}
    assert found == {name: body for name, body in (NEURAL | STIMULI).items() if name != "README.txt"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["dryad_4ch10"]


def test_a_file_beside_the_zips_is_kept_and_wins(server, tmp_path):
    deposit(server, Data__zip=zipped(NEURAL | STIMULI), README__txt=b"outer")
    assert tree(bring("dryad_4ch10", server, tmp_path))["README.txt"] == b"outer"


def test_the_deposit_comes_with_a_token_that_no_listing_and_no_redirect_sees(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SYSID_DRYAD_TOKEN", "secret")
    body = zipped(NEURAL | STIMULI)
    deposit(server, Data__zip=body)
    with serve() as store:
        store.answers["/bucket"] = Answer(body)
        redirect = Answer(status=302, headers={"Location": f"{store.url}/bucket"})
        server.answers["/api/v2/files/0/download"] = redirect
        bring("dryad_4ch10", server, tmp_path)
        assert [request.headers["Authorization"] for request in store.heard] == [None]
    assert [request.headers["Authorization"] for request in server.heard] == [None, None, "Bearer secret"]


def test_the_deposit_comes_with_a_token_got_for_the_client(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_ID", "me")
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_SECRET", "hush")
    deposit(server, token="fresh", Data__zip=zipped(NEURAL | STIMULI))
    server.answers["/oauth/token"] = Answer(b'{"access_token": "fresh"}')
    assert bring("dryad_4ch10", server, tmp_path) == tmp_path / "dryad_4ch10"


@pytest.mark.parametrize(
    ("token", "why"),
    [("", "Dryad gives files for a token only"), ("expired", "the token was refused, it lasts 10 hours")],
)
def test_a_deposit_without_a_valid_token_is_explained(server, tmp_path, monkeypatch, token, why):
    monkeypatch.setenv("SYSID_DRYAD_TOKEN", token)
    deposit(server, token="valid", Data__zip=zipped(NEURAL | STIMULI))
    url = f"{server.url}/api/v2/files/0/download"
    first = refusal("dryad_4ch10", server, tmp_path)
    assert first == f"dryad_4ch10: {url}: expected status 200, got 401 (Unauthorized); {why}"
    assert not (tmp_path / "dryad_4ch10").exists()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=202), "expected status 200, got 202 (Accepted, a bot challenge)"),
        (Answer(b"<html>"), "expected JSON, got something else"),
        (
            Answer(b"<html>", headers={"Content-Type": "text/html"}),
            "expected data, got an HTML page (a bot challenge or a sign-in)",
        ),
    ],
)
def test_a_listing_that_cannot_be_had_is_explained(server, tmp_path, answer, words):
    server.answers[DATASET] = answer
    assert refusal("dryad_4ch10", server, tmp_path) == f"dryad_4ch10: {server.url}{DATASET}: {words}"


def test_a_deposit_that_is_always_cut_short_keeps_what_came(server, tmp_path):
    body = zipped(NEURAL | STIMULI)
    deposit(server, Data__zip=body)
    server.answers["/api/v2/files/0/download"] = Answer(body, cut_at=200, sized=False)
    assert f"cut short at 200 of {len(body)} bytes" in refusal("dryad_4ch10", server, tmp_path)
    assert tree(tmp_path) == {"dryad_4ch10.part/download/Data.zip.part": body[:200]}
    server.answers["/api/v2/files/0/download"] = Answer(body)
    bring("dryad_4ch10", server, tmp_path)
    assert server.heard[-1].headers["Range"] == "bytes=200-"


def test_an_interruption_while_unpacking_leaves_no_folder_and_costs_no_download(server, tmp_path):
    deposit(server, Data__zip=zipped(NEURAL | STIMULI))

    def interrupt(_done, _total, name):
        if name.endswith("(unpacking)"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring("dryad_4ch10", server, tmp_path, progress=interrupt)
    assert not (tmp_path / "dryad_4ch10").exists()
    asked = len(server.heard)
    path = bring("dryad_4ch10", server, tmp_path)
    assert tree(path) == NEURAL | STIMULI
    assert not [request for request in server.heard[asked:] if "download" in request.path]


def test_a_deposit_laid_out_otherwise_is_explained(server, tmp_path):
    deposit(server, Data__zip=zipped(NEURAL), README__txt=b"outer")
    first = refusal("dryad_4ch10", server, tmp_path)
    assert first == (
        f"dryad_4ch10: {tmp_path / 'dryad_4ch10.part/download'}: expected the folders NeuralData and Stimuli "
        "in what came, got none named Stimuli in Data.zip, README.txt"
    )


def test_a_broken_zip_is_explained_and_fetched_anew_next_time(server, tmp_path):
    whole = zipped(NEURAL | STIMULI)
    broken = whole[:-40] + b"\0" * 40
    deposit(server, with_digest=False, Data__zip=broken)
    first = refusal("dryad_4ch10", server, tmp_path)
    assert "Data.zip: expected a whole zip file, got a broken one (" in first
    server.answers["/api/v2/files/0/download"] = Answer(whole)
    assert tree(bring("dryad_4ch10", server, tmp_path)) == NEURAL | STIMULI


@pytest.mark.parametrize("name", ["dryad_4ch10", "dryad_4ch10.zip"])
def test_a_deposit_that_is_there_is_not_fetched_and_leftovers_go(server, tmp_path, name):
    for part in ("NeuralData", "Stimuli", "../dryad_4ch10.part"):
        (tmp_path / "dryad_4ch10" / part).mkdir(parents=True)
    if name.endswith(".zip"):
        (tmp_path / "dryad_4ch10").rename(tmp_path / "elsewhere")
        (tmp_path / name).write_bytes(zipped(NEURAL))
    assert bring("dryad_4ch10", server, tmp_path) == tmp_path / name
    assert server.heard == []
    assert not (tmp_path / "dryad_4ch10.part").exists()


def test_a_broken_deposit_that_is_there_is_not_written_over(server, tmp_path):
    (tmp_path / "dryad_4ch10.zip").write_bytes(b"cut")
    with pytest.raises(SysidError) as caught:
        bring("dryad_4ch10", server, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'dryad_4ch10.zip'}: expected a whole zip file, got a broken one; "
        "move it away and fetch again"
    )
    (tmp_path / "dryad_4ch10" / "NeuralData").mkdir(parents=True)
    with pytest.raises(SysidError) as caught:
        bring("dryad_4ch10", server, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'dryad_4ch10'}: expected the folders NeuralData and Stimuli, got none named Stimuli; "
        "move it away and fetch again"
    )
    assert server.heard == []


@pytest.mark.parametrize("name", ["dryad_4ch10", "zheng2021_hdf5"])
def test_a_folder_that_cannot_be_written_to_is_one_line(server, released, tmp_path, name):
    deposit(server, Data__zip=zipped(NEURAL | STIMULI))
    (tmp_path / "file").touch()
    with pytest.raises(SysidError, match=r": cannot be written: Not a directory$") as caught:
        bring(name, server, tmp_path / "file")
    assert "\n" not in str(caught.value)


def test_the_folder_is_the_data_folder_else_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path / "data"))
    assert data_folder() == tmp_path / "data"
    monkeypatch.delenv("SYSID_DATA_DIR")
    assert data_folder() == find_home(tmp_path)


def find_home(tmp_path):
    """Return the cache folder, having seen that `find_data` looks there."""
    with pytest.raises(SysidError) as caught:
        find_data(("nothing",), None, "")
    (tried,) = [word for word in str(caught.value).split() if word.startswith("/")]
    folder = Path(tried.rstrip(";"))
    assert folder == tmp_path / "cache" / "sysid"
    return folder


def test_importing_the_module_brings_neither_torch_nor_the_network():
    code = "import sys, sysid.fetch; print({'torch', 'requests', 'pooch'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
