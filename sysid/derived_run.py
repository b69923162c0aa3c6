"""Make a run of its own out of a finished one with other weights: `sysid.derive_run`."""

from pathlib import Path
from typing import Any

from sysid.atomic import write_json
from sysid.errors import SysidError
from sysid.evaluation import evaluate
from sysid.identity import digest
from sysid.loaded_run import Run
from sysid.model import Model
from sysid.run_folder import RunFolder, open_folder
from sysid.run_loading import load_run
from sysid.stored_weights import store_weights


def derive_run(run: Run, model: Model, folder: Path | str, about: dict[str, Any]) -> Run:
    """Write a finished run that is `run` with the weights of `model`, scored on the same test part.

    Its configuration, data and split are the run's; `run.json` says under `derived` from which run it comes
    and what was done to it, and its identity differs by that.

    Args:
        run: needs its recording here, to be scored.
        model: of the run's architecture, such as a changed copy of `run.model`.
        folder: new or empty.
        about: what was done, as JSON holds it.

    Raises:
        SysidError: `folder` holds something, or the recording is not here.
    """
    place = RunFolder(Path(folder))
    if place.path.exists() and any(place.path.iterdir()):
        raise SysidError(f"{place.path}: expected a new or empty folder")
    samples = run.session_samples()
    derived = {"from": [run.information["name"], run.information["digest"]], **about}
    identity = run.information["identity"] | {"derived": derived}
    information = run.information | {"identity": identity, "digest": digest(identity), "derived": derived}
    recipe = run.folder.recipe_file.read_text(encoding="utf-8") if run.folder.recipe_file.exists() else ""
    open_folder(place, information | {"state": "begun"}, recipe)
    store_weights(place, model.state_dict())
    evaluate(model, samples, run.training, place)
    write_json(place.run_file, place.information() | {"state": "finished"})
    return load_run(place.path)
