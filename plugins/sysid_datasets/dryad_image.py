"""Make one presentation per flashed image."""

import numpy as np

from sysid import Presentation, SysidError
from sysid_datasets.dryad_control import draw_derangement
from sysid_datasets.dryad_deposit import Deposit
from sysid_datasets.dryad_fold import split_blocks
from sysid_datasets.dryad_spike import count_image_spikes

IMAGE_MS = 300  # the responses to each image are 300 ms long, and are one bin
ORDER_SEED = 0  # gratings are sorted by kind, so that folds in the files' order would each lack one


def read_counts(deposit: Deposit, names: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Return each file's spike counts, (shift, image, repeat, neuron), one shift where images stood still.

    Raises:
        SysidError: files that count other images or shifts than the first.
    """
    counts = []
    for name in names:
        each = count_image_spikes(deposit, name, IMAGE_MS)
        if each.shape[1] == 1:  # a column of images; with shifts, a shift is a row and an image a column
            each = each.swapaxes(0, 1)
        counts.append(each)
        if each.shape[:2] != counts[0].shape[:2]:
            raise SysidError(
                f"{deposit.path}: {name}: Spikes: expected {counts[0].shape[:2]} shifts and images as in "
                f"{names[0]}, got {each.shape[:2]}"
            )
    return tuple(counts)


def join_counts(counts: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return the neurons of all files side by side as float32, NaN in repeats that a file has fewer."""
    repeats = max(each.shape[2] for each in counts)
    padded = []
    for each in counts:
        missing = ((0, 0), (0, 0), (0, repeats - each.shape[2]), (0, 0))
        padded.append(np.pad(each.astype(np.float32), missing, constant_values=np.nan))
    return np.concatenate(padded, axis=3)


def present_images(
    stem: str,
    stimulus: np.ndarray,
    counts: np.ndarray,
    parts: np.ndarray,
    draw: int | None,
) -> tuple[Presentation, ...]:
    """Return a presentation of one frame for each image and, where the images were shifted, each shift.

    Args:
        stem: what the images are called, before their number.
        stimulus: (image, 1, height, width), at least as many as there are responses.
        counts: (shift, image, repeat, neuron), NaN = not recorded.
        parts: (image,), "train", "validation" or "test".
        draw: pairs each image with the responses to another, drawn from that seed; None = the true pairing.

    Raises:
        SysidError: fewer images than responses.
    """
    shifts, images = counts.shape[:2]
    if len(stimulus) < images:
        raise SysidError(
            f"{stem}: expected an image for each of {images} responses, got {len(stimulus)} images"
        )
    shown = np.arange(images) if draw is None else draw_derangement(images, draw)
    presentations = []
    for image in range(images):
        for shift in range(shifts):
            identity = f"{stem}{image + 1:03d}"
            presentations.append(
                Presentation(
                    name=f"{identity}/shift{shift + 1}" if shifts > 1 else identity,
                    stimulus=stimulus[image : image + 1],
                    responses=counts[shift, shown[image]][:, None],  # repeat frame neuron
                    bin_duration_s=np.array([IMAGE_MS / 1000]),
                    identity=identity,
                    section=np.array([image]),
                    **{str(parts[image]): ((0, 1),)},
                )
            )
    return tuple(presentations)


def split_images(images: int, folds: int, fold: int, validation_fraction: float) -> np.ndarray:
    """Return the part of each image: contiguous folds over an order drawn once for all runs."""
    order = np.random.default_rng(ORDER_SEED).permutation(images)
    parts = np.empty(images, dtype="<U10")
    parts[order] = split_blocks(images, folds, fold, validation_fraction)
    return parts
