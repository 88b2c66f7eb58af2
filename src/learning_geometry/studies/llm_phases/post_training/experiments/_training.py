"""The trainings of one course: the base model, its post-training stage by stage, and the controls."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from learning_geometry.materials import digit_sorting
from learning_geometry.materials.language_models import Architecture, Recipe, gpt_neox, pretrain
from learning_geometry.materials.sampling import sample
from learning_geometry.materials.stages import Schedule
from learning_geometry.studies.llm_phases.post_training.experiments._evaluation import (
    Probe,
    briefly,
    windows,
)
from learning_geometry.studies.llm_phases.post_training.experiments._signals import (
    exact_match,
    flipped,
    preferences,
    shuffled,
    shuffled_in_groups,
)
from learning_geometry.studies.llm_phases.post_training.experiments.stages import ALWAYS, BEFORE, Stages

Model: TypeAlias = PreTrainedModel

_BATCH = 8_192  # completions sampled together
_COLD = 1e-3  # a temperature at which the most probable token is always drawn


@dataclass(frozen=True)
class Trained:
    """The models of a course by name, and what happened on the way.

    `path` has what `_evaluation.briefly` measures, `(model, point, ...)`, at steps `step` `(model, point)` inside the
    trainings of `FOLLOWED`; `rewards` the mean `reward` `(model, step)` of each step of reinforcement learning; `pairs` is
    the number of pairs that DPO prefers among. `shorter` has base models that were pretrained for fewer steps, before and
    after SFT.
    """

    models: dict[str, Model]
    path: xr.Dataset
    rewards: xr.Dataset
    shorter: dict[int, tuple[Model, Model]]
    pairs: int


FOLLOWED = ("sft", "dpo", "rlvr")
"""Trainings that are followed on the way."""


def train(
    unit: Stages,
    text: NDArray[np.uint16],
    tokenizer: PreTrainedTokenizerFast,
    probe: Probe,
    rng: np.random.Generator,
    device: str,
) -> Trained:
    """Pretrain a base model and train it further, as `_trainings` says.

    Pretraining takes as many windows of the source code as of lines of the task, of which a share has a wrong answer.
    """
    seen = digit_sorting.draw(unit.task_lengths, unit.task_lines, rng, ratio=unit.length_ratio)
    lines = np.array(tokenizer(digit_sorting.written(seen, unit.mistakes, rng))["input_ids"], dtype=np.uint16)
    untrained = gpt_neox(
        Architecture(unit.vocabulary, unit.width, unit.layers, unit.heads, unit.context), seed=unit.seed
    ).to(device)
    untrained.config.eos_token_id = untrained.generation_config.eos_token_id = tokenizer.eos_token_id
    recipe = Recipe("cross_entropy", unit.base_steps, unit.base_batch_size, unit.base_learning_rate, 0.0)
    steps = [*(unit.shorter_bases if unit.controls else []), unit.base_steps]
    bases = {
        step: deepcopy(averaged).eval()
        for step, averaged in pretrain(untrained, [text, lines], recipe, checkpoints=steps, seed=unit.seed)
    }
    return _Course(unit, text, lines, tokenizer, probe, rng, device).run(bases)


class _Course:
    """The trainings of one seed; each method is one of `BEFORE` and trains the model that it is given."""

    def __init__(
        self,
        unit: Stages,
        text: NDArray[np.uint16],
        lines: NDArray[np.uint16],
        tokenizer: PreTrainedTokenizerFast,
        probe: Probe,
        rng: np.random.Generator,
        device: str,
    ) -> None:
        self._unit, self._streams, self._words, self._probe, self._rng = unit, (text, lines), tokenizer, probe, rng
        self._trainer = _trainer(unit.trainer)
        self._common: dict[str, Any] = {"seed": unit.seed, "device": device}
        self._numbers = digit_sorting.draw(unit.asked_lengths, unit.training_problems, rng, distinct=True)
        self._prompts = [digit_sorting.prompt(number) for number in self._numbers]
        self._answers = [digit_sorting.answer(number) for number in self._numbers]
        self._sft = Schedule(unit.sft_steps, unit.sft_batch_size, unit.sft_learning_rate, unit.warm_up, decay=True)
        self._rlvr = Schedule(unit.rlvr_steps, unit.rlvr_completions, unit.rlvr_learning_rate)
        self._sampled: list[list[str]] = []
        self._rewards: dict[str, NDArray[np.float64]] = {}

    def run(self, bases: dict[int, Model]) -> Trained:
        unit = self._unit
        models, notes, pairs = {"base": bases[unit.base_steps]}, _Path(self._probe, unit.points_per_stage), 0
        steps = {"sft": unit.sft_steps, "dpo": unit.dpo_steps, "rlvr": unit.rlvr_steps}
        for name in BEFORE if unit.controls else ALWAYS:
            before = models[BEFORE[name]]
            if name in steps:
                watch = notes.of(name, steps[name], before)
            if name == "dpo":
                self._sampled = self._own(before, unit.dpo_answers)
                pairs = len(self._pairs())
            models[name] = getattr(self, name)(before, watch if name in steps else {})
        shorter = {step: (base, self.sft(base, {})) for step, base in bases.items() if step != unit.base_steps}
        reward = xr.Dataset(
            {"reward": (("model", "step"), list(self._rewards.values()))},
            coords={"model": list(self._rewards), "step": np.arange(1, unit.rlvr_steps + 1)},
        )
        return Trained(models, notes.dataset(), reward, shorter, pairs)

    def sft(self, model: Model, watch: dict[str, Any]) -> Model:
        """Right answers to the training prompts."""
        return self._tuned(model, self._answers, **watch)

    def own_answers(self, model: Model, watch: dict[str, Any]) -> Model:
        """As many steps on answers that the model itself gave, one to each prompt."""
        return self._tuned(model, [answers[0] for answers in self._own(model, 1)])

    def shuffled_answers(self, model: Model, watch: dict[str, Any]) -> Model:
        """As many steps on right answers to other prompts."""
        return self._tuned(model, shuffled(self._answers, self._rng))

    def continued(self, model: Model, watch: dict[str, Any]) -> Model:
        """As many steps, at the same rates, of more pretraining."""
        half, length = self._sft.steps * (self._unit.base_batch_size // 2), self._unit.context
        drawn = np.stack([windows(stream, half, length, self._rng) for stream in self._streams], axis=1)
        schedule = Schedule(
            self._sft.steps,
            2 * (self._unit.base_batch_size // 2),
            self._sft.learning_rate,
            self._sft.warm_up,
            decay=True,
        )
        return self._trainer.continue_pretraining(
            model, self._words, list(drawn.reshape(-1, length)), schedule, **self._common
        )

    def dpo(self, model: Model, watch: dict[str, Any]) -> Model:
        """A right and a wrong answer of the model's own to the same prompt, compared per token."""
        return self._preferred(model, self._pairs(), **watch)

    def coin(self, model: Model, watch: dict[str, Any]) -> Model:
        """The same pairs, of each of which a coin says which answer is better."""
        return self._preferred(model, flipped(self._pairs(), self._rng))

    def plain_dpo(self, model: Model, watch: dict[str, Any]) -> Model:
        """The right answer, whether the model ever gave it or not, against its own wrong one; compared as a whole."""
        unit = self._unit
        schedule = Schedule(unit.dpo_steps, unit.dpo_batch_size, unit.plain_dpo_learning_rate, unit.warm_up, decay=True)
        pairs = preferences(self._numbers, self._sampled, on_policy=False)
        return self._trainer.prefer(model, self._words, pairs, schedule, beta=unit.plain_dpo_beta, **self._common)

    def rlvr(self, model: Model, watch: dict[str, Any]) -> Model:
        """Reinforcement learning with exact match as the reward."""
        return self._reinforced("rlvr", model, **watch)

    def shuffled_rewards(self, model: Model, watch: dict[str, Any]) -> Model:
        """The same with rewards permuted among the answers to each prompt: as many are rewarded, but which says nothing."""
        return self._reinforced("shuffled_rewards", model, uninformative=True)

    def rlvr_base(self, model: Model, watch: dict[str, Any]) -> Model:
        """Reinforcement learning straight from the base."""
        return self._reinforced("rlvr_base", model)

    def shuffled_base(self, model: Model, watch: dict[str, Any]) -> Model:
        """The same with permuted rewards."""
        return self._reinforced("shuffled_base", model, uninformative=True)

    def modal(self, model: Model, watch: dict[str, Any]) -> Model:
        """Fine-tuning on the answers that the model gives without chance, as long and as large as RLVR."""
        most_probable = [answers[0] for answers in self._own(model, 1, temperature=_COLD)]
        pairs = list(zip(self._prompts, most_probable, strict=True))
        return self._trainer.fine_tune(model, self._words, pairs, self._rlvr, **self._common)

    def _own(self, model: Model, count: int, temperature: float = 1.0) -> list[list[str]]:
        return sample(
            model,
            self._words,
            self._prompts,
            n_samples=count,
            max_new_tokens=self._unit.answer_tokens,
            temperature=temperature,
            batch_size=_BATCH,
            **self._common,
        )

    def _pairs(self) -> list[tuple[str, str, str]]:
        pairs = preferences(self._numbers, self._sampled, on_policy=True)
        # A base that has learnt little answers no prompt both ways.
        enough = len(pairs) >= self._unit.dpo_batch_size
        return pairs if enough else preferences(self._numbers, self._sampled, on_policy=False)

    def _tuned(self, model: Model, answers: Sequence[str], **watch: Any) -> Model:
        pairs = list(zip(self._prompts, answers, strict=True))
        return self._trainer.fine_tune(model, self._words, pairs, self._sft, **self._common, **watch)

    def _preferred(self, model: Model, pairs: list[tuple[str, str, str]], **watch: Any) -> Model:
        unit = self._unit
        schedule = Schedule(unit.dpo_steps, unit.dpo_batch_size, unit.dpo_learning_rate, unit.warm_up, decay=True)
        return self._trainer.prefer(
            model, self._words, pairs, schedule, beta=unit.dpo_beta, per_token=True, **self._common, **watch
        )

    def _reinforced(self, name: str, model: Model, *, uninformative: bool = False, **watch: Any) -> Model:
        unit = self._unit
        reward = partial(exact_match, self._answers)
        trained, self._rewards[name] = self._trainer.reinforce(
            model,
            self._words,
            self._prompts,
            shuffled_in_groups(reward, self._rng) if uninformative else reward,
            self._rlvr,
            group_size=unit.rlvr_group,
            max_new_tokens=unit.answer_tokens,
            temperature=1.0,
            divergence=unit.rlvr_divergence,
            **self._common,
            **watch,
        )
        return trained


def _trainer(name: str) -> Any:
    """The module that trains the stages; both have the same functions."""
    if name == "trl":
        from learning_geometry.materials import post_training

        return post_training
    from learning_geometry.materials import small_trainers

    return small_trainers


class _Path:
    """What is measured on the way through the stages: at the start, and at evenly spaced steps of each."""

    def __init__(self, probe: Probe, points: int) -> None:
        self._probe, self._points = probe, points
        self._notes: dict[str, list[tuple[int, xr.Dataset]]] = {}

    def of(self, model: str, steps: int, before: Model) -> dict[str, Any]:
        """Arguments of a trainer that make it report here."""
        self._note(model, 0, before)
        watched = np.linspace(0, steps, self._points + 1).round().astype(int)[1:]
        return {"watch": partial(self._note, model), "watch_at": watched.tolist()}

    def _note(self, name: str, step: int, model: Model) -> None:
        self._notes.setdefault(name, []).append((step, briefly(model, self._probe)))

    def dataset(self) -> xr.Dataset:
        parts = [
            xr.concat([measured for _, measured in notes], dim="point", data_vars="all").assign(
                step=("point", [step for step, _ in notes])
            )
            for notes in self._notes.values()
        ]
        return xr.concat(parts, dim=xr.Variable("model", list(self._notes)), data_vars="all", join="exact")
