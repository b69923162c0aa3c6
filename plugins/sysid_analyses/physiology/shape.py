"""Luminance of the shapes that protocols show, with edges that cover pixels in part."""

import math

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.physiology.screen import Screen


def draw_uniform(screen: Screen, luminance: float) -> Float[np.ndarray, "height width"]:
    """Return a frame of one luminance."""
    return np.full((screen.height, screen.width), luminance)


def draw_disc(
    screen: Screen, centre: tuple[float, ...], diameter_px: float | int
) -> Float[np.ndarray, "height width"]:
    """Return 1 inside a disc around (x, y) and 0 outside; an edge runs over one pixel."""
    y, x = np.mgrid[: screen.height, : screen.width]
    distance = np.hypot(x - centre[0], y - centre[1])
    return np.clip(diameter_px / 2 + 0.5 - distance, 0, 1)


@attrs.frozen
class Bar:
    """Describe a bar that is as long as the frame and moves across its own length.

    Attributes:
        screen: on which it is shown.
        angle_deg: where it moves to: 0 to the right, 90 upwards.
        width_px: along its motion.
    """

    screen: Screen
    angle_deg: float
    width_px: float

    @property
    def travel_px(self) -> float:
        """How far its middle moves from touching the frame on one side to leaving it on the other."""
        angle = math.radians(self.angle_deg)
        extent = abs(math.cos(angle)) * self.screen.width + abs(math.sin(angle)) * self.screen.height
        return extent + self.width_px

    def project(self, places: Float[np.ndarray, "*more 2"]) -> Float[np.ndarray, "*more"]:
        """Return how far places (x, y) lie along the motion, 0 in the middle of the frame; y runs down."""
        angle = math.radians(self.angle_deg)
        from_middle = places - np.array([(self.screen.width - 1) / 2, (self.screen.height - 1) / 2])
        return math.cos(angle) * from_middle[..., 0] - math.sin(angle) * from_middle[..., 1]

    def draw(self, place_px: float) -> Float[np.ndarray, "height width"]:
        """Return 1 inside the bar, its middle so far along the motion, and 0 outside."""
        y, x = np.mgrid[: self.screen.height, : self.screen.width]
        along = self.project(np.stack([x, y], axis=-1).astype(np.float64))
        angle = math.radians(self.angle_deg)
        edge = abs(math.cos(angle)) + abs(math.sin(angle))  # how far a pixel reaches along the motion
        return np.clip((self.width_px / 2 - np.abs(along - place_px)) / edge + 0.5, 0, 1)


def bar_width(screen: Screen, width_px: float | None) -> float:
    """Return a bar's width: a tenth of the frame's shorter side where none is given, at least a pixel."""
    return width_px or max(1.0, float(round(screen.side_px / 10)))


def frame_step(screen: Screen, crossing_s: float) -> float:
    """Return how many pixels from frame to frame cross the frame's shorter side in so many seconds."""
    return screen.side_px / screen.count_frames(crossing_s)
