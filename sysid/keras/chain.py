"""Take the layers of an architecture one after the other."""

from sysid.errors import SysidError
from sysid.keras.architecture import Architecture
from sysid.keras.layer import KerasLayer


class Chain:
    """The layers that are still to be read."""

    def __init__(self, architecture: Architecture):
        self.file = architecture.file
        self._left = list(architecture.layers)

    def continues_with(self, *kinds: str) -> bool:
        """Say whether the next layer is one of these kinds."""
        return bool(self._left) and self._left[0].kind in kinds

    def take(self, *kinds: str) -> KerasLayer:
        """Return the next layer, which must be one of these kinds.

        Raises:
            SysidError: it is another, or there is none.
        """
        wanted = kinds[0] if len(kinds) == 1 else f"one of {', '.join(kinds)}"
        if not self._left:
            raise SysidError(f"{self.file}: after the last layer: expected {wanted}, got nothing")
        if not self.continues_with(*kinds):
            found = self._left[0]
            raise SysidError(f"{self.file}: layer {found.name}: expected {wanted}, got {found.kind}")
        return self._left.pop(0)

    def take_optional(self, kind: str) -> KerasLayer | None:
        """Return the next layer if it is of this kind."""
        return self.take(kind) if self.continues_with(kind) else None

    def end(self) -> None:
        """Refuse layers that are left over.

        Raises:
            SysidError: there is one.
        """
        if self._left:
            found = self._left[0]
            raise SysidError(f"{self.file}: layer {found.name}: expected no layer here, got {found.kind}")
