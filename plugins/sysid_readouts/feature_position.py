"""Where in the features a neuron looks, before anything is learned."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from sysid import Population
from sysid_readouts.window_position import sta_centres


def start_positions(
    population: Population, feature_size: tuple[int, int], *, sta: bool
) -> tuple[Float[Tensor, "neuron 2"], Float[Tensor, " neuron"]]:
    """Return x and y where each neuron looks at the start, in feature pixels, and 1 or 0 for known or not.

    They come from the recording's receptive field centres, else, if `sta` says so, from the peak of the
    spike-triggered average of the training bins; what is not known is the middle of the frame.

    The middle of the first feature pixel is (0, 0). A centre beyond the border is moved to it. Features and
    frame share their middle, as they do where convolutions take as much from one side as from the other;
    steps of more than a pixel are told from the sizes (see `stride_of`).
    """
    centres = _centres(population, sta)  # x, y
    frame, features = (np.array(size[::-1]) for size in (population.frame_size, feature_size))
    strides = [stride_of(*sizes) for sizes in zip(frame.tolist(), features.tolist(), strict=True)]
    middle = (features - 1) / 2
    positions = (centres - (frame - 1) / 2) / strides + middle
    known = np.isfinite(positions).all(axis=1)
    positions = np.clip(np.where(known[:, None], positions, middle), 0, features - 1)
    # as lists, so that tensors are made on the device asked for
    return torch.tensor(positions.tolist()).reshape(-1, 2), torch.tensor(known.astype(float).tolist())


def _centres(population: Population, sta: bool) -> np.ndarray:
    """Return centres (neuron, 2), x and y in stimulus pixels; NaN where nothing is known."""
    centres = np.array(population.centres, dtype=np.float64)
    missing = ~np.isfinite(centres).all(axis=1)
    on_meta = torch.empty(0).device.type == "meta"  # shapes alone: no STA is computed for them
    if sta and missing.any() and not on_meta:
        centres[missing] = sta_centres(population.sta()[..., missing])
    return centres


def stride_of(frame_px: int, feature_px: int) -> int:
    """Return how many pixels of the stimulus one step in the features is, along one axis.

    It is the largest whole step with which so many features fit into the frame: 90 pixels give 82 by
    convolutions that trim the border (step 1), and 45 by pooling or strides (step 2).
    """
    return frame_px if feature_px == 1 else max(1, -(-frame_px // (feature_px - 1)) - 1)
