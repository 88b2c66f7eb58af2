"""A training that lacks one of the causes that the paper names for compression."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from learning_geometry.studies.llm_phases.experiments._training import Training
from learning_geometry.studies.types import Positive
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr

Condition = Literal["uniform", "squared_error", "no_bottleneck"]

CONDITIONS: tuple[Condition, ...] = ("uniform", "squared_error", "no_bottleneck")
"""Trainings without skew, without cross-entropy, without a bottleneck."""


class Controls(Training):
    """A training as the reference is trained, of the same length and seeds, but for one cause."""

    condition: Condition
    squared_error_learning_rate: Positive


def measure(unit: Controls, execution: Execution) -> "xr.Dataset":
    """Train and trace under the condition; the result is that of `trained_and_traced`, without n-grams.

    `uniform` weights tokens by the inverse of their frequency as targets, those rarer than 200 being none;
    `squared_error` replaces the cross-entropy, at a rate of its own; `no_bottleneck` reads single characters, of which
    there are as many as the state has dimensions. Checkpoints go to `<keep_checkpoints>/<condition>-<seed>`.

    Source: our operationalisation of the causes that section 3.3 names, which the paper takes away in the linear model
    alone (figures 12 and 13).
    """
    from learning_geometry.materials.language_models import Architecture, Loss, Recipe
    from learning_geometry.materials.python_corpus import Encoding
    from learning_geometry.studies.llm_phases.experiments import _probes
    from learning_geometry.studies.llm_phases.experiments._runs import trained_and_traced

    characters = unit.condition == "no_bottleneck"
    vocabulary = unit.width if characters else unit.vocabulary
    encoding: Encoding = "characters" if characters else "bpe"
    text = _probes.corpus(unit.corpus.name, unit.corpus.digest, vocabulary, unit.corpus_files, encoding)
    losses: dict[str, Loss] = {"uniform": "balanced_cross_entropy", "squared_error": "squared_error"}
    rate = unit.squared_error_learning_rate if unit.condition == "squared_error" else unit.learning_rate
    loss = losses.get(unit.condition, "cross_entropy")
    keep = execution.keep_checkpoints
    return trained_and_traced(
        text,
        Architecture(vocabulary, unit.width, unit.layers, unit.heads, unit.context),
        Recipe(loss, unit.steps, unit.batch_size, rate, unit.weight_decay, unit.warm_up),
        unit,
        _probes.plain(text, unit.context, unit.probe_contexts, seed=unit.probe_seed),
        keep=str(Path(keep) / f"{unit.condition}-{unit.seed}") if keep else "",
        device=execution.device,
    )
