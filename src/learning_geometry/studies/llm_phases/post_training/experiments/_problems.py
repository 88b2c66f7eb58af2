"""Problems whose answer is a number: how they are read, put to a model, and how its answers are judged."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from learning_geometry.materials.sampling import sample
from learning_geometry.materials.texts import read_rows
from learning_geometry.studies.llm_phases.post_training.experiments._answers import last_number
from learning_geometry.studies.llm_phases.post_training.experiments.series import Series


class Problem(NamedTuple):
    """A question and the number that answers it."""

    question: str
    answer: Fraction


def load(unit: Series) -> list[Problem]:
    """The first problems of the unit's source.

    Raises:
        ValueError: there are fewer than the unit asks for, or one has no number as its answer.
    """
    source, column = unit.problems, unit.answer_column
    # Answers may be numbers as well as texts, so that they are not among the columns that must be text.
    rows = read_rows(source.name, source.revision, split="test", columns=[unit.problem_column], streaming=False)
    problems = []
    for number, row in enumerate(islice(rows, unit.problems_count), start=1):
        answer = last_number(str(row.get(column)))
        if answer is None:
            raise ValueError(
                f"problem {number} of {source.name} has {row.get(column)!r} in {column!r}, and no number; name the "
                f"column of its answer, among {', '.join(row)}"
            )
        problems.append(Problem(row[unit.problem_column], answer))
    if len(problems) < unit.problems_count:
        raise ValueError(f"{source.name} has only {len(problems)} problems, not {unit.problems_count}; ask for fewer")
    return problems


def prompts(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, problems: Sequence[Problem], answer_tokens: int
) -> list[str]:
    """The problems in the tokenizer's chat template, or as they stand where it has none.

    Raises:
        ValueError: one leaves an answer of `answer_tokens` no room in the model's context.
    """
    if not problems:
        return []
    asked = [_prompt(tokenizer, problem.question) for problem in problems]
    lengths = [len(ids) for ids in tokenizer(asked, verbose=False)["input_ids"]]
    limit = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    if limit is not None and max(lengths) + answer_tokens > limit:
        raise ValueError(
            f"problem {int(np.argmax(lengths)) + 1} has {max(lengths)} tokens, which leaves fewer than problem_tokens = "
            f"{answer_tokens} of the model's {limit}; lower it"
        )
    return asked


def count_correct(
    unit: Series,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    asked: Sequence[str],
    problems: Sequence[Problem],
    device: str,
) -> NDArray[np.int64]:
    """How many of the sampled answers to each problem are right, `(n_problems,)`."""
    completions = sample(
        network,
        tokenizer,
        asked,
        n_samples=unit.problem_samples,
        max_new_tokens=unit.problem_tokens,
        temperature=unit.problem_temperature,
        seed=unit.seed,
        device=device,
        batch_size=unit.problem_batch_size,
    )
    right = [
        sum(last_number(text) == problem.answer for text in texts)
        for texts, problem in zip(completions, problems, strict=True)
    ]
    return np.array(right, dtype=np.int64)


def _prompt(tokenizer: PreTrainedTokenizerBase, question: str) -> str:
    if not tokenizer.chat_template:
        return question
    turn = [{"role": "user", "content": question}]
    return str(tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True))
