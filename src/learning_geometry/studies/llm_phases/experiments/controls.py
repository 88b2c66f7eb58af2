"""Three trainings of one seed that each lack one of the causes that the paper names for compression."""

from pathlib import Path
from typing import Any

from learning_geometry.materials import python_corpus
from learning_geometry.materials.language_models import Architecture, Recipe
from learning_geometry.studies.llm_phases.experiments._runs import Probe, trained_and_traced


def measure(
    *,
    seed: int,
    corpus: str,
    corpus_files: int,
    vocabulary: int,
    width: int,
    layers: int,
    heads: int,
    context: int,
    steps: int,
    batch_size: int,
    learning_rate: float,
    squared_error_learning_rate: float,
    weight_decay: float,
    checkpoints: int,
    probe_contexts: int,
    resamples: int,
    alpha_ranks: list[int],
    removed_directions: list[int],
    keep_checkpoints: str,
    device: str,
) -> dict[str, Any]:
    """Train as the reference is trained, but for one cause each; the results are those of `runs.trained_and_traced`.

    `uniform` weights tokens by the inverse of their frequency as targets, those rarer than 200 being none;
    `squared_error` replaces the cross-entropy, at a rate of its own; `no_bottleneck` reads single characters, of which
    there are as many as the state has dimensions. Checkpoints go to `<keep_checkpoints>/<condition>-<seed>`.

    Source: our operationalisation of the causes that the abstract names.
    """
    tokens = python_corpus.load(vocabulary, folder=corpus, most_files=corpus_files)
    characters = python_corpus.load(width, encoding="characters", folder=corpus, most_files=corpus_files)
    narrow = Architecture(vocabulary, width, layers, heads, context)
    wide = Architecture(width, width, layers, heads, context)
    conditions = {
        "uniform": (tokens, narrow, Recipe("balanced_cross_entropy", steps, batch_size, learning_rate, weight_decay)),
        "squared_error": (
            tokens,
            narrow,
            Recipe("squared_error", steps, batch_size, squared_error_learning_rate, weight_decay),
        ),
        "no_bottleneck": (characters, wide, Recipe("cross_entropy", steps, batch_size, learning_rate, weight_decay)),
    }
    return {
        name: trained_and_traced(
            text,
            architecture,
            recipe,
            Probe(checkpoints, probe_contexts, resamples, alpha_ranks, removed_directions),
            seed=seed,
            with_ngrams=False,
            keep=str(Path(keep_checkpoints) / f"{name}-{seed}") if keep_checkpoints else "",
            device=device,
        )
        for name, (text, architecture, recipe) in conditions.items()
    }
