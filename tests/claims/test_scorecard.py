"""Every declared claim is judged, in the order of the page; controls by two rules; headlines by Holm's procedure."""

import math
from itertools import product

import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.claims import (
    Above,
    Claims,
    Estimate,
    Kind,
    NotTested,
    Outcome,
    Scorecard,
    check,
    exact,
    judge,
    per_seed,
)
from learning_geometry.claims.scorecard import ALPHA, MOST_HEADLINES
from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies.types import Seed
from learning_geometry.studies.unit import Unit


class Growth(Unit):
    seed: Seed

    @classmethod
    def experiment(cls) -> str:
        return "growth"


RECORDS = Records(
    [
        Record(
            Task("s", Growth(seed=seed), "c"), xr.Dataset({"slope": slope}), seconds=1, peak_memory_mb=1, environment={}
        )
        for seed, slope in enumerate((1.0, 1.2, 0.9))
    ]
)
WORDS = {"statistic": "mean slope", "rule": Above(0.0)}


def section(name, **statistics):
    """A section with a claim of ours for each statistic."""
    claims = Claims(f"learning_geometry.studies.toy.claims.{name}")
    for id, statistic in statistics.items():
        claims.ours("It rises.", id=id, **WORDS)(statistic)
    return claims


def slope(records):
    return per_seed(records["growth"].slope)


def test_every_claim_is_judged_in_the_order_of_the_page():
    sections = {"b": section("b", z=slope, y=slope), "a": section("a", x=slope)}
    card = judge(sections, RECORDS)
    assert [judgement.claim.id for judgement in card] == ["z", "y", "x"]
    assert {judgement.verdict for judgement in card} == {"holds"}
    assert len(card) == 3
    assert card["x"] is card[2]
    with pytest.raises(KeyError, match="no claim 'w'; there are z, y, x"):
        card["w"]


def test_a_missing_experiment_is_not_tested_and_says_why():
    claims = section("a", silent=lambda records: per_seed(records["shrinking"].slope))
    claims.ours("It falls.", id="told", absent="Give nsd_root.", **WORDS)(lambda records: exact(records["shrinking"].x))
    claims.ours("It is there.", id="there", absent="Give nsd_root.", **WORDS)(slope)
    card = judge({"a": claims}, RECORDS)
    assert card["silent"].verdict == "not tested at this scale"
    assert "shrinking" in card["silent"].measured.note
    assert card["told"].measured.note == "Give nsd_root."
    assert card["there"].verdict == "holds"  # control


@pytest.mark.parametrize(
    ("statistic", "error"),
    [
        (lambda records: {}["growth"], KeyError),
        (lambda records: records["growth"].sel(seed=99), KeyError),
        (lambda records: records["growth", "parts"], KeyError),
        (lambda records: records["growth"].slop, AttributeError),
        (lambda records: records.select("growth", sed=1), AttributeError),
        (lambda records: exact(math.nan), ValueError),
        (lambda records: 1 / 0, ZeroDivisionError),
    ],
)
def test_a_bug_in_a_statistic_is_an_error_and_no_verdict(statistic, error):
    with pytest.raises(error):
        judge({"a": section("a", broken=statistic)}, RECORDS)


# A control is judged by its own rule and by that of its contrast.

SAMPLES = {
    Outcome.FULL: [1.0, 1.1, 0.9, 1.05],
    Outcome.NOT: [-1.0, -1.1, -0.9, -1.05],
    Outcome.UNDECIDED: [-1.0, 1.0, -0.5, 0.6],
    Outcome.NOT_TESTED: None,
}


def estimate(samples):
    return NotTested("not run") if samples is None else per_seed(samples)


def control_judged(own, difference):
    """The judgement of a control whose own rule and contrast have these outcomes."""
    values = SAMPLES[own]
    guarded = (
        None
        if values is None or SAMPLES[difference] is None
        else [a - d for a, d in zip(values, SAMPLES[difference], strict=True)]
    )
    claims = section("a", claim=lambda records: estimate(guarded))
    claims.control("It does not.", id="control", of="claim", contrast=Above(0.0), **WORDS)(
        lambda records: estimate(values)
    )
    return judge({"a": claims}, RECORDS)["control"]


@pytest.mark.parametrize(("own", "difference"), list(product(SAMPLES, SAMPLES)))
def test_a_control_holds_only_by_both_rules(own, difference):
    judgement = control_judged(own, difference)
    both = {own, difference} if own is not Outcome.NOT_TESTED else {own}
    worst = next(o for o in (Outcome.NOT, Outcome.NOT_TESTED, Outcome.UNDECIDED, Outcome.FULL) if o in both)
    assert judgement.outcome is worst
    assert (judgement.verdict == "held") == (both == {Outcome.FULL})


def test_the_contrast_is_control_minus_claim_by_seed():
    judgement = control_judged(Outcome.UNDECIDED, Outcome.FULL)
    assert judgement.contrast.value == pytest.approx(sum(SAMPLES[Outcome.FULL]) / 4)
    assert judgement.contrast.n_seeds == 4
    # Paired: the spread of the control itself, which is wide, has no part in it.
    assert judgement.contrast.high - judgement.contrast.low < 0.4 < judgement.measured.high - judgement.measured.low


def test_a_control_without_contrast_is_judged_by_its_own_rule():
    claims = section("a", claim=lambda records: exact(5.0))
    claims.control("It does not.", id="control", of="claim", uncontrasted="both are exact", **WORDS)(slope)
    judgement = judge({"a": claims}, RECORDS)["control"]
    assert (judgement.verdict, judgement.contrast) == ("held", None)


def test_a_contrast_that_cannot_be_paired_is_an_error():
    claims = section("a", claim=lambda records: exact(5.0))
    claims.control("It does not.", id="control", of="claim", contrast=Above(0.0), **WORDS)(slope)
    with pytest.raises(ValueError, match="no value for each seed"):
        judge({"a": claims}, RECORDS)


# Holm's procedure among headlines.


def with_p(p):
    """An estimate that meets its rule, with a p value that was given it."""
    return Estimate(1.0, 0.5, 1.5, "made up", 5, p_value=None if p is None else lambda threshold, alternative: p)


def holm_of(ps, headlines=None):
    claims = Claims("learning_geometry.studies.toy.claims.a")
    for k, p in enumerate(ps):
        headline = headlines is None or headlines[k]
        claims.paper("It is.", id=f"c{k}", source="abstract", headline=headline, **WORDS)(
            lambda records, p=p: with_p(p)
        )
    return [judgement.holm for judgement in judge({"a": claims}, RECORDS)]


def test_holm_stops_at_the_first_that_fails():
    assert holm_of([0.02, 0.001, 0.012, 0.024]) == [False, True, False, False]
    # Control: alone, each of them would pass.
    assert [holm_of([p])[0] for p in (0.02, 0.001, 0.012, 0.024, 0.026)] == [True, True, True, True, False]
    assert holm_of([0.001, 0.006, 0.012, 0.024]) == [True, True, True, True]


def test_holm_knows_only_headlines_with_a_p_value():
    assert holm_of([0.02, 0.001, None, 0.012], [True, False, True, True]) == [True, None, None, True]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(ps=st.lists(st.floats(0, 0.06), min_size=1, max_size=MOST_HEADLINES))
def test_holm_is_the_procedure_of_adjusted_p_values(ps):
    order = sorted(range(len(ps)), key=lambda k: ps[k])
    adjusted = {k: max((len(ps) - r) * ps[order[r]] for r in range(order.index(k) + 1)) for k in order}
    # Both sides of the comparison are rounded: leave out what lies within rounding of the limit.
    if all(abs(value - ALPHA) > 1e-12 for value in adjusted.values()):
        assert holm_of(ps) == [adjusted[k] <= ALPHA for k in range(len(ps))]


# What the claims of a study must agree on.


def headlines(count):
    claims = Claims("learning_geometry.studies.toy.claims.a")
    for k in range(count):
        claims.paper("It is.", id=f"c{k}", source="abstract", headline=True, **WORDS)(slope)
    return list(claims)


def test_five_headlines_are_enough():
    check(headlines(MOST_HEADLINES))
    with pytest.raises(ValueError, match="6 headline claims, at most 5: c0"):
        check(headlines(MOST_HEADLINES + 1))


def test_an_id_is_declared_once_in_all_sections():
    with pytest.raises(ValueError, match=r"'x' is declared twice, the second time in .*\.b"):
        judge({"a": section("a", x=slope), "b": section("b", x=slope)}, RECORDS)


def test_a_control_guards_a_claim_of_the_study_perhaps_of_another_section():
    claims = section("b")
    claims.control("It does not.", id="control", of="x", contrast=Above(-9.0), **WORDS)(slope)
    assert judge({"b": claims, "a": section("a", x=slope)}, RECORDS)["control"].verdict == "held"
    with pytest.raises(ValueError, match="guards 'x', which is no claim"):
        judge({"b": claims}, RECORDS)


def test_a_scorecard_shows_each_section_by_name():
    card = judge({"a": section("a", x=slope), "b": section("b", y=slope)}, RECORDS)
    shown = card.panel("a")
    assert 'id="claim-x"' in shown._repr_html_()
    assert 'id="claim-y"' not in shown._repr_html_()
    assert repr(shown) == repr(card["x"])
    assert "x: holds" in repr(shown)
    with pytest.raises(KeyError, match="no section 'c' has claims; there are a, b"):
        card.panel("c")


@pytest.mark.parametrize("kind", list(Kind))
def test_the_words_are_those_of_the_kind(kind):
    claims = Claims("learning_geometry.studies.toy.claims.a")
    claims.ours("It is.", id="guarded", **WORDS)(slope)
    extra = {"paper": {"source": "abstract"}, "ours": {}, "control": {"of": "guarded", "uncontrasted": "no seeds"}}[
        kind
    ]
    getattr(claims, kind)("It is.", id="it", **WORDS, **extra)(lambda records: exact(-1.0))
    words = {"paper": "not reproduced", "ours": "does not hold", "control": "failed"}
    assert judge({"a": claims}, RECORDS)["it"].verdict == words[kind]


def test_an_empty_scorecard_is_empty():
    assert list(Scorecard([])) == []
