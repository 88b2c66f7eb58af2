"""The stages of post-training for small models, by plain loops that spend no time on anything else.

The functions are those of `post_training`, with the same arguments and the same losses, and several times faster where a model
has fewer than a million weights, whose training is mostly overhead. The order of examples and the drawn completions differ.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel, PreTrainedTokenizerFast

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

_EPSILON = 1e-4  # added to the standard deviation of a group's rewards, as in trl

Sequences = list[tuple[list[int], list[int]]]
"""What is read, and what the loss counts: a prompt and its completion, as tokens."""


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
    """As `post_training.fine_tune`."""
    columns = table(("prompt", "completion"), pairs)
    length = room(model, tokenizer, columns["prompt"], max_tokens)
    sequences = _encoded(tokenizer, columns["prompt"], columns["completion"], length)
    return _supervised(model, sequences, schedule, seed, device, watch, watch_at)


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
    """As `post_training.continue_pretraining`."""
    length = room(model, tokenizer, [], max_tokens)
    if are_texts(texts):
        (column,) = table(("text",), [(text,) for text in texts]).values()
        tokens = [[*ids, tokenizer.eos_token_id] for ids in tokenizer(column)["input_ids"]]
    else:
        tokens = [np.asarray(text).tolist() for text in texts]
    sequences = [(ids[:1], ids[1:length]) for ids in tokens]
    return _supervised(model, sequences, schedule, seed, device, watch, watch_at)


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
    """As `post_training.prefer`."""
    columns = table(("prompt", "chosen", "rejected"), triples)
    check_beta(beta)
    length = room(model, tokenizer, columns["prompt"], max_tokens)
    sides = [_encoded(tokenizer, columns["prompt"], columns[name], length) for name in ("chosen", "rejected")]

    def score(network: Any, rows: NDArray[np.int64]) -> Tensor:
        """Log probabilities `(2, n)` of the chosen and the rejected completions."""
        batch = [side[row] for side in sides for row in rows]
        logarithms, counts = _log_probabilities(network, batch)
        whole = torch.stack([part.sum() for part in logarithms.split(counts)])
        return (whole / torch.tensor(counts, device=whole.device) if per_token else whole).view(2, -1)

    with torch.no_grad():
        parts = [score(model, rows) for rows in np.array_split(np.arange(len(triples)), -(-len(triples) // 256))]
    reference = torch.cat(parts, dim=1)

    def loss(network: Any, rows: NDArray[np.int64]) -> Tensor:
        chosen, rejected = score(network, rows) - reference[:, torch.from_numpy(rows)]
        return -F.logsigmoid(beta * (chosen - rejected)).mean()

    batches = _passes(len(triples), schedule.batch_size, np.random.default_rng(seed))
    return _optimised(model, schedule, lambda network, step: loss(network, next(batches)), device, watch, watch_at)


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
    """As `post_training.reinforce`."""
    check_groups(schedule, len(prompts), group_size, max_new_tokens, temperature, divergence)
    asked: list[list[int]] = tokenizer(list(prompts))["input_ids"]
    generator = torch.Generator(device=model.device).manual_seed(seed)
    order = _passes(len(prompts), schedule.batch_size // group_size, np.random.default_rng(seed), whole=True)
    end = int(tokenizer.eos_token_id)
    means: list[float] = []

    def loss(network: Any, step: int) -> Tensor:
        which = np.repeat(next(order), group_size).tolist()
        drawn = draw(network, [asked[index] for index in which], end, max_new_tokens, temperature, generator)
        rewards = judged(reward, which, tokenizer.batch_decode(drawn, skip_special_tokens=True))
        means.append(float(rewards.mean()))
        groups = torch.from_numpy(rewards).view(-1, group_size)
        advantages = (groups - groups.mean(1, keepdim=True)) / (groups.std(1, keepdim=True) + _EPSILON)
        batch = [(asked[index], tokens) for index, tokens in zip(which, drawn, strict=True)]
        logarithms, counts = _log_probabilities(network, batch, temperature)
        each = advantages.flatten().repeat_interleave(torch.tensor(counts)).to(logarithms)
        losses = -each * (logarithms - logarithms.detach()).exp()
        if divergence:
            with torch.no_grad():
                further = _log_probabilities(model, batch, temperature)[0] - logarithms.detach()
            # The same number with a gradient: exp(x) - x - 1, where x is the reference's logarithm less the model's.
            gap = further + logarithms.detach() - logarithms
            losses = losses + divergence * (gap.exp() - gap - 1)
        return losses.mean()

    return _optimised(model, schedule, loss, device, watch, watch_at), np.array(means)


def draw(
    model: Any, prompts: Sequence[list[int]], end: int, most: int, temperature: float, generator: torch.Generator
) -> list[list[int]]:
    """A completion of each prompt, as tokens, which ends with the token `end` or after `most` tokens."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
    drawn, alive, past = [], torch.ones(len(prompts), dtype=torch.bool, device=model.device), None
    with torch.inference_mode():
        for _ in range(most):
            read = model.base_model(input_ids=ids, attention_mask=mask, past_key_values=past, use_cache=True)
            logits = model.get_output_embeddings()(read.last_hidden_state[:, -1]) / temperature
            # The inverse of the distribution function takes a tenth of the time of torch.multinomial.
            below = torch.softmax(logits.float(), 1).cumsum(1)
            drop = torch.rand(len(below), 1, generator=generator, device=below.device) * below[:, -1:]
            ids = torch.searchsorted(below, drop, right=True).clamp(max=below.shape[1] - 1)
            drawn.append(torch.where(alive[:, None], ids, -1))
            alive, past = alive & (ids[:, 0] != end), read.past_key_values
            mask = torch.cat([mask, torch.ones_like(ids)], dim=1)
            if not alive.any():
                break
    rows = torch.cat(drawn, dim=1).tolist()
    return [[token for token in row if token >= 0] for row in rows]


def _supervised(
    model: PreTrainedModel,
    sequences: Sequences,
    schedule: Schedule,
    seed: int,
    device: str,
    watch: Watch | None,
    watch_at: Sequence[int],
) -> PreTrainedModel:
    batches = _passes(len(sequences), schedule.batch_size, np.random.default_rng(seed))

    def loss(network: Any, step: int) -> Tensor:
        return -_log_probabilities(network, [sequences[row] for row in next(batches)])[0].mean()

    return _optimised(model, schedule, loss, device, watch, watch_at)


def _optimised(
    model: PreTrainedModel,
    schedule: Schedule,
    loss: Callable[[Any, int], Tensor],
    device: str,
    watch: Watch | None,
    watch_at: Sequence[int],
) -> PreTrainedModel:
    """A copy of the model that has descended the loss, a function of the model and the step."""
    if watch_at and (watch is None or not 1 <= min(watch_at) <= max(watch_at) <= schedule.steps):
        raise ValueError(
            f"watch_at = {list(watch_at)} must be steps from 1 to {schedule.steps}, and needs a watch to call"
        )
    network: Any = copied(model).to(device)
    weights = list(network.parameters())
    optimiser = torch.optim.AdamW(weights, lr=schedule.learning_rate, weight_decay=0.0, fused=True)
    for step in range(1, schedule.steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = schedule.learning_rate * _rate(schedule, step - 1)
        value = loss(network, step)
        optimiser.zero_grad()
        value.backward()
        norm = torch.nn.utils.clip_grad_norm_(weights, 1.0)
        if not torch.isfinite(norm):
            raise FloatingPointError(f"training diverged within {schedule.steps} steps; lower the learning rate")
        optimiser.step()
        if watch is not None and step in watch_at:
            watch(step, network)
    optimiser.zero_grad()
    return network


def _rate(schedule: Schedule, taken: int) -> float:
    """The learning rate after so many steps, as a share of its height."""
    rising = math.ceil(schedule.warm_up * schedule.steps)
    if taken < rising:
        return taken / rising
    return (schedule.steps - taken) / (schedule.steps - rising) if schedule.decay else 1.0


def _passes(count: int, size: int, rng: np.random.Generator, *, whole: bool = False) -> Iterator[NDArray[np.int64]]:
    """Rows in random order, pass after pass; the last of a pass may be fewer, or are left out where batches are `whole`."""
    while True:
        order = rng.permutation(count)
        for first in range(0, count - (size - 1 if whole else 0), size):
            yield order[first : first + size]


def _encoded(
    tokenizer: PreTrainedTokenizerFast, prompts: Sequence[str], completions: Sequence[str], length: int
) -> Sequences:
    asked = tokenizer(list(prompts))["input_ids"]
    # Read together, as a token may begin in the one and end in the other.
    lines = tokenizer([a + b for a, b in zip(prompts, completions, strict=True)])["input_ids"]
    end = tokenizer.eos_token_id
    return [(a, [*line, end][len(a) : length]) for a, line in zip(asked, lines, strict=True)]


def _log_probabilities(
    model: Any, sequences: Sequence[tuple[list[int], list[int]]], temperature: float = 1.0
) -> tuple[Tensor, list[int]]:
    """Log probabilities of the tokens of completions, one after the other, and how many each completion has."""
    longest = max(len(prompt) + len(completion) for prompt, completion in sequences)
    # Nothing reads what is filled in after a line.
    filled = [prompt + completion + [0] * (longest - len(prompt) - len(completion)) for prompt, completion in sequences]
    ids = torch.tensor(filled, device=model.device)
    counts = [len(completion) for _, completion in sequences]
    row = np.repeat(np.arange(len(sequences)), counts)
    begins = np.repeat([len(prompt) for prompt, _ in sequences], counts)
    place = begins + np.concatenate([np.arange(count) for count in counts])
    rows, places = torch.from_numpy(row), torch.from_numpy(place)
    states = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[rows, places - 1]
    logits = model.get_output_embeddings()(states) / temperature
    return torch.log_softmax(logits.float(), 1).gather(1, ids[rows, places][:, None])[:, 0], counts
