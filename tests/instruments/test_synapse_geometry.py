"""Planted exponents are found, as often as promised, whatever the unit; noise hides them, and telling of it brings them back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning_geometry.instruments.synapse_geometry import (
    NONE_OF_THE_CANDIDATES,
    UNDECIDED,
    compare_geometries,
    geometry_name,
    identify_geometry,
)
from learning_geometry.instruments.synapse_likelihood import fit, log_sizes, start
from learning_geometry.instruments.synapse_power import simulate_synapses

steady = settings(deadline=None, derandomize=True, max_examples=12)


def pairs(exponent, n, *, seed=0, samples=1, change=0.3, spread=0.83, noise=0.0):
    rng = np.random.default_rng(seed)
    return simulate_synapses(exponent, (samples, n), change=change, spread=spread, noise=noise, rng=rng)


def one(exponent, n, **population):
    before, after = pairs(exponent, n, **population)
    return before[0], after[0]


@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.5, 2.0, 3.0, 3.2])
def test_planted_exponents_are_found(exponent):
    before, after = one(exponent, 2000)
    kept = before.copy(), after.copy()
    found = identify_geometry(before, after)
    np.testing.assert_array_equal((before, after), kept)
    assert found.exponent == pytest.approx(exponent, abs=0.1)
    assert found.interval.low <= found.exponent <= found.interval.high
    assert found.interval.high - found.interval.low < 0.2
    assert found.n_synapses == 2000
    # The typical synapse is the geometric mean of the survivors; the change was set for a synapse of size 1.
    unit = stats.gmean(before)
    assert found.change == pytest.approx(0.3 * unit ** (1 - found.exponent), rel=0.1)
    assert found.drift == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(("exponent", "noise"), [(0.7, 0.0), (1.0, 0.0), (2.0, 0.0), (3.2, 0.0), (3.0, 0.1)])
def test_the_truth_is_accepted_as_often_as_promised(exponent, noise):
    before, after = pairs(exponent, 100, samples=700, noise=noise, seed=1)
    comparison = compare_geometries(before, after, noise=noise, exponents=(exponent, 1.6))
    accepted, other = comparison.accepted(0.95).mean(axis=0)
    assert 0.925 <= accepted <= 0.975
    assert other < 0.5  # the control
    assert 0.45 <= comparison.accepted(0.5)[:, 0].mean() <= 0.55
    assert np.median(comparison.exponent) == pytest.approx(exponent, abs=0.1)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_ends_of_the_interval_are_where_the_likelihood_has_fallen(noise):
    before, after = one(2.0, 150, noise=noise)
    found = identify_geometry(before, after, noise=noise, level=0.9)
    sizes = log_sizes(before[None], after[None], noise)
    at = np.array([found.exponent, *found.interval])
    values = fit(start(sizes, at), sizes, free_exponent=False).log_likelihood
    np.testing.assert_allclose(2 * (values[0] - values[1:]), stats.chi2.ppf(0.9, 1), rtol=0.02)
    wider = identify_geometry(before, after, noise=noise, level=0.99).interval
    assert wider.low < found.interval.low
    assert wider.high > found.interval.high
    # The profile is that curve: highest at the best exponent, as low at the ends of the interval.
    assert found.profile.max() <= 0
    assert abs(found.profile_exponents[found.profile.argmax()] - found.exponent) < 0.1
    ends = np.interp(found.interval, found.profile_exponents, found.profile)
    np.testing.assert_allclose(ends, -stats.chi2.ppf(0.9, 1) / 2, rtol=0.05)


@given(unit=st.floats(1e-6, 1e6), exponent=st.floats(0.5, 3.5), noise=st.sampled_from([0.0, 0.1]))
@steady
def test_unit_and_order_of_the_synapses_do_not_matter(unit, exponent, noise):
    before, after = one(exponent, 60, noise=noise)
    found = identify_geometry(before, after, noise=noise)
    order = np.random.default_rng(1).permutation(60)
    other = identify_geometry(unit * before[order], unit * after[order], noise=noise)
    assert other.exponent == pytest.approx(found.exponent, abs=1e-3)
    np.testing.assert_allclose(other.interval, found.interval, atol=1e-2)
    np.testing.assert_allclose(other.log_likelihoods, found.log_likelihoods, atol=1e-2)
    np.testing.assert_allclose(other.residuals, found.residuals[:, order], atol=1e-2)
    assert other.change == pytest.approx(found.change, rel=1e-2)
    assert other.verdict == found.verdict
    grown = identify_geometry(before, 2 * after, noise=noise)  # the control: one day's unit does
    assert abs(grown.exponent - found.exponent) + abs(grown.drift - found.drift) > 0.05


def test_verdict_names_what_is_left():
    before, after = one(2.0, 300)
    found = identify_geometry(before, after)
    assert found.verdict == geometry_name(2.0) == "2-norm"
    np.testing.assert_array_equal(found.candidates, [1, 2, 3])
    assert found.log_likelihoods.argmax() == 1
    assert found.log_likelihoods.max() <= 0
    assert found.weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.diff(np.log(found.weights[1:])), np.diff(found.log_likelihoods[1:]))
    few = identify_geometry(before[:10], after[:10], exponents=(1.9, 2.0, 2.1))
    assert few.verdict == UNDECIDED
    assert identify_geometry(before, after, exponents=(1.0, 3.0)).verdict == NONE_OF_THE_CANDIDATES
    assert identify_geometry(*one(1.0, 300)).verdict == "negative entropy"


def test_residuals_are_normal_under_the_right_candidate_only():
    found = identify_geometry(*one(2.0, 2000))
    assert found.residuals.shape == (3, 2000)
    distances = [stats.kstest(row, "norm").statistic for row in found.residuals]
    assert distances[1] < 0.04 < min(distances[0], distances[2])
    assert stats.kstest(found.best_residuals, "norm").statistic < 0.04


@pytest.mark.parametrize(("exponent", "change", "noise"), [(2.0, 0.3, 0.1), (3.0, 0.3, 0.1), (3.0, 0.09, 0.05)])
def test_noise_lowers_the_exponent_and_telling_of_it_brings_it_back(exponent, change, noise):
    before, after = pairs(exponent, 300, samples=40, change=change, noise=noise, seed=6)
    index = int(exponent) - 1

    def identified(assumed):
        comparison = compare_geometries(before, after, noise=assumed)
        single = comparison.accepted().sum(axis=1) == 1
        return comparison.exponent.mean(), (single & comparison.accepted()[:, index]).mean()

    ignorant, half, right, double = (identified(ratio * noise) for ratio in (0, 0.5, 1, 2))
    assert ignorant[0] < exponent - 0.25
    assert ignorant[1] < 0.1
    assert right[0] == pytest.approx(exponent, abs=0.12)
    assert right[1] > 0.8
    # The control: the wrong noise is not the remedy. Half of it leaves a part, and twice as much overshoots.
    assert ignorant[0] < half[0] < exponent - 0.15
    assert double[0] > exponent + 0.2
    assert max(half[1], double[1]) < right[1]


def test_noise_cannot_hide_what_is_multiplicative_itself():
    before, after = pairs(1.0, 300, samples=20, noise=0.2)
    for assumed in (0.0, 0.2):
        assert compare_geometries(before, after, noise=assumed).exponent.mean() == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("exponent", [1.0, 3.0])
def test_additive_noise_draws_the_exponent_to_the_euclidean_one(exponent):
    before, after = pairs(exponent, 300, samples=20)
    rng = np.random.default_rng(9)
    noisy = [np.maximum(sizes + 0.1 * rng.standard_normal(sizes.shape), 0.02) for sizes in (before, after)]
    drawn = compare_geometries(*noisy).exponent.mean()
    assert abs(drawn - 2) < abs(exponent - 2) - 0.15
    assert compare_geometries(before, after).exponent.mean() == pytest.approx(exponent, abs=0.1)  # the control


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_many_samples_are_compared_as_one_is(noise):
    before, after = pairs(2.0, 40, samples=3, noise=noise)
    together = compare_geometries(before, after, noise=noise)
    for i in range(3):
        alone = identify_geometry(before[i], after[i], noise=noise)
        assert together.exponent[i] == pytest.approx(alone.exponent, abs=1e-3)
        np.testing.assert_allclose(-together.deficits[i], alone.log_likelihoods, atol=1e-3)


def test_an_interval_that_does_not_end_stops_at_the_end_of_the_range():
    found = identify_geometry(*one(3.0, 10, spread=0.1, seed=4))
    assert found.interval.low == -1 or found.interval.high == 5
    assert np.isfinite(found.profile).all()
    assert found.profile_exponents.min() >= -1
    assert found.profile_exponents.max() <= 5


GOOD = one(2.0, 20)


def spoilt(value):
    sizes = GOOD[0].copy()
    sizes[3] = value
    return sizes


@pytest.mark.parametrize(
    ("before", "after", "options", "message"),
    [
        (GOOD[0], spoilt(0), {}, "after holds 0 at synapse 3 .*survival"),
        (spoilt(-1), GOOD[1], {}, "before holds -1 at synapse 3"),
        (spoilt(np.nan), GOOD[1], {}, "before holds nan at synapse 3"),
        (GOOD[0], spoilt(np.inf), {}, "after holds inf"),
        (GOOD[0], GOOD[1][:-1], {}, "20 sizes before and 19 after"),
        (GOOD[0][:9], GOOD[1][:9], {}, "9 synapses; fewer than 10"),
        ([GOOD[0]], [GOOD[1]], {}, r"before has shape \(1, 20\)"),
        (GOOD[0], 2 * GOOD[0], {}, "same factor"),
        (GOOD[0], GOOD[1], {"noise": -0.1}, "noise is -0.1"),
        (GOOD[0], GOOD[1], {"noise": np.nan}, "noise is nan"),
        (GOOD[0], GOOD[1], {"noise": 5.0}, "noise is 5.0, which explains all spread of the changes"),
        (np.linspace(1, 1.1, 20), np.linspace(1, 9, 20)[::-1], {"noise": 0.3}, "explains all spread of the sizes"),
        (GOOD[0], GOOD[1], {"level": 1.0}, "level is 1.0"),
        (GOOD[0], GOOD[1], {"exponents": ()}, "exponents is"),
        (GOOD[0], GOOD[1], {"exponents": (2.0, 2.0)}, "exponents is"),
        (GOOD[0], GOOD[1], {"exponents": (2.0, 7.0)}, "from -1 to 5"),
    ],
)
def test_identification_refuses(before, after, options, message):
    with pytest.raises(ValueError, match=message):
        identify_geometry(before, after, **options)


def test_comparison_refuses():
    with pytest.raises(ValueError, match=r"\(20,\)"):
        compare_geometries(*GOOD)
    with pytest.raises(ValueError, match="exponents is"):
        compare_geometries(*pairs(2.0, 20), exponents=(np.nan,))


def test_the_largest_noise_named_in_the_refusal_is_the_largest():
    before, after = one(1.0, 50, change=0.1)
    with pytest.raises(ValueError, match="cannot be above") as refusal:
        identify_geometry(before, after, noise=0.3)
    largest = float(str(refusal.value).split("above ")[1].split(" ")[0])
    identify_geometry(before, after, noise=0.99 * largest)
    with pytest.raises(ValueError, match="cannot be above"):
        identify_geometry(before, after, noise=1.01 * largest)
