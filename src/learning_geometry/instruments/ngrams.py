"""How often n-grams occur in a token stream, and what an n-gram model of any order predicts from it.

An end-of-document marker is a token like any other. Put one between documents: then no n-gram without the marker
straddles two of them, and the end of a document is something that can be predicted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydivsufsort import divsufsort

from learning_geometry.instruments.arrays import as_array

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class InfiniGram:
    """Predictions of the infini-gram model, one for each context, all `(n_contexts,)`.

    `length`, int64, is that of the longest suffix that something follows in the stream; 0 is the back-off to single
    tokens. `count`, int64, is how often that suffix is followed by any token, `probability`, float64, the share of the
    true next token in this, and `top`, int64, the token that follows most often (of several, the smallest).
    """

    length: Ids
    count: Ids
    probability: NDArray[np.float64]
    top: Ids


class SuffixArray:
    """The sorted suffixes of a token stream: counts n-grams of any order and finds the longest match of a context.

    `suffixes`, int32 `(n_tokens,)`, holds where each suffix starts. Memory is 6 bytes a token (8 above 65,536 ids)
    and several times that while sorting.

    Args:
        tokens: `(n_tokens,)`, ids from 0 to 2^32 - 1, at least one and fewer than 2^31 of them.

    Raises:
        ValueError: If `tokens` is empty, not one-dimensional, not integer, out of range or too long.
    """

    def __init__(self, tokens: ArrayLike) -> None:
        stream = _stream(tokens)
        if len(stream) > np.iinfo(np.int32).max:
            raise ValueError(f"tokens has length {len(stream)}; a suffix array takes fewer than 2^31, so split it")
        width = 2 if stream.max() < 2**16 else 4
        self.tokens: NDArray[np.unsignedinteger] = stream.astype(f"u{width}")
        # Most significant byte first, bytes sort as tokens do. Suffixes that start inside a token are then dropped.
        order = divsufsort(stream.astype(f">u{width}").view(np.uint8))
        self.suffixes: NDArray[np.int32] = (order[order & (width - 1) == 0] // width).astype(np.int32, copy=False)

    def count(self, grams: ArrayLike) -> Ids:
        """Return how often each n-gram occurs in the stream, int64 `(n_grams,)`.

        Args:
            grams: `(n_grams, k)` ids; an id that the stream lacks is counted zero times.

        Raises:
            ValueError: If `grams` is not a matrix of ids with at least one column.
        """
        rows = _ids(grams, "grams", 2)
        if rows.shape[1] == 0:
            raise ValueError(f"grams has shape {rows.shape}; pass n-grams of at least one token")
        low, high = self._occurrences(rows, np.full(len(rows), rows.shape[1]))
        return high - low

    def longest_suffix(self, contexts: ArrayLike) -> Ids:
        """Return the length of the longest suffix of each context that occurs with a token after it, `(n_contexts,)`.

        Args:
            contexts: `(n_contexts, n_tokens)` ids.

        Raises:
            ValueError: If `contexts` is not a matrix of ids.
        """
        return self._back_off(_ids(contexts, "contexts", 2))[0]

    def infinigram(self, contexts: ArrayLike, next_tokens: ArrayLike) -> InfiniGram:
        """Return what the infini-gram model (Liu et al. 2024) predicts after each context.

        The model backs off to the longest suffix that occurs in the stream, and predicts by the relative frequencies of
        what follows there, without smoothing. That a suffix at the very end of the stream, which nothing follows, does
        not count as an occurrence is our operationalisation.

        Args:
            contexts: `(n_contexts, n_tokens)` ids.
            next_tokens: `(n_contexts,)`, the id that truly comes next.

        Raises:
            ValueError: If either is not of this shape or holds something other than ids.
        """
        rows, following = _ids(contexts, "contexts", 2), _ids(next_tokens, "next_tokens", 1)
        if len(following) != len(rows):
            raise ValueError(f"got {len(following)} next_tokens for {len(rows)} contexts; pass one for each")
        length, low, high = self._back_off(rows)
        first, last = self._narrow(low, high, length, following)
        return InfiniGram(length, high - low, (last - first) / (high - low), self._top(length, low, high))

    def _back_off(self, contexts: Ids) -> tuple[Ids, Ids, Ids]:
        """The longest followed suffix of each context, and the interval of `suffixes` where it is followed."""
        length = np.zeros(len(contexts), dtype=np.int64)
        low, high = np.zeros_like(length), np.full_like(length, len(self.suffixes))
        # Each suffix of a followed suffix is followed, so that bisection over the length applies.
        longest = np.full_like(length, contexts.shape[1])
        while (rows := np.flatnonzero(length < longest)).size:
            middle = (length[rows] + longest[rows] + 1) // 2
            start, stop = self._occurrences(contexts[rows], middle)
            start = self._followed(start, stop, middle)
            found = start < stop
            hit = rows[found]
            length[hit], low[hit], high[hit] = middle[found], start[found], stop[found]
            longest[rows[~found]] = middle[~found] - 1
        return length, low, high

    def _occurrences(self, contexts: Ids, lengths: Ids) -> tuple[Ids, Ids]:
        """The intervals of `suffixes` that start with the last `lengths` tokens of each context."""
        low, high = np.zeros_like(lengths), np.full_like(lengths, len(self.suffixes))
        first = contexts.shape[1] - lengths
        for offset in range(lengths.max(initial=0)):
            rows = np.flatnonzero((offset < lengths) & (low < high))
            if rows.size == 0:
                break
            wanted = contexts[rows, first[rows] + offset]
            low[rows], high[rows] = self._narrow(low[rows], high[rows], np.full_like(rows, offset), wanted)
        return low, high

    def _narrow(self, low: Ids, high: Ids, offset: Ids, wanted: Ids) -> tuple[Ids, Ids]:
        """The part of each interval, whose suffixes agree up to `offset`, that has the token `wanted` there."""
        start = self._followed(low, high, offset)
        # Both ends in one bisection: the first suffix that is not below `wanted`, and that for its successor.
        left, right = np.tile(start, 2), np.tile(high, 2)
        offset, wanted = np.tile(offset, 2), np.concatenate([wanted, wanted + 1])
        while (rows := np.flatnonzero(left < right)).size:
            middle = (left[rows] + right[rows]) // 2
            below = self.tokens[self.suffixes[middle] + offset[rows]] < wanted[rows]
            left[rows[below]] = middle[below] + 1
            right[rows[~below]] = middle[~below]
        return left[: len(low)], left[len(low) :]

    def _followed(self, low: Ids, high: Ids, offset: Ids) -> Ids:
        """The interval's start without the suffix that ends at `offset`: being the shortest, it can only come first."""
        ends = self.suffixes[np.minimum(low, len(self.suffixes) - 1)] + offset == len(self.tokens)
        return low + (ends & (low < high))

    def _top(self, length: Ids, low: Ids, high: Ids) -> Ids:
        """The token that follows most often in each interval; contexts that share an interval share the work."""
        intervals, back = np.unique(np.stack([length, low, high], axis=1), axis=0, return_inverse=True)
        top = np.empty(len(intervals), dtype=np.int64)
        for i, (offset, start, stop) in enumerate(intervals):
            following = self.tokens[self.suffixes[start:stop] + offset]  # sorted, as the suffixes are
            runs = np.flatnonzero(np.concatenate([[True], following[1:] != following[:-1]]))
            top[i] = following[runs[np.diff(runs, append=len(following)).argmax()]]
        return top[back]


class NGramCounts:
    """All n-grams of one order in a token stream, and how often each occurs.

    Each n-gram is packed into one 64-bit key, which builds and answers faster than a suffix array, but for one order.

    Args:
        tokens: `(n_tokens,)`, ids from 0 to 2^32 - 1, at least one.
        n: Order, at least 1. The number of possible n-grams, `(max(tokens) + 1)**n`, must not exceed 2^64: up to order 4
            for ids below 65,536.

    Raises:
        ValueError: If `tokens` is empty, not one-dimensional, not integer or out of range, or `n` is out of range.
    """

    def __init__(self, tokens: ArrayLike, n: int) -> None:
        stream = _stream(tokens)
        if n < 1:
            raise ValueError(f"n is {n}; pass an order of at least 1")
        self.n = n
        self._base = int(stream.max()) + 1
        if self._base**n > 2**64:
            raise ValueError(f"{self._base}**{n} n-grams do not fit 64 bits; lower n or use SuffixArray")
        size = max(len(stream) - n + 1, 0)
        keys = self._packed((stream[i : i + size] for i in range(n)), size)
        self._keys, self._counts = np.unique(keys, return_counts=True)

    def count(self, grams: ArrayLike) -> Ids:
        """Return how often each n-gram occurs in the stream, int64 `(n_grams,)`.

        Args:
            grams: `(n_grams, n)` ids; an id that the stream lacks is counted zero times.

        Raises:
            ValueError: If `grams` is not a matrix of ids with `n` columns.
        """
        index, known = self._find(self._keys, grams, "grams", self.n)
        counts = np.zeros(len(known), dtype=np.int64)
        counts[known] = self._counts[index[known]]
        return counts

    def most_frequent_next(self, contexts: ArrayLike) -> Ids:
        """Return the token that follows each context most often (of several, the smallest), -1 if none ever does.

        Args:
            contexts: `(n_contexts, n - 1)` ids.

        Returns:
            int64 `(n_contexts,)`.

        Raises:
            ValueError: If `contexts` is not a matrix of ids with `n - 1` columns.
        """
        prefixes, best = self._most_frequent
        index, known = self._find(prefixes, contexts, "contexts", self.n - 1)
        tokens = np.full(len(known), -1, dtype=np.int64)
        tokens[known] = best[index[known]]
        return tokens

    @cached_property
    def _most_frequent(self) -> tuple[NDArray[np.uint64], Ids]:
        """Each prefix of `n - 1` tokens, packed, and the token that follows it most often."""
        prefixes, last = np.divmod(self._keys, np.uint64(self._base))
        # Keys ascend, so within a prefix the first of the most frequent has the smallest id; lexsort keeps that order.
        order = np.lexsort((-self._counts, prefixes))
        known, first = np.unique(prefixes, return_index=True)
        return known, last[order[first]].astype(np.int64)

    def _find(
        self, keys: NDArray[np.uint64], values: ArrayLike, name: str, width: int
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Where each row would stand in the sorted `keys`, and whether it does."""
        rows = _ids(values, name, 2)
        if rows.shape[1] != width:
            raise ValueError(f"{name} has shape {rows.shape}; for order {self.n} pass {width} columns")
        wanted = self._packed(rows.T, len(rows))
        index = np.searchsorted(keys, wanted)
        # An id that the stream lacks may be beyond the base, and its key that of another n-gram.
        found = np.flatnonzero((rows < self._base).all(axis=1) & (index < len(keys)))
        known = np.zeros(len(rows), dtype=np.bool_)
        known[found] = keys[index[found]] == wanted[found]
        return index, known

    def _packed(self, columns: Iterable[Ids], size: int) -> NDArray[np.uint64]:
        keys = np.zeros(size, dtype=np.uint64)
        for column in columns:
            keys *= np.uint64(self._base)
            keys += column.view(np.uint64)
        return keys


def _stream(tokens: ArrayLike) -> Ids:
    stream = _ids(tokens, "tokens", 1)
    if len(stream) == 0:
        raise ValueError("tokens is empty; pass a stream of at least one token")
    return stream


def _ids(values: ArrayLike, name: str, ndim: int) -> Ids:
    ids = as_array(values)
    if ids.ndim != ndim:
        raise ValueError(f"{name} has shape {ids.shape}; pass {'a matrix' if ndim == 2 else 'one dimension'} of ids")
    if ids.size == 0:
        return np.empty(ids.shape, dtype=np.int64)
    if ids.dtype.kind not in "iu":
        raise ValueError(f"{name} has dtype {ids.dtype}; pass integer token ids")
    for extreme in (int(ids.min()), int(ids.max())):
        if not 0 <= extreme < 2**32:
            raise ValueError(f"{name} holds the id {extreme}; pass ids from 0 to 2^32 - 1")
    return ids.astype(np.int64)
