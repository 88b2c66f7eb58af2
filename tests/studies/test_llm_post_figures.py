"""What the figures of post-training show, on records whose changes, pass@k and crossings are known."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry.instruments.pass_at_k import pass_at_k_interval
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.store import Record, Records, Unit
from learning_geometry.studies.llm_phases.post_training import figures, published
from learning_geometry.studies.llm_phases.post_training.drawing import COURSE, stretch

SAMPLES = 256
LENGTHS = {"sft": 100, "dpo": 60, "rlvr": 150, "random_reward": 150}
BEFORE = {"sft": "base", "dpo": "sft", "rlvr": "dpo", "continued": "base", "shuffled": "base", "random_reward": "dpo"}
RANKME = {"base": 8.0, "sft": 9.2, "dpo": 8.8, "rlvr": 8.6, "continued": 8.9, "shuffled": 6.0, "random_reward": 7.9}
LOSS = {"base": 0.9, "sft": 0.35, "dpo": 0.4, "rlvr": 0.25, "continued": 0.4, "shuffled": 2.9, "random_reward": 5.6}
OOD = {"base": 0.9, "sft": 1.5, "dpo": 1.9, "rlvr": 2.2, "continued": 0.4, "shuffled": 2.1, "random_reward": 3.6}
DISTINCT = {"base": 15.0, "sft": 9.0, "dpo": 8.0, "rlvr": 5.0, "random_reward": 14.0}


def stage(name: str, seed: int, n: int = 40) -> dict[str, Any]:
    """A stage whose numbers differ by a percent from seed to seed, in opposite directions in odd and even stages."""
    factor = 1 + 0.01 * seed * (-1) ** list(RANKME).index(name)
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {
        "rankme": RANKME[name] * factor,
        "alpha": 40 / RANKME[name] / factor,
        "loss": LOSS[name] * factor,
        "accuracy": float(np.exp(-LOSS[name] * factor)),
        "ood_loss": OOD[name] * factor,
        "ood_accuracy": float(np.exp(-OOD[name] * factor)),
        "entropy": min(2 * LOSS[name], 3) * factor,
    }
    if name in DISTINCT:
        found["distinct"] = np.full(n, DISTINCT[name] * factor)
        spread = {"base": 3.0, "sft": 1.5, "dpo": 1.2, "rlvr": 0.35, "random_reward": 2.0}[name]
        right = rng.beta(spread * np.exp(-LOSS[name]), spread * (1 - np.exp(-LOSS[name])), n)
        found["correct"] = rng.binomial(SAMPLES, right)
    return found


def course(seed: int, **changed: Any) -> dict[str, Any]:
    """Stages between which RankMe moves in a straight line, noted at five steps of each."""
    stages = {name: stage(name, seed) for name in RANKME}
    notes = [
        (
            name,
            step,
            float(np.interp(step, [0, LENGTHS[name]], [stages[BEFORE[name]]["rankme"], stages[name]["rankme"]])),
        )
        for name in LENGTHS
        for step in np.linspace(0, LENGTHS[name], 6).round().astype(int)[1:]
    ]
    names, steps, rankme = zip(*notes, strict=True)
    rng = np.random.default_rng(seed)
    climb = np.linspace(0.7, 0.88, LENGTHS["rlvr"])
    found = {
        "seed": seed,
        "chance": 0.07,
        "samples": SAMPLES,
        "stages": stages,
        "path": {"stage": list(names), "step": np.array(steps), "rankme": np.array(rankme)},
        "reward": climb + 0.03 * rng.standard_normal(len(climb)),
        "reward_random": 0.5 + 0.03 * rng.standard_normal(len(climb)),
    }
    return found | changed


def traced(name: str, step: int, rankme: float, samples: int = SAMPLES, right: int = 1) -> dict[str, Any]:
    counts = np.repeat([right, 0], [9, 1])  # pass@256 is 0.9
    return {"stage": name, "model": "m", "step": step, "rankme": rankme, "correct": counts, "samples": samples}


def tuned(tokens: int, inside: float, outside: float) -> dict[str, Any]:
    return {"revision": "r", "tokens": tokens, "loss_in_after": inside, "loss_out_after": outside}


def records(
    found: Sequence[Mapping[str, Any]],
    series: Sequence[Mapping[str, Any]] = (),
    fine_tuning: Sequence[Mapping[str, Any]] = (),
) -> Records:
    made = [("stages", result) for result in found]
    made += [("series", result) for result in series] + [("fine_tuning", result) for result in fine_tuning]
    return Records(
        [Record(Unit("s", name, {"at": at}, "code"), result, 0, 0, {}) for at, (name, result) in enumerate(made)]
    )


SEEDS = [course(seed) for seed in range(5)]
SERIES = [
    traced("DPO", -1, 1180.0),
    traced("SFT", 7000, 800.0),
    traced("SFT", -1, 940.0),
    traced("base", -1, 650.0),
    traced("RLVR", 2400, 1090.0),
    traced("RLVR", 1200, 1130.0, samples=16),
    traced("merged", 5, 1.0),
]
TUNED = [tuned(4 * 10**12, 262.0, 131.5), tuned(-1, 1.0, 1.0), tuned(10**12, 280.0, 135.0)]
CASES = {"one seed": (SEEDS[:1],), "five seeds, traced": (SEEDS, SERIES, TUNED)}


def lines(axes: Axes) -> dict[str, Any]:
    return {line.get_label().replace("\n", " "): line for line in axes.lines if not line.get_label().startswith("_")}


def thick(axes: Axes) -> list[Any]:
    return [line for line in axes.lines if line.get_linewidth() == 2.2]


def points(axes: Axes) -> set[tuple[float, float]]:
    return {
        (round(float(x), 6), round(float(y), 6))
        for line in axes.lines
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }


def notes(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", figures.__all__)
def test_every_figure_draws_silently_and_says_what_its_axes_are(name: str, case: str) -> None:
    figure = getattr(figures, name)(records(*CASES[case]))
    figure.draw_without_rendering()
    assert figure.get_figwidth() == 9
    for axes in figure.axes:
        assert any(
            each.get_xlabel()
            for each in figure.axes
            if each.get_subplotspec().colspan == axes.get_subplotspec().colspan
        )
        assert axes.get_ylabel() or any(each.get_ylabel() for each in axes.get_shared_y_axes().get_siblings(axes))


def test_stages_are_equally_wide_and_end_where_they_were_counted_to() -> None:
    here, paper = figures.plot_course(records(SEEDS)).axes
    assert [label.get_text() for label in here.get_xticklabels()] == ["0", "100", "160", "310"]
    assert [label.get_text() for label in paper.get_xticklabels()] == ["0", "14,700", "16,500", "19,200"]
    assert [tick for axes in (here, paper) for tick in axes.get_xticks()] == [0, 1, 2, 3] * 2
    np.testing.assert_allclose(stretch([50, 100, 130, 160, 310], [100, 160, 310]), [0.5, 1, 1.5, 2, 3])


def test_a_course_begins_at_the_base_and_passes_the_ends_of_the_stages() -> None:
    mean, random = thick(figures.plot_course(records(SEEDS)).axes[0])
    at = dict(zip(np.round(mean.get_xdata(), 9), mean.get_ydata(), strict=True))
    change = {
        name: np.mean([100 * (one["stages"][name]["rankme"] / one["stages"]["base"]["rankme"] - 1) for one in SEEDS])
        for name in RANKME
    }
    assert at[0] == 0
    np.testing.assert_allclose([at[i + 1] for i in range(3)], [change[name] for name in COURSE])
    np.testing.assert_allclose(random.get_xdata()[[0, -1]], [2, 3])
    np.testing.assert_allclose(random.get_ydata()[[0, -1]], [change["dpo"], change["random_reward"]])


def uncontrolled(one: dict[str, Any]) -> dict[str, Any]:
    """A seed that was not put through the controls."""
    own = np.array(one["path"]["stage"]) != "random_reward"
    path = {name: np.array(values)[own] for name, values in one["path"].items()}
    stages = {name: one["stages"][name] for name in ("base", *COURSE)}
    return {name: value for name, value in one.items() if name != "reward_random"} | {"path": path, "stages": stages}


def test_without_the_control_no_branch_is_drawn() -> None:
    assert len(thick(figures.plot_course(records([uncontrolled(SEEDS[0])])).axes[0])) == 1


def test_seeds_without_controls_count_in_the_sequence_alone() -> None:
    mixed = [*SEEDS[:2], *map(uncontrolled, SEEDS[2:])]
    mean, random = thick(figures.plot_course(records(mixed)).axes[0])
    whole, _ = thick(figures.plot_course(records(SEEDS)).axes[0])
    np.testing.assert_array_equal(mean.get_ydata(), whole.get_ydata())
    two = [100 * (one["stages"]["random_reward"]["rankme"] / one["stages"]["base"]["rankme"] - 1) for one in SEEDS[:2]]
    assert random.get_ydata()[-1] == pytest.approx(np.mean(two))
    _, lot = thick(figures.plot_reward(records(mixed)).axes[0])
    np.testing.assert_allclose(lot.get_ydata(), np.mean([one["reward_random"] for one in SEEDS[:2]], axis=0))


def test_bands_of_pass_at_k_are_over_seeds_or_for_one_seed_over_problems() -> None:
    def at_one(some: Sequence[dict[str, Any]]) -> list[float]:
        band = figures.plot_pass_at_k(records(some)).axes[0].collections[0]
        heights = [y for x, y in band.get_paths()[0].vertices if x == 1]
        return [min(heights), max(heights)]

    first = [one["stages"]["base"]["correct"].mean() / SAMPLES for one in SEEDS]
    assert at_one(SEEDS) == pytest.approx(mean_interval(first))
    correct = SEEDS[0]["stages"]["base"]["correct"]
    over = pass_at_k_interval(SAMPLES, correct, np.arange(1, SAMPLES + 1), rng=np.random.default_rng(0))
    assert at_one(SEEDS[:1]) == pytest.approx([over.low[0], over.high[0]])


def test_published_points_are_drawn_relative_to_the_first_with_their_own_numbers_beside() -> None:
    figure = figures.plot_course(records(SEEDS))
    (line,) = lines(figure.axes[1]).values()
    np.testing.assert_allclose(line.get_xdata(), [0, 7000 / 14700, 7750 / 14700, 1, 2, 3])
    np.testing.assert_allclose((1 + line.get_ydata() / 100) * 670, [670, 730, 890, 930, 1190, 1100])
    assert {"670", "730", "890", "930", "1190", "1100"} <= set(notes(figure))


def test_each_training_is_compared_with_the_model_that_it_began_from() -> None:
    figure = figures.plot_stages(records(SEEDS))
    for axes, quantity in zip(figure.axes, ("rankme", "alpha"), strict=True):
        drawn = [line for line in axes.lines if line.get_marker() == "o"]
        intervals = [line for line in axes.lines if line.get_linewidth() == 1.6]
        for (name, before), dots, bar in zip(BEFORE.items(), drawn, intervals, strict=True):
            stages = [one["stages"] for one in SEEDS]
            change = [100 * (one[name][quantity] / one[before][quantity] - 1) for one in stages]
            np.testing.assert_allclose(dots.get_xdata(), change)
            np.testing.assert_allclose(bar.get_xdata(), mean_interval(change))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[2] == "RLVR\n(from DPO)"
    assert labels[5] == "RLVR, reward by lot\n(from DPO)"


def test_one_seed_has_no_interval() -> None:
    axes = figures.plot_stages(records(SEEDS[:1])).axes[0]
    assert not [line for line in axes.lines if line.get_linewidth() == 1.6]
    assert len([line for line in axes.lines if line.get_marker() == "|"]) == len(BEFORE)


def solving(**correct: np.ndarray) -> dict[str, Any]:
    stages = SEEDS[0]["stages"]
    return SEEDS[0] | {"stages": stages | {name: stages[name] | {"correct": each} for name, each in correct.items()}}


def test_pass_at_k_and_its_crossing_are_those_of_the_counts() -> None:
    # One right answer of n in each problem: k / n. All right in half of the problems: a half. They meet at n / 2.
    known = solving(dpo=np.ones(10, dtype=int), rlvr=np.repeat([0, SAMPLES], 5))
    figure = figures.plot_pass_at_k(records([known, known]))
    here, gain, paper = figure.axes
    k = np.arange(1, SAMPLES + 1)
    np.testing.assert_allclose(lines(here)["DPO"].get_ydata(), k / SAMPLES)
    np.testing.assert_allclose(lines(here)["RLVR"].get_ydata(), 0.5)
    (mean,) = thick(gain)
    np.testing.assert_allclose(mean.get_ydata(), 100 * (0.5 - k / SAMPLES))
    (note,) = notes(figure)
    assert f"k = {SAMPLES // 2}.0" in note
    assert lines(paper)["DPO"].get_xdata().tolist() == [16, 64, 128, 256]


def test_where_curves_do_not_cross_nothing_is_marked() -> None:
    same = np.full(10, 7)
    figure = figures.plot_pass_at_k(records([solving(dpo=same, rlvr=same)]))
    assert notes(figure) == []
    better = figures.plot_pass_at_k(records([solving(dpo=same, rlvr=same + 1)]))
    assert notes(better) == []


def test_losses_and_accuracies_of_both_kinds_are_drawn_and_controls_stand_apart() -> None:
    losses, accuracies = figures.plot_in_and_out(records(SEEDS)).axes
    for axes, quantity in ((losses, "loss"), (accuracies, "accuracy")):
        for line, name in zip(thick(axes), (quantity, f"ood_{quantity}"), strict=True):
            expected = [np.mean([one["stages"][each][name] for one in SEEDS]) for each in ("base", *COURSE)]
            np.testing.assert_allclose(line.get_ydata(), expected)
    means = [line for line in losses.lines if len(np.atleast_1d(line.get_xdata())) == 1 and line.get_markersize() == 7]
    places = sorted({round(float(line.get_xdata()[0])) for line in means})
    assert places == [5, 6, 7]
    assert [label.get_text().split("\n")[0] for label in accuracies.get_xticklabels()][:4] == [
        "base",
        "SFT",
        "DPO",
        "RLVR",
    ]
    assert max(x for x, _ in points(losses)) < 7


def test_models_that_were_not_sampled_are_said_to_be() -> None:
    figure = figures.plot_diversity(records(SEEDS))
    assert notes(figure).count("not sampled") == 2
    (line,) = thick(figure.axes[0])
    expected = [np.mean([one["stages"][each]["distinct"].mean() for one in SEEDS]) for each in ("base", *COURSE)]
    np.testing.assert_allclose(line.get_ydata(), expected)


def test_rewards_are_drawn_from_the_first_step() -> None:
    mean, lot = thick(figures.plot_reward(records(SEEDS)).axes[0])
    np.testing.assert_array_equal(mean.get_xdata(), np.arange(1, 151))
    np.testing.assert_allclose(mean.get_ydata(), np.mean([one["reward"] for one in SEEDS], axis=0))
    np.testing.assert_allclose(lot.get_ydata(), np.mean([one["reward_random"] for one in SEEDS], axis=0))


def test_traced_checkpoints_stand_in_their_stages() -> None:
    left, right = figures.plot_series(records([], SERIES)).axes
    drawn = lines(left)["measured here"]
    np.testing.assert_allclose(drawn.get_xdata(), [0, 1, 1, 2, 2.5, 3])
    np.testing.assert_allclose(drawn.get_ydata(), [650, 800, 940, 1180, 1130, 1090])
    solved = lines(right)["measured here"]
    np.testing.assert_allclose(solved.get_xdata(), [0, 1, 1, 2, 3])  # 16 samples say nothing about pass@256
    np.testing.assert_allclose(solved.get_ydata(), 0.9)
    assert right.get_xlim()[0] < 0


def test_without_traced_checkpoints_only_published_points_are_drawn() -> None:
    left, right = figures.plot_series(records(SEEDS)).axes
    assert "measured here" not in lines(left)
    assert points(left) == {
        (round(float(at), 6), height)
        for at, height in [
            *zip(
                stretch([p.step for p in published.TULU_RANKME], [14700, 16500, 19200]),
                [p.height for p in published.TULU_RANKME],
                strict=True,
            ),
            *((2 + step / 2450, height) for step, height in published.TULU_RLVR_RANKME.items()),
        ]
    }
    assert points(right) == {(round(2 + at / 2450, 6), y) for at, y in published.AMC23_PASS_AT_256.items()}
    assert 1.9 < right.get_xlim()[0] < 2


def test_fine_tuned_models_are_placed_by_their_tokens_and_left_out_where_these_are_unknown() -> None:
    inside, outside = figures.plot_fine_tuning(records([], [], TUNED)).axes
    assert lines(inside)["measured here"].get_xdata().tolist() == [1, 4]
    assert lines(inside)["measured here"].get_ydata().tolist() == [280, 262]
    assert lines(outside)["measured here"].get_ydata().tolist() == [135, 131.5]
    only = figures.plot_fine_tuning(records(SEEDS)).axes
    assert all("measured here" not in lines(axes) for axes in only)


def test_what_is_published_is_consistent() -> None:
    steps = [point.step for point in published.TULU_RANKME]
    assert steps == sorted(set(steps))
    stages = [point.stage for point in published.TULU_RANKME]
    assert [COURSE.index(name) for name in stages] == sorted(COURSE.index(name) for name in stages)
    ends = {point.stage: point.height for point in published.TULU_RANKME}
    readings = list(published.TULU_RLVR_RANKME.values())
    np.testing.assert_allclose([readings[0], readings[-1]], [ends["dpo"], ends["rlvr"]], rtol=0.01)  # two readings
    for curve in published.AMC23.values():
        assert list(curve) == [16, 64, 128, 256]
        assert all(low < high for low, high in pairwise(curve.values()))
    last = [curve[256] for curve in published.AMC23.values()]
    np.testing.assert_allclose(last, [published.AMC23_PASS_AT_256[step] for step in (0, 1200, 2400)], atol=1e-3)
    assert set(published.HH_LOSS) <= set(published.ALPACA_LOSS)
