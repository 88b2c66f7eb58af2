"""One checkpoint of someone else's series: fetched, measured, and deleted if need be."""

from pathlib import Path
from typing import Any

import numpy as np

from learning_geometry.instruments.ngrams import NGramCounts, SuffixArray
from learning_geometry.materials.hub import checkpoint, load_model, load_tokenizer, step_of, tokens_seen
from learning_geometry.materials.multiple_choice import load_questions
from learning_geometry.materials.texts import load_texts, resolve_texts, tokenise
from learning_geometry.studies.llm_phases.experiments._choices import measure_choices
from learning_geometry.studies.llm_phases.experiments._tracing import Contexts, measure_checkpoint, measure_directions


def measure(
    *,
    model: str,
    revision: str,
    texts: str,
    texts_revision: str,
    n_texts: int,
    min_tokens: int,
    max_tokens: int,
    memory: str,
    memory_revision: str,
    memory_texts: int,
    questions: str,
    questions_revision: str,
    n_questions: int,
    resamples: int,
    alpha_ranks: list[int],
    removed_directions: list[int],
    token_budget: int,
    bfloat16: bool,
    disk_budget_gb: float,
    delete_after: bool,
    device: str,
) -> dict[str, Any]:
    """Measure one checkpoint of a series on the beginnings of texts.

    The result holds the names asked for and the `commit` they stood for, `step` and `tokens` (-1 where the revision's
    name does not say), the commit of the texts, and what `tracing.measure_checkpoint` and
    `tracing.measure_directions` measure. With `memory`, a sample of the training text, predictions are compared with
    its n-grams; with `questions` table 1's task is added as `choices`.

    Source: sections 3 and 4. What stands in for the index of the whole training text is ours.
    """
    read = load_texts(texts, texts_revision, n_texts=n_texts)
    with checkpoint(model, revision, disk_budget_gb=disk_budget_gb, delete_after=delete_after) as found:
        tokenizer = load_tokenizer(found)
        tokens, following = tokenise(tokenizer, read, max_tokens=max_tokens, min_tokens=min_tokens)
        contexts = Contexts(tokens, following)
        if memory:
            stream = _stream(tokenizer, load_texts(memory, memory_revision, n_texts=memory_texts))
            contexts = _with_ngrams(contexts, stream)
        network = load_model(found, device=device, bfloat16=bfloat16)
        effort: dict[str, Any] = {"token_budget": token_budget, "bfloat16": bfloat16}
        ranks = (alpha_ranks[0], alpha_ranks[1])
        result = measure_checkpoint(
            network, contexts, ranks=ranks, removed=removed_directions, resamples=resamples, **effort
        )
        result["directions"] = measure_directions(network, contexts, counts=removed_directions, **effort)
        if questions:
            asked = load_questions(questions, questions_revision, n_questions=n_questions, rng=np.random.default_rng(0))
            result["choices"] = measure_choices(
                network, tokenizer, asked, contexts, counts=removed_directions, **effort
            )
        commit = found.commit
    return {
        "model": Path(model).name if Path(model).is_dir() else model,
        "revision": revision,
        "commit": commit,
        "step": _or_unknown(step_of(revision)),
        "tokens": _or_unknown(tokens_seen(revision)),
        "texts": {"commit": resolve_texts(texts, texts_revision), "contexts": len(tokens)},
        "dimensions": int(network.get_output_embeddings().weight.shape[1]),
        **result,
    }


def _stream(tokenizer: Any, texts: list[str]) -> np.ndarray:
    # An id beyond the vocabulary stands between texts, so that no n-gram straddles two of them.
    between = [len(tokenizer)]
    return np.concatenate([np.array(ids + between) for ids in tokenizer(texts, verbose=False)["input_ids"]])


def _with_ngrams(contexts: Contexts, stream: np.ndarray) -> Contexts:
    # Contexts differ in length; one marker that no text holds fills them up in front, and never matches.
    width, nowhere = max(map(len, contexts.tokens)), int(stream.max()) + 1
    padded = np.full((len(contexts.tokens), width), nowhere, dtype=np.int64)
    for row, ids in zip(padded, contexts.tokens, strict=True):
        row[width - len(ids) :] = ids
    following = np.where(contexts.next_tokens >= 0, contexts.next_tokens, nowhere)
    infinigram = SuffixArray(stream).infinigram(padded, following)
    bigram = NGramCounts(stream, 2).most_frequent_next(padded[:, -1:])
    return Contexts(contexts.tokens, contexts.next_tokens, infinigram, bigram)


def _or_unknown(value: int | None) -> int:
    return -1 if value is None else value
