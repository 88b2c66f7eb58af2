"""What is measured of one model: geometry on text and task, exact probabilities of right answers, different answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from learning_geometry.instruments.hidden_states import decoder, last_token_features
from learning_geometry.instruments.spectrum import eigenspectrum, power_law, rankme
from learning_geometry.materials import digit_sorting
from learning_geometry.materials.sampling import sample
from learning_geometry.studies.llm_phases.post_training.experiments._losses import text_losses
from learning_geometry.studies.llm_phases.post_training.experiments.stages import PROBES, Stages

Tokens = NDArray[np.int64]

_TOKEN_BUDGET = 16_384  # small models are bound by calls, not by memory
_LINES = 256  # lines read together
_BATCH = 8_192  # completions sampled together


@dataclass(frozen=True)
class Probe:
    """What every model of a course is measured on; no training saw any of it.

    `text` and `task` are windows of held-out source code and of lines with held-out numbers, as many of each; `numbers`
    are those that the model is asked to sort.
    """

    tokenizer: PreTrainedTokenizerFast
    text: Tokens
    task: Tokens
    numbers: Sequence[str]
    alpha_ranks: Sequence[int]
    task_shares: Sequence[float]


def make_probe(
    unit: Stages, held_out: NDArray[np.uint16], tokenizer: PreTrainedTokenizerFast, rng: np.random.Generator
) -> Probe:
    """Draw windows of `context` tokens, and different held-out numbers."""
    unseen = digit_sorting.draw(
        unit.task_lengths, max(100, 2 * unit.probe_windows), rng, ratio=unit.length_ratio, held_out=True
    )
    lines = np.array(tokenizer(digit_sorting.written(unseen, unit.mistakes, rng))["input_ids"])
    return Probe(
        tokenizer,
        text=windows(held_out, unit.probe_windows, unit.context, rng),
        task=windows(lines, unit.probe_windows, unit.context, rng),
        numbers=digit_sorting.draw(unit.asked_lengths, unit.held_out_problems, rng, held_out=True, distinct=True),
        alpha_ranks=unit.alpha_ranks,
        task_shares=unit.task_shares,
    )


def windows(tokens: NDArray[Any], count: int, length: int, rng: np.random.Generator) -> Tokens:
    """Windows of a stream that begin at random places, `(count, length)`."""
    starts = rng.integers(len(tokens) - length + 1, size=count)
    return tokens[starts[:, None] + np.arange(length)].astype(np.int64)


def evaluate(model: PreTrainedModel, probe: Probe) -> xr.Dataset:
    """Measure one model.

    - `rankme` and `alpha` `(probe,)` and `eigenvalues` `(probe, rank)` are of the last layer at the last token, on `PROBES`:
      half text and half task windows, text windows, task windows, and prompts of held-out numbers; `rankme_mixed`
      `(task_share,)` is RankMe of mixtures with other shares of task windows.
    - `probability` `(problem,)` is that of the right answer with its end, a product over tokens, and `digits`
      `(problem,)` the length of the number; so pass@k is exactly 1 - (1 - p)^k, without sampling.
    - `loss` and `entropy`, in nats a token, are means over the tokens of right answers and their ends; `text_loss`
      likewise over the text windows.

    Source: sections 2.1 and 3.4; text, task and the exact probability are ours.
    """
    states = _states(model, probe)
    mixed = [rankme(eigenspectrum(_mixed(states, probe, share)), of="eigenvalues") for share in probe.task_shares]
    answers = _answered(model, probe)
    nats = text_losses(model, list(probe.text), token_budget=_TOKEN_BUDGET, bfloat16=False)
    return _geometry(states, probe).assign(
        {
            "rankme_mixed": ("task_share", mixed),
            "probability": ("problem", answers.probability),
            "digits": ("problem", [len(number) for number in probe.numbers]),
            "loss": answers.loss,
            "entropy": answers.entropy,
            "text_loss": nats.sum() / (probe.text.size - len(probe.text)),
            "task_share": list(probe.task_shares),
        }
    )


def briefly(model: PreTrainedModel, probe: Probe) -> xr.Dataset:
    """Of what `evaluate` measures, that which is followed on the way: `probability`, and `rankme` and `alpha` of the mixture."""
    windows = np.concatenate([probe.text[: _rest(probe, 0.5)], probe.task[: _tasks(probe, 0.5)]])
    spectrum = eigenspectrum(last_token_features(model, list(windows), token_budget=_TOKEN_BUDGET))
    return xr.Dataset(
        {
            "rankme": rankme(spectrum, of="eigenvalues"),
            "alpha": power_law(spectrum, ranks=(probe.alpha_ranks[0], probe.alpha_ranks[1])).alpha,
            "probability": ("problem", _answered(model, probe).probability),
        }
    )


def distinct_answers(model: PreTrainedModel, probe: Probe, unit: Stages, *, device: str) -> xr.Dataset:
    """Numbers of `distinct` answers `(problem,)` among the samples of each problem."""
    completions = sample(
        model,
        probe.tokenizer,
        [digit_sorting.prompt(number) for number in probe.numbers[: unit.sampled_problems]],
        n_samples=unit.samples,
        max_new_tokens=unit.answer_tokens,
        temperature=1.0,
        seed=unit.seed,
        batch_size=_BATCH,
        device=device,
    )
    return xr.Dataset({"distinct": ("problem", np.array([len(set(texts)) for texts in completions]))})


def joined(datasets: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Data sets of models joined along `model`."""
    names = xr.Variable("model", list(datasets))
    return xr.concat(list(datasets.values()), dim=names, data_vars="all", join="exact")


def _states(model: PreTrainedModel, probe: Probe) -> dict[str, NDArray[np.float32]]:
    asked = [probe.tokenizer(digit_sorting.prompt(number))["input_ids"] for number in probe.numbers]
    sequences = {"text": list(probe.text), "task": list(probe.task), "prompts": [np.array(ids) for ids in asked]}
    return {name: last_token_features(model, ids, token_budget=_TOKEN_BUDGET) for name, ids in sequences.items()}


def _tasks(probe: Probe, task_share: float) -> int:
    """How many windows of a mixture are of the task."""
    return round(task_share * len(probe.text))


def _rest(probe: Probe, task_share: float) -> int:
    return len(probe.text) - _tasks(probe, task_share)


def _mixed(states: Mapping[str, NDArray[np.float32]], probe: Probe, task_share: float) -> NDArray[np.float32]:
    return np.concatenate([states["text"][: _rest(probe, task_share)], states["task"][: _tasks(probe, task_share)]])


def _geometry(states: Mapping[str, NDArray[np.float32]], probe: Probe) -> xr.Dataset:
    probed = {**states, "mixture": _mixed(states, probe, 0.5)}
    spectra = [eigenspectrum(probed[name]) for name in PROBES]
    ranks = (probe.alpha_ranks[0], probe.alpha_ranks[1])
    return xr.Dataset(
        {
            "eigenvalues": (("probe", "rank"), spectra),
            "rankme": ("probe", [rankme(spectrum, of="eigenvalues") for spectrum in spectra]),
            "alpha": ("probe", [power_law(spectrum, ranks=ranks).alpha for spectrum in spectra]),
        },
        coords={"probe": list(PROBES), "rank": np.arange(1, spectra[0].size + 1)},
    )


@dataclass(frozen=True)
class _Answers:
    probability: NDArray[np.float64]
    loss: float
    entropy: float


def _answered(model: PreTrainedModel, probe: Probe) -> _Answers:
    asked: list[list[int]] = probe.tokenizer([digit_sorting.prompt(number) for number in probe.numbers])["input_ids"]
    given: list[list[int]] = probe.tokenizer(
        [digit_sorting.answer(number) + digit_sorting.END for number in probe.numbers]
    )["input_ids"]
    right: list[NDArray[np.float64]] = []
    entropies: list[NDArray[np.float64]] = []
    for first in range(0, len(asked), _LINES):
        lines = [a + b for a, b in zip(asked[first : first + _LINES], given[first : first + _LINES], strict=True)]
        longest = max(map(len, lines))
        # Nothing reads what is filled in after a line.
        ids = torch.tensor([line + [0] * (longest - len(line)) for line in lines], device=model.device)
        counts = [len(b) for b in given[first : first + _LINES]]
        rows = torch.repeat_interleave(torch.arange(len(lines)), torch.tensor(counts))
        places = torch.tensor(
            [place for line, count in zip(lines, counts, strict=True) for place in range(len(line) - count, len(line))]
        )
        with torch.inference_mode():
            states = decoder(model)(input_ids=ids, use_cache=False).last_hidden_state[rows, places - 1]
            predicted = torch.log_softmax(model.get_output_embeddings()(states).double(), 1)
            true = predicted.gather(1, ids[rows, places][:, None])[:, 0]
            entropies.append(-(predicted.exp() * predicted).sum(1).cpu().numpy())
        right.extend(part.cpu().numpy() for part in true.split(counts))
    logarithms, every = np.array([part.sum() for part in right]), np.concatenate(entropies)
    return _Answers(np.exp(logarithms), float(-logarithms.sum() / len(every)), float(every.mean()))
