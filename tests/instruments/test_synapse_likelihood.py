"""The density of later sizes against integrals and truncated normals, its maximum against a general optimiser."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from learning_geometry.instruments.synapse_likelihood import (
    LogSizes,
    dual_size,
    fit,
    log_density,
    log_sizes,
    start,
)
from learning_geometry.instruments.synapse_power import simulate_synapses
from learning_geometry.instruments.synapse_scores import normal_scores

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=40)
exponents = st.sampled_from([-0.5, 0.0, 0.6, 1.0, 1.5, 2.0, 3.0, 4.2])
CONSTANT = np.log(np.sqrt(2 * np.pi))


def given_sizes(log_before, log_after, uncertain=0.0, noise=0.0):
    """One sample, without the centring and the shrinkage of `log_sizes`."""
    return LogSizes(np.atleast_2d(log_before), np.atleast_2d(log_after), np.full((1, 1), uncertain), noise)


def slow_density(log_after, log_before, exponent, drift, change):
    """The density of log after: a normal dual change, cut off where the dual space ends."""
    power = exponent - 1
    at = special.boxcox(np.exp(log_before), power) + drift
    low = -1 / power if power > 0 else -np.inf
    high = -1 / power if power < 0 else np.inf
    normal = stats.truncnorm((low - at) / change, (high - at) / change, loc=at, scale=change)
    return normal.logpdf(special.boxcox(np.exp(log_after), power)) + power * log_after


@given(
    exponent=exponents,
    before=st.floats(-1.5, 1.5),
    drift=st.floats(-0.2, 0.2),
    change=st.floats(0.05, 0.6),
    step=st.floats(-2, 2),
)
@steady
def test_density_is_that_of_a_truncated_normal_change(exponent, before, drift, change, step):
    after = before + step * change
    found = log_density(np.array([[exponent, drift, np.log(change)]]), given_sizes(before, after))
    expected = slow_density(after, before, exponent, drift, change)
    assert found[0, 0] - CONSTANT == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2])
def test_density_integrates_to_one(exponent, noise):
    before, x = -0.8, np.linspace(-12, 6, 20_000)
    of_noise = np.log1p(noise**2)
    sizes = given_sizes(before, x, of_noise / 1.1, of_noise)
    density = np.exp(log_density(np.array([[exponent, 0.05, np.log(0.3)]]), sizes)[0] - CONSTANT)
    assert integrate.trapezoid(density, x) == pytest.approx(1, abs=0.02 if noise else 1e-5)
    if exponent == 3 and noise == 0:  # the control: without the lost synapses something is missing
        normal = np.exp(stats.norm(dual_size(np.array(before), 3.0) + 0.05, 0.3).logpdf(dual_size(x, 3.0)) + 2 * x)
        assert integrate.trapezoid(normal, x) < 0.75


def brute_density(x, before, uncertain, noise, exponent, change):
    """The integral over both true sizes, on a grid."""
    nodes = np.linspace(-6, 6, 151)
    weights = np.exp(-(nodes**2) / 2) / np.exp(-(nodes**2) / 2).sum()
    y = before + np.sqrt(uncertain) * nodes
    found = []
    for measured in x:
        true = measured + np.sqrt(noise) * nodes
        slow = [slow_density(true, each, exponent, 0.0, change) for each in y[::3]]
        found.append(weights[::3] @ (np.exp(slow) @ weights) / weights[::3].sum())
    return np.array(found)


@pytest.mark.parametrize(("exponent", "before"), [(0.5, 0.0), (1.0, 0.5), (2.0, -0.5), (3.0, 0.0), (3.0, 1.2)])
def test_noisy_density_is_the_integral_over_true_sizes(exponent, before):
    change, noise = 0.3, np.log1p(0.2**2)
    x = before + np.linspace(-1.6, 1.2, 29)
    brute = brute_density(x, before, noise * 0.94, noise, exponent, change)
    sizes = given_sizes(before, x, noise * 0.94, noise)
    found = np.exp(log_density(np.array([[exponent, 0.0, np.log(change)]]), sizes)[0] - CONSTANT)
    np.testing.assert_allclose(found, brute, atol=0.02 * brute.max())
    if exponent == 3:  # the control: noise as a variance added in the dual space at the size before
        variance = change**2 + 1.94 * noise * np.exp(4 * before)
        added = np.exp(slow_density(x, before, exponent, 0.0, np.sqrt(variance)))
        assert np.abs(added - brute).max() > 0.05 * brute.max()


@given(exponent=st.floats(0.6, 3), seed=seeds)
@steady
def test_small_noise_is_hardly_any(exponent, seed):
    before, after = simulate_synapses(exponent, (1, 30), change=0.2, spread=0.6, rng=np.random.default_rng(seed))
    parameters = np.array([[exponent, 0.0, np.log(0.2)]])
    without, little = (log_density(parameters, log_sizes(before, after, noise)) for noise in (0.0, 1e-5))
    np.testing.assert_allclose(little, without, atol=1e-3)
    much = log_density(parameters, log_sizes(before, after, 0.2))
    assert np.abs(much - without).max() > 0.05  # the control


def test_dual_sizes_are_those_of_box_and_cox_and_continuous_at_the_logarithm():
    size = np.array([0.1, 1.0, 7.0])
    for exponent in (0.0, 1.0, 1.5, 3.0):
        np.testing.assert_allclose(dual_size(np.log(size), exponent), special.boxcox(size, exponent - 1), atol=1e-7)
    np.testing.assert_allclose(dual_size(np.log(size), 1 + 1e-6), np.log(size), atol=1e-5)


@given(seed=seeds)
@steady
def test_measured_sizes_are_drawn_to_the_mean_by_the_share_that_is_noise(seed):
    rng = np.random.default_rng(seed)
    true = 0.7 * rng.standard_normal(20_000)
    before = np.exp(true + np.sqrt(np.log1p(0.3**2)) * rng.standard_normal(20_000))
    sizes = log_sizes(before[None], before[None], 0.3)
    slope = np.polyfit(np.log(before), true, 1)
    assert sizes.before.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(np.polyfit(np.log(before), sizes.before[0], 1)[0], slope[0], atol=0.02)
    left = true - np.polyval(slope, np.log(before))
    assert sizes.variance_before[0, 0] == pytest.approx(left.var(), rel=0.05)
    assert sizes.variance_before[0, 0] < 0.9 * np.log1p(0.3**2)  # the control: a measured size says less


@pytest.mark.parametrize(("exponent", "noise"), [(0.3, 0.0), (1.0, 0.1), (2.0, 0.0), (3.0, 0.0), (3.0, 0.1)])
def test_fit_is_the_maximum_that_a_general_optimiser_finds(exponent, noise):
    rng = np.random.default_rng(5)
    before, after = simulate_synapses(exponent, (3, 80), change=0.2, spread=0.7, noise=noise, rng=rng)
    sizes = log_sizes(before, after, noise)
    for free in (True, False):
        begin = start(sizes, np.full(3, 2.0))
        found = fit(begin, sizes, free_exponent=free)
        np.testing.assert_array_equal(begin, start(sizes, np.full(3, 2.0)))  # what was passed stays as it was
        for i in range(3):
            row = sizes.rows(np.array([i]))

            def loss(x, row=row, free=free):
                return -log_density(np.atleast_2d(x if free else [2.0, *x]), row).sum()

            begins = [begin[i] + [shift, 0, 0] for shift in (-1.0, 0.0, 1.0)] if free else [begin[i, 1:]]
            slow = [optimize.minimize(loss, x, method="Nelder-Mead", options={"maxiter": 1000}) for x in begins]
            best = min(slow, key=lambda result: result.fun)
            assert found.log_likelihood[i] == pytest.approx(-best.fun, abs=2e-3)
            if (
                exponent == 2 or free
            ):  # elsewhere the likelihood is flat: most synapses lost, or fewer at a smaller change
                kept = found.parameters[i] if free else found.parameters[i, 1:]
                np.testing.assert_allclose(kept, best.x, atol=0.02)
        assert free or np.all(found.parameters[:, 0] == 2)


def test_many_fits_of_one_sample_are_those_of_its_copies():
    before, after = simulate_synapses(2.0, (1, 50), change=0.2, spread=0.7, noise=0.1, rng=np.random.default_rng(0))
    one = log_sizes(before, after, 0.1)
    copies = log_sizes(np.repeat(before, 4, axis=0), np.repeat(after, 4, axis=0), 0.1)
    at = np.array([0.5, 1.0, 2.0, 3.0])
    begin = start(copies, at)
    np.testing.assert_allclose(start(one, at), begin)
    alone, together = (fit(begin, sizes, free_exponent=False) for sizes in (one, copies))
    np.testing.assert_allclose(alone.log_likelihood, together.log_likelihood)
    np.testing.assert_array_equal(alone.parameters[:, 0], at)


def test_from_equal_sizes_the_exponent_is_that_of_the_box_cox_transform():
    # No synapse can be lost at such a small change, so that nothing but the transform is left.
    rng = np.random.default_rng(1)
    after = special.inv_boxcox(special.boxcox(2.0, 0.6) + 0.1 * rng.standard_normal(3000), 0.6)[None]
    sizes = log_sizes(np.full_like(after, 2.0), after)
    found = fit(start(sizes, np.array([1.0])), sizes, free_exponent=True)
    assert found.parameters[0, 0] - 1 == pytest.approx(stats.boxcox_normmax(after[0] / 2, method="mle"), abs=0.01)


@pytest.mark.parametrize(("exponent", "noise"), [(0.3, 0.0), (1.0, 0.0), (3.0, 0.0), (2.0, 0.1), (3.0, 0.1)])
def test_scores_are_normal_at_the_truth_and_nowhere_else(exponent, noise):
    rng = np.random.default_rng(2)
    before, after = simulate_synapses(exponent, (1, 4000), change=0.3, spread=0.7, noise=noise, rng=rng)
    sizes = log_sizes(before, after, noise)
    at = np.array([exponent, exponent + 1.5 if exponent < 2 else exponent - 1.5])
    right, wrong = normal_scores(fit(start(sizes, at), sizes, free_exponent=False).parameters, sizes)
    assert np.isfinite(right).all()
    assert np.isfinite(wrong).all()
    assert stats.kstest(right, "norm").statistic < (0.03 if noise else 0.02)
    assert right.std() == pytest.approx(1, abs=0.04)
    assert 1 - stats.shapiro(wrong).statistic > 3 * (1 - stats.shapiro(right).statistic)  # the control


def test_scores_without_noise_are_quantiles_of_the_truncated_normal():
    before, after = simulate_synapses(3.0, (1, 200), change=0.4, spread=0.7, rng=np.random.default_rng(3))
    sizes = log_sizes(before, after)
    for exponent in (0.4, 3.0):
        at, change = dual_size(sizes.before[0], exponent), 0.5
        end = -1 / (exponent - 1)
        low, high = (end, np.inf) if exponent > 1 else (-np.inf, end)
        normal = stats.truncnorm((low - at) / change, (high - at) / change, loc=at, scale=change)
        expected = stats.norm.ppf(normal.cdf(dual_size(sizes.after[0], exponent)))
        found = normal_scores(np.array([[exponent, 0.0, np.log(change)]]), sizes)[0]
        inner = np.abs(expected) < 2.5  # beyond, the quantile of the twin itself loses digits
        np.testing.assert_allclose(found[inner], expected[inner], atol=1e-6)
