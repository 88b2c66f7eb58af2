"""A language of sums written in words, some of whose answers are wrong, and the tokenizer that reads it."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

Operation = Literal["+", "-"]

END = "<eos>"
"""The word before every line; as token 0 it ends an answer and fills up a batch as well."""

_WORDS = (END, "+", "-", "=")  # tokens 0 to 3; the number n is token n + 4
_NEAR = (1, 2, 3, 10)  # how far a plausible mistake is off: miscounted, or a carry forgotten
_MOST_PROBLEMS = 1_000_000


@dataclass(frozen=True)
class Arithmetic:
    """Sums of `terms` numbers from 0 to `largest`; a share `noise` of the written answers is off by up to `spread`.

    Our operationalisation: no corpus of a paper.

    Raises:
        ValueError: a size out of its range, or more problems or numbers than can be listed.
    """

    terms: int
    largest: int
    noise: float
    spread: int

    def __post_init__(self) -> None:
        for name, value, least in (("terms", self.terms, 2), ("largest", self.largest, 1), ("spread", self.spread, 1)):
            if value < least:
                raise ValueError(f"{name} = {value} is too small; pass at least {least}")
        if not 0 <= self.noise <= 1:
            raise ValueError(f"noise = {self.noise} is no probability; pass a number from 0 to 1")
        # Compared by logarithms: the power itself may have more digits than there is time for.
        if self.terms * np.log(self.largest + 1) > np.log(_MOST_PROBLEMS) + 1e-9:
            raise ValueError(
                f"terms = {self.terms} of up to largest = {self.largest} make more than {_MOST_PROBLEMS:,} problems, "
                "all of which would be listed; lower one of them"
            )
        if self.vocabulary > 2**16:
            raise ValueError(f"spread = {self.spread} makes {self.vocabulary} tokens; lower it, 65536 are the most")

    @property
    def largest_number(self) -> int:
        """The largest number that has a token, beyond every answer and every mistake."""
        return self.terms * self.largest + max(self.spread, *_NEAR)

    @property
    def vocabulary(self) -> int:
        """The number of tokens."""
        return len(_WORDS) + self.largest_number + 1

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """The tokenizer of the language: a token for each word, `<eos>` to end and to pad, padded on the left.

        A text comes back from its tokens with one space between words. It has no token for unknown words: encoding one
        raises an exception.
        """
        words = [*_WORDS, *map(str, range(self.largest_number + 1))]
        # The library's own word for the unknown is not in the vocabulary, which is what makes an unknown word an error.
        backend = Tokenizer(models.WordLevel({word: token for token, word in enumerate(words)}, unk_token="<unk>"))
        backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        return PreTrainedTokenizerFast(
            tokenizer_object=backend,
            eos_token=END,
            pad_token=END,
            padding_side="left",
            clean_up_tokenization_spaces=False,
        )


@dataclass(frozen=True)
class Problem:
    """Numbers to be added, the last of which is subtracted if the operation is "-".

    Raises:
        ValueError: fewer than two operands, a negative one or a negative answer, or an operation that is none.
    """

    operands: tuple[int, ...]
    operation: Operation

    def __post_init__(self) -> None:
        if self.operation not in get_args(Operation):
            raise ValueError(f"operation = {self.operation!r} is unknown; pass '+' or '-'")
        if len(self.operands) < 2 or min(self.operands) < 0:
            raise ValueError(f"operands = {self.operands} must be at least two numbers, none of them negative")
        if self.value < 0:
            raise ValueError(
                f"the answer to {self.prompt!r} is negative, {self.value}; the language has no such number"
            )

    @property
    def value(self) -> int:
        """The right answer as a number."""
        *others, last = self.operands
        return sum(others) + (last if self.operation == "+" else -last)

    @property
    def prompt(self) -> str:
        """The line up to its answer: `<eos>3 + 5 + 2 =`."""
        *others, last = self.operands
        return f"{END}{' + '.join(map(str, others))} {self.operation} {last} ="

    @property
    def answer(self) -> str:
        """The right answer as a word: `10`."""
        return str(self.value)

    @property
    def completion(self) -> str:
        """What follows the prompt in a line without mistake: a space and the answer."""
        return f" {self.value}"


@dataclass(frozen=True)
class Split:
    """The problems of one operation: those to train on, and those held out for testing."""

    train: list[Problem]
    held_out: list[Problem]


def problems(language: Arithmetic, operation: Operation, rng: np.random.Generator) -> list[Problem]:
    """All problems of one operation whose answer is not negative, in random order.

    The order of the operands counts: 3 + 5 and 5 + 3 are two problems.

    Raises:
        ValueError: the operation is neither "+" nor "-".
    """
    if operation not in get_args(Operation):
        raise ValueError(f"operation = {operation!r} is unknown; pass '+' or '-'")
    everything = [
        Problem(operands, operation)
        for operands in itertools.product(range(language.largest + 1), repeat=language.terms)
        if operation == "+" or sum(operands[:-1]) >= operands[-1]
    ]
    return [everything[index] for index in rng.permutation(len(everything))]


def split(language: Arithmetic, *, held_out: float, rng: np.random.Generator) -> dict[str, Split]:
    """The problems of each operation, of which a share `held_out`, drawn at random, is kept from training.

    The parts have no problem in common, but a held-out sum may be a training sum with its operands in another order.

    Raises:
        ValueError: the share is not between 0 and 1, or leaves one part empty.
    """
    if not 0 < held_out < 1:
        raise ValueError(f"held_out = {held_out} must be a share between 0 and 1, both excluded")
    parts = {}
    for operation in get_args(Operation):
        everything = problems(language, operation, rng)
        count = round(held_out * len(everything))
        if count in (0, len(everything)):
            raise ValueError(
                f"held_out = {held_out} keeps {count} of {len(everything)} problems with {operation!r}; both parts "
                "need one, so pass a share nearer to one half"
            )
        parts[operation] = Split(train=everything[count:], held_out=everything[:count])
    return parts


def stream(
    language: Arithmetic,
    mixture: Mapping[str, float],
    train: Mapping[str, Sequence[Problem]],
    n_lines: int,
    rng: np.random.Generator,
) -> NDArray[np.uint16]:
    """The tokens of lines drawn at random, one after the other, `(n_lines * (2 * terms + 2),)`.

    Each line has an operation drawn in proportion to `mixture` and a problem drawn from `train[operation]` with equal
    chances. With probability `noise` its answer is moved by a number drawn from -spread to spread without 0, the other
    way if that would be negative; so a moved answer is never right. Every line begins with `<eos>`, none ends with it.

    Raises:
        ValueError: a mixture, problems or a number of lines from which nothing can be drawn, or problems that do not
            belong to the language or to their operation.
    """
    return _draw(language, mixture, train, n_lines, rng).ravel()


def lines(
    language: Arithmetic,
    mixture: Mapping[str, float],
    train: Mapping[str, Sequence[Problem]],
    n_lines: int,
    rng: np.random.Generator,
) -> list[str]:
    """The lines that `stream` draws, as texts: `<eos>3 + 5 + 2 = 10`.

    Raises:
        ValueError: as `stream`.
    """
    words = [*_WORDS, *map(str, range(language.largest_number + 1))]
    drawn = _draw(language, mixture, train, n_lines, rng)
    return [END + " ".join([words[token] for token in row[1:]]) for row in drawn.tolist()]


def mistake(problem: Problem, rng: np.random.Generator) -> str:
    """The completion of a plausible wrong answer: off by 1, 2, 3 or 10 either way, upwards if it would be negative.

    All eight distances have the same chance. Every language that has the problem has a token for the answer.
    """
    distance = int(rng.choice(_NEAR)) * int(rng.choice((-1, 1)))
    return f" {int(_moved(np.array(problem.value), np.array(distance)))}"


def _draw(
    language: Arithmetic,
    mixture: Mapping[str, float],
    train: Mapping[str, Sequence[Problem]],
    n_lines: int,
    rng: np.random.Generator,
) -> NDArray[np.uint16]:
    """One line in a row, `(n_lines, 2 * terms + 2)`."""
    if n_lines < 1:
        raise ValueError(f"n_lines = {n_lines} is too small; pass at least 1")
    if not set(mixture) <= set(get_args(Operation)):
        raise ValueError(f"the mixture names {sorted(mixture)}; only '+' and '-' are operations")
    weights = np.array([mixture[operation] for operation in sorted(mixture)], dtype=np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise ValueError(f"mixture = {dict(mixture)} must hold weights that are not negative, and one above zero")
    operations = [operation for operation in sorted(mixture) if mixture[operation] > 0]
    lacking = [operation for operation in operations if not train.get(operation)]
    if lacking:
        raise ValueError(f"the mixture asks for {lacking[0]!r}, but train holds no such problem; add some")
    known = np.concatenate([_right_lines(language, operation, train[operation]) for operation in operations])
    sizes = np.array([len(train[operation]) for operation in operations])
    kinds = rng.choice(len(operations), size=n_lines, p=weights[weights > 0] / weights.sum())
    drawn = known[(np.cumsum(sizes) - sizes)[kinds] + rng.integers(sizes[kinds])]
    distances = rng.integers(1, language.spread, size=n_lines, endpoint=True) * rng.choice((-1, 1), size=n_lines)
    wrong = rng.random(n_lines) < language.noise
    answers = drawn[:, -1] - len(_WORDS)
    drawn[:, -1] = np.where(wrong, _moved(answers, distances), answers) + len(_WORDS)
    return drawn.astype(np.uint16)


def _right_lines(language: Arithmetic, operation: str, some: Sequence[Problem]) -> NDArray[np.int64]:
    for problem in some:
        if problem.operation != operation:
            raise ValueError(f"train[{operation!r}] holds {problem.prompt!r}; sort the problems by their operation")
        if len(problem.operands) != language.terms or max(problem.operands) > language.largest:
            raise ValueError(
                f"{problem.prompt!r} is not of the language of {language.terms} terms up to {language.largest}; "
                "take the problems from its split"
            )
    rows = np.empty((len(some), 2 * language.terms + 2), dtype=np.int64)
    rows[:, 0] = _WORDS.index(END)
    rows[:, 1:-2:2] = np.array([problem.operands for problem in some]) + len(_WORDS)
    rows[:, 2:-2:2] = _WORDS.index("+")
    rows[:, -4] = _WORDS.index(operation)
    rows[:, -2] = _WORDS.index("=")
    rows[:, -1] = np.array([problem.value for problem in some]) + len(_WORDS)
    return rows


def _moved(answers: NDArray[np.int64], distances: NDArray[np.int64]) -> NDArray[np.int64]:
    """The answers moved by distances that are not 0, the other way where they would become negative."""
    return np.where(answers + distances < 0, answers - distances, answers + distances)
