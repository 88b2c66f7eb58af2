"""A task written among source code, whose answers are unique: lines such as `sort(72915)=12579`, some of them wrong.

Our operationalisation: no corpus of a paper. A number is a text of digits, which may begin with zeros.
"""

import math
import zlib
from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

END = "\n"
"""What ends every answer."""

_END_WORD = "Ċ"  # as a byte-level vocabulary writes it
_PADDING = "<eos>"

_HELD_OUT = 20  # one answer in so many is kept from all training
_TRIES = 1000  # draws for each number that is wanted


def prompt(number: str) -> str:
    """The line up to its answer, with the end of the line before it."""
    return f"{END}sort({number})="


def answer(number: str) -> str:
    """The digits in ascending order, without the end of the line."""
    return "".join(sorted(number))


def is_held_out(number: str) -> bool:
    """Whether no training may see this number, nor any other with the same answer."""
    return zlib.crc32(answer(number).encode()) % _HELD_OUT == 0


def draw(
    lengths: Sequence[int],
    count: int,
    rng: np.random.Generator,
    *,
    ratio: float = 1.0,
    held_out: bool = False,
    distinct: bool = False,
) -> list[str]:
    """So many numbers drawn at random, of the first to the last of `lengths` digits, all held out or all not.

    Each length has `ratio` times the probability of the one before. With `distinct` no number comes twice.

    Raises:
        ValueError: lengths that are none, a ratio that is not positive, or too few different numbers.
    """
    first, last = lengths[0], lengths[-1]
    if not 1 <= first <= last:
        raise ValueError(f"lengths = {list(lengths)} must rise from 1 digit or more")
    if not 0 < ratio < math.inf:
        raise ValueError(f"ratio = {ratio} must be positive and finite, 1 for lengths of equal chances")
    weights = ratio ** np.arange(last - first + 1.0)
    drawn: list[str] = []
    seen: set[str] = set()
    for _ in range(_TRIES):
        if len(drawn) >= count:
            break
        sizes = rng.choice(np.arange(first, last + 1), size=2 * count, p=weights / weights.sum())
        digits = rng.integers(10, size=(2 * count, last))
        for size, row in zip(sizes.tolist(), digits.tolist(), strict=True):
            number = "".join(map(str, row[:size]))
            if is_held_out(number) == held_out and not (distinct and number in seen):
                seen.add(number)
                drawn.append(number)
    if len(drawn) < count:
        raise ValueError(
            f"found only {len(drawn)} different numbers of {first} to {last} digits, not {count}; allow longer ones"
        )
    return drawn[:count]


def mistaken(number: str, rng: np.random.Generator) -> str:
    """A wrong answer near the right one: two neighbours swapped, a digit dropped, or a digit replaced."""
    right = answer(number)
    while True:  # a swap of equal digits or a replacement by the same digit is no mistake
        kind, place = int(rng.integers(3)), int(rng.integers(len(right)))
        if kind == 0:
            wrong = right[:place] + right[place : place + 2][::-1] + right[place + 2 :]
        elif kind == 1:
            wrong = right[:place] + right[place + 1 :]
        else:
            wrong = right[:place] + str(rng.integers(10)) + right[place + 1 :]
        if wrong != right and wrong:
            return wrong


def written(numbers: Sequence[str], mistakes: float, rng: np.random.Generator) -> str:
    """Lines of numbers and answers one after the other, of which a share `mistakes` is `mistaken`.

    Raises:
        ValueError: the share is none, or there are mistakes to make in a number of one digit.
    """
    if not 0 <= mistakes <= 1:
        raise ValueError(f"mistakes = {mistakes} is no share; pass a number from 0 to 1")
    wrong = rng.random(len(numbers)) < mistakes
    answers = [
        mistaken(number, rng) if is_wrong else answer(number) for number, is_wrong in zip(numbers, wrong, strict=True)
    ]
    return "".join(prompt(number) + given for number, given in zip(numbers, answers, strict=True)) + END


def tokenizer(corpus: Tokenizer) -> PreTrainedTokenizerFast:
    """The tokenizer of a corpus, with the end of a line as the end of an answer.

    Raises:
        ValueError: it has no token for the end of a line, or joins an answer with what stands around it.
    """
    own = Tokenizer.from_str(corpus.to_str())
    own.encode_special_tokens = False
    words = PreTrainedTokenizerFast(
        tokenizer_object=own,
        eos_token=_END_WORD,
        pad_token=_PADDING,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    whole = words(prompt("10") + answer("10") + END)["input_ids"]
    parts = [words(part)["input_ids"] for part in (prompt("10"), *answer("10"), END)]
    if whole != [token for part in parts for token in part] or any(len(part) != 1 for part in parts[1:]):
        raise ValueError(
            f"the vocabulary reads {prompt('10') + answer('10')!r} as {len(whole)} tokens; give each digit its own"
        )
    return words
