"""Counts against loops over the stream, the infini-gram against its definition, and the traps of packed integers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.ngrams import NGramCounts, SuffixArray

steady = settings(deadline=None, derandomize=True, max_examples=60)
# Ids in the first bytes, on both sides of 16 bits, and near the top of 32: (id, id, ...) for the same small alphabet.
alphabets = st.sampled_from([(0, 1, 2), (0, 1, 256, 65_535), (1, 65_535, 65_536, 65_537), (0, 255, 2**32 - 1)])


@st.composite
def streams(draw, max_size=60):
    alphabet = draw(alphabets)
    return alphabet, np.array(draw(st.lists(st.sampled_from(alphabet), min_size=1, max_size=max_size)), np.int64)


def draw_rows(data, alphabet, width):
    """Rows over the alphabet and one id that no stream holds."""
    n_rows = data.draw(st.integers(1, 8))
    size = n_rows * width
    ids = data.draw(st.lists(st.sampled_from([*alphabet, 7]), min_size=size, max_size=size))
    return np.array(ids, np.int64).reshape(n_rows, width)


def slow_count(stream, gram):
    k = len(gram)
    return sum(tuple(stream[i : i + k]) == tuple(gram) for i in range(len(stream) - k + 1))


def slow_continuations(stream, context):
    """What follows the longest suffix of the context that something follows, and the length of that suffix."""
    stream, context = list(stream), list(context)
    for length in range(len(context), -1, -1):
        suffix = context[len(context) - length :]
        ends = [i + length for i in range(len(stream) - length) if stream[i : i + length] == suffix]
        if ends:
            return length, Counter(stream[end] for end in ends)
    raise AssertionError("the empty suffix is always followed")


def most_common(counts):
    return min(counts, key=lambda token: (-counts[token], token))


@given(stream=streams())
@steady
def test_suffixes_are_sorted_and_complete(stream):
    _, tokens = stream
    array = SuffixArray(tokens)
    assert array.suffixes.dtype == np.int32
    assert array.suffixes.tolist() == sorted(range(len(tokens)), key=lambda i: tokens[i:].tolist())


@given(stream=streams(), width=st.integers(1, 6), data=st.data())
@steady
def test_both_counts_equal_a_loop_over_the_stream(stream, width, data):
    alphabet, tokens = stream
    present = [tokens[i : i + width] for i in range(len(tokens) - width + 1)][:5]
    grams = np.concatenate([draw_rows(data, alphabet, width), *(gram[None] for gram in present)])
    expected = [slow_count(tokens, gram) for gram in grams]
    counts = SuffixArray(tokens).count(grams)
    assert counts.dtype == np.int64
    assert counts.tolist() == expected
    if (int(tokens.max()) + 1) ** width <= 2**64:
        assert NGramCounts(tokens, width).count(grams).tolist() == expected


@given(stream=streams(), width=st.integers(0, 70), data=st.data())
@steady
def test_infinigram_equals_its_definition(stream, width, data):
    alphabet, tokens = stream
    contexts = draw_rows(data, alphabet, width)
    if 0 < width <= len(tokens):  # The end of the stream occurs there, but nothing follows it there.
        contexts = np.concatenate([contexts, tokens[None, -width:], tokens[None, :width]])
    targets = np.resize([*alphabet, 7], len(contexts))
    array = SuffixArray(tokens)
    got = array.infinigram(contexts, targets)
    for i, (context, target) in enumerate(zip(contexts, targets, strict=True)):
        length, counts = slow_continuations(tokens, context)
        assert got.length[i] == length
        assert got.count[i] == counts.total()
        assert got.probability[i] == counts[target] / counts.total()
        assert got.top[i] == most_common(counts)
    assert array.longest_suffix(contexts).tolist() == got.length.tolist()


@given(stream=streams(), width=st.integers(0, 8), data=st.data())
@steady
def test_probabilities_of_all_tokens_sum_to_one_and_of_an_unseen_one_are_zero(stream, width, data):
    alphabet, tokens = stream
    contexts = draw_rows(data, alphabet, width)
    array = SuffixArray(tokens)
    total = sum(array.infinigram(contexts, np.full(len(contexts), token)).probability for token in alphabet)
    np.testing.assert_allclose(total, 1, rtol=1e-12)
    assert not array.infinigram(contexts, np.full(len(contexts), 7)).probability.any()


@given(stream=streams(), n=st.integers(1, 3), data=st.data())
@steady
def test_most_frequent_next_equals_a_loop_and_is_minus_one_after_what_never_occurred(stream, n, data):
    alphabet, tokens = stream
    if (int(tokens.max()) + 1) ** n > 2**64:
        return
    contexts = draw_rows(data, alphabet, n - 1)
    table = NGramCounts(tokens, n)
    for context, got in zip(contexts, table.most_frequent_next(contexts), strict=True):
        grams = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
        counts = Counter(gram[-1] for gram in grams if gram[:-1] == tuple(context))
        assert got == (most_common(counts) if counts else -1)


def test_ties_go_to_the_smallest_id():
    tokens = [5, 9, 5, 3, 5, 9, 5, 3, 5]
    assert SuffixArray(tokens).infinigram([[5]], [9]).top.tolist() == [3]
    assert NGramCounts(tokens, 2).most_frequent_next([[5]]).tolist() == [3]
    assert NGramCounts([*tokens, 9], 2).most_frequent_next([[5]]).tolist() == [9]  # the control: no tie


def test_matches_between_two_tokens_do_not_count():
    # As bytes 01 02 | 01 02: the id 0x0201 begins at the second byte, where no token does.
    assert SuffixArray([0x0102, 0x0102]).count([[0x0201], [0x0102]]).tolist() == [0, 2]


def test_packed_keys_use_all_64_bits_and_never_alias():
    tokens = np.array([65_535] * 5 + [0, 1])
    table = NGramCounts(tokens, 4)
    assert table.count([[65_535] * 4, [65_535] * 3 + [0]]).tolist() == [2, 1]
    assert table.most_frequent_next([[65_535] * 3]).tolist() == [65_535]
    # (1, 3) and (2, 0) would share the key 1 * 3 + 3 = 2 * 3 + 0 of a vocabulary of three ids.
    assert NGramCounts([2, 0, 1, 2, 0], 2).count([[2, 0], [1, 3]]).tolist() == [2, 0]
    with pytest.raises(ValueError, match=r"65537\*\*4"):
        NGramCounts([65_536, 0], 4)


def test_shuffling_the_stream_shortens_the_longest_suffix():
    rng = np.random.default_rng(0)
    stream = np.resize(rng.integers(0, 50, 400), 4000)
    contexts = np.stack([stream[i : i + 30] for i in range(100)])
    assert SuffixArray(stream).longest_suffix(contexts).tolist() == [30] * 100
    shuffled = SuffixArray(rng.permutation(stream)).longest_suffix(contexts)
    assert shuffled.max() < 8


def test_an_end_of_document_marker_is_predicted_like_any_token():
    end = 0
    array = SuffixArray([1, 2, end, 1, 2, end, 3, 2, 4])
    got = array.infinigram([[1, 2]], [end])
    assert (got.length, got.count, got.probability, got.top) == ([2], [2], [1], [end])
    assert array.longest_suffix([[end, 1, 2]]).tolist() == [3]  # A context that holds the marker starts a document.
    assert array.longest_suffix([[3, end, 1, 2]]).tolist() == [3]


def test_inputs_may_be_read_only_and_are_left_alone():
    tokens = np.array([3, 1, 2, 1], np.uint16)
    tokens.setflags(write=False)
    contexts = np.array([[3, 1]])
    contexts.setflags(write=False)
    assert SuffixArray(tokens).longest_suffix(contexts).tolist() == [2]
    assert NGramCounts(tokens, 1).count([[1]]).tolist() == [2]


@pytest.mark.parametrize("build", [SuffixArray, lambda tokens: NGramCounts(tokens, 2)])
@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([], "tokens is empty"),
        ([[1, 2]], r"tokens has shape \(1, 2\)"),
        ([1.0, 2.0], "tokens has dtype float64"),
        ([1, -2], "tokens holds the id -2"),
        ([2**32], "tokens holds the id 4294967296"),
    ],
)
def test_streams_refused(build, tokens, message):
    with pytest.raises(ValueError, match=message):
        build(tokens)


def test_queries_refused():
    array, table = SuffixArray([1, 2, 3]), NGramCounts([1, 2, 3], 2)
    for call, message in [
        (lambda: NGramCounts([1, 2], 0), "n is 0"),
        (lambda: array.count([1, 2]), r"grams has shape \(2,\)"),
        (lambda: array.count(np.zeros((3, 0), int)), r"grams has shape \(3, 0\)"),
        (lambda: array.count([[-1]]), "grams holds the id -1"),
        (lambda: array.longest_suffix([1]), r"contexts has shape \(1,\)"),
        (lambda: array.infinigram([[1], [2]], [1]), "1 next_tokens for 2 contexts"),
        (lambda: array.infinigram([[1]], [-1]), "next_tokens holds the id -1"),
        (lambda: table.count([[1, 2, 3]]), r"grams has shape \(1, 3\)"),
        (lambda: table.most_frequent_next([[1, 2]]), r"contexts has shape \(1, 2\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
