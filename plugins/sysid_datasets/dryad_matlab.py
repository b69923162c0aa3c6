"""Read cell arrays from the deposit's MATLAB 5 files."""

import numpy as np

from sysid import SysidError
from sysid_datasets.dryad_deposit import Deposit
from sysid_datasets.matlab_file import read_variables


def read_cells(deposit: Deposit, name: str, variable: str) -> np.ndarray:
    """Return one cell array of a MATLAB 5 file as a 2-D object array.

    Raises:
        SysidError: the file is broken, or has no such cell array.
    """
    (content,) = deposit.read([name])
    where = f"{deposit.path}: {name}"
    variables = read_variables(content, where, (variable,))
    cells = variables.get(variable)
    if not isinstance(cells, np.ndarray) or cells.dtype != object or cells.ndim != 2 or cells.size == 0:
        got = "none" if cells is None else "another kind"
        raise SysidError(f"{where}: {variable}: expected a cell array, got {got}")
    return cells
