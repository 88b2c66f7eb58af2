"""Statistics of the dual change against the official formula, scipy, closed forms and Monte Carlo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning_geometry.instruments.dual_change import (
    cdf_distance,
    cdf_distance_critical,
    cdf_distance_floor,
    dual_change,
    log_likelihood,
    log_likelihood_critical,
    log_likelihood_floor,
    shapiro_wilk,
    shapiro_wilk_critical,
    shapiro_wilk_floor,
)
from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, of_exponent

seeds = st.integers(0, 2**32 - 1)
exponents = st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0])
steady = settings(deadline=None, derandomize=True, max_examples=50)


def slow_distance(change):
    """The formula of the official code: every point of the grid against every change."""
    scaled = change / np.std(change, ddof=1)
    grid = np.linspace(-5, 5, 1000)
    empirical = (grid[:, None] > scaled[None, :]).mean(axis=1)
    return np.sum(np.abs(empirical - stats.norm.cdf(grid))) * (grid[1] - grid[0])


def weights(rng, n):
    return rng.choice([-1.0, 1.0], n) * rng.lognormal(-2, 0.8, n)


@given(seed=seeds, exponent=exponents, n=st.integers(1, 50))
@steady
def test_dual_change_is_what_was_added_in_the_dual_space(seed, exponent, n):
    rng = np.random.default_rng(seed)
    potential, before = of_exponent(exponent), weights(rng, n)
    added = 0.1 * rng.standard_normal(n)
    after = potential.primal(potential.dual(before) + added, before)
    kept = before.copy(), after.copy()
    np.testing.assert_allclose(dual_change(before, after, potential), added, atol=1e-12)
    np.testing.assert_array_equal(before, kept[0])
    np.testing.assert_array_equal(after, kept[1])
    wrong = of_exponent(1.0 if exponent > 2 else 3.0)
    assert not np.allclose(dual_change(before, after, wrong), added)  # the control


def test_dual_change_of_weights_that_changed_sign_follows_the_formula():
    change = dual_change([0.5, -0.5], [-0.25, -0.25], NegativeEntropy())
    np.testing.assert_allclose(change, [-(np.log(0.25) + 1) - (np.log(0.5) + 1), np.log(2)])
    np.testing.assert_allclose(dual_change([0.5], [-0.25], PNorm(3.0)), [-0.0625 - 0.25])


@given(seed=seeds, n=st.integers(2, 200), rows=st.integers(1, 4), kind=st.sampled_from(["normal", "cubic", "grid"]))
@steady
def test_cdf_distance_is_the_official_formula(seed, n, rows, kind):
    rng = np.random.default_rng(seed)
    change = rng.standard_normal((2, rows, n)) + 0.3
    if kind == "cubic":
        change = change**3
    if kind == "grid":  # Many ties, some of them on points of the grid.
        change = np.round(change)
        change[..., 0] += 5
    before = change.copy()
    expected = np.reshape([slow_distance(row) for row in change.reshape(-1, n)], (2, rows))
    found = cdf_distance(change)
    assert found.shape == (2, rows)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    assert cdf_distance(change[0, 0]) == found[0, 0]
    np.testing.assert_allclose(cdf_distance(7 * change[..., ::-1]), found, atol=1e-3 + 1 / n * (kind == "grid"))
    np.testing.assert_array_equal(change, before)


def test_cdf_distance_is_the_area_between_the_curves():
    exact = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert cdf_distance(exact) < 1e-4
    for shift in (0.1, -0.5):  # The mean is not removed: curves that are shifted enclose the shift.
        assert cdf_distance(exact + shift) == pytest.approx(abs(shift), abs=1e-4)
    # Half of the changes at -1, half at 1: the empirical curve has two steps.
    grid = np.linspace(-5, 5, 200_001)
    area = np.abs(np.where(grid <= -1, 0, np.where(grid <= 1, 0.5, 1)) - stats.norm.cdf(grid)).mean() * 10
    assert cdf_distance(np.repeat([-1.0, 1.0], 50_000)) == pytest.approx(area, abs=2e-3)
    far = np.concatenate([exact, [-1e6, 1e6]])  # And what lies beyond 5 counts for what it leaves.
    assert cdf_distance(far) == pytest.approx(2 * stats.norm.expect(lambda x: x, lb=0), abs=0.02)


@pytest.mark.parametrize(("n", "tolerance"), [(5, 0.09), (20, 0.025), (100, 0.025), (1000, 0.04)])
def test_floor_and_critical_value_of_the_distance_are_those_of_gaussian_changes(n, tolerance):
    rng = np.random.default_rng(n)
    changes = 3 * rng.standard_normal((4_000_000 // max(n, 200), n))
    found = cdf_distance(changes)
    assert found.mean() == pytest.approx(cdf_distance_floor(n), rel=tolerance)
    assert np.mean(found > cdf_distance_critical(n)) == pytest.approx(0.05, abs=0.01)
    assert np.mean(found > cdf_distance_critical(n, level=0.2)) == pytest.approx(0.2, abs=0.02)
    # The controls: another distribution is found out, and changes without their means have another floor.
    if n > 5:
        heavy = cdf_distance(changes[:500] ** 3)
        assert heavy.mean() > 1.2 * cdf_distance_floor(n)
        centred = cdf_distance(changes - changes.mean(axis=1, keepdims=True))
        assert centred.mean() < 0.8 * cdf_distance_floor(n)


def test_floor_of_the_distance_has_its_closed_form():
    assert cdf_distance_floor(100) == pytest.approx(0.11847, abs=1e-5)
    assert cdf_distance_floor(10_000) == pytest.approx(cdf_distance_floor(100) / 10, rel=1e-12)
    assert cdf_distance_critical(40_000) == pytest.approx(cdf_distance_critical(400) / 10, rel=1e-12)
    assert cdf_distance_critical(300, level=0.01) > cdf_distance_critical(300) > cdf_distance_critical(300, level=0.5)


@pytest.mark.parametrize("n", [5, 6, 7, 11, 12, 13, 50, 501, 5000])
def test_w_is_that_of_scipy_and_its_critical_value_has_scipys_p_value(n):
    rng = np.random.default_rng(n)
    change = rng.standard_normal((3, 2, n)) + np.linspace(-1, 1, n) ** 2
    found = shapiro_wilk(change)
    assert found.shape == (3, 2)
    for row, w in zip(change.reshape(-1, n), found.ravel(), strict=True):
        expected = stats.shapiro(row)
        assert w == pytest.approx(expected.statistic, abs=1e-7)
        if 0.001 < expected.pvalue < 1:
            critical = shapiro_wilk_critical(n, level=float(expected.pvalue))
            assert critical == pytest.approx(w, abs=1e-6)
    np.testing.assert_allclose(shapiro_wilk(-3 * change[0] + 1), found[0], atol=1e-12)  # theorem: units do not matter
    assert not np.allclose(shapiro_wilk(change[0] ** 3), found[0], atol=1e-4)  # the control


@pytest.mark.parametrize("n", [5, 11, 12, 100, 1000])
def test_floor_and_critical_value_of_w_are_those_of_gaussian_changes(n):
    changes = np.random.default_rng(n).standard_normal((2_000_000 // max(n, 100), n))
    found = shapiro_wilk(changes)
    assert found.mean() == pytest.approx(shapiro_wilk_floor(n), abs=0.003)
    assert 1 - found.mean() == pytest.approx(1 - shapiro_wilk_floor(n), rel=0.06)
    assert np.mean(found < shapiro_wilk_critical(n)) == pytest.approx(0.05, abs=0.015)
    skewed = shapiro_wilk(np.exp(changes[:2000]))
    assert np.mean(skewed < shapiro_wilk_critical(n)) > 0.2  # the control


def test_w_is_largest_for_the_expected_order_statistics():
    scores = stats.norm.ppf((np.arange(1, 201) - 0.375) / 200.25)
    assert 0.999 < shapiro_wilk(scores) <= 1
    assert shapiro_wilk(np.linspace(-1, 1, 200)) < 0.97


@given(seed=seeds, exponent=exponents, n=st.integers(2, 50), positive=st.booleans())
@steady
def test_log_likelihood_is_a_density_of_the_later_weights(seed, exponent, n, positive):
    rng = np.random.default_rng(seed)
    potential, before = of_exponent(exponent), weights(rng, n)
    after = before * rng.lognormal(0, 0.5, n)
    change = potential.dual(after) - potential.dual(before)
    # Slowly: a Gaussian density of the change times the slope of the dual image, by finite differences.
    step = 1e-6 * after
    slope = (potential.dual(after + step) - potential.dual(after - step)) / (2 * step)
    expected = stats.norm.logpdf(change, change.mean(), change.std()).sum() + np.log(slope).sum()
    assert log_likelihood(before, after, potential) == pytest.approx(expected, abs=1e-5 * n)


@given(seed=seeds, exponent=exponents, scale=st.sampled_from([1e-6, 0.1, 1e6]))
@steady
def test_units_change_all_log_likelihoods_alike(seed, exponent, scale):
    rng = np.random.default_rng(seed)
    before = weights(rng, 30)
    after = before * rng.lognormal(0, 0.3, 30)
    once, scaled = (log_likelihood(c * before, c * after, of_exponent(exponent)) for c in (1, scale))
    assert once - scaled == pytest.approx(30 * np.log(scale), abs=1e-6)


@given(seed=seeds, exponent=exponents, constant=st.floats(0.1, 10))
@steady
def test_log_likelihood_from_a_constant_start_is_that_of_box_and_cox(seed, exponent, constant):
    after = np.random.default_rng(seed).lognormal(0, 0.7, 40)
    found = log_likelihood(np.full(40, constant), after, of_exponent(exponent))
    assert found == pytest.approx(stats.boxcox_llf(exponent - 1, after) - 20 * (np.log(2 * np.pi) + 1), abs=1e-8)
    other = stats.boxcox_llf(exponent, after) - 20 * (np.log(2 * np.pi) + 1)
    assert found != pytest.approx(other, abs=1e-3)  # the control: the parameter is p - 1


def test_log_likelihood_rules_out_what_negative_entropy_forbids():
    before = np.array([0.1, -0.2, 0.3, 0.5])
    kept = np.array([0.2, -0.1, 0.2, 0.8])
    assert np.isfinite(log_likelihood(before, kept, NegativeEntropy()))
    for i, new in ((0, -0.1), (1, 0.0)):
        after = kept.copy()
        after[i] = new
        assert log_likelihood(before, after, NegativeEntropy()) == -np.inf
    assert log_likelihood([0.0, 0.1, 0.2], [0.1, 0.2, 0.4], NegativeEntropy()) == -np.inf
    assert np.isfinite(log_likelihood(before, -kept, PNorm(3.0)))  # the control: other geometries allow it
    assert np.isfinite(log_likelihood([0.0, 0.1, 0.2], [0.0, 0.2, 0.4], PNorm(2.0)))


@pytest.mark.parametrize("n", [5, 20, 500])
def test_floor_and_critical_value_of_the_likelihood_are_those_of_gaussian_changes(n):
    rng = np.random.default_rng(n)
    changes = 2 * rng.standard_normal((5_000_000 // max(n, 100), n)) + 1
    best = -n / 2 * (np.log(2 * np.pi * changes.var(axis=1)) + 1)
    gain = best - stats.norm.logpdf(changes, 1, 2).sum(axis=1)
    assert gain.mean() == pytest.approx(log_likelihood_floor(n), abs=4 * gain.std() / np.sqrt(len(gain)))
    for level in (0.01, 0.05, 0.5):
        error = 4 * np.sqrt(level * (1 - level) / len(gain))
        assert np.mean(gain > log_likelihood_critical(n, level=level)) == pytest.approx(level, abs=error)
    before = np.zeros(n)
    assert log_likelihood(before, changes[0], PNorm(2.0)) == pytest.approx(best[0])  # it is that likelihood's gain


def test_gain_of_the_likelihood_tends_to_half_a_chi_square_of_two():
    assert log_likelihood_floor(10**6) == pytest.approx(1, abs=1e-5)
    assert log_likelihood_critical(10**6) == pytest.approx(-np.log(0.05), abs=2e-3)
    assert log_likelihood_floor(5) > 1.2


def test_every_statistic_names_the_geometry_that_made_the_change():
    candidates = [1.0, 2.0, 3.0]
    rng = np.random.default_rng(0)
    before = weights(rng, 500)
    for truth in candidates:
        potential = of_exponent(truth)
        noise = 0.15 * potential.curvature(0.1) * 0.1 * rng.standard_normal(500)
        after = potential.primal(potential.dual(before) + noise, before)
        changes = np.stack([dual_change(before, after, of_exponent(p)) for p in candidates])
        assert candidates[cdf_distance(changes).argmin()] == truth
        assert candidates[shapiro_wilk(changes).argmax()] == truth
        assert candidates[np.argmax([log_likelihood(before, after, of_exponent(p)) for p in candidates])] == truth
        wrong = [candidate != truth for candidate in candidates]
        assert (cdf_distance(changes)[wrong] > cdf_distance_critical(500)).all()
        assert (shapiro_wilk(changes)[wrong] < shapiro_wilk_critical(500)).all()


ok = np.array([0.1, 0.2, 0.4])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dual_change(ok, ok[:2], PNorm(2.0)), r"shape \(3,\) and after \(2,\)"),
        (lambda: dual_change(ok, ok * np.nan, PNorm(2.0)), "not finite"),
        (lambda: dual_change(ok * 0, ok, NegativeEntropy()), "3 weights are zero.*leave them out"),
        (lambda: log_likelihood(ok[None], ok[None], PNorm(2.0)), r"shape \(1, 3\)"),
        (lambda: log_likelihood(ok, ok * [1, 0, 0], PNorm(3.0)), "2 weights are zero afterwards.*3-norm"),
        (lambda: log_likelihood(ok * [1, 0, 1], ok * [2, 0, 1], NegativeEntropy()), "1 weights are zero"),
        (lambda: log_likelihood([1.0, 2.0, 4.0], [2.0, 3.0, 5.0], PNorm(2.0)), "all 3 changes"),
        (lambda: log_likelihood(ok[:1], ok[:1], PNorm(2.0)), "at least 2 weights"),
        (lambda: cdf_distance(1.0), r"shape \(\)"),
        (lambda: cdf_distance([1.0]), "at least 2 weights"),
        (lambda: cdf_distance([[1.0, 2.0], [3.0, 3.0]]), "equal"),
        (lambda: cdf_distance([1.0, np.inf]), "not finite"),
        (lambda: shapiro_wilk([1.0, 2.0, 4.0, 5.0]), "4 weights.*at least 5"),
        (lambda: shapiro_wilk(np.ones(9)), "equal"),
        (lambda: cdf_distance_floor(4), "4 weights.*at least 5"),
        (lambda: cdf_distance_critical(100, level=0.0), "level is 0.0"),
        (lambda: cdf_distance_critical(4), "at least 5"),
        (lambda: shapiro_wilk_floor(5001), "5001 weights.*5 to 5000"),
        (lambda: shapiro_wilk_critical(10, level=1.0), "level is 1.0"),
        (lambda: shapiro_wilk_critical(6000), "random part"),
        (lambda: log_likelihood_floor(0), "0 weights"),
        (lambda: log_likelihood_critical(10, level=0.0001), "level is 0.0001"),
    ],
)
def test_what_cannot_be_judged_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
