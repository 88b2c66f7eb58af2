"""Rules decide on intervals alone, and never the other way round because an interval became narrower."""

import math
from itertools import combinations_with_replacement

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from learning_geometry.claims.estimates import NotTested, censored, exact, per_seed
from learning_geometry.claims.rules import Above, Below, Outcome, Within

steady = settings(deadline=None, derandomize=True)
finite = st.floats(-1e6, 1e6)
intervals = st.tuples(finite, finite).map(sorted)


def by_table(low, high, strong, weak):
    """Above, by looking at which of the three zones the interval touches: at or below the weak threshold, between, beyond."""
    touched = {(point > weak) + (point > strong) for point in (low, high, weak, strong) if low <= point <= high}
    touched |= {1} if low < strong and high > weak else set()  # what lies between two thresholds that are outside
    return {
        frozenset({0}): Outcome.NOT,
        frozenset({1}): Outcome.PARTLY,
        frozenset({2}): Outcome.FULL,
        frozenset({1, 2}): Outcome.PARTLY,
        frozenset({0, 1}): Outcome.UNDECIDED,
        frozenset({0, 1, 2}): Outcome.UNDECIDED,
    }[frozenset(touched)]


def test_partly_follows_the_truth_table_everywhere():
    places = [-math.inf, 0, 1, 2, 3, 4, math.inf]
    seen = set()
    for low, high in combinations_with_replacement(places, 2):
        if math.isinf(low) and low == high:
            continue
        outcome = Above(3, partly=1).decide(low, high)
        assert outcome is by_table(low, high, 3, 1), (low, high)
        assert Below(-3, partly=-1).decide(-high, -low) is outcome
        seen.add(outcome)
    assert seen == set(Outcome) - {Outcome.NOT_TESTED}


def test_straddling_the_weak_threshold_is_undecided_and_beyond_it_is_partly():
    rule = Above(0.85, partly=0.7)
    assert rule.decide(0.69, 0.71) is Outcome.UNDECIDED
    assert rule.decide(0.80, 0.86) is rule.decide(0.72, 0.80) is Outcome.PARTLY
    assert rule.decide(0.86, 0.90) is Outcome.FULL
    assert rule.decide(0.60, 0.70) is Outcome.NOT
    assert rule.decide(0.60, 0.90) is Outcome.UNDECIDED


@steady
@given(interval=intervals, threshold=finite)
def test_one_threshold_gives_three_outcomes(interval, threshold):
    low, high = interval
    outcome = Above(threshold).decide(low, high)
    assert (outcome is Outcome.FULL) == (low > threshold)
    assert (outcome is Outcome.NOT) == (high <= threshold)
    assert (outcome is Outcome.UNDECIDED) == (low <= threshold < high)
    assert Below(-threshold).decide(-high, -low) is outcome


@steady
@given(interval=intervals, target=finite, tolerance=st.floats(0, 1e3))
def test_within_needs_the_whole_interval(interval, target, tolerance):
    low, high = interval
    floor, ceiling = Within(target, tolerance).region()
    outcome = Within(target, tolerance).decide(low, high)
    assert (outcome is Outcome.FULL) == (floor <= low and high <= ceiling)
    assert (outcome is Outcome.NOT) == (high < floor or low > ceiling)


@steady
@given(
    interval=intervals,
    inner=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    rule=st.sampled_from([Above(0), Above(2, partly=-1), Below(0), Below(-2, partly=1), Within(1, 5)]),
)
def test_a_narrower_interval_never_turns_a_decision_around(interval, inner, rule):
    low, high = interval
    ends = [min(max(low + part * (high - low), low), high) for part in inner]
    assume(ends[0] <= ends[1])
    wide, narrow = rule.decide(low, high), rule.decide(*ends)
    allowed = {wide} if wide in (Outcome.FULL, Outcome.NOT) else {Outcome.PARTLY, Outcome.FULL}
    assert wide is Outcome.UNDECIDED or narrow in allowed


def test_a_censored_value_decides_in_one_direction_only():
    low, high = censored(at_least=5000).ends
    assert Above(4000).decide(low, high) is Outcome.FULL
    assert Above(5000).decide(low, high) is Above(6000).decide(low, high) is Outcome.UNDECIDED
    assert Above(6000, partly=4000).decide(low, high) is Outcome.PARTLY
    assert Below(4000).decide(low, high) is Within(0, 100).decide(low, high) is Outcome.NOT
    assert Below(6000).decide(low, high) is Within(5000, 100).decide(low, high) is Outcome.UNDECIDED


@pytest.mark.parametrize(
    "rule", [Above(0.3), Above(3.0), Below(4.0), Below(1.0), Within(2, 3), Within(9, 1), Within(2, 1)]
)
def test_p_is_that_of_the_strong_threshold(rule):
    """It is at most 2.5 % exactly where the rule is met in full, and the larger of two for a region with two ends."""
    estimate = per_seed([1.0, 2.0, 2.5, 1.5, 3.0])
    p = rule.p_value(estimate)
    assert (p <= 0.025) == (rule.decide(*estimate.ends) is Outcome.FULL)
    if isinstance(rule, Within):
        floor, ceiling = rule.region()
        assert p == max(Above(floor).p_value(estimate), Below(ceiling).p_value(estimate))
    for without in (exact(1.0), censored(at_least=1.0), NotTested("not run")):
        assert rule.p_value(without) is None


def test_the_weaker_threshold_leaves_p_alone():
    estimate = per_seed([1.0, 2.0, 2.5])
    assert Above(0.3, partly=0).p_value(estimate) == Above(0.3).p_value(estimate)
    assert Below(5, partly=6).p_value(estimate) == Below(5).p_value(estimate)


@pytest.mark.parametrize(
    ("rule", "words", "region"),
    [
        (Above(0.5), "above 0.5", (0.5, math.inf)),
        (Above(0.5, partly=0.2), "above 0.5 (partly: above 0.2)", (0.5, math.inf)),
        (Below(1, partly=2), "below 1 (partly: below 2)", (-math.inf, 1)),
        (Within(1, 0.1), "within 0.1 of 1", (0.9, 1.1)),
    ],
)
def test_a_rule_in_words_and_as_a_region(rule, words, region):
    assert str(rule) == words
    assert rule.region() == pytest.approx(region)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Above(math.nan), "nan"),
        (lambda: Below(0, partly=math.inf), "inf"),
        (lambda: Above(1, partly=1), "has to be smaller"),
        (lambda: Below(1, partly=0.5), "0.5; it has to be greater"),
        (lambda: Within(0, -0.1), "within -0.1"),
        (lambda: Within(math.nan, 1), "nan"),
        (lambda: Above(0).decide(2, 1), r"\[2, 1\]"),
        (lambda: Within(0, 1).decide(math.nan, 1), "nan"),
    ],
)
def test_nonsense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
