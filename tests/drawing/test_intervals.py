import numpy as np
import pytest

from learning_geometry import drawing
from learning_geometry.instruments.statistics import mean_interval

SAMPLE = np.array([0.1, 0.4, 0.3, 0.9])


def spans(axes, row):
    """The ends of the horizontal lines on a row."""
    lines = [line for line in axes.lines if line.get_linestyle() == "-" and set(line.get_ydata()) == {row}]
    return [tuple(line.get_xdata()) for line in lines]


def test_a_row_shows_every_seed_their_mean_and_students_interval(axes):
    drawing.seeds_row(axes, 2, SAMPLE, colour=drawing.BLUE)
    seeds, mean, _ = axes.lines
    np.testing.assert_array_equal(seeds.get_xdata(), SAMPLE)
    assert list(mean.get_xdata()) == [pytest.approx(SAMPLE.mean())]
    assert spans(axes, 2) == [pytest.approx(tuple(mean_interval(SAMPLE)))]


def test_the_interval_may_be_another_or_none(axes):
    drawing.seeds_row(axes, 0, SAMPLE, colour=drawing.BLUE, interval=(0.2, 0.8))
    drawing.seeds_row(axes, 1, SAMPLE, colour=drawing.BLUE, interval=False)
    drawing.seeds_row(axes, 2, SAMPLE[:1], colour=drawing.BLUE)
    assert spans(axes, 0) == [(0.2, 0.8)]
    assert spans(axes, 1) == spans(axes, 2) == []  # one seed says nothing of the spread


def test_a_sample_of_two_dimensions_is_refused(axes):
    with pytest.raises(ValueError, match="2 dimensions"):
        drawing.seeds_row(axes, 0, SAMPLE.reshape(2, 2), colour=drawing.BLUE)


def test_an_interval_reaches_from_low_to_high(axes):
    drawing.interval_row(axes, 1, 0.4, 0.3, 0.7, colour=drawing.RED, label="told")
    assert spans(axes, 1) == [(0.3, 0.7)]
    assert axes.get_legend_handles_labels()[1] == ["told"]


def test_bars_of_points_reach_from_low_to_high(axes):
    x, low, high = np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.9, 0.8])
    drawing.interval_points(axes, x, [0.2, 0.5, 0.4], low, high, colour=drawing.RED, label="64 voxels")
    (container,) = axes.containers
    segments = np.array(container[2][0].get_segments())  # (points, ends, coordinates)
    np.testing.assert_allclose(segments[:, :, 0], np.column_stack([x, x]))
    np.testing.assert_allclose(segments[:, :, 1], np.column_stack([low, high]))


def test_the_first_row_is_at_the_top(axes):
    drawing.label_rows(axes, ["first", "second"])
    axes.figure.draw_without_rendering()
    heights = [label.get_window_extent().y0 for label in axes.get_yticklabels()]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    assert heights[0] > heights[1]
