"""The claims about stochastic wiring: all are met on records in which they are true, and each falls when it is not."""

from typing import Any

import pytest
from made_up_wiring import STUDY, Change, recorded
from own_rules import own_outcome

from learning_geometry.claims import Kind, Outcome

LAST = {"neurons": 256}
CELLS = [f"average-fitness-{v}-{m}" for v in (0, 1, 2) for m in (4, 16, 64, 256)]


def accuracy(agent: str, value: float, fields: dict[str, Any] | None = None, **where: Any) -> Change:
    return "classifier", {"recentred": False} | (fields or {}), "accuracy", {"agent": agent} | where, value


def outcomes(*changes: Change, **how: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in STUDY.judge(recorded(*changes, **how))}


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: str(outcome) for claim, outcome in outcomes().items() if outcome != Outcome.FULL} == {}


POPULATION = ("population", {}, "lifetime")
SEARCH = ("search", {}, "probability")
BROKEN: dict[str, Change] = {
    "bayesian": ("laws", {}, "distance", {"synapses": 1024}, 0.03),
    "bayesian-rate": ("laws", {}, "distance", {"synapses": 1024}, 0.001),
    "moments": ("moments", {}, "variance", {"source": "moments"}, 3.0),
    "average-fitness": accuracy("mean network", 0.9),
    "sampled-deterministic": accuracy("sampled deterministic", 0.9),
    "rounded": accuracy("rounded", 0.9),
    "large-networks": accuracy("population", 0.1, **LAST),
    "large-networks-own-mean": accuracy("mean network", 0.9, **LAST),
    "pays": accuracy("deterministic", 0.9, **LAST),
    "variable-environments": accuracy("population", 0.9, {"variability": 0}),
    "predictable": ("classifier", {"recentred": True}, "accuracy", {"agent": "population"} | LAST, 0.9),
    "variable-environments-own-mean": accuracy("mean network", 0.0, {"variability": 0}),
    "many-types": accuracy("population", 0.9, {"types": 6}),
    "types-benefit": accuracy("population", 0.9, {"types": 20}),
    "best-in-novel": accuracy("best", 0.4, world="novel"),
    "population-in-novel": accuracy("deterministic", 0.9, world="novel"),
    "cart-pole": ("cart_pole", {}, "balanced", {"agent": "population"}, 1.0),
    "survival": (*POPULATION, {"agent": "mean", "size": 0.3}, 1.0),
    "stable-world": (*POPULATION, {"agent": "mean", "size": 0.0}, 0.1),
    "stable-cost": ("population", {}, "surviving", {"agent": "mean"}, 0.1),
    "exact-limit": ("population", {}, "exact", {"size": 0.3}, 0.1),
    "survival-shrinks": (*POPULATION, {"agent": "32"}, 1.0),
    "arithmetic-bound": ("hedging", {}, "fitness", {"mean": "arithmetic", "spread": 0.2}, 0.9),
    "best-spread": ("hedging", {}, "best", {"size": 0.3}, 0.2),
    "intermediate": (*SEARCH, {"environment": "unpredictable"}, 0.99),
    "pure-when-stable": (*SEARCH, {"environment": "stable"}, 0.5),
    "pure-on-average": (*SEARCH, {"environment": "unpredictable", "mean": "arithmetic"}, 0.5),
    "proportional-betting": (*SEARCH, {"environment": "unpredictable"}, 0.99),
} | {cell: accuracy("mean network", 0.9, {"variability": int(cell[16])}) for cell in CELLS}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str) -> None:
    assert own_outcome(STUDY, claim, recorded(BROKEN[claim])) in (Outcome.NOT, Outcome.UNDECIDED)


def test_every_claim_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN)


def test_a_control_that_is_no_better_than_its_claim_fails_though_its_own_rule_is_met() -> None:
    as_good = "classifier", {"recentred": True}, "accuracy", {"agent": "population"} | LAST, 0.65
    control = STUDY.judge(recorded(as_good, accuracy("population", 0.59, {"variability": 0}, **LAST)))["predictable"]
    assert control.claim.rule.decide(*control.measured.ends) == Outcome.FULL
    assert control.outcome == Outcome.NOT
    as_wide = ("search", {}, "probability", {"environment": "unpredictable"}, 0.001)
    assert STUDY.judge(recorded(as_wide))["pure-on-average"].outcome != Outcome.FULL
    without = {claim.id for claim in STUDY.declared() if claim.kind == Kind.CONTROL and claim.contrast is None}
    assert without == {"cart-pole", "stable-cost"}


def test_cells_that_were_not_run_are_not_tested() -> None:
    judged = outcomes(variabilities=(0, 1))
    assert judged["average-fitness-2-64"] == Outcome.NOT_TESTED
    assert judged["average-fitness-1-64"] == Outcome.FULL
    assert outcomes(without="population")["survival"] == Outcome.NOT_TESTED


def test_one_seed_decides_nothing() -> None:
    alone = outcomes(seeds=[3])
    assert {alone[claim] for claim in ("average-fitness", "survival", "intermediate")} == {Outcome.NOT_TESTED}


def test_only_sentences_of_the_abstract_are_the_papers() -> None:
    papers = {claim.id for claim in STUDY.declared() if claim.kind == Kind.PAPER}
    assert papers == {"bayesian", "average-fitness", "large-networks", "variable-environments", "survival"}
    assert all(claim.printed is None and claim.read_off is None for claim in STUDY.declared())
