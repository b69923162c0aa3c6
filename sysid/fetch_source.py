"""What can be fetched: which files, from which addresses, with which digests, and how to get them by hand."""

import os
import re
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from sysid.download import DIGEST_KINDS, Digest, RemoteFile
from sysid.errors import SysidError
from sysid.fetch_request import FetchFailedError, get_json, post_form

DEPOSIT = "dryad_4ch10"
RELEASED = "zheng2021_hdf5"
NAMES = (DEPOSIT, RELEASED)

DOI = "10.5061/dryad.4ch10"  # Onken et al. 2016
DRYAD_URL = "https://datadryad.org"
PAGES = 100  # of a listing; more is a listing that goes round in circles

GITHUB_URL = "https://raw.githubusercontent.com"
REPOSITORY = "Zyj061/retina-crnn_model"  # Zheng et al. 2021
COMMIT = "f6d74f1"
RELEASED_FOLDER = "core/data"
RELEASED_BLOBS = {  # name → git blob id
    "train_mov3.hdf5": "379fe3e59435c368ade279ece50eb9463400d181",
    "test_mov3.hdf5": "b525856cd81b1d0295c1460dcdb5dd5b4b2c925b",
    "cell_simpleNL_off_2GC_v3.mat": "6d8507059e44f39d2d4c515c842f64d9a423e048",
}

T = TypeVar("T")


def released_files(github_url: str = GITHUB_URL) -> tuple[RemoteFile, ...]:
    """Return the files that came with the code of Zheng et al. 2021."""
    folder = f"{github_url}/{REPOSITORY}/{COMMIT}/{RELEASED_FOLDER}"
    return tuple(
        RemoteFile(name, f"{folder}/{name}", digest=Digest("git-blob", blob))
        for name, blob in RELEASED_BLOBS.items()
    )


def deposit_files(dryad_url: str = DRYAD_URL) -> tuple[RemoteFile, ...]:
    """Ask Dryad which files the newest version of the deposit has, without a token.

    Raises:
        FetchFailedError: no answer, or one that lacks what is needed; the line names address and key.
    """
    dataset_url = f"{dryad_url}/api/v2/datasets/{quote('doi:' + DOI, safe='')}"
    version = _look_up(get_json(dataset_url), ("_links", "stash:version", "href"), str, dataset_url)
    page_url = f"{urljoin(dryad_url, version)}/files"
    files: list[RemoteFile] = []
    for _ in range(PAGES):
        page = get_json(page_url)
        for entry in _look_up(page, ("_embedded", "stash:files"), list, page_url):
            if not (isinstance(entry, dict) and entry.get("status") == "deleted"):
                files.append(_deposit_file(entry, page_url, dryad_url))
        links = page.get("_links")
        if not isinstance(links, dict) or links.get("next") is None:
            break
        page_url = urljoin(dryad_url, _look_up(page, ("_links", "next", "href"), str, page_url))
    else:
        raise FetchFailedError(f"{page_url}: expected at most {PAGES} pages, got more")
    if not files:
        raise FetchFailedError(f"{page_url}: expected files, got none")
    return tuple(files)


def dryad_token(dryad_url: str = DRYAD_URL) -> str:
    """Return `$SYSID_DRYAD_TOKEN`, or a token got for the client id and secret, or nothing.

    Raises:
        SysidError: the id is set and the secret is not, or the other way round.
        FetchFailedError: Dryad gives no token for them.
    """
    if token := os.environ.get("SYSID_DRYAD_TOKEN", "").strip():
        return token
    names = ("SYSID_DRYAD_CLIENT_ID", "SYSID_DRYAD_CLIENT_SECRET")
    client_id, secret = (os.environ.get(name, "").strip() for name in names)
    if not client_id and not secret:
        return ""
    if not client_id or not secret:
        given, missing = names if client_id else names[::-1]
        raise SysidError(f"{missing}: expected a value beside {given}, got none")
    url = f"{dryad_url}/oauth/token"
    form = {"client_id": client_id, "client_secret": secret, "grant_type": "client_credentials"}
    return _look_up(post_form(url, form), ("access_token",), str, url)


def manual_steps(name: str, folder: Path) -> tuple[str, ...]:
    """Return how to get a dataset by hand into `folder`, line by line."""
    return _deposit_steps(folder) if name == DEPOSIT else _released_steps(folder)


def _deposit_steps(folder: Path) -> tuple[str, ...]:
    goal = folder / DEPOSIT
    return (
        "By hand:",
        f"  1. Open https://doi.org/{DOI} in a browser.",
        '  2. Choose "Download full dataset", or download every file listed under "Data files".',
        f"  3. Save what comes as {goal}.zip if that zip itself holds NeuralData and Stimuli;",
        f"     otherwise unpack it, and any zip in it, so that {goal / 'NeuralData'}",
        f"     and {goal / 'Stimuli'} are there.",
        f"  Any other folder will do if SYSID_DATA_DIR names the one that holds {DEPOSIT}.",
        "Or with a Dryad account: My account, API account, then set SYSID_DRYAD_CLIENT_ID and",
        "  SYSID_DRYAD_CLIENT_SECRET (or SYSID_DRYAD_TOKEN, valid for 10 hours) and run",
        f"  sysid fetch {DEPOSIT} again.",
    )


def _released_steps(folder: Path) -> tuple[str, ...]:
    goal = folder / RELEASED
    return (
        "By hand:",
        f"  1. Open https://github.com/{REPOSITORY}/tree/{COMMIT}/{RELEASED_FOLDER} in a browser.",
        f'  2. Open {", ".join(RELEASED_BLOBS)} in turn and choose "Download raw file".',
        f"  3. Put them into {goal} under these names; `git hash-object FILE` must print",
        *(f"     {blob} for {name}" for name, blob in RELEASED_BLOBS.items()),
        f"  Any other folder will do if SYSID_DATA_DIR names the one that holds {RELEASED}.",
    )


def _deposit_file(entry: Any, page_url: str, dryad_url: str) -> RemoteFile:
    name = _look_up(entry, ("path",), str, page_url)
    if not re.fullmatch(r"[^/\\:\x00-\x1f]+", name) or name in (".", ".."):
        raise FetchFailedError(f"{page_url}: path: expected a file name, got {name!r}")
    url = urljoin(dryad_url, _look_up(entry, ("_links", "stash:download", "href"), str, page_url))
    at_home = urlsplit(url)[:2] == urlsplit(dryad_url)[:2]  # same scheme, host and port
    size = _look_up(entry, ("size",), int, page_url)
    digest = None  # Dryad leaves out what it does not know; then the size and the zip's own CRCs must do
    if entry.get("digest"):
        kind = _look_up(entry, ("digestType",), str, page_url).lower().replace("-", "")
        if kind not in DIGEST_KINDS:
            raise FetchFailedError(f"{page_url}: digestType: expected md5 or sha-256, got {kind!r}")
        digest = Digest(kind, _look_up(entry, ("digest",), str, page_url))
    return RemoteFile(name, url, size, digest, needs_token=at_home)


def _look_up(content: Any, keys: tuple[str, ...], kind: type[T], where: str) -> T:
    """Return what lies under a path of keys, or say which key is missing or of the wrong type."""
    for depth, key in enumerate(keys, start=1):
        if not isinstance(content, dict) or key not in content:
            raise FetchFailedError(
                f"{where}: expected the key {'.'.join(keys[:depth])}, got an answer without it"
            )
        content = content[key]
    if not isinstance(content, kind) or isinstance(content, bool):
        raise FetchFailedError(
            f"{where}: {'.'.join(keys)}: expected {kind.__name__}, got {type(content).__name__}"
        )
    return content
