"""Tests for docs/examples: each from its own built wheel, where nothing of its source is on the path."""

import re
import shlex
import shutil
import zipfile

import pytest

from tests.example_environment import NAMES, Environment, install_examples

BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.M | re.S)
OFFERED = {
    "convgru": "core:convgru:convgru",
    "mei": "analysis:mei:mei",
    "negative_binomial": "readout:negative_binomial:negative_binomial",
    "spike_csv": "dataset:spike_csv:spike_csv",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Environment:
    """All examples, installed."""
    return install_examples(tmp_path_factory.mktemp("examples"))


def test_the_modules_come_from_the_wheels(environment, tmp_path):
    modules = [f"sysid_{name}" for name in NAMES]
    code = f"import {', '.join(modules)}\nfor each in ({', '.join(modules)}): print(each.__file__)"
    files = environment.run("-c", code, folder=tmp_path).stdout.splitlines()
    assert len(files) == len(NAMES) == 4
    assert [file for file in files if not file.startswith(f"{environment.folder}/lib/")] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_wheel_has_the_package_and_nothing_beside_it(environment, name):
    with zipfile.ZipFile(environment.wheels[name]) as wheel:
        tops = {file.partition("/")[0] for file in wheel.namelist()}
    assert tops == {f"sysid_{name}", f"sysid_{name}-0.1.0.dist-info"}


def test_the_examples_pass_their_own_tests(environment, tmp_path):
    packages = ",".join(f"sysid_{name}" for name in NAMES)
    done = environment.run(
        *("-m", "pytest", "-q", "-W", "error", "-p", "no:xdist", "-p", "no:cacheprovider"),
        *("--import-mode=importlib", f"--jaxtyping-packages={packages},beartype.beartype"),
        *("--rootdir", str(environment.copies), "-c", "/dev/null"),
        *(str(environment.copies / name / "tests" / f"test_{name}.py") for name in NAMES),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout


def test_sysid_lists_what_they_offer(environment, tmp_path):
    done = environment.run("-m", "sysid", "plugins", folder=tmp_path)
    rows = [re.split(" {2,}", line) for line in done.stdout.splitlines()]
    assert [row for row in rows if row[0] in OFFERED] == [
        [name, f"sysid-{name.replace('_', '-')} 0.1.0", "ok", part] for name, part in OFFERED.items()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_a_readme_says_works(environment, name, tmp_path):
    shutil.copytree(environment.copies / name, tmp_path, dirs_exist_ok=True)
    blocks = BLOCK.findall((tmp_path / "README.md").read_text(encoding="utf-8"))
    run = 0
    for language, text in blocks:
        commands = (
            [shlex.split(line) for line in text.splitlines()]
            if language == "bash"
            else [["python", "-c", text]]
        )
        for program, *arguments in commands:
            if program == "pip":  # installed from the wheel already
                continue
            prefix = () if program == "python" else ("-m", program)
            done = environment.run(*prefix, *arguments, folder=tmp_path)
            assert done.returncode == 0, f"{program} {arguments}\n{done.stdout}"
            run += 1
    assert run >= 4
    assert (tmp_path / "runs" / "recipe" / "summary" / "report.html").is_file()
