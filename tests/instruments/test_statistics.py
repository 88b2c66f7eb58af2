"""Intervals: exact where theory is exact, and covering what they promise."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.statistics import Interval, bootstrap_interval, mean_interval, proportion_interval

steady = settings(deadline=None, derandomize=True, max_examples=50)


def test_mean_interval_is_the_textbook_one():
    """The quantile t(0.975, 4 degrees of freedom) is 2.776445."""
    interval = mean_interval([1, 2, 3, 4, 5])
    assert isinstance(interval, Interval)
    half = 2.776445105 * np.sqrt(2.5 / 5)
    assert interval == pytest.approx((3 - half, 3 + half), abs=1e-8)
    assert mean_interval([2.0, 2.0]) == (2.0, 2.0)


def test_mean_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    for level in (0.5, 0.95):
        intervals = [mean_interval(sample, level=level) for sample in rng.normal(3, 2, (2000, 3))]
        covered = sum(low <= 3 <= high for low, high in intervals)
        assert abs(covered / 2000 - level) < 4 * np.sqrt(level * (1 - level) / 2000)


@given(trials=st.integers(1, 60), data=st.data(), level=st.sampled_from([0.8, 0.95, 0.99]))
@steady
def test_proportion_interval_inverts_the_binomial_tails(trials, data, level):
    successes = data.draw(st.integers(0, trials))
    low, high = proportion_interval(successes, trials, level=level)

    def tail(p, ks):
        return sum(comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in ks)

    assert low <= successes / trials <= high
    if successes > 0:
        assert tail(low, range(successes, trials + 1)) == pytest.approx((1 - level) / 2)
    if successes < trials:
        assert tail(high, range(successes + 1)) == pytest.approx((1 - level) / 2)
    mirrored = proportion_interval(trials - successes, trials, level=level)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_proportion_interval_reaches_the_ends():
    assert proportion_interval(0, 10)[0] == 0.0
    assert proportion_interval(10, 10)[1] == 1.0
    assert proportion_interval(0, 10)[1] == pytest.approx(1 - 0.025 ** (1 / 10))


def test_bootstrap_interval_of_a_mean_is_nearly_normal():
    values = np.random.default_rng(1).normal(0, 1, 400)
    low, high = bootstrap_interval(values, np.mean, rng=np.random.default_rng(2))
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_bootstrap_interval_repeats_with_its_generator_and_resamples_rows():
    pairs = np.random.default_rng(3).normal(size=(50, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])

    def correlation(rows):
        return float(np.corrcoef(rows.T)[0, 1])

    first, again, other = (
        bootstrap_interval(pairs, correlation, rng=np.random.default_rng(seed), n_resamples=200) for seed in (4, 4, 5)
    )
    assert first == again
    assert first != other
    assert first.low < correlation(pairs) < first.high
    narrow = bootstrap_interval(pairs, correlation, rng=np.random.default_rng(4), n_resamples=200, level=0.5)
    assert first.low < narrow.low < narrow.high < first.high


@pytest.mark.parametrize("level", [0.0, 1.0, 95, np.nan])
def test_level_is_a_probability(level):
    rng = np.random.default_rng(0)
    for interval in (
        lambda: mean_interval([1, 2], level=level),
        lambda: proportion_interval(1, 2, level=level),
        lambda: bootstrap_interval([1, 2], np.mean, rng=rng, level=level),
    ):
        with pytest.raises(ValueError, match="level is"):
            interval()


@pytest.mark.parametrize(
    ("values", "message"), [([1.0], "got 1"), ([1.0, np.nan], "finite"), ([[1.0, 2.0]], r"\(1, 2\)")]
)
def test_mean_interval_refuses(values, message):
    with pytest.raises(ValueError, match=message):
        mean_interval(values)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_proportion_interval_refuses(successes, trials):
    with pytest.raises(ValueError, match=f"got {successes} successes in {trials} trials"):
        proportion_interval(successes, trials)


@pytest.mark.parametrize(
    ("values", "resamples", "message"), [([1.0], 10, "shape"), ([1, np.inf], 10, "finite"), ([1, 2], 0, "is 0")]
)
def test_bootstrap_interval_refuses(values, resamples, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(values, np.mean, rng=np.random.default_rng(0), n_resamples=resamples)
