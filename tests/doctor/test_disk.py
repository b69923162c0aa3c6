"""Tests of sysid/doctor/disk.py."""

import shutil
from types import SimpleNamespace

import pytest

from sysid.doctor.disk import examine_disk

GIB = 1 << 30


@pytest.mark.parametrize(("free", "level"), [(20 * GIB, "ok"), (5 * GIB, "note"), (GIB // 2, "problem")])
def test_room_where_runs_go_is_judged(tmp_path, monkeypatch, free, level):
    asked = []
    monkeypatch.setattr(shutil, "disk_usage", lambda place: asked.append(place) or SimpleNamespace(free=free))
    (remark,) = examine_disk(tmp_path / "a" / "runs")
    assert remark.level == level
    assert remark.says.startswith(f"{free / GIB:.1f} GiB are free where runs go, {tmp_path / 'a' / 'runs'}")
    assert asked == [tmp_path]  # the nearest folder that is there


def test_a_place_that_cannot_be_written_is_a_problem(tmp_path):
    (tmp_path / "file").write_text("")
    (remark,) = examine_disk(tmp_path / "file" / "runs")
    assert remark.level == "problem"
    assert remark.says.startswith("runs cannot be written: folder: expected one that can be written to, got ")
    assert remark.remedy == "name another place with `--folder`"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
