"""The claims about post-training on records made up: all true, and for each claim a change that makes it fail."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr
from made_up import SERIES, STUDY, TUNED, Course, course, courses, probabilities, recorded, traced, tuned

from learning_geometry.claims import Kind, Outcome, Scorecard, judge
from learning_geometry.instruments.pass_at_k import pass_at_k
from learning_geometry.studies.llm_phases.post_training._pass_at_k import pass_at
from learning_geometry.studies.llm_phases.post_training._published import (
    ALPACA_LOSS,
    AMC23,
    AMC23_PASS_AT_256,
    HH_LOSS,
    TULU_RANKME,
)

RELEASED = ["series-sft", "series-dpo", "series-rlvr", "series-pass-256", "longer-inside", "longer-outside"]
NEVER = ["win-rate", "dpo-contrastive"]
MIXTURE, TEXT, PROMPTS = ({"probe": probe} for probe in ("mixture", "text", "prompts"))


def judged(made: dict[int, Course], **others: Any) -> Scorecard:
    return STUDY.judge(recorded(made, **others))


def outcomes(made: dict[int, Course], **others: Any) -> dict[str, Outcome]:
    found = {judgement.claim.id: judgement.outcome for judgement in judged(made, **others)}
    assert {found.pop(claim) for claim in NEVER} == {Outcome.NOT_TESTED}
    return found


def changed(part: str, quantity: str, where: dict[str, Any], value: Any, seeds: Sequence[int] = range(1, 7)) -> Any:
    """Courses in which a quantity is multiplied by a number, or replaced by an array, a little differently in each."""
    made = courses()
    for seed in seeds:
        data = made[seed][part][quantity]
        old = data.sel(where).values
        data.loc[where] = value * (old if np.isscalar(value) else 1) * (1 + 0.0003 * (seed % 3))
    return made


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: outcome for claim, outcome in outcomes(courses()).items() if outcome != Outcome.FULL} == {}


def of_models(model: str, quantity: str, value: Any, **where: Any) -> tuple[str, str, dict[str, Any], Any]:
    return "models", quantity, {"model": model} | where, value


TURNS: dict[str, tuple[str, str, dict[str, Any], Any]] = {
    "base-has-learnt": of_models("base", "probability", 0.01),
    "base-has-room": of_models("base", "probability", probabilities(0.02)),
    "dpo-has-room": of_models("dpo", "probability", probabilities(0.02)),
    "sft-rankme": of_models("sft", "rankme", 0.9, **MIXTURE),
    "dpo-rankme": of_models("dpo", "rankme", 0.9, **MIXTURE),
    "rlvr-rankme": of_models("rlvr", "rankme", 1.05, **MIXTURE),
    "sft-monotone": ("path", "rankme", {"model": "sft", "point": 7}, 0.5),
    "dpo-monotone": ("path", "rankme", {"model": "dpo", "point": 7}, 0.5),
    "rlvr-monotone": ("path", "rankme", {"model": "rlvr", "point": 7}, 1.5),
    "sft-alpha": of_models("sft", "alpha", 1.2, **MIXTURE),
    "dpo-alpha": of_models("dpo", "alpha", 1.2, **MIXTURE),
    "rlvr-alpha": of_models("rlvr", "alpha", 0.8, **MIXTURE),
    "own-answers-rankme": of_models("own_answers", "rankme", 1.03, **MIXTURE),
    "continued-rankme": of_models("continued", "rankme", 1.05, **MIXTURE),
    "shuffled-answers-rankme": of_models("shuffled_answers", "rankme", 1.2, **MIXTURE),
    "coin-rankme": of_models("coin", "rankme", 1.1, **MIXTURE),
    "sft-text": of_models("sft", "rankme", 1.02, **TEXT),
    "plain-dpo-rankme": of_models("plain_dpo", "rankme", 1.2, **MIXTURE),
    "rlvr-still": of_models("rlvr", "rankme", 0.9, **MIXTURE),
    "rlvr-base-rankme": of_models("rlvr_base", "rankme", 0.9, **MIXTURE),
    "shuffled-base-rankme": of_models("shuffled_base", "rankme", 1.1, **MIXTURE),
    "rlvr-prompts": of_models("rlvr", "rankme", 1.2, **PROMPTS),
    "rlvr-prompts-reward": of_models("shuffled_rewards", "rankme", 0.8, **PROMPTS),
    "sft-inside": of_models("sft", "loss", 2.0),
    "sft-outside": of_models("sft", "text_loss", 0.9),
    "dpo-inside": of_models("dpo", "loss", 2.0),
    "dpo-outside": of_models("dpo", "text_loss", 0.9),
    "own-answers-inside": of_models("own_answers", "loss", 0.6),
    "longer-base-inside": ("lengths", "loss", {"pretrained": 3000, "when": "after"}, 2.0),
    "longer-base-outside": ("lengths", "text_loss", {"pretrained": 3000, "when": "after"}, 0.9),
    "longer-base-harm": ("lengths", "text_loss", {"pretrained": 3000, "when": "before"}, 1.2),
    "longer-base-rankme": ("lengths", "rankme", {"pretrained": 3000, "when": "before"}, 0.7),
    "rlvr-pass-1": of_models("rlvr", "probability", 0.3),
    "rlvr-pass-16": of_models("rlvr", "probability", 0.01),
    "rlvr-pass-256": of_models("rlvr", "probability", probabilities(0.5)),
    "rlvr-decline": ("path", "probability", {"model": "rlvr"}, np.outer(np.arange(1, 9), probabilities(0.001))),
    "rlvr-tilt": of_models("rlvr", "probability", probabilities(0.9, 0.02, 0.01)),
    "shuffled-tilt": of_models("shuffled_rewards", "probability", probabilities(0.9, 0.2, 0.002)),
    "shuffled-pass-1": of_models("shuffled_rewards", "probability", 1.5),
    "reward-narrows": of_models("shuffled_rewards", "probability", 0.05),
    "modal-pass-256": of_models("modal", "probability", probabilities(0.5)),
    "rlvr-above-modal": of_models("modal", "probability", probabilities(0.5)),
    "course-pass-16": of_models("base", "probability", probabilities(0.5)),
    "course-pass-256": of_models("base", "probability", 0.01),
    "rlvr-diversity": ("samples", "distinct", {"model": "rlvr"}, 2.0),
    "shuffled-diversity": ("samples", "distinct", {"model": "shuffled_rewards"}, 0.5),
    "rlvr-entropy": of_models("rlvr", "entropy", 3.0),
    "shuffled-entropy": of_models("shuffled_rewards", "entropy", 0.5),
    "sft-diversity": ("samples", "distinct", {"model": "sft"}, 1.5),
    "dpo-pass-256": of_models("dpo", "probability", probabilities(0.5)),
    "coin-pass-256": of_models("coin", "probability", 0.05),
} | {
    f"{model}-share-{share}": ("models", "rankme_mixed", {"model": model, "task_share": share}, 0.8)
    for model in ("sft", "dpo")
    for share in (0.1, 0.25, 0.75, 0.9)
}  # fmt: skip


def test_every_claim_of_the_small_model_has_a_change_that_turns_it() -> None:
    assert set(TURNS) == {judgement.claim.id for judgement in judged(courses(2))} - set(RELEASED) - set(NEVER)


@pytest.mark.parametrize("claim", TURNS)
def test_every_claim_of_the_small_model_can_fail(claim: str) -> None:
    section = next(section for section in STUDY.sections.values() if claim in {one.id for one in section})
    found = {one.claim.id: one.outcome for one in judge({"section": section}, recorded(changed(*TURNS[claim])))}
    assert found[claim] == Outcome.NOT
    # Another measurement decides another claim: others stand.
    assert Outcome.FULL in found.values()


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
    turned = [id for id, outcome in found.items() if outcome != Outcome.FULL]
    assert set(turned) <= set(RELEASED)
    assert len(turned) <= 2


def test_claims_are_undecided_where_seeds_disagree() -> None:
    found = outcomes(changed("models", "rankme", {"model": "sft", "probe": "mixture"}, 0.9, seeds=(1, 2, 3)))
    assert found["sft-rankme"] == Outcome.UNDECIDED
    assert found["sft-alpha"] == Outcome.FULL


def test_a_control_that_moves_as_far_as_its_claim_does_not_hold() -> None:
    made = changed("models", "rankme", {"model": "continued", "probe": "mixture"}, 1.007)
    for one in made.values():
        one["models"].rankme.loc[{"model": "sft", "probe": "mixture"}] *= 1.015 / 1.04
    control = judged(made)["continued-rankme"]
    assert control.measured.high < 3  # by itself it would
    assert control.contrast is not None
    assert control.outcome != Outcome.FULL


def test_controls_are_judged_on_the_seeds_that_have_them() -> None:
    made = courses() | {seed: course(seed, controls=False) for seed in (2, 3, 4, 5)}
    found = judged(made)
    two = judged({seed: made[seed] for seed in (1, 6)})
    for claim in ("continued-rankme", "shuffled-answers-rankme", "plain-dpo-rankme", "longer-base-inside"):
        assert found[claim].measured == two[claim].measured
        assert found[claim].measured.n_seeds == 2
    for claim in ("sft-rankme", "own-answers-rankme", "coin-rankme", "shuffled-tilt", "rlvr-pass-256"):
        assert found[claim].measured.n_seeds == 6
    # One seed with controls decides nothing about them.
    found = judged(made | {6: course(6, controls=False)})
    assert found["continued-rankme"].outcome == Outcome.NOT_TESTED
    assert found["sft-rankme"].outcome == Outcome.FULL


def test_one_seed_decides_nothing() -> None:
    found = judged(courses(1))
    assert {one.outcome for one in found if one.claim.id not in RELEASED} == {Outcome.NOT_TESTED}


def test_every_statement_of_the_paper_is_listed_with_its_verdict() -> None:
    found = judged(courses())
    page = found.statements()._repr_html_()
    for judgement in found:
        listed = f"#claim-{judgement.claim.id}&quot;" in page or f'#claim-{judgement.claim.id}"' in page
        assert listed == (judgement.claim.kind is Kind.PAPER)
    assert page.count("<tr>") == 1 + sum(judgement.claim.kind is Kind.PAPER for judgement in found)


def test_pass_at_k_is_exact() -> None:
    """Against its definition, where a probability is one or nearly none as well."""
    p = xr.DataArray([0.0, 1e-9, 0.3, 1.0], dims="problem")
    k = np.array([1, 16, 4096])
    by_hand = [np.mean([1 - (1 - one) ** tries for one in (0.0, 1e-9, 0.3, 1.0)]) for tries in k.tolist()]
    np.testing.assert_allclose(pass_at(p, k).values, by_hand, rtol=1e-9)
    assert float(pass_at(p[:1], 4096).sel(k=4096)) == 0
    # It is the expectation of the estimate without bias, from any number of samples.
    rng = np.random.default_rng(0)
    counts = rng.binomial(64, 0.1, size=20_000)
    assert pass_at_k(64, counts, [8]).mean() == pytest.approx(1 - 0.9**8, abs=4e-3)
    np.testing.assert_allclose(pass_at(xr.DataArray([0.1], dims="problem"), 8).values, 1 - 0.9**8)


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
    untested = [one for one in found if one.outcome == Outcome.NOT_TESTED and one.claim.id not in NEVER]
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
