"""All that is compared on one dataset."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float64

from sysid_analyses.comparisons.ensemble import Ensemble
from sysid_analyses.comparisons.model_summary import ModelSummary, summarize_model
from sysid_analyses.comparisons.rf_distance import (
    FieldDistance,
    FromData,
    distances_between,
    distances_from_data,
    read_fields,
)
from sysid_analyses.comparisons.variant_pair import Pair, compare_variants


@attrs.frozen(eq=False)
class DatasetComparison:
    """Hold the models of one dataset that predict the same bins.

    Attributes:
        dataset: its name in the recipe.
        models: in the recipe's order.
        pairs: every two of them, the first named `a`.
        correlations: variant → CC of every cell, (neuron,).
        from_data: variant → how far its receptive fields are from the data's, where that was analysed.
        between: distances of the models' receptive fields from one another, pair by pair.
    """

    dataset: str
    models: tuple[ModelSummary, ...]
    pairs: tuple[Pair, ...]
    correlations: dict[str, Float64[np.ndarray, " neuron"]]
    from_data: dict[str, FromData]
    between: tuple[FieldDistance, ...]

    @property
    def scored(self) -> bool:
        """Whether any model has a score: not where no response varies."""
        return any(np.isfinite(model.correlation.estimate) for model in self.models)

    @property
    def has_distances(self) -> bool:
        """Whether any distance of receptive fields is known."""
        return bool(self.between) or any(each.distances for each in self.from_data.values())


def compare_dataset(
    ensembles: Sequence[Ensemble], *, rf_analysis: str, draws: int, seed: int
) -> DatasetComparison:
    """Compare ensembles that predict the same bins of one dataset."""
    fields = {each.variant: read_fields(each.runs, rf_analysis) for each in ensembles}
    from_data = {variant: distances_from_data(found) for variant, found in fields.items()}
    return DatasetComparison(
        dataset=ensembles[0].dataset,
        models=tuple(summarize_model(each, from_data[each.variant]) for each in ensembles),
        pairs=compare_variants(ensembles, draws=draws, seed=seed),
        correlations={each.variant: each.cell_correlations() for each in ensembles},
        from_data={variant: found for variant, found in from_data.items() if found is not None},
        between=distances_between(fields),
    )
