"""Room where run folders go."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sysid.byte_count import write_gib
from sysid.doctor.remark import Remark
from sysid.errors import SysidError
from sysid.run_folder import check_writable

LITTLE_BYTES = 1 << 30
ENOUGH_BYTES = 10 << 30


def examine_disk(folder: Path) -> Iterator[Remark]:
    """Yield a remark on the folder that runs would go to."""
    try:
        check_writable(folder)
    except SysidError as error:
        yield Remark("problem", f"runs cannot be written: {error}", "name another place with `--folder`")
        return
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    free = shutil.disk_usage(nearest).free
    says = f"{write_gib(free)} are free where runs go, {folder.absolute()}"
    if free < LITTLE_BYTES:
        yield Remark("problem", says, "make room, or name another place with `--folder`")
    elif free < ENOUGH_BYTES:
        yield Remark("note", f"{says}; runs and their analyses take some MiB to some 100 MiB each")
    else:
        yield Remark("ok", says)
