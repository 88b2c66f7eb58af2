"""Small language models trained from scratch, with weights averaged for measuring."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

Loss = Literal["cross_entropy", "balanced_cross_entropy", "squared_error"]

RARE = 200
"""Tokens that occur less often than this in the training stream are no targets of the balanced cross-entropy."""

_CLIP = 1.0  # largest norm of a gradient
_LONGEST_AVERAGE = 500.0  # steps over which weights are averaged in the end; a tenth of the steps taken before that


@dataclass(frozen=True)
class Architecture:
    """Size of a GPT-NeoX: vocabulary, hidden size, blocks, attention heads, and context length in tokens."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    context: int


@dataclass(frozen=True)
class Recipe:
    """How a language model is trained: AdamW on windows drawn at random.

    The learning rate rises from zero over `warm_up` steps and is constant from there on.
    """

    loss: Loss
    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warm_up: int = 50


def gpt_neox(architecture: Architecture, *, seed: int) -> GPTNeoXForCausalLM:
    """An untrained GPT-NeoX whose head is not tied to its embeddings, in evaluation mode.

    Raises:
        ValueError: the width is no multiple of twice the number of heads.
    """
    if architecture.width % (2 * architecture.heads):
        raise ValueError(
            f"width = {architecture.width} must be a multiple of twice the number of heads, {architecture.heads}"
        )
    config = GPTNeoXConfig(
        vocab_size=architecture.vocabulary,
        hidden_size=architecture.width,
        num_hidden_layers=architecture.layers,
        num_attention_heads=architecture.heads,
        intermediate_size=4 * architecture.width,
        max_position_embeddings=architecture.context,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=0,
    )
    # transformers draws initial weights from torch's global generator.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPTNeoXForCausalLM(config).eval()


def pretrain(
    model: GPTNeoXForCausalLM,
    tokens: NDArray[np.uint16] | Sequence[NDArray[np.uint16]],
    recipe: Recipe,
    *,
    checkpoints: Sequence[int],
    seed: int,
) -> Iterator[tuple[int, GPTNeoXForCausalLM]]:
    """Train the model in place and yield its averaged twin at each of the checkpoints, given as numbers of steps.

    `tokens` is a stream, or several, of which a batch has equally many windows each.

    The twin's weights are an exponential moving average over the last tenth of the steps, and over 500 at most; at a
    constant learning rate they show the course of training without its jitter. It is one model, changed by the steps
    that follow; copy it to keep it. The model stays on its device. Nothing is trained beyond the last checkpoint.

    Raises:
        ValueError: a stream is shorter than a context, a batch cannot be shared equally among the streams, or checkpoints
            do not ascend within the recipe's steps.
        FloatingPointError: the loss is no longer finite.
    """
    streams = [tokens] if isinstance(tokens, np.ndarray) else list(tokens)
    length = model.config.max_position_embeddings
    if (shortest := min(map(len, streams))) < length + 2:
        raise ValueError(f"{shortest} tokens are too few for contexts of {length}; pass a longer stream")
    if recipe.batch_size % len(streams):
        raise ValueError(
            f"batch_size = {recipe.batch_size} cannot be shared equally among {len(streams)} streams; pass a multiple"
        )
    if (
        not checkpoints
        or list(checkpoints) != sorted(set(checkpoints))
        or not 0 <= checkpoints[0] <= checkpoints[-1] <= recipe.steps
    ):
        raise ValueError(f"checkpoints must ascend from 0 to at most {recipe.steps} steps, got {list(checkpoints)}")
    return _course(model, streams, recipe, list(checkpoints), np.random.default_rng(seed))


def _course(
    model: Any, streams: list[NDArray[np.uint16]], recipe: Recipe, checkpoints: list[int], rng: np.random.Generator
) -> Iterator[tuple[int, Any]]:
    averaged = deepcopy(model).requires_grad_(False)
    weights, means = list(model.parameters()), list(averaged.parameters())
    body, head = model.base_model, model.get_output_embeddings().weight
    tokens, share = np.concatenate(streams), recipe.batch_size // len(streams)
    begins = np.cumsum([0, *map(len, streams[:-1])])
    stream = torch.from_numpy(tokens.astype(np.int64)).to(head.device)
    importance = _importance(recipe.loss, tokens, len(head)).to(head.device)
    window = np.arange(model.config.max_position_embeddings + 1)
    optimiser = torch.optim.AdamW(
        weights, lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=recipe.weight_decay, fused=True
    )
    if checkpoints[0] == 0:
        yield 0, averaged
    for step in range(1, checkpoints[-1] + 1):
        starts = np.concatenate(
            [
                begin + rng.integers(len(of) - len(window) + 1, size=share)
                for begin, of in zip(begins, streams, strict=True)
            ]
        )
        batch = stream[torch.from_numpy(starts[:, None] + window).to(head.device)]
        features = body(input_ids=batch[:, :-1], use_cache=False).last_hidden_state.flatten(0, 1)
        targets = batch[:, 1:].flatten()
        loss = _ReadOut.apply(features, head, targets, importance[targets], recipe.loss == "squared_error")
        optimiser.zero_grad()
        loss.backward()
        norm = clip_grad_norm_(weights, _CLIP)
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * min(1.0, step / recipe.warm_up)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(means, weights, 1 / min(_LONGEST_AVERAGE, max(1.0, step / 10)))
        if step in checkpoints:
            if not torch.isfinite(norm):
                raise FloatingPointError(f"the loss diverged by step {step}; lower the learning rate")
            yield step, averaged


class _ReadOut(torch.autograd.Function):
    """Mean loss of a linear read-out, with gradients in closed form that take the place of the logits.

    At this size the read-out is most of the work, and automatic differentiation would go over the logits three times
    more; whole steps are a fifth faster this way.
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, targets: Tensor, importance: Tensor, squared: bool
    ) -> Tensor:
        error = features @ weight.T
        columns = targets[:, None]
        if squared:
            right = error.gather(1, columns)[:, 0]
            losses = (error.square().sum(1) - 2 * right + 1) / 2
        else:
            torch.softmax(error, 1, out=error)
            losses = -error.gather(1, columns)[:, 0].log()
        error.scatter_add_(1, columns, error.new_full(columns.shape, -1.0))
        error.mul_((importance / len(targets))[:, None])
        ctx.save_for_backward(error @ weight, error.T @ features)
        return (losses * importance).mean()

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        features, weight = ctx.saved_tensors
        return features * upstream[0], weight * upstream[0], None, None, None


def _importance(loss: Loss, tokens: NDArray[np.uint16], vocabulary: int) -> Tensor:
    """The weight of each token as a target: one, or such that all that are not rare add up to the same."""
    if loss != "balanced_cross_entropy":
        return torch.ones(vocabulary)
    counts = np.bincount(tokens, minlength=vocabulary).astype(np.float64)
    inverse = np.divide(1.0, counts, out=np.zeros(vocabulary), where=counts >= RARE)
    if not inverse.any():
        raise ValueError(f"no token occurs {RARE} times in {len(tokens)} tokens; pass a longer stream")
    return torch.from_numpy(inverse * len(tokens) / (inverse * counts).sum()).float()
