"""The claims about adaptive neurons: met on records in which they are true, and each falls when it is not."""

from typing import Any

import pytest
from made_up_neurons import STUDY, Change, recorded
from own_rules import own_outcome

from learning_geometry.claims import Kind, Outcome

NOISE, CHANGES = {"condition": "noise"}, {"condition": ["drift", "drive"]}


def networks(
    model: str, part: str, variable: str, where: dict[str, Any], value: float, variant: str = "plain"
) -> Change:
    return "networks", {"model": model, "variant": variant}, part, variable, where, value


def accuracy(model: str, value: float, where: dict[str, Any] | None = None, variant: str = "plain") -> Change:
    return networks(model, "accuracy", "accuracy", where or {}, value, variant)


def imposed(way: str, value: float, variant: str = "plain") -> Change:
    return networks("adaptive", "accuracy", "imposed", {"way": way}, value, variant)


def outcomes(*changes: Change, **how: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in STUDY.judge(recorded(*changes, **how))}


def test_where_adaptation_helps_all_claims_are_met_but_that_it_makes_no_difference() -> None:
    assert {claim for claim, outcome in outcomes().items() if outcome != Outcome.FULL} == {"no-difference"}


def test_where_adaptive_and_fixed_networks_are_alike_it_makes_no_difference() -> None:
    alike = outcomes(accuracy("adaptive", 0.698))
    assert alike["no-difference"] == Outcome.FULL
    assert alike["robust-to-noise"] in (Outcome.NOT, Outcome.UNDECIDED)
    some = outcomes(accuracy("adaptive", 0.73))
    assert some["robust-to-noise"] == Outcome.PARTLY


TRAINED = {"stage": "trained"}
BROKEN: dict[str, Change] = {
    "robust-to-noise": accuracy("adaptive", 0.7, NOISE),
    "robust-to-changes": accuracy("adaptive", 0.7, CHANGES),
    "noise-over-relu": accuracy("relu", 0.9, NOISE),
    "family-noise": accuracy("relu", 0.6, NOISE),
    "changes-over-relu": accuracy("relu", 0.9, CHANGES),
    "family-changes": accuracy("relu", 0.6, CHANGES),
    "diversity": accuracy("heterogeneous", 0.65),
    "no-difference": accuracy("adaptive", 0.9),
    "noise-in-training": accuracy("fixed", 0.5, NOISE, "noise"),
    "drift-in-training": accuracy("adaptive", 0.5, CHANGES, "drift"),
    "low-gains": accuracy("adaptive", 0.5, None, "low gains"),
    "gains-stay": networks("heterogeneous", "shapes", "gain", TRAINED, 9.0),
    "frozen": imposed("frozen", 0.9),
    "transplanted": imposed("transplanted", 0.9),
    "shuffled": imposed("shuffled", 0.9),
    "frozen-after-drift": imposed("frozen", 0.9, "drift"),
    "onset-to-steady": networks("adaptive", "shapes", "course", {"quantity": "gain"}, 6.0),
    "gain-falls": networks("adaptive", "coding", "gain", TRAINED | {"sd": 5.0}, 1.1),
    "gain-untrained": networks("adaptive", "coding", "gain", {"stage": "untrained", "sd": 5.0}, 0.9),
    "slope-falls": networks("adaptive", "coding", "slope", TRAINED | {"sd": 5.0}, 1.0),
    "static-saturation": networks("tanh", "coding", "slope", TRAINED | {"sd": 5.0}, 1.0),
    "fractional": networks("adaptive", "responses", "published", {}, 0.0),
    "static-neurons": networks("fixed", "responses", "published", {}, -0.5),
    "saturating-neurons": networks("tanh", "responses", "published", {}, -0.5),
    "memoryless": ("estimator", {}, "", "order", {"estimator": "published", "true": 0.0}, 0.0),
    "corrected": ("estimator", {}, "", "order", {"estimator": "fitted", "amplitude": 0.1}, 0.1),
    "fractional-corrected": networks("adaptive", "responses", "fitted", {"network": "isolated"}, 0.0),
    "fractional-connected": networks("adaptive", "responses", "fitted", {"network": "connected"}, 0.0),
    "adaptation-regularises": networks("adaptive", "dynamics", "exponent", {}, -0.06),
    "diversity-regularises": networks("heterogeneous", "dynamics", "exponent", {}, -0.06),
    "noise-regularises": networks("fixed", "dynamics", "exponent", {}, 0.0, "noise"),
    "gradients": networks("adaptive", "dynamics", "gradient", {}, -3.0),
    "expanding": networks("fixed", "dynamics", "exponent", {}, -0.01),
} | {
    f"more-robust-than-{reference}-{kind}": accuracy(
        "fixed" if reference == "wide" else reference, 0.95, None, "wide" if reference == "wide" else "plain"
    )
    for reference in ("tanh", "gru", "lstm", "wide")
    for kind in ("noise", "changes")
}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str) -> None:
    assert own_outcome(STUDY, claim, recorded(BROKEN[claim])) in (Outcome.NOT, Outcome.UNDECIDED)


def test_every_claim_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN)


def test_a_control_that_is_no_worse_than_its_claim_fails_though_its_own_rule_is_met() -> None:
    # Fixed neurons gain nothing over rectifiers, but neither do adaptive ones.
    control = STUDY.judge(recorded(accuracy("relu", 0.9), accuracy("adaptive", 0.65)))["family-noise"]
    assert control.claim.rule.decide(*control.measured.ends) == Outcome.FULL
    assert control.outcome == Outcome.NOT
    controls = [claim for claim in STUDY.declared() if claim.kind == Kind.CONTROL]
    assert all(claim.contrast is not None for claim in controls)
    assert len(controls) >= 6


def test_networks_that_were_not_run_are_not_tested() -> None:
    judged = outcomes(without=["gru/plain", "estimator"])
    assert judged["more-robust-than-gru-noise"] == Outcome.NOT_TESTED
    assert judged["memoryless"] == Outcome.NOT_TESTED
    assert judged["robust-to-noise"] == Outcome.FULL


def test_one_seed_decides_nothing() -> None:
    alone = outcomes(seeds=[3])
    assert {alone[claim] for claim in ("robust-to-noise", "gain-falls", "fractional")} == {Outcome.NOT_TESTED}


def test_kinds_of_perturbation_weigh_alike_however_many_sizes_each_has() -> None:
    """The mean over drift and drive is that of their means."""
    records = recorded(accuracy("adaptive", 0.9, {"condition": "drift"}), accuracy("fixed", 0.7))
    estimate = STUDY.judge(records)["robust-to-changes"].measured
    assert estimate.value == pytest.approx((20 + 10) / 2, abs=0.2)


def test_statements_of_the_abstract_are_the_papers_and_no_number_is_printed() -> None:
    papers = [claim for claim in STUDY.declared() if claim.kind == Kind.PAPER]
    assert {claim.id for claim in papers if claim.headline} == {
        "robust-to-noise", "robust-to-changes", "gain-falls", "fractional", "adaptation-regularises",
    }  # fmt: skip
    assert all(claim.source.startswith("abstract") for claim in papers)
    assert all(claim.printed is None and claim.read_off is None for claim in STUDY.declared())
