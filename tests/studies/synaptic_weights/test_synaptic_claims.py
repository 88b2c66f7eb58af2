"""The claims about synaptic weights: all are met on records in which they are true, and each falls when it is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_synaptic import STUDY, Change, recorded, tables

from learning_geometry.claims import Kind, Outcome

NEEDS_DATA = {"spines", "pretrained"}
NAMES = {1.0: "entropy", 2.0: "euclid", 3.0: "three"}


def outcomes(*changes: Change, **given: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in STUDY.judge(recorded(*changes, **given))}


def test_where_all_is_true_all_claims_are_met(tmp_path: Path) -> None:
    found = outcomes(**tables(tmp_path), draw_seeds=list(range(100)))
    assert {claim: str(outcome) for claim, outcome in found.items() if outcome != Outcome.FULL} == {}
    assert {claim for claim, outcome in outcomes().items() if outcome == Outcome.NOT_TESTED} == NEEDS_DATA


def times(factor: float) -> Any:
    return lambda values: factor * values


def distance(experiment: str, factor: float, variable: str = "cdf_distance", **where: Any) -> Change:
    return experiment, variable, where, times(factor)


def exponent(name: str, truth: float) -> Change:
    return f"networks {name}", "exponent", {"truth": truth}, times(0.7)


def named(value: bool, **where: Any) -> Change:
    return "noise", "identified", where, value


RIGHT = {"truth": 3.0, "candidate": 3.0}
LARGEST = {"dimension": 25_600}
MOST = {"noise": 0.05, "synapses": 1000}
POOLED = "networks convolutional"

BROKEN: dict[str, Change | list[Change]] = {
    "simulation-floor": distance("simulation", 1.5),
    "simulation-diagonal": distance("simulation", 9, **RIGHT),
    **{f"regression-{n}": distance("regression", 3, truth=p, candidate=p) for p, n in NAMES.items()},
    **{
        f"regression-{NAMES[p]}-as-{NAMES[q]}": distance("regression", 0.1, truth=p, candidate=q)
        for p in NAMES
        for q in NAMES
        if p != q
    },
    "regression-names": distance("regression", 9, **LARGEST, **RIGHT),
    "regression-falls": distance("regression", 9, **LARGEST),
    "regression-many": distance("regression", 9, **RIGHT),
    "regression-binary": distance("regression", 3),
    "regression-heavy": distance("regression", 0.1),
    "networks-names": [
        distance(f"networks {name}", 0.01, "pooled", candidate=2.0)
        for name in ("recurrent", "perceptron", "convolutional")
    ],
    "shuffled": ("networks perceptron", "shuffled", {}, lambda values: 1 + abs(values.truth - values.candidate)),
    **{f"recurrent-{n}": distance("networks recurrent", 9, "pooled", truth=p, candidate=p) for p, n in NAMES.items()},
    "recurrent-fine": distance("networks recurrent", 0.1, "pooled", truth=2.0, candidate=2.5),
    "perceptron": distance("networks perceptron", 9, "pooled", **RIGHT),
    "convolutional": distance(POOLED, 9, "pooled", **RIGHT),
    "undertrained": distance("networks undertrained", 0.1, "pooled", **RIGHT),
    "convolutional-layers": distance(POOLED, 0.1, layer="layer 1", truth=2.0, candidate=1.5),
    "networks-floor": distance("networks recurrent", 9, "pooled"),
    **{f"exponent-{n}": exponent("recurrent", p) for p, n in NAMES.items()},
    "undertrained-exponent": exponent("undertrained", 3.0),
    "shapes-differ": distance("shapes", 0.1, "ks_between", truth=1.0, rival=2.0, initial="constant"),
    "shapes-again": distance("shapes", 9, "ks_again"),
    "shapes-log-normal": distance("shapes", 9, "ks", initial="log-normal", **RIGHT),
    "shapes-constant": distance("shapes", 9, "ks", initial="constant", **RIGHT),
    "shapes-unpaired": distance("shapes", 9, "ks_unpaired", initial="constant", **RIGHT),
    "log-normal-kept": distance("shapes", 1.2, "shapiro_log", initial="log-normal", truth=2.0),
    "shapes-euclid": distance("shapes", 0.1, "skewness_log", initial="constant", truth=2.0),
    "shapes-entropy": distance("shapes", 1.2, "shapiro_log", initial="constant", truth=3.0),
    "shapes-exactly": distance("shapes", 0.9, "shapiro_log", initial="constant", truth=1.0),
    **{
        f"synapses-{NAMES[p]}-{NAMES[q]}": ("power required", "high", {"truth": p, "rival": q}, times(3))
        for p, q in ((1.0, 2.0), (2.0, 1.0), (3.0, 2.0))
    },
    "synapses-likelihood": ("power required", "n", {"statistic": "cdf_distance"}, times(0.3)),
    "synapses-spread": ("power required", "n", {"spread": 0.2}, times(0.3)),
    "noise-down": ("noise", "exponent", {"assumed": 0.0, "truth": 3.0}, 3.0),
    "noise-hides": named(True, assumed=0.0, truth=2.0, **MOST),
    "noise-known": ("noise", "exponent", {"assumed": 1.0, "truth": 3.0}, 2.5),
    "noise-named": named(False, assumed=1.0, truth=1.0, **MOST),
    "noise-underestimated": named(True, assumed=0.5, truth=3.0, **MOST),
    "noise-too-much": named(True, assumed=1.0, truth=1.0, noise=0.2, synapses=100),
    "spines": ("spines", "interval", {"end": 1}, 1.8),
    "pretrained": distance("pretrained", 9, **RIGHT),
}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str, tmp_path: Path) -> None:
    declared = next(declared for declared in STUDY.declared() if declared.id == claim)
    changes = BROKEN[claim] if isinstance(BROKEN[claim], list) else [BROKEN[claim]]
    only = {change[0].partition(" ")[0] for change in changes}
    estimate = declared.compute(recorded(*changes, only=sorted(only), **tables(tmp_path)))
    assert declared.rule.decide(*estimate.ends) in (Outcome.NOT, Outcome.UNDECIDED)


def test_every_claim_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN)


def test_thirty_seeds_without_an_error_do_not_show_a_rate_above_95_percent() -> None:
    card = STUDY.judge(recorded())
    for claim, cases in (("simulation-diagonal", "180 of 180"), ("regression-names", "90 of 90")):
        assert (card[claim].measured.note, card[claim].measured.n_seeds) == (cases, 30)
        assert card[claim].outcome == Outcome.UNDECIDED


def test_a_control_that_is_no_better_than_its_claim_fails_though_its_own_rule_is_met() -> None:
    close = recorded(distance(POOLED, 0.2, "pooled", truth=2.0, candidate=1.0))  # Euclid is hardly named either
    judgement = STUDY.judge(close)["undertrained"]
    assert judgement.claim.rule.decide(*judgement.measured.ends) == Outcome.FULL
    assert judgement.outcome == Outcome.NOT
    assert all(claim.contrast is not None for claim in STUDY.declared() if claim.kind == Kind.CONTROL)


def test_labels_decide_and_not_the_order_of_arrays_or_seeds() -> None:
    def reversed_records() -> Any:
        records = recorded()
        for record in records:
            parts = record.result if isinstance(record.result, dict) else {"": record.result}
            for name, part in parts.items():
                turned = part.isel({dim: slice(None, None, -1) for dim in set(part.coords) - {"synapses", "dimension"}})
                parts[name] = part = turned
            if "" in parts:
                record._stored, record.__dict__["result"] = parts[""], parts[""]
        return type(records)(list(records)[::-1])

    for one, other in zip(STUDY.judge(recorded()), STUDY.judge(reversed_records()), strict=True):
        assert one.outcome == other.outcome
        np.testing.assert_allclose(other.measured.value, one.measured.value, rtol=1e-12)


@pytest.mark.parametrize(
    ("networks", "lost"),
    [
        ({"perceptron": 16, "convolutional": 8}, {"recurrent-fine", "networks-floor", "exponent-three"}),
        ({"recurrent": 16, "convolutional": 8}, {"perceptron"}),
        ({"recurrent": 16, "perceptron": 16}, {"convolutional", "convolutional-layers", "undertrained"}),
    ],
)
def test_a_network_that_was_not_asked_for_takes_only_its_own_claims_along(
    networks: dict[str, int], lost: set[str]
) -> None:
    found = outcomes(networks=networks, undertrained=list(networks)[-1])
    assert {found[claim] for claim in lost} == {Outcome.NOT_TESTED}
    kept = {"networks-names"} | ({"recurrent-fine", "perceptron"} - lost)
    assert {found[claim] for claim in kept} == {Outcome.FULL}


def test_a_control_that_had_learnt_is_no_control() -> None:
    card = STUDY.judge(recorded(("networks undertrained", "pretrained_accuracy", {}, 0.95)))
    for claim in ("undertrained", "undertrained-exponent"):
        assert card[claim].measured.note == "the control had learned too much: 95 % of images right before"


def beyond(statistic: str, **where: Any) -> Change:
    return "power required", "n", {"statistic": statistic} | where, -1.0


def test_a_number_of_synapses_beyond_the_most_is_only_known_to_be_larger() -> None:
    card = STUDY.judge(recorded(beyond("likelihood", spread=0.4, truth=1.0, rival=2.0)))
    judgement = card["synapses-entropy-euclid"]
    assert judgement.measured.ends == (5000, np.inf)
    assert judgement.outcome == Outcome.NOT
    # On the side where it would flatter the claim it stands for nothing.
    assert card["synapses-likelihood"].outcome == card["synapses-spread"].outcome == Outcome.NOT_TESTED
    harder = STUDY.judge(recorded(beyond("cdf_distance"), beyond("likelihood", spread=0.2)))
    for claim in ("synapses-likelihood", "synapses-spread"):
        assert harder[claim].outcome == Outcome.FULL
        assert harder[claim].measured.note == "6 of 12 numbers are above the 5,000 that stand for them"


@pytest.mark.parametrize(
    "given",
    [
        {"noises": [0.0, 0.1]},
        {"noise_change": 0.2},
        {"power_changes": [0.05, 0.3]},
        {"power_spreads": [0.2, 0.83]},
    ],
    ids=str,
)
def test_claims_are_judged_at_the_designs_that_they_name_or_not_at_all(given: dict[str, Any]) -> None:
    prefix = next(iter(given)).rstrip("s").partition("_")[0].replace("power", "synapses")
    found = outcomes(**given)
    assert {found[claim] for claim in found if claim.startswith(f"{prefix}-")} == {Outcome.NOT_TESTED}


def test_several_seeds_of_a_simulation_are_pooled() -> None:
    card = STUDY.judge(recorded(power_seeds=[0, 1, 2], noise_seeds=[0, 1], noise_replicates=10))
    assert card["synapses-likelihood"].measured.n_seeds == 3
    assert card["noise-named"].measured.n_seeds == 20


def test_one_seed_decides_nothing() -> None:
    alone = outcomes(seeds=[10], draw_seeds=[0], shape_seeds=[0], dimensions=[1000])
    decided = {claim for claim, outcome in alone.items() if outcome not in (Outcome.NOT_TESTED, Outcome.UNDECIDED)}
    assert {claim.partition("-")[0] for claim in decided} == {"synapses", "noise"}
    assert STUDY.judge(recorded(dimensions=[1000]))["regression-falls"].outcome == Outcome.NOT_TESTED


def test_pretrained_networks_are_averaged_by_seed_and_those_that_did_not_move_left_out(tmp_path: Path) -> None:
    records = recorded(**tables(tmp_path))
    runs = records.of("pretrained")
    runs[0].result["cdf_distance"][:] = -1
    measured = STUDY.judge(records)["pretrained"].measured
    assert (measured.n_seeds, measured.note) == (3, "5 of 6 runs")
    for run in runs:
        run.result["cdf_distance"][:] = -1
    assert STUDY.judge(records)["pretrained"].outcome == Outcome.NOT_TESTED
