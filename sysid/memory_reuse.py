"""Memory that stays with the process from one training step to the next."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

# parameters of glibc's mallopt, from its malloc.h
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, MMAP_MAX = -1, -2, -3, -4
NEVER = 2**31 - 1
GROW_BYTES = 64 << 20
DEFAULT_MMAP_MAX = 65536
DEFAULT_TOP_PAD = 128 << 10
LARGEST_THRESHOLD = 32 << 20  # what glibc's own, growing threshold ends at


@contextmanager
def keep_freed_memory() -> Iterator[None]:
    """Let large tensors be made in memory that earlier ones left, for the length of a `with` block.

    By default glibc asks the system for every large block and gives it back when it is freed, so that each
    page is emptied and entered anew at its first use, in every training step. On systems without glibc this
    does nothing; other allocators keep memory by themselves.
    """
    mallopt = _mallopt()
    if mallopt is None:
        yield
        return
    mallopt(MMAP_MAX, 0)
    mallopt(TRIM_THRESHOLD, NEVER)
    mallopt(TOP_PAD, GROW_BYTES)
    try:
        yield
    finally:
        mallopt(MMAP_MAX, DEFAULT_MMAP_MAX)
        mallopt(MMAP_THRESHOLD, LARGEST_THRESHOLD)
        mallopt(TRIM_THRESHOLD, 2 * LARGEST_THRESHOLD)
        mallopt(TOP_PAD, DEFAULT_TOP_PAD)
        ctypes.CDLL(None).malloc_trim(0)


def _mallopt() -> "ctypes._NamedFuncPointer | None":
    """Return glibc's function, or nothing where the C library is another."""
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  # another library may have a mallopt of other meaning
        return library.mallopt
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no library without a name
        return None
