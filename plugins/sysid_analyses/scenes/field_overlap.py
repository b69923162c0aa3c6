"""Which patches of a frame a receptive field covers."""

import numpy as np
from jaxtyping import Float, Float64
from skimage.draw import disk, polygon

from sysid import ReceptiveField


def field_overlap(
    field: ReceptiveField, frame_px: tuple[int, int], patch_px: int, radius_px: float
) -> Float64[np.ndarray, "row column"]:
    """Return how much of a receptive field lies in each patch, as a share of what lies in patches at all.

    Args:
        field: its outline is taken where it is known, else a disc around its centre.
        frame_px: (height, width) of a frame.
        patch_px: height and width of a patch; patches as in `spatial_complexity`.
        radius_px: of the disc.

    Returns:
        Sums to 1; all zero where the field lies outside the patches.
    """
    rows, columns = (side // patch_px for side in frame_px)
    inside = _inside(field, (rows * patch_px, columns * patch_px), radius_px)
    pixels = inside.reshape(rows, patch_px, columns, patch_px).sum(axis=(1, 3))
    return pixels / max(1, pixels.sum())


def _inside(
    field: ReceptiveField, shape: tuple[int, int], radius_px: float
) -> Float[np.ndarray, "height width"]:
    """Return 1 at pixels whose middle lies in the field; at the one that holds its centre where none does."""
    inside = np.zeros(shape)
    x, y = field.centre
    if field.outline is None:
        inside[disk((y, x), radius_px, shape=shape)] = 1
    else:
        inside[polygon(field.outline[1], field.outline[0], shape=shape)] = 1
    row, column = round(y), round(x)
    if not inside.any() and 0 <= row < shape[0] and 0 <= column < shape[1]:
        inside[row, column] = 1
    return inside


def patch_scores(
    overlaps: Float64[np.ndarray, "cell row column"], scores: Float[np.ndarray, " cell"]
) -> Float64[np.ndarray, "row column"]:
    """Return the mean score of the cells whose receptive fields touch each patch; NaN where none does.

    As in the text of Zheng et al. 2021, a cell counts in full in every patch its field overlaps. So patches
    share cells, and are no independent observations. Cells without a score (NaN) do not count.
    """
    touches = (overlaps > 0) & np.isfinite(scores)[:, None, None]
    count = touches.sum(axis=0)
    total = np.einsum("crk,c->rk", touches.astype(np.float64), np.nan_to_num(scores).astype(np.float64))
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
