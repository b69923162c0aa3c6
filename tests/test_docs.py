"""What README and docs say is so: commands run, links lead somewhere, hooks are described."""

import contextlib
import importlib.metadata
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import attrs
import click
import pytest
import torch

from sysid.bundled import bundled_recipes
from sysid.command.main import cli, main
from sysid.component import HOOKS
from sysid.recipe import load_recipe
from tests.installed_plugin import Site, write_metadata
from tests.page_file import GIVEN

TOP = Path(__file__).resolve().parent.parent
PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"(?P<comments>(?:^<!-- [^\n]* -->\n)*)^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
# what a command prints and another machine does not: scores, seconds, memory; other whole numbers are counts
MEASURED = re.compile(r"[-+]?\d[\d,]*(?:(?:\.\d+)+|(?= (?:ms|s|min|h|[KMG]iB)\b))")
# comes where a run takes long, as on a busy machine
PROGRESS = re.compile(r".*: epoch \d+/\d+, step \d+/\d+.*")
ENVIRONMENT = re.compile(r"[A-Z_]+=.*")


@attrs.frozen
class Block:
    """A fenced block of a page: its line, language and text, and the comments right before its fence."""

    page: Path
    line: int
    language: str
    text: str
    comments: tuple[str, ...]

    def told(self, what: str) -> str | None:
        """Return what stands behind `what` in a comment before the fence, None where there is none."""
        found = [comment.removeprefix(what) for comment in self.comments if comment.startswith(what)]
        return found[0].strip(" :") if found else None

    @property
    def place(self) -> str:
        """Where to look when it fails."""
        return f"{self.page.relative_to(TOP)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start("text")),
            found["language"],
            found["text"],
            tuple(line[5:-4] for line in found["comments"].splitlines()),
        )
        for found in FENCE.finditer(text)
    ]


def name_of(page: Path) -> str:
    return str(page.relative_to(TOP))


pages_with_blocks = pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
pages_with_links = pytest.mark.parametrize(
    "page", [page for page in PAGES if LINK.search(page.read_text(encoding="utf-8"))], ids=name_of
)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty folder to work in, on one thread: recipes ask for two, and so do the tests beside this one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch, "set_num_threads", lambda _count: None)
    # it sets torch's OpenMP too, whose threads spin while they wait: ten times the time on a busy machine
    monkeypatch.setattr("sysid.thread.threadpool_limits", lambda _count: contextlib.nullcontext())
    yield tmp_path
    Site(tmp_path).forget()


@pages_with_blocks
def test_every_block_of_a_page_runs(page, folder, monkeypatch):
    names = {"__name__": "page"}
    output = ""
    for block in blocks(page):
        if block.told("not run in tests") is not None:
            continue
        if (given := block.told("given")) is not None and not (folder / given).exists():
            GIVEN[given](folder / given)
        if (file := block.told("file")) is not None:
            write_file(folder / file, block.text, monkeypatch)
        elif (file := block.told("at the end of")) is not None:
            append_to(folder / file, block.text)
        elif block.language in ("bash", "console"):
            run_commands(block, monkeypatch)
        elif block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as stream:
                exec(compile("\n" * block.line + block.text, str(page), "exec"), names)
            output = stream.getvalue()
        elif block.told("output") is not None:
            assert_shown(block.text.splitlines(), output, block.place, join_words)
        elif block.language == "toml":
            tomllib.loads(block.text)


def write_file(path: Path, text: str, monkeypatch) -> None:
    """Write a file of a page; with its pyproject.toml a package counts as installed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    Site(path.parent).forget()  # a command imports what it needs anew, as it would in a process of its own
    if path.name == "pyproject.toml":
        install(path.parent, monkeypatch)


def append_to(path: Path, text: str) -> None:
    """Write below what a file of a page has."""
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def install(package: Path, monkeypatch) -> None:
    """Leave what an editable install would: metadata with the entry points, and the source on the path."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = package.resolve() / "src"
    write_metadata(source, project)
    monkeypatch.syspath_prepend(str(source))
    assert importlib.metadata.version(project["name"]) == project["version"]


def run_commands(block: Block, monkeypatch) -> None:
    """Run a block's commands one by one; of a console block, compare what it shows with what comes."""
    expected = int(block.told("exit code") or 0)
    for command, shown in commands_of(block):
        code, output = run_command(command, block.place, monkeypatch)
        assert code == expected, f"{block.place}: {command}: exit code {code}\n{output}"
        if block.language == "console":
            assert_shown(shown, output, block.place, leave_out_measured)


def commands_of(block: Block) -> list[tuple[str, list[str]]]:
    """Return the commands, each with the lines of output below it; a backslash joins lines."""
    text = block.text.replace("\\\n", " ")
    if block.language == "bash":
        return [(line, []) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    commands: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    return commands


def run_command(command: str, place: str, monkeypatch) -> tuple[int, str]:
    """Run one `sysid …` in this process and return its exit code, and both its outputs as they came.

    `pip install -e` of a folder leaves what it would leave; nothing is installed.
    """
    words = shlex.split(command)
    if words[:3] == ["pip", "install", "-e"]:
        install(Path(words[3].partition("[")[0]), monkeypatch)
        return 0, ""
    if words[:3] == ["python", "-m", "pytest"]:
        return run_tests(words[3:])
    with monkeypatch.context() as patch:
        while ENVIRONMENT.fullmatch(words[0]):
            patch.setenv(*words.pop(0).split("=", 1))
        if words[0] == "torchrun":
            return run_torchrun(words[1:])
        module = words[:2] == ["python", "-m"] and words[2].startswith("sysid.")
        assert module or words[0] == "sysid", (
            f"{place}: only sysid commands are run; mark the block as not run: {command}"
        )
        patch.setattr(sys, "argv", words[2:] if module else words)
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            try:
                if module:
                    runpy.run_module(words[2], run_name="__main__", alter_sys=True)
                else:
                    main()
            except SystemExit as leaving:
                return int(leaving.code or 0), stream.getvalue()
    return 0, stream.getvalue()


def run_tests(arguments: list[str]) -> tuple[int, str]:
    """Run `python -m pytest …` in a process of its own, with the packages of the page on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_WAIT_POLICY": "PASSIVE"},
        encoding="utf-8",
    )
    return done.returncode, done.stdout


def run_torchrun(arguments: list[str]) -> tuple[int, str]:
    """Run `torchrun …` in processes of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
        timeout=300,
    )
    return done.returncode, done.stdout


def assert_shown(shown: list[str], output: str, place: str, compared: Callable[[str], str]) -> None:
    """Compare output with what a page shows of it; `…` stands for anything left out.

    `compared` says what of a line is compared: of a page's own Python all of it, also numbers; of a command
    not what was measured.
    """
    wanted = [compared(line) for line in shown if line.strip()]
    came = [compared(line) for line in output.splitlines() if line.strip()]
    came = [line for line in came if not PROGRESS.fullmatch(line)]
    at, free = 0, False
    for line in wanted:
        if line == "…":
            free = True
            continue
        pattern = re.compile(".*".join(re.escape(piece) for piece in line.split("…")))
        rows = range(at, len(came)) if free else range(at, min(at + 1, len(came)))
        found = next((row for row in rows if pattern.fullmatch(came[row])), None)
        assert found is not None, f"{place}: not in the output: {line}\n{output}"
        at, free = found + 1, False
    assert free or at == len(came), f"{place}: not shown: {came[at]}\n{output}"


def join_words(line: str) -> str:
    return " ".join(line.split())


def leave_out_measured(line: str) -> str:
    return MEASURED.sub("#", join_words(line))


def test_shown_output_of_a_command_differs_in_what_was_measured_only():
    output = "a -2.25 b in 12 s, 0.5 GiB, sysid 0.1.0\nc\nd of 1,024 runs\n"
    shown = ["a 1.5  b in 0.6 s, 2 GiB, sysid 0.2.0", "…", "d of 1,024 runs"]
    assert_shown(shown, output, "here", leave_out_measured)
    progress = "1/2 cnn/x: epoch 3/20, step 1/8, at most 1 s left\na\n"
    assert_shown(["a"], progress, "here", leave_out_measured)
    for shown in (["a 1", "c"], ["a 2"], ["b", "…"], ["a 3", "b", "c"], ["a 2.0", "b", "c"]):
        with pytest.raises(AssertionError):
            assert_shown(shown, "a 2\nb\nc\n", "here", leave_out_measured)


def test_shown_output_of_python_has_the_same_numbers():
    assert_shown(["direct 3.87,  Fourier 0.097", "…"], "direct 3.87, Fourier 0.097\nb\n", "here", join_words)
    with pytest.raises(AssertionError):
        assert_shown(["Fourier 0.117"], "Fourier 0.097\n", "here", join_words)


@pages_with_links
def test_every_link_of_a_page_leads_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


def anchors(page: Path) -> set[str]:
    """Return the names that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_leads_to_every_page():
    index = TOP / "docs" / "README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text())}
    assert {page for page in PAGES if page.parent != TOP and page != index} <= linked


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_is_overlooked(page):
    fences = re.findall(r"^ *(?:```|~~~)", page.read_text(encoding="utf-8"), flags=re.M)
    assert len(fences) == 2 * len(blocks(page))


def test_every_block_that_is_not_run_says_why():
    reasons = [block.told("not run in tests") for page in PAGES for block in blocks(page)]
    assert all(reason != "" for reason in reasons)


COMMANDS = [
    pytest.param(command, block.place, id=f"{block.place}: {command}")
    for page in PAGES
    for block in blocks(page)
    if block.told("not run in tests") is not None and block.language in ("bash", "console")
    for command, _ in commands_of(block)
    if command.startswith("sysid ")
]


@pytest.mark.parametrize(("command", "place"), COMMANDS)
def test_a_command_that_is_not_run_could_be(command, place, folder):
    """Its options are there, and what it says of a bundled recipe holds."""
    words = shlex.split(command)[1:]
    name, verb, rest = cli.resolve_command(click.Context(cli), words)
    try:
        given = verb.make_context(name, rest).params
    except click.UsageError as error:
        pytest.fail(f"{place}: {command}: {error.format_message()}")
    if given.get("recipe") in bundled_recipes():
        recipe = load_recipe(given["recipe"], profile=given["profile"], settings=given["settings"])
        assert recipe.select(given.get("only", ())).runs


def test_the_test_command_stands_where_ci_looks_for_it():
    lines = (TOP / "README.md").read_text(encoding="utf-8").splitlines()
    marker = lines.index("<!-- test command -->")
    assert lines[marker + 1] == "```bash"
    assert "pytest" in lines[marker + 2]
    assert lines[marker + 3] == "```"


def test_every_hook_is_described():
    text = (TOP / "docs" / "how-to" / "write_a_plugin.md").read_text(encoding="utf-8")
    assert [hook for hook in HOOKS if f"`{hook}`" not in text] == []


def test_every_bundled_recipe_is_named_in_the_readme():
    text = (TOP / "README.md").read_text(encoding="utf-8")
    assert [name for name in bundled_recipes() if name not in text] == []


def test_the_recipe_in_the_readme_is_whole(folder):
    (block,) = (block for block in blocks(TOP / "README.md") if block.language == "toml")
    (folder / "readme.toml").write_text(block.text, encoding="utf-8")
    assert len({run.variant for run in load_recipe("readme.toml").runs}) == 3


def test_pictures_are_small():
    pictures = sorted((TOP / "docs" / "images").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if os.path.getsize(picture) > 200_000] == []
