"""How whoever reads a long stimulus lets itself be watched, and stopped."""

from collections.abc import Callable

Watch = Callable[[int, int], None]  # hears how many frames have been read, and of how many; may raise to stop


def unwatched(_read: int, _of: int) -> None:
    """Hear nothing."""
