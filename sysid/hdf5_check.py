"""Refuse HDF5 datasets that are not what they seem: bytes of other files, or far more than is stored."""

import h5py

from sysid.errors import SysidError
from sysid.unpacked_size import check_unpacked

SAME_FILE = "."  # what a virtual dataset calls its own file


def check_dataset(dataset: h5py.Dataset, where: str, *, whole: bool = False) -> None:
    """Refuse a dataset whose bytes lie in other files, which no checksum of its own file covers.

    HDF5 can present any file of the machine as numbers (external storage), and pieces of other HDF5 files as
    one array (virtual datasets). A link to another HDF5 file is no such thing: it says where it leads.

    Args:
        dataset: open.
        where: what stands before the message: file and place in it.
        whole: whether all of it will be read at once; then it may not swell without end either.

    Raises:
        SysidError: it is one of these.
    """
    outside = [name for name, _, _ in dataset.external or ()]
    if dataset.is_virtual:
        outside += [each.file_name for each in dataset.virtual_sources() if each.file_name != SAME_FILE]
    if outside:
        raise SysidError(
            f'{where}: expected its data in this file, got a dataset that reads them from "{outside[0]}"; '
            "copy the data into one file (`h5repack` does) if you trust it"
        )
    if whole:
        check_unpacked(where, dataset.id.get_storage_size(), dataset.nbytes)
