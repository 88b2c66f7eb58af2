"""The stages of post-training by the trainers of trl: fine-tuning, preferences, and rewards that can be verified.

Every stage leaves the model that it is given as it is, and returns a trained copy in evaluation mode. Weights are changed
by AdamW without weight decay, with gradients clipped at norm 1. The same arguments give the same weights to the last bit on
one machine with one thread.
"""

import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from learning_geometry.materials.stages import (
    Reward,
    Schedule,
    Watch,
    are_texts,
    check_beta,
    check_groups,
    copied,
    judged,
    room,
    table,
)
from learning_geometry.materials.trainers import OffTheNetwork, train


def fine_tune(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    pairs: Sequence[tuple[str, str]],
    schedule: Schedule,
    *,
    seed: int,
    device: str = "cpu",
    max_tokens: int | None = None,
    watch: Watch | None = None,
    watch_at: Sequence[int] = (),
) -> PreTrainedModel:
    """Supervised fine-tuning on pairs of prompt and completion, with the loss of the completion and of the end after it.

    The loss is the mean cross-entropy of a batch's tokens. Pairs are shuffled for every pass; the last batch of a pass
    may be smaller. They are cut off after `max_tokens`, by default the model's context. `watch` is called after the
    steps in `watch_at`, counted from 1.

    Raises:
        ValueError: no pairs, a prompt that leaves no room for its completion, steps to watch that are none, or a device
            on which trl does not train.
        FloatingPointError: the weights are no longer finite.
    """
    columns = table(("prompt", "completion"), pairs)
    length = room(model, tokenizer, columns["prompt"], max_tokens)
    options = _options(schedule, seed) | {"max_length": length, "completion_only_loss": True}
    where: dict[str, Any] = {"device": device, "watch": watch, "watch_at": watch_at}
    return train(_Supervised, SFTConfig, options, model, tokenizer, columns, **where)


def continue_pretraining(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    texts: Sequence[str] | Sequence[NDArray[Any]],
    schedule: Schedule,
    *,
    seed: int,
    device: str = "cpu",
    max_tokens: int | None = None,
    watch: Watch | None = None,
    watch_at: Sequence[int] = (),
) -> PreTrainedModel:
    """Training on plain texts, each an example of its own, with the loss of all tokens and of the end after them.

    Texts may be given as their tokens, which have no end but their own. All else is as in `fine_tune`.

    Raises:
        ValueError: no texts, an empty one, steps to watch that are none, or a device on which trl does not train.
        FloatingPointError: the weights are no longer finite.
    """
    columns: dict[str, list[Any]] = (
        table(("text",), [(text,) for text in texts])
        if are_texts(texts)
        else {"input_ids": [np.asarray(text).tolist() for text in texts]}
    )
    options = _options(schedule, seed) | {"max_length": room(model, tokenizer, [], max_tokens)}
    where: dict[str, Any] = {"device": device, "watch": watch, "watch_at": watch_at}
    return train(_Supervised, SFTConfig, options, model, tokenizer, columns, **where)


def prefer(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    triples: Sequence[tuple[str, str, str]],
    schedule: Schedule,
    *,
    beta: float,
    seed: int,
    per_token: bool = False,
    device: str = "cpu",
    max_tokens: int | None = None,
    watch: Watch | None = None,
    watch_at: Sequence[int] = (),
) -> PreTrainedModel:
    """Direct preference optimisation on triples of prompt, chosen and rejected completion.

    The model given is the reference, and `beta` weighs the divergence from it. With `per_token` the log probabilities of
    a completion are averaged over its tokens instead of summed. All else is as in `fine_tune`.

    Raises:
        ValueError: as `fine_tune`, or a beta that is not positive.
        FloatingPointError: the weights are no longer finite.

    Source: Rafailov et al. 2023 (arXiv:2305.18290), equation 7; Lambert et al. 2024 (arXiv:2411.15124) for the average.
    """
    columns = table(("prompt", "chosen", "rejected"), triples)
    check_beta(beta)
    length = room(model, tokenizer, columns["prompt"], max_tokens)
    options = _options(schedule, seed) | {
        "max_length": length,
        "beta": beta,
        "loss_type": ["sigmoid_norm" if per_token else "sigmoid"],
    }
    where: dict[str, Any] = {"device": device, "watch": watch, "watch_at": watch_at}
    # Where none is given, trl looks for the reference on a hub, by the model's name.
    return train(_Preference, DPOConfig, options, model, tokenizer, columns, **where, ref_model=copied(model))


def reinforce(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    reward: Reward,
    schedule: Schedule,
    *,
    group_size: int,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    divergence: float = 0.0,
    device: str = "cpu",
    watch: Watch | None = None,
    watch_at: Sequence[int] = (),
) -> tuple[PreTrainedModel, NDArray[np.float64]]:
    """Reinforcement learning by group-relative policy optimisation (GRPO), and the mean reward of each step, `(steps,)`.

    A step draws `group_size` completions of each of some prompts, `schedule.batch_size` completions in all. A
    completion's advantage is its reward less the mean of its group, over the group's standard deviation. `divergence`
    weighs the Kullback-Leibler divergence from the model given, estimated without bias for each token. `watch` is called
    after the steps in `watch_at`, counted from 1.

    Raises:
        ValueError: fewer prompts than a step takes, a batch that is no multiple of the group, a number out of its range,
            rewards that are not one finite number for each completion, steps to watch that are none, or a device on
            which trl does not train.
        FloatingPointError: the weights are no longer finite.

    Source: Shao et al. 2024 (arXiv:2402.03300), section 4.1; trl weighs all tokens of a batch alike.
    """
    check_groups(schedule, len(prompts), group_size, max_new_tokens, temperature, divergence)
    means: list[float] = []

    def judge(completions: list[str], which: list[int], **others: Any) -> list[float]:
        rewards = judged(reward, which, completions)
        means.append(float(rewards.mean()))
        return rewards.tolist()

    options = _options(schedule, seed) | {
        "num_generations": group_size,
        "max_completion_length": max_new_tokens,
        "temperature": temperature,
        "beta": divergence,
    }
    columns: dict[str, list[Any]] = {"prompt": list(prompts), "which": list(range(len(prompts)))}
    where: dict[str, Any] = {"device": device, "watch": watch, "watch_at": watch_at}
    with tempfile.TemporaryDirectory() as folder:
        start = copied(model)
        if divergence:  # trl reads its reference from where the model says that it comes from
            start.save_pretrained(folder)
            start.config._name_or_path = folder
        trained = train(_Reinforcement, GRPOConfig, options, start, tokenizer, columns, **where, reward_funcs=judge)
    trained.config._name_or_path = model.config._name_or_path
    return trained, np.array(means)


class _Supervised(OffTheNetwork, SFTTrainer): ...


class _Preference(OffTheNetwork, DPOTrainer): ...


class _Reinforcement(OffTheNetwork, GRPOTrainer): ...


def _options(schedule: Schedule, seed: int) -> dict[str, Any]:
    return {
        "max_steps": schedule.steps,
        "per_device_train_batch_size": schedule.batch_size,
        "learning_rate": schedule.learning_rate,
        "seed": seed,
        "warmup_steps": schedule.warm_up,
        "lr_scheduler_type": "linear" if schedule.decay else "constant_with_warmup" if schedule.warm_up else "constant",
    }
