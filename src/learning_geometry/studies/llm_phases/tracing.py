"""What is measured at one checkpoint: spectra, predictions, and what the leading directions carry."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from transformers import PreTrainedModel

from learning_geometry.instruments.hidden_states import decoder, hidden_states, last_token_features
from learning_geometry.instruments.ngrams import InfiniGram
from learning_geometry.instruments.spectrum import eigenspectrum, power_law, rankme
from learning_geometry.instruments.streaming import StreamingCovariance

Features = NDArray[np.float32]

KEPT_EIGENVALUES = 2048
"""The paper's code keeps so many principal components at most."""

_LOGITS_AT_ONCE = 2**24  # elements; bounds memory where the vocabulary is large
_FINAL_NORMS = ("final_layer_norm", "norm", "ln_f")  # as GPT-NeoX, Llama and OLMo, and GPT-2 call it


@dataclass(frozen=True)
class Contexts:
    """What all checkpoints of a series are measured on.

    `tokens` are the contexts, `next_tokens` int64 `(n,)` what truly follows each, -1 where it is not known. `infinigram`
    and `bigram`, int64 `(n,)`, hold what n-grams of the training stream predict, where that stream is at hand.
    """

    tokens: Sequence[NDArray[Any]]
    next_tokens: NDArray[np.int64]
    infinigram: InfiniGram | None = None
    bigram: NDArray[np.int64] | None = None


def measure_checkpoint(
    model: PreTrainedModel,
    contexts: Contexts,
    *,
    ranks: tuple[int, int],
    removed: Sequence[int],
    resamples: int,
    token_budget: int,
    bfloat16: bool,
) -> dict[str, Any]:
    """Measure one model on the contexts, from the last layer's state at the last token of each.

    `eigenvalues` are those of the centred covariance, at most 2,048; `rankme` is theirs and `rankme_singular` that of
    their square roots; `alpha` and `alpha_r2` are fitted on `ranks`; `top_share` is the leading eigenvalue's part.
    `rankme_without` `(len(removed),)` leaves the leading k out; `rankme_without_gain` undoes the final norm's gain;
    `rankme_layers` holds every layer from the embeddings on, 0 where all contexts are the same; `rankme_halves` the even
    and the odd contexts; `rankme_resampled` `(resamples,)` contexts drawn with replacement, the same at every checkpoint.
    `loss` in nats and `accuracy` are of the next token, where it is known; `memorisation` is as in `compare`.

    Source: section 3 for RankMe and alpha-ReQ; the resamples, halves and what is left out are ours.
    """
    states = np.empty((len(contexts.tokens), model.get_output_embeddings().weight.shape[1]), dtype=np.float32)
    layers: dict[int, StreamingCovariance] = {}
    for batch in hidden_states(model, contexts.tokens, layers="all", token_budget=token_budget, bfloat16=bfloat16):
        for layer, features in batch.layers.items():
            layers.setdefault(layer, StreamingCovariance(features.shape[1])).update(features)
        states[batch.sequence] = batch.layers[max(batch.layers)]
    spectrum = layers[max(layers)].eigenspectrum()[:KEPT_EIGENVALUES]
    slope = power_law(spectrum, ranks=ranks)
    return {
        "eigenvalues": spectrum,
        "rankme": rankme(spectrum, of="eigenvalues"),
        "rankme_singular": rankme(spectrum, of="singular_values"),
        "alpha": slope.alpha,
        "alpha_r2": slope.r2,
        "top_share": spectrum[0] / spectrum.sum(),
        "rankme_without": np.array([rankme(spectrum[k:], of="eigenvalues") for k in removed]),
        "rankme_without_gain": rankme(eigenspectrum(_without_gain(states, model)), of="eigenvalues"),
        "rankme_layers": np.array([_dimensions(layers[layer].eigenspectrum()) for layer in sorted(layers)]),
        "rankme_halves": np.array([rankme(eigenspectrum(states[half::2]), of="eigenvalues") for half in (0, 1)]),
        "rankme_resampled": np.array([rankme(each, of="eigenvalues") for each in _resampled(states, resamples)]),
        **_predictions(model, contexts, states),
    }


def measure_directions(
    model: PreTrainedModel, contexts: Contexts, *, counts: Sequence[int], token_budget: int, bfloat16: bool
) -> dict[str, Any]:
    """Next-token accuracy with the leading directions of the last layer removed, or nothing else retained.

    For each of the `counts` `(n,)` of directions `removed`, `retained` and `random` `(n,)` are as in `projections`; `original`
    is the accuracy without any of it. Only contexts whose next token is known count.

    Source: table 1, whose task is another (multiple choice, see `choices`).
    """
    states = last_token_features(model, contexts.tokens, token_budget=token_budget, bfloat16=bfloat16)
    known = contexts.next_tokens >= 0
    if not known.any():
        return {}
    truth = contexts.next_tokens[known]
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {"removed": [], "retained": [], "random": []}
    for count in counts:
        for name, project in projections(states, count, rng).items():
            found[name].append(float((_next_tokens(model, project(states[known]), truth)[1] == truth).mean()))
    original = float((_next_tokens(model, states[known], truth)[1] == truth).mean())
    return {"counts": np.array(counts), "original": original} | {name: np.array(v) for name, v in found.items()}


def projections(states: Features, count: int, rng: np.random.Generator) -> dict[str, Callable[[Features], Features]]:
    """Maps of features that take directions away, by what they leave.

    "removed" takes away the leading `count` principal directions of `states`, "retained" all others, and "random" as
    many random ones. The mean of `states` stays. The last is our control: it tells what removing any `count` directions
    costs.

    Source: table 1; that the mean stays is our reading.
    """
    mean = states.mean(axis=0, dtype=np.float64)
    centred = states - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    leading = vectors[:, ::-1][:, :count]
    drawn, _ = np.linalg.qr(rng.standard_normal((states.shape[1], count)))

    def within(features: Features, directions: NDArray[np.float64]) -> NDArray[np.float64]:
        return (features - mean) @ directions @ directions.T

    return {
        "removed": lambda features: (features - within(features, leading)).astype(np.float32),
        "retained": lambda features: (mean + within(features, leading)).astype(np.float32),
        "random": lambda features: (features - within(features, drawn)).astype(np.float32),
    }


def read_out(model: PreTrainedModel, states: Features) -> Iterator[tuple[slice, torch.Tensor]]:
    """The log probabilities that the model's head reads from last-layer states, in slices of rows, on its device."""
    head = model.get_output_embeddings()
    rows = max(1, _LOGITS_AT_ONCE // head.weight.shape[0])
    for start in range(0, len(states), rows):
        part = slice(start, min(start + rows, len(states)))
        with torch.inference_mode():
            features = torch.from_numpy(states[part]).to(head.weight)
            yield part, torch.log_softmax(head(features).float(), dim=1)


def _dimensions(spectrum: NDArray[np.float64]) -> float:
    # Where all contexts end in the same token its embedding is one point, and fills no dimension.
    return rankme(spectrum, of="eigenvalues") if spectrum.any() else 0.0


def _predictions(model: PreTrainedModel, contexts: Contexts, states: Features) -> dict[str, Any]:
    known = contexts.next_tokens >= 0
    if not known.any():
        return {}
    truth = contexts.next_tokens[known]
    likelihood, top = _next_tokens(model, states[known], truth)
    found: dict[str, Any] = {"loss": -likelihood.mean(), "accuracy": (top == truth).mean()}
    if contexts.infinigram is not None:
        found["memorisation"] = compare(likelihood, top, contexts, known)
    return found


def compare(
    likelihood: NDArray[np.float64], top: NDArray[np.int64], contexts: Contexts, known: NDArray[np.bool_]
) -> dict[str, float]:
    """How closely predictions follow the n-grams of the training stream.

    `spearman` is the rank correlation of the model's and the infini-gram's probability of the true token, over all
    contexts, and `spearman_seen` over those where the infini-gram's is not zero; `top` and `bigram` are the shares of
    contexts in which the model's first choice is that of the infini-gram, or of the bigram.

    Source: figure 3; contexts of running text instead of trivia answers are our operationalisation.
    """
    if contexts.infinigram is None or contexts.bigram is None:
        raise ValueError("contexts carry no n-grams; give infinigram and bigram")
    probability = contexts.infinigram.probability[known]
    seen = probability > 0
    return {
        "spearman": _rank_correlation(likelihood, probability),
        "spearman_seen": _rank_correlation(likelihood[seen], probability[seen]),
        "top": float((top == contexts.infinigram.top[known]).mean()),
        "bigram": float((top == contexts.bigram[known]).mean()),
    }


def _rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0  # where one of them is constant, neither follows the other
    return float(stats.spearmanr(x, y).statistic)


def _next_tokens(
    model: PreTrainedModel, states: Features, truth: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Log probability of the true token and the most probable token of each state."""
    likelihood, top = np.empty(len(truth)), np.empty(len(truth), dtype=np.int64)
    for rows, logarithms in read_out(model, states):
        targets = torch.from_numpy(truth[rows]).to(logarithms.device)
        likelihood[rows] = logarithms.gather(1, targets[:, None])[:, 0].cpu().numpy()
        top[rows] = logarithms.argmax(dim=1).cpu().numpy()
    return likelihood, top


def _without_gain(states: Features, model: PreTrainedModel) -> NDArray[np.float64]:
    body = decoder(model)
    norm = next((getattr(body, name) for name in _FINAL_NORMS if hasattr(body, name)), None)
    if norm is None or getattr(norm, "weight", None) is None:
        return states.astype(np.float64)
    # The norm's bias, if it has one, moves the mean and no eigenvalue of the covariance.
    gain: NDArray[np.float64] = norm.weight.detach().cpu().double().numpy()
    return states / gain


def _resampled(states: Features, resamples: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    features = states.astype(np.float64)
    features -= features.mean(axis=0)
    n = len(features)
    for _ in range(resamples):
        # Each context as often as it was drawn: one weighted product instead of a copy of the rows.
        times = rng.multinomial(n, np.full(n, 1 / n)).astype(np.float64)
        mean = times @ features / n
        covariance = (features * times[:, None]).T @ features / n - np.outer(mean, mean)
        yield np.linalg.eigvalsh(covariance)[::-1][:KEPT_EIGENVALUES].clip(min=0.0)
