"""What the figures of post-training show, on records whose changes and pass@k are known."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from made_up import RANKME, SERIES, STUDY, TUNED, course, courses, probabilities, recorded, traced, tuned
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training import _published
from learning_geometry.studies.llm_phases.post_training.figures._models import STAGES, stretch

FIGURES = {
    "task": ("plot_base",),
    "representation": ("plot_course", "plot_trainings"),
    "distribution": ("plot_in_and_out",),
    "pass_at_k": ("plot_pass_at_k",),
    "diversity": ("plot_diversity",),
    "released": ("plot_series",),
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
    rank, paper, slope, _ = drawn("plot_course", recorded(courses(2))).axes
    assert [label.get_text() for label in rank.get_xticklabels()] == ["0", "64", "128", "228"]
    assert [label.get_text() for label in paper.get_xticklabels()] == ["0", "14,700", "16,500", "19,200"]
    (mean,) = thick(rank)
    expected = 100 * (np.cumprod([1 + RANKME[stage] / 100 for stage in STAGES]) - 1)
    ends = [mean.get_ydata()[mean.get_xdata() == place][0] for place in (1, 2, 3)]
    np.testing.assert_allclose(ends, expected)
    assert mean.get_ydata()[0] == 0
    assert thick(slope)[0].get_ydata()[0] == 0
    np.testing.assert_allclose(stretch([50, 100, 130, 160, 310], [100, 160, 310]), [0.5, 1, 1.5, 2, 3])


def test_published_points_are_drawn_relative_to_the_first() -> None:
    (line,) = lines(drawn("plot_course", recorded(courses(2))).axes[1]).values()
    np.testing.assert_allclose(line.get_xdata(), [0, 7000 / 14700, 7750 / 14700, 1, 2, 3])
    np.testing.assert_allclose((1 + line.get_ydata() / 100) * 670, [670, 730, 890, 930, 1190, 1100])


def test_each_training_is_compared_with_the_model_that_it_began_from() -> None:
    made = courses(1)
    made[1]["models"].rankme.values[:] = 1.0
    at = {"model": "dpo", "probe": "mixture"}
    made[1]["models"].rankme.loc[at] = 2.0
    figure = drawn("plot_trainings", recorded(made))
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    dots = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    changes = {name: round(float(x)) for name, x in zip(names, dots, strict=True) if x}
    # What DPO doubled, those that start from it halve.
    assert changes == {
        "DPO (from SFT)": 100,
        "RLVR (from DPO)": -50,
        "shuffled rewards (from DPO)": -50,
        "modal answers (from DPO)": -50,
    }


def test_seeds_without_controls_have_no_rows_of_them() -> None:
    few = drawn("plot_in_and_out", CASES["no controls"]).axes[0].get_yticklabels()
    assert len(few) == 6
    assert len(drawn("plot_in_and_out", CASES["one seed"]).axes[0].get_yticklabels()) == 12


def test_pass_at_k_is_that_of_the_probabilities() -> None:
    made = courses(2)
    for one in made.values():
        for name, p in (("dpo", 0.5), ("rlvr", 0.25), ("shuffled_rewards", 0.5)):
            one["models"].probability.loc[{"model": name}] = probabilities(p)
    _, here, gain, paper = drawn("plot_pass_at_k", recorded(made)).axes
    k = 2.0 ** np.arange(11)
    np.testing.assert_allclose(lines(here)["DPO"].get_ydata(), 1 - 0.5**k)
    np.testing.assert_allclose(lines(gain)["RLVR"].get_ydata(), 100 * (0.5**k - 0.75**k), atol=1e-9)
    np.testing.assert_allclose(lines(gain)["rewards shuffled"].get_ydata(), 0, atol=1e-9)
    assert lines(paper)["DPO"].get_xdata().tolist() == [16, 64, 128, 256]


def test_the_base_is_drawn_by_the_length_of_numbers() -> None:
    made = courses(2)
    for one in made.values():
        one["models"].probability.loc[{"model": "base"}] = np.repeat([0.8, 0.4, 0.1, 0.1], 5)
    (axes,) = drawn("plot_base", recorded(made)).axes
    np.testing.assert_allclose(lines(axes)["pass@1"].get_xdata(), [3, 6, 9])
    np.testing.assert_allclose(lines(axes)["pass@1"].get_ydata(), [0.8, 0.4, 0.1])


def test_traced_checkpoints_stand_in_their_stages() -> None:
    series = [*SERIES[:4], traced("base", "main", 650, 1), SERIES[4]]
    left, right, *_ = drawn("plot_series", recorded(courses(1), series)).axes
    points = lines(left)["measured here"]
    np.testing.assert_allclose(points.get_xdata(), [0, 1, 1, 2, 2.5, 3])
    np.testing.assert_allclose(points.get_ydata(), [650, 800, 940, 1180, 1300, 1090])
    assert right.get_xlim()[0] < 0
    left, right, *_ = drawn("plot_series", recorded(courses(1), [])).axes
    assert "measured here" not in lines(left)
    assert 1.9 < right.get_xlim()[0] < 2


def test_fine_tuned_models_are_placed_by_their_tokens_and_left_out_where_these_are_unknown() -> None:
    unknown = tuned(3, 0, 1.0, 1.0)
    unknown[1]["tokens"] = -1
    *_, inside, outside = drawn("plot_series", recorded(courses(1), [], [TUNED[4], unknown, TUNED[0]])).axes
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
