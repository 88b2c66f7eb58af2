"""The claims about post-training on records made up: all true, and for each claim a change that makes it fail."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from made_up import (
    SAMPLES,
    SERIES,
    STUDY,
    TUNED,
    Course,
    course,
    courses,
    recorded,
    solved,
    traced,
    tuned,
)

from learning_geometry.claims import Kind, Outcome, Scorecard
from learning_geometry.studies.llm_phases.post_training._pass_at_k import CROSSED_AT, crossings
from learning_geometry.studies.llm_phases.post_training._published import (
    ALPACA_LOSS,
    AMC23,
    AMC23_PASS_AT_256,
    HH_LOSS,
    TULU_RANKME,
)

RELEASED = ["series-sft", "series-dpo", "series-rlvr", "series-pass-256", "longer-inside", "longer-outside"]


def judged(made: dict[int, Course], **others: Any) -> Scorecard:
    return STUDY.judge(recorded(made, **others))


def outcomes(made: dict[int, Course], **others: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in judged(made, **others)}


def staged(model: str, quantity: str, value: Any, seeds: Sequence[int] = range(1, 7)) -> dict[int, Course]:
    """Courses in which some seeds have another value of a quantity of a model, a little differently in each."""
    made = courses()
    for seed in seeds:
        part = made[seed]["samples" if quantity in ("correct", "distinct") else "models"]
        jitter = 0 if quantity in ("correct", "distinct") else 0.001 * seed
        part[quantity].loc[{"model": model}] = value + jitter
    return made


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: outcome for claim, outcome in outcomes(courses()).items() if outcome != Outcome.FULL} == {}


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("base-has-learnt", ("base", "probability", 0.2)),
        ("sft-rankme", ("sft", "rankme", 7.0)),
        ("dpo-rankme", ("dpo", "rankme", 8.0)),
        ("rlvr-rankme", ("rlvr", "rankme", 11.0)),
        ("sft-alpha", ("sft", "alpha", 5.5)),
        ("dpo-alpha", ("dpo", "alpha", 4.8)),
        ("rlvr-alpha", ("rlvr", "alpha", 3.5)),
        ("sft-inside", ("sft", "loss", 1.2)),
        ("sft-outside", ("sft", "ood_loss", 0.8)),
        ("dpo-inside", ("dpo", "loss", 0.6)),
        ("dpo-outside", ("dpo", "ood_loss", 1.2)),
        ("rlvr-pass-1", ("rlvr", "correct", solved(25, 0))),
        ("rlvr-pass-16", ("rlvr", "correct", solved(200, 200, 200, 200, 0))),
        ("rlvr-crossing", ("rlvr", "correct", solved(60, 60, 60, 60, 60))),
        ("rlvr-pass-256", ("rlvr", "correct", solved(1, 1, 1, 1, 1))),
        ("rlvr-diversity", ("rlvr", "distinct", solved(11, 13))),
        ("rlvr-entropy", ("rlvr", "entropy", 1.5)),
        ("sft-diversity", ("sft", "distinct", solved(18, 19))),
        ("dpo-pass-16", ("dpo", "correct", solved(90, 90, 90, 90, 90))),
        ("continued-rankme", ("continued", "rankme", 8.4)),
        ("continued-alpha", ("continued", "alpha", 4.5)),
        ("shuffled-inside", ("shuffled", "loss", 0.9)),
        ("shuffled-rankme", ("shuffled", "rankme", 8.2)),
        ("random-pass-1", ("random_reward", "correct", solved(60, 60))),
        ("random-rankme", ("random_reward", "rankme", 9.0)),
    ],
)
def test_every_claim_of_the_small_model_can_fail(claim: str, change: tuple[str, str, Any]) -> None:
    found = outcomes(staged(*change))
    if claim == "dpo-pass-16":  # its change takes pass@256 to the ceiling
        assert found.pop("rlvr-pass-256") == Outcome.NOT_TESTED
    assert found[claim] == Outcome.NOT
    # Another measurement decides another claim: most of the others stand.
    assert sum(outcome == Outcome.FULL for outcome in found.values()) > 2 * len(found) / 3


@pytest.mark.parametrize(
    ("claim", "series", "fine_tuning"),
    [
        ("series-sft", [SERIES[0], traced("SFT", "main", 700, 30), *SERIES[2:]], TUNED),
        ("series-dpo", [*SERIES[:2], traced("DPO", "main", 900, 2, 30), *SERIES[3:]], TUNED),
        ("series-rlvr", [*SERIES[:4], traced("RLVR", "main", 1250, 250, 0)], TUNED),
        ("series-pass-256", [*SERIES[:4], traced("RLVR", "main", 1090, 250, 1)], TUNED),
        ("longer-inside", SERIES, [*TUNED[:4], tuned(4, 0, 300, 140), tuned(4, 7, 301, 140)]),
        ("longer-outside", SERIES, [*TUNED[:4], tuned(4, 0, 262, 110), tuned(4, 7, 262, 111)]),
    ],
)
def test_every_claim_of_released_models_can_fail(claim: str, series: Any, fine_tuning: Any) -> None:
    found = outcomes(courses(), series=series, fine_tuning=fine_tuning)
    assert found[claim] == Outcome.NOT
    # Two claims may share a checkpoint, but no claim of the small model depends on it.
    changed = [id for id, outcome in found.items() if outcome != Outcome.FULL]
    assert set(changed) <= set(RELEASED)
    assert len(changed) <= 2


def test_claims_are_undecided_where_seeds_disagree() -> None:
    found = outcomes(staged("sft", "rankme", 7.0, seeds=(1, 2, 3)))
    assert found["sft-rankme"] == Outcome.UNDECIDED
    assert found["rlvr-rankme"] == Outcome.FULL


def test_a_control_that_moves_as_far_as_its_claim_does_not_hold() -> None:
    made = staged("continued", "rankme", 8.1)
    for seed, one in made.items():
        one["models"].rankme.loc[{"model": "sft"}] = 8.08 + 0.003 * seed
    control = judged(made)["continued-rankme"]
    assert control.measured.high < 2  # by itself it would
    assert control.contrast is not None
    assert control.outcome != Outcome.FULL


def test_controls_are_judged_on_the_seeds_that_have_them() -> None:
    made = courses() | {seed: course(seed, controls=False) for seed in (2, 3, 4, 5)}
    found, two = judged(made), judged({seed: made[seed] for seed in (1, 6)})
    for judgement in found:
        if judgement.claim.kind is Kind.CONTROL:
            assert judgement.measured == two[judgement.claim.id].measured
            assert judgement.measured.n_seeds == 2
        elif judgement.claim.id not in RELEASED:
            assert judgement.measured.n_seeds == 6
    # One seed with controls decides nothing about them.
    found = judged(made | {6: course(6, controls=False)})
    untested = [judgement.claim.kind for judgement in found if judgement.outcome == Outcome.NOT_TESTED]
    assert untested == [Kind.CONTROL] * 6


def test_one_seed_decides_nothing() -> None:
    found = judged(courses(1))
    assert {one.outcome for one in found if one.claim.id not in RELEASED} == {Outcome.NOT_TESTED}


def test_at_its_ceiling_pass_at_256_is_not_tested() -> None:
    made = staged("dpo", "correct", solved(30, 30))
    made[1]["samples"].correct.loc[{"model": "dpo"}] = solved(30, 30, 30, 30, 0)
    judgement = judged(made)["rlvr-pass-256"]
    assert judgement.outcome == Outcome.NOT_TESTED
    assert "pass@256 is 0.8 to 1 already" in judgement.measured.note
    made[2]["samples"].correct.loc[{"model": "dpo"}] = solved(30, 30, 30, 30, 0)
    assert judged(made)["rlvr-pass-256"].outcome != Outcome.NOT_TESTED


def test_too_few_samples_leave_a_k_untested_and_say_so() -> None:
    made = courses()
    for one in made.values():
        one["samples"]["correct"] = np.minimum(one["samples"].correct, 32)
    found = judged(made, samples=32)
    for claim, k in (("rlvr-crossing", 64), ("rlvr-pass-256", 256)):
        assert found[claim].measured.note == f"samples must be {k} or more"
    assert found["rlvr-pass-16"].outcome != Outcome.NOT_TESTED


def crossed(dpo: np.ndarray, rlvr: np.ndarray) -> list[float]:
    made = courses(1)
    for name, counts in (("dpo", dpo), ("rlvr", rlvr)):
        made[1]["samples"].correct.loc[{"model": name}] = counts
    return crossings(recorded(made))


def test_a_crossing_lies_where_the_curves_meet() -> None:
    # Two right samples of n in each problem, all right in a quarter: 1 - C(n - 2, k) / C(n, k) is a quarter near 0.134 n.
    (place,) = crossed(solved(2, 2), solved(SAMPLES, 0, 0, 0))
    k = np.arange(1, CROSSED_AT + 1)
    exact = 1 - (SAMPLES - k) * (SAMPLES - k - 1) / (SAMPLES * (SAMPLES - 1))
    assert exact[int(place) - 1] < 0.25 < exact[int(place)]
    assert crossed(solved(1, 1), solved(SAMPLES, 0)) == []  # they meet at n / 2, beyond 64
    assert crossed(solved(7, 7), solved(8, 8)) == crossed(solved(8, 8), solved(7, 7)) == []


def test_rounding_makes_no_crossing() -> None:
    """Where RLVR is worse at no problem, its curve is nowhere below; sums of rounded numbers are, by their last bits."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        counts = rng.integers(150, 200, 20)
        assert crossed(counts, rng.permutation(counts + rng.integers(0, 3, 20))) == []


def test_texts_that_all_checkpoints_share_cancel() -> None:
    estimate = judged(courses())["series-rlvr"].measured
    assert estimate.value == pytest.approx(100 * (1090 / 1180 - 1))
    assert estimate.high - estimate.low < 1  # the two per cent of each alone are far wider


@pytest.mark.parametrize(
    ("stage", "lost"),
    [
        ("SFT", ["series-sft", "series-dpo"]),
        ("DPO", ["series-dpo", "series-rlvr", "series-pass-256"]),
        ("RLVR", ["series-rlvr", "series-pass-256"]),
        ("", RELEASED),
    ],
)
def test_a_stage_that_was_not_traced_takes_only_its_own_claims_along(stage: str, lost: list[str]) -> None:
    if stage:
        found = judged(courses(), series=[one for one in SERIES if one[0].stage != stage])
    else:
        found = judged(courses(), series=[], fine_tuning=[])
    untested = [one for one in found if one.outcome == Outcome.NOT_TESTED]
    assert [one.claim.id for one in untested] == lost
    assert all(one.measured.note.startswith("Give `") for one in untested)


def test_what_is_lacking_is_named() -> None:
    found = judged(courses(), series=SERIES[1:], fine_tuning=[*TUNED[:2], tuned(9, 0, 1, 1, "pythia")])
    assert found["series-sft"].measured.note == "it takes two checkpoints of SFT"
    # Another model differs in more than how long it was pretrained.
    assert found["longer-inside"].outcome == found["longer-outside"].outcome == Outcome.NOT_TESTED
    found = judged(courses(), series=[*SERIES[:4], traced("RLVR", "main", 1090)])
    assert "give `problems`" in found["series-pass-256"].measured.note


def test_numbers_of_the_paper_are_those_of_its_curves_and_meet_the_rules() -> None:
    ends = {point.stage: point.height for point in TULU_RANKME}
    base, amc = TULU_RANKME[0].height, AMC23_PASS_AT_256
    fall = {name: 1 - curve[4e12] / curve[0.4e12] for name, curve in (("in", HH_LOSS), ("out", ALPACA_LOSS))}
    expected = {
        "sft-rankme": 100 * (ends["sft"] / base - 1),
        "dpo-rankme": 100 * (ends["dpo"] / ends["sft"] - 1),
        "rlvr-rankme": 100 * (ends["rlvr"] / ends["dpo"] - 1),
        "rlvr-pass-256": 100 * (amc[2400] - amc[0]),
        "longer-inside": HH_LOSS[4e12] - HH_LOSS[0.4e12],
        "longer-outside": 100 * (fall["out"] - fall["in"]),
        "rlvr-pass-16": 100 * (AMC23["RLVR, step 2400"][16] - AMC23["DPO"][16]),
    }
    expected |= {f"series-{stage}": expected[f"{stage}-rankme"] for stage in ("sft", "dpo", "rlvr")}
    expected["series-pass-256"] = expected["rlvr-pass-256"]
    claims = {claim.id: claim for claim in STUDY.declared() if claim.read_off is not None}
    assert {id: claim.read_off for id, claim in claims.items()} == {id: round(value) for id, value in expected.items()}
    for claim in claims.values():
        # What the paper measured passes the rules of what it states, and not of what is ours.
        passes = claim.rule.decide(claim.read_off, claim.read_off) == Outcome.FULL
        assert passes == (claim.kind is Kind.PAPER), claim.id
