"""Tests for docs/explanation/contracts.md: every check of `sysid.testing` stands there by its name."""

import ast
import re
from pathlib import Path

import sysid.testing

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "contracts.md"
POSITION = {"expect": 1, "fail": 0, "running": 0, "evaluate": 2}
"""Which argument of a method names the check."""


def check_names() -> set[str]:
    """Return the names that stand in sentences, read from the code."""
    names = set()
    for file in Path(sysid.testing.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                at = POSITION.get(call.func.attr, len(call.args))
                if at < len(call.args) and isinstance(call.args[at], ast.Constant):
                    names.add(call.args[at].value)
    return names


def test_every_check_is_described_and_every_one_described_is_there():
    listed = re.findall(r"\(((?:`\w+`(?:,\s+)?)+)\)", PAGE.read_text(encoding="utf-8"))
    assert {name for group in listed for name in re.findall(r"`(\w+)`", group)} == check_names()


def test_every_function_is_in_the_guide():
    text = (PAGE.parents[1] / "how-to" / "check_a_plugin.md").read_text(encoding="utf-8")
    assert [name for name in sysid.testing.__all__ if f"`{name}`" not in text] == []
