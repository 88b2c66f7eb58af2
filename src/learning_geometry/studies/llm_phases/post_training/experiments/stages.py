"""One seed's course on a laptop: a base model, then SFT, DPO and RLVR one after the other, and three controls."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from learning_geometry.studies.llm_phases.post_training.experiments._recipes import Course
from learning_geometry.studies.types import Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

MODELS = ("base", "sft", "dpo", "rlvr", "continued", "shuffled", "random_reward")
"""All models of a course; the first four are the paper's sequence."""

SAMPLED = ("base", "sft", "dpo", "rlvr", "random_reward")
"""Those whose answers are sampled; the other two controls are about geometry and loss."""


class Stages(Course, Unit):
    """One seed's base model and what post-training makes of it; with `controls` three further trainings."""

    seed: Seed
    controls: bool


def measure(unit: Stages, execution: Execution) -> dict[str, xr.Dataset]:
    """Pretrain a GPT-NeoX on sums with mistakes, train it further as `_training.train` does, and measure every model.

    The part `models` has along `model` what `_evaluation.evaluate` finds, the number of `parameters`, and `chance`, the
    accuracy of a model that always gives the commonest answer; `samples` has `correct` and `distinct` `(model, sum)` of
    the models in `SAMPLED`; `path` and `rewards` are as in `_training.Trained`. Every model is saved and read back as
    any other checkpoint, to `<keep_checkpoints>/seed-<n>/<model>`, or deleted where `keep_checkpoints` is empty.

    Source: abstract and section 3.4, at a size that a laptop trains; language, data and controls are ours.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.materials.arithmetic import Arithmetic, split
    from learning_geometry.materials.hub import checkpoint, load_model
    from learning_geometry.studies.llm_phases.experiments._runs import checkpoint_folder, without_bars
    from learning_geometry.studies.llm_phases.post_training.experiments._evaluation import (
        Probe,
        evaluate,
        joined,
        sampled_answers,
    )
    from learning_geometry.studies.llm_phases.post_training.experiments._training import train

    rng = np.random.default_rng(unit.seed)
    language = Arithmetic(unit.terms, unit.largest, unit.mistakes, unit.mistake_size)
    tokenizer = language.tokenizer()
    parts = split(language, held_out=unit.held_out, rng=rng)
    probe = Probe(tokenizer, parts["+"].held_out, parts["-"].held_out, unit.alpha_ranks)
    trained = train(unit, language, parts, probe, rng, execution.device)

    measured, answers = {}, {}
    keep = execution.keep_checkpoints and str(Path(execution.keep_checkpoints) / f"seed-{unit.seed}")
    with checkpoint_folder(keep) as folder, without_bars():
        for name in filter(trained.models.__contains__, MODELS):
            trained.models[name].save_pretrained(folder / name)
            tokenizer.save_pretrained(folder / name)
            with checkpoint(str(folder), name, disk_budget_gb=1.0, delete_after=False) as saved:
                model = load_model(saved, device=execution.device)
            measured[name] = evaluate(model, probe)
            if name in SAMPLED:
                problems = probe.sums[: unit.sampled_problems]
                answers[name] = sampled_answers(
                    model, tokenizer, problems, n_samples=unit.samples, seed=unit.seed, device=execution.device
                )
    sums = parts["+"].train
    numbers = xr.Dataset(
        {
            "parameters": sum(weights.numel() for weights in trained.models["base"].parameters()),
            "chance": max(Counter(problem.answer for problem in sums).values()) / len(sums),
        }
    )
    return {
        "models": joined(measured).merge(numbers),
        "samples": joined(answers),
        "path": trained.path,
        "rewards": trained.rewards,
    }
