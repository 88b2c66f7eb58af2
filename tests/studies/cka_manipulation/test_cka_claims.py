"""The claims about CKA: all are met on records in which they are true, and each falls when it is not."""

from typing import Any

import pytest
from made_up_cka import STUDY, Change, recorded
from own_rules import own_outcome

from learning_geometry.claims import Kind, Outcome
from learning_geometry.records import Records
from learning_geometry.studies.cka_manipulation.claims.cubes import PRINTED


def judged(*changes: Change, **how: Any) -> Any:
    return STUDY.judge(recorded(*changes, **how))


def outcomes(*changes: Change, **how: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in judged(*changes, **how)}


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: outcome for claim, outcome in outcomes().items() if outcome != Outcome.FULL} == {}


def pair(name: str, block: Any, value: float) -> Change:
    return "networks regimes", "cka", {"pair": name, "estimator": "debiased", "block": block}, value


def moved(variable: str, value: Any, **where: Any) -> Change:
    return "networks readers", variable, {"direction": "head_null_space"} | where, value


LAST, EARLY = 8, slice(1, 2)
CLASS = "class 1"
BROKEN: dict[str, Change] = {
    "closed-form": ("networks layers", "direct", {"set": "one_class", "distance": 1.0}, 0.8),
    "limit": ("networks layers", "limit", {"set": "random_half"}, 0.5),
    "outlier": ("networks layers", "limit", {"set": "one_point"}, 0.3),
    "cubes-linear": ("cubes translation", "cka", {"distance": 50.0}, 0.3),
    "cubes-rbf-narrow": ("cubes rbf", "cka", {"bandwidth": "shared"}, 0.6),
    "cubes-rbf-own": ("cubes rbf", "cka", {"bandwidth": "own"}, 0.9),
    **{f"linear-map-{ratio:g}": ("cubes linear_map", "cka", {"ratio": ratio}, v + 0.1) for ratio, v in PRINTED.items()},
    "early-layers": pair("memorised_random", EARLY, 0.5),
    "late-layers": pair("generalised_memorised", LAST, 0.8),
    "two-generalised": pair("generalised_generalised", LAST, 0.4),
    "pixels": ("networks regimes", "pixels", {"kind": "random", "estimator": "debiased"}, 0.5),
    "two-random": pair("random_random", EARLY, 0.5),
    "invisible-predictions": moved("changed", 1, reader="head", split="test", set=CLASS, distance=1.0),
    "invisible-cka": moved("cka", 0.95, distance=1e6),
    "invisible-image": moved("cka", 0.3, set="one_image", distance=1e6),
    "independent-readout": moved("changed", 0, reader="svm", split="train"),
    "separated": ("networks separated", "cka", {"distance": 1e6}, 0.5),
    "parity-map": ("maps", "error", {"target": "parity", "stage": "after"}, 0.3),
    "parity-accuracy": ("maps", "test_accuracy", {"network": "student"}, 0.8),
    "map-psd": ("maps", "least_eigenvalue", {"map": "after"}, -0.1),
    "bias": ("bias", "cka", {"estimator": "biased", "dimension": 1000}, 0.5),
    "debiased": ("bias", "cka", {"estimator": "debiased", "dimension": 1000}, 0.3),
}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str) -> None:
    assert own_outcome(STUDY, claim, recorded(BROKEN[claim])) is Outcome.NOT


def test_every_claim_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN)


def test_a_control_that_is_like_its_claim_fails_though_its_own_rule_is_met() -> None:
    alike = judged(pair("generalised_memorised", LAST, 0.95))["two-generalised"]
    assert alike.claim.rule.decide(*alike.measured.ends) is Outcome.FULL
    assert alike.outcome is Outcome.NOT
    without = {claim.id for claim in STUDY.declared() if claim.kind is Kind.CONTROL and claim.contrast is None}
    assert without == {"independent-readout"}


def test_what_other_maps_show_says_nothing_of_parity() -> None:
    """Only the first seed draws the others; their error and accuracy are not part of the claims."""
    assert outcomes(("maps", "error", {"stage": "before"}, 0.9))["parity-map"] is Outcome.FULL
    without_parity = [record for record in recorded() if record.task.experiment != "maps"]
    first = recorded().of("maps", seed=0)[0]
    first.__dict__["result"] = first.result.sel(target=["low", "picture"])
    judged_without = STUDY.judge(Records([*without_parity, first]))
    assert judged_without["parity-map"].outcome is Outcome.NOT_TESTED
    assert judged_without["map-psd"].outcome is Outcome.FULL  # control: it is about all maps


def test_one_seed_tests_only_what_needs_no_interval() -> None:
    tested = {claim for claim, outcome in outcomes(seeds=[0]).items() if outcome is not Outcome.NOT_TESTED}
    assert {"closed-form", "limit", "map-psd", "invisible-predictions"} < tested
    assert not {"early-layers", "parity-map", "outlier", "separated"} & tested


def test_headlines_and_their_owners() -> None:
    headlines = [claim.id for claim in STUDY.declared() if claim.headline]
    assert headlines == ["outlier", "early-layers", "invisible-predictions", "invisible-cka", "parity-map"]
