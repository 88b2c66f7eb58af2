"""The claims about successor features: all are met on records in which they are true, and each falls when it is not."""

from typing import Any

import pytest
from made_up_features import LEVEL, STUDY, Change, recorded
from own_rules import own_outcome

from learning_geometry.claims import Kind, Outcome

PLAIN = {"view": "allocentric", "slip": 0.0}


def course(
    agent: str, value: float, variable: str = "returns", fields: dict[str, Any] | None = None, **where: Any
) -> Change:
    return {"agent": agent} | PLAIN | (fields or {}), "course", variable, where, value


def measure(agent: str, name: str, value: float, stage: int = 1) -> Change:
    return {"agent": agent} | PLAIN, "stages", "value", {"stage": stage, "measure": name}, value


def outcomes(*changes: Change, **how: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in STUDY.judge(recorded(*changes, **how))}


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: str(outcome) for claim, outcome in outcomes().items() if outcome != Outcome.FULL} == {}


END = {"phase": 1, "update": 1000}
BROKEN: dict[str, Change | list[Change]] = {
    "canonical-collapses": course("canonical", 0.7, "feature_cosine"),
    "simple-cosine": course("simple", 0.98, "feature_cosine"),
    "closer-than-untrained": course("canonical", 0.9, "feature_cosine", phase=1, update=1000),
    "uncentred-rank": measure("canonical", "uncentred rank", 9.0),
    "centred-rank": measure("canonical", "centred rank", 2.0),
    "suffices": course("simple", 0.3, **END),
    "random-features": course("random", 0.5, **END),
    "no-collapse": course("simple", 0.99, "successor_cosine", **END),
    "stop-gradient": course("no stop-gradient", 0.95, **END),
    "canonical-policy": course("canonical", 0.5, **END),
    "all-losses": course("all losses", 0.95, **END),
    "reward-prediction": course("same head", 0.95),
    "outperforms": course("reconstruction", 1.0),
    "against-dqn": course("DQN", 0.99),
    "slower-at-first": course("DQN", 0.1, phase=1),
    "ahead-afterwards": course("DQN", 0.9, phase=2),
    "nothing-changes": ({"agent": "simple"}, "branches", "returns", {"switch": "nothing"}, 0.9),
    "rewards-or-layout": ({"agent": "simple"}, "branches", "returns", {"switch": "layout"}, 0.9),
    "second-exposure": course("simple", 0.3, phase=3),
    "egocentric": course("simple", 0.3, fields={"view": "egocentric"}, **END),
    "egocentric-against-dqn": course("DQN", 0.95, fields={"view": "egocentric"}),
    "decoding": measure("orthogonality", "decoding", 0.1),
    "correlation-grows": measure("simple", "correlation", 0.05),
    "spread-is-no-policy": course("orthogonality", 0.5, **END),
    "orthogonal-spread": course("orthogonality", 0.9, "feature_cosine", **END),
    "decoding-and-policy": [measure(agent, "decoding", 1 + level) for agent, level in LEVEL.items()],
    "task-vector-alone": ({"agent": "simple"}, "task_vector", "returns", {"rewards": "switched"}, 0.1),
    "same-rewards": ({"agent": "simple"}, "task_vector", "returns", {"rewards": "same"}, 0.1),
    "exact-successors": ({}, "returns", "returns", {"policy": "random successors"}, 0.5),
    "efficient": course("orthogonality", 0.9),
    "efficient-against-dqn": course("simple", 0.2, phase=1),
    "operations": ({"agent": "canonical"}, "cost", "operations", {}, 1e5),
} | {f"slip-{slip:g}": course("DQN", 0.9, fields={"slip": slip}) for slip in (0.15, 0.3, 0.45)}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str) -> None:
    broken = BROKEN[claim]
    made = recorded(*(broken if isinstance(broken, list) else [broken]))
    assert own_outcome(STUDY, claim, made) in (Outcome.NOT, Outcome.UNDECIDED)


def test_every_claim_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN)


def test_a_control_that_is_no_better_than_its_claim_fails_though_its_own_rule_is_met() -> None:
    """The advantage after a switch is as small as where nothing changes: the task switch is not what helps."""
    as_small = [course("simple", 0.72, phase=2), course("DQN", 0.7, phase=2)]
    as_much: Change = ({"agent": "simple"}, "branches", "returns", {"switch": "nothing"}, 0.5)
    control = STUDY.judge(recorded(*as_small, as_much))["nothing-changes"]
    assert control.claim.rule.decide(*control.measured.ends) == Outcome.FULL
    assert control.outcome == Outcome.NOT
    without = {claim.id for claim in STUDY.declared() if claim.kind == Kind.CONTROL and claim.contrast is None}
    assert without == {"orthogonal-spread"}


def test_what_was_not_run_is_not_tested() -> None:
    judged = outcomes(slips=(0.45,))
    assert judged["slip-0.15"] == Outcome.NOT_TESTED
    assert judged["slip-0.45"] == Outcome.FULL
    assert outcomes(without="canonical")["canonical-collapses"] == Outcome.NOT_TESTED


def test_an_agent_that_never_learns_needs_all_updates() -> None:
    judged = STUDY.judge(recorded(course("simple", 0.0), course("DQN", 0.0)))["efficient"]
    assert judged.measured.value == 0


def test_headlines_are_sentences_of_the_abstract_and_no_number_is_printed() -> None:
    headlines = [claim for claim in STUDY.declared() if claim.headline]
    assert {claim.id for claim in headlines} == {
        "canonical-collapses", "suffices", "no-collapse", "outperforms", "efficient",
    }  # fmt: skip
    assert all(claim.source.startswith("abstract") for claim in headlines)
    assert all(claim.printed is None and claim.read_off is None for claim in STUDY.declared())
