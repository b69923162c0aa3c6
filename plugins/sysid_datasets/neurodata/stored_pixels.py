"""Frames that say where they lie: `place`, by which showings of the same are found, and `files`."""

from sysid_datasets.neurodata.array_pixels import ArrayPixels
from sysid_datasets.neurodata.image_pixels import ImagePixels
from sysid_datasets.neurodata.video_pixels import VideoPixels

StoredPixels = ArrayPixels | ImagePixels | VideoPixels
