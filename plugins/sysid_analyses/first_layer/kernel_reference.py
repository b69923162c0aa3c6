"""What to compare learned kernels with: kernels that learned nothing, and the subunits of a simulation."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from sysid import Run
from sysid_analyses.first_layer.first_kernel import first_kernels, has_kernels
from sysid_analyses.first_layer.kernel_match import align_lags
from sysid_analyses.kernel import temporal_regularity
from sysid_analyses.wording import counted

NOISE_DRAWS = 1000  # their mean has a standard error of .002


def why_no_kernels(run: Run) -> str:
    """Say in a sentence why a run has no kernels to look at; nothing where it has."""
    if not has_kernels(run.model.encoder):
        return "the encoder has no kernels: it does not begin with a convolution over the pixels"
    if run.architecture.input_shape[1] != 1:
        return "kernels are looked at for stimuli of one channel only"
    return ""


def state_removed(information: dict[str, Any], kernels: int) -> tuple[str, ...]:
    """Say how many kernels an earlier `pruning` took out of a run that it saved; nothing of any other run.

    Args:
        information: of the run.
        kernels: how many there are, those taken out included.
    """
    kept = information.get("derived", {}).get("kept_kernels")
    if kept is None:
        return ()
    return (
        f"This is a pruned run: {kernels - len(kept)} of its {counted(kernels, 'kernel')} were taken out, "
        "count as zeros here and have no indices.",
    )


def untrained_kernels(run: Run, draws: int) -> Float[np.ndarray, "kernel lag row column"]:
    """Return the first kernels of the run's model before training, and of `draws − 1` like it, in a row.

    The others have the seeds that follow the run's.
    """
    with torch.random.fork_rng(devices=[]):
        encoders = [run.untrained_model().encoder]
        for seed in range(run.seed + 1, run.seed + draws):
            torch.manual_seed(seed)
            encoders.append(run.architecture.encoder.build(run.architecture.input_shape))
    return np.concatenate([first_kernels(encoder) for encoder in encoders])


def is_untrained(encoder: nn.Module, untrained: nn.Module) -> bool:
    """Tell whether an encoder's first kernels are still as they were drawn."""
    return np.array_equal(first_kernels(encoder), first_kernels(untrained))


def subunit_kernels(
    run: Run, lags: int, rows: int, columns: int
) -> Float[np.ndarray, "subunit lag row column"] | None:
    """Return the true subunits as kernels of the model's size that see each of them best; None if unknown.

    A subunit is cut to a window of the kernel's size around the middle of its power, since a map's
    autocorrelation depends on how much empty frame lies around it, and to the lags of the history. Subunits
    beyond the history are left out.

    Raises:
        DataNotFoundError: the run is of a simulation whose recording is not here.
    """
    if not run.information.get("simulated"):
        return None
    found = [each.truth for each in run.recordings.values() if each.truth]
    truths = [each.subunits for each in found if each.subunits is not None]
    seen = [align_lags(each, run.window.lead, lags) for each in truths]
    cut = [crop_to_power(each, rows, columns) for subunits in seen for each in subunits if each.any()]
    return np.stack(cut) if cut else None


def crop_to_power(
    filter: Float[np.ndarray, "lag height width"], rows: int, columns: int
) -> Float[np.ndarray, "lag row column"]:
    """Return the window of `rows` × `columns` pixels around the middle of a filter's power, in the frame."""
    power = np.square(filter, dtype=np.float64).sum(axis=0)
    corner = []
    for axis, size in enumerate((rows, columns)):
        profile = power.sum(axis=1 - axis)
        middle = (profile * np.arange(len(profile))).sum() / profile.sum()
        corner.append(int(np.clip(round(middle - (size - 1) / 2), 0, len(profile) - size)))
    return filter[:, corner[0] : corner[0] + rows, corner[1] : corner[1] + columns]


def regularity_examples(lags: int) -> tuple[float, float, float]:
    """Return the temporal regularity of one cycle of a sine, of white noise on average, and of one pulse."""
    noise = np.random.default_rng(0).standard_normal((NOISE_DRAWS, lags))
    sine = np.sin(2 * np.pi * np.arange(lags) / lags)
    return (
        temporal_regularity(sine),
        float(np.mean([temporal_regularity(each) for each in noise])),
        temporal_regularity(np.eye(lags)[0]),
    )
