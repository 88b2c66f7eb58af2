"""The reference training of one seed: cross-entropy on a long-tailed vocabulary through a narrow state."""

from pathlib import Path
from typing import TYPE_CHECKING

from learning_geometry.studies.llm_phases.experiments._training import Training
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class Pretraining(Training):
    """A training with all three causes that the linear model needs: cross-entropy, skewed frequencies, a bottleneck.

    It is probed on other texts as well, the source code and the docstrings of an installed `package`.
    """

    package: DataSource


def measure(unit: Pretraining, execution: Execution) -> "xr.Dataset":
    """Train a GPT-NeoX on Python source code and trace it; the result is that of `trained_and_traced`.

    It is compared with the n-grams of its training stream, and the attributes say what it was trained on. Checkpoints go
    to `<keep_checkpoints>/reference-<seed>`, unless that is empty.

    Source: our operationalisation of sections 3.1 and 3.2 at a size that a laptop trains.
    """
    from learning_geometry.materials.language_models import Architecture, Recipe
    from learning_geometry.studies.llm_phases.experiments import _probes
    from learning_geometry.studies.llm_phases.experiments._runs import trained_and_traced

    text, probe = _probes.reference(
        unit.corpus.name,
        unit.corpus.digest,
        unit.vocabulary,
        unit.corpus_files,
        unit.package.name,
        unit.context,
        unit.probe_contexts,
        unit.probe_seed,
    )
    keep = execution.keep_checkpoints
    traced = trained_and_traced(
        text,
        Architecture(unit.vocabulary, unit.width, unit.layers, unit.heads, unit.context),
        Recipe("cross_entropy", unit.steps, unit.batch_size, unit.learning_rate, unit.weight_decay, unit.warm_up),
        unit,
        probe,
        keep=str(Path(keep) / f"reference-{unit.seed}") if keep else "",
        device=execution.device,
    )
    return traced.assign_attrs(text.source, tokens=len(text.train), held_out_tokens=len(text.held_out))
