"""What the figures of synaptic weights show, on records whose least distances, floors and missing values are known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from made_up_synaptic import STUDY, recorded, tables
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from learning_geometry import drawing
from learning_geometry.instruments.dual_change import cdf_distance_critical, cdf_distance_floor
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.store import Record, Task
from learning_geometry.studies.synaptic_weights.experiments import dynamics, example
from learning_geometry.studies.synaptic_weights.figures import own_synapses
from learning_geometry.studies.synaptic_weights.figures._geometries import draw_truths
from learning_geometry.studies.unit import Execution

FIGURES: Any = STUDY.figures
EXECUTION = Execution()
COLOURS = {1.0: drawing.BLUE, 2.0: drawing.RED, 3.0: drawing.GREEN}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with mpl.rc_context(drawing.SETTINGS):
        yield


def drawn(figure: Figure) -> Figure:
    """Laid out and painted, as for the page; a warning would be an error."""
    figure.draw_without_rendering()
    return figure


def lines(axes: Axes, **how: Any) -> list[Line2D]:
    return [line for line in axes.lines if all(getattr(line, f"get_{name}")() == value for name, value in how.items())]


def texts(figure: Figure) -> str:
    return " | ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def example_parts(**given: Any) -> Any:
    usual = {"seed": 0, "synapses": 300, "truth": 3.0, "change": 0.1, "spread": 0.83, "noise": 0.05}
    return example.measure(example.Example(**{**usual, **given}), EXECUTION)


@pytest.mark.parametrize(
    ("section", "plot"),
    [
        ("regression", "plot_regression"),
        ("networks", "plot_networks"),
        ("likelihood", "plot_exponents"),
        ("shapes", "plot_shapes"),
        ("power", "plot_power"),
        ("noise", "plot_noise"),
        ("own_synapses", "plot_tables"),
        ("pretrained", "plot_pretrained"),
    ],
)
def test_every_figure_draws_silently_and_says_what_its_axes_are(section: str, plot: str, tmp_path: Path) -> None:
    figure = drawn(getattr(getattr(FIGURES, section), plot)(recorded(**tables(tmp_path))))
    assert any(axes.get_xlabel() for axes in figure.axes)
    assert any(axes.get_ylabel() for axes in figure.axes)
    assert figure.get_figwidth() <= drawing.PAGE_WIDTH


def test_paths_start_together_and_end_on_their_exact_limits() -> None:
    unit = dynamics.Dynamics(seed=0, truths=[1.0, 2.0, 3.0], steps=300, step_share=0.05)
    result = dynamics.measure(unit, EXECUTION)
    record = Record(Task("synaptic_weights", unit, ""), result, seconds=0, peak_memory_mb=0, environment={})
    left, right = drawn(FIGURES.dual_space.plot_dynamics(Records([record]))).axes
    for truth, colour in COLOURS.items():
        (path,) = lines(left, color=colour)
        limit = result.limit.sel(truth=truth)
        np.testing.assert_allclose(path.get_xydata()[[0, -1]], [result.start, limit], atol=1e-4)
        dual = lines(right, color=colour)[0].get_xydata()
        assert np.linalg.matrix_rank(dual - dual[0], tol=1e-9) == 1  # straight


def test_means_and_references_are_those_of_the_record_and_the_ring_is_at_the_least_mean() -> None:
    half_off = "simulation", "cdf_distance", {"truth": 3.0, "candidate": 2.5}, 1e-3
    records = recorded(half_off, only=["simulation"])
    distance = records["simulation"].cdf_distance.isel(initial=0)
    _, (axes,) = drawing.panels([""])
    draw_truths([axes], [distance], weights=[1000])
    for truth, colour in COLOURS.items():
        line, ring = lines(axes, color=colour)
        np.testing.assert_allclose(line.get_ydata(), distance.sel(truth=truth).mean("seed"))
        assert float(ring.get_xdata()[0]) == (2.5 if truth == 3 else truth)
    floor, critical = lines(axes, color=drawing.GREY)
    assert floor.get_ydata()[0] == cdf_distance_floor(1000)
    assert critical.get_ydata()[0] == cdf_distance_critical(1000)


def test_networks_are_compared_with_as_many_gaussian_changes_as_they_have_weights() -> None:
    figure = drawn(FIGURES.networks.plot_networks(recorded(only=["networks"])))
    for axes, layers in zip(figure.axes, (1, 1, 3, 3), strict=True):
        assert f"{4096 * layers:,} weights" in axes.get_title(loc="left")
        assert lines(axes, color=drawing.GREY)[0].get_ydata()[0] == cdf_distance_floor(4096 * layers)
    # A name stands at the end of its line, in every panel, although they share an axis.
    for axes in figure.axes:
        for text, truth in zip(sorted(axes.texts, key=lambda text: text.get_text()), (3.0, 2.0, 1.0), strict=True):
            assert text.get_text() == {1.0: "entropy", 2.0: "Euclid", 3.0: "3-norm"}[truth]


def test_the_control_of_the_regression_is_grey_and_named() -> None:
    figure = FIGURES.regression.plot_regression(recorded(only=["regression"]))
    heavy = [line for line in lines(figure.axes[0], color=drawing.GREY) if len(line.get_xdata()) == 1]
    assert len(heavy) == 3
    assert "heavy-tailed inputs (control)" in texts(figure)


def test_more_synapses_than_simulated_are_an_arrow_at_the_top_and_no_point() -> None:
    missing = "power required", "n", {"spread": 0.2, "truth": 1.0, "rival": 2.0}, -1.0
    figure = drawn(FIGURES.power.plot_power(recorded(missing, only=["power"])))
    assert "5 %\n10 %\n30 %" in texts(figure)
    assert all(list(line.get_xdata()) == [0.4, 0.83] for line in figure.axes[3].lines)
    assert all(len(line.get_xdata()) == 3 for line in figure.axes[4].lines)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_profile_is_drawn_for_each_analysis_and_bars_end_where_the_likelihood_ratio_rejects(noise: float) -> None:
    parts = example_parts(noise=noise)
    figure = drawn(own_synapses.plot_identification(parts))
    profiles = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 33]
    assert len(profiles) == len(parts) - 1 == (2 if noise else 1)
    last = list(parts.values())[-1]
    for end in last.interval.values:
        assert np.interp(end, last.profile_exponent, last.profile) == pytest.approx(-1.92, abs=0.05)
    assert figure.axes[1].get_title(loc="left") == "verdict: 3-norm"
    residuals = lines(figure.axes[2], color=drawing.GREEN)[0]
    np.testing.assert_allclose(residuals.get_ydata(), np.sort(last.residuals.sel(candidate=3.0)))


def test_pairs_come_before_a_cross_section_and_without_tables_there_is_no_figure(tmp_path: Path) -> None:
    both = list(recorded(only=["spines", "pairs"], **tables(tmp_path)))
    spines = next(record for record in both if record.unit.experiment() == "spines")
    assert "400 spines" in FIGURES.own_synapses.plot_tables(Records([spines])).axes[0].get_title(loc="left")
    pairs = next(record for record in both if record.unit.experiment() == "pairs")
    assert len(FIGURES.own_synapses.plot_tables(Records([spines, pairs])).axes) == 3
    with pytest.raises(MissingExperiment):
        FIGURES.own_synapses.plot_tables(Records([]))


def test_a_model_that_did_not_move_leaves_the_others(tmp_path: Path) -> None:
    records = recorded(only=["pretrained"], **tables(tmp_path))
    for record in records.of("pretrained"):
        if "vit" in record.unit.checkpoint.name:
            record.result["cdf_distance"][:] = -1
    figure = drawn(FIGURES.pretrained.plot_pretrained(records))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["resnet-18, main"]
    assert lines(figure.axes[0], color=drawing.GREY)[0].get_ydata()[0] == cdf_distance_floor(10_000)
