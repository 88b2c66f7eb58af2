"""Scores with measurement noise against a simulated twin of the model, from little noise to far more noise than change."""

import numpy as np
import pytest
from scipy import special, stats

from learning_geometry.instruments.synapse_likelihood import LogSizes, log_sizes
from learning_geometry.instruments.synapse_power import simulate_synapses
from learning_geometry.instruments.synapse_scores import normal_scores


def scored(exponent, *, change, noise, assumed=None, n=1000, seed=0):
    """Scores at the parameters that made the sizes, in units of their geometric mean."""
    rng = np.random.default_rng(seed)
    before, after = simulate_synapses(exponent, (1, n), change=change, spread=0.83, noise=noise, rng=rng)
    unit = np.log(before).mean()
    parameters = np.array([[exponent, 0.0, np.log(change) + (1 - exponent) * unit]])
    return normal_scores(parameters, log_sizes(before, after, noise if assumed is None else assumed))[0]


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("change", [0.05, 0.3])
def test_scores_at_the_truth_are_normal_and_none_is_cut_off(exponent, noise, change):
    scores = scored(exponent, change=change, noise=noise, n=3000)
    assert stats.kstest(scores, "norm").pvalue > 1e-3
    assert scores.std() == pytest.approx(1, abs=0.05)
    assert len(np.unique(scores)) == 3000  # what saturates is the same for many
    assert np.abs(scores).max() < 5


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_half_the_noise_makes_no_normal_scores(exponent):
    """The control: the very sizes above, where noise outweighs change, with the wrong noise assumed."""
    scores = scored(exponent, change=0.05, noise=0.2, assumed=0.1, n=3000)
    assert stats.kstest(scores, "norm").pvalue < 1e-6


def simulated_scores(log_after, log_before, uncertain, noise, exponent, change, rng):
    """Normal scores of the places of later sizes among 200 000 that are simulated for a measured size before."""
    power, n = exponent - 1, 200_000
    dual = special.boxcox(np.exp(log_before + np.sqrt(uncertain) * rng.standard_normal(n)), power)
    lost = special.ndtr((-1 / power - dual) / change) if power else np.zeros(n)
    dual = dual + change * special.ndtri(lost + (1 - lost) * rng.random(n))  # a change after which the synapse is alive
    simulated = np.sort(np.log(special.inv_boxcox(dual, power)) + np.sqrt(noise) * rng.standard_normal(n))
    return special.ndtri(np.searchsorted(simulated, log_after) / n)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(("change", "noise"), [(0.05, 0.2), (0.3, 0.2), (0.3, 0.02), (0.05, 0.05)])
def test_scores_are_places_among_simulated_sizes(exponent, change, noise):
    rng = np.random.default_rng(4)
    variance = np.log1p(noise**2)
    parameters = np.array([[exponent, 0.0, np.log(change)]])
    for before in (-2.0, -1.0, 0.0, 1.0):  # the smallest synapses of a 3-norm change by many times their size
        width = np.hypot(np.sqrt(2 * variance), min(change * np.exp((1 - exponent) * before), 0.8))
        after = before + width * np.linspace(-3, 3, 13)
        uncertain = 0.94 * variance
        sizes = LogSizes(np.full((1, 13), before), after[None], np.full((1, 1), uncertain), variance)
        found = normal_scores(parameters, sizes)[0]
        expected = simulated_scores(after, before, uncertain, variance, exponent, change, rng)
        inner = np.abs(expected) < 2.5
        assert inner.sum() >= 5
        np.testing.assert_allclose(found[inner], expected[inner], atol=0.05)
