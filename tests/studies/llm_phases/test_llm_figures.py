"""What the figures of the language model study show, on results whose phases and falls are known."""

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from made_up_phases import (
    END,
    FLOOR,
    PEAK,
    STEPS,
    STUDY,
    checkpoint,
    records,
    theory,
    theory_map,
    through,
    training,
    world,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._published import CURVES, TABLE_7, TABLE_8, TOKENS_PER_PYTHIA_STEP
from learning_geometry.studies.llm_phases.experiments.controls import CONDITIONS
from learning_geometry.studies.llm_phases.figures._phases import TINTS

PLOTS = [
    (section, name)
    for section in STUDY.visible("figures")
    for name in vars(STUDY.module(f"figures.{section}"))
    if name.startswith("plot_")
]
RISING = through((0, 12), (FLOOR, 3), (END, 9))
SERIES = ((0, 300.0), (100, 30.0), (1000, 400.0), (2000, 200.0))


def plot(name: str, made: Records) -> Figure:
    (section,) = (section for section, there in PLOTS if there == name)
    return getattr(STUDY.module(f"figures.{section}"), name)(made)


def pretrainings(*curves: np.ndarray) -> Records:
    """Reference trainings with these curves of RankMe."""
    runs = []
    for curve in curves:
        runs.append(training())
        runs[-1]["rankme"] = ("step", curve)
        runs[-1]["rankme_resampled"] = (("step", "resample"), np.outer(curve, [0.95, 1, 1.05]))
    return records({"pretraining": runs})


def with_series(**units: str) -> Records:
    made = world(2, 0)
    for model, unit in units.items():
        made["trace"] += [checkpoint(f"x/{model}", **{unit: at}, rankme=rankme) for at, rankme in SERIES]
    return records(made)


def spans(axes: Axes) -> list[tuple[str, float, float]]:
    return [
        (name, patch.get_x(), patch.get_x() + patch.get_width())
        for patch in axes.patches
        if isinstance(patch, Rectangle) and (name := patch.get_label().removeprefix("_")) in TINTS
    ]


def lines(axes: Axes) -> dict[str, Any]:
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def texts(figure: Figure) -> Iterator[str]:
    return (text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize("made", [world(1, 0), world(2, 2)], ids=["one seed", "two seeds, traced"])
@pytest.mark.parametrize(("section", "name"), PLOTS)
def test_every_figure_draws_silently_within_the_page(section: str, name: str, made: Any) -> None:
    with mpl.rc_context(drawing.SETTINGS):
        figure = plot(name, records(made))
        figure.draw_without_rendering()
    assert figure.get_figwidth() == drawing.PAGE_WIDTH
    assert any(axes.get_xlabel() for axes in figure.axes)
    assert any(axes.get_ylabel() for axes in figure.axes) or name == "plot_directions"


def test_phases_are_shaded_between_the_median_turning_points_of_the_seeds_that_have_them() -> None:
    early, late = (through((0, 12), (floor, 3), (PEAK, 9), (END, 7)) for floor in (FLOOR - 2, FLOOR + 2))
    two_phases = through((0, 12), (FLOOR, 3), (END, 9))
    made = pretrainings(early, late, two_phases, np.linspace(5, 9, len(STEPS)))
    floor = np.sqrt(STEPS[FLOOR - 2] * STEPS[FLOOR + 2])
    expected = [("collapse", 0, floor), ("expansion", floor, STEPS[PEAK]), ("compression", STEPS[PEAK], STEPS[END])]
    for axes in [*plot("plot_phases", made).axes, *plot("plot_memorisation", made).axes[:2]]:
        assert [name for name, *_ in spans(axes)] == [name for name, *_ in expected]
        np.testing.assert_allclose([ends for _, *ends in spans(axes)], [ends for _, *ends in expected])
    assert not any(spans(axes) for axes in plot("plot_phases", pretrainings(two_phases)).axes)


def test_a_seed_lies_in_its_own_band_and_every_part_is_drawn() -> None:
    upper, lower, *_ = plot("plot_phases", records(world(2, 0))).axes
    mean = np.mean([training(jitter).rankme for jitter in (-0.001, 0)], axis=0)
    for line, band in zip(lines(upper).values(), upper.collections, strict=True):
        peak = line.get_ydata()[PEAK]
        outline = band.get_paths()[0].vertices
        there = outline[np.isclose(outline[:, 0], STEPS[PEAK]), 1]
        low, high = np.quantile(peak * np.array([0.9, 1, 1, 1.1]), [0.025, 0.975])
        np.testing.assert_allclose([there.min(), there.max()], [low, high])
    drawn = lines(lower)
    assert list(drawn) == [
        "last layer", "without the gain\nof its norm", "without the leading\ndirection", "block 2", "block 1", "embeddings"
    ]  # fmt: skip
    np.testing.assert_allclose(drawn["last layer"].get_ydata(), mean)
    np.testing.assert_allclose(drawn["block 1"].get_ydata(), mean + 1)
    np.testing.assert_allclose(drawn["without the leading\ndirection"].get_ydata()[END], 12)


def test_courses_over_tokens_are_divided_by_their_peak_and_placed_where_tokens_are_known() -> None:
    drawn = lines(plot("plot_series", with_series(pythia="step", olmo="tokens", other="step")).axes[0])
    for name, curve in CURVES.items():
        np.testing.assert_array_equal(drawn[name].get_xdata(), curve.tokens)
        np.testing.assert_allclose(drawn[name].get_ydata(), np.array(curve.rankme) / max(curve.rankme))
    own = drawn["our small model, each seed"]
    np.testing.assert_array_equal(own.get_xdata(), 256 * STEPS[1:])
    assert own.get_ydata()[PEAK - 1] == 1 < own.get_ydata().max()  # by its peak, not by its start
    np.testing.assert_array_equal(drawn["pythia"].get_xdata(), np.array([100, 1000, 2000]) * TOKENS_PER_PYTHIA_STEP)
    np.testing.assert_allclose(drawn["olmo"].get_ydata(), [0.075, 1, 0.5])
    assert "other" not in drawn


def test_a_series_of_one_s_own_is_drawn_over_its_steps_and_what_repeats_is_marked() -> None:
    figure = plot("plot_series", with_series(mine="step", pythia="step"))
    drawn = lines(figure.axes[2])
    np.testing.assert_array_equal(drawn["mine"].get_xdata(), [100, 1000, 2000])
    np.testing.assert_allclose(drawn["mine"].get_ydata(), [0.075, 1, 0.5])
    assert "pythia" not in drawn
    assert "weights of another step" not in drawn
    made = world(2, 0)
    made["trace"] = [checkpoint("x/mine", step=at, rankme=rankme, weights="same") for at, rankme in SERIES]
    marked = lines(plot("plot_series", records(made)).axes[2])["weights of another step"]
    np.testing.assert_array_equal(marked.get_xdata(), [100, 1000, 2000])
    assert len(plot("plot_series", with_series(pythia="step")).axes) == 2


def test_the_map_prints_means_and_frames_the_cells_that_surely_fall() -> None:
    axes = plot("plot_mechanism", records(world(2, 0) | {"theory_map": [theory_map()]})).axes[0]
    printed = [text.get_text() for text in axes.texts]
    assert printed == ["20.0", "20.0", "0", "0", "20.0", "20.0", "0.1", "0", "20.0", "20.0", "0", "0"]
    framed = {(round(box.get_x() + 0.44), round(box.get_y() + 0.42)) for box in axes.patches}
    assert (2, 1) in framed
    assert (3, 1) not in framed
    assert [label.get_text() for label in axes.get_xticklabels()] == ["2\n16", "4\n8", "8\n4", "32\n1"]


def test_falls_are_written_beside_their_courses() -> None:
    made = world(2, 0)
    notes = list(texts(plot("plot_causes", records(made))))
    assert notes == ["falls by 22.2 %\n(22.2 to 22.2)", *["falls by 0.5 %\n(0.5 to 0.5)"] * 3]
    first = 2 * CONDITIONS.index("uniform")
    for one in made["controls"][first : first + 2]:
        one.rankme[:] = RISING
    assert [note.partition(")\n")[2] for note in texts(plot("plot_causes", records(made)))] == [
        "", "", "2 of 2 still rise", ""
    ]  # fmt: skip


def test_without_a_bottleneck_rankme_is_a_share_of_more_dimensions() -> None:
    figure = plot("plot_conditions", records({"theory": [theory()]}))
    thick = [max(axes.lines, key=lambda line: line.get_linewidth()).get_ydata() for axes in figure.axes]
    np.testing.assert_allclose(thick[5], 32 / 3 * thick[2])
    assert next(texts(figure)).startswith("falls by 16.8 %")


def test_table_8_is_drawn_as_printed_and_traced_series_follow_it() -> None:
    axes = plot("plot_directions", with_series(pythia="step")).axes[1]
    points = {(line.get_ydata()[0], line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1}
    for row, values in enumerate(TABLE_8.values()):
        assert {(row, value) for value in values} <= points
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [*TABLE_8, "pythia, here: 10, 50"]
    assert {(len(TABLE_8), value) for value in (0.86, 0.85, 0.8, 0.2, 0.3)} <= points


def test_bands_and_windows_are_drawn_with_the_changes_of_the_claims() -> None:
    left, right, _ = plot("plot_heads", records(world(2, 0))).axes
    assert [label.get_text() for label in left.get_xticklabels()] == ["1-8", "9-16", "17-24", "25-32"]
    assert len(right.patches) == 7
    # The spectrum steepens after the peak: every band falls, and alpha-ReQ rises in every window, by the same.
    assert all(bar.get_height() < 0 for bar in left.patches)
    np.testing.assert_allclose([bar.get_height() for bar in right.patches], 2.4985, atol=1e-3)


def test_table_7_stands_beside_our_suffixes() -> None:
    bars = plot("plot_memorisation", records(world(2, 0))).axes[2].patches
    np.testing.assert_allclose([bar.get_height() for bar in bars[:7]], list(TABLE_7.values()))
    np.testing.assert_allclose([bar.get_height() for bar in bars[7:]], [20, 40, 20, 10, 5, 3, 2])


def test_the_toy_says_how_many_starts_fall() -> None:
    notes = list(texts(plot("plot_toy", records(world(2, 0)))))
    assert [note.partition(" %")[0] for note in notes] == ["100", "0", "0", "0", "0"]
