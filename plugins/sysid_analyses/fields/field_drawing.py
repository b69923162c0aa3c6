"""Draw the receptive fields of model and data, with captions that say what to see."""

from pathlib import Path

import numpy as np

from sysid import Picture
from sysid_analyses.fields.field_summary import field_cosines
from sysid_analyses.fields.field_table import FieldSet
from sysid_analyses.wording import counted

CELLS = (
    "Map of the data (upper) and of the model (lower) with the ellipses fitted to both, and both time "
    "courses; where the model looks where the cell looks, maps, ellipses and time courses coincide. "
    "Where an ellipse is missing no receptive field was found; the table says why."
)
POPULATION = (
    "Left: the receptive fields of data and model over the frame. Middle: how far they are apart in place "
    "and shape, 0 where they coincide. Right: the latency of the first peak; on the line they are the same."
)
INDICES = (
    "Left: how smooth each receptive field's map is and how peaked its time course; the second measures "
    "peakedness and no smoothness. Right: how alike the fields of every two cells are; the closer the mean "
    "to 0, the more diverse the cells."
)


def draw_fields(
    folder: Path, fields: FieldSet, dt_s: float, lead: int, most: int, *, population: bool = True
) -> tuple[Picture, ...]:
    """Draw what there is to see, up to `most` cells of it, or the cells without the population.

    Where the population is drawn the figures answer those of Zheng et al. 2021.
    """
    from sysid_analyses.fields.field_map_figure import draw_cells  # matplotlib is slow to import
    from sysid_analyses.fields.model_rf_figure import draw_indices, draw_population
    from sysid_analyses.figure import save_figure

    chosen = choose_cells(fields, most)
    if not chosen:
        return ()
    lags_ms = 1000 * dt_s * (lead + np.arange(len(fields.model[0].temporal)))
    left_out = len(fields.neuron) - len(chosen)
    more = f" {len(chosen)} of {counted(len(fields.neuron), 'cell')} are shown." if left_out else ""
    save_figure(draw_cells(fields, chosen, lags_ms), folder / "cells")
    pictures = [Picture("cells", CELLS + more, "Fig. 4A, Zheng et al. 2021" if population else "")]
    if population and (fields.found("model") or fields.found("data")):
        save_figure(draw_population(fields), folder / "population")
        pictures.append(Picture("population", POPULATION, "Figs. 4C and 7D, Zheng et al. 2021"))
        cosines = {which: field_cosines(fields, which) for which in ("model", "data")}
        save_figure(draw_indices(fields, cosines), folder / "indices")
        pictures.append(Picture("indices", INDICES, "Figs. 6B and 6C, Zheng et al. 2021"))
    return tuple(pictures)


def choose_cells(fields: FieldSet, most: int) -> list[int]:
    """Return which cells to draw, in their order: those with both fields first, the best fitted of them."""

    def clarity(number: int) -> tuple[int, float]:
        both = (fields.model[number], fields.data[number])
        explained = [np.nan_to_num(each.fit.explained_variance) for each in both]
        return sum(each.found for each in both), float(min(explained))

    known = [n for n, field in enumerate(fields.model) if np.isfinite(field.spatial).all()]
    return sorted(sorted(known, key=clarity, reverse=True)[:most])
