"""The error that a stimulus is named and timed, but its pixels are not there."""

from sysid import SysidError


class MissingPixelsError(SysidError):
    """A stimulus without pixels: left out where the recipe does not name it, else what the user is told."""
