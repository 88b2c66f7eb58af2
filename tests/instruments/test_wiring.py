"""Theorems about sampled brains and their moments, with slow oracles beside them and negative controls."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chisquare, norm

from learning_geometry.instruments.wiring import (
    Genome,
    bayesian_weight,
    deterministic,
    mean_network,
    sample_brains,
    synapse_sum_law,
    weight_law,
    weight_moments,
)
from learning_geometry.instruments.wiring_moments import TypeNetwork, moments, population_logits, rectified_moments

P = st.floats(0, 1)


def genome(
    rng: np.random.Generator, types: tuple[int, ...] = (3, 4, 2), neurons: tuple[int, ...] = (2, 3, 1)
) -> Genome:
    shapes = list(itertools.pairwise(types))
    return Genome([rng.random(shape) for shape in shapes], [rng.random(shape) for shape in shapes], neurons)


def test_brains_have_the_shapes_of_their_neurons_and_weights_of_three_values() -> None:
    brains = sample_brains(genome(np.random.default_rng(0)), 7, np.random.default_rng(1))
    assert [layer.shape for layer in brains] == [(7, 6, 12), (7, 12, 2)]
    assert all(layer.dtype == np.int8 and set(np.unique(layer)) <= {-1, 0, 1} for layer in brains)


def test_the_law_of_a_sampled_weight_is_the_declared_one_by_chi_square() -> None:
    drawn = genome(np.random.default_rng(0))
    brains = sample_brains(drawn, 20_000, np.random.default_rng(1))
    p_values = []
    for layer, law, before, after in zip(brains, weight_law(drawn), drawn.neurons, drawn.neurons[1:], strict=False):
        for i, j in np.ndindex(law.shape[1:]):
            of_pair = layer[:, i * before, j * after]  # one pair of neurons of these types
            counts = [(of_pair == weight).sum() for weight in (-1, 0, 1)]
            p_values.append(chisquare(counts, law[:, i, j] * len(of_pair)).pvalue)
    assert min(p_values) > 0.001 / len(p_values)
    # The same test notices a law that is off by two percent.
    off = weight_law(drawn)[0][:, 0, 0] + np.array([0.02, -0.02, 0.0])
    counts = [(brains[0][:, 0, 0] == weight).sum() for weight in (-1, 0, 1)]
    assert chisquare(counts, off * 20_000).pvalue < 0.001


def test_the_moments_are_those_of_two_separate_bernoulli_synapses() -> None:
    rng = np.random.default_rng(0)
    drawn = genome(rng)
    for (mean, variance), plus, minus in zip(weight_moments(drawn), drawn.excitatory, drawn.inhibitory, strict=True):
        synapses = rng.binomial(1, plus, (50_000, *plus.shape)) - rng.binomial(1, minus, (50_000, *minus.shape))
        assert np.abs(synapses.mean(0) - mean).max() < 5 * np.sqrt(variance.max() / 50_000)
        assert np.abs(synapses.var(0) - variance).max() < 0.02


@given(P, P)
def test_law_and_moments_agree(excitatory: float, inhibitory: float) -> None:
    pair = Genome([[[excitatory]]], [[[inhibitory]]], (1, 1))
    law, (mean, variance) = weight_law(pair)[0].ravel(), weight_moments(pair)[0]
    values = np.array([-1, 0, 1])
    assert law.sum() == pytest.approx(1)
    assert law.min() >= -1e-15
    assert law @ values == pytest.approx(mean.item(), abs=1e-12)
    assert law @ values**2 == pytest.approx(variance.item() + mean.item() ** 2, abs=1e-12)


def test_neurons_of_a_type_differ_in_a_brain_and_coincide_in_the_mean_network() -> None:
    drawn = genome(np.random.default_rng(0), (3, 2), (1, 50))
    brain, mean = sample_brains(drawn, 1, np.random.default_rng(1))[0][0], mean_network(drawn)[0]
    assert len(np.unique(mean, axis=1).T) == 2
    assert len(np.unique(brain, axis=1).T) > 2


def test_a_deterministic_genome_has_one_brain_and_no_variance() -> None:
    certain = deterministic(genome(np.random.default_rng(0)))
    brains = sample_brains(certain, 5, np.random.default_rng(1))
    for layer, mean in zip(brains, mean_network(certain), strict=True):
        assert (layer == mean).all()
    assert all((variance == 0).all() for _, variance in weight_moments(certain))


def test_sampling_in_chunks_is_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = genome(np.random.default_rng(0))
    at_once = sample_brains(drawn, 50, np.random.default_rng(1))
    monkeypatch.setattr("learning_geometry.instruments.wiring._CHUNK", 100)
    # The same numbers in the same order, but for the layer that is drawn first.
    assert (sample_brains(drawn, 50, np.random.default_rng(1))[0] == at_once[0]).all()


@pytest.mark.parametrize("synapses", [1, 2, 7])
def test_the_law_of_a_sum_is_that_of_all_its_outcomes(synapses: int) -> None:
    sums, law = synapse_sum_law(0.3, 0.6, synapses)
    slow = np.zeros(2 * synapses + 1)
    for plus in range(synapses + 1):
        for minus in range(synapses + 1):
            slow[plus - minus + synapses] += binom.pmf(plus, synapses, 0.3) * binom.pmf(minus, synapses, 0.6)
    assert sums.tolist() == list(range(-synapses, synapses + 1))
    assert law == pytest.approx(slow)


@settings(max_examples=50)
@given(st.floats(-1, 1), st.floats(0.5, 2))
def test_a_sum_of_synapses_has_any_mean_and_sd_and_nearly_a_normal_law(mean: float, sd: float) -> None:
    excitatory, inhibitory, efficacy = bayesian_weight(mean, sd, 1000)
    sums, law = synapse_sum_law(excitatory, inhibitory, 1000)
    weights = efficacy * sums
    assert law @ weights == pytest.approx(mean, abs=1e-9)
    assert law @ weights**2 - mean**2 == pytest.approx(sd**2)
    assert np.abs(law.cumsum() - law / 2 - norm.cdf(weights, mean, sd)).max() < 0.01
    # Few synapses are no Bayesian neural network.
    few = synapse_sum_law(*bayesian_weight(0.0, sd, 2)[:2], 2)
    assert np.abs(few[1].cumsum() - norm.cdf(bayesian_weight(0.0, sd, 2)[2] * few[0], 0, sd)).max() > 0.1


def test_a_layer_of_many_synapses_is_a_mean_field_bayesian_layer() -> None:
    """The oracle is written from the closed form: outputs are normal, with mean `x mu` and variance `x^2 sigma^2`."""
    rng = np.random.default_rng(0)
    means, sds = rng.uniform(-0.5, 0.5, (5, 2)), rng.uniform(0.5, 1, (5, 2))
    weights = np.empty((4000, 5, 2))
    for i, j in np.ndindex(5, 2):
        excitatory, inhibitory, efficacy = bayesian_weight(means[i, j], sds[i, j], 400)
        counts = rng.binomial(400, excitatory, 4000) - rng.binomial(400, inhibitory, 4000)
        weights[:, i, j] = efficacy * counts
    x = rng.standard_normal(5)
    outputs, expected_sd = x @ weights, np.sqrt(x**2 @ sds**2)
    standard = (outputs - x @ means) / expected_sd
    assert np.abs(standard.mean(0)).max() < 4 / np.sqrt(4000)
    assert np.abs(standard.std(0) - 1).max() < 4 / np.sqrt(2 * 4000)
    assert np.abs(np.quantile(standard, [0.1, 0.9], axis=0) - norm.ppf([[0.1], [0.9]])).max() < 0.1


@pytest.mark.parametrize(
    ("excitatory", "inhibitory", "neurons", "complaint"),
    [
        ([[[1.2]]], [[[0.1]]], (1, 1), "excitatory probability 1.2 is outside"),
        ([[[0.2]]], [[[-0.1]]], (1, 1), "inhibitory probability -0.1 is outside"),
        ([[[np.nan]]], [[[0.1]]], (1, 1), "probability nan is outside"),
        ([[[0.2, 0.3]]], [[[0.1]]], (1, 1), "do not match"),
        ([[[0.2, 0.3]], [[0.1]]], [[[0.2, 0.3]], [[0.1]]], (1, 1, 1), "starts from 1 types, but layer 0 ends at 2"),
        ([[[0.2]]], [[[0.1]]], (1, 0), "at least one neuron"),
        ([[[0.2]]], [[[0.1]]], (1, 1, 1), "one for each population"),
        ([[[0.2]]], [], (1, 1), "give both for each layer"),
        ([[0.2]], [[0.1]], (1, 1), "give a matrix"),
    ],
)
def test_bad_genomes_are_refused_by_name(excitatory: list, inhibitory: list, neurons: tuple, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Genome(excitatory, inhibitory, neurons)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="0 brains"):
        sample_brains(genome(np.random.default_rng(0)), 0, np.random.default_rng(1))
    with pytest.raises(ValueError, match="too few"):
        bayesian_weight(5.0, 0.5, 4)
    with pytest.raises(ValueError, match="sd is 0"):
        bayesian_weight(1.0, 0.0, 4)
    with pytest.raises(ValueError, match="0 synapses"):
        synapse_sum_law(0.1, 0.1, 0)


def test_rectified_moments_are_integrals() -> None:
    z = np.linspace(-12, 12, 200_001)
    for mean, variance in [(0.0, 1.0), (1.5, 0.3), (-2.0, 0.8)]:
        density = norm.pdf(z, mean, variance**0.5) * (z[1] - z[0])
        first, second = rectified_moments(torch.tensor(mean), torch.tensor(variance))
        assert first.item() == pytest.approx((np.maximum(z, 0) * density).sum(), abs=1e-5)
        assert second.item() == pytest.approx((np.maximum(z, 0) ** 2 * density).sum(), abs=1e-5)


def random_network(types: int, seed: int = 0) -> TypeNetwork:
    torch.manual_seed(seed)
    draw = [torch.randn(2, 30, types) - 1, torch.randn(2, types, 3) - 1, 0.5 * torch.randn(types), torch.randn(3)]
    return TypeNetwork(*(part.double() for part in draw))


def test_logits_by_moments_have_mean_and_variance_of_sampled_brains() -> None:
    network, n_neurons, n_brains = random_network(4), 8, 4000
    x = np.random.default_rng(0).random(30)
    p = [torch.sigmoid(part).numpy() for part in (network.hidden, network.output)]
    drawn = Genome([part[0] for part in p], [part[1] for part in p], (1, n_neurons, 1))
    hidden, output = sample_brains(drawn, n_brains, np.random.default_rng(1))
    seen = np.maximum(x @ hidden + network.hidden_offset.numpy().repeat(n_neurons), 0)
    sampled = 2.0 * np.einsum("nh,nhc->nc", seen, output) / n_neurons + network.output_offset.numpy()
    many = torch.from_numpy(x).expand(n_brains, 1, -1)
    generator = torch.Generator().manual_seed(0)
    counts = torch.full((n_brains,), float(n_neurons))
    predicted = population_logits(network, many, counts, 2.0, generator)[:, 0].numpy()
    error = sampled.std(0) / np.sqrt(n_brains)
    assert (np.abs(predicted.mean(0) - sampled.mean(0)) < 6 * error).all()
    assert predicted.std(0) == pytest.approx(sampled.std(0), rel=0.08)
    # The mean network is another agent.
    mean = population_logits(network, many[:1], torch.tensor([float("inf")]), 2.0, generator)[0, 0].numpy()
    assert (np.abs(mean - sampled.mean(0)) > 6 * error).any()


def test_with_infinitely_many_neurons_the_network_is_the_mean_network() -> None:
    network = random_network(4)
    x = torch.rand(5, 30, dtype=torch.float64)
    logits = population_logits(network, x, torch.tensor(float("inf")), 3.0, torch.Generator())
    weights = [moments(part)[0] for part in (network.hidden, network.output)]
    slow = 3.0 * torch.relu(x @ weights[0] + network.hidden_offset) @ weights[1] + network.output_offset
    assert logits.numpy() == pytest.approx(slow.numpy(), abs=1e-3)


def test_every_probability_has_a_finite_gradient() -> None:
    network = random_network(4)
    for part in network.parameters():
        part.requires_grad_()
    for count in (4.0, float("inf")):
        dark = torch.zeros(2, 30, dtype=torch.float64)
        population_logits(network, dark, torch.tensor(count), 1.0, torch.Generator()).sum().backward()
    assert all(torch.isfinite(part.grad).all() for part in network.parameters())
