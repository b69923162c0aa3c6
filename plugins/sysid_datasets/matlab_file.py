"""Read variables from MATLAB 5 files, whole ones only."""

import io
import struct
import warnings
import zlib
from typing import Any

import scipy.io
from scipy.io.matlab import MatReadError

from sysid import SysidError, check_unpacked

HEADER_BYTES = 128  # text, version and byte order, before the first element
COMPRESSED = 15  # the type of an element that holds another, deflated
PIECE = 1 << 20  # bytes inflated at once

# What scipy raises for broken files, found by cutting and flipping the bytes of the deposit's.
BROKEN_FILE = (
    *(MatReadError, OSError, IndexError, KeyError, TypeError, ValueError, MemoryError, zlib.error),
    *(NotImplementedError, OverflowError, AttributeError),
)


def read_variables(content: bytes, where: str, names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return variables of a MATLAB 5 file by name, all or those named.

    Raises:
        SysidError: the file is not whole, not of MATLAB 5, or swells without end.
    """
    check_whole(content, where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns of a variable it cannot read; whoever asked finds none
        try:
            return scipy.io.loadmat(io.BytesIO(content), variable_names=names)
        except BROKEN_FILE as error:
            raise _broken(where, str(error)) from None


def check_whole(content: bytes, where: str) -> None:
    """Check that no element of a MATLAB 5 file is cut short or, where it is compressed, damaged.

    scipy parses what it decompresses before it compares the checksum, and can be led to ask for any amount of
    memory by damaged sizes; so the checksums are compared here first.

    Raises:
        SysidError: the file is not whole, not of MATLAB 5, or swells without end.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None or struct.unpack(f"{order}H", content[124:126]) != (0x0100,):
        newer = content.startswith(b"MATLAB 7.3")
        raise _broken(where, "it is of MATLAB 7.3: save it with -v7" if newer else "no header of such a file")
    start = HEADER_BYTES
    while start < len(content):
        if len(content) < start + 8:
            raise _broken(where, "it ends within the head of an element")
        kind, size = struct.unpack_from(f"{order}II", content, start)
        if len(content) < start + 8 + size:
            raise _broken(where, f"{start + 8 + size - len(content)} bytes are missing")
        if kind == COMPRESSED:
            _check_compressed(memoryview(content)[start + 8 : start + 8 + size], where)
        start += 8 + size


def _check_compressed(packed: memoryview, where: str) -> None:
    """Inflate an element piece by piece, without keeping it."""
    inflating = zlib.decompressobj()
    try:
        unpacked = len(inflating.decompress(packed, PIECE))
        while not inflating.eof and inflating.unconsumed_tail:
            unpacked += len(inflating.decompress(inflating.unconsumed_tail, PIECE))
            check_unpacked(where, len(packed), unpacked)
    except zlib.error as error:
        raise _broken(where, str(error)) from None
    if not inflating.eof:
        raise _broken(where, "a compressed element is incomplete")


def _broken(where: str, reason: str) -> SysidError:
    return SysidError(
        f"{where}: expected a whole MATLAB 5 file, got one that is broken or cut short ({reason})"
    )
