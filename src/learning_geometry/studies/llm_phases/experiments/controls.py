"""Three trainings of one seed that each lack one of the causes that the paper names for compression."""

from pathlib import Path
from typing import TYPE_CHECKING

from learning_geometry.studies.llm_phases.experiments._training import Training
from learning_geometry.studies.types import Positive
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class Controls(Training):
    """Trainings as the reference is trained, but for one cause each."""

    squared_error_learning_rate: Positive


def measure(unit: Controls, execution: Execution) -> "xr.Dataset":
    """Train and trace under each `condition`; the results are those of `trained_and_traced`.

    `uniform` weights tokens by the inverse of their frequency as targets, those rarer than 200 being none;
    `squared_error` replaces the cross-entropy, at a rate of its own; `no_bottleneck` reads single characters, of which
    there are as many as the state has dimensions. Checkpoints go to `<keep_checkpoints>/<condition>-<seed>`.

    Source: our operationalisation of the causes that the abstract names, which the paper takes away in the linear model
    alone (figures 12 and 13).
    """
    from learning_geometry.materials import python_corpus
    from learning_geometry.materials.language_models import Architecture, Recipe
    from learning_geometry.studies.llm_phases.experiments._labels import stacked
    from learning_geometry.studies.llm_phases.experiments._runs import trained_and_traced

    tokens = python_corpus.load(unit.vocabulary, folder=unit.corpus.name, most_files=unit.corpus_files)
    characters = python_corpus.load(
        unit.width, encoding="characters", folder=unit.corpus.name, most_files=unit.corpus_files
    )
    narrow = Architecture(unit.vocabulary, unit.width, unit.layers, unit.heads, unit.context)
    wide = Architecture(unit.width, unit.width, unit.layers, unit.heads, unit.context)
    rest = (unit.steps, unit.batch_size, unit.learning_rate, unit.weight_decay)
    slower = (unit.steps, unit.batch_size, unit.squared_error_learning_rate, unit.weight_decay)
    conditions = {
        "uniform": (tokens, narrow, Recipe("balanced_cross_entropy", *rest)),
        "squared_error": (tokens, narrow, Recipe("squared_error", *slower)),
        "no_bottleneck": (characters, wide, Recipe("cross_entropy", *rest)),
    }
    keep = execution.keep_checkpoints
    traced = [
        trained_and_traced(
            text,
            architecture,
            recipe,
            unit,
            with_ngrams=False,
            keep=str(Path(keep) / f"{name}-{unit.seed}") if keep else "",
            device=execution.device,
        )
        for name, (text, architecture, recipe) in conditions.items()
    ]
    return stacked(traced, "condition", list(conditions))
