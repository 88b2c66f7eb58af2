"""Geometric bins partition the ranks; slopes and curvature have closed forms where each rank is a bin of its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.spectrum import binned, change_of_slope, curvature, geometric_bins, local_slopes

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=50)

RANKS = np.arange(1.0, 301)
EACH = 10_000  # So many bins a decade that each rank is one.


@given(first=st.integers(1, 50), length=st.integers(1, 2000), per_decade=st.integers(1, 40))
@steady
def test_bins_hold_every_rank_once_and_end_where_they_should(first, length, per_decade):
    last = first + length - 1
    bins = geometric_bins(last, per_decade=per_decade, first=first)
    assert [rank for low, high in bins for rank in range(low, high + 1)] == list(range(first, last + 1))
    assert len(bins) <= max(1, per_decade * np.log10((last + 1) / first) + 0.5)


def test_bins_are_equally_wide_on_a_logarithmic_axis():
    bins = geometric_bins(100_000, per_decade=3, first=10)
    widths = np.log10([(high + 1) / low for low, high in bins])
    np.testing.assert_allclose(widths, 1 / 3, atol=0.03)
    assert len(bins) == 12
    assert geometric_bins(5, per_decade=EACH) == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
    assert geometric_bins(7) == [(1, 1), (2, 2), (3, 3), (4, 5), (6, 7)]
    assert geometric_bins(1) == [(1, 1)]


@given(seed=seeds, n=st.integers(1, 300), per_decade=st.integers(1, 20))
@steady
def test_binned_is_the_mean_value_at_the_geometric_mean_rank(seed, n, per_decade):
    spectrum = np.random.default_rng(seed).standard_normal(n)  # negative values too
    bins = geometric_bins(n, per_decade=per_decade)
    centres, means = binned(spectrum, bins)
    for (low, high), centre, mean in zip(bins, centres, means, strict=True):
        ranks = np.arange(low, high + 1, dtype=float)
        assert centre == pytest.approx(np.prod(ranks ** (1 / len(ranks))))
        assert mean == pytest.approx(np.mean([spectrum[rank - 1] for rank in range(low, high + 1)]))
    sizes = np.array([high - low + 1 for low, high in bins])
    assert sizes @ means == pytest.approx(spectrum.sum())


def test_mean_of_a_bin_is_unbiased_where_its_logarithm_is_not():
    rng = np.random.default_rng(0)
    noisy = RANKS**-1.0 + 0.01 * rng.standard_normal((2000, 300))
    bins = geometric_bins(300)
    truth = binned(RANKS**-1.0, bins)[1]
    error = np.mean([binned(row, bins)[1] for row in noisy], axis=0) - truth
    sizes = np.array([high - low + 1 for low, high in bins])
    assert np.all(np.abs(error) < 5 * 0.01 / np.sqrt(2000 * sizes))
    careless = np.exp(np.log(np.abs(noisy[:, -50:])).mean())
    assert abs(careless - np.exp(np.log(RANKS[-50:] ** -1.0).mean())) > 0.0005  # the control: logarithms of noise


@given(alpha=st.floats(0, 4), scale=st.sampled_from([1e-100, 1.0, 1e100]))
@steady
def test_a_power_law_has_its_exponent_everywhere_and_no_curvature(alpha, scale):
    spectrum = scale * RANKS**-alpha
    slopes = local_slopes(spectrum, geometric_bins(300, per_decade=EACH))
    np.testing.assert_allclose(slopes, alpha, atol=1e-9)
    assert curvature(spectrum, ranks=(1, 300), per_decade=EACH) == pytest.approx(0, abs=1e-10)
    assert change_of_slope(spectrum, ranks=(1, 300), knee=20, per_decade=EACH) == pytest.approx(0, abs=1e-10)
    # With bins of many ranks up to their width, as documented.
    np.testing.assert_allclose(local_slopes(spectrum, geometric_bins(300)), alpha, atol=0.015 * alpha**2 + 1e-12)
    assert curvature(spectrum, ranks=(1, 100)) == pytest.approx(0, abs=0.0005 * alpha**2 + 1e-12)
    assert change_of_slope(spectrum, ranks=(1, 100), knee=10) == pytest.approx(0, abs=0.0026 * alpha**2 + 1e-12)


def test_documented_curvature_of_exact_power_laws():
    assert curvature(RANKS**-1, ranks=(1, 100)) == pytest.approx(-0.0004, abs=5e-5)
    assert curvature(RANKS**-2, ranks=(1, 100)) == pytest.approx(-0.002, abs=5e-4)


@given(alpha=st.floats(0, 3), bend=st.floats(-0.5, 0.5), scale=st.floats(1e-3, 1e3), first=st.integers(1, 20))
@steady
def test_curvature_of_a_log_quadratic_spectrum_is_its_coefficient(alpha, bend, scale, first):
    log_ranks = np.log(RANKS)
    spectrum = scale * np.exp(-alpha * log_ranks + bend * log_ranks**2)
    assert curvature(spectrum, ranks=(first, 300), per_decade=EACH) == pytest.approx(bend, abs=1e-8)
    slopes = local_slopes(spectrum, geometric_bins(300, per_decade=EACH))
    np.testing.assert_allclose(slopes, alpha - bend * (log_ranks[1:] + log_ranks[:-1]), atol=1e-9)


@given(seed=seeds, alpha=st.floats(0, 2), power=st.floats(0.2, 3))
@steady
def test_a_power_law_factor_leaves_curvature_alone_and_a_power_multiplies_it(seed, alpha, power):
    spectrum = np.random.default_rng(seed).uniform(0.1, 1, 100)
    window = {"ranks": (2, 90), "per_decade": EACH}
    value = curvature(spectrum, **window)
    assert curvature(spectrum * np.arange(1, 101) ** -alpha, **window) == pytest.approx(value, abs=1e-9)
    assert curvature(spectrum**power, **window) == pytest.approx(power * value, abs=1e-9)
    bins = geometric_bins(90, first=2)
    centres, means = binned(spectrum, bins)
    expected = np.polyfit(np.log(centres), np.log(means), 2)[0]
    assert curvature(spectrum, ranks=(2, 90)) == pytest.approx(expected, abs=1e-9)


def test_what_steepens_has_a_negative_curvature_and_what_flattens_a_positive_one():
    broken = np.where(RANKS <= 10, RANKS**-0.7, 10**0.8 * RANKS**-1.5)
    for spectrum in (np.exp(-RANKS / 15), np.exp(-RANKS / 40), RANKS**-0.8 * np.exp(-RANKS / 100), broken):
        assert curvature(spectrum, ranks=(1, 100)) < -0.06
    assert curvature(RANKS**-1 + 0.05, ranks=(1, 100)) > 0.08


def test_local_slope_of_an_exponential_grows_with_the_rank():
    tau = 30.0
    slopes = local_slopes(np.exp(-RANKS / tau), geometric_bins(300, per_decade=EACH))
    np.testing.assert_allclose(slopes, np.sqrt(RANKS[1:] * RANKS[:-1]) / tau, rtol=0.05)


@given(a=st.floats(0, 2), b=st.floats(0, 3), knee=st.integers(5, 60))
@steady
def test_change_of_slope_finds_the_two_exponents_at_their_knee(a, b, knee):
    broken = np.where(knee >= RANKS, (RANKS / knee) ** -a, (RANKS / knee) ** -b)
    found = change_of_slope(broken, ranks=(1, 200), knee=knee, per_decade=EACH)
    assert found == pytest.approx(b - a, abs=1e-9)
    if abs(b - a) > 0.1:  # the control: another knee
        assert abs(change_of_slope(broken, ranks=(1, 200), knee=2 * knee, per_decade=EACH) - (b - a)) > 1e-3


def test_ranks_outside_the_window_do_not_matter():
    spectrum = RANKS**-1
    spectrum[:4], spectrum[100:] = -1.0, 7.0
    inside = curvature(spectrum, ranks=(5, 100))
    assert inside == curvature(RANKS**-1, ranks=(5, 100))
    assert change_of_slope(spectrum, ranks=(5, 100), knee=20) == change_of_slope(RANKS**-1, ranks=(5, 100), knee=20)
    assert curvature(spectrum, ranks=(5, 101)) > 0.1  # the control


def test_negative_values_are_fine_and_negative_means_are_named():
    spectrum = RANKS**-1
    spectrum[60] = -0.01
    assert abs(curvature(spectrum, ranks=(1, 100))) < 0.02
    spectrum[70:] = -0.01
    with pytest.raises(ValueError, match=r"mean over ranks 73 to 100 is -0\.01.*end the window before rank 73"):
        curvature(spectrum, ranks=(1, 100))
    with pytest.raises(ValueError, match="no logarithm"):
        local_slopes(-RANKS, geometric_bins(20))
    with pytest.raises(ValueError, match="no logarithm"):
        change_of_slope(np.zeros(20), ranks=(1, 20), knee=5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: geometric_bins(0), "ranks are 1 to 0"),
        (lambda: geometric_bins(5, first=6), "ranks are 6 to 5"),
        (lambda: geometric_bins(5, first=0), "ranks are 0 to 5"),
        (lambda: geometric_bins(5, per_decade=0), "per_decade is 0"),
        (lambda: binned(np.ones((2, 2)), [(1, 1)]), r"shape \(2, 2\)"),
        (lambda: binned([1.0, np.nan], [(1, 1)]), "finite"),
        (lambda: binned([1.0, 2.0], [(1, 3)]), r"bin \(1, 3\) is not within the ranks 1 to 2"),
        (lambda: binned([1.0, 2.0], [(0, 1)]), r"bin \(0, 1\)"),
        (lambda: binned([1.0, 2.0], [(2, 1)]), r"bin \(2, 1\)"),
        (lambda: local_slopes([1.0, 0.5], [(1, 2)]), "2 are needed; widen"),
        (lambda: curvature(np.ones(9), ranks=(1, 2)), "3 are needed; widen"),
        (lambda: curvature(np.ones(9), ranks=(1, 10)), "ranks 1 to 9"),
        (lambda: change_of_slope(np.ones(9), ranks=(1, 9), knee=9), "knee is 9"),
        (lambda: change_of_slope(np.ones(9), ranks=(3, 9), knee=2), "knee is 2"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
