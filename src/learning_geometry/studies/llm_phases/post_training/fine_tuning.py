"""One pretraining checkpoint fine-tuned on texts, and what that does to texts of the same kind and of another."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from learning_geometry.instruments.hidden_states import hidden_states
from learning_geometry.materials.hub import checkpoint, load_model, load_tokenizer, step_of, tokens_seen
from learning_geometry.materials.post_training import Schedule, continue_pretraining
from learning_geometry.materials.texts import load_texts, read_rows, resolve_texts, tokenise
from learning_geometry.studies.llm_phases.tracing import Contexts, measure_checkpoint, read_out

_GEOMETRY = ("eigenvalues", "rankme", "rankme_resampled", "alpha", "alpha_r2", "top_share")


def measure(
    *,
    model: str,
    revision: str,
    seed: int,
    train: str,
    train_revision: str,
    train_column: str,
    n_train: int,
    test_in: str,
    test_in_revision: str,
    in_column: str,
    test_out: str,
    test_out_revision: str,
    out_column: str,
    n_test: int,
    steps: int,
    batch_size: int,
    learning_rate: float,
    max_tokens_trained: int,
    texts: str,
    texts_revision: str,
    n_texts: int,
    min_tokens: int,
    max_tokens: int,
    alpha_ranks: list[int],
    resamples: int,
    token_budget: int,
    bfloat16: bool,
    disk_budget_gb: float,
    delete_after: bool,
    device: str,
) -> dict[str, Any]:
    """Fine-tune one checkpoint on a column of texts, with the loss on every token, and measure it before and after.

    The result holds the names asked for and the `commit` they stood for, `step` and `tokens` of pretraining (-1 where
    the revision's name does not say), and each of the following ending in `_before` and in `_after`: `loss_in` and
    `loss_out`, mean nats of a whole text, summed over its tokens but the first, of the kind trained on and of another, and
    `losses_in` and `losses_out` `(n_test,)`, those of each text;
    and, on the beginnings of `texts`, `rankme`, `alpha` and more of what `tracing.measure_checkpoint` measures.
    `train`, `test_in` and `test_out` say the commit and the number of texts; the latter two also the mean number of
    `tokens` that a text's loss is summed over.

    All three are drawn at random, the same at every checkpoint, from all different texts of files or of the split
    "train" of a data set; a training text is never tested, even where the sources are the same. `seed` is that of the
    training. A text counts up to `max_tokens_trained` tokens, in training and in testing. Weights are float32 also with
    `bfloat16`, as small updates would be rounded away; it speeds up what is measured.

    Source: figure 4b. That its losses, of 286 and 137, are summed over a text is our reading, and so is the schedule.

    Raises:
        ValueError: a source has too few different texts, or as `texts.read_rows`.
    """
    schedule = Schedule(steps=steps, batch_size=batch_size, learning_rate=learning_rate)
    read = load_texts(texts, texts_revision, n_texts=n_texts)
    trained = _drawn(train, train_revision, train_column, n_train)
    inside = _drawn(test_in, test_in_revision, in_column, n_test, but_not=set(trained))
    outside = _drawn(test_out, test_out_revision, out_column, n_test, but_not=set(trained))
    result: dict[str, Any] = {}
    with checkpoint(model, revision, disk_budget_gb=disk_budget_gb, delete_after=delete_after) as found:
        tokenizer = load_tokenizer(found)
        contexts = Contexts(*tokenise(tokenizer, read, max_tokens=max_tokens, min_tokens=min_tokens))
        kinds = {
            "in": tokenise(tokenizer, inside, max_tokens=max_tokens_trained, min_tokens=2)[0],
            "out": tokenise(tokenizer, outside, max_tokens=max_tokens_trained, min_tokens=2)[0],
        }
        network = load_model(found, device=device)
        commit = found.commit
        effort: dict[str, Any] = {"token_budget": token_budget, "bfloat16": bfloat16}

        def note(when: str, state: PreTrainedModel) -> None:
            geometry = measure_checkpoint(
                state, contexts, ranks=(alpha_ranks[0], alpha_ranks[1]), removed=[1], resamples=resamples, **effort
            )
            result.update({f"{name}_{when}": geometry[name] for name in _GEOMETRY})
            for kind, ids in kinds.items():
                losses = text_losses(state, ids, **effort)
                result.update({f"loss_{kind}_{when}": float(losses.mean()), f"losses_{kind}_{when}": losses})

        note("before", network)
        tuned = continue_pretraining(
            network, tokenizer, trained, schedule, seed=seed, device=device, max_tokens=max_tokens_trained
        )
        note("after", tuned)
    return {
        "model": Path(model).name if Path(model).is_dir() else model,
        "revision": revision,
        "seed": seed,
        "commit": commit,
        "step": _or_unknown(step_of(revision)),
        "tokens": _or_unknown(tokens_seen(revision)),
        "texts": {"commit": resolve_texts(texts, texts_revision), "contexts": len(contexts.tokens)},
        "train": {"commit": resolve_texts(train, train_revision), "texts": len(trained)},
        "test_in": {"commit": resolve_texts(test_in, test_in_revision), **_size(kinds["in"])},
        "test_out": {"commit": resolve_texts(test_out, test_out_revision), **_size(kinds["out"])},
        **result,
    }


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


def _drawn(source: str, revision: str, column: str, count: int, but_not: Collection[str] = ()) -> list[str]:
    if count < 1:
        raise ValueError(f"{count} texts of {source} were asked for; ask for at least 1")
    # All are read: data sets are often sorted by kind, and their first rows would stand for one of them.
    rows = read_rows(source, revision, split="train", columns=[column], streaming=False)
    different = dict.fromkeys(text for row in rows if (text := row[column]).strip())
    found = [text for text in different if text not in but_not]
    if len(found) < count:
        beside = f" beside {len(but_not)} to train on" if but_not else ""
        raise ValueError(
            f"{source} has only {len(found)} different texts in {column!r}{beside}, not {count}; ask for fewer"
        )
    return [found[index] for index in np.random.default_rng(0).permutation(len(found))[:count]]


def _size(sequences: Sequence[NDArray[Any]]) -> dict[str, Any]:
    return {"texts": len(sequences), "tokens": float(np.mean([len(ids) - 1 for ids in sequences]))}


def _or_unknown(value: int | None) -> int:
    return -1 if value is None else value
