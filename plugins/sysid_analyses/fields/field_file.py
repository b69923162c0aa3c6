"""Leave receptive fields as `fields.npz`, the form in which others read them (see `sysid.FieldMaps`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from sysid import FieldMaps
from sysid_analyses.fields.field import Field


def write_field_maps(
    path: Path,
    session: Sequence[str],
    neuron: Sequence[str],
    fields: Mapping[str, Sequence[Field]],
    lag_s: Float[np.ndarray, " lag"],
    reasons: Sequence[str] | None = None,
) -> None:
    """Write the fields of each source, "data" or "model", one for every neuron.

    Args:
        path: of the NPZ file.
        session, neuron: by which each is known.
        fields: of each source.
        lag_s: how long before the bin's own frame each lag was on screen.
        reasons: for each neuron why there is no receptive field, where more is asked of one than of a field
            by itself.
    """
    everything = [field for each in fields.values() for field in each]
    FieldMaps(
        session=tuple(session) * len(fields),
        neuron=tuple(neuron) * len(fields),
        source=tuple(source for source, each in fields.items() for _ in each),
        spatial=np.stack([field.spatial for field in everything]),
        temporal=np.stack([field.temporal for field in everything]),
        lag_s=lag_s,
        centre=np.array([field.fit.centre for field in everything], dtype=np.float64),
        widths=np.array([field.fit.widths for field in everything], dtype=np.float64),
        angle=np.array([field.fit.angle for field in everything], dtype=np.float64),
        reason=tuple(reasons or [field.reason for field in everything]),
    ).write(path)
