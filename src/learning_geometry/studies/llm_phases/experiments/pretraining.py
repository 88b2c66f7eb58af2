"""The reference training of one seed: cross-entropy on a long-tailed vocabulary through a narrow state."""

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
    weight_decay: float,
    checkpoints: int,
    probe_contexts: int,
    resamples: int,
    alpha_ranks: list[int],
    removed_directions: list[int],
    keep_checkpoints: str,
    device: str,
) -> dict[str, Any]:
    """Train a GPT-NeoX on Python source code and trace it; the result is that of `runs.trained_and_traced`.

    It is compared with the n-grams of its training stream, and `corpus` says what it was trained on. Checkpoints go to
    `<keep_checkpoints>/reference-<seed>`, unless that is empty.

    Source: our operationalisation of section 3 at a size that a laptop trains.
    """
    text = python_corpus.load(vocabulary, folder=corpus, most_files=corpus_files)
    traced = trained_and_traced(
        text,
        Architecture(vocabulary, width, layers, heads, context),
        Recipe("cross_entropy", steps, batch_size, learning_rate, weight_decay),
        Probe(checkpoints, probe_contexts, resamples, alpha_ranks, removed_directions),
        seed=seed,
        with_ngrams=True,
        keep=str(Path(keep_checkpoints) / f"reference-{seed}") if keep_checkpoints else "",
        device=device,
    )
    corpus_facts = text.source | {"tokens": len(text.train), "held_out_tokens": len(text.held_out)}
    return {"corpus": corpus_facts, **traced}
