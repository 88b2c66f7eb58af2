"""What is measured at a checkpoint against its definition, written from the full model one context at a time."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import tiny_model
from torch.nn import functional as F

from learning_geometry.instruments.ngrams import InfiniGram, NGramCounts, SuffixArray
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.studies.llm_phases.experiments import _tracing as tracing
from learning_geometry.studies.llm_phases.experiments._tracing import (
    PROJECTIONS,
    Contexts,
    compare,
    measure_checkpoint,
    measure_directions,
    projections,
)

RANKS, REMOVED, WIDTH = (2, 9), [1, 3], 16
families = pytest.mark.parametrize("family", ["gpt_neox", "olmo2"])
seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=30)


def final_norm(model: Any) -> Any:
    return model.base_model.final_layer_norm if hasattr(model.base_model, "final_layer_norm") else model.base_model.norm


def lively(family: str, seed: int = 0) -> Any:
    """A tiny model whose weights are large enough for contexts to matter, and whose final norm has a gain of its own."""
    model = tiny_model(family, seed=seed, width=WIDTH)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim == 2:
                weights.copy_(0.4 * torch.randn(weights.shape, generator=generator))
            elif "norm" not in name:
                weights.copy_(0.1 * torch.randn(weights.shape, generator=generator))
        for weights in final_norm(model).parameters():
            weights.copy_(torch.randn(weights.shape, generator=generator).exp())
    return model


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {family: lively(family) for family in ("gpt_neox", "olmo2")}


def drawn_contexts(n: int = 80, *, seed: int = 0, alphabet: int = 258) -> Contexts:
    """Contexts of many lengths over some ids, some of unknown ending, and the n-grams of a stream."""
    rng = np.random.default_rng(seed)
    tokens = [rng.integers(alphabet, size=length) for length in rng.integers(3, 20, size=n)]
    following = rng.integers(alphabet, size=n)
    following[::7] = -1
    stream = rng.integers(alphabet, size=4000)
    last = np.stack([ids[-3:] for ids in tokens])
    infinigram = SuffixArray(stream).infinigram(last, np.where(following < 0, 999, following))
    return Contexts(tokens, following, infinigram, NGramCounts(stream, 2).most_frequent_next(last[:, -1:]))


CONTEXTS = drawn_contexts(alphabet=30)


def measured(model: Any, contexts: Contexts = CONTEXTS, **changes: Any) -> xr.Dataset:
    asked = {"ranks": RANKS, "removed": REMOVED, "resamples": 5, "seed": 0, "token_budget": 100, "bfloat16": False}
    return measure_checkpoint(model, contexts, **asked | changes)


def likenesses(*arguments: Any) -> dict[str, float]:
    return compare(*arguments).to_series().to_dict()


def states_one_by_one(model: Any, contexts: Contexts) -> tuple[np.ndarray, np.ndarray]:
    """States of every layer `(layers + 1, n, d)` and logits `(n, vocabulary)` at the last tokens."""
    states, logits = [], []
    for ids in contexts.tokens:
        with torch.no_grad():
            output = model(torch.tensor([ids.tolist()]), output_hidden_states=True)
        states.append(torch.stack([layer[0, -1] for layer in output.hidden_states]).double().numpy())
        logits.append(output.logits[0, -1].double().numpy())
    return np.stack(states, axis=1), np.array(logits)


def slow_spectrum(states: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(np.cov(states.T))[::-1].clip(0)


def slow_rankme(eigenvalues: np.ndarray, power: float = 1.0) -> float:
    p = eigenvalues**power / (eigenvalues**power).sum() + 1e-7
    return float(np.exp(-np.sum(p * np.log(p))))


@families
def test_a_checkpoint_is_measured_by_the_definitions(models: dict[str, Any], family: str) -> None:
    found = measured(models[family])
    layers, logits = states_one_by_one(models[family], CONTEXTS)
    spectrum = slow_spectrum(layers[-1])
    np.testing.assert_allclose(found["eigenvalues"], spectrum, rtol=1e-3, atol=1e-5 * spectrum[0])
    close: dict[str, Any] = {"rtol": 1e-4}
    np.testing.assert_allclose(found["rankme"], slow_rankme(spectrum), **close)
    np.testing.assert_allclose(found["rankme_singular"], slow_rankme(spectrum, 0.5), **close)
    np.testing.assert_allclose(found["top_share"], spectrum[0] / spectrum.sum(), **close)
    i = np.arange(RANKS[0], RANKS[1] + 1)
    slope, _ = np.polyfit(np.log(i), np.log(spectrum[i - 1]), 1, w=i**-0.5)
    np.testing.assert_allclose(found["alpha"], -slope, rtol=1e-3)
    np.testing.assert_allclose(found["rankme_without"], [slow_rankme(spectrum[k:]) for k in REMOVED], **close)
    np.testing.assert_allclose(found["rankme_layers"], [slow_rankme(slow_spectrum(each)) for each in layers], **close)
    halves = [slow_rankme(slow_spectrum(layers[-1][half::2])) for half in (0, 1)]
    np.testing.assert_allclose(found["rankme_halves"], halves, **close)
    known = CONTEXTS.next_tokens >= 0
    truth = torch.tensor(CONTEXTS.next_tokens[known])
    loss = float(F.cross_entropy(torch.tensor(logits[known]), truth))
    assert float(found["loss"]) == pytest.approx(loss, rel=1e-5)
    assert float(found["accuracy"]) == pytest.approx(np.mean(logits[known].argmax(1) == truth.numpy()))
    # Negative controls: nothing of this is what another layer, another half or all contexts would give.
    assert abs(found["rankme_layers"][0] - found["rankme"]) > 0.1
    assert abs(halves[0] - halves[1]) > 0.1
    assert abs(loss - float(F.cross_entropy(torch.tensor(logits[~known]), truth[: (~known).sum()]))) > 1e-3


@families
def test_batches_change_nothing_but_rounding(
    models: dict[str, Any], family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = measured(models[family])
    monkeypatch.setattr(tracing, "_LOGITS_AT_ONCE", 258 * 7)
    other = measured(models[family], token_budget=37)
    assert set(one) == set(other)
    for name in ("eigenvalues", "rankme", "rankme_resampled", "rankme_halves", "loss", "accuracy"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-3, atol=1e-6)


def test_only_the_leading_eigenvalues_are_kept(models: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measured(models["olmo2"])["eigenvalues"]
    monkeypatch.setattr(tracing, "KEPT_EIGENVALUES", 10)
    found = measured(models["olmo2"])
    np.testing.assert_array_equal(found["eigenvalues"], whole[:10])
    assert float(found["rankme"]) == pytest.approx(slow_rankme(whole[:10].values))


def power_law_states(n: int, d: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -1.0 + 3).astype(np.float32)


def test_resamples_draw_contexts_with_replacement() -> None:
    states = power_law_states(60, 6)
    rng = np.random.default_rng(0)
    found = list(tracing._resampled(states, 4, 0))
    for spectrum in found:
        rows = np.repeat(np.arange(60), rng.multinomial(60, np.full(60, 1 / 60)))
        assert len(rows) == 60 > len(set(rows))
        np.testing.assert_allclose(spectrum, slow_spectrum(states[rows].astype(float)) * 59 / 60, rtol=1e-6)
    assert np.ptp([spectrum[0] for spectrum in found]) > 1e-3


def test_resamples_are_the_same_draws_at_every_checkpoint() -> None:
    states = power_law_states(60, 6)
    rotation, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))

    def ranks(features: Any) -> Any:
        return [rankme(each, of="eigenvalues") for each in tracing._resampled(features, 20, 0)]

    # A checkpoint that differs by a rotation and a scale has the same RankMe, draw by draw.
    np.testing.assert_allclose(ranks((5 * states @ rotation).astype(np.float32)), ranks(states), rtol=1e-4)
    # Negative control: other contexts in the same places have another.
    assert np.abs(np.subtract(ranks(states[::-1].copy()), ranks(states))).max() > 1e-2


def test_resamples_bracket_the_value() -> None:
    for seed in range(5):
        states = power_law_states(500, 6, seed)
        whole = rankme(eigenspectrum(states), of="eigenvalues")
        low, high = np.quantile([rankme(s, of="eigenvalues") for s in tracing._resampled(states, 200, 0)], [0.01, 0.99])
        assert low < whole < high
        assert high - low < 0.3 * whole
        # Negative control: the value on other contexts of another distribution is outside.
        assert not low < rankme(eigenspectrum(states[:, ::-1] * np.arange(1, 7)), of="eigenvalues") < high


@families
def test_without_its_gain_the_norm_is_that_of_unit_gain(models: dict[str, Any], family: str) -> None:
    found = measured(models[family])
    unit = deepcopy(models[family])
    with torch.no_grad():
        final_norm(unit).weight.fill_(1)
        if hasattr(final_norm(unit), "bias"):
            final_norm(unit).bias.zero_()
    expected = measured(unit)
    assert float(expected["rankme_without_gain"]) == pytest.approx(float(expected["rankme"]), rel=1e-6)
    assert float(found["rankme_without_gain"]) == pytest.approx(float(expected["rankme"]), rel=1e-3)
    assert abs(found["rankme"] - expected["rankme"]) > 0.1  # negative control: here the gain matters


def test_a_model_without_a_final_norm_has_no_gain(models: dict[str, Any]) -> None:
    states = power_law_states(20, WIDTH)
    bare = deepcopy(models["gpt_neox"])
    del bare.base_model.final_layer_norm
    assert np.array_equal(tracing._without_gain(states, bare), states)
    assert not np.allclose(tracing._without_gain(states, models["gpt_neox"]), states)


@given(seed=seeds, count=st.integers(1, 6))
@steady
def test_removed_and_retained_add_up_and_are_orthogonal(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    states = (rng.standard_normal((40, 6)) * rng.random(6) + rng.standard_normal(6)).astype(np.float32)
    mean = states.mean(axis=0, dtype=np.float64)
    maps = projections(states, count, rng)
    removed, retained, random = (maps[name](states) for name in ("removed", "retained", "random_removed"))
    np.testing.assert_allclose(random + maps["random_retained"](states), states + mean, atol=1e-5)
    np.testing.assert_allclose(removed + retained, states + mean, atol=1e-5)
    leading = np.linalg.eigh(np.cov(states.T.astype(float)))[1][:, ::-1][:, :count]
    np.testing.assert_allclose((removed - mean) @ leading, 0, atol=1e-4)
    np.testing.assert_allclose((retained - mean) - (retained - mean) @ leading @ leading.T, 0, atol=1e-4)
    for rest in (removed, retained, random):
        assert rest.dtype == np.float32
        np.testing.assert_allclose(rest.mean(axis=0), mean, atol=1e-5)
    # The variance that is left: the trailing eigenvalues, the leading ones, and between both for random directions.
    spectrum = eigenspectrum(states)
    left = [eigenspectrum(rest).sum() for rest in (removed, retained, random)]
    np.testing.assert_allclose(left[:2], [spectrum[count:].sum(), spectrum[:count].sum()], atol=1e-4 * spectrum[0])
    assert left[0] - 1e-4 <= left[2] <= spectrum[::-1][: 6 - count].sum() + spectrum.sum()
    assert np.linalg.matrix_rank(random - mean, tol=1e-4) <= 6 - count


def test_removing_all_directions_leaves_the_mean_and_retaining_all_changes_nothing() -> None:
    states = power_law_states(40, 6)
    maps = projections(states, 6, np.random.default_rng(0))
    for name in ("removed", "random_removed"):
        np.testing.assert_allclose(maps[name](states), np.tile(states.mean(axis=0), (40, 1)), atol=1e-5)
    np.testing.assert_allclose(maps["retained"](states), states, atol=1e-5)
    # Negative control: with one direction less something is left.
    assert np.ptp(projections(states, 5, np.random.default_rng(0))["removed"](states), axis=0).max() > 0.1


def test_projections_turn_with_the_states() -> None:
    states = power_law_states(40, 6)
    rotation, _ = np.linalg.qr(np.random.default_rng(2).standard_normal((6, 6)))
    turned = (states @ rotation).astype(np.float32)
    other = power_law_states(7, 6, seed=3)
    for name in ("removed", "retained"):
        there = projections(turned, 2, np.random.default_rng(0))[name]((other @ rotation).astype(np.float32))
        here = projections(states, 2, np.random.default_rng(0))[name](other)
        np.testing.assert_allclose(there, here @ rotation, atol=1e-4)
        assert np.abs(there - here).max() > 0.1  # negative control: the rotation is not trivial


@families
def test_directions_are_removed_in_front_of_the_head(models: dict[str, Any], family: str) -> None:
    model, counts = models[family], [1, 4, WIDTH]
    layers, logits = states_one_by_one(model, CONTEXTS)
    known = CONTEXTS.next_tokens >= 0
    # Half of the truth is what the model says, so that accuracies are far from zero.
    truth = np.where(np.arange(len(known)) % 2, logits.argmax(1), CONTEXTS.next_tokens)
    truth[~known] = -1
    contexts = Contexts(CONTEXTS.tokens, truth)
    found = measure_directions(model, contexts, counts=counts, seed=0, token_budget=100, bfloat16=False)
    head = model.get_output_embeddings().weight.detach().double().numpy()
    mean = layers[-1].mean(axis=0)
    vectors = np.linalg.eigh(np.cov(layers[-1].T))[1][:, ::-1]
    before = float(found.accuracy_before)
    assert before == pytest.approx(np.mean((layers[-1] @ head.T).argmax(1)[known] == truth[known]))
    assert before > 0.4
    rng = np.random.default_rng(0)
    for count in counts:
        leading = vectors[:, :count] @ vectors[:, :count].T
        drawn, _ = np.linalg.qr(rng.standard_normal((WIDTH, count)))
        drawn = drawn @ drawn.T
        for name, kept in zip(
            PROJECTIONS, (np.eye(WIDTH) - leading, leading, np.eye(WIDTH) - drawn, drawn), strict=True
        ):
            chosen = ((mean + (layers[-1] - mean) @ kept) @ head.T).argmax(1)
            expected = pytest.approx(np.mean(chosen[known] == truth[known]))
            assert float(found.accuracy_after.sel(projection=name, n_directions=count)) == expected, (name, count)
    last = found.accuracy_after.sel(n_directions=WIDTH)
    assert before == last.sel(projection="retained") == last.sel(projection="random_retained")
    assert before > last.sel(projection="removed") == last.sel(projection="random_removed")


def known_n_grams(seed: int = 0, n: int = 50) -> tuple[Contexts, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = rng.random(n).round(2) * (rng.random(n) < 0.7)
    top, truth, bigram = rng.integers(5, size=(3, n))
    gram = InfiniGram(np.ones(n, int), np.ones(n, int), probability, top)
    return Contexts([np.zeros(1, int)] * n, truth, gram, bigram), probability


def test_a_model_that_is_the_infinigram_has_a_correlation_of_one() -> None:
    contexts, probability = known_n_grams()
    assert contexts.infinigram is not None
    known = np.ones(50, dtype=bool)
    found = likenesses(np.log(probability + 1e-9), contexts.infinigram.top, contexts, known)
    assert found["spearman"] == pytest.approx(1)
    assert found["spearman_seen"] == pytest.approx(1)
    assert found["top"] == 1
    assert found["bigram"] == np.mean(contexts.infinigram.top == contexts.bigram)
    # Only ranks count; the reverse is the reverse; and a model that knows nothing of it has none.
    assert likenesses(np.exp(9 * probability), contexts.infinigram.top, contexts, known) == pytest.approx(found)
    reverse = likenesses(-probability, contexts.infinigram.top + 9, contexts, known)
    assert (reverse["spearman"], reverse["top"]) == (pytest.approx(-1), 0)
    noise = np.random.default_rng(5).standard_normal(50)
    assert abs(likenesses(noise, contexts.infinigram.top, contexts, known)["spearman"]) < 0.4
    # What the stream never saw is left out of one of them only.
    unseen = np.where(probability > 0, probability, noise - 9)
    assert likenesses(unseen, contexts.infinigram.top, contexts, known)["spearman_seen"] == pytest.approx(1)
    assert (
        likenesses(np.where(probability > 0, probability, 2), contexts.infinigram.top, contexts, known)["spearman"]
        < 0.9
    )


def test_without_n_grams_there_is_nothing_to_compare(models: dict[str, Any]) -> None:
    contexts, probability = known_n_grams()
    with pytest.raises(ValueError, match="contexts carry no n-grams"):
        compare(
            probability, contexts.next_tokens, Contexts(contexts.tokens, contexts.next_tokens), np.ones(50, dtype=bool)
        )
    assert "memorisation" not in measured(models["olmo2"], Contexts(CONTEXTS.tokens, CONTEXTS.next_tokens))


@families
def test_contexts_whose_next_token_is_unknown_count_for_geometry_alone(models: dict[str, Any], family: str) -> None:
    model, known = models[family], CONTEXTS.next_tokens >= 0
    assert CONTEXTS.infinigram is not None
    assert CONTEXTS.bigram is not None
    grams = CONTEXTS.infinigram
    left = Contexts(
        [ids for ids, is_known in zip(CONTEXTS.tokens, known, strict=True) if is_known],
        CONTEXTS.next_tokens[known],
        InfiniGram(grams.length[known], grams.count[known], grams.probability[known], grams.top[known]),
        CONTEXTS.bigram[known],
    )
    whole, part = measured(model), measured(model, left)
    for name in ("loss", "accuracy"):
        assert float(whole[name]) == pytest.approx(float(part[name]), rel=1e-5)
    np.testing.assert_allclose(whole["memorisation"], part["memorisation"], rtol=1e-3)
    assert abs(whole["rankme"] - part["rankme"]) > 1e-3  # negative control: it does count there
    nothing = measured(model, Contexts(CONTEXTS.tokens, np.full(len(known), -1)))
    assert {"loss", "accuracy", "memorisation"}.isdisjoint(nothing)
    assert nothing["rankme"] == whole["rankme"]


def test_without_a_known_next_token_there_is_no_accuracy(models: dict[str, Any]) -> None:
    contexts = Contexts(CONTEXTS.tokens, np.full(80, -1))
    result = measure_directions(models["olmo2"], contexts, counts=[1], seed=0, token_budget=99, bfloat16=False)
    assert not result.data_vars


def test_truths_that_the_stream_never_saw_have_a_likeness() -> None:
    known, _ = known_n_grams()
    assert known.infinigram is not None
    gram = known.infinigram
    never = InfiniGram(gram.length, gram.count, np.zeros(50), gram.top)
    contexts = Contexts(known.tokens, known.next_tokens, never, known.bigram)
    found = likenesses(np.random.default_rng(0).random(50), never.top, contexts, np.ones(50, dtype=bool))
    assert np.isfinite(list(found.values())).all()
