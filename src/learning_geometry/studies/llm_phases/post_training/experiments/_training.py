"""The trainings of one course: the base model, its post-training stage by stage, and the controls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from transformers import PreTrainedModel

from learning_geometry.materials.arithmetic import Arithmetic, Problem, Split, lines, mistake, stream
from learning_geometry.materials.language_models import Architecture, Recipe, gpt_neox, pretrain
from learning_geometry.materials.post_training import Schedule, continue_pretraining, fine_tune, prefer, reinforce
from learning_geometry.studies.llm_phases.post_training.experiments._evaluation import (
    ANSWER_TOKENS,
    Probe,
    prompt_rankme,
)
from learning_geometry.studies.llm_phases.post_training.experiments.stages import Stages

Reward = Callable[[list[int], list[str]], list[float]]
"""Rewards of completions, given the indices of their problems and their texts."""


@dataclass(frozen=True)
class Trained:
    """The models of a course by name, and what happened on the way.

    `path` follows `rankme` `(model, point)` at steps `step` `(model, point)` inside of "sft", "dpo", "rlvr" and
    "random_reward"; `rewards` has the mean `reward` `(model, step)` of each step of the last two.
    """

    models: dict[str, PreTrainedModel]
    path: xr.Dataset
    rewards: xr.Dataset


def train(
    unit: Stages, language: Arithmetic, parts: Mapping[str, Split], probe: Probe, rng: np.random.Generator, device: str
) -> Trained:
    """Pretrain a base model, and train it further.

    "sft", "dpo" and "rlvr" each start from the one before. With `controls` there are "continued" (as many steps as
    "sft" of the pretraining text) and "shuffled" (SFT on answers that belong to other problems), both from the base;
    and "random_reward", as "rlvr" from "dpo" but with rewards that a coin decides.
    """
    tokenizer = language.tokenizer()
    mixture = {"+": 1 - unit.subtractions, "-": unit.subtractions}
    text = (language, mixture, {sign: part.train for sign, part in parts.items()})
    problems = parts["+"].train[: unit.training_problems]

    architecture = Architecture(language.vocabulary, unit.width, unit.layers, unit.heads, unit.context)
    untrained = gpt_neox(architecture, seed=unit.seed).to(device)
    recipe = Recipe("cross_entropy", unit.base_steps, unit.base_batch_size, unit.base_learning_rate, 0.0)
    corpus = stream(*text, unit.base_lines, rng)
    ((_, base),) = pretrain(untrained, corpus, recipe, checkpoints=[unit.base_steps], seed=unit.seed)

    sft = Schedule(unit.sft_steps, unit.sft_batch_size, unit.sft_learning_rate)
    dpo = Schedule(unit.dpo_steps, unit.dpo_batch_size, unit.dpo_learning_rate)
    rlvr = Schedule(unit.rlvr_steps, unit.rlvr_completions, unit.rlvr_learning_rate)
    more_text = lines(*text, unit.sft_steps * unit.sft_batch_size, rng)
    preferences = [(problem.prompt, problem.completion, mistake(problem, rng)) for problem in problems]
    pairs = [(problem.prompt, problem.completion) for problem in problems]
    common: dict[str, Any] = {"seed": unit.seed, "device": device}
    path = _Path(probe, unit.points_per_stage)

    models = {"base": base}
    models["sft"] = fine_tune(base, tokenizer, pairs, sft, **common, **path.of("sft", sft))
    models["dpo"] = prefer(
        models["sft"], tokenizer, preferences, dpo, beta=unit.dpo_beta, **common, **path.of("dpo", dpo)
    )
    graders: dict[str, Reward] = {"rlvr": partial(exact_match, problems)}
    if unit.controls:
        graders["random_reward"] = random_rewards(unit.random_reward, np.random.default_rng(unit.seed))
        models["continued"] = continue_pretraining(base, tokenizer, more_text, sft, **common)
        models["shuffled"] = fine_tune(base, tokenizer, shuffled(problems, rng), sft, **common)
    rewards = {}
    for name, grader in graders.items():
        models[name], rewards[name] = reinforce(
            models["dpo"],
            tokenizer,
            [problem.prompt for problem in problems],
            grader,
            rlvr,
            group_size=unit.rlvr_group,
            max_new_tokens=ANSWER_TOKENS,
            temperature=1.0,
            **common,
            **path.of(name, rlvr),
        )
    steps = np.arange(1, unit.rlvr_steps + 1)
    reward = xr.Dataset(
        {"reward": (("model", "step"), list(rewards.values()))}, coords={"model": list(rewards), "step": steps}
    )
    return Trained(models, path.dataset(), reward)


class _Path:
    """RankMe on the way through the stages, at evenly spaced steps of each."""

    def __init__(self, probe: Probe, points: int) -> None:
        self._probe, self._points = probe, points
        self._notes: dict[str, list[tuple[int, float]]] = {}

    def of(self, model: str, schedule: Schedule) -> dict[str, Any]:
        """Arguments of a trainer that make it report here."""
        steps = np.linspace(0, schedule.steps, self._points + 1).round().astype(int)[1:]
        return {"watch": partial(self._note, model), "watch_at": steps.tolist()}

    def _note(self, name: str, step: int, model: PreTrainedModel) -> None:
        self._notes.setdefault(name, []).append((step, prompt_rankme(model, self._probe)))

    def dataset(self) -> xr.Dataset:
        steps = [[step for step, _ in notes] for notes in self._notes.values()]
        values = [[rankme for _, rankme in notes] for notes in self._notes.values()]
        return xr.Dataset(
            {"step": (("model", "point"), steps), "rankme": (("model", "point"), values)},
            coords={"model": list(self._notes)},
        )


def exact_match(problems: Sequence[Problem], which: list[int], completions: list[str]) -> list[float]:
    """The verifiable reward: one where the completion is the problem's answer and nothing else, zero elsewhere."""
    return [float(text == problems[i].answer) for i, text in zip(which, completions, strict=True)]


def random_rewards(share: float, rng: np.random.Generator) -> Reward:
    """Rewards that know nothing of the answer: one with this probability, zero otherwise."""
    return lambda which, completions: (rng.random(len(completions)) < share).astype(float).tolist()


def shuffled(problems: Sequence[Problem], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Prompts with the completions of other problems: each gets that of the next one in a random round."""
    order = rng.permutation(len(problems))
    other = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))
    return [(problem.prompt, problems[other[i]].completion) for i, problem in enumerate(problems)]
