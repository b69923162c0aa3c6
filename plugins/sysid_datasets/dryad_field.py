"""Bring the deposit's receptive field outlines from screen pixels to stimulus pixels."""

import functools

import attrs
import numpy as np

from sysid import ReceptiveField, SysidError
from sysid_datasets.dryad_deposit import Deposit
from sysid_datasets.dryad_matlab import read_cells

SCREEN_CENTRE_PX = (400.0, 300.0)  # where the middle of every stimulus lies on the screen


@attrs.frozen
class Crop:
    """Cut a square out of the resized frames.

    Attributes:
        row, column: of the first pixel that stays.
        size_px: of the square.
    """

    row: int
    column: int
    size_px: int


@functools.lru_cache(maxsize=8)
def read_outlines(deposit: Deposit, name: str) -> tuple[np.ndarray, ...]:
    """Return each cell's outline, (2, point), x and y in screen pixels, y up.

    Raises:
        SysidError: the file is broken or an outline is none.
    """
    outlines = []
    for cell, outline in enumerate(read_cells(deposit, name, "ReceptiveFields").flat):
        where = f"{deposit.path}: {name}: ReceptiveFields {cell + 1}"
        if not isinstance(outline, np.ndarray) or outline.dtype.kind not in "iuf":
            raise SysidError(f"{where}: expected an array (2, point), got text or cells")
        if (
            outline.ndim != 2
            or outline.shape[0] != 2
            or outline.shape[1] < 3
            or not np.isfinite(outline).all()
        ):
            raise SysidError(
                f"{where}: expected (2, point) finite numbers, 3 points at least, got {outline.shape}"
            )
        outlines.append(outline.astype(np.float64))
    return tuple(outlines)


def to_stimulus(outline: np.ndarray, native_px: int, size_px: int) -> np.ndarray:
    """Return an outline in pixels of the resized stimulus, y down, the middle of the first pixel at (0, 0).

    A stimulus of w px is centred on the screen, so that its left edge is at x = 400 − w/2 and its upper edge
    at y = 300 + w/2.
    """
    from_left = outline[0] - (SCREEN_CENTRE_PX[0] - native_px / 2)
    from_top = (SCREEN_CENTRE_PX[1] + native_px / 2) - outline[1]
    return np.stack([from_left, from_top]) * (size_px / native_px) - 0.5


def find_centroid(outline: np.ndarray) -> tuple[float, float]:
    """Return the centroid (x, y) of the area in an outline (2, point), its mean point where it has none."""
    middle = outline.mean(axis=1, keepdims=True)  # small numbers lose fewer digits in the products below
    x, y = outline - middle
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    twice_area = cross.sum()
    if abs(twice_area) < 1e-9:
        return float(middle[0, 0]), float(middle[1, 0])
    centre_x = ((x + next_x) * cross).sum() / (3 * twice_area)
    centre_y = ((y + next_y) * cross).sum() / (3 * twice_area)
    return float(middle[0, 0] + centre_x), float(middle[1, 0] + centre_y)


def place_crop(outlines: list[np.ndarray], crop_px: int, size_px: int) -> Crop:
    """Return the square around the mean centre of outlines in stimulus pixels, moved to lie in the frame."""
    centre_x, centre_y = np.mean([find_centroid(outline) for outline in outlines], axis=0)
    column, row = (
        int(np.clip(round(float(centre) - (crop_px - 1) / 2), 0, size_px - crop_px))
        for centre in (centre_x, centre_y)
    )
    return Crop(row, column, crop_px)


def crop_frames(pixels: np.ndarray, crop: Crop) -> np.ndarray:
    """Return (frame, 1, height, width), a copy of what lies in the crop."""
    rows = slice(crop.row, crop.row + crop.size_px)
    columns = slice(crop.column, crop.column + crop.size_px)
    return pixels[:, None, rows, columns].copy()


def make_field(outline: np.ndarray, crop: Crop) -> ReceptiveField:
    """Return the receptive field of an outline in stimulus pixels, in pixels of the crop."""
    shifted = outline - np.array([[crop.column], [crop.row]])
    return ReceptiveField(find_centroid(shifted), shifted)
