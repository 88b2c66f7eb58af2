"""What is measured at one checkpoint: spectra, predictions, and what the leading directions carry."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
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

PROJECTIONS = ("removed", "retained", "random_removed", "random_retained")
"""What is left of states: see `projections`."""

LIKENESSES = ("spearman", "spearman_seen", "top", "bigram")
"""How predictions are compared with n-grams: see `compare`."""

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
    ranks: Sequence[int],
    removed: Sequence[int],
    resamples: int,
    seed: int,
    token_budget: int,
    bfloat16: bool,
) -> xr.Dataset:
    """Measure one model on the contexts, from the last layer's state at the last token of each.

    `eigenvalues` `(rank,)` are those of the centred covariance, at most 2,048; `rankme` is theirs and `rankme_singular`
    that of their square roots; `alpha` and `alpha_r2` are fitted on the ranks from the first to the last of `ranks`;
    `top_share` is the leading eigenvalue's part. `rankme_without` `(n_directions,)` leaves as many leading ones out as
    `removed` says; `rankme_without_gain` undoes the final norm's gain, and `rankme_before_norm` is that of the last block's
    output, before the norm; `rankme_layers` `(layer,)` holds every layer from
    the embeddings, layer 0, on, and 0 where all contexts are the same; `rankme_halves` `(half,)` the even and the odd
    contexts, with `rankme_without_gain_halves` and `rankme_before_norm_halves`; `rankme_resampled` `(resample,)` contexts drawn with replacement, from a generator of this `seed` and so the
    same at every checkpoint. `loss` in nats and `accuracy` are of the next token, where it is known; `memorisation`
    `(likeness,)` is as in `compare`.

    Source: section 3.1 for RankMe and alpha-ReQ; the resamples, halves and what is left out are ours.
    """
    states = np.empty((len(contexts.tokens), model.get_output_embeddings().weight.shape[1]), dtype=np.float32)
    before = states.copy()
    layers: dict[int, StreamingCovariance] = {}
    with _kept_before_norm(model) as kept:
        for batch in hidden_states(model, contexts.tokens, layers="all", token_budget=token_budget, bfloat16=bfloat16):
            for layer, features in batch.layers.items():
                layers.setdefault(layer, StreamingCovariance(features.shape[1])).update(features)
            states[batch.sequence] = batch.layers[max(batch.layers)]
            last = [state[np.arange(len(batch.sequence)), batch.position].float().cpu().numpy() for state in kept]
            before[batch.sequence] = last[0] if last else states[batch.sequence]
    ungained = _without_gain(states, model)
    spectrum = layers[max(layers)].eigenspectrum()[:KEPT_EIGENVALUES]
    slope = power_law(spectrum, ranks=(ranks[0], ranks[1]))
    resampled = [rankme(resample, of="eigenvalues") for resample in _resampled(states, resamples, seed)]
    return xr.Dataset(
        {
            "eigenvalues": ("rank", spectrum),
            "rankme": rankme(spectrum, of="eigenvalues"),
            "rankme_singular": rankme(spectrum, of="singular_values"),
            "alpha": slope.alpha,
            "alpha_r2": slope.r2,
            "top_share": spectrum[0] / spectrum.sum(),
            "rankme_without": ("n_directions", [rankme(spectrum[k:], of="eigenvalues") for k in removed]),
            "rankme_without_gain": _effective_rank(ungained),
            "rankme_before_norm": _effective_rank(before),
            "rankme_layers": ("layer", [_dimensions(layers[layer].eigenspectrum()) for layer in sorted(layers)]),
            "rankme_halves": ("half", _of_halves(states)),
            "rankme_without_gain_halves": ("half", _of_halves(ungained)),
            "rankme_before_norm_halves": ("half", _of_halves(before)),
            "rankme_resampled": ("resample", resampled),
            **_predictions(model, contexts, states),
        },
        coords={
            "rank": np.arange(1, len(spectrum) + 1),
            "n_directions": list(removed),
            "layer": sorted(layers),
            "half": ["even", "odd"],
        },
    )


def measure_directions(
    model: PreTrainedModel, contexts: Contexts, *, counts: Sequence[int], seed: int, token_budget: int, bfloat16: bool
) -> xr.Dataset:
    """Next-token accuracy with directions of the last layer removed, or nothing else retained.

    `accuracy_after` `(projection, n_directions)` is that after each of the `projections` of as many directions as
    `counts` says, `accuracy_before` without any of it. Only contexts whose next token is known count; where there is
    none, the result is empty.

    Source: table 8, whose task is another (multiple choice, see `_choices`).
    """
    states = last_token_features(model, contexts.tokens, token_budget=token_budget, bfloat16=bfloat16)
    known = contexts.next_tokens >= 0
    if not known.any():
        return xr.Dataset()
    truth = contexts.next_tokens[known]

    def accuracy(features: Features) -> float:
        return float((_next_tokens(model, features, truth)[1] == truth).mean())

    return accuracy_after_projections(accuracy, states[known], basis=states, counts=counts, seed=seed)


def accuracy_after_projections(
    accuracy: Callable[[Features], float], states: Features, *, basis: Features, counts: Sequence[int], seed: int
) -> xr.Dataset:
    """What `accuracy` says of the states after each of the `projections` of `basis`, and before any of them."""
    rng = np.random.default_rng(seed)
    after = [[accuracy(project(states)) for project in projections(basis, count, rng).values()] for count in counts]
    return xr.Dataset(
        {"accuracy_after": (("n_directions", "projection"), after), "accuracy_before": accuracy(states)},
        coords={"n_directions": list(counts), "projection": list(PROJECTIONS)},
    )


def projections(states: Features, count: int, rng: np.random.Generator) -> dict[str, Callable[[Features], Features]]:
    """Maps of features that take directions away, under the names `PROJECTIONS`.

    "removed" takes away the leading `count` principal directions of `states`, "retained" all others; "random_removed" and
    "random_retained" do the same with as many random ones. The mean of `states` stays. The last two are our control: they
    tell what removing or retaining any `count` directions does.

    Source: table 8; that the mean stays is our reading.
    """
    mean = states.mean(axis=0, dtype=np.float64)
    centred = states - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    leading = vectors[:, ::-1][:, :count]
    drawn, _ = np.linalg.qr(rng.standard_normal((states.shape[1], count)))

    def within(features: Features, directions: NDArray[np.float64]) -> NDArray[np.float64]:
        return (features - mean) @ directions @ directions.T

    def removing(directions: NDArray[np.float64]) -> Callable[[Features], Features]:
        return lambda features: (features - within(features, directions)).astype(np.float32)

    def retaining(directions: NDArray[np.float64]) -> Callable[[Features], Features]:
        return lambda features: (mean + within(features, directions)).astype(np.float32)

    maps = (removing(leading), retaining(leading), removing(drawn), retaining(drawn))
    return dict(zip(PROJECTIONS, maps, strict=True))


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
    predictions: dict[str, Any] = {"loss": -likelihood.mean(), "accuracy": (top == truth).mean()}
    if contexts.infinigram is not None:
        predictions["memorisation"] = compare(likelihood, top, contexts, known)
    return predictions


def compare(
    likelihood: NDArray[np.float64], top: NDArray[np.int64], contexts: Contexts, known: NDArray[np.bool_]
) -> xr.DataArray:
    """How closely predictions follow the n-grams of the training stream, `(likeness,)`.

    `spearman` is the rank correlation of the model's and the infini-gram's probability of the true token, over all
    contexts, and `spearman_seen` over those where the infini-gram's is not zero; `top` and `bigram` are the shares of
    contexts in which the model's first choice is that of the infini-gram, or of the bigram.

    Source: figure 3A; contexts of running text instead of trivia answers are our operationalisation.
    """
    if contexts.infinigram is None or contexts.bigram is None:
        raise ValueError("contexts carry no n-grams; give infinigram and bigram")
    probability = contexts.infinigram.probability[known]
    seen = probability > 0
    values = (
        _rank_correlation(likelihood, probability),
        _rank_correlation(likelihood[seen], probability[seen]),
        float((top == contexts.infinigram.top[known]).mean()),
        float((top == contexts.bigram[known]).mean()),
    )
    return xr.DataArray(list(values), dims="likeness", coords={"likeness": list(LIKENESSES)})


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


def _effective_rank(features: NDArray[Any]) -> float:
    return rankme(eigenspectrum(features), of="eigenvalues")


def _of_halves(features: NDArray[Any]) -> list[float]:
    return [_effective_rank(features[half::2]) for half in (0, 1)]


def _final_norm(model: PreTrainedModel) -> Any:
    body = decoder(model)
    return next((getattr(body, name) for name in _FINAL_NORMS if hasattr(body, name)), None)


@contextmanager
def _kept_before_norm(model: PreTrainedModel) -> Iterator[list[torch.Tensor]]:
    """Keep what the final norm was given last, `(n_sequences, n_tokens, d)`; an empty list where there is no norm."""
    norm, kept = _final_norm(model), []  # type: ignore[var-annotated]

    def keep(_: Any, inputs: Any) -> None:
        kept[:] = inputs[:1]

    handle = norm.register_forward_pre_hook(keep) if norm is not None else None
    try:
        yield kept
    finally:
        if handle is not None:
            handle.remove()


def _without_gain(states: Features, model: PreTrainedModel) -> NDArray[np.float64]:
    norm = _final_norm(model)
    if norm is None or getattr(norm, "weight", None) is None:
        return states.astype(np.float64)
    # The norm's bias, if it has one, moves the mean and no eigenvalue of the covariance.
    gain: NDArray[np.float64] = norm.weight.detach().cpu().double().numpy()
    return states / gain


def _resampled(states: Features, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    features = states.astype(np.float64)
    features -= features.mean(axis=0)
    n = len(features)
    for _ in range(resamples):
        # Each context as often as it was drawn: one weighted product instead of a copy of the rows.
        times = rng.multinomial(n, np.full(n, 1 / n)).astype(np.float64)
        mean = times @ features / n
        covariance = (features * times[:, None]).T @ features / n - np.outer(mean, mean)
        yield np.linalg.eigvalsh(covariance)[::-1][:KEPT_EIGENVALUES].clip(min=0.0)
