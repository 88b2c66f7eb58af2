"""Texts drawn from a source, and how many nats a model loses on each."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from learning_geometry.instruments.hidden_states import hidden_states
from learning_geometry.materials.texts import read_rows
from learning_geometry.studies.llm_phases.experiments._tracing import read_out
from learning_geometry.studies.types import DataSource


def text_losses(
    model: PreTrainedModel, sequences: Sequence[NDArray[Any]], *, token_budget: int, bfloat16: bool
) -> NDArray[np.float64]:
    """Nats of each sequence of token ids, `(n_sequences,)`: summed over all its tokens but the first.

    The sum, not the mean over tokens, is minus the log probability of the text, given its first token.
    """
    lengths = np.array([len(ids) for ids in sequences])
    begins, flat = lengths.cumsum() - lengths, np.concatenate(sequences).astype(np.int64)
    losses = np.zeros(len(sequences))
    for batch in hidden_states(model, sequences, every=1, token_budget=token_budget, bfloat16=bfloat16):
        (states,) = batch.layers.values()
        followed = batch.position + 1 < lengths[batch.sequence]
        sequence, position = batch.sequence[followed], batch.position[followed]
        following = torch.from_numpy(flat[begins[sequence] + position + 1])
        for rows, logarithms in read_out(model, states[followed]):
            true = logarithms.gather(1, following[rows, None].to(logarithms.device))[:, 0]
            np.subtract.at(losses, sequence[rows], true.cpu().double().numpy())
    return losses


def drawn(source: DataSource, column: str, count: int, seed: int, but_not: Collection[str] = ()) -> list[str]:
    """So many different texts of a column, drawn at random, none of which is in `but_not`.

    Raises:
        ValueError: there are fewer.
    """
    # All are read: data sets are often sorted by kind, and their first rows would stand for one of them.
    rows = read_rows(source.name, source.revision, split="train", columns=[column], streaming=False)
    different = dict.fromkeys(text for row in rows if (text := row[column]).strip())
    candidates = [text for text in different if text not in but_not]
    if len(candidates) < count:
        beside = f" beside {len(but_not)} to train on" if but_not else ""
        raise ValueError(
            f"{source.name} has only {len(candidates)} different texts in {column!r}{beside}, not {count}; ask for fewer"
        )
    return [candidates[index] for index in np.random.default_rng(seed).permutation(len(candidates))[:count]]
