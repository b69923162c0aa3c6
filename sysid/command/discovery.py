"""Find plugins and say which are broken."""

from sysid.command.line import print_line
from sysid.registry import Registry, discover


def discover_aloud() -> Registry:
    """Return the registry after one warning line on standard error for every broken plugin."""
    registry = discover()
    for broken in registry.broken:
        print_line(
            f"warning: plugin {broken.plugin} ({broken.package} {broken.version}): {broken.reason}", err=True
        )
    return registry
