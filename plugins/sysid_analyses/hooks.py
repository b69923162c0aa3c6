"""Offer the analyses that ship with sysid."""

import sysid
from sysid_analyses.comparisons.comparison import Comparison
from sysid_analyses.contributions.kernel_contribution import KernelContribution
from sysid_analyses.curves.curve import Curve
from sysid_analyses.fields.data_rf import SpikeTriggeredAverage
from sysid_analyses.fields.local_rf import LocalReceptiveField
from sysid_analyses.fields.model_rf import ModelReceptiveField
from sysid_analyses.first_layer.kernel_indices import KernelIndices
from sysid_analyses.first_layer.kernels import Kernels
from sysid_analyses.first_layer.subunits import Subunits
from sysid_analyses.nulls.null_controls import NullControls
from sysid_analyses.physiology.physiology import Physiology
from sysid_analyses.powers.power import Power
from sysid_analyses.prunings.kernel_pruning import Pruning
from sysid_analyses.scenes.scene_complexity import SceneComplexity
from sysid_analyses.section_onset import SectionOnset
from sysid_analyses.traces.responses import Responses


@sysid.hookimpl
def sysid_analyses() -> dict[str, type]:
    """Return the analyses by name."""
    return {
        "comparison": Comparison,
        "complexity": SceneComplexity,
        "curve": Curve,
        "kernel_contribution": KernelContribution,
        "kernel_indices": KernelIndices,
        "kernels": Kernels,
        "local_rf": LocalReceptiveField,
        "model_rf": ModelReceptiveField,
        "pruning": Pruning,
        "null_controls": NullControls,
        "physiology": Physiology,
        "power": Power,
        "responses": Responses,
        "section_onset": SectionOnset,
        "sta": SpikeTriggeredAverage,
        "subunits": Subunits,
    }
