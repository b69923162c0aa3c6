"""Tests of sysid/doctor/cgroup.py on folders that look like /sys/fs/cgroup."""

import pytest

from sysid.doctor.cgroup import core_limit, memory_left_bytes, memory_limit_bytes


@pytest.fixture
def second(tmp_path):
    """Version 2: a job in a group with 3 GB, below one with 8 GB and two and a half cores."""
    group = tmp_path / "sys" / "cluster" / "job"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("3000000000\n")
    (group / "memory.current").write_text("1000000000\n")
    (group / "memory.stat").write_text("anon 5\ninactive_file 400000000\n")
    (group / "cpu.max").write_text("max 100000\n")
    (group.parent / "memory.max").write_text("8000000000\n")
    (group.parent / "memory.current").write_text("7000000000\n")
    (group.parent / "cpu.max").write_text("250000 100000\n")
    membership = tmp_path / "membership"
    membership.write_text("0::/cluster/job\n")
    return tmp_path / "sys", membership


@pytest.fixture
def first(tmp_path):
    """Version 1, as a container sees it: its group is the root of what there is."""
    for controller in ("memory", "cpu,cpuacct"):
        (tmp_path / "sys" / controller.partition(",")[0]).mkdir(parents=True)
    memory, cores = tmp_path / "sys" / "memory", tmp_path / "sys" / "cpu"
    (memory / "memory.limit_in_bytes").write_text("2000000000\n")
    (memory / "memory.usage_in_bytes").write_text("500000000\n")
    (cores / "cpu.cfs_quota_us").write_text("300000\n")
    (cores / "cpu.cfs_period_us").write_text("100000\n")
    membership = tmp_path / "membership"
    membership.write_text("5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n")
    return tmp_path / "sys", membership


def test_the_tightest_group_decides(second):
    assert memory_limit_bytes(*second) == 3_000_000_000
    assert memory_left_bytes(*second) == 1_000_000_000  # 8 − 7 GB; its own has 3 − 1 + .4
    assert core_limit(*second) == 2.5


def test_file_cache_counts_as_free(second):
    (second[0] / "cluster" / "memory.max").unlink()
    assert memory_left_bytes(*second) == 2_400_000_000


def test_version_1_is_read_as_well(first):
    assert memory_limit_bytes(*first) == 2_000_000_000
    assert memory_left_bytes(*first) == 1_500_000_000
    assert core_limit(*first) == 3.0


def test_no_limit_is_none(first):
    (first[0] / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (first[0] / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    assert (memory_limit_bytes(*first), memory_left_bytes(*first), core_limit(*first)) == (None, None, None)


def test_a_system_without_groups_has_no_limit(tmp_path):
    nowhere = tmp_path / "none", tmp_path / "membership"
    assert (memory_limit_bytes(*nowhere), memory_left_bytes(*nowhere), core_limit(*nowhere)) == (None,) * 3
