"""What the figures of post-training show, on records whose changes, pass@k and crossings are known."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from made_up import LENGTHS, NUMBERS, SAMPLES, SERIES, STUDY, TUNED, course, courses, recorded, solved, traced, tuned
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training import _published
from learning_geometry.studies.llm_phases.post_training.experiments.stages import MODELS
from learning_geometry.studies.llm_phases.post_training.figures._models import STAGES, stretch

FIGURES = {
    "representation": ("plot_course", "plot_stages"),
    "distribution": ("plot_in_and_out",),
    "pass_at_k": ("plot_reward", "plot_pass_at_k"),
    "diversity": ("plot_diversity",),
    "released": ("plot_series", "plot_fine_tuning"),
}
BARE = {seed: course(seed, controls=False) for seed in (1, 2)}
CASES = {
    "one seed": recorded(courses(1), [], []),
    "no controls": recorded(BARE, [], []),
    "some controls, traced": recorded(courses(2) | {3: course(3, controls=False)}),
}


def drawn(name: str, records: Records) -> Figure:
    section = next(section for section, names in FIGURES.items() if name in names)
    return getattr(getattr(STUDY.figures, section), name)(records)


def lines(axes: Axes) -> dict[str, Any]:
    return {line.get_label().replace("\n", " "): line for line in axes.lines if not line.get_label().startswith("_")}


def thick(axes: Axes) -> list[Any]:
    return [line for line in axes.lines if line.get_linewidth() == 2.2]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", [name for names in FIGURES.values() for name in names])
def test_every_figure_draws_silently_and_says_what_its_axes_are(name: str, case: str) -> None:
    figure = drawn(name, CASES[case])
    figure.draw_without_rendering()
    assert figure.get_figwidth() == 9
    columns = {axes: axes.get_subplotspec().colspan for axes in figure.axes}
    for axes in figure.axes:
        assert any(other.get_xlabel() for other in figure.axes if columns[other] == columns[axes])
        assert axes.get_ylabel() or any(other.get_ylabel() for other in axes.get_shared_y_axes().get_siblings(axes))


def test_a_course_begins_at_the_base_and_passes_the_ends_of_the_stages() -> None:
    here, paper = drawn("plot_course", recorded(courses())).axes
    assert [label.get_text() for label in here.get_xticklabels()] == ["0", "100", "160", "310"]
    assert [label.get_text() for label in paper.get_xticklabels()] == ["0", "14,700", "16,500", "19,200"]
    mean, random = thick(here)
    at = dict(zip(np.round(mean.get_xdata(), 9), mean.get_ydata(), strict=True))
    models = [one["models"].rankme.to_series() for one in courses().values()]
    change = {name: np.mean([100 * (one[name] / one["base"] - 1) for one in models]) for name in LENGTHS}
    assert at[0] == 0
    np.testing.assert_allclose([at[place + 1] for place in range(3)], [change[name] for name in STAGES])
    np.testing.assert_allclose(random.get_xdata()[[0, -1]], [2, 3])
    np.testing.assert_allclose(random.get_ydata()[[0, -1]], [change["dpo"], change["random_reward"]])
    np.testing.assert_allclose(stretch([50, 100, 130, 160, 310], [100, 160, 310]), [0.5, 1, 1.5, 2, 3])


def test_seeds_without_controls_count_in_the_sequence_alone() -> None:
    mixed = courses(2) | {seed: course(seed, controls=False) for seed in (3, 4)}
    mean, random = thick(drawn("plot_course", recorded(mixed)).axes[0])
    whole, _ = thick(drawn("plot_course", recorded(courses(4))).axes[0])
    _, two = thick(drawn("plot_course", recorded(courses(2))).axes[0])
    np.testing.assert_array_equal(mean.get_ydata(), whole.get_ydata())
    np.testing.assert_array_equal(random.get_ydata(), two.get_ydata())
    assert len(thick(drawn("plot_course", CASES["no controls"]).axes[0])) == 1


def test_published_points_are_drawn_relative_to_the_first() -> None:
    (line,) = lines(drawn("plot_course", recorded(courses(2))).axes[1]).values()
    np.testing.assert_allclose(line.get_xdata(), [0, 7000 / 14700, 7750 / 14700, 1, 2, 3])
    np.testing.assert_allclose((1 + line.get_ydata() / 100) * 670, [670, 730, 890, 930, 1190, 1100])


def test_each_training_is_compared_with_the_model_that_it_began_from() -> None:
    figure = drawn("plot_stages", recorded(courses(1)))
    began = {
        "sft": "base",
        "dpo": "sft",
        "rlvr": "dpo",
        "continued": "base",
        "shuffled": "base",
        "random_reward": "dpo",
    }
    factor = dict(zip(MODELS, 1 + 0.002 * (-1.0) ** np.arange(7), strict=True))
    for axes, quantity in zip(figure.axes, ("rankme", "alpha"), strict=True):
        value = {name: number * factor[name] for name, number in zip(MODELS, NUMBERS[quantity], strict=True)}
        dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
        np.testing.assert_allclose(dots, [100 * (value[after] / value[before] - 1) for after, before in began.items()])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert (labels[2], labels[5]) == ("RLVR\n(from DPO)", "RLVR, random reward\n(from DPO)")


def test_pass_at_k_and_its_crossing_are_those_of_the_counts() -> None:
    made = courses(2)
    for one in made.values():
        for name, counts in (("dpo", solved(1, 1)), ("rlvr", solved(SAMPLES, 0, 0, 0, 0, 0, 0, 0, 0, 0))):
            one["samples"].correct.loc[{"model": name}] = counts
    here, gain, paper = drawn("plot_pass_at_k", recorded(made)).axes
    k = np.arange(1, SAMPLES + 1)
    np.testing.assert_allclose(lines(here)["DPO"].get_ydata(), k / SAMPLES)
    np.testing.assert_allclose(lines(here)["RLVR"].get_ydata(), 0.1)
    np.testing.assert_allclose(thick(gain)[0].get_ydata(), 100 * (0.1 - k / SAMPLES))
    assert [text.get_text() for text in gain.texts] == ["no gain from\nk = 25.6 on"]
    assert lines(paper)["DPO"].get_xdata().tolist() == [16, 64, 128, 256]


def test_where_curves_do_not_cross_nothing_is_marked() -> None:
    made = courses(2)
    for one in made.values():
        one["samples"].correct.loc[{"model": "rlvr"}] = one["samples"].correct.sel(model="dpo")
    assert not drawn("plot_pass_at_k", recorded(made)).axes[1].texts


def test_traced_checkpoints_stand_in_their_stages() -> None:
    series = [*SERIES[:4], traced("base", "main", 650, 1), SERIES[4]]
    left, right = drawn("plot_series", recorded(courses(1), series)).axes
    points = lines(left)["measured here"]
    np.testing.assert_allclose(points.get_xdata(), [0, 1, 1, 2, 2.5, 3])
    np.testing.assert_allclose(points.get_ydata(), [650, 800, 940, 1180, 1300, 1090])
    assert right.get_xlim()[0] < 0
    left, right = drawn("plot_series", recorded(courses(1), [])).axes
    assert "measured here" not in lines(left)
    assert 1.9 < right.get_xlim()[0] < 2


def test_fine_tuned_models_are_placed_by_their_tokens_and_left_out_where_these_are_unknown() -> None:
    unknown = tuned(3, 0, 1.0, 1.0)
    unknown[1]["tokens"] = -1
    inside, outside = drawn("plot_fine_tuning", recorded(courses(1), [], [TUNED[4], unknown, TUNED[0]])).axes
    assert lines(inside)["measured here"].get_xdata().tolist() == [1, 4]
    np.testing.assert_allclose(lines(inside)["measured here"].get_ydata(), [280, 262])
    np.testing.assert_allclose(lines(outside)["measured here"].get_ydata(), [131, 130])


def test_what_is_published_is_consistent() -> None:
    steps = [point.step for point in _published.TULU_RANKME]
    assert steps == sorted(set(steps))
    ends = {point.stage: point.height for point in _published.TULU_RANKME}
    readings = list(_published.TULU_RLVR_RANKME.values())
    np.testing.assert_allclose([readings[0], readings[-1]], [ends["dpo"], ends["rlvr"]], rtol=0.01)  # two readings
    for curve in _published.AMC23.values():
        assert list(curve) == [16, 64, 128, 256]
        assert all(low < high for low, high in pairwise(curve.values()))
    last = [curve[256] for curve in _published.AMC23.values()]
    np.testing.assert_allclose(last, [_published.AMC23_PASS_AT_256[step] for step in (0, 1200, 2400)], atol=1e-3)
    assert set(_published.HH_LOSS) <= set(_published.ALPACA_LOSS)
