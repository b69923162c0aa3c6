"""The five hooks: what a plugin may offer."""

import pluggy

PROJECT = "sysid"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks what a plugin implements of a hook: `@sysid.hookimpl` stands above `def sysid_cores()`."""


@hookspec
def sysid_datasets() -> dict[str, type]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return datasets, name → config class (a frozen attrs class derived from `sysid.Dataset`)."""


@hookspec
def sysid_encoders() -> dict[str, type]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return encoders, name → config class (a frozen attrs class derived from `sysid.Encoder`)."""


@hookspec
def sysid_cores() -> dict[str, type]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return cores, name → config class (a frozen attrs class derived from `sysid.Core`)."""


@hookspec
def sysid_readouts() -> dict[str, type]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return readouts, name → config class (a frozen attrs class derived from `sysid.Readout`)."""


@hookspec
def sysid_analyses() -> dict[str, type]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return analyses, name → config class (a frozen attrs class derived from `sysid.Analysis`)."""
