"""A task among source code: answers are unique, mistakes are mistakes, and what is held out stays so in any order."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from learning_geometry.materials.digit_sorting import (
    END,
    answer,
    draw,
    is_held_out,
    mistaken,
    prompt,
    tokenizer,
    written,
)

numbers = st.text("0123456789", min_size=2, max_size=10)


def byte_level(*, single_digits: bool) -> Tokenizer:
    """A small vocabulary learnt from lines of the task."""
    words = pre_tokenizers.ByteLevel(add_prefix_space=False)
    digits = pre_tokenizers.Digits(individual_digits=True)
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence([digits, words]) if single_digits else words
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<eos>"], initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(
        [written(draw([2, 4], 400, np.random.default_rng(0)), 0.0, np.random.default_rng(0))], trainer
    )
    return made


@given(numbers)
def test_an_answer_holds_the_same_digits_in_order(number: str) -> None:
    assert Counter(answer(number)) == Counter(number)
    assert all(before <= after for before, after in pairwise(answer(number)))
    assert prompt(number) == f"\nsort({number})="


@given(numbers, st.integers(0, 9))
def test_a_mistake_is_near_and_never_right(number: str, seed: int) -> None:
    wrong, right = mistaken(number, np.random.default_rng(seed)), answer(number)
    assert wrong != right
    assert len(right) - 1 <= len(wrong) <= len(right)
    if len(wrong) == len(right):
        assert sum(a != b for a, b in zip(wrong, right, strict=True)) <= 2


@given(numbers, st.randoms(use_true_random=False))
def test_what_is_held_out_does_not_depend_on_the_order_of_digits(number: str, order: object) -> None:
    digits = list(number)
    order.shuffle(digits)  # type: ignore[attr-defined]
    assert is_held_out("".join(digits)) == is_held_out(number)


@pytest.mark.parametrize("held_out", [True, False])
def test_numbers_are_of_their_kind(held_out: bool) -> None:
    drawn = draw([3, 9], 500, np.random.default_rng(0), held_out=held_out, distinct=True)
    assert len(set(drawn)) == 500
    assert {is_held_out(number) for number in drawn} == {held_out}
    assert {len(number) for number in drawn} == set(range(3, 10))
    assert drawn == draw([3, 9], 500, np.random.default_rng(0), held_out=held_out, distinct=True)
    assert drawn != draw([3, 9], 500, np.random.default_rng(1), held_out=held_out, distinct=True)
    one_in_twenty = np.mean([is_held_out(answer(str(number))) for number in range(10_000, 60_000)])
    assert 0.03 < one_in_twenty < 0.07


def test_longer_numbers_are_rarer_by_the_ratio() -> None:
    lengths = Counter(map(len, draw([2, 4], 40_000, np.random.default_rng(0), ratio=0.5)))
    assert lengths[3] / lengths[2] == pytest.approx(0.5, abs=0.03)
    assert lengths[4] / lengths[2] == pytest.approx(0.25, abs=0.02)


def test_lines_are_written_with_their_share_of_mistakes() -> None:
    drawn = draw([2, 6], 4000, np.random.default_rng(0))
    for share in (0.0, 0.1, 1.0):
        text = written(drawn, share, np.random.default_rng(1))
        assert text.startswith(END)
        assert text.endswith(END)
        lines = text.strip().split(END)
        assert len(lines) == len(drawn)
        wrong = [line != f"sort({number})={answer(number)}" for number, line in zip(drawn, lines, strict=True)]
        assert np.mean(wrong) == pytest.approx(share, abs=0.02)
        assert all(line.startswith(f"sort({number})=") for number, line in zip(drawn, lines, strict=True))


def test_the_tokenizer_ends_an_answer_where_a_line_ends() -> None:
    words = tokenizer(byte_level(single_digits=True))
    (end,) = words(END)["input_ids"]
    assert words.eos_token_id == end
    asked, given = words(prompt("3102"))["input_ids"], words(answer("3102"))["input_ids"]
    assert asked[0] == end
    assert len(given) == 4
    # A trainer writes the end as its word; it is the same token.
    assert words(answer("3102") + words.eos_token)["input_ids"] == [*given, end]
    assert words.decode([*given, end, words.pad_token_id], skip_special_tokens=True) == "0123"
    assert words.pad_token_id != end


def test_a_vocabulary_that_joins_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="give each digit its own"):
        tokenizer(byte_level(single_digits=False))


def test_what_cannot_be_drawn_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"lengths = \[3, 2\] must rise"):
        draw([3, 2], 5, rng)
    with pytest.raises(ValueError, match="ratio = 0 must be positive"):
        draw([2, 3], 5, rng, ratio=0)
    with pytest.raises(ValueError, match="different numbers of 1 to 1 digits, not 11; allow longer ones"):
        draw([1, 1], 11, rng, distinct=True)
    with pytest.raises(ValueError, match=r"mistakes = 1\.5 is no share"):
        written(["12"], 1.5, rng)
