"""Tests of sysid/component.py: what a hook may return."""

from importlib import metadata
from pathlib import Path
from typing import Any

import attrs
import pytest
from torch import nn

from sysid import Core, InputShape, key
from sysid.component import make_components


@attrs.frozen
class Good(Core):
    """A core."""

    units: int = key("units", default=1)

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make nothing."""
        return nn.Identity()


@attrs.define
class Thawed(Core):
    """Not frozen."""

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make nothing."""
        return nn.Identity()


class Undecorated(Good):
    """Frozen only by its parent."""


@attrs.frozen
class Unfinished(Core):
    """Without `build`."""


@attrs.frozen
class Greedy(Good):
    """With a key of the host."""

    use: str = key("taken", default="")


@attrs.frozen
class Mapped(Good):
    """With a type that no recipe holds."""

    table: dict[str, int] = key("a mapping", default={})


@attrs.frozen
class Loose:
    """Derived from nothing."""


@pytest.fixture
def distribution(tmp_path: Path) -> metadata.Distribution:
    folder = tmp_path / "acme_sysid-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-sysid\nVersion: 1.2\n")
    return metadata.Distribution.at(folder)


def test_a_component_knows_who_provided_it(distribution: metadata.Distribution) -> None:
    (component,) = make_components("core", {"good": Good}, "acme", distribution)
    assert (component.name, component.package, component.version) == ("acme:good", "acme-sysid", "1.2")
    assert (component.kind, component.plugin, component.config_class) == ("core", "acme", Good)


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (None, "expected a dict of names and classes, got NoneType"),
        ({"a b": Good}, 'expected a name of letters, digits, "_", "-" and ".", got \'a b\''),
        ({"x": 3}, "x: expected a class derived from sysid.Core, got 3"),
        ({"x": Loose}, "x: expected a class derived from sysid.Core, got Loose"),
        ({"x": Unfinished}, "x: Unfinished does not define build"),
        ({"x": Thawed}, "x: expected a frozen attrs class (@attrs.frozen), got Thawed"),
        ({"x": Undecorated}, "x: expected a frozen attrs class (@attrs.frozen), got Undecorated"),
        ({"x": Greedy}, 'x: expected no field named "use", which is a key of sysid\'s own'),
        ({"x": Loose, "good": Good, "y": 3}, "; y: expected a class derived from sysid.Core, got 3"),
    ],
)
def test_what_is_not_a_config_class_is_refused(
    offered: Any, reason: str, distribution: metadata.Distribution
) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        make_components("core", offered, "acme", distribution)
    assert str(error.value).endswith(reason)


def test_a_field_that_no_recipe_holds_is_refused(distribution: metadata.Distribution) -> None:
    with pytest.raises(ValueError, match=r"^x: table: expected a field of int, float"):
        make_components("core", {"x": Mapped}, "acme", distribution)


def test_an_analysis_says_its_scope(distribution: metadata.Distribution) -> None:
    from sysid import Analysis

    @attrs.frozen
    class Scopeless(Analysis):
        def analyze(self, runs: Any, folder: Path) -> dict[str, float | str]:
            return {}

    with pytest.raises(ValueError, match="Scopeless to have scope"):
        make_components("analysis", {"x": Scopeless}, "acme", distribution)
