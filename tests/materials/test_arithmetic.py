"""Lines are what Python says they are, mistakes are as frequent and as far off as stated, and tokens lose nothing."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.materials import arithmetic
from learning_geometry.materials.arithmetic import Arithmetic, Problem

DIGITS = Arithmetic(terms=3, largest=9, noise=0.3, spread=9)

languages = st.builds(
    Arithmetic,
    terms=st.integers(2, 4),
    largest=st.integers(1, 4),
    noise=st.sampled_from([0.0, 0.5, 1.0]),
    spread=st.integers(1, 12),
)
seeds = st.integers(0, 2**32 - 1)


def evaluated(line: str) -> tuple[int, int]:
    """What Python makes of the left side of a line, and the number on its right side."""
    sum_, written = line.removeprefix("<eos>").split("=")
    return eval(sum_), int(written)


def all_of(language: Arithmetic, seed: int = 0) -> dict[str, list[Problem]]:
    """Every problem of the language, as one would train on them."""
    return {sign: arithmetic.problems(language, sign, np.random.default_rng(seed)) for sign in ("+", "-")}


def test_a_problem_is_written_in_words() -> None:
    problem = Problem((3, 5, 2), "+")
    assert (problem.prompt, problem.answer, problem.completion) == ("<eos>3 + 5 + 2 =", "10", " 10")
    assert (Problem((3, 5, 2), "-").prompt, Problem((3, 5, 2), "-").answer) == ("<eos>3 + 5 - 2 =", "6")


@given(language=languages)
@settings(deadline=None, derandomize=True, max_examples=30)
def test_problems_are_all_sums_and_python_agrees_with_their_answers(language: Arithmetic) -> None:
    size, everything = (language.largest + 1) ** language.terms, all_of(language)
    assert len({problem.prompt for problem in everything["+"]}) == len(everything["+"]) == size
    for written in everything.values():
        for problem in written:
            right, answer = evaluated(problem.prompt + problem.completion)
            assert right == answer == int(problem.answer)
    # Of all differences exactly those below zero are absent.
    negative = [p.operands for p in everything["+"] if sum(p.operands) < 2 * p.operands[-1]]
    assert negative
    assert {p.operands for p in everything["-"]} == {p.operands for p in everything["+"]} - set(negative)


def test_the_order_of_problems_is_the_generators() -> None:
    assert all_of(DIGITS, 1) == all_of(DIGITS, 1)
    assert all_of(DIGITS, 1)["+"] != all_of(DIGITS, 2)["+"]
    assert set(all_of(DIGITS, 1)["+"]) == set(all_of(DIGITS, 2)["+"])


@given(language=languages, share=st.floats(0.3, 0.7), seed=seeds)
@settings(deadline=None, derandomize=True, max_examples=30)
def test_a_split_loses_nothing_and_shares_nothing(language: Arithmetic, share: float, seed: int) -> None:
    parts = arithmetic.split(language, held_out=share, rng=np.random.default_rng(seed))
    for sign, everything in all_of(language).items():
        train, held_out = parts[sign].train, parts[sign].held_out
        assert not set(train) & set(held_out)
        assert sorted(p.operands for p in train + held_out) == sorted(p.operands for p in everything)
        assert abs(len(held_out) - share * len(everything)) <= 0.5


def test_the_held_out_problems_are_drawn_at_random() -> None:
    drawn = [
        arithmetic.split(DIGITS, held_out=0.2, rng=np.random.default_rng(seed))["+"].held_out for seed in (0, 0, 1)
    ]
    assert drawn[0] == drawn[1]
    # Two random fifths of a thousand have 40 problems in common, give or take six (hypergeometric).
    assert 10 < len(set(drawn[0]) & set(drawn[2])) < 70


@given(language=languages, seed=seeds)
@settings(deadline=None, derandomize=True, max_examples=30)
def test_the_stream_is_its_encoded_lines(language: Arithmetic, seed: int) -> None:
    train, mixture = all_of(language), {"+": 0.5, "-": 0.5}
    texts = arithmetic.lines(language, mixture, train, 50, np.random.default_rng(seed))
    tokens = arithmetic.stream(language, mixture, train, 50, np.random.default_rng(seed))
    assert tokens.dtype == np.uint16
    assert tokens.shape == (50 * (2 * language.terms + 2),)
    assert np.array_equal(tokens, np.concatenate(language.tokenizer()(texts)["input_ids"]))
    other = arithmetic.stream(language, mixture, train, 50, np.random.default_rng(seed + 1))
    assert not np.array_equal(tokens, other)


@given(language=languages, seed=seeds)
@settings(deadline=None, derandomize=True, max_examples=30)
def test_mistakes_happen_at_the_stated_rate_and_are_mistakes(language: Arithmetic, seed: int) -> None:
    lines = arithmetic.lines(language, {"+": 1, "-": 1}, all_of(language), 400, np.random.default_rng(seed))
    right, written = np.array([evaluated(line) for line in lines]).T
    wrong = (right != written).mean()
    assert np.abs(written - right).max() <= language.spread
    assert written.min() >= 0
    # Never and always are exact: an answer that was moved is never the right one. Else within five standard errors.
    assert abs(wrong - language.noise) <= 5 * np.sqrt(language.noise * (1 - language.noise) / 400)


@pytest.mark.parametrize(("operands", "below"), [((3, 4), {-3, -2, -1}), ((0, 1), {-1}), ((0, 0), set())])
def test_every_distance_has_its_chance(operands: tuple[int, int], below: set[int]) -> None:
    """The closed form: noise / (2 spread) each; what lies below zero adds its chance to its mirror image."""
    n, language = 40_000, Arithmetic(terms=2, largest=4, noise=0.6, spread=3)
    problem = Problem(operands, "+")
    tokens = arithmetic.stream(language, {"+": 1}, {"+": [problem]}, n, np.random.default_rng(0)).reshape(n, -1)
    assert len(np.unique(tokens[:, :-1], axis=0)) == 1
    zero = language.tokenizer().convert_tokens_to_ids("0")
    distances, counts = np.unique(tokens[:, -1].astype(int) - zero - problem.value, return_counts=True)
    each = language.noise / (2 * language.spread)
    expected = {0: 1 - language.noise}
    expected |= {distance: each if -distance in below else 2 * each for distance in (1, 2, 3)}
    expected |= dict.fromkeys(below, each)
    assert set(distances) == set(expected)
    for distance, count in zip(distances, counts, strict=True):
        chance = expected[distance]
        assert abs(count / n - chance) < 5 * np.sqrt(chance * (1 - chance) / n), distance


def test_problems_have_equal_chances_within_the_mixture() -> None:
    n, language = 50_000, Arithmetic(terms=2, largest=2, noise=0.0, spread=1)
    train = all_of(language)
    drawn = Counter(arithmetic.lines(language, {"+": 3, "-": 1}, train, n, np.random.default_rng(3)))
    assert set(drawn) == {p.prompt + p.completion for some in train.values() for p in some}
    for sign, share in (("+", 0.75), ("-", 0.25)):
        chance = share / len(train[sign])
        for problem in train[sign]:
            count = drawn[problem.prompt + problem.completion]
            assert abs(count / n - chance) < 5 * np.sqrt(chance * (1 - chance) / n), problem


def test_only_training_problems_are_drawn_and_the_order_of_a_mixture_does_not_count() -> None:
    parts = arithmetic.split(DIGITS, held_out=0.2, rng=np.random.default_rng(0))
    train = {sign: part.train for sign, part in parts.items()}
    before = {sign: list(some) for sign, some in train.items()}
    one = arithmetic.lines(DIGITS, {"+": 0.9, "-": 0.1}, train, 5000, np.random.default_rng(1))
    two = arithmetic.lines(DIGITS, {"-": 0.1, "+": 0.9}, train, 5000, np.random.default_rng(1))
    assert one == two
    assert train == before
    prompts = {line[: line.index("=") + 1] for line in one}
    assert prompts <= {p.prompt for part in parts.values() for p in part.train}
    assert not prompts & {p.prompt for part in parts.values() for p in part.held_out}
    assert any(" - " in line for line in one)
    only = arithmetic.lines(DIGITS, {"+": 1.0, "-": 0.0}, {"+": train["+"]}, 500, np.random.default_rng(1))
    assert not any(" - " in line for line in only)


def test_a_prompt_and_a_completion_have_the_tokens_of_their_line() -> None:
    tokenizer = DIGITS.tokenizer()
    problem = Problem((3, 5, 2), "+")
    prompt, completion, line = (
        tokenizer(text)["input_ids"]
        for text in (problem.prompt, problem.completion, problem.prompt + problem.completion)
    )
    assert prompt + completion == line
    assert len(line) == 8
    assert len(completion) == 1
    assert tokenizer.decode([*completion, 0], skip_special_tokens=True) == problem.answer
    # A number is one token: what is written with two is another text, not the same number.
    assert tokenizer.decode(tokenizer("1 0")["input_ids"]) == "1 0"


def test_each_token_is_one_word_and_comes_back() -> None:
    tokenizer = DIGITS.tokenizer()
    assert len(tokenizer) == DIGITS.vocabulary == 4 + 36 + 1 + 1
    for token in range(DIGITS.vocabulary):
        assert tokenizer(tokenizer.decode([token]))["input_ids"] == [token]
    assert tokenizer.decode([DIGITS.vocabulary - 1]) == str(DIGITS.largest_number) == "37"


def test_the_end_is_token_zero_and_pads_on_the_left() -> None:
    tokenizer = DIGITS.tokenizer()
    assert (tokenizer.eos_token, tokenizer.eos_token_id, tokenizer.pad_token_id) == ("<eos>", 0, 0)
    short, long = tokenizer(["<eos>1 =", "<eos>1 + 2 ="], padding=True)["input_ids"]
    assert short == [0, 0, *tokenizer("<eos>1 =")["input_ids"]]
    assert long[0] == 0 != long[1]


@pytest.mark.parametrize("text", ["38", "-1", "3+5", "007", "ten", "<unk>", "[UNK]", "<pad>"])
def test_an_unknown_word_is_an_error(text: str) -> None:
    tokenizer = DIGITS.tokenizer()
    with pytest.raises(Exception, match="Missing"):
        tokenizer(f"<eos>3 + {text} =")
    assert tokenizer("<eos>3 + 37 =")["input_ids"]


@pytest.mark.parametrize(
    ("operands", "distances"),
    [
        ((9, 9, 9), {-10, -3, -2, -1, 1, 2, 3, 10}),
        ((1, 1, 1), {-3, -2, -1, 1, 2, 3, 10}),
        ((0, 0, 0), {1, 2, 3, 10}),
    ],
)
def test_a_plausible_mistake_is_near_and_wrong(operands: tuple[int, ...], distances: set[int]) -> None:
    problem, rng = Problem(operands, "+"), np.random.default_rng(0)
    drawn = Counter(arithmetic.mistake(problem, rng) for _ in range(4000))
    assert all(completion == f" {int(completion)}" for completion in drawn)
    offs = {int(completion) - problem.value: count for completion, count in drawn.items()}
    assert set(offs) == distances
    for off, count in offs.items():
        chance = 1 / 8 if -off in distances else 1 / 4
        assert abs(count / 4000 - chance) < 5 * np.sqrt(chance * (1 - chance) / 4000), off


@pytest.mark.parametrize("spread", [1, 10, 40])
def test_every_mistake_has_a_token_and_none_is_to_spare(spread: int) -> None:
    language, rng = Arithmetic(terms=2, largest=3, noise=1.0, spread=spread), np.random.default_rng(0)
    tokenizer, train = language.tokenizer(), all_of(language)
    near = {arithmetic.mistake(problem, rng) for some in train.values() for problem in some for _ in range(50)}
    assert all(len(tokenizer(completion)["input_ids"]) == 1 for completion in near)
    far = arithmetic.stream(language, {"+": 1, "-": 1}, train, 20_000, rng).max()
    highest = max(int(far), *(tokenizer(completion)["input_ids"][0] for completion in near))
    assert highest == language.vocabulary - 1 == len(tokenizer) - 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"terms": 1}, "terms = 1 is too small; pass at least 2"),
        ({"largest": 0}, "largest = 0 is too small"),
        ({"spread": 0}, "spread = 0 is too small"),
        ({"noise": -0.1}, "noise = -0.1 is no probability"),
        ({"noise": 1.5}, "noise = 1.5 is no probability"),
        ({"noise": float("nan")}, "noise = nan is no probability"),
        ({"terms": 7}, "terms = 7 of up to largest = 9 make more than 1,000,000 problems"),
        ({"terms": 10**9}, "lower one of them"),
        ({"spread": 65_505}, "makes 65537 tokens; lower it"),
    ],
)
def test_a_language_that_cannot_be_is_refused(changed: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"terms": 3, "largest": 9, "noise": 0.3, "spread": 9}
    with pytest.raises(ValueError, match=message):
        Arithmetic(**(fields | changed))
    # The limits themselves are allowed.
    assert Arithmetic(**fields | {"terms": 6}).terms == 6
    assert Arithmetic(**fields | {"spread": 65_504}).vocabulary == 2**16


@pytest.mark.parametrize(
    ("operands", "operation", "message"),
    [
        ((1,), "+", "at least two numbers"),
        ((1, -1), "+", "none of them negative"),
        ((1, 2), "-", "is negative, -1"),
        ((1, 2), "*", r"operation = '\*' is unknown"),
    ],
)
def test_a_problem_that_cannot_be_is_refused(operands: tuple[int, ...], operation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Problem(operands, operation)
    assert Problem((2, 2), "-").answer == "0"


def test_unknown_operations_are_refused() -> None:
    with pytest.raises(ValueError, match="operation = 'x' is unknown"):
        arithmetic.problems(DIGITS, "x", np.random.default_rng(0))  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, float("nan")])
def test_a_split_needs_a_share(share: float) -> None:
    with pytest.raises(ValueError, match=r"held_out = .* must be a share between 0 and 1"):
        arithmetic.split(DIGITS, held_out=share, rng=np.random.default_rng(0))


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_a_split_with_an_empty_part_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="nearer to one half"):
        arithmetic.split(Arithmetic(2, 1, 0.0, 1), held_out=share, rng=np.random.default_rng(0))


@pytest.mark.parametrize("drawing", [arithmetic.stream, arithmetic.lines])
@pytest.mark.parametrize(
    ("mixture", "train", "n_lines", "message"),
    [
        ({"+": 1}, {"+": [Problem((1, 2, 3), "+")]}, 0, "n_lines = 0 is too small"),
        ({}, {"+": [Problem((1, 2, 3), "+")]}, 5, "one above zero"),
        ({"+": 0.0}, {"+": [Problem((1, 2, 3), "+")]}, 5, "one above zero"),
        ({"+": 1, "-": -1}, {"+": [Problem((1, 2, 3), "+")]}, 5, "not negative"),
        ({"+": float("nan")}, {"+": [Problem((1, 2, 3), "+")]}, 5, "nan"),
        ({"+": 1, "*": 1}, {"+": [Problem((1, 2, 3), "+")]}, 5, "only '\\+' and '-' are operations"),
        ({"+": 1, "-": 1}, {"+": [Problem((1, 2, 3), "+")]}, 5, "asks for '-', but train holds no such problem"),
        ({"+": 1}, {"+": []}, 5, "asks for '\\+', but train holds no such problem"),
        ({"+": 1}, {"+": [Problem((3, 2, 1), "-")]}, 5, "sort the problems by their operation"),
        ({"+": 1}, {"+": [Problem((1, 2), "+")]}, 5, "not of the language of 3 terms up to 9"),
        ({"+": 1}, {"+": [Problem((1, 2, 10), "+")]}, 5, "not of the language of 3 terms up to 9"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    drawing: Callable[..., Any], mixture: Any, train: Any, n_lines: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        drawing(DIGITS, mixture, train, n_lines, np.random.default_rng(0))
