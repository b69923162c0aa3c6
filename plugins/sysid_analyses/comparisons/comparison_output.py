"""Write the tables and figures of a comparison."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sysid import Picture, Table
from sysid_analyses.comparisons.dataset_comparison import DatasetComparison
from sysid_analyses.comparisons.explanation import Roles
from sysid_analyses.comparisons.variant_pair import find_pair
from sysid_analyses.table import write_table
from sysid_analyses.wording import probability, signed

if TYPE_CHECKING:
    from sysid_analyses.comparisons.comparison_figure import ScatterPanel

PAIR_COLUMNS = (
    *("dataset", "a", "b", "difference", "se", "low", "high", "p", "p_holm", "blocks", "effect_size"),
    *("cells", "cells_a_better", "cells_b_better", "rf_distance", "rf_cells"),
)
MODEL_COLUMNS = (
    *("dataset", "variant", "simulated", "folds", "seeds", "cells", "correlation", "se", "low", "high"),
    *("parameters", "training_seconds", "seconds", "epochs", "rf_distance", "rf_cells"),
    "rf_same_sign",
    *("published", "published_source"),
)


def write_tables(folder: Path, compared: Sequence[DatasetComparison]) -> tuple[Table, ...]:
    """Write `pairs.csv` and `models.csv`."""
    write_table(folder / "models.csv", MODEL_COLUMNS, _model_rows(compared))
    write_table(folder / "pairs.csv", PAIR_COLUMNS, _pair_rows(compared))
    return (
        Table(
            "models.csv",
            "One model on one dataset a row: mean CC with standard error and 95 % interval, trained "
            "parameters, seconds of one run's training and of the whole run, mean distance of its receptive "
            "fields from the data's, and what the paper reports.",
        ),
        Table(
            "pairs.csv",
            "Two models on one dataset a row: CC of a minus that of b with standard error and 95 % interval "
            "(of this pair alone), p by sign flips over blocks of time, the same adjusted by Holm's method "
            "for all pairs of the dataset, effect size (mean over blocks of what each adds to the "
            "difference, over its sd), in how many cells each is better, and the mean distance of their "
            "receptive fields.",
        ),
    )


def _model_rows(compared: Sequence[DatasetComparison]) -> list[tuple[object, ...]]:
    rows = []
    for model in (model for each in compared for model in each.models):
        mean, figures, near = model.correlation, model.published, model.from_data
        rows.append(
            (
                *(model.dataset, model.variant, model.simulated, model.folds, model.seeds, model.cells),
                *(mean.estimate, mean.standard_error, mean.low, mean.high),
                *(model.parameters, model.training_seconds, model.seconds, model.epochs),
                *((near.mean, len(near.distances), near.same_sign) if near else (None, 0, None)),
                " ".join(f"{figure.correlation:g}" for figure in figures),
                "; ".join(figure.source for figure in figures),
            )
        )
    return rows


def _pair_rows(compared: Sequence[DatasetComparison]) -> list[tuple[object, ...]]:
    rows = []
    for each in compared:
        fields = {(found.a, found.b): found for found in each.between}
        for pair in each.pairs:
            found = fields.get((pair.a, pair.b))
            rows.append(
                (
                    *(
                        pair.dataset,
                        pair.a,
                        pair.b,
                        pair.difference,
                        pair.standard_error,
                        pair.low,
                        pair.high,
                    ),
                    *(pair.p, pair.p_holm, pair.blocks, pair.effect_size),
                    *(pair.cells, pair.cells_a, pair.cells_b),
                    *((found.mean, found.cells) if found else (None, 0)),
                )
            )
    return rows


def draw_figures(folder: Path, compared: Sequence[DatasetComparison], roles: Roles) -> tuple[Picture, ...]:
    """Draw means, paired scatters by dataset, and RF distances where there are any."""
    from sysid_analyses.comparisons import comparison_figure, rf_distance_figure  # matplotlib: slow to import
    from sysid_analyses.figure import save_figure

    means = comparison_figure.draw_means({_title(each): each.models for each in compared})
    save_figure(means, folder / "means")
    pictures = [
        Picture(
            "means",
            "Mean CC over cells of every model, with the 95 % interval of the hierarchical bootstrap. "
            "Intervals of two models may overlap although their difference is beyond chance, since they "
            "share what makes a bin or cell hard: the table of pairs has the differences. Open markers are "
            "the paper's own figures for its own cells, not ours.",
            "Fig. 4, Zheng et al. 2021",
        )
    ]
    for each in compared:
        if each.pairs:
            stem = f"scatter_{each.dataset}"
            save_figure(
                comparison_figure.draw_scatter(scatter_panels(each, roles), _title(each)), folder / stem
            )
            pictures.append(
                Picture(
                    stem,
                    f"{each.dataset}: CC of every cell with two models, one dot per cell. Dots above the "
                    "line are predicted better by the model on the vertical axis. Above each panel: the "
                    "difference of the means, vertical minus horizontal, with its adjusted p.",
                    "Fig. 3B, Zheng et al. 2021",
                )
            )
    if any(each.has_distances for each in compared):
        save_figure(rf_distance_figure.draw_distances(compared), folder / "rf_distances")
        pictures.append(rf_distance_figure.PICTURE)
    return tuple(pictures)


def _title(compared: DatasetComparison) -> str:
    simulated = any(model.simulated for model in compared.models)
    return f"{compared.dataset} (SIMULATED)" if simulated else compared.dataset


def scatter_panels(compared: DatasetComparison, roles: Roles) -> "list[ScatterPanel]":
    """Return the panel of the recurrent against the feedforward model, then of all against the first."""
    from sysid_analyses.comparisons.comparison_figure import ScatterPanel

    first = compared.models[0].variant
    wanted = [(roles.feedforward, roles.recurrent)]
    wanted += [(first, model.variant) for model in compared.models[1:]]
    panels = []
    for across, up in dict.fromkeys(wanted):
        pair = find_pair(compared.pairs, up, across)
        if pair is not None:
            note = f"{signed(pair.difference)}\n{probability('adjusted p', pair.p_holm)}"
            x, y = (compared.correlations[name] for name in (pair.b, pair.a))
            panels.append(ScatterPanel(pair.b, pair.a, x, y, note))
    return panels
