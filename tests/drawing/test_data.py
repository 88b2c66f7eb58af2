"""The table of a figure holds all that is drawn, under the names that a reader sees."""

import csv
import io

import numpy as np
import pytest

from learning_geometry import drawing
from learning_geometry.drawing.data import extract, scales


def rows(figure):
    figure.draw_without_rendering()
    lines = [line for line in extract(figure).splitlines(keepends=True) if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("".join(lines))))


def places(found, *columns, **wanted):
    chosen = [row for row in found if all(row[name] == value for name, value in wanted.items())]
    return [tuple(float(row[column]) for column in columns) for row in chosen]


def test_curves_bands_and_their_names():
    figure, (left, right) = drawing.panels(
        ["Loss", "Rank"], drawing.key("task", color=drawing.RED), drawing.key("fitted", "--"), columns=2
    )
    x, values = np.array([1, 2, 4]), np.array([[1.0, 2, 3], [3, 4, 5]])
    drawing.band(left, x, values, colour=drawing.BLUE, label="measured")
    right.plot(x, x**2, color=drawing.RED)
    right.plot(x, x, "--", color=drawing.RED)
    found = rows(figure)
    assert places(found, "x", "y", series="measured") == [(1, 2), (2, 3), (4, 4)]
    assert places(found, "x", "y", "y_end", mark="band") == [(1, 1, 3), (2, 2, 4), (4, 3, 5)]
    assert places(found, "x", "y", panel="Rank", series="task") == [(1, 1), (2, 4), (4, 16)]
    assert places(found, "x", "y", series="task, fitted") == [(1, 1), (2, 2), (4, 4)]


def test_intervals_rows_bars_levels_spans_and_texts(axes):
    drawing.seeds_row(axes, 0, [1.0, 2.0, 3.0], colour=drawing.RED, interval=(0.5, 3.5), label="VICReg")
    drawing.label_rows(axes, ["Barlow", "VICReg"])
    drawing.interval_points(axes, [5], [2.0], [1.5], [2.5], colour=drawing.BLUE, label="estimate")
    axes.bar([7], [4.0], width=1.0)
    axes.axhline(9.0)
    drawing.shade(axes, 1.0, 2.0)
    axes.annotate("here", (3.0, 4.0))
    found = rows(axes.figure)
    assert places(found, "x", "y", series="VICReg", mark="points") == [(1, 0), (2, 0), (3, 0)]
    assert {row["y_name"] for row in found if row["y"] == "0" and row["mark"] == "points"} == {"Barlow"}
    assert places(found, "x", "y", "x_end", "y_end", mark="interval") == [(5, 1.5, 5, 2.5)]
    assert places(found, "x", "y", "x_end", "y_end", mark="bar") == [(6.5, 0, 7.5, 4)]
    assert (9.0,) in places(found, "y", mark="level")
    assert places(found, "x", "x_end", mark="span") == [(1, 2)]
    assert places(found, "x", "y", series="here") == [(3, 4)]


@pytest.mark.parametrize("draw", ["imshow", "pcolormesh"])
def test_tiles_have_their_values(axes, draw):
    getattr(axes, draw)([[1.0, 2.0], [3.0, np.nan]])
    found = rows(axes.figure)
    shift = 0.0 if draw == "imshow" else 0.5
    assert places(found[:3], "x", "y", "value") == [(shift, shift, 1), (1 + shift, shift, 2), (shift, 1 + shift, 3)]
    assert found[3]["value"] == ""  # missing, and not a number


def test_the_header_explains_axes_and_columns(axes):
    axes.plot([1, 10], [1, 2])
    axes.set(title="Growth", xlabel="steps", ylabel="rank", xscale="log")
    head = [line for line in extract(axes.figure).splitlines() if line.startswith("#")]
    assert head[0] == "# Growth: x is steps (logarithmic); y is rank (linear)"
    assert any(line.startswith("#   y: ") for line in head)


def test_scales_that_are_not_linear_are_said():
    figure, (left, right) = drawing.panels(["Loss", "Rank"], columns=2, share_y=False)
    assert scales(figure) == ""
    left.set(xscale="log", yscale="log")
    right.set_xscale("log")
    assert scales(figure) == "horizontal axis logarithmic; vertical axis logarithmic in “Loss”"
    left.set_xscale("symlog", linthresh=5)
    assert "logarithmic, linear up to 5 in “Loss”" in scales(figure)


def test_what_is_not_drawn_is_not_in_the_table(axes):
    axes.plot([], [], label="only in the legend")
    axes.plot([1, 2], [3, 4])[0].set_visible(False)
    assert rows(axes.figure) == []
