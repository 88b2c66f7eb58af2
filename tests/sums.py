"""A language of sums, some of whose answers are wrong, and the tokenizer that reads it; trainers are tested on it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
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
