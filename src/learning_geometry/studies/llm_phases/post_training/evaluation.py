"""What is measured at one stage of post-training: the geometry of held-out prompts, answers inside and outside, samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from learning_geometry.instruments.hidden_states import last_token_features
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.materials.arithmetic import Problem
from learning_geometry.materials.sampling import sample
from learning_geometry.studies.llm_phases.tracing import Contexts, measure_checkpoint, read_out

_TOKEN_BUDGET = 16_384  # small models are bound by calls, not by memory
_AT_ONCE = 8_192  # completions sampled together
ANSWER_TOKENS = 2
"""An answer is a number and the end of the line, one token each."""


@dataclass(frozen=True)
class Examination:
    """What every stage is measured on: problems of the kind that is trained, and of another kind, none of them seen.

    `sampled` is how many of the former are answered `samples` times; the seed is that of the samples.
    """

    tokenizer: PreTrainedTokenizerFast
    inside: Sequence[Problem]
    outside: Sequence[Problem]
    alpha_ranks: list[int]
    resamples: int
    sampled: int
    samples: int
    seed: int


def examine(model: PreTrainedModel, examination: Examination, *, sampled: bool, device: str) -> dict[str, Any]:
    """Measure one model.

    The result holds all of `tracing.measure_checkpoint` at the last token of the held-out prompts, the position that
    was fixed in advance, where `loss` in nats and `accuracy` are those of the number that comes next; and

    - `rankme_text`, RankMe at the last token of the prompt with its right answer;
    - `probability` `(n,)`, that of the right answer and nothing after it, and `ood_probability`;
    - `ood_loss` and `ood_accuracy`, of the problems outside;
    - `entropy`, in nats, of the number that comes next, mean over the held-out prompts;
    - where `sampled`, `correct` and `distinct` `(n_sampled,)`: right and different ones among a problem's samples.

    Source: abstract and figure 4; arithmetic is our operationalisation.
    """
    tokenizer = examination.tokenizer
    prompts, answers = _tokens(examination.inside, tokenizer)
    found = measure_checkpoint(
        model,
        Contexts(prompts, answers),
        ranks=(examination.alpha_ranks[0], examination.alpha_ranks[1]),
        removed=[1],
        resamples=examination.resamples,
        token_budget=_TOKEN_BUDGET,
        bfloat16=False,
    )
    inside, outside = _answered(model, examination.inside, tokenizer), _answered(model, examination.outside, tokenizer)
    found |= {
        "rankme_text": rankme(eigenspectrum(inside.line_states), of="eigenvalues"),
        "probability": inside.probability,
        "entropy": inside.entropy,
        "ood_probability": outside.probability,
        "ood_loss": outside.loss,
        "ood_accuracy": outside.accuracy,
    }
    if sampled:
        asked = examination.inside[: examination.sampled]
        completions = sample(
            model,
            tokenizer,
            [problem.prompt for problem in asked],
            n_samples=examination.samples,
            max_new_tokens=ANSWER_TOKENS,
            temperature=1.0,
            seed=examination.seed,
            batch_size=_AT_ONCE,
            device=device,
        )
        found["correct"] = np.array([each.count(one.answer) for one, each in zip(asked, completions, strict=True)])
        found["distinct"] = np.array([len(set(each)) for each in completions])
    return found


def prompt_rankme(model: PreTrainedModel, examination: Examination) -> float:
    """RankMe of eigenvalues at the last token of the held-out prompts."""
    prompts, _ = _tokens(examination.inside, examination.tokenizer)
    return rankme(eigenspectrum(last_token_features(model, prompts, token_budget=_TOKEN_BUDGET)), of="eigenvalues")


@dataclass(frozen=True)
class _Answers:
    line_states: NDArray[np.float32]
    probability: NDArray[np.float64]
    loss: float
    accuracy: float
    entropy: float


def _answered(model: PreTrainedModel, problems: Sequence[Problem], tokenizer: PreTrainedTokenizerFast) -> _Answers:
    prompts, answers = _tokens(problems, tokenizer)
    lines = [np.append(prompt, answer) for prompt, answer in zip(prompts, answers, strict=True)]
    line_states = last_token_features(model, lines, token_budget=_TOKEN_BUDGET)
    numbers = _logarithms(model, last_token_features(model, prompts, token_budget=_TOKEN_BUDGET))
    rows = np.arange(len(answers))
    right = numbers[rows, answers]
    ends = _logarithms(model, line_states)[:, tokenizer.eos_token_id]
    return _Answers(
        line_states=line_states,
        probability=np.exp(right + ends),
        loss=float(-right.mean()),
        accuracy=float((numbers.argmax(axis=1) == answers).mean()),
        entropy=float(-(np.exp(numbers) * numbers).sum(axis=1).mean()),
    )


def _logarithms(model: PreTrainedModel, states: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.concatenate([part.cpu().double().numpy() for _, part in read_out(model, states)])


def _tokens(
    problems: Sequence[Problem], tokenizer: PreTrainedTokenizerFast
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    prompts = [np.array(ids) for ids in tokenizer([problem.prompt for problem in problems])["input_ids"]]
    answers = np.array([tokenizer.convert_tokens_to_ids(problem.answer) for problem in problems])
    return prompts, answers
