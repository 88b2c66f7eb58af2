"""Theorems about the mean slope of a neuron, and fits that find what made the data."""

import numpy as np
import pytest
from scipy.special import expit

from learning_geometry.instruments.gain_scaling import fit_exponential, fit_power_law, mean_slope

X = np.array([0.5, 1.0, 2.0, 5.0, 10.0])


def test_a_rectifier_works_at_slope_one_half_whatever_the_spread_and_a_saturating_neuron_does_not() -> None:
    for sd in (0.1, 1.0, 10.0):
        assert mean_slope(lambda x: expit(6 * x), sd) == pytest.approx(0.5)
    slopes = [mean_slope(lambda x: 1 - np.tanh(x) ** 2, sd) for sd in (0.0, 0.5, 1.0, 2.0)]
    assert slopes[0] == pytest.approx(1)
    assert slopes == sorted(slopes, reverse=True)


def test_the_mean_slope_is_that_over_samples_and_exact_for_polynomials() -> None:
    drawn = 1.5 * np.random.default_rng(0).standard_normal(400_000)
    assert mean_slope(lambda x: 1 - np.tanh(x) ** 2, 1.5) == pytest.approx((1 - np.tanh(drawn) ** 2).mean(), abs=0.002)
    assert mean_slope(lambda x: x**4, 2.0) == pytest.approx(3 * 2**4)


@pytest.mark.parametrize("exponent", [0.3, 1.0, 2.5])
def test_fits_find_what_made_the_data(exponent: float) -> None:
    power = fit_power_law(X, -2 * X**-exponent + 5)
    assert (power.amplitude, power.exponent, power.offset) == pytest.approx((-2, exponent, 5))
    assert power.explained == pytest.approx(1)
    decay = fit_exponential(X, 0.1 * np.exp(-exponent * X) - 1)
    assert (decay.amplitude, decay.exponent, decay.offset) == pytest.approx((0.1, exponent, -1))
    assert fit_power_law(X, 0.1 * np.exp(-exponent * X)).explained < 1 - 1e-6


def test_what_does_not_change_is_a_flat_line() -> None:
    flat = fit_power_law(X, np.full(5, 3.0))
    assert (flat.amplitude, flat.offset, flat.explained) == (0.0, 3.0, 0.0)


def test_nonsense_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="standard deviation is -1"):
        mean_slope(np.cos, -1)
    with pytest.raises(ValueError, match="four pairs or more"):
        fit_power_law(X[:3], X[:3])
    with pytest.raises(ValueError, match="above 0"):
        fit_power_law(X - 1, X)
    with pytest.raises(ValueError, match="y finite"):
        fit_exponential(X, np.full(5, np.nan))
