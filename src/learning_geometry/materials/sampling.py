"""Completions that a language model draws from its own distribution."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast


def sample(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    *,
    n_samples: int,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    device: str,
    batch_size: int,
) -> list[list[str]]:
    """Draw completions, `n_samples` of each prompt in the order of the prompts, as texts.

    Each token is drawn from the whole softmax of logits / `temperature`: the model's own settings of generation, which
    may cut it off or penalise repetition, are put aside, except for its end-of-text tokens. A completion ends with one
    of them or after `max_new_tokens`. Texts come without special tokens and without spaces around them. At most
    `batch_size` completions are drawn at a time. The model is given back as it was, and torch's global generator too.

    Raises:
        ValueError: no prompts, a prompt without tokens, a number out of its range, or a model that is not on the device.
    """
    if not prompts:
        raise ValueError("got no prompts; pass at least one")
    for name, value in (("n_samples", n_samples), ("max_new_tokens", max_new_tokens), ("batch_size", batch_size)):
        if value < 1:
            raise ValueError(f"{name} = {value} is too small; pass at least 1")
    if not 0 < temperature < float("inf"):
        raise ValueError(f"temperature = {temperature} must be positive and finite, 1 for the model's own distribution")
    if model.device.type != torch.device(device).type:
        raise ValueError(f"the model is on {model.device}, not on device = {device!r}; move it there first")
    tokens = [_encoded(tokenizer, prompt) for prompt in prompts]
    end = _end_tokens(model, tokenizer)
    padding = end[0] if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    completions: list[list[str]] = [[] for _ in prompts]
    with _set_aside(model, seed), torch.inference_mode():
        for which, count in _batches(len(prompts), n_samples, batch_size):
            longest = max(len(tokens[index]) for index in which)
            filled = [[padding] * (longest - len(tokens[index])) + tokens[index] for index in which]
            seen = [[0] * (longest - len(tokens[index])) + [1] * len(tokens[index]) for index in which]
            settings = GenerationConfig(
                do_sample=True,
                temperature=temperature,
                top_k=0,
                top_p=1.0,
                max_new_tokens=max_new_tokens,
                num_return_sequences=count,
                eos_token_id=end,
                pad_token_id=padding,
            )
            drawn = model.generate(
                torch.tensor(filled, device=model.device),
                attention_mask=torch.tensor(seen, device=model.device),
                generation_config=settings,
            )
            texts = tokenizer.batch_decode(drawn[:, longest:], skip_special_tokens=True)
            for place, text in enumerate(texts):
                completions[which[place // count]].append(text.strip())
    return completions


def _encoded(tokenizer: Any, prompt: str) -> list[int]:
    tokens: list[int] = tokenizer(prompt)["input_ids"]
    # A chat template writes the token that begins a text, and some tokenizers add it once more.
    start = tokenizer.bos_token_id
    tokens = tokens[1:] if start is not None and tokens[:2] == [start, start] else tokens
    if not tokens:
        raise ValueError(f"the prompt {prompt!r} has no tokens; begin it with a word or a special token")
    return tokens


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    """Tokens that end a completion: all that the model's own settings name, and the tokenizer's."""
    own = model.generation_config.eos_token_id
    own = [] if own is None else [own] if isinstance(own, int) else list(own)
    end = own + [token for token in (tokenizer.eos_token_id,) if token is not None and token not in own]
    if not end:
        raise ValueError("neither the model nor the tokenizer has an end-of-text token; set tokenizer.eos_token")
    return end


def _batches(n_prompts: int, n_samples: int, batch_size: int) -> Iterator[tuple[range, int]]:
    """Prompts that go together and how many samples of each, `batch_size` completions at the most."""
    together = max(1, batch_size // n_samples)
    for first in range(0, n_prompts, together):
        for done in range(0, n_samples, batch_size):
            yield range(first, min(first + together, n_prompts)), min(batch_size, n_samples - done)


@contextmanager
def _set_aside(model: Any, seed: int) -> Iterator[None]:
    """Evaluation mode, no settings of the model's own, and torch's global generator, from which transformers draws."""
    modes, settings = [(module, module.training) for module in model.modules()], model.generation_config
    with torch.random.fork_rng(devices=[model.device] if model.device.type == "cuda" else []):
        torch.manual_seed(seed)
        model.eval()
        # What a call leaves open would be taken from here.
        model.generation_config = GenerationConfig()
        try:
            yield
        finally:
            model.generation_config = settings
            for module, training in modes:
                module.training = training
