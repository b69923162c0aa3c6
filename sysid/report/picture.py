"""Pictures inside a page, as many as a browser shows with ease."""

import base64
from pathlib import Path

MOST_BYTES = 12 << 20  # of PNG; written as text they take a third more, 16 MiB


class Pictures:
    """Put pictures into a page until it is full.

    Attributes:
        left: how many bytes of PNG the page has room for.
        left_out: how many pictures had none.
    """

    def __init__(self, most_bytes: int = MOST_BYTES):
        self.left = most_bytes
        self.left_out = 0

    def embed(self, picture: Path) -> tuple[str, bool]:
        """Return a PNG as an address that holds it, or nothing where it is not there or has no room.

        The second value says that it is there and had no room.
        """
        if not picture.is_file():
            return "", False
        size = picture.stat().st_size
        if size > self.left:
            self.left_out += 1
            return "", True
        self.left -= size
        return write_address(picture.read_bytes()), False


def write_address(png: bytes) -> str:
    """Return an address that holds a PNG."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
