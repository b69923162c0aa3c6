"""Refuse packed files that swell without end when they are read; who trusts one says so."""

import math
import os

from sysid.errors import SysidError

HARMLESS = 256 << 20  # up to this many bytes a file may swell as far as it can: gratings do 1000 times
LARGEST_RATIO = 100  # unpacked to packed, beyond that
LARGEST = 8 << 30  # bytes unpacked; the deposit of Onken et al. 2016 is 0.5 GB
ALLOW = "SYSID_UNPACKED_GIB"  # environment variable: so much may be unpacked from one file, however it swells


def check_unpacked(where: str, packed: int, unpacked: int) -> None:
    """Refuse a packed file that is too large, or that swells too far, to be what it says.

    Args:
        where: what stands before the message: the file, or file and place in it.
        packed: bytes as stored.
        unpacked: bytes when it has been read.

    Raises:
        SysidError: it is; the line says what lets it through all the same.
    """
    allowed = _allowed_bytes()
    if allowed is not None:
        if unpacked > allowed:
            raise SysidError(
                f"{where}: expected at most {ALLOW}={os.environ[ALLOW]} GiB unpacked, got {unpacked} bytes"
            )
        return
    remedy = f"; if you trust it, set {ALLOW}={max(1, math.ceil(unpacked / 2**30))}"
    if unpacked > LARGEST:
        raise SysidError(f"{where}: expected at most {LARGEST} bytes unpacked, got {unpacked}{remedy}")
    if unpacked > HARMLESS and unpacked > LARGEST_RATIO * max(packed, 1):
        times = unpacked // max(packed, 1)
        raise SysidError(f"{where}: expected to swell at most {LARGEST_RATIO} times, got {times}{remedy}")


def _allowed_bytes() -> int | None:
    """Return what the environment allows, None where it says nothing."""
    said = os.environ.get(ALLOW, "")
    if not said:
        return None
    try:
        gib = float(said)
    except ValueError:
        gib = math.nan
    if not 0 < gib < math.inf:
        raise SysidError(f'{ALLOW}: expected a number of GiB above 0, got "{said}"')
    return int(gib * 2**30)
