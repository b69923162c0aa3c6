"""`sysid plugins`: which plugins are installed, what they offer, and whether it keeps its promises."""

import sys

import click


@click.command()
@click.option("--check", "name", metavar="NAME", help="Check this component, or all of this plugin.")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="With --check, a key for the components that have it; repeatable.",
)
def plugins(name: str | None, settings: tuple[str, ...]) -> None:
    """List plugins: package, version, status, what each offers, and for a broken one the reason.

    A plugin whose import takes long is "slow", with the time. With --check, run the checks of `sysid.testing`
    on each component and say what does not hold; the exit code is then 1 unless all are ok. NAME is a plugin,
    a package, or a component such as acme:leaky or core:lstm.
    """
    from sysid.command.plugin_page import print_plugins, print_result
    from sysid.errors import SysidError
    from sysid.plugin_check import check_plugin
    from sysid.registry import discover

    if name is None:
        if settings:
            raise SysidError(f"--set {settings[0]}: expected together with --check NAME")
        print_plugins(discover())
        return
    results = []
    for result in check_plugin(discover(), name, settings):  # each may take a while
        print_result(result)
        results.append(result)
    if any(result.outcome != "ok" for result in results):
        sys.exit(1)
