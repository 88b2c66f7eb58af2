"""One checkpoint of someone else's post-training: its geometry, and how many of its sampled answers are right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from learning_geometry.studies.llm_phases.post_training.experiments._recipes import Asking, Reading
from learning_geometry.studies.types import DataSource, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

Stage = Literal["base", "SFT", "DPO", "RLVR"]

_STEP = re.compile(r"(?:.*[-_])?step[-_]?(\d+)(?:[-_].*)?")


class Series(Reading, Asking, Unit):
    """A checkpoint of a stage, the problems that it is asked, and the seed of its answers and of resampled texts."""

    model: DataSource
    stage: Stage
    traced_texts: DataSource
    problems: DataSource
    seed: Seed


def measure(unit: Series, execution: Execution) -> xr.Dataset:
    """Measure one checkpoint of a stage on the beginnings of texts, and on problems whose answer is a number.

    The result has what `_tracing.measure_checkpoint` measures, the `step` within the stage (-1 where the revision's name
    does not say), and as attributes the commits of model and data. With `problems`, files or the split "test" of a data
    set, it has `correct` int64 `(problem,)`, how many of the samples of each are right. An answer is right if its
    `last_number` equals the given one. Problems are asked in the tokenizer's chat template, or, where it has none, as
    they stand. How many answers are sampled at a time changes which are drawn, so that it is part of the unit.

    Source: section 3.4 and figures 5A and 5C; how problems are asked and answers judged is our operationalisation.

    Raises:
        ValueError: there are fewer problems, one has no number as its answer, or one leaves `problem_tokens` no room in
            the model's context.
    """
    from learning_geometry.materials.hub import checkpoint, load_model, load_tokenizer
    from learning_geometry.materials.texts import load_texts, resolve_texts, tokenise
    from learning_geometry.studies.llm_phases.experiments._tracing import Contexts, measure_checkpoint
    from learning_geometry.studies.llm_phases.post_training.experiments import _problems

    source = unit.traced_texts
    texts = load_texts(source.name, source.revision, n_texts=unit.traced_contexts)
    problems = _problems.load(unit) if unit.problems.name else []
    model, budget, delete = unit.model, execution.disk_budget_gb, execution.delete_after
    with checkpoint(model.name, model.revision, disk_budget_gb=budget, delete_after=delete) as files:
        tokenizer = load_tokenizer(files)
        tokens = tokenise(tokenizer, texts, max_tokens=unit.traced_max_tokens, min_tokens=unit.traced_min_tokens)
        network = load_model(files, device=execution.device, bfloat16=unit.bfloat16)
        prompts = _problems.prompts(network, tokenizer, problems, unit.problem_tokens)
        result = measure_checkpoint(
            network,
            Contexts(*tokens),
            ranks=unit.traced_alpha_ranks,
            removed=[1],
            resamples=unit.resamples,
            seed=unit.seed,
            token_budget=execution.token_budget,
            bfloat16=unit.bfloat16,
        )
        if problems:
            correct = _problems.count_correct(unit, network, tokenizer, prompts, problems, execution.device)
            result["correct"] = "problem", correct
            result.attrs["problems_commit"] = resolve_texts(unit.problems.name, unit.problems.revision)
    result["step"] = step_in_stage(model.revision)
    result["contexts"] = len(tokens[0])
    return result.assign_attrs(commit=files.commit, texts_commit=resolve_texts(source.name, source.revision))


def step_in_stage(revision: str) -> int:
    """The step that the name of a revision says, -1 where it says none."""
    # Series of post-training write "step_40" where those of pretraining, which `step_of` reads, write "step40".
    named = _STEP.fullmatch(revision)
    return int(named[1]) if named else -1
