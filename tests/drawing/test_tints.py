import numpy as np
import pytest

from learning_geometry import drawing
from learning_geometry.instruments.phases import Phase

PHASES = [Phase("collapse", 0, 10), Phase("expansion", 10, 300), Phase("compression", 300, 10_000)]
COLOURS = {"collapse": drawing.ORANGE, "expansion": drawing.SKY, "compression": drawing.PINK}


def spans(axes):
    return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]


def test_phases_are_tinted_from_start_to_end(axes):
    drawing.shade_phases(axes, PHASES, COLOURS)
    assert spans(axes) == [(phase.start, phase.end) for phase in PHASES]
    assert not axes.texts
    assert all(patch.get_zorder() < 1 for patch in axes.patches)  # behind every curve
    assert not axes.get_legend_handles_labels()[0]


def test_names_stand_in_the_middle_of_what_is_seen(axes):
    drawing.log_steps(axes, [0, 1, 10, 300, 10_000])
    drawing.shade_phases(axes, PHASES, COLOURS, named=True)
    axes.figure.draw_without_rendering()
    for text, phase in zip(axes.texts, PHASES, strict=True):
        box = text.get_window_extent()
        ends = axes.transData.transform([(phase.start, 0), (phase.end, 0)])[:, 0]
        assert (box.x0 + box.x1) / 2 == pytest.approx(ends.mean(), abs=1)
        assert text.get_text() == phase.name
    # Control: the middle in steps lies elsewhere.
    assert axes.transData.transform(((300 + 10_000) / 2, 0))[0] > ends.mean() + 10


def test_a_curve_without_phases_has_no_tints(axes):
    drawing.shade_phases(axes, [], COLOURS, named=True)
    assert not axes.patches
    assert drawing.phase_keys([], COLOURS) == []


def test_the_legend_names_the_phases():
    assert [patch.get_label() for patch in drawing.phase_keys(PHASES, COLOURS)] == list(COLOURS)


def test_a_tint_reaches_from_low_to_high_along_either_axis(axes):
    drawing.shade(axes, -0.1, 0.2)
    drawing.shade(axes, 3, 5, axis="y")
    across, upwards = axes.patches
    np.testing.assert_allclose((across.get_x(), across.get_width(), across.get_height()), (-0.1, 0.3, 1))
    np.testing.assert_allclose((upwards.get_y(), upwards.get_height(), upwards.get_width()), (3, 2, 1))
