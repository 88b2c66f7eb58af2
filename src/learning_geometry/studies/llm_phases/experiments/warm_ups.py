"""The first steps of the reference with other ramps of the learning rate, or none: what the collapse coincides with."""

from typing import TYPE_CHECKING

from learning_geometry.studies.llm_phases.experiments._training import Training
from learning_geometry.studies.types import RisingCounts
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class WarmUps(Training):
    """Short trainings as the reference begins, but with other `ramps`, numbers of steps in which the learning rate rises."""

    ramps: RisingCounts


def measure(unit: WarmUps, execution: Execution) -> "xr.Dataset":
    """Train and trace under each `ramp`; the results are those of `trained_and_traced`, without n-grams.

    Source: section 3.1, where the collapse coincides with the ramp; that it is varied is ours.
    """
    from learning_geometry.materials.language_models import Architecture, Recipe
    from learning_geometry.studies.llm_phases.experiments import _probes
    from learning_geometry.studies.llm_phases.experiments._labels import stacked
    from learning_geometry.studies.llm_phases.experiments._runs import trained_and_traced

    text = _probes.corpus(unit.corpus.name, unit.corpus.digest, unit.vocabulary, unit.corpus_files)
    architecture = Architecture(unit.vocabulary, unit.width, unit.layers, unit.heads, unit.context)
    probe = _probes.plain(text, unit.context, unit.probe_contexts, seed=unit.probe_seed)
    rest = (unit.steps, unit.batch_size, unit.learning_rate, unit.weight_decay)
    traced = [
        trained_and_traced(
            text, architecture, Recipe("cross_entropy", *rest, ramp), unit, probe, keep="", device=execution.device
        )
        for ramp in unit.ramps
    ]
    return stacked(traced, "ramp", unit.ramps)
