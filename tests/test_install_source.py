"""Tests of sysid/install_source.py: what pip says of where a package came from."""

import json

import pytest

from sysid.install_source import find_install_source
from tests.installed_plugin import LEAKY

COMMIT = {"vcs": "git", "commit_id": "abc123"}


@pytest.mark.parametrize(
    ("content", "source"),
    [
        ({"url": "file:///home/me/acme", "dir_info": {}}, "/home/me/acme"),
        ({"url": "file:///home/me/acme-1.2.whl", "archive_info": {}}, "/home/me/acme-1.2.whl"),
        ({"url": "https://lab.org/acme.git", "vcs_info": COMMIT}, "git+https://lab.org/acme.git@abc123"),
        ({"url": "https://lab.org/acme-1.2.whl", "archive_info": {}}, "https://lab.org/acme-1.2.whl"),
        ({}, ""),
        ([], ""),
        ({"url": "https://lab.org/acme.git", "vcs_info": {}}, ""),
    ],
)
def test_it_is_what_pip_was_given(site, content, source):
    site.install(LEAKY)
    (information,) = site.folder.glob("*.dist-info")
    (information / "direct_url.json").write_text(json.dumps(content), encoding="utf-8")
    assert find_install_source("acme-sysid") == source


def test_a_package_of_an_index_and_one_that_is_not_there_have_none(site):
    site.install(LEAKY)
    assert find_install_source("acme-sysid") == ""
    assert find_install_source("nobody") == ""
