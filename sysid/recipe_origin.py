"""Know where a value of a recipe was written, so that a message can point at it."""

import attrs

from sysid.recipe_overlay import Setting, Table, belongs
from sysid.schema_error import KeyPath, Mistake, write_path


@attrs.frozen
class Origin:
    """Where the tables of a recipe came from.

    Attributes:
        file: the recipe, as messages name it.
        document: with the profile, before any `--set`.
        profile: its name, or None.
        overlay: the profile's tables.
        settings: laid over `document`.
    """

    file: str
    document: Table
    profile: str | None = None
    overlay: Table = attrs.Factory(dict)
    settings: tuple[Setting, ...] = ()

    def write(self, mistake: Mistake) -> str:
        """Return a mistake as one line that names the file, or the `--set`, and the key."""
        path = write_path(mistake.path)
        if any(self._is_set(setting, mistake.path) for setting in self.settings):
            return f"--set {path}: {mistake.message}"
        if self.profile is not None and mistake.path and belongs(self.overlay, mistake.path):
            path = f"profiles.{self.profile}.{path}"
        return f"{self.file}: {path}: {mistake.message}" if path else f"{self.file}: {mistake.message}"

    def _is_set(self, setting: Setting, path: KeyPath) -> bool:
        """Say whether a setting made the value at a path, or is the only reason that there is one."""
        steps = tuple(str(step) for step in path)
        shared = min(len(steps), len(setting.path))
        if not steps or steps[:shared] != setting.path[:shared]:
            return False
        return len(steps) >= len(setting.path) or not _exists(self.document, path)


def place_in_variant(document: Table, variant: str, mistake: Mistake) -> Mistake:
    """Return a mistake of a resolved variant with the path of the table it was written in."""
    own, table = document["variants"][variant], mistake.path[:-1]
    is_only_here = bool(table) and belongs(own, table) and not _exists(document, table)
    if is_only_here or belongs(own, mistake.path):
        return attrs.evolve(mistake, path=("variants", variant, *mistake.path))
    return mistake


def explain_no_change(document: Table, setting: Setting) -> str:
    """Say why a setting changes no run."""
    path = setting.path
    if path[0] == "profiles":
        return "changes no run; a profile is laid before it, so set the path without profiles.NAME"
    if all(belongs(own, path) for own in document["variants"].values()):
        tables = " or ".join(f"variants.{name}" for name in document["variants"])
        return f"changes no run; every variant has its own, so set it in {tables}"
    return "changes no run; the value is what it was, or no run has it"


def _exists(document: Table, path: KeyPath) -> bool:
    inner = document
    for step in path:
        if isinstance(inner, list):
            return isinstance(step, int) and step < len(inner)
        if not isinstance(inner, dict) or step not in inner:
            return False
        inner = inner[step]
    return True
