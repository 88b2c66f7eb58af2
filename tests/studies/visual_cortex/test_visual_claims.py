"""The claims about visual representations: all are met on records in which they are true, and each falls when it is not."""

from typing import Any

import numpy as np
import pytest
from made_up_visual import ARMS, STRAIGHT, STUDY, Change, recorded

from learning_geometry.claims import Kind, Outcome

LAW, CLEAN = "power law 1.0", "cvPCA, noise removed"
NEEDS_DATA = {"brain-early", "brain-higher", "pretrained-scale-free", "pretrained-fine-tuned"}


def judged(*changes: Change, **how: Any) -> dict[str, Any]:
    return {judgement.claim.id: judgement for judgement in STUDY.judge(recorded(*changes, **how))}


def outcomes(**how: Any) -> dict[str, Outcome]:
    return {claim: judgement.outcome for claim, judgement in judged(**how).items()}


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: str(o) for claim, o in outcomes(own_data=True).items() if o != Outcome.FULL} == {}


def exponent(noise: str, estimator: str, value: float) -> Change:
    return "estimators", "exponent", {"spectrum": LAW, "noise": noise, "estimator": estimator}, value


def r2(spectrum: str, estimator: str, value: float) -> Change:
    return "estimators", "r2", {"spectrum": spectrum, "noise": "correlated", "estimator": estimator}, value


def recognised(where: dict[str, Any], value: bool) -> Change:
    return "power", "recognised", where, value


def stage(name: Any, variable: str, value: Any) -> Change:
    return "hierarchy", variable, {"stage": name}, value


def bend(arm: str, value: float, **where: Any) -> Change:
    return "networks features", "curvature", {"arm": arm} | where, value


def arm(variable: str, value: Any, name: Any = "fine_tuned") -> Change:
    return "networks features", variable, {"arm": name}, value


BENT = ["mild knee", "cut-off", "slow exponential"]
BROKEN: dict[str, Change] = {
    "costs-balance": ("theory costs", "crossing", {"dimension": 4}, 3.0),
    "sensitivity-diverges": ("theory costs", "gained_sensitivity", {"dimension": 4}, 0.0),
    "theory-simulated": ("simulated_codes", "unexplained", {"exponent": 1.0}, 1.2),
    "raw-correlated": exponent("correlated", "cvPCA", 1.0),
    "raw-independent": exponent("independent", "cvPCA", 0.7),
    "removed-correlated": exponent("correlated", CLEAN, 0.7),
    "removed-aligned": exponent("aligned", CLEAN, 1.0),
    "plain-pca": exponent("correlated", "plain PCA", 1.0),
    "moments": ("estimators", "moments", {"spectrum": LAW}, 2.0),
    "r2-exponential": r2("exponential", "plain PCA", 0.5),
    "r2-cut-off": r2("cut-off", CLEAN, 0.8),
    "type-i-error": ("type_i_error", "p_value", {"area": slice(0, 30)}, 0.01),
    "large-experiments": recognised({"spectrum": "mild knee"}, False),
    "small-experiments": recognised({"spectrum": BENT}, True),
    "recognised-power-laws": recognised({"spectrum": LAW}, True),
    "early-truth": stage("simple cells", "curvature", -0.3),
    "texture-truth": stage("texture", "curvature", 0.0),
    "categories-truth": stage("categories", "curvature", 0.0),
    "early-stages": stage(["pixels", "energy"], "verdict", "undecided"),
    "late-stages": stage(["texture", "categories"], "verdict", "undecided"),
    "barlow-twins": bend("barlow_twins", 0.3),
    "random": bend("random", 0.1),
    "vicreg": bend("vicreg", -0.3),
    "fine-tuned": bend("fine_tuned", 0.0),
    "task-not-training": bend("continued", -0.2),
    "continued": bend("continued", -0.3),
    "fine-tuned-permuted": bend("fine_tuned_permuted", -0.3),
    "fine-tuned-vicreg": bend("fine_tuned_vicreg", 0.0),
    "fine-tuned-augmented": bend("fine_tuned_augmented", 0.0),
    "fine-tuned-place": bend("fine_tuned_place", 0.0),
    "fine-tuned-photograph": bend("fine_tuned_photograph", 0.0),
    "supervised": bend("supervised", 0.0),
    "any-window-before": bend("barlow_twins", -0.3, window="1-30"),
    "any-window-after": bend("fine_tuned", 0.0, window="1-30"),
    "robust-noise": arm("probe_noise", 0.9),
    "robust-attack": arm("probe_attack", 0.9),
    "robust-features": arm("noise_share", 0.0),
    "robust-order": arm("probe_attack", np.where(STRAIGHT, 0.1, 0.9)[:, None], ARMS),
    "efficient-rank": arm("effective_rank", 100.0),
}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str) -> None:
    declared = next(declared for declared in STUDY.declared() if declared.id == claim)
    estimate = declared.compute(recorded(BROKEN[claim]))
    assert declared.rule.decide(*estimate.ends) in (Outcome.NOT, Outcome.UNDECIDED)


def test_every_claim_that_needs_no_data_of_your_own_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN) | NEEDS_DATA
    assert {claim for claim, outcome in outcomes().items() if outcome == Outcome.NOT_TESTED} == NEEDS_DATA


def test_a_control_that_is_no_better_than_its_claim_fails_though_its_own_rule_is_met() -> None:
    as_bent = judged(bend("barlow_twins", -0.2))["random"]
    assert as_bent.claim.rule.decide(*as_bent.measured.ends) == Outcome.FULL
    assert as_bent.outcome == Outcome.NOT
    without = {claim.id for claim in STUDY.declared() if claim.kind == Kind.CONTROL and claim.contrast is None}
    assert without == {"small-experiments", "recognised-power-laws"}


def test_the_decision_is_judged_by_its_worst_cell() -> None:
    assert outcomes()["type-i-error"] == Outcome.FULL
    records = recorded()
    cell = records.of("type_i_error", spectrum="power law 0.7", noise="aligned")[0].result
    cell["p_value"][:18] = 0.01
    worst = STUDY.judge(records)["type-i-error"]
    assert worst.measured.note.startswith("20 of 120 areas, power law 0.7, aligned noise")
    assert worst.outcome == Outcome.NOT
    # Areas that nothing can be said of are no trials.
    cell["verdict"][:18] = "no signal"
    assert STUDY.judge(records)["type-i-error"].measured.value == pytest.approx(3 / 120)


def test_stages_are_shares_of_seeds_and_not_of_verdicts() -> None:
    fifteen = judged(seeds=range(5))["early-stages"]
    assert fifteen.measured.note == "15 of 15"
    assert fifteen.measured.n_seeds == 5
    assert fifteen.outcome == Outcome.UNDECIDED


def test_one_seed_decides_nothing_and_a_missing_window_is_named() -> None:
    alone = outcomes(seeds=[0])
    assert {alone[claim] for claim in ("barlow-twins", "moments", "early-stages", "robust-order")} == {
        Outcome.NOT_TESTED
    }
    records = recorded()
    for record in records.of("networks"):
        record.result["features"] = record.result["features"].sel(window=["1-30"])
    judgement = STUDY.judge(records)["barlow-twins"]
    assert judgement.measured.note == "the experiment networks with the window 1-60 is not run at this scale"


def test_a_higher_area_counts_only_beside_a_matched_v1_that_is_not_judged_alike() -> None:
    records = recorded(own_data=True)
    for record in records.of("brain"):
        if record.unit.area != "V1":
            record.result["matched"] = record.result["matched"].assign(verdict="not scale-free")
    higher = STUDY.judge(records)["brain-higher"]
    assert higher.measured.note == "0 of 16"  # two areas of eight subjects; nsdgeneral is early and higher at once
    assert higher.outcome == Outcome.UNDECIDED
    for record in records.of("brain"):
        record.result["area"] = record.result["area"].assign(verdict="undecided")
    assert STUDY.judge(records)["brain-early"].outcome == Outcome.NOT


def test_vision_models_are_compared_by_pair_and_last_block() -> None:
    flat = judged(("pretrained", "curvature", {"window": "1-60", "layer": 1}, 0.01), own_data=True)
    assert flat["pretrained-fine-tuned"].measured.value == pytest.approx(0)
    assert flat["pretrained-fine-tuned"].outcome == Outcome.NOT
    assert flat["pretrained-scale-free"].measured.value == pytest.approx(0.01)
    assert flat["pretrained-scale-free"].measured.n_seeds == 2
