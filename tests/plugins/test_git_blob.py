"""Git blob ids of files."""

from sysid_datasets.git_blob import git_blob_id, note_unknown_blob

HELLO = "ce013625030ba8dba906f756967f9e9ca394464a"  # `echo hello | git hash-object --stdin`


def test_blob_id_is_what_git_says(tmp_path):
    path = tmp_path / "hello.txt"
    path.write_bytes(b"hello\n")
    assert git_blob_id(path) == HELLO


def test_blob_id_follows_a_change(tmp_path):
    path = tmp_path / "hello.txt"
    path.write_bytes(b"hello\n")
    git_blob_id(path)
    path.write_bytes(b"")
    assert git_blob_id(path) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # git's empty blob


def test_only_an_unknown_blob_is_noted(tmp_path):
    path = tmp_path / "hello.txt"
    path.write_bytes(b"hello\n")
    assert note_unknown_blob(path, HELLO) == ()
    (note,) = note_unknown_blob(path, "0" * 40)
    assert note == f"hello.txt is not the released file: git blob {HELLO}, released {'0' * 40}"
