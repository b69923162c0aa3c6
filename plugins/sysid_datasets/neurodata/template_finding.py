"""Find the pixels of a stimulus that a table knows by name."""

from pathlib import Path

import attrs
from pynwb.base import Images
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.axis_order import AskedOrder, settle
from sysid_datasets.neurodata.image_pixels import container_pixels
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.name_match import find_near, find_same
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.series_pixels import series_pixels
from sysid_datasets.neurodata.template_pixels import list_pixels, template_pixels


@attrs.frozen
class Templates:
    """Say where pixels may be that are not shown by a series itself.

    Attributes:
        path: the recipe's `templates`, None = only in the NWB file.
        dataset: the recipe's `templates_dataset`.
        order: the recipe's `axis_order`.
        stimuli: what the file names; a template that is called like one of them is not for the others.
    """

    path: Path | None
    dataset: str | None
    order: AskedOrder
    stimuli: tuple[str, ...] = ()

    def may_have(self, names: tuple[str, ...]) -> bool:
        """Say whether there are templates that may be for the stimulus that goes by these names."""
        if self.path is None or self.path.is_dir():
            return self.path is not None
        stem = (self.path.stem,)
        meant = find_same(self.stimuli, stem) or find_near(self.stimuli, stem)
        return meant is None or meant in names or find_same(stem, names) is not None


def find_template(opened: Opened, names: tuple[str, ...], templates: Templates) -> tuple[PixelSource, str]:
    """Return the frames of a stimulus and a note: those in the file that are called like it, or `templates`.

    Args:
        opened: the NWB file.
        names: that the stimulus goes by, the most telling first.
        templates: where else to look.

    Raises:
        MissingPixelsError: there are none.
        SysidError: those there are cannot be read.
    """
    held = list_pixels(opened.file)
    found = find_same(held, names)
    if found is None and not _has_own(templates.path, names):
        found = find_near(held, names)
    if found is not None:
        pixels, note = read_held(opened, held[found], templates.order)
        return pixels, f"{names[0]}: pixels are those of {found}; {note}"
    if templates.path is not None and templates.may_have(names):
        return template_pixels(templates.path, names, templates.dataset, templates.order)
    there = f"which has those of {', '.join(held)}" if held else "which has none"
    raise MissingPixelsError(
        f"{opened.path}: {names[0]}: expected pixels of its frames in the file, {there}; templates are "
        "usually published beside the session, as .npy, .h5 or images: say where with `templates`"
    )


def replace_missing(
    error: MissingPixelsError, names: tuple[str, ...], frames: int | None, templates: Templates
) -> tuple[PixelSource, str]:
    """Return the frames that `templates` has of a series that has none in the file, and a note.

    Args:
        error: what to say if there are none.
        names: of the series and of the file it names.
        frames: how many it shows; None = unknown.
        templates: where to look.

    Raises:
        MissingPixelsError: there are none, or another count.
    """
    if templates.path is None or not templates.may_have(names):
        raise error
    pixels, note = template_pixels(templates.path, names, templates.dataset, templates.order)
    if frames is not None and pixels.shape[0] != frames:
        raise MissingPixelsError(
            f"{error}; `templates` has {pixels.shape[0]} frames for the {frames} of {names[0]}"
        ) from error
    return pixels, note


def _has_own(path: Path | None, names: tuple[str, ...]) -> bool:
    """Say whether a folder, or the name of a file, of templates is called like the stimulus itself."""
    if path is None:
        return False
    if path.is_dir():
        return find_same([each.stem for each in path.iterdir()], names) is not None
    return find_same([path.stem], names) is not None


def read_held(opened: Opened, held: ImageSeries | Images, order: AskedOrder) -> tuple[PixelSource, str]:
    """Return the frames of a series or set of images in the file, and a note."""
    if isinstance(held, Images):
        pixels = container_pixels(held, settle(order))
        return pixels, f"{pixels.shape[0]} images"
    return series_pixels(opened, held, order)
