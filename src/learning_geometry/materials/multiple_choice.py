"""Multiple-choice questions in the form of SciQ (Welbl, Liu and Gardner, 2017): a passage, a question, four answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from learning_geometry.materials.texts import read_rows

_ANSWERS = ("correct_answer", "distractor1", "distractor2", "distractor3")
_COLUMNS = ("support", "question", *_ANSWERS)


@dataclass(frozen=True)
class Question:
    """A question, as a language model that is to continue it would read it.

    `prompt` ends in "Answer:"; each of the four `options` begins with a blank, and `answer` is the index of the right
    one.
    """

    prompt: str
    options: tuple[str, ...]
    answer: int


def load_questions(source: str, revision: str, *, n_questions: int, rng: np.random.Generator) -> list[Question]:
    """The first questions of a source: "allenai/sciq", of which the validation split is read, or files like it.

    A `.jsonl` or `.parquet` file, or a folder of them, has SciQ's columns: `support`, `question`, `correct_answer`,
    `distractor1`, `distractor2` and `distractor3`. The sources and their revisions are those of `texts`.
    `rng` shuffles the options of one question after the other, so that the first questions are the same however many
    are asked for.
    The prompt is, in our reading, that of the SciQ task of the Language Model Evaluation Harness.

    Raises:
        ValueError: as `texts.read_rows`; fewer than one question is asked for, or more than the source has.
        ConnectionError: the hub cannot be reached, and the data set is not cached.
    """
    if n_questions < 1:
        raise ValueError(f"n_questions = {n_questions}; it must be at least 1")
    rows = read_rows(source, revision, split="validation", columns=_COLUMNS, streaming=False)
    questions = [_question(row, rng) for row in islice(rows, n_questions)]
    if len(questions) < n_questions:
        raise ValueError(f"{source} has only {len(questions)} questions, not {n_questions}; ask for fewer")
    return questions


def _question(row: Mapping[str, Any], rng: np.random.Generator) -> Question:
    # The right answer comes first in the row, and must not in the question.
    order = rng.permutation(len(_ANSWERS))
    return Question(
        prompt=f"{row['support'].lstrip()}\nQuestion: {row['question']}\nAnswer:",
        options=tuple(f" {row[_ANSWERS[index]]}" for index in order),
        answer=int(np.flatnonzero(order == 0)[0]),
    )
