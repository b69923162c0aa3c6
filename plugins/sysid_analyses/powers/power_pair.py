"""Find the runs of two variants that a power analysis trains again, and what they were given."""

import attrs
import numpy as np

import sysid
from sysid import Recording, Run, RunFolder
from sysid_analyses.powers.simulated_response import fill_rates, mean_correlation

Part = dict[str, np.ndarray]
"""A stored test part, by name as in `sysid.RunFolder.predictions`."""


@attrs.frozen(eq=False)
class FoldPair:
    """Hold two variants' runs on one fold of a dataset with one session.

    Attributes:
        run, against: the two, of the lowest seed.
        session: its name.
        recording: with this fold's division.
        observed: by how much the mean CC of `run` exceeds that of `against` on the test part.
        part: the test part of `run`.
        baseline: (bin, neuron), the predictions of `against` for it.
    """

    run: Run
    against: Run
    session: str
    recording: Recording
    observed: float
    part: Part
    baseline: np.ndarray


def find_folds(
    runs: tuple[RunFolder, ...], variant: str, against: str, dataset: str
) -> tuple[list[FoldPair], str]:
    """Return the two variants' runs by fold, or none and the reason in words for a scientist."""
    if variant == against:
        return [], f"{variant} is compared with itself, and the difference is 0 whatever was recorded"
    folders = {name: _by_fold(runs, name, dataset) for name in (variant, against)}
    for name, found in folders.items():
        if not found:
            return [], f"there is no finished run of {name} on {dataset}"
    shared = [fold for fold in folders[variant] if fold in folders[against]]
    if not shared:
        return [], f"{variant} and {against} have no fold of {dataset} in common"
    pairs = []
    for fold in shared:
        pair, reason = _load_pair(folders[variant][fold], folders[against][fold])
        if pair is None:
            return [], reason
        pairs.append(pair)
    return pairs, ""


def predict_rates(pair: FoldPair) -> list[np.ndarray]:
    """Return the expected counts of the variant's model in every bin, by presentation: (frame, neuron)."""
    return [
        fill_rates(
            pair.run.predict(
                np.asarray(each.stimulus[0 : each.frames]), behaviour=each.behaviour, session=pair.session
            ).astype(np.float64),
            each.responses,
        )
        for each in pair.recording.presentations
    ]


def _by_fold(runs: tuple[RunFolder, ...], variant: str, dataset: str) -> dict[int, RunFolder]:
    """Return the runs of the lowest seed by fold."""
    found: dict[int, tuple[int, RunFolder]] = {}
    for run in runs:
        about = run.information()["identity"]["configuration"]
        if (about.get("variant"), about.get("dataset_name")) == (variant, dataset):
            fold, seed = about.get("fold", 0), about.get("seed", 0)
            if fold not in found or seed < found[fold][0]:
                found[fold] = (seed, run)
    return {fold: found[fold][1] for fold in sorted(found)}


def _load_pair(folder: RunFolder, other: RunFolder) -> tuple[FoldPair | None, str]:
    """Open the runs of one fold, or say why their responses cannot be simulated."""
    parts, other_parts = folder.predictions(), other.predictions()
    if len(parts) > 1:
        return None, "the dataset has several sessions, and the simulation is made for one"
    ((session, part),) = parts.items()
    other_part = other_parts.get(session)
    same = other_part is not None and all(
        np.array_equal(part[name], other_part[name]) for name in ("presentation", "frame")
    )
    if not same:
        return None, "the two variants predict other bins, so their scores cannot be compared"
    run, against = sysid.load_run(folder.path), sysid.load_run(other.path)
    recording = run.recordings[session]
    kinds = {each.response_kind for each in recording.presentations}
    if kinds != {"spikes"}:
        return None, f"responses are {' and '.join(sorted(kinds))}, and only spike counts can be drawn anew"
    baseline = other_part["prediction"].astype(np.float64)
    predictions = part["prediction"].astype(np.float64), baseline
    first, second = (mean_correlation(part["responses"], each) for each in predictions)
    observed = first - second
    return FoldPair(run, against, session, recording, observed, part, baseline), ""
