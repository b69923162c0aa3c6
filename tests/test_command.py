"""Every verb of `sysid`, as somebody types it."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sysid
from sysid.bundled import bundled_recipes
from sysid.command import main as command
from tests.command_line import LINEAR, SIMULATED, Outcome, call, files_below, launch, wait, write_recipe

VERBS = ("run", "check", "list", "show", "plugins", "new-plugin", "doctor", "recipes", "fetch")
SLOW = ("torch", "numpy", "scipy", "rich", "sysid_cores", "sysid.registry")
WITHOUT_WORK = f"""
import sys
from sysid.command.main import main

for arguments in (["--help"], ["-h"], ["--version"], *([verb, "--help"] for verb in {VERBS})):
    sys.argv = ["sysid", *arguments]
    try:
        main()
    except SystemExit as leaving:
        sys.exit(f"{{arguments}}: {{leaving.code}}") if leaving.code else None
print("loaded", [name for name in {SLOW} if name in sys.modules])
"""
RUN_FILES = {"best.safetensors", "metrics.json", "neurons.csv", "predictions.npz", "recipe.toml", "run.json"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, Outcome]:
    """A folder with `tiny.toml`, whose runs are finished, and what the command said."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_recipe(more=f"[variants.cnn]\n{LINEAR}")
        return folder, call("run", "tiny.toml")


@pytest.fixture
def here(finished, monkeypatch) -> Path:
    """The same folder, as the working directory."""
    monkeypatch.chdir(finished[0])
    return finished[0]


@pytest.fixture
def empty(tmp_path, monkeypatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_help_and_version_load_neither_torch_nor_plugins():
    done = subprocess.run([sys.executable, "-c", WITHOUT_WORK], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "loaded []"
    assert f"sysid {importlib.metadata.version('neural-sysid')}" in done.stdout.splitlines()


def test_help_names_every_verb(empty):
    said = call("--help").out
    assert [verb for verb in VERBS if f"\n  {verb} " not in said] == []


def test_the_module_is_the_command():
    done = wait(launch("--version"))
    assert (done.code, done.out, done.err) == (0, f"sysid {importlib.metadata.version('neural-sysid')}\n", "")


def test_run_leaves_a_folder_for_each_run_and_a_table(finished):
    folder, done = finished
    assert done.code == 0
    header, cnn, ln, *rest = done.out.splitlines()
    assert header.split()[:3] == ["variant", "dataset", "CC"]
    assert re.match(r"cnn +movie SIMULATED +-?0\.\d{3} +0\.\d{3} ", cnn)
    assert re.match(r"ln +movie SIMULATED +-?0\.\d{3} +0\.\d{3} ", ln)
    assert any(line.startswith("SIMULATED: ") for line in rest)
    assert rest[-2:] == ["written to runs/tiny/summary", "report: runs/tiny/summary/report.html"]
    assert (folder / "runs/tiny/summary/report.html").is_file()
    assert [line.split(":")[0] for line in done.complaints] == [
        "1/2 cnn/movie/fold0/seed0",
        "2/2 ln/movie/fold0/seed0",
    ]
    runs = folder / "runs/tiny"
    network, linear = (
        set(files_below(runs / name / "movie-simulated/fold0/seed0")) for name in ("cnn", "ln")
    )
    assert linear == RUN_FILES
    assert {"metrics.jsonl", "state.safetensors", "tensorboard"} | RUN_FILES < network
    assert files_below(runs / "summary") == [
        "report.html",
        "runs.json",
        "scores.csv",
        "summary.json",
    ]
    assert (runs / "ln/movie-simulated/fold0/seed0/recipe.toml").read_bytes() == (
        folder / "tiny.toml"
    ).read_bytes()


def test_a_finished_recipe_is_not_run_again(here, finished):
    before = {path: path.stat().st_mtime_ns for path in Path("runs").rglob("seed0/*")}
    again = call("run", "tiny.toml")
    assert again.code == 0
    assert again.out == finished[1].out
    assert [line.rpartition(", ")[2] for line in again.complaints] == ["finished before"] * 2
    assert {path: path.stat().st_mtime_ns for path in Path("runs").rglob("seed0/*")} == before


def test_quiet_leaves_nothing_but_the_table(here, finished):
    done = call("run", "tiny.toml", "--quiet")
    assert (done.code, done.out, done.err) == (0, finished[1].out, "")


def test_only_runs_what_fits(empty):
    write_recipe(more=f"[variants.cnn]\n{LINEAR}")
    assert call("run", "tiny.toml", "--only", "ln/*", "--folder", "elsewhere").code == 0
    assert files_below("elsewhere/tiny/ln/movie-simulated/fold0") != []
    assert not Path("elsewhere/tiny/cnn").exists()
    assert not Path("runs").exists()


def test_set_names_the_runs_it_changes_up_to_a_dozen(empty):
    write_recipe(more=f"[variants.cnn]\n{LINEAR}")
    done = call("run", "tiny.toml", "--set", "encoder.layers.0.channels=2")
    assert done.complaints[0] == "--set changes 1 of 2 runs: cnn/movie/fold0/seed0"
    done = call("run", "tiny.toml", "--only", "ln", "--set", f"training.seeds={list(range(1, 15))}")
    named = ", ".join(f"cnn/movie/fold0/seed{seed}" for seed in range(1, 13))
    assert done.complaints[0] == f"--set changes 28 of 28 runs: {named} and 16 more"


def test_no_run_fits(here):
    done = call("run", "tiny.toml", "--only", "gru/*")
    assert (done.code, done.out) == (2, "")
    assert done.err == "--only gru/*: fits no run; there are cnn/movie/fold0/seed0, ln/movie/fold0/seed0\n"


def test_a_narrow_terminal_crops_no_number(here, finished, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    assert call("run", "tiny.toml").out == finished[1].out
    assert "…" not in finished[1].out


def test_check_counts_parameters_and_writes_nothing(empty):
    write_recipe(more=f"[variants.cnn]\n{LINEAR}")
    done = call("check", "tiny.toml", "--no-timing")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "tiny.toml: 2 runs"
    assert "cnn on movie: 4 frames of 1 × 8 × 8 → 3 neurons" in done.out
    # conv 3·4·3·3 + 3, batch norm 2·3; dense 3·(3·6·6) + 3, batch norm 2·3, parametric softplus 2·3
    counts = [
        int(words[-1]) for words in map(str.split, done.out.splitlines()) if words[:1] == ["parameters"]
    ]
    assert counts == [108 + 3 + 6 + 324 + 3 + 6 + 6, 3 * (4 * 9) + 3 + 6]
    assert "layers.0.batch_norm (BatchNorm2d)    3 × 6 × 6" in done.out
    assert "GiB" in done.out
    assert "time about" not in done.out
    assert files_below(".") == ["tiny.toml"]


def test_check_times_an_epoch(empty):
    done = call("check", write_recipe())
    assert done.code == 0
    assert re.search(r"  time about \S+ s per epoch of \d+ samples\n    3 training steps \S+ s, ", done.out)
    assert files_below(".") == ["tiny.toml"]


def test_check_times_no_epoch_of_a_closed_form_which_has_none(empty):
    done = call("check", write_recipe(more=LINEAR))
    assert (done.code, done.err) == (0, "")
    assert "ln on movie: 4 frames of 1 × 8 × 8 → 3 neurons" in done.out
    assert "GiB" in done.out
    assert "time about" not in done.out


@pytest.mark.parametrize("options", [(), ("--no-timing",)])
def test_check_names_the_recipe_and_key_of_a_device_that_there_is_not(empty, options):
    recipe = write_recipe(more=f"[variants.cnn]\n{LINEAR}", training='device = "gpu"')
    done = call("check", recipe, *options)
    assert (done.code, done.out) == (2, "tiny.toml: 2 runs\n")
    assert done.err == (
        'tiny.toml: training.device: expected "auto", "cuda", "cuda:1", "mps" or "cpu", got "gpu"\n'
    )


def test_check_finds_the_kernel_that_does_not_fit(empty):
    done = call("check", write_recipe(kernel_px=9))
    assert (done.code, done.out) == (2, "tiny.toml: 1 runs\n")
    assert done.err == (
        "tiny.toml: base: encoder.layers[0].kernel_px: expected at most 8 (the image is 8×8 here), got 9\n"
    )


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("dataset", "dataset"),
        ("encoders", "encoder"),
        ("core", "core"),
        ("cores", "core"),
        ("readouts", "readout"),
        ("analysis", "analysis"),
        ("analyses", "analysis"),
    ],
)
def test_list_has_every_component_of_a_kind_with_its_first_line(asked, kind):
    done = call("list", asked)
    assert (done.code, done.err) == (0, "")
    listed = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert list(listed) == [f"{kind}:{each.name}" for each in sysid.discover().components(kind)]
    assert all(text.endswith(".") for text in listed.values())


def test_list_without_a_kind_has_all():
    listed = [line.split()[0] for line in call("list").out.splitlines()]
    found = sysid.discover()
    kinds = ("dataset", "encoder", "core", "readout", "analysis")
    assert listed == [f"{kind}:{each.name}" for kind in kinds for each in found.components(kind)]


def test_show_tells_every_key(empty):
    done = call("show", "core:lstm")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"core:lstm  (neural-sysid {importlib.metadata.version('neural-sysid')})\n")
    assert "doi:10.1162/neco.1997.9.8.1735" in done.out
    assert re.search(r"\n  hidden_units: int.*; default 32\n      \S", done.out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "coer"), "sysid list: expected one of dataset, encoder, core, readout, analysis, "
                           'got "coer"; did you mean "core"?'),
        (("show", "core:lstmm"), 'unknown core "lstmm"; did you mean "lstm"?'),
        (("show", "cores:lstm"), 'sysid show: expected KIND:NAME such as core:lstm, got "cores:lstm"; '
                                 'did you mean "core:lstm"?'),
        (("show", "lstm"), 'sysid show: expected KIND:NAME such as core:lstm, got "lstm"'),
        (("run", "tny.toml"), 'tny.toml: no such file, nor a recipe that ships with sysid; '
                              'did you mean "tiny.toml"?'),
        (("run", "zheng2021_crn"), 'zheng2021_crn: no such file, nor a recipe that ships with sysid; '
                                   'did you mean "zheng2021_crnn"?'),
        (("recipes", "copy", "zheng2021_crn"), 'recipes: no bundled recipe "zheng2021_crn"; '
                                               'did you mean "zheng2021_crnn"?'),
        (("run", "tiny.toml", "--set", "trainig.epochs=3"),
         '--set trainig: unknown key; did you mean "training"?'),
        (("run", "tiny.toml", "--set", "training.epoch=3"),
         '--set training.epoch: unknown key; did you mean "epochs"?'),
        (("run", "tiny.toml", "--set", "training.epochs=2"),
         "--set training.epochs=2: changes no run; the value is what it was, or no run has it"),
        (("run", "tiny.toml", "--profile", "quick"),
         'tiny.toml: profiles: unknown profile "quick"; it has none'),
        (("fetch", "dryad"), 'fetch: expected dryad_4ch10 or zheng2021_hdf5, got "dryad"; '
                               'did you mean "dryad_4ch10"?'),
    ],
)  # fmt: skip
def test_a_slip_is_one_line_that_names_what_is_near(empty, arguments, said):
    write_recipe()
    done = call(*arguments)
    assert (done.code, done.out, done.complaints) == (2, "", [said])
    assert files_below(".") == ["tiny.toml"]


@pytest.mark.parametrize("arguments", [("rnu",), ("run",), ("run", "tiny.toml", "--sett", "a=1"), ("show",)])
def test_a_slip_in_the_command_itself_exits_with_2(empty, arguments):
    write_recipe()
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.complaints[0].startswith("Usage: sysid ")
    assert "Traceback" not in done.err


def test_fetch_offline_says_what_to_do_by_hand(empty, monkeypatch):
    monkeypatch.setenv("SYSID_OFFLINE", "1")
    done = call("fetch", "dryad_4ch10", "--folder", "here")
    assert (done.code, done.out) == (2, "")
    assert "SYSID_OFFLINE" in done.err
    assert "10.5061/dryad.4ch10" in done.err


def test_plugins_says_who_offers_what():
    done = call("plugins")
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    shipped = [words[0] for words in lines if words[1] == "neural-sysid"]
    assert shipped == [f"sysid_{each}" for each in ("analyses", "cores", "datasets", "encoders", "readouts")]
    assert {words[3] for words in lines} == {"ok"}
    assert "core:lstm," in next(words for words in lines if words[0] == "sysid_cores")


def test_recipes_are_listed_with_what_they_are_about():
    listed = dict(line.split(maxsplit=1) for line in call("recipes").out.splitlines())
    assert list(listed) == list(bundled_recipes())
    assert "zheng2021_crnn" in listed


def test_a_recipe_is_copied_once(empty):
    done = call("recipes", "copy", "zheng2021_crnn")
    assert (done.code, done.out, done.err) == (0, "zheng2021_crnn.toml\n", "")
    assert Path("zheng2021_crnn.toml").read_bytes() == bundled_recipes()["zheng2021_crnn"].read_bytes()
    Path("zheng2021_crnn.toml").write_text("mine")
    again = call("recipes", "copy", "zheng2021_crnn")
    assert (again.code, again.err) == (2, "zheng2021_crnn.toml: is already there; nothing was copied\n")
    assert Path("zheng2021_crnn.toml").read_text() == "mine"


def test_a_pipe_gets_plain_lines_and_any_encoding_will_do(empty):
    write_recipe(SIMULATED, training="seeds = [0, 1]")
    process = launch("run", "tiny.toml", TERM="xterm-256color", PYTHONIOENCODING="ascii")
    done = wait(process)
    assert done.code == 0, done.err
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.out + done.err) is None
    assert "CC" in done.out
    assert "" not in done.complaints


def test_a_bug_keeps_its_traceback(monkeypatch):
    def fail(*_arguments, **_options):
        raise RuntimeError("a bug")

    monkeypatch.setattr(command.cli, "main", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        command.main()
