"""The documentation as one site: `sphinx-build -c docs . DIRECTORY`, from the top of the repository.

The pages are Markdown as a forge shows it. What a site needs besides is added here: the navigation, which is
made of the lists in docs/README.md, and the way from a link to a folder to the README therein.
"""

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
INDEX = TOP / "docs" / "README.md"
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")
GROUP = re.compile(r"^\*\*(.+?)\*\*", re.M)  # "**How to** – reach a goal"

project = "sysid"
author = "The sysid developers"
project_copyright = author
version = release = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["version"]

extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "CHANGELOG.md", "benchmarks/RESULTS.md", "docs/**.md"]
exclude_patterns = [".*", "build", "dist", "runs", "venv", "docs/_build", "**/.*"]
myst_heading_anchors = 4  # links may lead to any heading, by the name that a forge gives it
html_theme = "furo"
html_title = f"sysid {version}"
html_copy_source = False
html_show_sphinx = False
highlight_language = "text"
smartquotes = False  # `--set` is two hyphens


def setup(app: Any) -> None:
    """Let Sphinx read pages as they are for a site."""
    app.connect("source-read", lambda _app, page, source: complete(page, source))
    app.connect("build-finished", open_at_index)


def complete(page: str, source: list[str]) -> None:
    """Lead links to folders to their READMEs, and add the navigation to pages that begin one."""
    path = TOP / f"{page}.md"
    source[0] = LINK.sub(lambda link: lead_to_readme(path, link), source[0])
    contents = navigation() if page == root_doc else pages_below(path)
    for caption, pages in contents.items():
        rows = "\n".join(str(each.relative_to(TOP)) for each in pages)
        title = f":caption: {caption}\n" if caption else ""
        source[0] += f"\n```{{toctree}}\n:hidden:\n{title}\n{rows}\n```\n"


def lead_to_readme(path: Path, link: re.Match) -> str:
    """Return a link of a page, with a folder's README in place of the folder."""
    if not (path.parent / link[1] / "README.md").is_file():
        return link[0]
    return f"]({link[1].rstrip('/')}/README.md{link[2] or ''})"


def navigation() -> dict[str, list[Path]]:
    """Return the pages by the captions above them: those that the index lists, and what has no group."""
    _, *groups = GROUP.split(INDEX.read_text(encoding="utf-8"))
    listed = {
        caption: list(pages_of(INDEX, text)) for caption, text in zip(groups[::2], groups[1::2], strict=True)
    }
    return {"": [INDEX]} | listed | {"Project": [TOP / "CHANGELOG.md", TOP / "benchmarks" / "RESULTS.md"]}


def pages_below(path: Path) -> dict[str, list[Path]]:
    """Return the pages that a README lists of its own folder and the index does not."""
    if path.name != "README.md" or path == INDEX:
        return {}
    known = [page for pages in navigation().values() for page in pages]
    listed = pages_of(path, path.read_text(encoding="utf-8"))
    own = [page for page in listed if path.parent in page.parents and page not in known]
    return {"": own} if own else {}


def pages_of(path: Path, text: str) -> Iterator[Path]:
    """Yield the pages below docs/ that the lists in a text link to, each once."""
    lists = "\n".join(re.findall(r"^- .*(?:\n  .*)*", text, re.M))
    targets = [(path.parent / target).resolve() for target, _ in LINK.findall(lists)]
    pages = [target / "README.md" if target.is_dir() else target for target in targets]
    yield from dict.fromkeys(page for page in pages if page.suffix == ".md" and INDEX.parent in page.parents)


def open_at_index(app: Any, error: Exception | None) -> None:
    """Let the folder of the site open at its first page, as web servers do."""
    if error is None and app.builder.name == "html":
        shutil.copyfile(app.outdir / f"{root_doc}.html", app.outdir / "index.html")
