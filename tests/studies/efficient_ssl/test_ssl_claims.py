"""The claims about efficient self-supervision: all are met on records in which they are true, and each falls when it is not."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from made_up_ssl import CONFIG, STUDY, Change, recorded
from own_rules import own_outcome

from learning_geometry.claims import Kind, Outcome
from learning_geometry.studies.efficient_ssl.claims._cells import chosen, peaks, slopes


def views(arm: str, accuracy: float, role: str = "first") -> Change:
    return "views", {"role": role}, "few", {"arm": arm}, accuracy


def matched(loss: str | list[str], share: float, step: int = 100) -> Change:
    return "eigenfunctions", {}, "matched", {"loss": loss, "step": step}, share


def outcomes(*changes: Change, **how: Any) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in STUDY.judge(recorded(*changes, **how))}


def test_where_all_is_true_all_claims_are_met() -> None:
    assert {claim: str(outcome) for claim, outcome in outcomes().items() if outcome != Outcome.FULL} == {}


SMALL, LARGE = CONFIG.dimensions[0], CONFIG.dimensions[-1]
# A small projector that is bad at every weight, or as good as the large one at its weight.
BAD_SMALL = ("few", {"dimension": SMALL}, 60.0)
LARGE_PEAK = ("few", {"dimension": SMALL, "off_diagonal": CONFIG.off_diagonals[1]}, 86.0)
LARGE_STRONG = ("few", {"dimension": LARGE, "off_diagonal": CONFIG.off_diagonals[-1]}, 99.0)
BROKEN: dict[str, Change] = {
    "idealised": matched("vicreg 25", 0.8),
    "random-network": matched(["barlow 0.5", "vicreg 25"], 0.9, step=0),
    "shuffled-pairs": matched("shuffled", 0.9),
    "minimum-reached": matched("idealised 0.5", 0.5),
    "span": ("eigenfunctions", {}, "captured", {"loss": "barlow 0.5", "rank": 3}, 0.1),
    "strong-matches-more": matched(["barlow 0.005", "vicreg 1"], 0.99),
    "too-strong": matched("idealised 4", 0.99),
    "order": ("eigenfunctions", {}, "captured", {"loss": "idealised 0.5", "rank": [1, 2, 3, 4]}, 0.1),
    "order-when-strong": ("eigenfunctions", {}, "captured", {"loss": "idealised 4", "rank": [1, 2, 3, 4]}, 0.1),
    "equivalent": ("equivalence", {}, "gradient_error", {}, 1e-3),
    "cheaper": ("equivalence", {}, "operations", {"form": "moments"}, 1e8),
    "approximation": ("approximation", {}, "error", {"views": 8, "form": "mean"}, 9.0),
    "approximation-unbiased": ("approximation", {}, "error", {"views": 8, "budget": "images"}, 9.0),
    "approximation-equal-passes": ("approximation", {}, "error", {"views": 8, "budget": "passes"}, 9.0),
    "small-projector": ("projectors", {"role": "first"}, *BAD_SMALL),
    "middle-projector": ("projectors", {"role": "first"}, "few", {"dimension": CONFIG.dimensions[1]}, 60.0),
    "same-weight": ("projectors", {"role": "first"}, *LARGE_PEAK),
    "small-projector-second": ("projectors", {"role": "second"}, *BAD_SMALL),
    "same-weight-second": ("projectors", {"role": "second"}, *LARGE_PEAK),
    "weight-law-first": ("projectors", {"role": "first"}, "few", {"off_diagonal": CONFIG.off_diagonals[2]}, 99.0),
    "weight-law-second": ("projectors", {"role": "second"}, "few", {"off_diagonal": CONFIG.off_diagonals[2]}, 99.0),
    "weight-falls-first": ("projectors", {"role": "first"}, *LARGE_STRONG),
    "weight-falls-second": ("projectors", {"role": "second"}, *LARGE_STRONG),
    "random-projector": views("2 views, random projector", 90.0),
    "more-views": views("4 views, 1/2 steps", 70.0),
    "more-views-shuffled": views("4 views, 1/2 steps, shuffled", 90.0),
    "more-views-destroyed": views("4 views, 1/2 steps, destroyed", 90.0),
    "in-pairs": views("4 views in pairs, 1/2 steps", 70.0),
    "mean-over-pairs": views("4 views in pairs, 1/2 steps", 90.0),
    "equal-compute": views("4 views, 1/2 steps", 80.0),
    "equal-compute-second": views("4 views, 1/2 steps", 80.0, "second"),
    "eight-at-equal-compute": views("8 views, 1/4 steps", 80.0),
    "multi-crop": ("crops", {}, "few", {}, 90.0),
    "eight-over-four": views("8 views, 1/2 steps", 80.0),
    "gap-closes": views("4 views", 99.0),
    "half-data": views("4 views, 1/2 steps, 1/2 images", 80.0),
    "two-views-of-half": views("2 views, 1/2 steps, 1/2 images", 90.0),
    "images-matter": views("2 views, 1/2 steps", 70.0),
    "steps-matter": views("2 views, 1/2 steps", 90.0),
    "steps-over-images": views("2 views, 1/2 steps, 1/2 images", 70.0),
    "images-matter-with-four": views("4 views, 1/2 steps", 80.0),
    "quarter-data": views("8 views, 1/4 steps, 1/4 images", 80.0),
    "half-data-second": views("4 views, 1/2 steps, 1/2 images", 80.0, "second"),
    "images-matter-second": views("2 views, 1/2 steps", 70.0, "second"),
}


@pytest.mark.parametrize("claim", BROKEN)
def test_a_claim_falls_when_what_it_says_is_broken(claim: str) -> None:
    assert own_outcome(STUDY, claim, recorded(BROKEN[claim])) in (Outcome.NOT, Outcome.UNDECIDED)


def test_every_claim_is_broken_above() -> None:
    assert {claim.id for claim in STUDY.declared()} == set(BROKEN)


def test_a_control_that_is_no_different_from_its_claim_fails_though_its_own_rule_is_met() -> None:
    little = [views("4 views, 1/2 steps", 82.5), views("4 views, 1/2 steps, shuffled", 71.5)]
    control = STUDY.judge(recorded(*little))["more-views-shuffled"]
    assert control.claim.rule.decide(*control.measured.ends) == Outcome.FULL
    assert control.outcome != Outcome.FULL
    assert all(claim.contrast is not None for claim in STUDY.declared() if claim.kind == Kind.CONTROL)


def test_arms_and_experiments_that_were_not_run_are_not_tested() -> None:
    judged = outcomes(arms=["2 views", "4 views, 1/2 steps"])
    assert judged["quarter-data"] == Outcome.NOT_TESTED
    assert judged["equal-compute"] == Outcome.FULL
    assert outcomes(without="projectors")["small-projector"] == Outcome.NOT_TESTED


def test_one_seed_decides_nothing_but_identities() -> None:
    alone = outcomes(seeds=[3])
    assert {alone[claim] for claim in ("idealised", "small-projector", "more-views", "half-data")} == {
        Outcome.NOT_TESTED
    }
    assert alone["equivalent"] == Outcome.FULL


def test_the_papers_statements_are_those_of_the_abstract() -> None:
    headlines = {claim.id for claim in STUDY.declared() if claim.headline}
    assert headlines == {"idealised", "equivalent", "small-projector", "more-views", "half-data"}
    assert all(claim.printed is None and claim.read_off is None for claim in STUDY.declared())
    assert all(claim.source.startswith("abstract") for claim in STUDY.declared() if claim.kind == Kind.PAPER)


def test_a_weight_is_chosen_without_the_seed_that_it_is_judged_on() -> None:
    """One lucky seed would choose the first weight for itself; the others know better."""
    few = xr.DataArray(
        [[[99.0, 50.0]], [[40.0, 50.0]], [[40.0, 50.0]]],
        dims=("seed", "dimension", "off_diagonal"),
        coords={"seed": [0, 1, 2], "dimension": [8], "off_diagonal": [0.1, 1.0]},
    )
    assert chosen(few).values.ravel().tolist() == [1.0, 0.1, 0.1]


def test_a_peak_is_the_vertex_of_a_parabola_and_slopes_are_those_of_the_peaks() -> None:
    weight, dimension = np.geomspace(0.001, 10, 9), np.array([4, 16, 64])
    curve = -((np.log10(weight) - np.log10(3 / dimension)[:, None]) ** 2)
    few = xr.DataArray(curve[None], dims=("seed", "dimension", "off_diagonal"), coords={"seed": [0], "dimension": dimension, "off_diagonal": weight})  # fmt: skip
    assert peaks(few).values[0] == pytest.approx(np.log10(3 / dimension))
    assert slopes(few).values == pytest.approx([-1.0])
    flat = few.copy(data=np.broadcast_to(curve[1], few.shape))
    assert slopes(flat).values == pytest.approx([0.0])
    # At an end there is no vertex.
    rising = few.copy(data=np.broadcast_to(np.arange(9.0), few.shape))
    assert peaks(rising).values.ravel() == pytest.approx([1.0] * 3)
