"""The look of all figures: colours that survive colour blindness, maps with zero in the middle, two files."""

from pathlib import Path

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

import sysid

# Okabe and Ito (2008), "Color Universal Design": told apart with any common kind of colour vision.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, BLACK, YELLOW)

DATA, MODEL, NULL, TRUTH = "0.35", BLUE, RED, GREEN
"""The same colour for the same thing in every figure: what was measured, predicted, chance, and the truth."""

SIGNED, UNSIGNED = "RdBu_r", "viridis"
FONT_PT = 9
SMALL_PT = 8
DOTS_PER_INCH = 150


def make_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure whose parts are moved apart as needed."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)  # inches
    return figure


def tidy(axes: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """Label axes, with units in the labels, and take away what carries nothing."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=SMALL_PT)
    if x:
        axes.set_xlabel(x, fontsize=FONT_PT)
    if y:
        axes.set_ylabel(y, fontsize=FONT_PT)
    if title:
        axes.set_title(title, fontsize=FONT_PT)


def symmetric(*maps: np.ndarray) -> Normalize:
    """Return a scale with zero, white, in the middle, that holds all finite values of the maps."""
    finite = [np.abs(each[np.isfinite(each)]) for each in maps]
    limit = max((each.max() for each in finite if each.size), default=0.0)
    return Normalize(-(limit or 1.0), limit or 1.0)


def draw_map(
    axes: Axes, image: Float[np.ndarray, "height width"], scale: Normalize, colours: str = SIGNED
) -> AxesImage:
    """Draw a map over stimulus pixels; the middle of the first pixel is (0, 0), y runs down."""
    height, width = image.shape
    drawn = axes.imshow(image, norm=scale, cmap=colours, interpolation="nearest")
    axes.set_xticks([0, width - 1])
    axes.set_yticks([0, height - 1])
    axes.tick_params(labelsize=SMALL_PT)
    return drawn


def save_figure(figure: Figure, stem: Path) -> None:
    """Write a figure as `<stem>.png` and `<stem>.svg`; the same figure gives the same files."""
    sysid.draw_figure(figure, stem.with_suffix(".png"), dpi=DOTS_PER_INCH)
    figure.set_layout_engine("none")  # its parts are in place; to look for their places again takes as long
    with matplotlib.rc_context({"svg.hashsalt": "sysid"}):  # otherwise the names of parts are random
        sysid.draw_figure(figure, stem.with_suffix(".svg"), metadata={"Date": None})
