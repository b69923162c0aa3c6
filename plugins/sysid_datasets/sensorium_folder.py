"""The folder of one mouse as the SENSORIUM competitions give it out."""

import collections
from pathlib import Path

import attrs

from sysid import DataNotFoundError, SysidError
from sysid_datasets.nwb_file import find_file
from sysid_datasets.sensorium_array import open_array

TIERS = "meta/trials/tiers.npy"
NEEDED = ("data/responses", TIERS)
KINDS = {"videos": "data/videos", "images": "data/images"}


@attrs.frozen(eq=False)
class Folder:
    """Know where things are.

    Attributes:
        path: the folder that has `data` and `meta` in it.
        pictures: "videos" (2023) or "images" (2022).
        tiers: of each trial, whose number is that of its files.
    """

    path: Path
    pictures: str
    tiers: tuple[str, ...]

    @property
    def is_movie(self) -> bool:
        """Whether a trial is a video rather than an image."""
        return self.pictures == "videos"

    def file(self, what: str, trial: int) -> Path:
        """Return where one trial's array is; `what` is a folder in `data`."""
        return self.path / "data" / what / f"{trial}.npy"

    def picture(self, trial: int) -> Path:
        """Return where one trial's video or image is."""
        return self.file(self.pictures, trial)

    def trials(self, tier: str) -> tuple[int, ...]:
        """Return the numbers of a tier's trials."""
        return tuple(number for number, each in enumerate(self.tiers) if each == tier)

    def count_tiers(self) -> str:
        """Return the tiers with the number of their trials, as text."""
        counts = collections.Counter(self.tiers)
        return ", ".join(f"{tier} ({count})" for tier, count in counts.items()) or "none"


def open_folder(path: Path) -> Folder:
    """Find a folder: here, in $SYSID_DATA_DIR, or in the cache.

    Raises:
        DataNotFoundError: it is nowhere.
        SysidError: it is a zip file, or has no videos, responses or tiers.
    """
    found = _find(path)
    if found.is_file():
        kind = "a zip file: unpack it, and set" if found.suffix.lower() == ".zip" else "a file: set"
        raise SysidError(f"{found}: expected a folder, got {kind} `path` to the folder with data and meta")
    missing = [name for name in NEEDED if not (found / name).exists()]
    pictures = [kind for kind, name in KINDS.items() if (found / name).is_dir()]
    if not pictures:
        missing.insert(0, " or ".join(KINDS.values()))
    if missing:
        raise SysidError(
            f"{found}: expected a folder of the SENSORIUM competition, got none of {', '.join(missing)} in it"
            f"{_suggest(found)}"
        )
    return Folder(found, pictures[0], _read_tiers(found / TIERS))


def _find(path: Path) -> Path:
    try:
        return find_file(path, "path")
    except DataNotFoundError:
        zipped = path.expanduser().with_name(f"{path.name}.zip")
        if zipped.is_file():
            raise DataNotFoundError(
                f"{path}: no such folder, but {zipped.name} is there: unpack it"
            ) from None
        raise


def _suggest(found: Path) -> str:
    """Name the folder within that looks right: a zip file unpacked into a folder of its name makes one."""
    inner = [each for each in sorted(found.iterdir()) if (each / TIERS).is_file()]
    if not inner:
        return ""
    names = ", ".join(str(each) for each in inner[:4]) + (", …" if len(inner) > 4 else "")
    return f"; set `path` to {'one of ' if len(inner) > 1 else ''}{names}"


def _read_tiers(path: Path) -> tuple[str, ...]:
    stored = open_array(path)
    if stored.ndim != 1 or stored.dtype.kind not in "US" or not len(stored):
        raise SysidError(f"{path}: expected one text per trial, got {stored.dtype} of shape {stored.shape}")
    return tuple(
        each.decode(errors="replace") if isinstance(each, bytes) else str(each) for each in stored.tolist()
    )
