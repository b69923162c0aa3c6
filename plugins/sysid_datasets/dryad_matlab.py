"""Read cell arrays from MATLAB 5 files, whole ones only."""

import io
import struct
import warnings
import zlib

import numpy as np
import scipy.io
from scipy.io.matlab import MatReadError

from sysid import SysidError
from sysid_datasets.dryad_deposit import Deposit

HEADER_BYTES = 128  # text, version and byte order, before the first element
COMPRESSED = 15  # the type of an element that holds another, deflated

# What scipy raises for broken files, found by cutting and flipping the bytes of the deposit's.
BROKEN_FILE = (MatReadError, OSError, IndexError, KeyError, TypeError, ValueError, MemoryError, zlib.error)


def read_cells(deposit: Deposit, name: str, variable: str) -> np.ndarray:
    """Return one cell array of a MATLAB 5 file as a 2-D object array.

    Raises:
        SysidError: the file is broken, or has no such cell array.
    """
    (content,) = deposit.read([name])
    where = f"{deposit.path}: {name}"
    check_whole(content, where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns of a variable it cannot read; the check below is ours
        try:
            variables = scipy.io.loadmat(io.BytesIO(content), variable_names=(variable,))
        except BROKEN_FILE as error:
            raise _broken(where, str(error)) from None
    cells = variables.get(variable)
    if not isinstance(cells, np.ndarray) or cells.dtype != object or cells.ndim != 2 or cells.size == 0:
        got = "none" if cells is None else "another kind"
        raise SysidError(f"{where}: {variable}: expected a cell array, got {got}")
    return cells


def check_whole(content: bytes, where: str) -> None:
    """Check that no element of a MATLAB 5 file is cut short or, where it is compressed, damaged.

    scipy parses what it decompresses before it compares the checksum, and can be led to ask for any amount of
    memory by damaged sizes; so the checksums are compared here first.

    Raises:
        SysidError: the file is not whole, or not of MATLAB 5.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None or struct.unpack(f"{order}H", content[124:126]) != (0x0100,):
        raise _broken(where, "no header of such a file")
    start = HEADER_BYTES
    while start < len(content):
        if len(content) < start + 8:
            raise _broken(where, "it ends within the head of an element")
        kind, size = struct.unpack_from(f"{order}II", content, start)
        if len(content) < start + 8 + size:
            raise _broken(where, f"{start + 8 + size - len(content)} bytes are missing")
        if kind == COMPRESSED:
            try:
                zlib.decompress(memoryview(content)[start + 8 : start + 8 + size])
            except zlib.error as error:
                raise _broken(where, str(error)) from None
        start += 8 + size


def _broken(where: str, reason: str) -> SysidError:
    return SysidError(
        f"{where}: expected a whole MATLAB 5 file, got one that is broken or cut short ({reason})"
    )
