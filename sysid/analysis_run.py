"""Run analyses on finished runs, each in a folder that appears whole or not at all."""

import os
import shutil
from pathlib import Path
from typing import Any

from sysid.atomic import write_json
from sysid.errors import SysidError
from sysid.interface import Analysis
from sysid.run_folder import RunFolder, read_json
from sysid.schema import unstructure

NUMBERS = "numbers.json"


def run_analysis(
    name: str, use: str, config: Analysis, runs: tuple[RunFolder, ...], top: Path
) -> dict[str, Any]:
    """Write `top/<name>/` and return the headline numbers; an analysis that is there already is only read.

    Args:
        name: of the analysis in the recipe.
        use: qualified name of the component.
        config: what it was told.
        runs: one run for scope "run", all runs of the recipe for scope "recipe".
        top: `analyses/` of the run or of the summary.

    Raises:
        SysidError: the folder cannot be written, or what the analysis itself says is wrong.
    """
    about = {"use": use, "configuration": unstructure(config), "runs": [_identify(run) for run in runs]}
    folder = top / name
    if (folder / NUMBERS).exists():
        stored = read_json(folder / NUMBERS)
        if stored["about"] == about:
            return dict(stored["numbers"])
    beside = top / f".{name}.{os.getpid()}.part"
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        numbers = config.analyze(runs, beside)
        write_json(beside / NUMBERS, {"about": about, "numbers": numbers})
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(beside, folder)
    except OSError as error:
        raise SysidError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return dict(read_json(folder / NUMBERS)["numbers"])


def _identify(run: RunFolder) -> list[str]:
    information = run.information()
    return [information["name"], information["digest"]]
