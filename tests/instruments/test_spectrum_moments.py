"""Unbiased moments against their definition and against known covariances; power laws recovered from moments."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import helmert

from learning_geometry.instruments.spectrum import (
    MomentFit,
    eigenspectrum,
    moment_alpha,
    participation_ratio,
    signal_dimension,
    unbiased_moments,
)

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=25)


def slow_moments(x, n_moments, contrasts):
    """The definition, cycle by cycle, of stimuli that `contrasts` has freed of their mean."""
    z = contrasts @ x
    n, sums = z.shape[1], np.zeros(n_moments)
    pairs = [(a, b) for a in range(len(x)) for b in range(len(x)) if a != b]
    for a, b in pairs:
        for k in range(1, n_moments + 1):
            for cycle in combinations(range(n), k):
                sums[k - 1] += np.prod([z[a, cycle[j]] @ z[b, cycle[(j + 1) % k]] for j in range(k)]) / comb(n, k)
    return sums / len(pairs)


@given(
    seed=seeds,
    # The second shape has more than four stimuli a voxel, and takes the other way.
    shape=st.sampled_from([(3, 8, 4), (2, 13, 3), (3, 9, 2)]),
    n_moments=st.integers(1, 4),
    offset=st.sampled_from([0.0, 1000.0]),
)
@steady
def test_moments_are_sums_over_increasing_cycles(seed, shape, n_moments, offset):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape) + rng.standard_normal(shape[1:])
    expected = slow_moments(x, n_moments, helmert(shape[1]))
    np.testing.assert_allclose(unbiased_moments(x + offset, n_moments=n_moments), expected, rtol=1e-9, atol=1e-9)


def test_blocks_of_stimuli_and_the_gram_matrix_agree():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 1200, 30)) + 2 * rng.standard_normal((1200, 30))  # three blocks, the last one short
    # Voxels without any response: the same products, but too many voxels for blocks.
    wide = np.concatenate([x, np.zeros((2, 1200, 300))], axis=2)
    np.testing.assert_allclose(unbiased_moments(x, n_moments=5), unbiased_moments(wide, n_moments=5), rtol=1e-10)
    single = unbiased_moments(x.astype(np.float32))
    np.testing.assert_allclose(single, unbiased_moments(x), rtol=1e-5)


@given(seed=seeds, scale=st.floats(0.01, 100))
@steady
def test_moments_ignore_rotations_and_means_and_are_homogeneous(seed, scale):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, 20, 10)) + rng.standard_normal((20, 10))
    moments = unbiased_moments(x)
    rotation = np.linalg.qr(rng.standard_normal((10, 10)))[0]
    same = unbiased_moments(scale * x @ rotation + 5 * rng.standard_normal((3, 1, 10)))
    np.testing.assert_allclose(same, moments * scale ** np.array([2, 4, 6, 8]), rtol=1e-6, atol=1e-8 * scale**8)
    np.testing.assert_allclose(unbiased_moments(x[::-1]), moments, rtol=1e-10)
    assert not np.allclose(unbiased_moments(x * ([1.0] * 9 + [3.0])), moments)  # the control


def naive_moments(x):
    """The first three moments of one pair of repeats, as if subtracting the mean cost nothing."""
    x = x - x.mean(axis=1, keepdims=True)
    gram = x[0] @ x[1].T
    upper, n = np.triu(gram, 1), len(gram)
    return np.trace(gram) / n, np.trace(upper @ gram) / comb(n, 2), np.trace(upper @ upper @ gram) / comb(n, 3)


@pytest.mark.parametrize("draw", ["gaussian", "exponential"])
def test_moments_are_unbiased_whatever_the_noise(draw):
    rng = np.random.default_rng(1)
    n, p, n_draws = 10, 5, 6000
    variances = np.array([1.0, 0.6, 0.4, 0.2, 0.1])
    exact = np.array([(variances**k).sum() for k in range(1, 4)])
    mixing = rng.standard_normal((p, p))  # of the noise: correlated, and ten times the signal
    shared = {"gaussian": rng.standard_normal, "exponential": lambda size: rng.exponential(size=size) - 1}[draw]
    estimates, naive, leaking = [], [], []
    for _ in range(n_draws):
        signal = shared((n, p)) * np.sqrt(variances) + 3
        noise = rng.standard_normal((2, n, p)) @ mixing
        estimates.append(unbiased_moments(signal + noise, n_moments=3))
        naive.append(naive_moments(signal + noise))
        leaking.append(unbiased_moments(signal + noise[:1] + 0.1 * noise, n_moments=3))
    for values, unbiased in ((estimates, True), (naive, False), (leaking, False)):
        error = np.mean(values, axis=0) - exact
        tolerance = 4 * np.std(values, axis=0) / np.sqrt(len(values))
        # Uncorrelated rows are not independent unless Gaussian; the bias that is left is of order ln(n) / n^2.
        slack = 0 if draw == "gaussian" else 2 * np.log(n) / n**2 * exact
        if unbiased:
            assert np.all(np.abs(error) < tolerance + slack)
        else:  # the controls: the mean subtracted, and noise that the repeats share
            assert np.any(np.abs(error) > tolerance + slack)


@given(
    alpha=st.floats(0.3, 4),
    scale=st.sampled_from([1e-20, 1.0, 1e20]),
    n_dimensions=st.sampled_from([50, 1000]),
    n_moments=st.integers(2, 6),
)
@steady
def test_power_law_is_recovered_from_its_moments(alpha, scale, n_dimensions, n_moments):
    eigenvalues = np.arange(1.0, n_dimensions + 1) ** -alpha
    moments = np.array([(eigenvalues**k).sum() for k in range(1, n_moments + 1)]) * scale ** np.arange(
        1, n_moments + 1.0
    )
    fit = moment_alpha(moments, n_dimensions=n_dimensions)
    assert isinstance(fit, MomentFit)
    assert fit.alpha == pytest.approx(alpha, abs=1e-5)
    assert fit.scale == pytest.approx(scale, rel=1e-4)
    assert fit.residual == pytest.approx(0, abs=1e-5)


def test_other_spectra_leave_a_residual():
    ranks = np.arange(1.0, 501)
    broken = np.where(ranks <= 10, ranks**-0.2, 10**2.3 * ranks**-2.5)
    for spectrum in (broken, np.exp(-ranks / 15)):
        moments = [(spectrum**k).sum() for k in range(1, 5)]
        assert moment_alpha(moments, n_dimensions=500).residual > 0.05
        # Two moments are met exactly by some power law, whatever the spectrum: they cannot tell.
        assert moment_alpha(moments[:2], n_dimensions=500).residual < 1e-4


@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.4])
def test_exponent_and_dimension_are_recovered_from_noisy_responses(alpha):
    rng = np.random.default_rng(2)
    n, p = 300, 400
    variances = np.arange(1.0, p + 1) ** -alpha
    variances *= 0.2 * p / variances.sum()
    signal = rng.standard_normal((n, p)) * np.sqrt(variances)
    # Half of the noise is correlated between voxels.
    common = rng.standard_normal((3, n, 10)) @ rng.standard_normal((10, p)) * np.sqrt(0.05)
    x = signal + common + rng.standard_normal((3, n, p)) * np.sqrt(0.5)
    moments = unbiased_moments(x)
    assert moment_alpha(moments, n_dimensions=p).alpha == pytest.approx(alpha, abs=0.08)
    truth = participation_ratio(variances)
    assert signal_dimension(moments) == pytest.approx(truth, rel=0.2)
    assert abs(participation_ratio(eigenspectrum(x[0])) / truth - 1) > 0.3  # the control: principal components


def test_signal_dimension_counts_equal_eigenvalues():
    assert signal_dimension([12.0, 24.0]) == 6.0  # six twos
    assert signal_dimension([1.0, 1.0, 0.3]) == 1.0


def test_responses_stay_as_they_were_and_integers_are_fine():
    x = np.random.default_rng(3).integers(-5, 6, (2, 9, 4))
    before = x.copy()
    np.testing.assert_allclose(unbiased_moments(x), unbiased_moments(x.astype(float)))
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: unbiased_moments(np.ones((4, 5))), r"shape \(4, 5\)"),
        (lambda: unbiased_moments(np.ones((1, 4, 5))), r"at least \(2, 3, 1\)"),
        (lambda: unbiased_moments(np.full((2, 4, 5), np.nan)), "not finite"),
        (lambda: unbiased_moments(np.ones((2, 4, 5)), n_moments=0), "n_moments is 0; pass 1 to 3"),
        (lambda: unbiased_moments(np.ones((2, 4, 5)), n_moments=4), "n_moments is 4; pass 1 to 3"),
        (lambda: moment_alpha([1.0], n_dimensions=9), "at least two"),
        (lambda: moment_alpha([1.0, np.inf], n_dimensions=9), "finite"),
        (lambda: moment_alpha([1.0, 1.0, -0.5], n_dimensions=9), "moment 3 is -0.5, not positive.*fewer moments"),
        (lambda: moment_alpha([1.0, 0.5], n_dimensions=1), "n_dimensions is 1"),
        (lambda: signal_dimension([1.0, 0.0]), "moment 2 is 0, not positive"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
