"""What a training learns from, and the same without what it says: answers, preferences and rewards."""

from collections.abc import Callable, Sequence

import numpy as np

from learning_geometry.materials import digit_sorting

Reward = Callable[[list[int], list[str]], list[float]]
"""Rewards of completions, given the indices of their prompts and their texts."""

Triple = tuple[str, str, str]
"""A prompt, the answer that is preferred, and the other one."""


def exact_match(answers: Sequence[str], which: list[int], completions: list[str]) -> list[float]:
    """The verifiable reward: one where the completion is the prompt's answer and nothing else, zero elsewhere."""
    return [float(text == answers[index]) for index, text in zip(which, completions, strict=True)]


def shuffled_in_groups(reward: Reward, rng: np.random.Generator) -> Reward:
    """The rewards, permuted among the completions of each prompt: as many of them are rewarded, whichever they are."""

    def permuted(which: list[int], completions: list[str]) -> list[float]:
        true = np.array(reward(which, completions))
        for index in dict.fromkeys(which):
            places = np.flatnonzero(np.array(which) == index)
            true[places] = true[rng.permutation(places)]
        return true.tolist()

    return permuted


def shuffled(answers: Sequence[str], rng: np.random.Generator) -> list[str]:
    """The answers of other problems: each gets that of the next one in a random round."""
    order = rng.permutation(len(answers))
    other = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))
    return [answers[other[index]] for index in range(len(answers))]


def preferences(numbers: Sequence[str], sampled: Sequence[Sequence[str]], *, on_policy: bool) -> list[Triple]:
    """Right answers before the first wrong one that a model gave to the same prompt.

    With `on_policy` only prompts that the model also answered right.
    """
    triples = []
    for number, texts in zip(numbers, sampled, strict=True):
        right = digit_sorting.answer(number)
        wrong = [text for text in texts if text != right]
        if wrong and (right in texts or not on_policy):
            triples.append((digit_sorting.prompt(number), right, wrong[0]))
    return triples


def flipped(triples: Sequence[Triple], rng: np.random.Generator) -> list[Triple]:
    """The same pairs, of each of which a coin says which answer is preferred."""
    heads = rng.random(len(triples)) < 0.5
    return [(p, b, a) if turned else (p, a, b) for (p, a, b), turned in zip(triples, heads, strict=True)]
