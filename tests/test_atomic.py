import json

import numpy as np
import pytest

from sysid.atomic import write_json, write_text, write_whole
from sysid.errors import SysidError


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    file = tmp_path / "a.txt"
    write_text(file, "old")

    def break_off(beside):
        beside.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(file, break_off)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
    assert file.read_text() == "old"


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(SysidError, match=r"gone/a.txt: cannot be written: No such file or directory"):
        write_text(tmp_path / "gone" / "a.txt", "text")


def test_json_has_null_for_what_is_not_a_number(tmp_path):
    file = tmp_path / "a.json"
    write_json(file, {"a": float("nan"), "b": [np.float64(2.5), float("inf")], "c": np.arange(2)})
    assert json.loads(file.read_text()) == {"a": None, "b": [2.5, None], "c": [0, 1]}


def test_a_disk_that_is_read_only_is_one_line(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)  # says so even of a file that is not there
    with pytest.raises(SysidError, match=r"a.txt: cannot be written: Read-only file system"):
        write_whole(tmp_path / "a.txt", refuse)
