"""The claims about post-training judged on worlds made up: one where all are true, and for each claim one where it fails."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from learning_geometry.claims import Scorecard, Verdict
from learning_geometry.instruments.pass_at_k import crossing, pass_at_k
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.store import Record, Records, Unit
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.post_training.claims import crossing_of
from learning_geometry.studies.llm_phases.post_training.declared import CLAIMS

STUDY = STUDIES["llm_phases_post_training"]
SEEDS, SAMPLES, PROBLEMS = 6, 256, 20  # of six seeds all must cross for their share to exceed a half
SERIES = ["series-sft", "series-dpo", "series-rlvr", "series-pass-256", "longer-inside", "longer-outside"]

World = dict[str, list[dict[str, Any]]]


def solved(*counts: int) -> np.ndarray:
    """Right ones among the samples of each problem, in equal shares of the problems."""
    return np.repeat(counts, PROBLEMS // len(counts))


def course(jitter: int) -> dict[str, Any]:
    """A course that does all that the paper says, and controls that do nothing of the kind."""
    shift = 0.01 * jitter
    numbers = {  # RankMe, loss inside and outside, entropy, different answers
        "base": (8.0, 1.0, 1.0, 1.5, 16.0),
        "sft": (9.0, 0.5, 1.4, 1.1, 11.0),
        "dpo": (10.0, 0.4, 1.9, 1.0, 10.0),
        "rlvr": (9.5, 0.3, 2.0, 0.4, 5.0),
        "continued": (8.05, 0.9, 0.9, 1.4, 15.0),
        "shuffled": (6.0, 2.9, 2.1, 2.5, 20.0),
        "random_reward": (10.5, 3.0, 3.1, 2.0, 14.0),
    }
    stages: dict[str, dict[str, Any]] = {
        name: {
            "rankme": rankme + shift,
            "loss": loss + shift,
            "ood_loss": outside + shift,
            "entropy": entropy + shift,
            "probability": np.full(PROBLEMS, 0.4 + shift),
            "distinct": np.full(PROBLEMS, different) + np.tile([-1, 1], PROBLEMS // 2),
        }
        for name, (rankme, loss, outside, entropy, different) in numbers.items()
    }
    for name, counts in {
        "base": (40, 30),
        "sft": (40 + jitter, 40),
        "dpo": (30, 30 + jitter),
        "rlvr": (250, jitter),
        "random_reward": (20, 20 + jitter),
    }.items():
        stages[name]["correct"] = solved(*counts)
    for counts in (stages["rlvr"]["correct"], stages["random_reward"]["correct"]):
        counts[-4:] = 0
    return {"seed": jitter, "chance": 0.08, "samples": SAMPLES, "stages": stages}


def checkpoint(stage: str, step: int, rankme: float, *counts: int) -> dict[str, Any]:
    noise = np.random.default_rng(0).normal(1, 0.02, 50)  # the same texts are drawn at every checkpoint
    return {
        "stage": stage,
        "model": stage,
        "step": step,
        "rankme": rankme,
        "rankme_resampled": rankme * noise + np.random.default_rng(int(rankme)).normal(0, 0.1, 50),
        "samples": SAMPLES,
        "correct": solved(*counts),
    }


def tuned(tokens: int, inside: float, outside: float) -> dict[str, Any]:
    texts = 50 * np.random.default_rng(0).exponential(1, 30)  # texts differ by far more than models do
    wobble = np.random.default_rng(tokens).normal(0, 1, 30)
    return {
        "model": "olmo",
        "revision": f"step{tokens}",
        "tokens": tokens,
        "losses_in_after": inside + texts + wobble,
        "losses_out_after": outside + texts + wobble,
    }


def world(seeds: int = SEEDS) -> World:
    """Results of every experiment where all claims are true."""
    return {
        "fine_tuning": [tuned(1, 280, 131), tuned(2, 275, 131), tuned(4, 262, 135)],
        "series": [
            checkpoint("SFT", 7000, 800, 30, 30),
            checkpoint("SFT", -1, 940, 30, 30),
            checkpoint("DPO", -1, 1180, 2, 30),
            checkpoint("RLVR", 1200, 1300, 250, 1),
            checkpoint("RLVR", 2400, 1090, 250, 0),
        ],
        "stages": [course(seed + 1) for seed in range(seeds)],
    }


def recorded(made: Mapping[str, list[dict[str, Any]]]) -> Records:
    return Records(
        [
            Record(Unit(STUDY.name, experiment, {"number": number}, "code"), result, 0.0, 0.0, {})
            for experiment, results in made.items()
            for number, result in enumerate(results)
        ]
    )


def judged(made: World) -> Scorecard:
    return STUDY.judge(recorded(made))  # which raises unless claims are judged in their declared order


def verdicts(made: World) -> dict[str, Verdict]:
    return {judgement.claim.id: judgement.verdict for judgement in judged(made)}


def test_where_all_is_true_all_is_reproduced() -> None:
    found = verdicts(world())
    assert list(found) == [claim.id for claim in CLAIMS]
    assert {claim: verdict for claim, verdict in found.items() if verdict != Verdict.REPRODUCED} == {}


def staged(name: str, quantity: str, value: Any) -> Callable[[World], None]:
    """Change a number of one model in all seeds, a little differently in each."""

    def change(made: World) -> None:
        for number, one in enumerate(made["stages"]):
            jitter = 0 if quantity == "correct" else 0.001 * number
            one["stages"][name][quantity] = value + jitter

    return change


def traced(at: int, **values: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        one = made["series"][at]
        if "rankme" in values:
            one["rankme_resampled"] = one["rankme_resampled"] * values["rankme"] / one["rankme"]
        one |= values

    return change


def retuned(name: str, by: float) -> Callable[[World], None]:
    def change(made: World) -> None:
        made["fine_tuning"][-1][name] = made["fine_tuning"][-1][name] + by

    return change


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("base-has-learnt", staged("base", "probability", np.repeat([0.0, 0.4], PROBLEMS // 2))),
        ("sft-rankme", staged("sft", "rankme", 7.0)),
        ("dpo-rankme", staged("dpo", "rankme", 8.9)),
        ("rlvr-rankme", staged("rlvr", "rankme", 11.0)),
        ("sft-inside", staged("sft", "loss", 1.2)),
        ("sft-outside", staged("sft", "ood_loss", 0.8)),
        ("dpo-inside", staged("dpo", "loss", 0.6)),
        ("dpo-outside", staged("dpo", "ood_loss", 1.2)),
        ("rlvr-pass-1", staged("rlvr", "correct", solved(25, 0))),
        ("rlvr-pass-16", staged("rlvr", "correct", solved(200, 200, 200, 0, 200) + solved(0, 0, 0, 200, 0))),
        ("rlvr-pass-256", staged("rlvr", "correct", solved(250, 1))),
        ("rlvr-diversity", staged("rlvr", "distinct", solved(11, 13))),
        ("rlvr-entropy", staged("rlvr", "entropy", 1.5)),
        ("sft-diversity", staged("sft", "distinct", solved(18, 16))),
        ("dpo-pass-16", staged("dpo", "correct", solved(50, 50))),
        ("continued-rankme", staged("continued", "rankme", 8.4)),
        ("shuffled-inside", staged("shuffled", "loss", 0.9)),
        ("shuffled-rankme", staged("shuffled", "rankme", 8.2)),
        ("random-pass-1", staged("random_reward", "correct", solved(60, 20))),
        ("random-rankme", staged("random_reward", "rankme", 9.0)),
        ("series-sft", traced(1, rankme=700.0)),
        ("series-dpo", traced(2, rankme=900.0)),
        ("series-rlvr", traced(-1, rankme=1250.0)),
        ("series-pass-256", traced(-1, correct=solved(250, 1))),
        ("longer-inside", retuned("losses_in_after", 40)),
        ("longer-outside", retuned("losses_out_after", -40)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_claim_can_fail(claim: str, change: Callable[[World], None]) -> None:
    made = world()
    change(made)
    found = verdicts(made)
    assert found[claim] == Verdict.NOT
    # Another measurement decides another claim: most of the others stand.
    assert sum(verdict == Verdict.REPRODUCED for verdict in found.values()) > 2 * len(CLAIMS) / 3


def test_claims_are_undecided_where_seeds_disagree() -> None:
    made = world()
    for one in made["stages"][:3]:
        one["stages"]["sft"]["rankme"] = 7.0
        one["stages"]["dpo"]["rankme"] = 6.5
        one["stages"]["random_reward"]["rankme"] = 7.0
        one["stages"]["rlvr"]["entropy"] = 1.6
    found = verdicts(made)
    undecided = [claim for claim, verdict in found.items() if verdict != Verdict.REPRODUCED]
    assert undecided == ["sft-rankme", "dpo-rankme", "rlvr-rankme", "rlvr-entropy"]
    assert {found[claim] for claim in undecided} == {Verdict.UNDECIDED}


def test_statistics_are_those_that_were_declared() -> None:
    made, found = world(), judged(world())
    stages = [one["stages"] for one in made["stages"]]

    def over_seeds(claim: str, statistic: Callable[[dict[str, Any]], float]) -> None:
        values = [statistic(one) for one in stages]
        assert found[claim].value == pytest.approx(np.mean(values), abs=1e-9), claim
        assert found[claim].interval == pytest.approx(mean_interval(values), abs=1e-9), claim
        assert found[claim].n_seeds == SEEDS

    over_seeds("base-has-learnt", lambda one: one["base"]["probability"].mean() / 0.08)
    for claim, before, after in (
        ("sft-rankme", "base", "sft"),
        ("dpo-rankme", "sft", "dpo"),
        ("rlvr-rankme", "dpo", "rlvr"),
        ("continued-rankme", "base", "continued"),
        ("shuffled-rankme", "base", "shuffled"),
        ("random-rankme", "dpo", "random_reward"),
    ):
        over_seeds(claim, lambda one, a=after, b=before: 100 * (one[a]["rankme"] - one[b]["rankme"]) / one[b]["rankme"])
    for claim, before, after, name in (
        ("sft-inside", "base", "sft", "loss"),
        ("sft-outside", "base", "sft", "ood_loss"),
        ("dpo-inside", "sft", "dpo", "loss"),
        ("dpo-outside", "sft", "dpo", "ood_loss"),
        ("rlvr-entropy", "dpo", "rlvr", "entropy"),
        ("shuffled-inside", "base", "shuffled", "loss"),
    ):
        over_seeds(claim, lambda one, a=after, b=before, q=name: one[a][q] - one[b][q])
    for claim, before, after in (("rlvr-diversity", "dpo", "rlvr"), ("sft-diversity", "base", "sft")):
        over_seeds(claim, lambda one, a=after, b=before: one[a]["distinct"].mean() / one[b]["distinct"].mean())
    for claim, before, after, k in (
        ("rlvr-pass-1", "dpo", "rlvr", 1),
        ("rlvr-pass-16", "dpo", "rlvr", 16),
        ("rlvr-pass-256", "dpo", "rlvr", 256),
        ("dpo-pass-16", "sft", "dpo", 16),
        ("random-pass-1", "dpo", "random_reward", 1),
    ):

        def gain(one: dict[str, Any], a: str = after, b: str = before, k: int = k) -> float:
            return float(100 * (passed(one[a]["correct"], k) - passed(one[b]["correct"], k)))

        over_seeds(claim, gain)


def passed(correct: np.ndarray, k: int) -> float:
    return float(pass_at_k(SAMPLES, correct, [k]).mean())


def test_controls_are_judged_on_the_seeds_that_have_them() -> None:
    made = world()
    for one in made["stages"][1:-1]:
        for name in ("continued", "shuffled", "random_reward"):
            del one["stages"][name]
    found, some = judged(made), judged(world() | {"stages": [course(1), course(SEEDS)]})
    for judgement in found:
        if judgement.claim.control:
            assert judgement.n_seeds == 2
            assert (judgement.value, judgement.interval) == (
                some[judgement.claim.id].value,
                some[judgement.claim.id].interval,
            )
        elif judgement.claim.id not in (*SERIES, "rlvr-crossing"):
            assert judgement.n_seeds == SEEDS
    # One seed with controls decides nothing about them.
    for name in ("continued", "shuffled", "random_reward"):
        del made["stages"][-1]["stages"][name]
    found = judged(made)
    untested = [judgement.claim for judgement in found if judgement.verdict == Verdict.NOT_TESTED]
    assert untested == [claim for claim in CLAIMS if claim.control]
    assert {found[claim.id].note for claim in untested} == {"one seed gives no interval"}


def test_one_seed_decides_nothing_and_two_do() -> None:
    found = judged(world(seeds=1))
    of_seeds = [judgement for judgement in found if judgement.claim.id not in SERIES]
    assert {judgement.verdict for judgement in of_seeds} == {Verdict.NOT_TESTED}
    assert {judgement.value for judgement in of_seeds} == {None}
    assert {judgement.note for judgement in of_seeds} == {
        "one seed gives no interval",
        "one seed gives no share",
    }
    assert Verdict.NOT_TESTED not in verdicts(world(seeds=2)).values()


@pytest.mark.parametrize(("samples", "lacking"), [(255, ["256"]), (15, ["16", "256"])])
def test_too_few_samples_leave_a_k_untested_and_say_so(samples: int, lacking: list[str]) -> None:
    made = world()
    for one in made["stages"]:
        one["samples"] = samples
        for stage in one["stages"].values():
            if "correct" in stage:
                stage["correct"] = np.minimum(stage["correct"], samples)
    found = judged(made)
    claims = {"16": ["rlvr-pass-16", "dpo-pass-16"], "256": ["rlvr-pass-256"]}
    for k, ids in claims.items():
        for claim in ids:
            assert (found[claim].verdict == Verdict.NOT_TESTED) == (k in lacking), claim
            assert (f"samples must be {k} or more" in found[claim].note) == (k in lacking), claim
    assert found["rlvr-pass-1"].verdict != Verdict.NOT_TESTED


def test_where_every_problem_is_solved_the_note_says_so() -> None:
    assert "before RLVR it is 1 to 1" in judged(world())["rlvr-pass-256"].note
    made = world()
    for number, one in enumerate(made["stages"]):
        one["stages"]["dpo"]["correct"] = solved(1) * (np.arange(PROBLEMS) > number)
        one["stages"]["rlvr"]["correct"] = solved(250, 1)
    found = judged(made)["rlvr-pass-256"]
    assert "before RLVR it is 0.7 to 0.95" in found.note
    assert found.verdict == Verdict.NOT
    assert found.value == pytest.approx(100 * np.mean((1 + np.arange(SEEDS)) / PROBLEMS))
    # Saturated on both sides nothing is lowered.
    staged("dpo", "correct", solved(30, 30))(made)
    found = judged(made)["rlvr-pass-256"]
    assert (found.value, found.interval, found.verdict) == (0.0, (0.0, 0.0), Verdict.NOT)


def both(dpo: np.ndarray, rlvr: np.ndarray, samples: int = SAMPLES) -> Record:
    stages = {"dpo": {"correct": dpo}, "rlvr": {"correct": rlvr}}
    return Record(Unit("s", "stages", {}, "code"), {"samples": samples, "stages": stages}, 0.0, 0.0, {})


def test_a_crossing_lies_where_the_curves_meet() -> None:
    # One right sample of n in each problem: k / n. All right in half of the problems: a half. They meet at n / 2.
    assert crossing_of(both(solved(1, 1), solved(SAMPLES, 0))) == pytest.approx(SAMPLES / 2)
    # All samples right in a quarter: n / 4.
    assert crossing_of(both(solved(1, 1), solved(SAMPLES, 0, 0, 0))) == pytest.approx(SAMPLES / 4)


def test_where_both_solve_everything_in_the_end_the_crossing_before_it_counts() -> None:
    dpo, rlvr = solved(30, 30), solved(250, 1)
    k = np.arange(1, SAMPLES + 1)
    before, after = (pass_at_k(SAMPLES, counts, k).mean(axis=1) for counts in (dpo, rlvr))
    assert before[-1] == after[-1] == 1
    assert crossing(k, before, after) is None  # negative control: the last point alone would hide it
    found = crossing_of(both(dpo, rlvr))
    assert found is not None
    ahead = after - before
    assert ahead[int(found) - 1] > 0 > ahead[int(found)]


def test_curves_that_are_equal_or_never_change_places_do_not_cross() -> None:
    for dpo, rlvr in (
        (solved(7, 7), solved(7, 7)),
        (solved(SAMPLES), solved(SAMPLES)),
        (solved(0), solved(0)),
        (solved(7, 7), solved(8, 8)),
        (solved(8, 8), solved(7, 7)),
        (solved(SAMPLES, 0), solved(1, 1)),  # the other way round
        (solved(0, 0), solved(SAMPLES, SAMPLES)),
    ):
        assert crossing_of(both(dpo, rlvr)) is None
    assert crossing_of(both(np.array([1, 0]), np.array([0, 1]), samples=2)) is None


def test_rounding_makes_no_crossing() -> None:
    """Where RLVR is worse at no problem, its curve is nowhere below; sums of rounded numbers are, by their last bits."""
    rng = np.random.default_rng(0)
    k = np.arange(1, SAMPLES + 1)
    below = 0
    for _ in range(60):
        counts = rng.integers(20, 200, 100)
        better = rng.permutation(counts + rng.integers(0, 3, 100))
        before, after = (pass_at_k(SAMPLES, each, k).mean(axis=1) for each in (counts, better))
        below += bool((after < before).any())
        assert crossing_of(both(counts, better)) is None
    assert below >= 3


def test_the_crossing_is_judged_by_the_share_of_seeds_and_noted_as_a_geometric_mean() -> None:
    made = world()
    shares = [(SAMPLES, 0), (SAMPLES, 0, 0, 0), *[(1, 1)] * (len(made["stages"]) - 2)]
    for one, counts in zip(made["stages"], shares, strict=True):
        one["stages"]["dpo"]["correct"] = solved(1, 1)
        one["stages"]["rlvr"]["correct"] = solved(*counts)
    found = judged(made)["rlvr-crossing"]
    assert found.value == pytest.approx(2 / len(made["stages"]))
    assert found.n_seeds == len(made["stages"])
    low, high = np.exp(mean_interval(np.log([128, 64])))
    assert found.note.startswith(f"they cross at k = {np.sqrt(128 * 64):.3g} [{low:.3g}, {high:.3g}]")
    # One seed that crosses has no interval for its k, none has no k: the share is judged all the same.
    for crossing_seeds in (1, 0):
        made["stages"][crossing_seeds]["stages"]["rlvr"]["correct"] = solved(1, 1)
        found = judged(made)["rlvr-crossing"]
        assert found.value == pytest.approx(crossing_seeds / len(made["stages"]))
        assert found.note == ""
    assert found.verdict != Verdict.REPRODUCED


def test_released_checkpoints_are_compared_at_the_ends_of_their_stages() -> None:
    made, found = world(), judged(world())
    rankme = [one["rankme"] for one in made["series"]]
    for claim, before, after in (("series-sft", 0, 1), ("series-dpo", 1, 2), ("series-rlvr", 2, 4)):
        assert found[claim].value == pytest.approx(100 * (rankme[after] / rankme[before] - 1)), claim
        first, last = (made["series"][at]["rankme_resampled"] for at in (before, after))
        expected = np.quantile(100 * (last / first - 1), [0.025, 0.975])
        assert found[claim].interval == pytest.approx(expected), claim
        # Texts that all checkpoints share cancel: far narrower than the two per cent of each.
        assert np.diff(found[claim].interval) < 1
        assert found[claim].n_seeds == 1
    assert found["series-pass-256"].value == pytest.approx(-50)


def test_a_value_outside_its_resamples_widens_the_interval() -> None:
    made = world()
    made["series"][2]["rankme"] = 1500.0  # RankMe of few texts is smaller than that of all
    found = judged(made)["series-dpo"]
    assert found.interval[0] < found.interval[1] == found.value == pytest.approx(100 * (1500 / 940 - 1))


def test_fine_tuned_models_are_compared_text_by_text() -> None:
    made, found = world(), judged(world())
    for claim, name, rounded in (("longer-inside", "losses_in_after", -18), ("longer-outside", "losses_out_after", 4)):
        first, last = (made["fine_tuning"][at][name] for at in (0, -1))
        assert found[claim].value == pytest.approx(np.mean(last - first))
        assert found[claim].value == pytest.approx(rounded, abs=1)
        # The bootstrap of thirty differences is nearly that of the normal distribution; of the texts it is ten times as wide.
        error = np.std(last - first) / np.sqrt(30)
        assert found[claim].interval == pytest.approx(
            found[claim].value + 1.96 * error * np.array([-1, 1]), abs=0.25 * error
        )
        assert np.std(last) / np.sqrt(30) > 10 * error


def test_without_released_checkpoints_their_claims_are_not_tested() -> None:
    found = judged(world() | {"series": [], "fine_tuning": []})
    assert [judgement.claim.id for judgement in found if judgement.verdict == Verdict.NOT_TESTED] == SERIES
    assert all("no released checkpoints were traced" in found[claim].note for claim in SERIES)


def test_a_stage_that_was_not_traced_takes_only_its_own_claims_along() -> None:
    for stage, lost in {
        "SFT": ["series-sft", "series-dpo"],
        "DPO": ["series-dpo", "series-rlvr", "series-pass-256"],
        "RLVR": ["series-rlvr", "series-pass-256"],
    }.items():
        made = world()
        made["series"] = [one for one in made["series"] if one["stage"] != stage]
        found = verdicts(made)
        assert [claim for claim, verdict in found.items() if verdict == Verdict.NOT_TESTED] == lost


def test_what_is_lacking_is_named() -> None:
    made = world()
    made["series"] = made["series"][1:]
    assert "two checkpoints of SFT" in judged(made)["series-sft"].note
    assert judged(made)["series-dpo"].verdict == Verdict.REPRODUCED
    made = world()
    del made["series"][-1]["correct"]
    found = judged(made)
    assert found["series-pass-256"].verdict == Verdict.NOT_TESTED
    assert "parameter problems" in found["series-pass-256"].note
    assert found["series-rlvr"].verdict == Verdict.REPRODUCED
    made = world()
    made["series"][2]["samples"] = 64
    made["series"][2]["correct"] = solved(2, 30)
    assert "problem_samples must be 256 or more" in judged(made)["series-pass-256"].note
    made = world()
    made["fine_tuning"] = made["fine_tuning"][:1]
    assert "two revisions" in judged(made)["longer-inside"].note


def test_different_models_are_not_taken_for_one_that_was_pretrained_longer() -> None:
    made = world()
    made["fine_tuning"].append(tuned(9, 500, 10) | {"model": "pythia"})
    found = judged(made)
    for claim in ("longer-inside", "longer-outside"):
        assert found[claim].value == judged(world())[claim].value
    made["fine_tuning"] = made["fine_tuning"][2:]
    assert judged(made)["longer-inside"].verdict == Verdict.NOT_TESTED


def test_the_paper_s_numbers_are_those_of_its_figures() -> None:
    paper = {claim.id: claim.paper_value for claim in CLAIMS if claim.paper_value is not None}
    expected = {"sft": 100 * (930 / 670 - 1), "dpo": 100 * (1190 / 930 - 1), "rlvr": 100 * (1100 / 1190 - 1)}
    for stage, value in expected.items():
        assert paper[f"{stage}-rankme"] == paper[f"series-{stage}"] == round(value)  # an eye has no more digits
    assert paper["rlvr-pass-256"] == paper["series-pass-256"] == -4
    # What the paper measured would pass the rules that it is judged by.
    for claim in CLAIMS:
        if claim.paper_value is not None:
            assert claim.rule.decide(claim.paper_value, claim.paper_value) == Verdict.REPRODUCED
