"""Find sets of images by the names that the rows of a table give them."""

from collections.abc import Iterator

import attrs
import numpy as np
from pynwb.base import Images
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.column import to_plain
from sysid_datasets.neurodata.image_pixels import container_pixels, file_pixels
from sysid_datasets.neurodata.opening import Opened, guard, locate
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.template_finding import Templates, read_held
from sysid_datasets.neurodata.template_pixels import list_images, list_pixels


@attrs.frozen(eq=False)
class ImageSet:
    """Know images by name.

    Attributes:
        place: name of the set.
        numbers: of the images' frames by name.
        _source: what has their frames, and `templates`.
    """

    place: str
    numbers: dict[str, int]
    _source: Images | ImageSeries | None
    _templates: Templates

    def open(self, opened: Opened) -> tuple[PixelSource, str]:
        """Return the frames and a note.

        Raises:
            SysidError: they cannot be read, or differ in size.
        """
        if self._source is not None:
            return read_held(opened, self._source, self._templates.order)
        assert self._templates.path is not None
        images = file_pixels(list_images(self._templates.path), str(self._templates.path))
        return images, f"{images.shape[0]} images"


def find_image_set(opened: Opened, names: np.ndarray, templates: Templates) -> ImageSet | None:
    """Return the first set that has any of some images by their names: in the file, then in `templates`."""
    wanted = set(names.tolist())
    return next((each for each in _list_sets(opened, templates) if wanted & each.numbers.keys()), None)


def _list_sets(opened: Opened, templates: Templates) -> Iterator[ImageSet]:
    for name, held in list_pixels(opened.file).items():
        if isinstance(held, Images):
            if len(held.images):
                pixels = container_pixels(held, "tyx")
                yield ImageSet(name, {each: at for at, each in enumerate(pixels.names)}, held, templates)
        elif name in opened.file.stimulus_template and held.control_description is not None:
            with guard(locate(held)):
                labels = to_plain(held.control_description[:])
            if labels is not None and len(labels) == len(held.data):
                numbers = {str(each): at for at, each in enumerate(labels)}
                yield ImageSet(name, numbers, held, templates)
    folder = templates.path
    if folder is not None and folder.is_dir():
        files = list_images(folder)
        stems = {each.stem: at for at, each in enumerate(files)}
        yield ImageSet(
            folder.name, {**stems, **{each.name: at for at, each in enumerate(files)}}, None, templates
        )
