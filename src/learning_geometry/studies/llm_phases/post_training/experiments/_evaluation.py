"""What is measured at one stage of post-training: geometry at held-out prompts, losses inside and outside, samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from learning_geometry.instruments.hidden_states import last_token_features
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.materials.arithmetic import Problem
from learning_geometry.materials.sampling import sample
from learning_geometry.studies.llm_phases.experiments._tracing import Contexts, measure_checkpoint, read_out

ANSWER_TOKENS = 2
"""An answer is a number and the end of the line, one token each."""

_TOKEN_BUDGET = 16_384  # small models are bound by calls, not by memory
_BATCH = 8_192  # completions sampled together
_GEOMETRY = ("eigenvalues", "rankme", "alpha", "alpha_r2", "loss", "accuracy")


@dataclass(frozen=True)
class Probe:
    """What every stage is measured on: sums, which are trained, and subtractions, which are not; no training saw these."""

    tokenizer: PreTrainedTokenizerFast
    sums: Sequence[Problem]
    subtractions: Sequence[Problem]
    alpha_ranks: Sequence[int]


def evaluate(model: PreTrainedModel, probe: Probe) -> xr.Dataset:
    """Measure one model at the last token of the held-out prompts, the position that was fixed in advance.

    - `eigenvalues` `(rank,)`, `rankme`, `alpha` and `alpha_r2` are as in `measure_checkpoint`;
    - `rankme_text` is RankMe at the last token of the prompt with its right answer;
    - `loss` in nats and `accuracy` are those of the number that comes next, on sums, `ood_loss` and `ood_accuracy` on
      subtractions; `entropy`, in nats, is that of the number that comes next on sums;
    - `probability` `(sum,)` is that of the right answer and nothing after it, `ood_probability` `(subtraction,)` likewise.

    Source: abstract and section 3.4; arithmetic is our operationalisation.
    """
    prompts, answers = _tokens(probe.sums, probe.tokenizer)
    checkpoint = measure_checkpoint(
        model,
        Contexts(prompts, answers),
        ranks=probe.alpha_ranks,
        removed=[1],
        resamples=0,
        seed=0,
        token_budget=_TOKEN_BUDGET,
        bfloat16=False,
    )
    sums, subtractions = (_answered(model, kind, probe.tokenizer) for kind in (probe.sums, probe.subtractions))
    return checkpoint[list(_GEOMETRY)].assign(
        {
            "rankme_text": rankme(eigenspectrum(sums.line_states), of="eigenvalues"),
            "entropy": sums.entropy,
            "probability": ("sum", sums.probability),
            "ood_probability": ("subtraction", subtractions.probability),
            "ood_loss": subtractions.loss,
            "ood_accuracy": subtractions.accuracy,
        }
    )


def sampled_answers(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    problems: Sequence[Problem],
    *,
    n_samples: int,
    seed: int,
    device: str,
) -> xr.Dataset:
    """Numbers of `correct` and of `distinct` answers `(sum,)` among the samples of each problem."""
    completions = sample(
        model,
        tokenizer,
        [problem.prompt for problem in problems],
        n_samples=n_samples,
        max_new_tokens=ANSWER_TOKENS,
        temperature=1.0,
        seed=seed,
        batch_size=_BATCH,
        device=device,
    )
    correct = [texts.count(problem.answer) for problem, texts in zip(problems, completions, strict=True)]
    distinct = [len(set(texts)) for texts in completions]
    return xr.Dataset({"correct": ("sum", np.array(correct)), "distinct": ("sum", np.array(distinct))})


def prompt_rankme(model: PreTrainedModel, probe: Probe) -> float:
    """RankMe of eigenvalues at the last token of the held-out prompts."""
    prompts, _ = _tokens(probe.sums, probe.tokenizer)
    return rankme(eigenspectrum(last_token_features(model, prompts, token_budget=_TOKEN_BUDGET)), of="eigenvalues")


def joined(datasets: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Data sets of models joined along `model`."""
    names = xr.Variable("model", list(datasets))
    return xr.concat(list(datasets.values()), dim=names, data_vars="all", join="exact")


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
