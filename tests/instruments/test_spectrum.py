"""The eigenspectrum against an SVD and known spectra; the participation ratio against its bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.spectrum import eigenspectrum, participation_ratio

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=50)


def slow_spectrum(x, center):
    x = x - x.mean(axis=0) if center else x
    return np.linalg.svd(x, compute_uv=False) ** 2 / (len(x) - 1 if center else len(x))


def with_spectrum(rng, eigenvalues, n):
    """Features whose sample covariance has exactly these eigenvalues."""
    d = len(eigenvalues)
    noise = rng.standard_normal((n, d))
    left = np.linalg.qr(noise - noise.mean(axis=0))[0]
    right = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return left * np.sqrt((n - 1) * eigenvalues) @ right


@given(seed=seeds, n=st.integers(2, 40), d=st.integers(1, 40), center=st.booleans())
@steady
def test_spectrum_is_that_of_the_singular_values(seed, n, d, center):
    x = np.random.default_rng(seed).standard_normal((n, d)) + 1
    values = eigenspectrum(x, center=center)
    assert values.shape == (min(n, d),)
    assert values.dtype == np.float64
    assert np.all(values >= 0)
    assert np.all(np.diff(values) <= 0)
    np.testing.assert_allclose(values, slow_spectrum(x, center), atol=1e-12 * values[0])


@pytest.mark.parametrize("exponent", [1, 2, 4])
def test_known_spectrum_is_resolved_down_to_rounding(exponent):
    expected = np.arange(1.0, 201) ** -exponent
    x = with_spectrum(np.random.default_rng(0), expected, 500)
    np.testing.assert_allclose(eigenspectrum(x), expected, atol=1e-14)


def test_mean_of_a_thousand_standard_deviations_leaves_the_spectrum_alone():
    expected = np.arange(1.0, 51) ** -1
    x = with_spectrum(np.random.default_rng(1), expected, 300)
    np.testing.assert_allclose(eigenspectrum(x + 1000), expected, rtol=1e-9)
    np.testing.assert_allclose(eigenspectrum((x + 1000).astype(np.float32)), expected, rtol=1e-2)
    assert eigenspectrum(x + 1000, center=False)[0] > 1e6  # the control: without centring the mean leads


@given(seed=seeds, scale=st.floats(1e-3, 1e3))
@steady
def test_spectrum_is_invariant_to_rotation_and_quadratic_in_scale(seed, scale):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((20, 6)) * np.arange(1, 7)
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    values = eigenspectrum(x)
    np.testing.assert_allclose(eigenspectrum(scale * x @ rotation + scale), scale**2 * values, rtol=1e-9)
    assert not np.allclose(eigenspectrum(x @ np.diag([1, 1, 1, 1, 1, 3])), values)  # the control


def test_low_rank_gives_zeros_and_no_negative_eigenvalue():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((50, 3)) @ rng.standard_normal((3, 30))
    values = eigenspectrum(x)
    assert values.min() >= 0
    assert np.all(values[3:] < 1e-13 * values[0])
    assert eigenspectrum(np.ones((5, 2))).tolist() == [0.0, 0.0]


@given(seed=seeds, n=st.integers(1, 30), scale=st.sampled_from([1e-200, 1.0, 1e200]))
@steady
def test_participation_ratio_lies_between_one_and_the_number_of_dimensions(seed, n, scale):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.1, 1, n)
    ratio = participation_ratio(scale * values)
    assert 1 - 1e-12 <= ratio <= n + 1e-12
    assert ratio == pytest.approx(values.sum() ** 2 / (values**2).sum())
    assert participation_ratio(np.full(n, scale)) == pytest.approx(n)
    assert participation_ratio([*np.zeros(n), scale]) == 1


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.ones(3), r"shape \(3,\)"),
        (np.ones((1, 3)), r"shape \(1, 3\)"),
        (np.ones((3, 0)), r"shape \(3, 0\)"),
        (np.array([[1.0], [np.nan]]), "not finite"),
        (np.ones((3, 2), complex), "complex128"),
    ],
)
def test_spectrum_refuses(features, message):
    with pytest.raises(ValueError, match=message):
        eigenspectrum(features)


@pytest.mark.parametrize("values", [[], [[1.0]], [0.0, 0.0], [1.0, -0.1], [1.0, np.nan], [np.inf]])
def test_participation_ratio_refuses(values):
    with pytest.raises(ValueError, match="eigenvalues"):
        participation_ratio(values)
