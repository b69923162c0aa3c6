"""Write what the analysis `complexity` found: tables and arrays."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sysid import Interval, Table
from sysid_analyses.scenes.scene_measure import KINDS, Difference, Measured
from sysid_analyses.scenes.scene_relation import Related
from sysid_analyses.table import write_table

SCENE_COLUMNS = (
    *(
        "dataset",
        "session",
        "simulated",
        "height_px",
        "width_px",
        "equal_block_px",
        "patch_px",
        "skipped_frames",
    ),
    *("frames_taken", "kind", "complexity", "standard_error", "low", "high"),
)
DIFFERENCE_COLUMNS = ("scene", "other", "kind", "scene_minus_other", "standard_error", "low", "high")
CELL_COLUMNS = ("dataset", "session", "cell", "variant", "correlation", "spatial", "temporal")
RELATION_COLUMNS = ("dataset", "session", "variant", "kind", "cells", "rho", "standard_error", "low", "high")


def write_tables(
    folder: Path, scenes: Sequence[Measured], differences: Sequence[Difference], related: Sequence[Related]
) -> tuple[Table, ...]:
    """Write `scenes.csv`, and as far as there are any, `differences.csv`, `relations.csv` and `cells.csv`."""
    contents = (
        ("scenes.csv", SCENE_COLUMNS, _scene_rows(scenes), "mean complexity of a movie, of one kind"),
        (
            "differences.csv",
            DIFFERENCE_COLUMNS,
            _difference_rows(differences),
            "how much more complex one movie is than another, of one kind",
        ),
        (
            "relations.csv",
            RELATION_COLUMNS,
            _relation_rows(related),
            "Spearman's ρ over cells, of one variant's CC with the complexity under the receptive field",
        ),
        ("cells.csv", CELL_COLUMNS, _cell_rows(related), "one cell under one variant"),
    )
    tables = []
    for file, columns, rows, caption in contents:
        if rows:
            write_table(folder / file, columns, rows, 6)
            tables.append(Table(file, caption))
    return tuple(tables)


def _spread(interval: Interval) -> tuple[float, float, float, float]:
    return interval.estimate, interval.standard_error, interval.low, interval.high


def _scene_rows(scenes: Sequence[Measured]) -> list[tuple]:
    return [
        (
            *(each.scene.dataset, each.scene.session, str(each.scene.simulated).lower()),
            *(*each.scene.frame_px, each.scene.block_px, each.patch_px, each.scene.skipped_frames),
            *(len(each.complexity[kind]), kind, *_spread(each.mean[kind])),
        )
        for each in scenes
        for kind in KINDS
    ]


def _difference_rows(differences: Sequence[Difference]) -> list[tuple]:
    return [
        (each.b.scene.name, each.a.scene.name, kind, *_spread(each.by_kind[kind]))
        for each in differences
        for kind in KINDS
    ]


def _relation_rows(related: Sequence[Related]) -> list[tuple]:
    return [
        (
            *(each.measured.scene.dataset, each.measured.scene.session, variant, kind),
            *(int(np.isfinite(each.scores[variant]).sum()), *_spread(found)),
        )
        for each in related
        for (variant, kind), found in each.correlations.items()
    ]


def _cell_rows(related: Sequence[Related]) -> list[tuple]:
    return [
        (
            *(each.measured.scene.dataset, each.measured.scene.session, cell, variant),
            *(float(scores[index]), *(float(each.under[kind][index]) for kind in KINDS)),
        )
        for each in related
        for variant, scores in each.scores.items()
        for index, cell in enumerate(each.cells)
    ]


def write_arrays(path: Path, scenes: Sequence[Measured], related: Sequence[Related]) -> None:
    """Write, by scene, both maps (row, column), both means (frame,), and the CC of patches by variant."""
    arrays = {}
    for each in scenes:
        for kind in KINDS:
            arrays[f"{each.scene.name}/{kind}"] = each.map(kind)
            arrays[f"{each.scene.name}/{kind}_by_frame"] = each.complexity[kind].mean(axis=(1, 2))
    for each in related:
        for variant in each.scores:
            arrays[f"{each.measured.scene.name}/correlation/{variant}"] = each.patch_scores(variant)
    np.savez_compressed(path, **arrays)
