"""Write the reference from the code: `python -m sysid.reference docs/reference`."""

from pathlib import Path

from sysid.reference.command import describe_commands
from sysid.reference.component import describe_components
from sysid.reference.interface import describe_interfaces
from sysid.reference.python import describe_metrics, describe_python, describe_testing
from sysid.reference.recipe import describe_recipe
from sysid.registry import discover

PAGES = {
    "recipe.md": describe_recipe,
    "components.md": lambda: describe_components(discover()),
    "commands.md": describe_commands,
    "interfaces.md": describe_interfaces,
    "python.md": describe_python,
    "metrics.md": describe_metrics,
    "testing.md": describe_testing,
}
"""What makes each page."""


def write_reference(folder: Path) -> tuple[Path, ...]:
    """Write every page into an existing folder and return their paths."""
    for name, describe in PAGES.items():
        (folder / name).write_text(describe(), encoding="utf-8")
    return tuple(folder / name for name in PAGES)
