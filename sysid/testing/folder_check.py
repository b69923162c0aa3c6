"""Check that an analysis writes into its own folder alone."""

import hashlib
from pathlib import Path

from sysid.testing.subject import Subject

Content = dict[str, str]


def look_at_folder(top: Path, but: Path) -> Content:
    """Return the digest of every file below a folder, but for those of one folder in it."""
    return {
        str(file.relative_to(top)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(top.rglob("*"))
        if file.is_file() and but not in file.parents
    }


def check_written(subject: Subject, before: Content, after: Content) -> None:
    """Expect nothing to be written, changed or removed beside the folder that the analysis was given.

    Raises:
        AssertionError: something was.
    """
    made, gone = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    changed = sorted(name for name in set(before) & set(after) if before[name] != after[name])
    lines = [
        f"{', '.join(names)} {what}"
        for names, what in ((made, "written"), (changed, "changed"), (gone, "removed"))
        if names
    ]
    subject.expect(
        not lines,
        "folder",
        "files in the analysis's own folder alone, and runs left as they are",
        "; ".join(lines),
        "Usual mistake: a name without the folder, `Path('table.csv')` in place of `folder / 'table.csv'`.",
    )
