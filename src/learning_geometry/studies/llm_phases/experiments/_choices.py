"""Multiple-choice questions answered from last-layer states, whole or with directions removed."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from learning_geometry.instruments.hidden_states import hidden_states, last_token_features
from learning_geometry.materials.multiple_choice import Question
from learning_geometry.studies.llm_phases.experiments._tracing import (
    Contexts,
    Features,
    accuracy_after_projections,
    read_out,
)


def measure_choices(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    questions: Sequence[Question],
    contexts: Contexts,
    *,
    counts: Sequence[int],
    seed: int,
    token_budget: int,
    bfloat16: bool,
) -> xr.Dataset:
    """Share of questions answered rightly, with directions of the last layer removed, or nothing else retained.

    An answer's score is the log probability of its tokens after the prompt, and the highest score is the choice. The
    directions are those of the states at the last tokens of the `contexts`. `accuracy_after` and `accuracy_before` are
    as in `measure_directions`.

    Source: table 8. Which texts the directions come from is our reading; so is the sum of the tokens' log probabilities.

    Raises:
        ValueError: a question is longer than the model's context, or an option has no token of its own.
    """
    sequences, spans = _encoded(tokenizer, questions)
    states = _states_at(model, sequences, spans, token_budget, bfloat16)
    targets = np.concatenate([ids[start:] for ids, start in zip(sequences, spans, strict=True)])
    option = np.repeat(
        np.arange(len(sequences)), [len(ids) - start for ids, start in zip(sequences, spans, strict=True)]
    )
    sizes = np.array([len(question.options) for question in questions])
    answers = np.array([question.answer for question in questions])

    def accuracy(features: Features) -> float:
        scores = np.bincount(option, weights=_likelihood(model, features, targets), minlength=len(sequences))
        chosen = [int(part.argmax()) for part in np.split(scores, sizes.cumsum()[:-1])]
        return float((np.array(chosen) == answers).mean())

    basis = last_token_features(model, contexts.tokens, token_budget=token_budget, bfloat16=bfloat16)
    return accuracy_after_projections(accuracy, states, basis=basis, counts=counts, seed=seed)


def _encoded(
    tokenizer: PreTrainedTokenizerBase, questions: Sequence[Question]
) -> tuple[list[NDArray[np.int64]], list[int]]:
    """Token ids of every prompt with every option, and where the option begins."""
    sequences, starts = [], []
    for question in questions:
        prompt = _ids(tokenizer, question.prompt)
        for option in question.options:
            whole = _ids(tokenizer, question.prompt + option)
            if len(whole) <= len(prompt):
                raise ValueError(f"option {option!r} adds no token to its prompt; drop that question")
            sequences.append(whole)
            starts.append(len(prompt))
    return sequences, starts


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> NDArray[np.int64]:
    ids = tokenizer(text)["input_ids"]
    return np.array(ids[:-1] if ids[-1] == tokenizer.eos_token_id else ids, dtype=np.int64)


def _states_at(
    model: PreTrainedModel,
    sequences: Sequence[NDArray[np.int64]],
    starts: Sequence[int],
    token_budget: int,
    bfloat16: bool,
) -> Features:
    """The states that predict each token of each option, in the order of the sequences."""
    first = np.array(starts)
    rows: list[Features] = []
    place: list[NDArray[np.int64]] = []
    ends = np.array([len(ids) for ids in sequences])
    for batch in hidden_states(model, sequences, every=1, token_budget=token_budget, bfloat16=bfloat16):
        (features,) = batch.layers.values()
        wanted = (batch.position >= first[batch.sequence] - 1) & (batch.position < ends[batch.sequence] - 1)
        rows.append(features[wanted])
        place.append(np.stack([batch.sequence[wanted], batch.position[wanted]]))
    order = np.lexsort(np.concatenate(place, axis=1)[::-1])
    return np.concatenate(rows)[order]


def _likelihood(model: PreTrainedModel, states: Features, targets: NDArray[np.int64]) -> NDArray[np.float64]:
    likelihood = np.empty(len(targets))
    for rows, logarithms in read_out(model, states):
        columns = torch.from_numpy(targets[rows]).to(logarithms.device)
        likelihood[rows] = logarithms.gather(1, columns[:, None])[:, 0].cpu().numpy()
    return likelihood
