"""One seed's course on a laptop: a base model, then SFT, DPO and RLVR one after the other, and their controls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from learning_geometry.studies.llm_phases.post_training.experiments._recipes import Course
from learning_geometry.studies.types import DataSource, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

BEFORE = {
    "sft": "base",
    "dpo": "sft",
    "rlvr": "dpo",
    "own_answers": "base",
    "coin": "sft",
    "shuffled_rewards": "dpo",
    "continued": "base",
    "shuffled_answers": "base",
    "plain_dpo": "sft",
    "modal": "dpo",
    "rlvr_base": "base",
    "shuffled_base": "base",
}
"""All trainings of a course, and the model that each starts from; the first three are the paper's sequence."""

ALWAYS = ("sft", "dpo", "rlvr", "own_answers", "coin", "shuffled_rewards")
"""Those that every seed goes through; the others are run with `controls` alone."""

MODELS = ("base", *BEFORE)
"""All models of a course."""

SAMPLED = ("base", "sft", "dpo", "rlvr", "shuffled_rewards", "modal")
"""Those whose sampled answers are counted."""

PROBES = ("mixture", "text", "task", "prompts")
"""What RankMe and alpha-ReQ are measured on; the first is the pretraining mixture in equal parts."""


class Stages(Course, Unit):
    """One seed's base model and what post-training makes of it; with `controls` all trainings, else `ALWAYS`."""

    corpus: DataSource
    seed: Seed
    controls: bool


def measure(unit: Stages, execution: Execution) -> dict[str, xr.Dataset]:
    """Pretrain a GPT-NeoX on source code and lines of a task, train it further, and measure every model.

    The part `models` has along `model` what `_evaluation.evaluate` measures, the number of `parameters` and that of the
    preference `pairs`; `samples` has the number of `distinct` answers `(model, problem)` of the models in `SAMPLED`;
    `path` follows RankMe and alpha-ReQ within the trainings, `rewards` has the mean reward of each step, and `lengths`
    the losses before and after SFT of base models by steps of pretraining, all as in `_training.Trained`. Every model is
    saved and read back as any other checkpoint, to `<keep_checkpoints>/seed-<n>/<model>`, or deleted where
    `keep_checkpoints` is empty.

    Source: section 3.4, at a size that a laptop trains; corpus, task and controls are ours.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.materials import digit_sorting, python_corpus
    from learning_geometry.materials.hub import checkpoint, load_model
    from learning_geometry.studies.llm_phases.experiments._runs import checkpoint_folder, without_bars
    from learning_geometry.studies.llm_phases.post_training.experiments._evaluation import (
        distinct_answers,
        evaluate,
        joined,
        make_probe,
    )
    from learning_geometry.studies.llm_phases.post_training.experiments._training import train

    rng = np.random.default_rng(unit.seed)
    text = python_corpus.load(unit.vocabulary, folder=unit.corpus.name, single_digits=True)
    tokenizer = digit_sorting.tokenizer(text.tokenizer)
    probe = make_probe(unit, text.held_out, tokenizer, rng)

    measured, answers = {}, {}
    keep = execution.keep_checkpoints and str(Path(execution.keep_checkpoints) / f"seed-{unit.seed}")
    with checkpoint_folder(keep) as folder, without_bars():
        trained = train(unit, text.train, tokenizer, probe, rng, execution.device)
        tuned = {step: [evaluate(model, probe) for model in pair] for step, pair in trained.shorter.items()}
        for name in filter(trained.models.__contains__, MODELS):
            trained.models[name].save_pretrained(folder / name)
            tokenizer.save_pretrained(folder / name)
            with checkpoint(str(folder), name, disk_budget_gb=1.0, delete_after=False) as saved:
                model = load_model(saved, device=execution.device)
            measured[name] = evaluate(model, probe)
            if name in SAMPLED:
                answers[name] = distinct_answers(model, probe, unit, device=execution.device)
    tuned[unit.base_steps] = [measured["base"], measured["sft"]]
    lengths = [joined(dict(zip(("before", "after"), pair, strict=True))) for pair in tuned.values()]
    by_length = xr.concat(lengths, dim=xr.Variable("pretrained", list(tuned)), data_vars="all", join="exact")
    numbers = xr.Dataset(
        {
            "parameters": sum(weights.numel() for weights in trained.models["base"].parameters()),
            "pairs": trained.pairs,
        }
    )
    return {
        "models": joined(measured).merge(numbers),
        "samples": joined(answers),
        "path": trained.path,
        "rewards": trained.rewards,
        "lengths": by_length[["loss", "text_loss", "rankme"]].rename(model="when"),
    }
