"""Estimates: the interval fits the data, p fits the interval, and nothing passes for a measurement that is none."""

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from learning_geometry.claims.estimates import (
    ALL_EQUAL,
    NO_SPREAD,
    STUDENT,
    STUDENT_BOUNDED,
    STUDENT_HALF_BOUNDED,
    Estimate,
    NotTested,
    censored,
    contrast,
    exact,
    format_value,
    per_seed,
    share,
)
from learning_geometry.instruments.statistics import mean_interval, proportion_interval

steady = settings(deadline=None, derandomize=True, max_examples=60)
# A lattice, so that shifts and scales do not drown the spread in rounding.
numbers = st.integers(0, 1000).map(lambda k: k / 1000)
samples = st.lists(numbers, min_size=2, max_size=8)
varied = samples.filter(lambda values: max(values) > min(values))
BOUNDS = [None, (0, 1), (0, math.inf), (-math.inf, 1), (-1, 1)]


def seeds(values, labels=None):
    return xr.DataArray(values, dims="seed", coords={} if labels is None else {"seed": labels})


# Without bounds


def test_the_unbounded_interval_is_the_textbook_one():
    estimate = per_seed([1, 2, 3, 4, 5])
    half = 2.776445105 * np.sqrt(2.5 / 5)  # t(0.975, 4 degrees of freedom)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((3, 3 - half, 3 + half))
    assert estimate.method == STUDENT
    assert estimate.n_seeds == 5


@steady
@given(values=varied, shift=st.integers(-5, 5), scale=st.sampled_from([-3.0, -1.0, 0.5, 8.0]))
def test_without_bounds_shift_scale_and_sign_pass_through(values, shift, scale):
    plain, moved = per_seed(values), per_seed(scale * np.array(values) + shift)
    ends = sorted((scale * plain.low + shift, scale * plain.high + shift))
    assert (moved.value, moved.low, moved.high) == pytest.approx((scale * plain.value + shift, *ends), abs=1e-9)


# With bounds


@steady
@given(values=varied)
def test_bounds_mirror(values):
    plain, mirrored = per_seed(values, bounds=(0, 1)), per_seed([1 - value for value in values], bounds=(0, 1))
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - plain.high, 1 - plain.low), abs=1e-9)
    from_zero, to_zero = per_seed(values, bounds=(0, math.inf)), per_seed(-np.array(values), bounds=(-math.inf, 0))
    assert (to_zero.low, to_zero.high) == pytest.approx((-from_zero.high, -from_zero.low))


@steady
@given(values=varied, scale=st.sampled_from([0.25, 1000.0]))
def test_a_change_of_unit_passes_through_with_the_bounds(values, scale):
    plain, scaled = per_seed(values, bounds=(0, 1)), per_seed(scale * np.array(values), bounds=(0, scale))
    assert (scaled.low, scaled.high) == pytest.approx((scale * plain.low, scale * plain.high), rel=1e-9)


@steady
@given(values=samples, bounds=st.sampled_from(BOUNDS), data=st.data())
def test_the_order_of_seeds_is_no_matter(values, bounds, data):
    one, other = per_seed(values, bounds), per_seed(data.draw(st.permutations(values)), bounds)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), abs=1e-12)


@steady
@given(values=samples, bounds=st.sampled_from(BOUNDS[1:]))
def test_bounded_intervals_stay_inside_and_hold_what_the_plain_one_holds_there(values, bounds):
    plain, bounded = per_seed(values), per_seed(values, bounds)
    assert bounds[0] <= bounded.low <= bounded.value <= bounded.high <= bounds[1]
    assert bounded.value == plain.value == pytest.approx(np.mean(values))
    assert bounded.low <= max(plain.low, bounds[0]) + 1e-12
    assert bounded.high >= min(plain.high, bounds[1]) - 1e-12


def test_methods_are_named():
    values = [0.2, 0.3, 0.5]
    assert [per_seed(values, bounds).method for bounds in BOUNDS] == [
        STUDENT, STUDENT_BOUNDED, STUDENT_HALF_BOUNDED, STUDENT_HALF_BOUNDED, STUDENT_BOUNDED,
    ]  # fmt: skip


def test_a_positive_quantity_is_not_above_zero_merely_because_it_has_bounds():
    estimate = per_seed([0.0, 0.1, 3.0], bounds=(0, math.inf))
    assert estimate.low == 0
    assert estimate.p_greater(0) > 0.025


def test_rounding_beyond_a_bound_is_forgiven_and_more_is_not():
    assert per_seed([1 + 1e-12, 0.9, 0.8], bounds=(0, 1)).high <= 1
    assert per_seed([-1e-12, 0.3, 0.2], bounds=(0, math.inf)).low >= 0
    with pytest.raises(ValueError, match=r"1\.01"):
        per_seed([1.01, 0.9, 0.8], bounds=(0, 1))
    with pytest.raises(ValueError, match="lower one first"):
        per_seed([0.5, 0.9], bounds=(1, 0))


# Equal values


def test_five_seeds_at_the_bound_are_five_successes_of_five():
    estimate = per_seed([1.0] * 5, bounds=(0, 1))
    assert (estimate.low, estimate.high) == pytest.approx(proportion_interval(5, 5))
    assert estimate.low == pytest.approx(0.025 ** (1 / 5)) == pytest.approx(0.478, abs=5e-4)
    assert estimate.method == ALL_EQUAL
    assert per_seed([1 - 1e-16] * 4 + [1.0], bounds=(0, 1)).low == pytest.approx(estimate.low)


def test_equal_values_inside_the_bounds_could_have_come_from_any_mixture_with_the_bounds():
    """Zeros with probability 1 - q and 0.3 otherwise give five values of 0.3 with probability q^5, which is 2.5 %."""
    estimate = per_seed([0.3] * 5, bounds=(0, 1))
    q = 0.025 ** (1 / 5)
    assert (estimate.low, estimate.high) == pytest.approx((0.3 * q, 0.3 * q + 1 - q))
    assert estimate.p_greater(0.1) == pytest.approx((0.1 / 0.3) ** 5)


@pytest.mark.parametrize("bounds", [None, (0, math.inf)])
def test_equal_values_without_two_bounds_have_no_width_and_no_p(bounds):
    estimate = per_seed([0.1] * 3, bounds)
    assert estimate.low == estimate.value == estimate.high
    assert estimate.method == NO_SPREAD
    assert estimate.p_greater(0) is None


# p and interval


@steady
@given(values=varied, bounds=st.sampled_from(BOUNDS), threshold=st.integers(-10, 12).map(lambda k: k / 10 + 0.0123))
def test_p_is_below_a_fortieth_exactly_where_the_interval_excludes_the_threshold(values, bounds, threshold):
    estimate = per_seed(values, bounds)
    assume(min(abs(threshold - estimate.low), abs(threshold - estimate.high)) > 1e-9)
    assert (estimate.p_greater(threshold) < 0.025) == (estimate.low > threshold)
    assert (estimate.p_less(threshold) < 0.025) == (estimate.high < threshold)


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("values", [[0.2, 0.3, 0.5, 0.1], [0.99, 0.98, 1.0, 0.97, 0.9], [0.5, 0.5, 0.6]])
def test_p_at_the_ends_is_two_and_a_half_percent(values, bounds):
    estimate = per_seed(values, bounds)
    low, high = (-math.inf, math.inf) if bounds is None else bounds
    if estimate.low > low:
        assert estimate.p_greater(estimate.low) == pytest.approx(0.025, rel=1e-8)
    if estimate.high < high:
        assert estimate.p_less(estimate.high) == pytest.approx(0.025, rel=1e-8)


@pytest.mark.parametrize("estimate", [
    per_seed([0.2, 0.3, 0.5, 0.1]), per_seed([0.2, 0.3, 0.9], (0, 1)), per_seed([0.4] * 3, (0, 1)),
    share([1, 1, 0, 1, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2, 3, 3]), share([1] * 6, [0, 0, 1, 1, 2, 2]),
    share([1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 2, 2]),
])  # fmt: skip
def test_p_rises_from_nought_to_one_with_the_threshold(estimate):
    thresholds = np.linspace(-0.5, 1.5, 101)
    p = [estimate.p_greater(threshold) for threshold in thresholds]
    assert np.all(np.diff(p) >= -1e-12)
    assert p[0] < 0.03
    assert p[-1] > 0.95
    mirrored = [estimate.p_less(threshold) for threshold in thresholds]
    assert np.all(np.diff(mirrored) <= 1e-12)


# Shares


@steady
@given(trials=st.lists(st.booleans(), min_size=2, max_size=40))
def test_a_share_with_a_trial_each_is_clopper_and_pearson_s(trials):
    estimate = share(trials, by_seed=range(len(trials)))
    expected = proportion_interval(sum(trials), len(trials))
    assert (estimate.low, estimate.high) == pytest.approx(expected, abs=1e-12)


@steady
@given(trials=st.lists(st.booleans(), min_size=2, max_size=12), copies=st.integers(2, 6))
def test_copies_of_trials_add_nothing(trials, copies):
    """Trials that repeat that of their seed are worth one each."""
    estimate = share(np.repeat(trials, copies), by_seed=np.repeat(range(len(trials)), copies))
    expected = proportion_interval(sum(trials), len(trials))
    assert (estimate.low, estimate.high) == pytest.approx(expected, abs=1e-12)
    assert estimate.n_seeds == len(trials)


@steady
@given(
    successes=st.lists(st.integers(0, 3), min_size=2, max_size=8),
    threshold=st.integers(1, 9).map(lambda k: k / 10 + 0.0123),
)
def test_a_share_lies_between_independent_trials_and_one_trial_a_seed_and_its_p_fits(successes, threshold):
    trials = np.concatenate([np.arange(3) < count for count in successes])
    by_seed = np.repeat(range(len(successes)), 3)
    estimate, independent = share(trials, by_seed), proportion_interval(int(trials.sum()), len(trials))
    assert estimate.value == pytest.approx(trials.mean())
    assert estimate.low <= independent.low + 1e-12
    assert estimate.high >= independent.high - 1e-12
    assert (estimate.p_greater(threshold) < 0.025) == (estimate.low > threshold)
    assert (estimate.p_less(threshold) < 0.025) == (estimate.high < threshold)
    if estimate.low > 0:
        assert estimate.p_greater(estimate.low) == pytest.approx(0.025, rel=1e-6)
    failures = share(~trials, by_seed)
    assert (failures.low, failures.high) == pytest.approx((1 - estimate.high, 1 - estimate.low), abs=1e-9)


def test_fifteen_successes_of_five_seeds_are_worth_five():
    estimate = share([1] * 15, by_seed=np.repeat(range(5), 3))
    assert (estimate.low, estimate.high) == pytest.approx((0.025 ** (1 / 5), 1))
    assert estimate.p_greater(0.5) == pytest.approx(0.5**5)
    assert estimate.samples == dict.fromkeys(range(5), 1.0)


def test_one_large_seed_does_not_pass_for_many():
    """30 of 35 trials belong to one seed: nearly nothing is known of seeds."""
    trials, by_seed = np.arange(35) % 2, [0] * 30 + [1, 2, 3, 4, 5]
    estimate = share(trials, by_seed)
    assert estimate.high - estimate.low > 0.9


@pytest.mark.parametrize(
    ("trials", "by_seed", "message"),
    [([1, 2, 0], [0, 1, 2], "a trial is 2"), ([1, np.nan], [0, 1], "nan"), ([1, 0, 1], [0, 1], "2 labels")],
)
def test_shares_refuse(trials, by_seed, message):
    with pytest.raises(ValueError, match=message):
        share(trials, by_seed)


def test_shares_have_to_be_told_their_seeds():
    with pytest.raises(TypeError):
        share([1, 0, 1])


# Contrasts


def test_contrasts_pair_by_label_not_by_place():
    a, b = seeds([1.0, 2.0, 3.5], [0, 1, 2]), seeds([3.0, 1.0, 2.0], [2, 0, 1])
    assert contrast(a, b).samples == {0: 0.0, 1: 0.0, 2: 0.5}
    assert contrast(a, b).value == pytest.approx(1 / 6)
    assert contrast(a, b).note == ""


@steady
@given(values=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8), bounds=st.sampled_from([None, (-1, 1)]))
def test_contrasts_are_antisymmetric_and_those_of_the_differences(values, bounds):
    a, b = np.array(values).T
    forth, back, differences = contrast(a, b, bounds), contrast(b, a, bounds), per_seed(a - b, bounds)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert (forth.value, forth.low, forth.high) == (differences.value, differences.low, differences.high)


def test_what_only_one_side_has_is_left_out_aloud():
    a, b = seeds([1.0, 2.0, 3.0], [0, 1, 2]), seeds([1.0, 1.0, 1.0], [1, 2, 7])
    estimate = contrast(a, b, note="in points")
    assert estimate.samples == {1: 1.0, 2: 2.0}
    assert estimate.note == "in points; left out, as only one side has them: 0, 7"
    with pytest.raises(ValueError, match=r"\[0, 1, 2\] and \[3, 4\] have none in common"):
        contrast(a, seeds([1.0, 2.0], [3, 4]))
    assert contrast(a, seeds([1.0, 2.0], [2, 3])).reason == "one seed gives no interval"


def test_estimates_contrast_like_their_values_with_the_bounds_that_follow():
    a, b = seeds([0.9, 0.8, 1.0], [0, 1, 2]), seeds([0.1, 0.3, 0.2], [0, 1, 2])
    between = contrast(per_seed(a, (0, 1)), per_seed(b, (0, 1)))
    assert between == contrast(a, b, bounds=(-1, 1))
    assert contrast(per_seed(a, (0, math.inf)), per_seed(b, (0, math.inf))).method == STUDENT
    pairs = contrast(share([1, 1, 1, 0], [0, 0, 1, 1]), share([0, 1, 0, 0], [0, 0, 1, 1]))
    assert pairs.samples == {0: 0.5, 1: 0.5}


def test_contrasts_need_two_sides():
    measured = per_seed([1.0, 2.0])
    assert "not run" in contrast(NotTested("not run"), measured).reason
    assert "not run" in contrast(measured, NotTested("not run")).reason
    with pytest.raises(ValueError, match="'exact' has no value for each seed"):
        contrast(measured, exact(1.0))


# What is no measurement


def test_too_few_seeds_are_not_tested():
    assert per_seed([1.0]) == NotTested("one seed gives no interval")
    assert per_seed([], bounds=(0, 1)) == NotTested("no seed has it")
    assert share([1, 1], by_seed=[3, 3]).reason == "one seed gives no interval"
    with pytest.raises(ValueError, match="say why"):
        NotTested("")


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, math.nan], "value nan"),
        ([math.inf, 1.0], "value inf"),
        (xr.DataArray([[0.1, 0.2], [0.3, 0.4]], dims=("seed", "layer")), r"\('seed', 'layer'\) of shape \(2, 2\)"),
        (np.zeros((2, 1)), r"shape \(2, 1\)"),
        (xr.DataArray(0.1), "shape"),
        (seeds([0.1, 0.2], [4, 4]), r"same label in \[4, 4\]"),
    ],
)
def test_per_seed_refuses(values, message, bounds):
    with pytest.raises(ValueError, match=message):
        per_seed(values, bounds)


@pytest.mark.parametrize("ends", [(math.nan, 0.0, 1.0), (2.0, 0.0, 1.0), (0.5, math.nan, 1.0)])
def test_no_value_outside_its_interval(ends):
    with pytest.raises(ValueError, match="no measurement"):
        Estimate(*ends, method="by hand", n_seeds=3)
    with pytest.raises(ValueError, match="no measurement"):
        exact(math.nan)


def test_labels_come_from_the_coordinate_or_the_place():
    assert per_seed(seeds([0.1, 0.2], [10, 11])).samples == {10: 0.1, 11: 0.2}
    assert per_seed(seeds([0.1, 0.2])).samples == per_seed([0.1, 0.2]).samples == {0: 0.1, 1: 0.2}
    assert per_seed({"a": 0.1, "b": 0.2}).samples == {"a": 0.1, "b": 0.2}


def test_estimates_survive_pickling():
    for estimate in (per_seed([0.1, 0.2, 0.4], (0, 1)), share([1, 0, 1], [0, 1, 2]), NotTested("not run")):
        again = pickle.loads(pickle.dumps(estimate))
        assert repr(again) == repr(estimate)
        assert again.p_greater(0.1) == estimate.p_greater(0.1)


def test_declaring_imports_no_scipy():
    code = "import sys, learning_geometry.claims.estimates; print({'scipy', 'xarray'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


# Digits


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.7231, 0.1212, 1.3249, "0.72 [0.12, 1.32]"),
        (4.32101, 4.265, 4.377, "4.321 [4.265, 4.377]"),
        (-79.3, -102.7, -55.9, "-79 [-103, -56]"),
        (13512.0, 13162.0, 13862.0, "13510 [13160, 13860]"),
        (-0.001, -0.4, 0.4, "0.00 [-0.40, 0.40]"),
        (0.9999, 0.95, 1.05, "1.000 [0.950, 1.050]"),
        (1.1e-10, 0.9e-10, 1.3e-10, "1.10e-10 [9.0e-11, 1.30e-10]"),
        (0.0, -1e-7, 1e-7, "0 [-1.0e-07, 1.0e-07]"),
        (1.5e9, 1.4e9, 1.6e9, "1.50e+09 [1.40e+09, 1.60e+09]"),
        (0.123456, None, None, "0.1235"),
        (0.123456, 0.123456, 0.123456, "0.1235"),
        (12345.0, None, None, "12345"),
        (-0.0, None, None, "0"),
        (3.2e-17, None, None, "3.2e-17"),
        (5000.0, 5000.0, None, "> 5000"),
    ],
)
def test_digits_follow_the_interval(value, low, high, words):
    assert format_value(value, low, high) == words


@steady
@given(centre=st.floats(-1e4, 1e4), half=st.floats(1e-3, 1e3))
def test_printed_ends_are_within_a_twentieth_of_the_half_width_or_have_four_digits(centre, half):
    shown, low, high = (
        format_value(centre, centre - half, centre + half).replace("[", "").strip("]").replace(",", "").split()
    )
    assert [float(shown), float(low), float(high)] == pytest.approx(
        [centre, centre - half, centre + half], abs=max(half / 19, 5.1e-4 * (abs(centre) + half))
    )


def test_the_interval_is_that_of_the_instrument():
    assert (per_seed([0.1, 0.4], (0, 1)).low, per_seed([0.1, 0.4]).high) == (
        mean_interval([0.1, 0.4], bounds=(0, 1)).low,
        mean_interval([0.1, 0.4]).high,
    )


def test_censored_values_have_no_upper_end():
    assert censored(at_least=7, n_seeds=3).ends == (7, math.inf)
    assert censored(at_least=7).high is None
