"""A second reference: half as wide and at a quarter of the learning rate, where the third phase is of another kind."""

from pathlib import Path
from typing import TYPE_CHECKING

from learning_geometry.studies.llm_phases.experiments._training import Training
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class SlowPretraining(Training):
    """A training like the reference, in a narrower model, with shorter contexts, at a lower rate, for more steps."""


def measure(unit: SlowPretraining, execution: Execution) -> "xr.Dataset":
    """Train a GPT-NeoX on Python source code and trace it; the result is that of `trained_and_traced`, without n-grams.

    Checkpoints go to `<keep_checkpoints>/slow-<seed>`, unless that is empty.

    Source: our operationalisation of section 3.1; the configuration was found on other seeds.
    """
    from learning_geometry.materials.language_models import Architecture, Recipe
    from learning_geometry.studies.llm_phases.experiments import _probes
    from learning_geometry.studies.llm_phases.experiments._runs import trained_and_traced

    text = _probes.corpus(unit.corpus.name, unit.corpus.digest, unit.vocabulary, unit.corpus_files)
    keep = execution.keep_checkpoints
    return trained_and_traced(
        text,
        Architecture(unit.vocabulary, unit.width, unit.layers, unit.heads, unit.context),
        Recipe("cross_entropy", unit.steps, unit.batch_size, unit.learning_rate, unit.weight_decay, unit.warm_up),
        unit,
        _probes.plain(text, unit.context, unit.probe_contexts, seed=unit.probe_seed),
        keep=str(Path(keep) / f"slow-{unit.seed}") if keep else "",
        device=execution.device,
    )
