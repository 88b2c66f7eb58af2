"""One checkpoint of someone else's post-training: its geometry, and how many of its sampled answers are right."""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from learning_geometry.materials.hub import checkpoint, load_model, load_tokenizer
from learning_geometry.materials.sampling import sample
from learning_geometry.materials.texts import load_texts, read_rows, resolve_texts, tokenise
from learning_geometry.studies.llm_phases.post_training.answers import last_number
from learning_geometry.studies.llm_phases.tracing import Contexts, measure_checkpoint

_STEP = re.compile(r"(?:.*[-_])?step[-_]?(\d+)(?:[-_].*)?")
_SEED = 0  # of the samples, the same at every checkpoint


def measure(
    *,
    model: str,
    revision: str,
    stage: str,
    texts: str,
    texts_revision: str,
    n_texts: int,
    min_tokens: int,
    max_tokens: int,
    alpha_ranks: list[int],
    resamples: int,
    problems: str,
    problems_revision: str,
    problem_column: str,
    answer_column: str,
    n_problems: int,
    samples: int,
    max_new_tokens: int,
    temperature: float,
    token_budget: int,
    bfloat16: bool,
    disk_budget_gb: float,
    delete_after: bool,
    device: str,
) -> dict[str, Any]:
    """Measure one checkpoint of a stage on the beginnings of texts, and on problems whose answer is a number.

    The result holds the names asked for and the `commit` they stood for, `step` within the stage (-1 where the
    revision's name does not say), the commit of the texts, and what `tracing.measure_checkpoint` measures. With
    `problems`, files or the split "test" of a data set, it holds `correct` int64 `(n_problems,)`, how many of the
    `samples` sampled answers to each are right, the counts that pass@k is estimated from, and the problems' commit. An
    answer is right if its `last_number` equals the given one. Problems are asked in the tokenizer's chat template, or,
    where it has none, as they stand.

    Source: figures 4a and 4c; how problems are asked and answers judged is our operationalisation.

    Raises:
        ValueError: there are fewer problems, one has no number as its answer, or one leaves `max_new_tokens` no room in
            the model's context.
    """
    read = load_texts(texts, texts_revision, n_texts=n_texts)
    questions: list[str] = []
    answers: list[Fraction] = []
    if problems:
        questions, answers = _load(problems, problems_revision, problem_column, answer_column, n_problems)
    with checkpoint(model, revision, disk_budget_gb=disk_budget_gb, delete_after=delete_after) as found:
        tokenizer = load_tokenizer(found)
        contexts = Contexts(*tokenise(tokenizer, read, max_tokens=max_tokens, min_tokens=min_tokens))
        prompts = [_asked(tokenizer, question) for question in questions]
        network = load_model(found, device=device, bfloat16=bfloat16)
        longest = _longest(network, tokenizer, prompts, max_new_tokens)
        commit = found.commit
        result = measure_checkpoint(
            network,
            contexts,
            ranks=(alpha_ranks[0], alpha_ranks[1]),
            removed=[1],
            resamples=resamples,
            token_budget=token_budget,
            bfloat16=bfloat16,
        )
        if problems:
            completions = sample(
                network,
                tokenizer,
                prompts,
                n_samples=samples,
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                seed=_SEED,
                device=device,
                batch_size=max(1, token_budget // (longest + max_new_tokens)),
            )
            result["problems"] = {"commit": resolve_texts(problems, problems_revision), "problems": len(questions)}
            result["samples"] = samples
            result["correct"] = _correct(completions, answers)
    return {
        "model": Path(model).name if Path(model).is_dir() else model,
        "revision": revision,
        "stage": stage,
        "commit": commit,
        "step": _step(revision),
        "texts": {"commit": resolve_texts(texts, texts_revision), "contexts": len(contexts.tokens)},
        "dimensions": int(network.get_output_embeddings().weight.shape[1]),
        **result,
    }


def _load(source: str, revision: str, question: str, answer: str, count: int) -> tuple[list[str], list[Fraction]]:
    if count < 1:
        raise ValueError(f"n_problems = {count}; it must be at least 1")
    # Answers may be numbers as well as texts, so that they are not among the columns that must be text.
    rows = list(islice(read_rows(source, revision, split="test", columns=[question], streaming=False), count))
    if len(rows) < count:
        raise ValueError(f"{source} has only {len(rows)} problems, not {count}; ask for fewer")
    answers = []
    for number, row in enumerate(rows, start=1):
        value = last_number(str(row.get(answer)))
        if value is None:
            raise ValueError(
                f"problem {number} of {source} has {row.get(answer)!r} in {answer!r}, and no number; name the column of "
                f"its answer, among {', '.join(row)}"
            )
        answers.append(value)
    return [row[question] for row in rows], answers


def _asked(tokenizer: PreTrainedTokenizerBase, question: str) -> str:
    if not tokenizer.chat_template:
        return question
    turn = [{"role": "user", "content": question}]
    return str(tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True))


def _longest(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], max_new_tokens: int
) -> int:
    lengths = [len(ids) for ids in tokenizer(list(prompts), verbose=False)["input_ids"]] if prompts else [0]
    limit = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    if limit is not None and prompts and max(lengths) + max_new_tokens > limit:
        raise ValueError(
            f"problem {int(np.argmax(lengths)) + 1} has {max(lengths)} tokens, which leaves fewer than max_new_tokens = "
            f"{max_new_tokens} of the model's {limit}; lower it"
        )
    return max(lengths)


def _correct(completions: Sequence[Sequence[str]], answers: Sequence[Fraction]) -> NDArray[np.int64]:
    right = [
        sum(last_number(each) == answer for each in them) for them, answer in zip(completions, answers, strict=True)
    ]
    return np.array(right, dtype=np.int64)


def _step(revision: str) -> int:
    # Series of post-training write "step_40" where those of pretraining, which `step_of` reads, write "step40".
    found = _STEP.fullmatch(revision)
    return int(found[1]) if found else -1
