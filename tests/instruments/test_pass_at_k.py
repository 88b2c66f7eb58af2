"""pass@k against the enumeration of subsets and the binomial law; its interval against coverage; crossings that are known."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from learning_geometry.instruments.pass_at_k import PassAtKInterval, crossing, pass_at_k, pass_at_k_interval

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=50)


def plug_in(n_samples, n_correct, k):
    """The biased estimate, as if the share of right samples were the probability."""
    return 1 - (1 - np.asarray(n_correct) / n_samples) ** np.asarray(k)[:, None]


def binomial(n, p):
    """Probabilities of 0 to n right samples."""
    return np.array([comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)])


@pytest.mark.parametrize("n", range(1, 9))
def test_is_the_share_of_subsets_with_a_right_sample(n):
    counts, ks = range(n + 1), range(1, n + 1)
    shares = [[np.mean([any(i < c for i in drawn) for drawn in combinations(range(n), k)]) for c in counts] for k in ks]
    values = pass_at_k(n, list(counts), list(ks))
    assert values.shape == (n, n + 1)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, shares, rtol=1e-14)
    if n > 1:
        assert np.abs(plug_in(n, list(counts), list(ks)) - shares).max() > 0.04  # the control


@given(n=st.integers(1, 40), p=st.floats(0, 1))
@steady
def test_expectation_over_the_binomial_is_the_probability_of_a_right_sample_among_k(n, p):
    counts, k = np.arange(n + 1), np.arange(1, n + 1)
    expected = pass_at_k(n, counts, k) @ binomial(n, p)
    np.testing.assert_allclose(expected, 1 - (1 - p) ** k, atol=1e-12)


def test_plug_in_is_biased_downwards():
    """The negative control of the test above, which the plug-in of the share does not pass."""
    counts, k = np.arange(11), np.arange(1, 11)
    bias = plug_in(10, counts, k) @ binomial(10, 0.1) - (1 - 0.9**k)
    assert bias[0] == pytest.approx(0, abs=1e-12)
    assert np.all(np.diff(bias) < 0)
    assert bias[-1] < -0.08


@pytest.mark.parametrize("n", [256, 2000])
def test_many_samples_lose_no_digits(n):
    counts, ks = [1, 2, n // 10, n // 2, n - 1], [1, 2, 16, n // 2, n - 1]
    exact = [[float(1 - Fraction(comb(n - c, k), comb(n, k))) for c in counts] for k in ks]
    np.testing.assert_allclose(pass_at_k(n, counts, ks), exact, rtol=1e-12)
    with np.errstate(invalid="ignore"):
        naive = 1 - special.comb(n - 1, n // 2) / special.comb(n, n // 2)
    assert np.isfinite(naive) == (n < 1000)  # the control: binomials themselves leave float64


@given(n=st.integers(1, 300))
@steady
def test_grows_with_k_and_with_right_samples_between_exact_ends(n):
    values = pass_at_k(n, np.arange(n + 1), np.arange(1, n + 1))
    assert np.all(np.diff(values, axis=0) >= 0)
    assert np.all(np.diff(values, axis=1) >= 0)
    assert np.all(values[:, 0] == 0)  # never right
    assert np.all(values[:, -1] == 1)  # always right
    assert np.all(values[-1, 1:] == 1)  # all samples drawn, one of them right
    np.testing.assert_allclose(values[0], np.arange(n + 1) / n, atol=1e-15)
    few = np.add.outer(np.arange(1, n + 1), np.arange(n + 1)) > n
    assert np.all(values[few] == 1)  # fewer wrong samples than are drawn


@given(seed=seeds, n=st.integers(1, 50))
@steady
def test_problems_and_ks_keep_their_order_and_the_input_its_values(seed, n):
    rng = np.random.default_rng(seed)
    counts, k = rng.integers(0, n + 1, 7), rng.integers(1, n + 1, 4)
    given_counts, given_k = counts.copy(), k.copy()
    values = pass_at_k(n, counts, k)
    one_by_one = [[pass_at_k(n, [c], [j])[0, 0] for c in counts.tolist()] for j in k.tolist()]
    np.testing.assert_array_equal(values, one_by_one)
    np.testing.assert_array_equal(counts, given_counts)
    np.testing.assert_array_equal(k, given_k)


@pytest.mark.parametrize(
    ("n_samples", "n_correct", "k", "message"),
    [
        (0, [0], [1], "n_samples is 0"),
        (8, [0, 9], [1], "n_correct holds 9"),
        (8, [-1], [1], "n_correct holds -1"),
        (8, [3], [1, 9], "k holds 9.*8 samples"),
        (8, [3], [0], "k holds 0"),
        (8, [], [1], r"n_correct has shape \(0,\)"),
        (8, [3], [], r"k has shape \(0,\)"),
        (8, 3, [1], r"n_correct has shape \(\)"),
        (8, [[3]], [1], r"n_correct has shape \(1, 1\)"),
        (8, [3], 1, r"k has shape \(\)"),
        (8, [0.5], [1], "n_correct.*float64"),
        (8, [True, False], [1], "n_correct.*bool"),
        (8, [3], [1.0], "k.*float64"),
    ],
)
def test_pass_at_k_refuses(n_samples, n_correct, k, message):
    with pytest.raises(ValueError, match=message):
        pass_at_k(n_samples, n_correct, k)


def test_interval_covers_the_mean_over_all_problems_where_counting_samples_does_not():
    rng = np.random.default_rng(0)
    a, b, n_samples, n_problems, k = 0.3, 0.7, 16, 80, np.array([1, 4, 16])
    truth = 1 - special.beta(a, b + k) / special.beta(a, b)  # 1 - E (1 - p)^k of p ~ Beta(a, b)
    covered, careless = np.zeros(3), 0
    for _ in range(300):
        counts = rng.binomial(n_samples, rng.beta(a, b, n_problems))
        found = pass_at_k_interval(n_samples, counts, k, rng=rng, n_resamples=400)
        covered += (found.low <= truth) & (truth <= found.high)
        share = counts.mean() / n_samples
        careless += abs(share - truth[0]) <= 1.96 * np.sqrt(share * (1 - share) / (n_samples * n_problems))
    assert np.all(covered / 300 > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 300))
    assert careless / 300 < 0.6  # the control: samples of one problem are not independent


def test_interval_is_centred_on_the_mean_and_as_wide_as_the_normal_one():
    rng = np.random.default_rng(1)
    counts = rng.binomial(64, rng.beta(0.5, 1, 400))
    k = [1, 8, 32]
    values = pass_at_k(64, counts, k)
    found = pass_at_k_interval(64, counts, k, rng=rng, n_resamples=4000, level=0.9)
    assert isinstance(found, PassAtKInterval)
    np.testing.assert_allclose(found.mean, values.mean(axis=1))
    half = stats.norm.ppf(0.95) * values.std(axis=1) / 20
    np.testing.assert_allclose(found.low, found.mean - half, atol=0.1 * half.max())
    np.testing.assert_allclose(found.high, found.mean + half, atol=0.1 * half.max())
    wider = pass_at_k_interval(64, counts, k, rng=rng, level=0.99)
    assert np.all(wider.high - wider.low > 1.3 * (found.high - found.low))


def test_interval_repeats_with_its_generator_and_shares_resamples_between_the_ks():
    counts = np.random.default_rng(2).integers(0, 9, 20)

    def interval(seed, k):
        return pass_at_k_interval(8, counts, k, rng=np.random.default_rng(seed))

    first, again, other = interval(3, [1, 2, 8]), interval(3, [1, 2, 8]), interval(4, [1, 2, 8])
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first.low, other.low)
    # The same resamples whatever the other ks are; BLAS may round a wider product differently.
    np.testing.assert_allclose(interval(3, [2]).low[0], first.low[1], rtol=1e-14)


def test_interval_of_problems_that_do_not_differ_is_a_point():
    found = pass_at_k_interval(8, [8, 8, 8], [1, 4], rng=np.random.default_rng(5))
    np.testing.assert_array_equal(found, np.ones((3, 2)))
    found = pass_at_k_interval(8, [0, 0], [1, 4], rng=np.random.default_rng(5))
    np.testing.assert_array_equal(found, np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("n_correct", "options", "message"),
    [
        ([3], {}, "2 problems, got 1"),
        ([3, 4], {"n_resamples": 0}, "n_resamples is 0"),
        ([3, 4], {"level": 1.0}, "level is 1.0"),
        ([3, 9], {}, "n_correct holds 9"),
    ],
)
def test_interval_refuses_before_it_draws(n_correct, options, message):
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    with pytest.raises(ValueError, match=message):
        pass_at_k_interval(8, n_correct, [1], rng=rng, **options)
    assert rng.bit_generator.state == state


def test_crossing_of_two_known_curves():
    """A model that solves every problem at 4 %, and one that solves half of them at 30 % and the others never."""

    def before(k):
        return 1 - 0.96**k

    def after(k):
        return 0.5 * (1 - 0.7**k)

    root = optimize.brentq(lambda k: after(k) - before(k), 2, 200)
    for points, tolerance in ((9, 0.2), (1000, 1e-3)):
        k = np.geomspace(1, 256, points)
        found = crossing(k, before(k), after(k))
        assert found == pytest.approx(root, rel=tolerance)
        assert crossing(k, after(k), before(k)) is None
    k = np.geomspace(1, 256, 9)
    d = after(k) - before(k)
    i = int(np.flatnonzero(d > 0)[-1])
    linear = k[i] + (k[i + 1] - k[i]) * d[i] / (d[i] - d[i + 1])
    assert abs(linear - root) > abs(
        crossing(k, before(k), after(k)) - root
    )  # the control: logarithms interpolate better


def test_crossing_of_lines_in_the_logarithm_is_exact():
    k = 2.0 ** np.arange(9)
    height = np.log2(k) / 8
    assert crossing(k, height, 0.3 + 0.25 * height) == pytest.approx(2**3.2)
    assert crossing([1, 2, 4], [0, 0, 0], [1, 0, -1]) == pytest.approx(2)


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        ([1, -1, 1, -1], 2**2.5),  # the last of three
        ([1, 0, 0, -1], 2),  # falls to it, stays there, and goes below
        ([1, 0, 1, -1], 2**2.5),
        ([1, -1, 0, -1], 2**0.5),  # touches it again, but from below
        ([3, 2, 1, -1], 2**2.5),
        ([1, 1, 1, 1], None),
        ([1, -1, -1, 1], None),  # recovers
        ([1, -1, -1, 0], None),  # ends level
        ([0, -1, -1, -1], None),  # never above
        ([-1, 1, 1, -1], None),  # starts below
        ([0, 0, 0, 0], None),
    ],
)
def test_crossing_by_its_definition(difference, expected):
    before = np.array([0.25, 0.5, 0.5, 0.75])
    found = crossing([1, 2, 4, 8], before, before + np.array(difference) / 8)
    assert found is None if expected is None else found == pytest.approx(expected)


@given(seed=seeds, n=st.integers(2, 8), factor=st.floats(0.1, 10))
@steady
def test_crossing_is_the_first_k_after_which_the_curve_is_never_above(seed, n, factor):
    rng = np.random.default_rng(seed)
    k = np.cumprod(rng.uniform(1.2, 3, n))
    before, after = rng.random((2, n))
    found = crossing(k, before, after)
    d = after - before
    if d[0] <= 0 or d[-1] >= 0:
        assert found is None
        return
    grid = np.geomspace(k[0], k[-1], 20_001)
    above = grid[np.interp(np.log(grid), np.log(k), d) > 0]
    assert found == pytest.approx(above[-1], rel=2 * np.log(k[-1] / k[0]) / 20_000)
    assert crossing(factor * k, before, after) == pytest.approx(factor * found)
    assert crossing(k, factor * before, factor * after) == pytest.approx(found)


@pytest.mark.parametrize(
    ("k", "before", "after", "message"),
    [
        ([1], [0], [1], r"k has shape \(1,\)"),
        ([[1, 2]], [[0, 1]], [[1, 0]], r"k has shape \(1, 2\)"),
        ([1, 2, 2], [0, 0, 1], [1, 1, 0], "2.0 follows 2.0"),
        ([0, 1], [0, 1], [1, 0], "k begins at 0.0"),
        ([1, np.inf], [0, 1], [1, 0], "k begins at 1.0 and ends at inf"),
        ([1, 2], [0, 1, 1], [1, 0], r"before has shape \(3,\)"),
        ([1, 2], [0, 1], [1], r"after has shape \(1,\)"),
        ([1, 2], [0, np.nan], [1, 0], "before holds nan"),
        ([1, 2], [0, 1], [np.inf, 0], "after holds inf"),
    ],
)
def test_crossing_refuses(k, before, after, message):
    with pytest.raises(ValueError, match=message):
        crossing(k, before, after)


def test_problems_may_have_different_numbers_of_samples():
    samples, correct, ks = [4, 7, 4, 9], [1, 0, 4, 5], [1, 3, 4]
    values = pass_at_k(samples, correct, ks)
    for i, (n, c) in enumerate(zip(samples, correct, strict=True)):
        np.testing.assert_array_equal(values[:, i], pass_at_k(n, [c], ks)[:, 0])
    np.testing.assert_array_equal(pass_at_k([8, 8], [1, 2], ks), pass_at_k(8, [1, 2], ks))
    interval = pass_at_k_interval(samples, correct, ks, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(interval.mean, values.mean(axis=1))


@pytest.mark.parametrize(
    ("n_samples", "message"),
    [
        ([4, 4], "n_samples has 2 values for 3 problems"),
        ([4], "n_samples has 1 values for 3 problems"),
        ([4, 0, 4], "n_samples is 0; draw at least one"),
        ([4, 2, 4], "k holds 3; pass 1 to the 2 samples"),
        ([4, 4, 1], "n_correct holds 2; pass counts from 0 to the 1 samples"),
        ([4.0, 4.0, 4.0], "n_samples is of float64; pass integers"),
        (2.5, "n_samples is of float64"),
        ([[4, 4, 4]], r"n_samples has shape \(1, 3\)"),
    ],
)
def test_different_numbers_of_samples_are_checked(n_samples, message):
    with pytest.raises(ValueError, match=message):
        pass_at_k(n_samples, [0, 1, 2], [3])
