"""Tests of docs/conf.py: the navigation of the site, without what builds it."""

import importlib.util
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture
def conf():
    """The settings, as Sphinx executes them."""
    specification = importlib.util.spec_from_file_location("conf", TOP / "docs" / "conf.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def elsewhere(conf, monkeypatch, tmp_path):
    """Other pages: an index with two groups, and a folder of examples with a README of its own."""
    pages = {
        "README.md": "Top.\n",
        "docs/README.md": "**Learn** – by doing\n\n- [First](first.md), after\n  [the last](last.md)\n\n"
        "**Look up**\n\n- [Examples](examples/), [again](first.md#x) and [code](code.py)\n\n[No](no.md)\n",
        "docs/examples/README.md": "- [One](one/)\n- [First](../first.md)\n",
        "docs/examples/one/README.md": "One.\n",
        **{f"docs/{name}.md": "A page.\n" for name in ("first", "last", "no")},
    }
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(conf, "TOP", tmp_path)
    monkeypatch.setattr(conf, "INDEX", tmp_path / "docs" / "README.md")
    return tmp_path


def read(conf, page):
    source = [(conf.TOP / f"{page}.md").read_text()]
    conf.complete(page, source)
    return source[0]


def test_groups_of_the_index_are_groups_of_the_navigation(conf, elsewhere):
    found = {
        caption: [str(page.relative_to(elsewhere)) for page in pages]
        for caption, pages in conf.navigation().items()
    }
    assert found == {
        "": ["docs/README.md"],
        "Learn": ["docs/first.md", "docs/last.md"],
        "Look up": ["docs/examples/README.md", "docs/first.md"],
        "Project": ["CHANGELOG.md", "benchmarks/RESULTS.md"],
    }


def test_the_first_page_has_the_navigation_and_others_stay_as_they_are(conf, elsewhere):
    text = read(conf, "README")
    assert text.startswith("Top.\n")
    assert re.findall(r":caption: (.*)", text) == ["Learn", "Look up", "Project"]
    assert read(conf, "docs/first") == "A page.\n"


def test_a_link_to_a_folder_leads_to_its_readme(conf, elsewhere):
    assert "[Examples](examples/README.md), [again](first.md#x) and [code](code.py)" in read(
        conf, "docs/README"
    )


def test_a_readme_begins_the_navigation_of_its_own_folder(conf, elsewhere):
    assert read(conf, "docs/examples/README").endswith(
        "\n```{toctree}\n:hidden:\n\ndocs/examples/one/README.md\n```\n"
    )


def test_the_version_is_that_of_the_package(conf):
    assert f'version = "{conf.version}"' in (TOP / "pyproject.toml").read_text()


def test_what_builds_the_site_is_pinned():
    pinned = (TOP / "constraints.txt").read_text().lower()
    assert all(f"\n{name}==" in pinned for name in ("sphinx", "myst-parser", "furo"))
