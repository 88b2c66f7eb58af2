"""One checkpoint of someone else's series: fetched, measured, and deleted if need be."""

from pathlib import Path
from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, DataSource, NonNegativeCount, RisingCounts, Seed, Window
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Trace(Unit):
    """A released checkpoint, measured on the beginnings of texts.

    `checkpoint` names a model and its revision, of training step `step`. `memory_texts`, a sample of what it was trained on,
    and `questions` may be empty; `probe_seed` draws the resamples, the random directions and the order of the options.
    """

    checkpoint: DataSource
    step: NonNegativeCount
    traced_texts: DataSource
    traced_contexts: Count
    traced_min_tokens: Count
    traced_max_tokens: Count
    memory_texts: DataSource
    memory_count: Count
    questions: DataSource
    questions_count: Count
    probe_seed: Seed
    resamples: Count
    traced_alpha_ranks: Window
    traced_removed_directions: RisingCounts
    bfloat16: bool


def measure(unit: Trace, execution: Execution) -> "xr.Dataset":
    """Measure one checkpoint of a series.

    The result holds what `measure_checkpoint` and `measure_directions` measure, `step` and `tokens` (-1 where the
    revision's name does not say), the number of `contexts`, and a digest of the `weights`. Its attributes are the `model` and `revision` that were
    asked for and the `commit` that they stood for, and the commit of the texts. With `memory_texts`, predictions are
    compared with their n-grams; with `questions` the result of `measure_choices` is added as `choices_after` and
    `choices_before`.

    Source: sections 3.1 and 3.2 and table 8. What stands in for the index of the whole training text is ours.

    Raises:
        ValueError: revisions of the series hold equal weights at different steps, and such are not accepted.
    """
    import numpy as np

    from learning_geometry import paths
    from learning_geometry.materials.hub import checkpoint, load_model, load_tokenizer
    from learning_geometry.materials.multiple_choice import load_questions
    from learning_geometry.materials.revisions import tokens_seen
    from learning_geometry.materials.series_weights import repeated_steps
    from learning_geometry.materials.texts import load_texts, resolve_texts, tokenise
    from learning_geometry.studies.llm_phases.experiments._choices import measure_choices
    from learning_geometry.studies.llm_phases.experiments._memory import stream_of, with_ngrams
    from learning_geometry.studies.llm_phases.experiments._tracing import (
        Contexts,
        measure_checkpoint,
        measure_directions,
    )

    texts, memory, questions = unit.traced_texts, unit.memory_texts, unit.questions
    model, revision = unit.checkpoint.name, unit.checkpoint.revision
    if not execution.accept_duplicates:
        repeated_steps(model, execution.traced_series.get(model, [revision]), listings=paths.build() / "listings")
    read = load_texts(texts.name, texts.revision, n_texts=unit.traced_contexts)
    with checkpoint(
        model, revision, disk_budget_gb=execution.disk_budget_gb, delete_after=execution.delete_after
    ) as there:
        tokenizer = load_tokenizer(there)
        contexts = Contexts(
            *tokenise(tokenizer, read, max_tokens=unit.traced_max_tokens, min_tokens=unit.traced_min_tokens)
        )
        if memory.name:
            sample = load_texts(memory.name, memory.revision, n_texts=unit.memory_count)
            contexts = with_ngrams(contexts, stream_of(tokenizer, sample))
        network = load_model(there, device=execution.device, bfloat16=unit.bfloat16)
        removed, seed = unit.traced_removed_directions, unit.probe_seed
        budget, bfloat16 = execution.token_budget, unit.bfloat16
        result = measure_checkpoint(
            network,
            contexts,
            ranks=unit.traced_alpha_ranks,
            removed=removed,
            resamples=unit.resamples,
            seed=seed,
            token_budget=budget,
            bfloat16=bfloat16,
        ).merge(
            measure_directions(network, contexts, counts=removed, seed=seed, token_budget=budget, bfloat16=bfloat16)
        )
        if questions.name:
            rng = np.random.default_rng(seed)
            asked = load_questions(questions.name, questions.revision, n_questions=unit.questions_count, rng=rng)
            choices = measure_choices(
                network, tokenizer, asked, contexts, counts=removed, seed=seed, token_budget=budget, bfloat16=bfloat16
            )
            result = result.merge(choices.rename(accuracy_after="choices_after", accuracy_before="choices_before"))
        commit, weights = there.commit, there.weights
    tokens = tokens_seen(revision)
    return result.assign(
        step=unit.step, tokens=-1 if tokens is None else tokens, contexts=len(contexts.tokens), weights=weights
    ).assign_attrs(
        model=Path(model).name if Path(model).is_dir() else model,
        revision=revision,
        commit=commit,
        texts_commit=resolve_texts(texts.name, texts.revision),
    )
