"""One pretraining checkpoint fine-tuned on texts, and what that does to texts of the same kind and of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from learning_geometry.studies.llm_phases.post_training.experiments._recipes import Reading, Tuning
from learning_geometry.studies.types import DataSource, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr
    from transformers import PreTrainedModel


class FineTuning(Reading, Tuning, Unit):
    """A checkpoint, the texts that it is fine-tuned on, those that test it, and the seed of the draw and of training."""

    model: DataSource
    traced_texts: DataSource
    fine_tuning_texts: DataSource
    other_texts: DataSource
    seed: Seed


def measure(unit: FineTuning, execution: Execution) -> xr.Dataset:
    """Fine-tune one checkpoint on a column of texts, with the loss on every token, and measure it before and after.

    Along `when`, "before" and "after", the result has `losses_inside` and `losses_outside` `(when, text)`, nats of each
    text of the kind trained on and of another, summed over its tokens but the first; and, on the beginnings of
    `traced_texts`, the spectrum, RankMe and alpha-ReQ of `_tracing.measure_checkpoint`. `step` and `tokens` are those of
    pretraining (-1 where the revision's name does not say); `tokens_inside` and `tokens_outside` are the mean number of
    tokens that a text's loss is summed over.

    Texts are drawn at random, the same at every checkpoint, from all different texts of files or of the split "train" of
    a data set; a training text is never tested, even where the sources are the same. A text counts up to
    `fine_tuning_tokens`, in training and in testing. Weights are float32 also with `bfloat16`, as small updates would
    be rounded away; it speeds up what is measured.

    Source: section 3.4, figures 5B and 14, and table 4 for the learning rate, which rises and falls linearly. The paper's
    losses, of 286 and 137, are sums over a text; steps and batches are ours.

    Raises:
        ValueError: a source has too few different texts, or as `texts.read_rows`.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.materials.hub import checkpoint, load_model, load_tokenizer, step_of, tokens_seen
    from learning_geometry.materials.post_training import continue_pretraining
    from learning_geometry.materials.stages import Schedule
    from learning_geometry.materials.texts import load_texts, resolve_texts, tokenise
    from learning_geometry.studies.llm_phases.experiments._tracing import Contexts, measure_checkpoint
    from learning_geometry.studies.llm_phases.post_training.experiments._losses import drawn, text_losses

    texts, inside, outside = unit.traced_texts, unit.fine_tuning_texts, unit.other_texts
    read = load_texts(texts.name, texts.revision, n_texts=unit.traced_contexts)
    trained = drawn(inside, unit.fine_tuning_column, unit.fine_tuning_count, unit.seed)
    tests = {
        "inside": drawn(inside, unit.fine_tuning_column, unit.fine_tuning_test_count, unit.seed, but_not=set(trained)),
        "outside": drawn(outside, unit.other_column, unit.fine_tuning_test_count, unit.seed, but_not=set(trained)),
    }
    reading: dict[str, Any] = {"token_budget": execution.token_budget, "bfloat16": unit.bfloat16}
    model, budget, delete = unit.model, execution.disk_budget_gb, execution.delete_after
    with checkpoint(model.name, model.revision, disk_budget_gb=budget, delete_after=delete) as files:
        tokenizer = load_tokenizer(files)
        tokens = tokenise(tokenizer, read, max_tokens=unit.traced_max_tokens, min_tokens=unit.traced_min_tokens)
        longest = unit.fine_tuning_tokens
        tested = {kind: tokenise(tokenizer, kept, max_tokens=longest, min_tokens=2)[0] for kind, kept in tests.items()}
        network = load_model(files, device=execution.device)

        def evaluate(state: PreTrainedModel) -> xr.Dataset:
            geometry = measure_checkpoint(
                state,
                Contexts(*tokens),
                ranks=unit.traced_alpha_ranks,
                removed=[1],
                resamples=unit.resamples,
                seed=unit.seed,
                **reading,
            )[["eigenvalues", "rankme", "rankme_resampled", "alpha", "alpha_r2", "top_share"]]
            losses = {f"losses_{kind}": ("text", text_losses(state, ids, **reading)) for kind, ids in tested.items()}
            return geometry.assign(losses)

        before = evaluate(network)
        schedule = Schedule(
            unit.fine_tuning_steps,
            unit.fine_tuning_batch_size,
            unit.fine_tuning_learning_rate,
            unit.fine_tuning_warm_up,
            decay=True,
        )
        tuned = continue_pretraining(
            network, tokenizer, trained, schedule, seed=unit.seed, device=execution.device, max_tokens=longest
        )
        after = evaluate(tuned)
    result = xr.concat([before, after], dim=xr.Variable("when", ["before", "after"]), data_vars="all", join="exact")
    step, seen = step_of(model.revision), tokens_seen(model.revision)
    result["step"], result["tokens"] = -1 if step is None else step, -1 if seen is None else seen
    for kind, ids in tested.items():
        result[f"tokens_{kind}"] = float(np.mean([len(of_text) - 1 for of_text in ids]))
    return result.assign_attrs(
        commit=files.commit,
        texts_commit=resolve_texts(texts.name, texts.revision),
        inside_commit=resolve_texts(inside.name, inside.revision),
        outside_commit=resolve_texts(outside.name, outside.revision),
    )
