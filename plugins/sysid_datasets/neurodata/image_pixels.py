"""Frames that are images one by one: in an `Images` container, or image files."""

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np
from jaxtyping import Int64
from pynwb.base import Images

from sysid import SysidError, open_npy
from sysid_datasets.neurodata.array_pixels import check_finite, check_numbers, empty_frames
from sysid_datasets.neurodata.axis_order import Order
from sysid_datasets.neurodata.library_error import READ_ERRORS
from sysid_datasets.neurodata.opening import guard, locate, shorten
from sysid_datasets.neurodata.pixels import delivered_dtype

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".npy")
TIFF = (".tif", ".tiff")  # scikit-image knows more of their kinds of pixels than Pillow
# How such files begin. What begins otherwise is not handed to an image library, whatever its name: some know
# formats that are programs, such as PostScript, and look for others over the network.
TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SIGNATURES = (*TIFF_SIGNATURES, b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF")
PLAIN_MODES = ("L", "LA", "RGB", "RGBA", "I", "I;16", "I;16B", "F")  # others have palettes, or other colours
MOST_COLOURS = 4  # red, green, blue, and how opaque


@attrs.frozen(eq=False)
class ImagePixels:
    """Read images that all have one size.

    Attributes:
        shape: (image, channel, height, width).
        dtype: uint8 or float32.
        names: of the images, in order.
        place: where they are, for messages.
        files: what they are read from.
    """

    shape: tuple[int, int, int, int]
    dtype: np.dtype[Any]
    names: tuple[str, ...]
    place: str
    files: tuple[Path, ...]
    _read: Callable[[int], np.ndarray] = attrs.field(repr=False)

    def take(self, frames: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Read images in the given order, (n, channel, height, width)."""
        check_numbers(frames, self.shape[0], self.place)
        taken = empty_frames((len(frames), *self.shape[1:]), self.dtype, self.place)
        for number in np.unique(frames).tolist():
            image = self._read(number)  # channel height width
            if image.shape != self.shape[1:]:
                raise SysidError(
                    f"{self.place}: {self.names[number]}: expected (channel, height, width) {self.shape[1:]} "
                    f"as of {self.names[0]}, got {image.shape}"
                )
            taken[frames == number] = image
        check_finite(taken, frames, self.place)
        return taken


def container_pixels(images: Images, order: Order) -> ImagePixels:
    """Return the images of a container in the order it gives, else in the order of their names.

    Raises:
        SysidError: there are none, or they differ in size.
    """
    place = locate(images)
    with guard(place):
        ordered = (
            [images.order_of_images[row] for row in range(len(images.order_of_images))]
            if (images.order_of_images is not None)
            else [images.images[name] for name in sorted(images.images, key=natural_key)]
        )
        stored = [(Path(each.data.file.filename), each.data.name) for each in ordered]
        shapes = [tuple(each.data.shape) for each in ordered]
        dtypes = {each.data.dtype for each in ordered}
    if not stored:
        raise SysidError(f"{place}: expected images, got none")
    names = tuple(each.name for each in ordered)
    for name, shape in zip(names, shapes, strict=True):
        if shape != shapes[0]:
            raise SysidError(f"{place}: {name}: expected {shapes[0]} px as {names[0]}, got {shape}")
    dtype = delivered_dtype(dtypes.pop()) if len(dtypes) == 1 else np.dtype(np.float32)

    def read(number: int) -> np.ndarray:
        path, name = stored[number]
        try:
            with h5py.File(path, "r") as file:
                return arrange(file[name][()], order)
        except READ_ERRORS as error:
            raise SysidError(f"{path}: {name}: expected an image, got {shorten(error)}") from error

    shape = (len(stored), *arrange(np.empty(shapes[0]), order).shape)
    files = tuple(dict.fromkeys(path for path, _ in stored))
    return ImagePixels(shape, dtype, names, place, files, read)


def file_pixels(paths: Sequence[Path], place: str) -> ImagePixels:
    """Return images that are files, one each, in the order given.

    Raises:
        SysidError: there are none, one is not there, or the first cannot be read.
    """
    if not paths:
        raise SysidError(f"{place}: expected image files ({', '.join(SUFFIXES)}), got none")
    for path in paths:
        if not path.is_file():
            raise SysidError(f"{path}: no such image file; {place} names it")
    first = read_image(paths[0])
    return ImagePixels(
        (len(paths), *first.shape),
        delivered_dtype(first.dtype),
        tuple(path.name for path in paths),
        place,
        tuple(paths),
        lambda number: read_image(paths[number]),
    )


def read_image(path: Path) -> np.ndarray:
    """Read one image file as (channel, height, width).

    Raises:
        SysidError: it cannot be read, or is no image.
    """
    image = np.array(open_npy(path, "an image")) if path.suffix.lower() == ".npy" else _decode_image(path)
    if image.dtype.kind not in "buif":
        raise SysidError(f"{path}: expected pixels as numbers, got {image.dtype}")
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] <= MOST_COLOURS):
        raise SysidError(
            f"{path}: expected one image (height, width), or with a last axis of colour, got shape "
            f"{image.shape}; a movie can be a .npy or .h5 file"
        )
    return arrange(image, "tyx")


def _decode_image(path: Path) -> np.ndarray:
    """Return the pixels of an image file in whatever shape its library gives."""
    from PIL import Image  # slow to import, as is what follows
    from skimage import io

    try:
        with path.open("rb") as file:
            begin = file.read(4)
        if not begin.startswith(TIFF_SIGNATURES if path.suffix.lower() in TIFF else SIGNATURES):
            raise SysidError(f"{path}: expected an image ({', '.join(SUFFIXES[:-1])}), got another format")
        with _silence():
            if path.suffix.lower() in TIFF:
                return io.imread(path)
            with Image.open(path, formats=FORMATS) as image:
                return np.asarray(image if image.mode in PLAIN_MODES else image.convert("RGB"))
    except (Image.DecompressionBombError, ZeroDivisionError, *READ_ERRORS) as error:
        raise SysidError(f"{path}: expected an image, got {shorten(error)}") from error


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep to itself what image libraries have to say of odd metadata and of sizes; what counts is raised."""
    log = logging.getLogger("tifffile")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def holds_image(path: Path) -> bool:
    """Say whether a file is an image by its name, and a .npy file by its shape; never raises."""
    if path.suffix.lower() != ".npy":
        return path.suffix.lower() in SUFFIXES
    try:
        shape = open_npy(path, "an image").shape
    except SysidError:
        return False
    return len(shape) == 2 or (len(shape) == 3 and shape[2] <= MOST_COLOURS)


def arrange(image: np.ndarray, order: Order) -> np.ndarray:
    """Return an image, stored with colour last, as (channel, height, width)."""
    pixels = image[..., None] if image.ndim == 2 else image
    return pixels.transpose((2, 0, 1) if order == "tyx" else (2, 1, 0))


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Sort names as people do: image2 before image10."""
    pieces: list[str] = [""]
    for letter in name:
        if letter.isdigit() == pieces[-1].isdigit():
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return tuple((int(piece), "") if piece.isdigit() else (-1, piece) for piece in pieces)
