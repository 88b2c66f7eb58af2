"""Synthetic areas have the spectra that their names say, along axes that they tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning_geometry.instruments.spectrum import change_of_slope, curvature, eigenspectrum, power_law
from learning_geometry.materials.synthetic_areas import BENT, respond, spectrum

steady = settings(deadline=None, derandomize=True, max_examples=30)


@given(exponent=st.floats(0, 3).map(lambda value: round(value, 3)), n=st.integers(1, 400))
@steady
def test_a_power_law_has_the_exponent_of_its_name(exponent, n):
    values = spectrum(f"power law {exponent}", n)
    np.testing.assert_allclose(values, [rank**-exponent for rank in range(1, n + 1)])


def test_an_exponent_may_be_whole():
    np.testing.assert_array_equal(spectrum("power law 2", 5), spectrum("power law 2.0", 5))


@pytest.mark.parametrize("name", [*BENT, "power law 0.7"])
def test_variances_are_positive_descend_and_begin_near_one(name):
    values = spectrum(name, 300)
    assert values.shape == (300,)
    assert values[0] == pytest.approx(1, abs=0.07)
    assert values.min() > 0
    assert (np.diff(values) <= 0).all()
    np.testing.assert_array_equal(spectrum(name, 50), values[:50])


@pytest.mark.parametrize("name", BENT)
def test_what_is_bent_is_bent_downwards_and_power_laws_are_not(name):
    assert curvature(spectrum(name, 300), ranks=(1, 100)) < -0.06
    assert abs(curvature(spectrum("power law 1.0", 300), ranks=(1, 100))) < 0.001


@pytest.mark.parametrize(("name", "knee", "before", "beyond"), [("knee", 20, 0.5, 2.5), ("mild knee", 10, 0.7, 1.5)])
def test_knees_are_where_they_should_be(name, knee, before, beyond):
    values = spectrum(name, 300)
    assert power_law(values, ranks=(1, knee)).alpha == pytest.approx(before)
    assert power_law(values, ranks=(knee, 300)).alpha == pytest.approx(beyond)
    assert change_of_slope(values, ranks=(1, 300), knee=knee) == pytest.approx(beyond - before, abs=0.05)


def test_the_other_shapes_have_their_closed_forms():
    rank = np.arange(1, 301)
    np.testing.assert_allclose(spectrum("exponential", 300), np.exp(-rank / 15))
    np.testing.assert_allclose(spectrum("slow exponential", 300), np.exp(-rank / 40))
    np.testing.assert_allclose(spectrum("cut-off", 300), rank**-0.8 * np.exp(-rank / 100))
    plateau = spectrum("plateau", 300)
    np.testing.assert_array_equal(plateau[:9], 1)
    np.testing.assert_allclose(plateau[9:], 0.02 * 9 / rank[9:])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "power law",
        "power law -1",
        "power law 1e3",
        "power law 1.",
        "power law nan",
        "Power law 1.0",
        "Knee",
        "flat",
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=r"unknown spectrum .*; known: 'power law' and an exponent, ") as caught:
        spectrum(name, 10)
    assert repr(name) in str(caught.value)
    assert all(known in str(caught.value) for known in BENT)


def test_responses_have_the_variances_along_the_axes():
    """Sums of squares of independent normal numbers: chi-square in every axis, uncorrelated between them."""
    values, n = spectrum("power law 1.0", 30), 4000
    responses, axes = respond(values, n_stimuli=n, rng=np.random.default_rng(0))
    assert responses.shape == (n, 30)
    np.testing.assert_allclose(axes.T @ axes, np.eye(30), atol=1e-12)
    along = responses @ axes
    quantiles = stats.chi2.cdf(np.sum(along**2, axis=0) / values, n)
    assert 1e-4 < quantiles.min() < 0.2
    assert 0.8 < quantiles.max() < 1 - 1e-4
    assert np.abs(np.corrcoef(along.T) - np.eye(30)).max() < 5 / np.sqrt(n)
    assert stats.kstest((along / np.sqrt(values)).ravel(), "norm").pvalue > 1e-3
    # The control: voxels are not the axes.
    assert np.abs(np.corrcoef(responses.T) - np.eye(30)).max() > 0.1


def test_the_sample_s_spectrum_is_near_the_area_s():
    values = spectrum("exponential", 20)
    responses, _ = respond(values, n_stimuli=20_000, rng=np.random.default_rng(1))
    np.testing.assert_allclose(eigenspectrum(responses), values, rtol=0.1)


def test_axes_and_stimuli_are_random_and_repeatable():
    values = spectrum("knee", 8)
    one, again, other = (respond(values, n_stimuli=9, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    for array, same, different in zip(one, again, other, strict=True):
        np.testing.assert_array_equal(array, same)
        assert not np.allclose(array, different)
    np.testing.assert_array_equal(values, spectrum("knee", 8))
