"""Which cells of a large population an analysis looks at one by one: those that the model predicts best."""

import numpy as np
from jaxtyping import Bool

from sysid import Run, metrics
from sysid_analyses.fields.model_field import name_neurons


def choose_predicted(run: Run, most: int) -> Bool[np.ndarray, " neuron"]:
    """Return which neurons have the highest CC on the test part, up to so many.

    In the order of `name_neurons`. Of an imported run, which was not scored, the first so many.
    """
    sessions, _ = name_neurons(run)
    scores = np.zeros(len(sessions))
    if run.folder.predictions_file.exists():
        stored = run.folder.predictions()
        parts = [stored[name] for name in dict.fromkeys(sessions)]
        each = [metrics.correlation(part["responses"], part["prediction"]) for part in parts]
        scores = np.nan_to_num(np.concatenate(each), nan=-2.0)  # below any CC
    chosen = np.zeros(len(sessions), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[:most]] = True
    return chosen
