"""Nothing in the source reads a pickle or runs text: the calls that do are looked for by name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

TOP = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(TOP / "sysid").rglob("*.py"), *(TOP / "plugins").rglob("*.py")])

# modules whose readers run what they read, or that read programs
MODULES = {
    *("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "jsonpickle"),
    *("yaml", "code", "codeop", "runpy", "imp", "pty", "pdb", "ctypes", "cffi"),
}
BUILTINS = {"eval", "exec", "compile", "__import__"}
METHODS = {  # the end of a dotted name, whatever is before it
    *("torch.load", "torch.jit.load", "torch.hub.load", "torch.package", "np.fromregex", "pd.read_pickle"),
    *("pickle.load", "pickle.loads", "marshal.loads", "yaml.load", "yaml.unsafe_load", "yaml.full_load"),
    *("os.system", "os.popen", "os.startfile", "os.execv", "os.execve", "os.spawnv", "os.posix_spawn"),
    *("spec_from_file_location", "exec_module", "multiprocessing.Pipe", "multiprocessing.Queue"),
}
# a process of sysid's own is started here, with arguments in a list and never with those of a file
SUBPROCESS = {"sysid/job_process.py"}


@attrs.frozen
class Call:
    """One thing in the source that may run what it reads."""

    place: str
    what: str


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` of an attribute or name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def find_programs(source: str, place: str) -> Iterator[Call]:
    """Yield imports, calls and arguments by which something read could be run."""
    for node in ast.walk(ast.parse(source)):
        where = f"{place}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [each.name for each in node.names]
            )
            for name in names:
                top = name.split(".")[0]
                if top in MODULES or (top == "subprocess" and place not in SUBPROCESS):
                    yield Call(where, f"import {name}")
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in BUILTINS or any(name == each or name.endswith(f".{each}") for each in METHODS):
                yield Call(where, f"{name}()")
            for keyword in node.keywords:
                is_true = not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
                if keyword.arg in ("allow_pickle", "shell") and is_true:
                    yield Call(where, f"{name}({keyword.arg}=…)")
                if keyword.arg == "weights_only" and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                ):
                    yield Call(where, f"{name}({keyword.arg}=…)")
            if name in ("np.load", "numpy.load") and "allow_pickle" not in {k.arg for k in node.keywords}:
                yield Call(where, f"{name}() without allow_pickle=False")


def test_no_source_reads_a_pickle_or_runs_what_it_reads():
    found = [
        call
        for path in SOURCES
        for call in find_programs(path.read_text(encoding="utf-8"), path.relative_to(TOP).as_posix())
    ]
    assert len(SOURCES) > 400
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.numpy_pickle",
        "import subprocess",
        "eval(text)",
        "exec(text)",
        "__import__(name)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "x.load(path, weights_only=flag)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.lib.format.read_array(file, allow_pickle=flag)",
        "os.system(text)",
        "run(text, shell=True)",
        "spec.loader.exec_module(module)",
    ],
)
def test_the_search_finds_what_it_is_for(line):
    assert list(find_programs(line, "sysid/x.py"))


@pytest.mark.parametrize("line", ["np.load(path, allow_pickle=False)", "model.eval()", "re.compile(text)"])
def test_the_search_passes_what_is_harmless(line):
    assert not list(find_programs(line, "sysid/x.py"))
