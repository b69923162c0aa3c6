"""Dryad's listing is read with care, and what a person must do by hand is spelt out."""

import json
import re
from pathlib import Path

import pytest

from sysid import SysidError
from sysid.download import Digest, RemoteFile
from sysid.fetch_request import FetchFailedError
from sysid.fetch_source import deposit_files, dryad_token, manual_steps, released_files
from tests.local_server import Answer, serve

DATASET = "/api/v2/datasets/doi%3A10.5061%2Fdryad.4ch10"
FILES = "/api/v2/versions/7/files"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("TOKEN", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"SYSID_DRYAD_{name}", raising=False)


@pytest.fixture
def server():
    with serve() as running:
        running.answers[DATASET] = as_json({"_links": {"stash:version": {"href": "/api/v2/versions/7"}}})
        running.answers[FILES] = as_json(listing(entry()))
        yield running


def as_json(content):
    return Answer(json.dumps(content).encode(), headers={"Content-Type": "application/json"})


def listing(*entries, **links):
    return {"_links": links, "_embedded": {"stash:files": list(entries)}}


def entry(**changes):
    whole = {
        "path": "Stimuli.zip",
        "size": 12,
        "digest": "AB12",
        "digestType": "sha-256",
        "_links": {"stash:download": {"href": "/api/v2/files/3/download"}},
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def test_the_released_files_are_named_by_their_git_blob_ids():
    files = released_files("http://127.0.0.1:1")
    assert [file.name for file in files] == [
        "train_mov3.hdf5",
        "test_mov3.hdf5",
        "cell_simpleNL_off_2GC_v3.mat",
    ]
    assert files[1].url == "http://127.0.0.1:1/Zyj061/retina-crnn_model/f6d74f1/core/data/test_mov3.hdf5"
    assert files[1].digest == Digest("git-blob", "b525856cd81b1d0295c1460dcdb5dd5b4b2c925b")
    assert released_files()[0].url.startswith("https://raw.githubusercontent.com/")


def test_the_listing_is_followed_to_the_newest_version_over_all_pages_without_a_token(server, monkeypatch):
    monkeypatch.setenv("SYSID_DRYAD_TOKEN", "expired")
    server.answers[FILES] = as_json(listing(entry(), next={"href": f"{FILES}?page=2"}))
    second = entry(path="README.txt", size=3, digest="cd", digestType="md5")
    server.answers[f"{FILES}?page=2"] = as_json(listing(entry(status="deleted"), second))
    url = f"{server.url}/api/v2/files/3/download"
    assert deposit_files(server.url) == (
        RemoteFile("Stimuli.zip", url, 12, Digest("sha256", "ab12"), needs_token=True),
        RemoteFile("README.txt", url, 3, Digest("md5", "cd"), needs_token=True),
    )
    assert server.paths() == [DATASET, FILES, f"{FILES}?page=2"]
    assert all(request.headers["Authorization"] is None for request in server.heard)


@pytest.mark.parametrize("missing", [..., None, ""])
def test_a_file_without_digest_is_checked_by_its_size(server, missing):
    server.answers[FILES] = as_json(listing(entry(digest=missing, digestType=missing)))
    assert deposit_files(server.url)[0].digest is None


def test_a_file_that_lies_elsewhere_is_not_shown_the_token(server):
    elsewhere = {"stash:download": {"href": "http://127.0.0.1:9/file"}}
    server.answers[FILES] = as_json(listing(entry(_links=elsewhere)))
    assert not deposit_files(server.url)[0].needs_token


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "expected the key _links, got an answer without it"),
        ({"_links": {}}, "expected the key _links.stash:version, got an answer without it"),
        (
            {"_links": {"stash:version": "x"}},
            "expected the key _links.stash:version.href, got an answer without it",
        ),
        ({"_links": {"stash:version": {"href": 7}}}, "_links.stash:version.href: expected str, got int"),
    ],
)
def test_a_dataset_without_a_version_names_the_key(server, content, words):
    server.answers[DATASET] = as_json(content)
    with pytest.raises(FetchFailedError) as caught:
        deposit_files(server.url)
    assert str(caught.value) == f"{server.url}{DATASET}: {words}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "expected the key _embedded, got an answer without it"),
        ({"_embedded": {"stash:files": {}}}, "_embedded.stash:files: expected list, got dict"),
        (listing(), "expected files, got none"),
        (listing("x"), "expected the key path, got an answer without it"),
        (listing(entry(path=...)), "expected the key path, got an answer without it"),
        (listing(entry(path="../x")), "path: expected a file name, got '../x'"),
        (listing(entry(path="..")), "path: expected a file name, got '..'"),
        (listing(entry(size=...)), "expected the key size, got an answer without it"),
        (listing(entry(size="12")), "size: expected int, got str"),
        (listing(entry(size=True)), "size: expected int, got bool"),
        (listing(entry(_links={})), "expected the key _links.stash:download, got an answer without it"),
        (listing(entry(digestType=...)), "expected the key digestType, got an answer without it"),
        (listing(entry(digestType="crc-32")), "digestType: expected md5 or sha-256, got 'crc32'"),
        (listing(entry(), next={}), "expected the key _links.next.href, got an answer without it"),
    ],
)
def test_a_listing_that_lacks_something_names_the_key(server, content, words):
    server.answers[FILES] = as_json(content)
    with pytest.raises(FetchFailedError) as caught:
        deposit_files(server.url)
    assert str(caught.value) == f"{server.url}{FILES}: {words}"


def test_a_listing_in_circles_ends(server, monkeypatch):
    monkeypatch.setattr("sysid.fetch_source.PAGES", 3)
    server.answers[FILES] = as_json(listing(entry(), next={"href": FILES}))
    with pytest.raises(FetchFailedError, match=r"/files: expected at most 3 pages, got more$"):
        deposit_files(server.url)


def test_the_token_is_taken_from_the_environment(server, monkeypatch):
    assert dryad_token(server.url) == ""
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_ID", "me")
    monkeypatch.setenv("SYSID_DRYAD_TOKEN", " given\n")
    assert dryad_token(server.url) == "given"
    assert server.heard == []


def test_a_token_is_got_for_the_client_id_and_secret(server, monkeypatch):
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_ID", "me")
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_SECRET", "hush")
    server.answers["/oauth/token"] = as_json({"access_token": "fresh", "expires_in": 36000})
    assert dryad_token(server.url) == "fresh"
    assert server.heard[0].body == b"client_id=me&client_secret=hush&grant_type=client_credentials"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=401), "expected status 200, got 401 (Unauthorized)"),
        (as_json({}), "expected the key access_token, got an answer without it"),
    ],
)
def test_a_refused_client_is_told_without_its_secret(server, monkeypatch, answer, words):
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_ID", "me")
    monkeypatch.setenv("SYSID_DRYAD_CLIENT_SECRET", "hush")
    server.answers["/oauth/token"] = answer
    with pytest.raises(FetchFailedError) as caught:
        dryad_token(server.url)
    assert str(caught.value) == f"{server.url}/oauth/token: {words}"


@pytest.mark.parametrize(
    ("given", "missing"), [("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_SECRET", "CLIENT_ID")]
)
def test_half_a_client_is_refused(monkeypatch, given, missing):
    monkeypatch.setenv(f"SYSID_DRYAD_{given}", "x")
    with pytest.raises(SysidError) as caught:
        dryad_token()
    assert (
        str(caught.value) == f"SYSID_DRYAD_{missing}: expected a value beside SYSID_DRYAD_{given}, got none"
    )


def test_the_steps_for_the_deposit_name_page_file_and_folder():
    assert manual_steps("dryad_4ch10", Path("/data")) == (
        "By hand:",
        "  1. Open https://doi.org/10.5061/dryad.4ch10 in a browser.",
        '  2. Choose "Download full dataset", or download every file listed under "Data files".',
        "  3. Save what comes as /data/dryad_4ch10.zip if that zip itself holds NeuralData and Stimuli;",
        "     otherwise unpack it, and any zip in it, so that /data/dryad_4ch10/NeuralData",
        "     and /data/dryad_4ch10/Stimuli are there.",
        "  Any other folder will do if SYSID_DATA_DIR names the one that holds dryad_4ch10.",
        "Or with a Dryad account: My account, API account, then set SYSID_DRYAD_CLIENT_ID and",
        "  SYSID_DRYAD_CLIENT_SECRET (or SYSID_DRYAD_TOKEN, valid for 10 hours) and run",
        "  sysid fetch dryad_4ch10 again.",
    )


def test_the_steps_for_the_released_files_name_page_files_and_folder():
    steps = manual_steps("zheng2021_hdf5", Path("/data"))
    assert steps[:4] == (
        "By hand:",
        "  1. Open https://github.com/Zyj061/retina-crnn_model/tree/f6d74f1/core/data in a browser.",
        "  2. Open train_mov3.hdf5, test_mov3.hdf5, cell_simpleNL_off_2GC_v3.mat in turn and choose "
        '"Download raw file".',
        "  3. Put them into /data/zheng2021_hdf5 under these names; `git hash-object FILE` must print",
    )
    assert [re.fullmatch(r"     ([0-9a-f]{40}) for (\S+)", line).groups() for line in steps[4:7]] == [
        (file.digest.value, file.name) for file in released_files()
    ]
    assert steps[7:] == (
        "  Any other folder will do if SYSID_DATA_DIR names the one that holds zheng2021_hdf5.",
    )
