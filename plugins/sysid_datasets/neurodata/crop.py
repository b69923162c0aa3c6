"""Check the keys `crop` and `size_px` of datasets, alone and against the frames as they are stored."""

from sysid import SysidError

Crop = tuple[int, int, int, int]
"""Top, left, height and width in stored pixels."""

EXPECTED_CROP = "[top, left, height, width] with some height and width"
SIZE_PX = (
    "height that frames are averaged over areas to, after `crop`, their width in proportion; left out, as "
    "stored"
)


def is_crop(crop: tuple[int, ...]) -> bool:
    """Say whether the key is what it is expected to be, or empty, which keeps all."""
    return len(crop) in (0, 4) and 0 not in crop[2:]


def as_crop(crop: tuple[int, ...]) -> Crop | None:
    """Return the part to keep, None for all."""
    return (crop[0], crop[1], crop[2], crop[3]) if crop else None


def check_room(
    where: str, crop: tuple[int, ...], size_px: int | None, stored: tuple[int, int], source: str = ""
) -> None:
    """Refuse a crop or size that stored frames have no room for.

    Args:
        where: the file, for the message.
        crop: as the recipe has it.
        size_px: height of the frames that are delivered; None = as stored.
        stored: (height, width) of the frames.
        source: whose frames they are, where a file has those of several.

    Raises:
        SysidError: one of these.
    """
    height, width = stored
    if crop:
        top, left, rows, columns = crop
        if top + rows > height or left + columns > width:
            raise SysidError(
                f"{where}: crop: expected [top, left, height, width] within {height} × {width} px"
                f"{' of ' if source else ''}{source}, got {list(crop)}"
            )
        height = rows
    if size_px is not None and size_px > height:
        raise SysidError(
            f"{where}: size_px: expected at most the height of {source or 'the pictures'}, {height} px, got "
            f"{size_px}"
        )
