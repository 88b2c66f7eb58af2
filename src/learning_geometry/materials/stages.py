"""What the stages of post-training have in common, whoever trains them: schedules, rewards, checks, copies of models."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

Watch = Callable[[int, PreTrainedModel], None]
"""Called with the number of steps taken and the model at that point, in evaluation mode; later steps change it."""

Reward = Callable[[list[int], list[str]], list[float]]
"""Rewards of completions, given the indices of their prompts and their texts, without special tokens or outer spaces."""


@dataclass(frozen=True)
class Schedule:
    """How long a stage takes: steps of the optimiser, examples in each of them, and the learning rate.

    The rate rises linearly over a share `warm_up` of the steps, and is constant from then on or, with `decay`, falls
    linearly to zero.

    Raises:
        ValueError: fewer than one step or example, a learning rate that is not positive, or a warm-up that is no share.
    """

    steps: int
    batch_size: int
    learning_rate: float
    warm_up: float = 0.0
    decay: bool = False

    def __post_init__(self) -> None:
        for name, value in (("steps", self.steps), ("batch_size", self.batch_size)):
            if value < 1:
                raise ValueError(f"{name} = {value} is too small; pass at least 1")
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate = {self.learning_rate} must be positive and finite, such as 1e-4")
        if not 0 <= self.warm_up < 1:
            raise ValueError(
                f"warm_up = {self.warm_up} must be a share of the steps from 0 on and below 1, such as 0.1"
            )


def copied(model: PreTrainedModel) -> PreTrainedModel:
    """A copy that shares nothing with the model, in evaluation mode on the same device, with gradients for all weights.

    A deep copy would share the `forward` of a model that has been in a trainer: it is replaced there by one that is
    bound to the original.
    """
    return _with_weights(model, {name: weights.clone() for name, weights in model.state_dict().items()})


def bare(model: PreTrainedModel) -> PreTrainedModel:
    """A model of the same weights, which it shares, and with the `forward` of its class."""
    return _with_weights(model, model.state_dict())


def _with_weights(model: Any, weights: dict[str, torch.Tensor]) -> Any:
    # transformers draws initial weights from torch's global generator.
    with torch.random.fork_rng(devices=[]):
        other = type(model)(deepcopy(model.config))
    other.load_state_dict(weights, assign=True)
    other.tie_weights()
    other.generation_config = deepcopy(model.generation_config)
    return other.to(model.device).eval()


def check_beta(beta: float) -> None:
    """Check the weight of the divergence in preference optimisation.

    Raises:
        ValueError: it is not positive.
    """
    if not 0 < beta < float("inf"):
        raise ValueError(f"beta = {beta} must be positive and finite, such as 0.1")


def check_groups(
    schedule: Schedule, n_prompts: int, group_size: int, max_new_tokens: int, temperature: float, divergence: float
) -> None:
    """Check how completions are drawn and compared in reinforcement learning.

    Raises:
        ValueError: fewer prompts than a step takes, a batch that is no multiple of the group, or a number out of its range.
    """
    if group_size < 2 or schedule.batch_size % group_size:
        raise ValueError(
            f"group_size = {group_size} must be at least 2 and divide batch_size = {schedule.batch_size}, which counts "
            "completions"
        )
    if n_prompts < schedule.batch_size // group_size:
        raise ValueError(
            f"got {n_prompts} prompts, fewer than the {schedule.batch_size // group_size} of a step; add some, or "
            "raise group_size"
        )
    if max_new_tokens < 1:
        raise ValueError(f"max_new_tokens = {max_new_tokens} is too small; pass at least 1")
    if not 0 < temperature < float("inf"):
        raise ValueError(f"temperature = {temperature} must be positive and finite, such as 1")
    if not 0 <= divergence < float("inf"):
        raise ValueError(f"divergence = {divergence} must be 0 or positive and finite, such as 0.04")


def judged(reward: Reward, which: list[int], completions: Sequence[str]) -> NDArray[np.float64]:
    """The rewards of completions, `(n,)`.

    Raises:
        ValueError: they are not one finite number for each.
    """
    rewards = np.asarray(reward(which, [text.strip() for text in completions]), dtype=np.float64)
    if rewards.shape != (len(which),) or not np.isfinite(rewards).all():
        raise ValueError(f"the reward of {len(which)} completions must be as many finite numbers, got {rewards}")
    return rewards


def are_texts(texts: Sequence[Any]) -> bool:
    """Whether training texts are given as texts, and not as their tokens.

    Raises:
        ValueError: one is empty.
    """
    if empty := [place for place, text in enumerate(texts) if not len(text)]:
        raise ValueError(f"text {empty[0]} is empty; leave it out")
    return not texts or isinstance(texts[0], str)


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """Rows as named columns.

    Raises:
        ValueError: there are no rows.
    """
    if not rows:
        raise ValueError(f"got no examples of {', '.join(names)}; pass at least one")
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def room(model: Any, tokenizer: Any, prompts: Sequence[str], max_tokens: int | None) -> int:
    """The most tokens of an example; a prompt that fills them is an error, as trl would drop it without a word."""
    length: int = model.config.max_position_embeddings if max_tokens is None else max_tokens
    if not 2 <= length <= model.config.max_position_embeddings:
        context = model.config.max_position_embeddings
        raise ValueError(f"max_tokens = {length} must be from 2 to {context}, the model's context")
    for prompt, tokens in zip(prompts, tokenizer(list(prompts))["input_ids"] if prompts else [], strict=True):
        if len(tokens) >= length:
            raise ValueError(f"{prompt!r} fills all of max_tokens = {length}; shorten it, or raise max_tokens")
    return length
