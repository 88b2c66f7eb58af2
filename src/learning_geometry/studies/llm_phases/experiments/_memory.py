"""N-grams of a sample of training text, in a checkpoint's own tokens."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.ngrams import NGramCounts, SuffixArray
from learning_geometry.studies.llm_phases.experiments._tracing import Contexts


def stream_of(tokenizer: Any, texts: Sequence[str]) -> NDArray[np.int64]:
    """The token ids of texts, one after the other, so that no n-gram straddles two of them."""
    # An id beyond the vocabulary stands between texts.
    between = [len(tokenizer)]
    return np.concatenate([np.array(ids + between) for ids in tokenizer(list(texts), verbose=False)["input_ids"]])


def with_ngrams(contexts: Contexts, stream: NDArray[np.int64]) -> Contexts:
    """The same contexts, with what infini-grams and bigrams of the stream predict after them."""
    # Contexts differ in length; one marker that no text holds fills them up in front, and never matches.
    width, nowhere = max(map(len, contexts.tokens)), int(stream.max()) + 1
    padded = np.full((len(contexts.tokens), width), nowhere, dtype=np.int64)
    for row, ids in zip(padded, contexts.tokens, strict=True):
        row[width - len(ids) :] = ids
    following = np.where(contexts.next_tokens >= 0, contexts.next_tokens, nowhere)
    infinigram = SuffixArray(stream).infinigram(padded, following)
    bigram = NGramCounts(stream, 2).most_frequent_next(padded[:, -1:])
    return Contexts(contexts.tokens, contexts.next_tokens, infinigram, bigram)
