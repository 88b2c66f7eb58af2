"""What the figures of the language model study show, on records whose phases and falls are known."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from learning_geometry.instruments.phases import phases
from learning_geometry.store import Record, Records, Unit
from learning_geometry.studies.llm_phases import figures
from learning_geometry.studies.llm_phases.published import CURVES, TABLE_1, TOKENS_PER_PYTHIA_STEP
from learning_geometry.studies.llm_phases.theory_figures import TINTS

STEPS = np.array([0, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120])
FLOORS, PEAK = (40, 160), 1280  # where the seeds turn: RankMe is lowest, and highest after that
COUNTS = [1, 2, 4]
PICTURE_STEPS = np.array([0, 1, 2, 4, 8, 16, 32, 64, 128])


def course(floor: int, steps: np.ndarray = STEPS, peak: int = PEAK) -> np.ndarray:
    """RankMe that starts at 24, is 6 at its floor and 20 at its peak, and ends at 16."""
    return np.interp(steps, [0, floor, peak, steps[-1]], [24.0, 6.0, 20.0, 16.0])


RISING = np.linspace(5.0, 20.0, len(STEPS))
WARMING = np.interp(STEPS, [0, 20, STEPS[-1]], [24.0, 6.0, 20.0])  # two phases only


def run(rankme: np.ndarray) -> dict[str, Any]:
    jitter = np.linspace(0.99, 1.01, 7)
    whole = np.linspace(0.1, 0.4, len(STEPS))
    return {
        "steps": STEPS,
        "tokens": STEPS * 256,
        "rankme": rankme,
        "rankme_resampled": rankme[:, None] * jitter,
        "rankme_layers": np.stack([rankme + 5, rankme + 1, rankme], axis=1),
        "rankme_without": rankme[:, None] - np.array([0.1, 0.2, 0.3]),
        "rankme_without_gain": rankme * 0.9,
        "rankme_halves": np.stack([rankme, np.sqrt(rankme)], axis=1),
        "alpha": 20 / rankme,
        "loss": np.linspace(7, 3, len(STEPS)),
        "memorisation": {"spearman": whole, "spearman_seen": whole, "top": whole / 2, "bigram": whole / 3},
        "directions": directions(),
    }


def directions() -> dict[str, Any]:
    return {
        "counts": np.array(COUNTS),
        "original": 0.3,
        "removed": np.array([0.28, 0.25, 0.2]),
        "random": np.array([0.29, 0.27, 0.22]),
        "retained": np.array([0.02, 0.04, 0.06]),
    }


def theory(seeds: int) -> dict[str, Any]:
    steps = PICTURE_STEPS
    curve = course(8, steps, 32) / 12.0
    rng = np.random.default_rng(0)
    condition = {"steps": steps, "rankme": np.tile(curve, (seeds, 1))}
    picture = {
        "steps": steps,
        "frequencies": np.arange(1.0, 17) ** -1 / np.sum(np.arange(1.0, 17) ** -1),
        "features": rng.standard_normal((len(steps), 16, 2)),
        "classifier": rng.standard_normal((len(steps), 16, 2)),
        "eigenvalues": np.geomspace(1e-3, 10, len(steps))[:, None] * [1.0, 0.5],
        "rankme": curve,
    }
    return {**dict.fromkeys(("reference", "mse", "uniform", "no_bottleneck"), condition), "picture": picture}


FALLS = np.array([[[5.0, 5.1], [0.0, 10.0], [0.0, 0.0]], [[0.002, 0.002], [3.0, 3.01], [1.0, -1.0]]])
FRAMED = {(0, 0), (0, 1), (1, 1)}  # (column, row) of the cells whose two seeds agree, and are not 0


def traced(model: str, unit: str, at: int, rankme: float) -> dict[str, Any]:
    choices = {"counts": np.array([10, 50]), "original": 0.8, "random": np.array([0.8, 0.8])}
    choices |= {"removed": np.array([0.81, 0.79]), "retained": np.array([0.21, 0.31])}
    place = {"step": -1, "tokens": -1} | {unit: at}
    return {"model": model, "texts": {}, "rankme": rankme, "alpha": 1.0, "choices": choices, **place}


def records(courses: list[np.ndarray], series: Mapping[str, str] | None = None) -> Records:
    seeds = len(courses)
    found = [("pretraining", {"seed": i, "removed_directions": COUNTS}, run(curve)) for i, curve in enumerate(courses)]
    for seed, curve in enumerate(courses):
        names = ("uniform", "squared_error", "no_bottleneck")
        found.append(("controls", {"seed": seed}, {name: run(curve) for name in names}))
    found.append(("theory", {"classes": 32, "dimension": 3}, theory(seeds)))
    grid = {"dimensions": np.array([2, 4, 8]), "exponents": np.array([0.0, 1.0]), "classes": 32}
    found.append(("theory_map", {}, grid | {"fall": FALLS[..., :seeds]}))
    for model, unit in (series or {}).items():
        for at, rankme in ((0, 300.0), (100, 30.0), (1000, 400.0), (2000, 200.0)):
            found.append(("trace", {"model": model, "at": at}, traced(model, unit, at, rankme)))
    return Records([Record(Unit("llm_phases", name, given, "code"), result, 0, 0, {}) for name, given, result in found])


TWO = [course(floor) for floor in FLOORS]
PYTHIA, OLMO, UNKNOWN = "someone/pythia-tiny", "./olmo-tiny", "someone/other-tiny"
TRACED = {PYTHIA: "step", OLMO: "tokens", UNKNOWN: "step"}
CASES = {"one seed, no phases": ([RISING], None), "two seeds, traced": (TWO, TRACED)}


def spans(axes: Axes) -> list[tuple[str, float, float]]:
    found = []
    for patch in axes.patches:
        name = patch.get_label().removeprefix("_")
        if isinstance(patch, Rectangle) and name in TINTS:
            assert patch.get_facecolor()[:3] == to_rgba(TINTS[name])[:3]
            found.append((name, patch.get_x(), patch.get_x() + patch.get_width()))
    return found


def lines(axes: Axes) -> dict[str, Any]:
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def texts(figure: Figure) -> Iterator[str]:
    return (text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", figures.__all__)
def test_every_figure_draws_silently_and_says_what_its_axes_are(name: str, case: str) -> None:
    figure = getattr(figures, name)(records(*CASES[case]))
    figure.draw_without_rendering()
    assert figure.get_figwidth() == 9
    for axes in figure.axes:
        across, up = axes.get_shared_x_axes().get_siblings(axes), axes.get_shared_y_axes().get_siblings(axes)
        along = any(each.get_xlabel() for each in across)
        models = any(label.get_text() in TABLE_1 for label in axes.get_yticklabels())  # they need no label
        upright = any(each.get_ylabel() for each in up) or models
        assert (along or upright) if axes.get_label() == "<colorbar>" else (along and upright)


def test_phases_are_shaded_between_the_median_turning_points_of_the_seeds_that_have_them() -> None:
    expected = [("collapse", 0, 80), ("expansion", 80, PEAK), ("compression", PEAK, STEPS[-1])]
    figure = figures.plot_phases(records([*TWO, RISING, WARMING]))  # 80 is the median of 40 and 160 in decades
    for axes in figure.axes:
        found = spans(axes)
        assert [one[0] for one in found] == [one[0] for one in expected]
        np.testing.assert_allclose([one[1:] for one in found], [one[1:] for one in expected])
    assert list(texts(figure)) == [name for name, *_ in expected]
    memory = figures.plot_memorisation(records([*TWO, RISING, WARMING]))
    assert [spans(axes) for axes in memory.axes] == [spans(figure.axes[0])] * 3


def test_without_three_phases_nothing_is_shaded() -> None:
    figure = figures.plot_phases(records([RISING]))
    assert not any(spans(axes) for axes in figure.axes)
    assert not list(texts(figure))


def test_a_seed_lies_in_its_own_band_and_the_axis_begins_at_step_0() -> None:
    axes = figures.plot_phases(records(TWO)).axes[0]
    assert axes.get_xlim() == (0, STEPS[-1])
    assert axes.get_xticks()[0] == 0
    for seed, band in zip(("seed 0", "seed 1"), axes.collections, strict=True):
        np.testing.assert_array_equal(lines(axes)[seed].get_ydata(), TWO[int(seed[-1])])
        outline = band.get_paths()[0].vertices
        at_peak = outline[outline[:, 0] == PEAK, 1]
        low, high = np.quantile(20 * np.linspace(0.99, 1.01, 7), [0.025, 0.975])
        np.testing.assert_allclose([at_peak.min(), at_peak.max()], [low, high])


def test_every_layer_and_what_is_left_out_is_drawn() -> None:
    drawn = lines(figures.plot_phases(records(TWO)).axes[1])
    mean = np.mean(TWO, axis=0)
    expected = {
        "last layer": mean,
        "without the gain\nof its norm": 0.9 * mean,
        "without 2 leading\ndirections": mean - 0.2,
        "block 1": mean + 1,
        "embeddings": mean + 5,
    }
    assert list(drawn) == list(expected)
    for name, curve in expected.items():
        np.testing.assert_allclose(drawn[name].get_ydata(), curve)


def test_the_published_points_are_where_they_were_read() -> None:
    drawn = lines(figures.plot_series(records(TWO)).axes[0])
    for name, curve in CURVES.items():
        np.testing.assert_array_equal(drawn[name].get_xdata(), curve.tokens)
        np.testing.assert_allclose(drawn[name].get_ydata(), np.array(curve.rankme) / max(curve.rankme))


def test_our_own_courses_are_divided_by_their_peak_not_by_their_start() -> None:
    line = lines(figures.plot_series(records(TWO)).axes[0])["our small model, each seed"]
    np.testing.assert_array_equal(line.get_xdata(), 256 * STEPS[1:])
    np.testing.assert_allclose(line.get_ydata(), TWO[0][1:] / 20)
    assert line.get_ydata().max() > 1


def test_traced_series_are_placed_by_tokens_and_left_out_where_these_are_unknown() -> None:
    drawn = lines(figures.plot_series(records(TWO, TRACED)).axes[0])
    np.testing.assert_array_equal(
        drawn["pythia-tiny"].get_xdata(), np.array([100, 1000, 2000]) * TOKENS_PER_PYTHIA_STEP
    )
    np.testing.assert_array_equal(drawn["olmo-tiny"].get_xdata(), [100, 1000, 2000])
    np.testing.assert_allclose(drawn["olmo-tiny"].get_ydata(), [0.075, 1, 0.5])
    assert "other-tiny" not in drawn


def test_trajectories_change_their_line_where_the_phases_change() -> None:
    found = records(TWO)
    picture = found.of("theory")[0]["picture"]
    figure = figures.plot_trajectories(found)
    expected = [tuple(phase) for phase in phases(picture["steps"], picture["rankme"])]
    assert [one[0] for one in expected] == ["collapse", "expansion", "compression"]
    features, classifier, *over = figure.axes[:4]
    for axes in over:
        assert spans(axes) == expected
        assert axes.get_xscale() == "symlog"
    for axes, name in ((features, "features"), (classifier, "classifier")):
        first = [line for line in axes.lines if line.get_linestyle() in (":", "-", "--") and len(line.get_xdata()) > 2]
        styles = {":": (0, 8), "-": (8, 32), "--": (32, 128)}
        for line, (start, end) in zip(first[:3], styles.values(), strict=True):
            inside = (picture["steps"] >= start) & (picture["steps"] <= end)
            np.testing.assert_array_equal(np.transpose(line.get_data()), picture[name][inside, 0])
        assert [line.get_linestyle() for line in first[:3]] == list(styles)


def test_the_map_prints_means_and_frames_the_cells_that_surely_fall() -> None:
    axes = figures.plot_map(records(TWO)).axes[0]
    printed = [text.get_text() for text in axes.texts]
    assert printed == ["5.0", "5.0", "0", "0.002", "3.0", "0"]
    framed = {(round(box.get_x() + 0.44), round(box.get_y() + 0.42)) for box in axes.patches}
    assert framed == FRAMED
    assert [label.get_text() for label in axes.get_xticklabels()] == ["2\n16", "4\n8", "8\n4"]
    assert not figures.plot_map(records(TWO[:1])).axes[0].patches  # one seed has no interval


def test_falls_are_written_beside_their_courses() -> None:
    # Measured on the second half, whose RankMe is the root of the first's: 1 - sqrt(16 / 20).
    assert list(texts(figures.plot_controls(records(TWO)))) == ["falls by 10.6 %\n(10.6 to 10.6)"] * 4
    rising = figures.plot_controls(records([RISING]))
    assert all(text.startswith("falls by 0.0 %") for text in texts(rising))
    assert list(texts(figures.plot_theory_conditions(records(TWO)))) == ["falls by 20.0 %\n(20.0 to 20.0)"] * 4


def test_without_a_bottleneck_rankme_is_a_share_of_more_dimensions() -> None:
    panels = figures.plot_theory_conditions(records(TWO)).axes
    thick = [max(axes.lines, key=lambda line: line.get_linewidth()).get_ydata() for axes in panels]
    np.testing.assert_allclose(thick[0], 32 / 3 * thick[3])
    np.testing.assert_allclose(thick[0][0], 24 / 12 / 3)


def test_table_1_is_drawn_as_printed_and_traced_series_follow_it() -> None:
    axes = figures.plot_directions(records(TWO, TRACED)).axes[1]
    points = {(line.get_ydata()[0], line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1}
    for at, row in enumerate(TABLE_1.values()):
        assert {(at, value) for value in row} <= points
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[: len(TABLE_1)] == list(TABLE_1)
    assert names[len(TABLE_1)] == "pythia-tiny, here: 10, 50"
    assert {(len(TABLE_1), value) for value in (0.8, 0.81, 0.79, 0.21, 0.31)} <= points
    assert len(figures.plot_directions(records(TWO)).axes[1].get_yticklabels()) == len(TABLE_1)
