import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

from learning_geometry import drawing


def legend_box(figure, legend):
    figure.draw_without_rendering()
    return legend.get_window_extent()


def test_the_legend_at_the_right_touches_no_panel_and_stays_in_the_figure():
    figure = drawing.figure(9, 3)
    axes = figure.subplots()
    for name in ("last layer", "without its leading\ndirections"):
        axes.plot([0, 1], [0, 1], label=name)
    drawing.legend_outside(axes)
    box = legend_box(figure, axes.get_legend())
    assert not box.overlaps(axes.bbox)
    assert figure.bbox.x1 >= box.x1
    # Control: matplotlib's own place for it lies inside.
    assert legend_box(figure, axes.legend()).overlaps(axes.bbox)


def test_the_legend_below_touches_no_panel_and_names_everything_once():
    figure, grid = drawing.panels(["left", "right"], columns=2, height=2)
    for axes in grid:
        axes.plot([0, 1], label="seeds")
    grid[1].plot([1, 0], label="control")
    drawing.legend_below(figure)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["seeds", "control"]
    assert not any(legend_box(figure, legend).overlaps(axes.bbox) for axes in grid)


def test_the_legend_below_reads_row_by_row():
    names = ["first", "second", "third", "fourth", "fifth"]
    figure, _ = drawing.panels([""], *map(drawing.key, names), across=4, height=2)
    legend_box(figure, figure.legends[0])
    boxes = {text.get_text(): text.get_window_extent() for text in figure.legends[0].get_texts()}
    assert sorted(names, key=lambda name: (-round(boxes[name].y0), boxes[name].x0)) == names
    assert len({round(boxes[name].y0) for name in names[:3]}) == 1  # three and two rather than four and one


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_title_has_a_panel_in_reading_order(count):
    titles = [f"panel {k}" for k in range(count)]
    figure, grid = drawing.panels(titles, drawing.key("mean"), columns=3)
    figure.draw_without_rendering()
    assert [axes.get_title(loc="left") for axes in grid] == titles
    places = [(-round(axes.bbox.y0), axes.bbox.x0) for axes in grid]
    assert places == sorted(places)
    assert len(figure.legends) == 1
    assert figure.get_figwidth() == drawing.PAGE_WIDTH


def test_axes_are_labelled_once_and_where_a_reader_looks():
    _, grid = drawing.panels([""] * 5, columns=3)
    drawing.label_axes(grid, x="rank", y="variance")
    assert [axes.get_xlabel() for axes in grid] == ["", "", "rank", "rank", "rank"]
    assert [axes.get_ylabel() for axes in grid] == ["variance", "", "", "variance", ""]
    with pytest.raises(ValueError, match="no grid"):
        drawing.label_axes([drawing.figure(2, 2).add_axes((0, 0, 1, 1))], x="rank")


@pytest.mark.parametrize("corner", ["upper left", "upper right", "lower left", "lower right"])
def test_a_note_lies_in_its_corner(axes, corner):
    drawing.note(axes, "falls by 3 %", corner)
    axes.figure.draw_without_rendering()
    box, panel = axes.texts[0].get_window_extent(), axes.bbox
    middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    assert bool(middle[0] > (panel.x0 + panel.x1) / 2) is corner.endswith("right")
    assert bool(middle[1] > (panel.y0 + panel.y1) / 2) is corner.startswith("upper")
    assert panel.x0 < box.x0 < box.x1 < panel.x1
    assert panel.y0 < box.y0 < box.y1 < panel.y1


@pytest.mark.parametrize("place", ["left", "center"])
def test_a_name_above_a_panel_keeps_clear_of_its_title(axes, place):
    with mpl.rc_context({"axes.titlelocation": place}):
        axes.set(xlim=(0, 1), title="A title of some length")
        drawing.name_above(axes, 0.3, "collapse")
    axes.figure.draw_without_rendering()
    (name,) = axes.texts
    (title,) = (text for text in axes.findobj(Text) if text.get_text().startswith("A title"))
    box = name.get_window_extent()
    assert box.y0 >= axes.bbox.y1
    assert not box.overlaps(title.get_window_extent())
    middle = axes.transData.inverted().transform((np.mean([box.x0, box.x1]), 0))[0]
    assert middle == pytest.approx(0.3, abs=0.01)
