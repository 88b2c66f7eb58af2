import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from learning_geometry.claims import Above, Below, Claim, Scorecard, Verdict, Within, table

finite = st.floats(-1e6, 1e6)
intervals = st.tuples(finite, finite).map(sorted)
CLAIM = Claim("rise", "It rises.", "abstract", "slope", Above(0.0), paper_value=0.5)


@settings(deadline=None, derandomize=True)
@given(interval=intervals, threshold=finite)
def test_undecided_exactly_where_the_interval_straddles_the_threshold(interval, threshold):
    low, high = interval
    verdict = Above(threshold).decide(low, high)
    assert (verdict is Verdict.REPRODUCED) == (low > threshold)
    assert (verdict is Verdict.NOT) == (high <= threshold)
    assert (verdict is Verdict.UNDECIDED) == (low <= threshold < high)


@settings(deadline=None, derandomize=True)
@given(interval=intervals, threshold=finite, margin=st.floats(0, 1e3))
def test_below_mirrors_above(interval, threshold, margin):
    low, high = interval
    mirrored = Above(-threshold, -threshold - margin).decide(-high, -low)
    assert Below(threshold, threshold + margin).decide(low, high) is mirrored


@settings(deadline=None, derandomize=True)
@given(interval=intervals, target=finite, tolerance=st.floats(0.001, 1e3))
def test_within_needs_the_whole_interval(interval, target, tolerance):
    low, high = interval
    inside = [target - tolerance <= end <= target + tolerance for end in interval]
    verdict = Within(target, tolerance).decide(low, high)
    assert (verdict is Verdict.REPRODUCED) == all(inside)
    if any(inside) and not all(inside):
        assert verdict is Verdict.UNDECIDED


@settings(deadline=None, derandomize=True)
@given(interval=intervals)
def test_a_narrower_interval_never_turns_a_decided_verdict_around(interval):
    low, high = interval
    assume(low < high)
    wide, narrow = Above(0.0).decide(low, high), Above(0.0).decide(*[(low + high) / 2] * 2)
    assert wide in (narrow, Verdict.UNDECIDED)


def test_partly_needs_the_weaker_threshold_and_a_decided_interval():
    rule = Above(0.9, partly=0.5)
    assert rule.decide(0.6, 0.8) is Verdict.PARTLY
    assert rule.decide(0.4, 0.8) is Verdict.NOT
    assert rule.decide(0.6, 0.95) is Verdict.UNDECIDED
    assert rule.decide(0.91, 0.95) is Verdict.REPRODUCED


@pytest.mark.parametrize(
    ("value", "interval"), [(math.nan, None), (1.0, (2.0, 3.0)), (1.0, (0.0, math.inf)), (2.5, (3.0, 2.0))]
)
def test_what_is_no_measurement_is_not_judged(value, interval):
    with pytest.raises(ValueError, match="rise"):
        CLAIM.judge(value, interval=interval, n_seeds=3)


def test_the_ledger_entry_has_the_agreed_fields():
    entry = CLAIM.judge(0.4, interval=(0.3, 0.5), n_seeds=3, note="digits").as_dict()
    assert entry == {
        "id": "rise",
        "statement": "It rises.",
        "source": "abstract",
        "statistic": "slope",
        "rule": "above 0",
        "value": 0.4,
        "interval": [0.3, 0.5],
        "n_seeds": 3,
        "paper_value": 0.5,
        "verdict": "reproduced",
        "control": False,
        "note": "digits",
    }
    assert CLAIM.not_tested("too small").as_dict()["verdict"] == "not tested at this scale"


def test_a_claim_is_judged_once():
    judgement = CLAIM.judge(1.0, n_seeds=1)
    assert Scorecard([judgement])["rise"] is judgement
    with pytest.raises(ValueError, match="twice"):
        Scorecard([judgement, judgement])
    with pytest.raises(KeyError, match="rise"):
        Scorecard([judgement])["fall"]


def test_html_escapes_what_it_prints():
    claim = Claim("x", "a < b & c", "§ 1", "b - a", Above(0.0), control=True)
    html = claim.judge(1.0, n_seeds=1)._repr_html_() + table([claim.judge(1.0, n_seeds=1).as_dict()])
    assert "a &lt; b &amp; c" in html
    assert "a < b" not in html
