import numpy as np
import pytest

from learning_geometry import drawing

STEPS = np.array([0, 1, 2, 5, 10, 100, 1000, 20_000])


def shown(axis):
    axis.axes.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    labels = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    return [label.get_text() for place, label in labels if low <= place <= high]


def test_step_zero_stands_at_the_left_edge_and_decades_are_equally_far_apart(axes):
    drawing.log_steps(axes, STEPS)
    places = axes.transAxes.inverted().transform(axes.transData.transform([(step, 0) for step in STEPS]))[:, 0]
    assert places[0] == pytest.approx(0)
    assert places[-1] == pytest.approx(1)
    assert (np.diff(places) > 0).all()
    one, ten, hundred = places[[1, 4, 5]]
    assert ten - one == pytest.approx(hundred - ten)
    assert shown(axes.xaxis) == ["0", "1", "10", "100", "1k", "10k"]
    # Control: an ordinary logarithmic axis has no place for step 0.
    axes.set(xscale="log", xlim=(1, 20_000))
    assert axes.transAxes.inverted().transform(axes.transData.transform((0, 0)))[0] < -1


def test_the_first_step_after_zero_may_be_any(axes):
    drawing.log_steps(axes, [0, 5, 50, 500])
    assert shown(axes.xaxis) == ["0", "10", "100"]


@pytest.mark.parametrize("axis", ["x", "y"])
def test_marks_stand_at_the_numbers_given_and_nowhere_else(axes, axis):
    axes.plot([128, 8192], [128, 8192])
    drawing.log_ticks(axes, [128, 1024, 8192], axis=axis, base=2)
    ticks = axes.xaxis if axis == "x" else axes.yaxis
    assert shown(ticks) == ["128", "1,024", "8,192"]
    assert len(ticks.get_minorticklocs()) == 0
    assert (axes.get_xscale(), axes.get_yscale()) == (("log", "linear") if axis == "x" else ("linear", "log"))


def test_logarithmic_axes_have_plain_numbers(axes):
    axes.plot([1, 2], [0.012, 3000])
    drawing.plain_log(axes, "y", (1, 3))
    assert shown(axes.yaxis) == ["0.01", "0.03", "0.1", "0.3", "1", "3", "10", "30", "100", "300", "1,000", "3,000"]


def test_numbers_are_written_short_and_with_their_sign():
    assert [drawing.short(n) for n in (0, 1, 250, 1000, 143_000, 2e6, 3.9e12)] == [
        *("0", "1", "250", "1k", "143k", "2M", "3.9T")
    ]
    assert [drawing.signed(n) for n in (0.126, -0.126, -0.001)] == ["+0.13", "−0.13", "+0.00"]
