"""One seed's course on a laptop: a base model, then SFT, DPO and RLVR one after the other, and three controls."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedModel

from learning_geometry.materials.arithmetic import Arithmetic, Problem, lines, mistake, split, stream
from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.materials.language_models import Architecture, Recipe, gpt_neox, pretrain
from learning_geometry.materials.post_training import Schedule, continue_pretraining, fine_tune, prefer, reinforce
from learning_geometry.studies.llm_phases.post_training.evaluation import (
    ANSWER_TOKENS,
    Examination,
    examine,
    prompt_rankme,
)
from learning_geometry.studies.llm_phases.runs import checkpoint_folder, without_bars

STAGES = ("base", "sft", "dpo", "rlvr", "continued", "shuffled", "random_reward")
"""All models of a course; the first four are the paper's sequence."""

SAMPLED = ("base", "sft", "dpo", "rlvr", "random_reward")
"""Those whose answers are sampled; the other two controls are about geometry and loss."""

_Reward = Callable[[list[int], list[str]], list[float]]


def measure(
    *,
    seed: int,
    controls: bool,
    terms: int,
    largest: int,
    mistakes: float,
    mistake_size: int,
    subtractions: float,
    held_out: float,
    width: int,
    layers: int,
    heads: int,
    context: int,
    base_lines: int,
    base_steps: int,
    base_batch_size: int,
    base_learning_rate: float,
    training_problems: int,
    sft_steps: int,
    sft_batch_size: int,
    sft_learning_rate: float,
    dpo_steps: int,
    dpo_batch_size: int,
    dpo_learning_rate: float,
    dpo_beta: float,
    rlvr_steps: int,
    rlvr_completions: int,
    rlvr_group: int,
    rlvr_learning_rate: float,
    random_reward: float,
    points_per_stage: int,
    samples: int,
    sampled_problems: int,
    alpha_ranks: list[int],
    resamples: int,
    keep_checkpoints: str,
    device: str,
) -> dict[str, Any]:
    """Pretrain a GPT-NeoX on sums with mistakes, train it further in six ways, and measure each model that results.

    `stages` holds what `evaluation.examine` finds for "base"; for "sft", "dpo" and "rlvr", each trained from the one
    before; and, with `controls`, for "continued" (as many steps as "sft" of the pretraining text) and "shuffled" (SFT
    on answers that belong to other problems), both from the base; and for "random_reward", as "rlvr" from "dpo" but
    with rewards drawn by lot. `path` `(n,)` follows RankMe inside of "sft", "dpo", "rlvr" and "random_reward", and
    `reward` and `reward_random` `(steps,)` are mean rewards; `chance` is the accuracy of whoever always gives the
    commonest answer. Every model is saved and read back as any other checkpoint, to
    `<keep_checkpoints>/seed-<n>/<stage>`, or deleted where `keep_checkpoints` is empty.

    Source: abstract and figure 4, at a size that a laptop trains; language, data and controls are ours.
    """
    rng = np.random.default_rng(seed)
    language = Arithmetic(terms, largest, mistakes, mistake_size)
    tokenizer = language.tokenizer()
    parts = split(language, held_out=held_out, rng=rng)
    text = (language, {"+": 1 - subtractions, "-": subtractions}, {sign: part.train for sign, part in parts.items()})
    training = parts["+"].train[:training_problems]
    examination = Examination(
        tokenizer, parts["+"].held_out, parts["-"].held_out, alpha_ranks, resamples, sampled_problems, samples, seed
    )

    base = gpt_neox(Architecture(language.vocabulary, width, layers, heads, context), seed=seed).to(device)
    recipe = Recipe("cross_entropy", base_steps, base_batch_size, base_learning_rate, 0.0)
    ((_, base),) = pretrain(base, stream(*text, base_lines, rng), recipe, checkpoints=[base_steps], seed=seed)

    course = _Course(examination, points_per_stage, device, seed)
    rewards: dict[str, Any] = {}
    sft, dpo = (
        Schedule(sft_steps, sft_batch_size, sft_learning_rate),
        Schedule(dpo_steps, dpo_batch_size, dpo_learning_rate),
    )
    rlvr = Schedule(rlvr_steps, rlvr_completions, rlvr_learning_rate)
    more = lines(*text, sft_steps * sft_batch_size, rng)
    preferences = [(one.prompt, one.completion, mistake(one, rng)) for one in training]
    pairs = [(one.prompt, one.completion) for one in training]
    models = {"base": base}
    models["sft"] = fine_tune(base, tokenizer, pairs, sft, **course.of("sft", sft))
    models["dpo"] = prefer(models["sft"], tokenizer, preferences, dpo, beta=dpo_beta, **course.of("dpo", dpo))
    graded: dict[str, _Reward] = {"rlvr": partial(exact_match, training)}
    if controls:
        graded["random_reward"] = _by_lot(random_reward, np.random.default_rng(seed))
        models["continued"] = continue_pretraining(base, tokenizer, more, sft, seed=seed, device=device)
        models["shuffled"] = fine_tune(base, tokenizer, _shuffled(training, rng), sft, seed=seed, device=device)
    for name, reward in graded.items():
        models[name], rewards[name] = reinforce(
            models["dpo"],
            tokenizer,
            [one.prompt for one in training],
            reward,
            rlvr,
            group_size=rlvr_group,
            max_new_tokens=ANSWER_TOKENS,
            temperature=1.0,
            **course.of(name, rlvr),
        )

    found = {}
    with (
        checkpoint_folder(str(Path(keep_checkpoints) / f"seed-{seed}") if keep_checkpoints else "") as folder,
        without_bars(),
    ):
        for name in filter(models.__contains__, STAGES):
            models[name].save_pretrained(folder / name)
            tokenizer.save_pretrained(folder / name)
            with checkpoint(str(folder), name, disk_budget_gb=1.0, delete_after=False) as saved:
                found[name] = examine(
                    load_model(saved, device=device), examination, sampled=name in SAMPLED, device=device
                )
    return {
        "seed": seed,
        "parameters": sum(weights.numel() for weights in base.parameters()),
        "chance": max(Counter(one.answer for one in parts["+"].train).values()) / len(parts["+"].train),
        "samples": samples,
        "stages": found,
        "path": course.path(),
        "reward": rewards["rlvr"],
        **({"reward_random": rewards["random_reward"]} if controls else {}),
    }


class _Course:
    """RankMe on the way through the stages, at evenly spaced steps of each."""

    def __init__(self, examination: Examination, points: int, device: str, seed: int) -> None:
        self._examination, self._points = examination, points
        self._common: dict[str, Any] = {"seed": seed, "device": device}
        self._found: list[tuple[str, int, float]] = []

    def of(self, stage: str, schedule: Schedule) -> dict[str, Any]:
        """Arguments of a trainer that make it report here."""
        steps = np.linspace(0, schedule.steps, self._points + 1).round().astype(int)[1:]
        return self._common | {"watch": partial(self._note, stage), "watch_at": steps.tolist()}

    def _note(self, stage: str, step: int, model: PreTrainedModel) -> None:
        self._found.append((stage, step, prompt_rankme(model, self._examination)))

    def path(self) -> dict[str, Any]:
        stages, steps, values = zip(*self._found, strict=True)
        return {"stage": list(stages), "step": np.array(steps), "rankme": np.array(values)}


def exact_match(problems: Sequence[Problem], which: list[int], completions: list[str]) -> list[float]:
    """The verifiable reward: one where the completion is the problem's answer and nothing else, zero elsewhere."""
    return [float(text == problems[i].answer) for i, text in zip(which, completions, strict=True)]


def _by_lot(share: float, rng: np.random.Generator) -> _Reward:
    return lambda which, completions: (rng.random(len(completions)) < share).astype(float).tolist()


def _shuffled(problems: Sequence[Problem], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Prompts with the completions of other problems: each gets that of the next one in a random round."""
    order = rng.permutation(len(problems))
    other = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))
    return [(problem.prompt, problems[other[i]].completion) for i, problem in enumerate(problems)]
