"""The claims judged on made-up results: where all are true, and for each claim where it alone is tried."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from made_up_phases import (
    END,
    FLOOR,
    PEAK,
    RESTS,
    SEEDS,
    STEPS,
    STUDY,
    TOY,
    T,
    World,
    checkpoint,
    control,
    course,
    records,
    spectra,
    through,
    toy,
    warm_ups,
    world,
)

from learning_geometry.claims import Outcome, Scorecard, judge
from learning_geometry.instruments.phases import Phase
from learning_geometry.studies.llm_phases._published import ASYMMETRY_10
from learning_geometry.studies.llm_phases.claims.transformer import disagreement
from learning_geometry.studies.llm_phases.experiments.controls import CONDITIONS

NEVER = [
    "gradient-norm", "later-stretches", "below-a-billion", "sciq-both-phases", "trivia-late", "ten-thousand-samples"
]  # fmt: skip


def judged(made: World, *ids: str) -> Scorecard:
    """All claims, or those with these ids and what they guard."""
    wanted = {*ids, *(claim.of for claim in STUDY.declared() if claim.id in ids)}
    chosen: Any = [claim for claim in STUDY.declared() if not ids or claim.id in wanted]
    return judge({"all": chosen}, records(made))


def outcomes(made: World, *ids: str) -> dict[str, Outcome]:
    return {judgement.claim.id: judgement.outcome for judgement in judged(made, *ids)}


def test_where_all_is_true_all_is_reproduced() -> None:
    found = outcomes(world())
    assert {found.pop(claim) for claim in NEVER} == {Outcome.NOT_TESTED}
    assert {claim: outcome for claim, outcome in found.items() if outcome != Outcome.FULL} == {}


def reshaped(*corners: tuple[int, float]) -> Callable[[World], None]:
    """Another curve of RankMe in the reference."""

    def change(made: World) -> None:
        for number, one in enumerate(made["pretraining"]):
            curve = through(*corners) ** (1 + 0.001 * number)
            for name in ("rankme", "rankme_halves", "rankme_resampled"):
                one[name][:] = curve if name == "rankme" else curve[:, None]

    return change


def entry(name: str, value: Any, **where: Any) -> Callable[[World], None]:
    """Another value of a variable of the reference."""

    def change(made: World) -> None:
        for number, one in enumerate(made["pretraining"]):
            one[name].loc[where] = value * (1 + 1e-4 * number)

    return change


def controlled(condition: str, fall: float = 30) -> Callable[[World], None]:
    """Trainings without this cause that fall by so many percent, with the gain and without it."""

    def change(made: World) -> None:
        first = CONDITIONS.index(condition) * SEEDS
        made["controls"][first : first + SEEDS] = [control(fall + 0.1 * k, 0.001 * k) for k in range(SEEDS)]

    return change


def uncollapsed(condition: str) -> Callable[[World], None]:
    def change(made: World) -> None:
        first = CONDITIONS.index(condition) * SEEDS
        for one in made["controls"][first : first + SEEDS]:
            one.rankme[0] = 3.1

    return change


def in_slow(name: str, value: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        for number, one in enumerate(made["slow_pretraining"]):
            shape = (-1,) + (1,) * (one[name].ndim - 1)
            one[name][:] = (value * (1 + 1e-4 * number)).reshape(shape)

    return change


def ramped(**given: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        made["warm_ups"] = [warm_ups(0.001 * k, **given) for k in range(SEEDS)]

    return change


def without_collapse(made: World) -> None:
    for one in made["warm_ups"]:
        one.rankme[:, 0] = 3.2


def moved_probe(*names: str) -> Callable[[World], None]:
    late = through((0, 12), (FLOOR + 6, 3), (END - 1, 9), (END, 8.9))

    def change(made: World) -> None:
        for number, one in enumerate(made["pretraining"]):
            for name in names:
                one.rankme_probe.loc[{"probe": name}] = late * (1 + 1e-4 * number)

    return change


def in_layers(curve: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        for number, one in enumerate(made["pretraining"]):
            one.rankme_layers[:, 1:3] = (curve ** (1 + 0.001 * number))[:, None]

    return change


def flattening(made: World) -> None:
    """The spectrum flattens from RankMe's peak on, in the middle and in every band."""
    for number, one in enumerate(made["pretraining"]):
        one.eigenvalues[:] = spectra(through((0, 2), (PEAK, 1.0), (END, 0.5 + 0.001 * number)))


def reversed_frequencies(made: World) -> None:
    for one in made["pretraining"]:
        one.n_token[:] = one.n_token.values[:, ::-1]


def far_suffixes(made: World) -> None:
    for one in made["pretraining"]:
        one.suffix_shares[:] = one.suffix_shares.values[::-1]


def in_theory(condition: str, *corners: tuple[int, float], name: str = "rankme") -> Callable[[World], None]:
    def change(made: World) -> None:
        (one,) = made["theory"]
        one[name] = one[name].copy()
        one[name].loc[{"condition": condition}] = course(*corners)

    return change


def in_theorems(part: str, name: str, change: Callable[[np.ndarray], Any]) -> Callable[[World], None]:
    def alter(made: World) -> None:
        one = made["theorems"][0][part]
        one[name] = (one[name].dims, change(one[name].values))

    return alter


def grown_alone(made: World) -> None:
    """Growth in proportion to size, with a factor that does not depend on it."""
    one = made["theorems"][0]["balanced"]
    one["factor"] = one.factor * one.singular
    one["change"] = one.change * one.singular


def in_toy(condition: str, *corners: tuple[int, float]) -> Callable[[World], None]:
    def change(made: World) -> None:
        made["toy"] = [toy(**{condition: corners})]

    return change


def swapped(made: World) -> None:
    made["toy"] = [toy(reference=TOY["uniform"], uniform=TOY["reference"])]


def aligned_late(cosine: np.ndarray) -> np.ndarray:
    later = FLOOR + 4 + np.arange(len(cosine)) % 2
    return np.where(np.arange(T) < later[:, None], 0.3, 0.95)


def in_mechanism(name: str, value: Any, **where: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        one = made["mechanism"][0]
        old = one[name].loc[where]
        shifts = xr.DataArray(1e-3 * np.arange(SEEDS), dims="seed", coords={"seed": np.arange(SEEDS)})
        one[name].loc[where] = (xr.zeros_like(old) + value + shifts).transpose(*old.dims)

    return change


def reversed_classes(made: World) -> None:
    one = made["mechanism"][0]
    one["frequency"] = ("class", one.frequency.values[::-1])


FALLS, NO_DIP = ((0, 1.9), (FLOOR, 1.2), (PEAK, 1.9), (END, 1.5)), ((0, 1.9), (FLOOR, 1.88), (END, 2))


def one_wide_run(made: World) -> None:
    made["theory_map"][0].fall[0, 3, 5] = 5.0


def scattered(made: World) -> None:
    for number, one in enumerate(made["pretraining"]):
        floor = 2 + 6 * (number % 2)
        one.rankme[:] = through((0, 12), (floor, 3), (floor + 12, 9), (END, 7))


def in_series(**curves: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        for one in made["trace"]:
            for name, curve in curves.items():
                one[name] = curve[STEPS.tolist().index(int(one.step))]

    return change


def unchosen(made: World) -> None:
    for one in made["trace"]:
        one.choices_after.loc["removed"] = 0.6


def in_ramps_loss(made: World) -> None:
    for one in made["warm_ups"]:
        one.loss[:] = one.loss.values - 1


RISES = through((0, 12), (FLOOR, 3), (END, 9))
LACKING = {
    "uniform": "rankme",
    "no_bottleneck": "rankme",
    "few_classes": "rankme",
    "squared_error": "rankme_centred",
    "squared_error_uniform": "rankme_centred",
}
NO_RISE = through((0, 2), (END - 2, 0.8), (END, 0.9))


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("theory-collapse", in_theory("reference", (0, 3), (FLOOR, 2.7), (PEAK, 5), (END, 4))),
        ("theory-expansion", in_theory("reference", (0, 3), (FLOOR, 1.2), (PEAK, 1.4), (END, 1.3))),
        ("theorem-1", in_theorems("balanced", "drift", lambda drift: drift**1.3)),
        ("theorem-2", in_theorems("balanced", "change", lambda change: change**1.5)),
        ("selection-alone", grown_alone),
        ("growth-bound", in_theorems("bound", "ratio", lambda ratio: 1.1 * ratio)),
        ("primacy", in_theorems("generic", "learnt", lambda learnt: -learnt)),
        ("aligned-at-dip", in_theorems("generic", "alignment", lambda cosine: 0.4 * cosine)),
        ("aligned-before-dip", in_theorems("generic", "alignment", aligned_late)),
        ("toy-phases", in_toy("reference", *TOY["uniform"])),
        ("toy-needs-skew", swapped),
        ("toy-warm-up", in_toy("reference", *NO_DIP)),
        *((f"toy-{name.replace('_', '-')}", in_toy(name, *FALLS)) for name in list(TOY)[1:]),
        *((f"toy-{name.replace('_', '-')}-warm-up", in_toy(name, *NO_DIP)) for name in list(TOY)[1:]),
        ("frequent-first", reversed_classes),
        ("rare-last", reversed_classes),
        ("first-grows-faster", in_mechanism("growth", 1.2, i=0)),
        ("rare-reuse", in_mechanism("reuse", 0.3)),
        ("caused-by-rare", in_mechanism("continued", 1.1, loss="rare")),
        ("caused-by-frequent", in_mechanism("continued", 1.1, loss="frequent")),
        *((f"theory-{name.replace('_', '-')}-contrast", in_theory(name, (0, 3), (FLOOR, 1), (PEAK, 2.4), (END, 1.5), name=rankme)) for name, rankme in LACKING.items()),
        ("theory-few-classes", in_theory("few_classes", (0, 3), (FLOOR, 1), (PEAK, 2.4), (END, 2))),
        ("theory-squared-error-uniform", in_theory("squared_error_uniform", (0, 3), (FLOOR, 1), (PEAK, 2.4), (END, 2), name="rankme_centred")),
        ("theory-squared-error", in_theory("squared_error", (0, 3), (FLOOR, 1), (PEAK, 2.4), (END, 2), name="rankme_centred")),
        ("theory-uniform-collapse", in_theory("uniform", (0, 3), (FLOOR, 2), (15, 3), (END, 3))),
        ("theory-uniform", in_theory("uniform", (0, 3), (FLOOR, 2.9), (PEAK, 3.5), (END, 3))),
        ("theory-no-bottleneck", in_theory("no_bottleneck", (0, 3), (FLOOR, 1), (PEAK, 2.4), (END, 2))),
        ("theory-map", one_wide_run),
        ("collapse", reshaped((0, 4), (FLOOR, 3), (PEAK, 9), (END, 7))),
        ("expansion", reshaped((0, 12), (FLOOR, 3), (PEAK, 4), (END, 3.2))),
        ("compression", reshaped((0, 12), (FLOOR, 3), (END, 9))),
        ("compression-size", reshaped((0, 12), (FLOOR, 3), (END, 9))),
        ("finder", reshaped((0, 12), (FLOOR, 3), (END, 9))),
        ("finder-agrees", scattered),
        ("alpha-first", entry("alpha", NO_RISE)),
        ("alpha-falls", entry("alpha", through((0, 1), (END, 2)))),
        ("alpha-rises", entry("alpha", through((0, 2), (END, 1)))),
        ("loss-monotone", entry("loss", through((0, 7), (PEAK, 4), (END, 4.1)))),
        ("memorisation-rises", entry("memorisation", through((0, 0.4), (END, 0.41)), likeness="spearman")),
        ("memorisation-stops", entry("memorisation", through((0, 0), (PEAK, 0.4), (END, 0.5)), likeness="spearman")),
        ("bigrams-peak", entry("memorisation", through((0, 0), (END, 0.5)), likeness="bigram")),
        ("bigrams-fall", entry("memorisation", through((0, 0), (END, 0.5)), likeness="bigram")),
        ("short-suffixes", far_suffixes),
        ("long-after-short", entry("accuracy_by_reach", through((0, 0), (PEAK, 0.1), (END, 0.101)), reach="long")),
        ("long-in-compression", entry("accuracy_by_reach", through((0, 0), (PEAK, 0.1), (END, 0.101)), reach="long")),
        ("mid-after-short", entry("accuracy_by_reach", through((FLOOR, 0.0), (PEAK, 0.1), (END, 0.5)), reach="mid")),
        ("accuracy-rankme", entry("accuracy", through((0, 0.4), (FLOOR, 0.1), (PEAK, 0.4), (END, 0.3)))),
        ("accuracy-alpha", entry("accuracy", through((0, 0), (15, 0.5), (END, 0.1)))),
        ("accuracy-rankme-late", entry("accuracy", through((PEAK, 0.5), (END, 0.1)))),
        ("directions", entry("accuracy_after", 0.3, projection="retained")),
        ("directions-control", entry("accuracy_after", 0.02, projection="random_retained")),
        ("directions-two", entry("accuracy_after", 0.3, projection="retained")),
        ("directions-two-control", entry("accuracy_after", 0.02, projection="random_retained")),
        ("directions-random", entry("accuracy_after", 0.05, projection="random_removed")),
        ("alpha-rises-middle", flattening),
        ("bands", flattening),
        ("head-one", entry("rankme_without", through((PEAK, 9), (END, 7)), n_directions=1)),
        ("head", entry("rankme_without", through((PEAK, 9), (END, 7)), n_directions=2)),
        ("head-eight", entry("rankme_without", through((PEAK, 9), (END, 7)), n_directions=8)),
        ("gain", entry("rankme_without_gain", through((0, 12), (FLOOR, 3), (PEAK, 9), (END, 6)))),
        ("without-gain", entry("rankme_without_gain", through((0, 12), (FLOOR, 3), (END, 9)))),
        ("slow-compression", in_slow("rankme_halves", RISES)),
        ("slow-without-gain", in_slow("rankme_without_gain_halves", RISES)),
        ("slow-before-norm", in_slow("rankme_before_norm_halves", RISES)),
        ("slow-head-one", in_slow("rankme_without", RISES)),
        ("slow-layers-contract", in_slow("rankme_layers", RISES)),
        ("layers-collapse", in_layers(through((0, 4), (FLOOR, 3), (PEAK, 9), (END, 7)))),
        ("layers-expand", in_layers(through((0, 12), (FLOOR, 3), (PEAK, 4), (END, 3.5)))),
        ("layers-contract", in_layers(RISES)),
        ("probe-contexts", moved_probe("a quarter of the contexts")),
        ("probe-length", moved_probe("a quarter of the length")),
        ("probe-text", moved_probe("training text", "another package", "prose")),
        ("probe-prose-contracts", moved_probe("prose")),
        ("ramp-coincides", ramped(floors=(2, 6))),
        ("collapse-without-ramp", without_collapse),
        ("ramp-delays", ramped(floors=(14, 12))),
        ("unigram", entry("loss", through((0, 7), (FLOOR, 5), (END, 4)))),
        ("unigram-without-ramp", in_ramps_loss),
        ("eigenvectors-align", entry("alignment", through((0, 0.1), (END, 0.9)))),
        ("eigenvectors-stay", entry("alignment", through((0, 0.1), (4, 0.9), (END, 0.1)))),
        ("primacy-of-tokens", reversed_frequencies),
        *((name.replace("_", "-"), controlled(name)) for name in CONDITIONS),
        *((f"{name.replace('_', '-')}-without-gain", controlled(name)) for name in CONDITIONS),
        *((f"{name.replace('_', '-')}-collapse", uncollapsed(name)) for name in CONDITIONS),
        ("series-phases", in_series(rankme=through((0, 3.0), (FLOOR, 3.0), (END, 9.0)))),
        ("series-alpha-first", in_series(alpha=NO_RISE)),
        ("series-directions", unchosen),
        ("series-directions-50", unchosen),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_every_claim_can_fail(claim: str, change: Callable[[World], None]) -> None:
    made = world()
    change(made)
    assert outcomes(made, claim)[claim] == Outcome.NOT


def test_a_linear_model_that_never_contracts_leaves_its_compression_unproven() -> None:
    made = world()
    in_theory("reference", (0, 3), (FLOOR, 1.2), (END, 2.4))(made)
    assert outcomes(made, "theory-compression")["theory-compression"] in (Outcome.NOT, Outcome.UNDECIDED)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_trainings_without_a_cause_that_still_rise_are_counted(condition: str) -> None:
    made = world()
    claim = condition.replace("_", "-")
    assert judged(made, claim)[claim].measured.note == ""
    first = CONDITIONS.index(condition) * SEEDS
    for one in made["controls"][first : first + 2]:
        one.rankme[:] = through((0, 6), (FLOOR, 3), (END, 9))
    assert f"in 2 of {SEEDS} seeds" in judged(made, claim)[claim].measured.note


def test_contrasts_are_paired_by_seed() -> None:
    made = world()
    made["controls"] = [control(20 + 0.1 * k) for _ in CONDITIONS for k in range(SEEDS)]
    for number, one in enumerate(made["pretraining"]):
        one.rankme_halves[:] = through((0, 12), (FLOOR, 3), (PEAK, 9), (END, 9 * (0.75 - 0.001 * number)))[:, None]
    measured = judged(made, "uniform")["uniform"].measured
    assert (measured.value, measured.low) == (pytest.approx(5.0), pytest.approx(5.0, abs=1e-6))


def test_a_linear_model_that_has_not_turned_is_not_taken_for_one_that_does_not_fall() -> None:
    made = world()
    in_theory("no_bottleneck", (0, 3), (FLOOR, 1), (END, 2.5))(made)
    assert outcomes(made, "theory-no-bottleneck")["theory-no-bottleneck"] == Outcome.NOT_TESTED
    in_theory("no_bottleneck", *RESTS)(made)
    assert outcomes(made, "theory-no-bottleneck")["theory-no-bottleneck"] == Outcome.FULL


def test_one_run_of_the_map_refutes_and_none_confirms_while_others_rise() -> None:
    made = world()
    made["theory_map"][0].fall[:, :2] = 90  # narrow bottlenecks do not count
    made["theory_map"][0].still_rising[2, 3, 0] = True
    assert judged(made, "theory-map")["theory-map"].outcome == Outcome.UNDECIDED
    one_wide_run(made)
    judgement = judged(made, "theory-map")["theory-map"]
    assert (judgement.outcome, judgement.measured.value) == (Outcome.NOT, 5.0)
    assert "exponent 0, 32 dimensions, seed 5" in judgement.measured.note
    made["theory_map"][0] = made["theory_map"][0].isel(dimension=[0, 1])
    assert judged(made, "theory-map")["theory-map"].outcome == Outcome.NOT_TESTED


def test_a_small_fall_is_a_part() -> None:
    made = world()
    reshaped((0, 12), (FLOOR, 3), (PEAK, 9), (END, 8.6))(made)
    assert outcomes(made, "compression")["compression"] == Outcome.FULL
    assert outcomes(made, "compression-size")["compression-size"] == Outcome.PARTLY


def test_curves_of_noise_reproduce_nothing() -> None:
    rng = np.random.default_rng(0)
    found = []
    claims = ("collapse", "expansion", "compression", "compression-size", "finder", "finder-agrees")
    for _ in range(40):
        made = {"pretraining": world(n_series=0)["pretraining"]}
        for one in made["pretraining"]:
            one["rankme"][:] = 6 * np.exp(0.005 * rng.standard_normal(T))
            one["rankme"][0] = 6.5  # so that the floor is not the start, whose step has no logarithm
            one["rankme_halves"][:] = 6 * np.exp(0.005 * rng.standard_normal((T, 2)))
        found.append(outcomes(made, *claims))
    for claim in ("collapse", "expansion", "finder"):
        assert {one[claim] for one in found} == {Outcome.NOT}, claim
    assert {one["finder-agrees"] for one in found} == {Outcome.NOT_TESTED}
    assert Outcome.FULL not in {one["compression-size"] for one in found}
    # An interval of 95 % lies above zero once in forty times; were the peak measured where it is found, always.
    assert sum(one["compression"] == Outcome.FULL for one in found) <= 5


SHARED = {
    # Exact values, and shares of the toy's random starts, of which one seed holds many.
    "theory-map", "short-suffixes", "growth-bound", "toy-phases", "toy-needs-skew", "toy-warm-up",
    *(f"toy-{name.replace('_', '-')}{end}" for name in list(TOY)[1:] for end in ("", "-warm-up")),
}  # fmt: skip


def test_one_seed_decides_nothing_but_a_statement_about_all() -> None:
    found = outcomes(world(seeds=1, n_series=1))
    assert {claim for claim, outcome in found.items() if outcome != Outcome.NOT_TESTED} == SHARED
    # Five of five seeds are not surely most of all seeds.
    assert outcomes(world(seeds=5))["finder"] == Outcome.UNDECIDED


def test_without_series_their_claims_are_not_tested() -> None:
    without = judged(world(n_series=0))
    untested = {judgement.claim.id for judgement in without if judgement.outcome == Outcome.NOT_TESTED}
    assert untested == {"series-phases", "series-alpha-first", "series-directions", "series-directions-50", *NEVER}
    assert "name them in `traced`" in without["series-phases"].measured.note
    # Without questions only the claim about them is not.
    made = world()
    made["trace"] = [one.drop_vars(["choices_after", "choices_before"]) for one in made["trace"]]
    assert outcomes(made, "series-directions")["series-directions"] == Outcome.NOT_TESTED
    assert outcomes(made, "series-phases")["series-phases"] == Outcome.FULL


def test_a_series_may_go_on_after_its_three_phases_but_not_lack_one() -> None:
    longer = ((1, 12.0), (4, 3.0), (14, 9.0), (20, 5.0), (28, 8.0))
    made = world()
    made["trace"] = [
        checkpoint(f"m{n}", step=step, rankme=height * (1 + 0.001 * n)) for n in range(SEEDS) for step, height in longer
    ]
    assert outcomes(made, "series-phases")["series-phases"] == Outcome.FULL
    made["trace"] = [one for one in made["trace"] if int(one.step) > 1]
    assert outcomes(made, "series-phases")["series-phases"] == Outcome.NOT


def three(first: float, second: float) -> list[Phase]:
    return [Phase("collapse", 0, first), Phase("expansion", first, second), Phase("compression", second, 9e9)]


def test_disagreement_is_the_distance_from_the_median_in_decades() -> None:
    spread = disagreement({5: three(10, 1000), 6: three(100, 1000), 7: three(10, 100_000)})
    assert list(spread) == [5, 6, 7]
    np.testing.assert_allclose(list(spread.values()), [0, 0.5, 1.0])
    # Seeds without three phases have nothing to agree on.
    assert disagreement({5: three(10, 1000)[:2], 6: three(10, 1000), 7: []}) == {6: 0}
    assert disagreement({5: []}) == {}


def test_the_paper_s_own_numbers_meet_its_claims() -> None:
    for judgement in judged(world(n_series=0)):
        known = judgement.claim.printed if judgement.claim.printed is not None else judgement.claim.read_off
        if known is not None:
            assert judgement.claim.rule.decide(known, known) == Outcome.FULL, judgement.claim.id
    assert judged(world())["series-directions"].claim.printed == pytest.approx(ASYMMETRY_10, abs=1e-3)
