"""Panels and their labels, legends outside them, and notes in their corners."""

from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from learning_geometry.drawing.style import BLACK, GREY, PAGE_WIDTH, figure

Corner = Literal["upper left", "upper right", "lower left", "lower right"]
_LEGEND_ROW = 0.3  # inches
_TITLE_ABOVE_NAMES = 19.0  # points


def panels(
    titles: Sequence[str],
    *handles: Artist,
    columns: int = 3,
    height: float = 2.6,
    width: float = PAGE_WIDTH,
    share_x: bool = False,
    share_y: bool = True,
    across: int = 4,
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each title, `height` inches a row, and a legend of `handles` below, `across` in a row.

    Panels that share an axis have its numbers at the left, or below, of the grid alone.
    """
    columns = min(columns, len(titles))
    rows = -(-len(titles) // columns)
    drawn = figure(width, _LEGEND_ROW * (1 + -(-len(handles) // across)) + height * rows)
    grid: list[Axes] = []
    for k, title in enumerate(titles):
        first = grid[0] if grid else None
        grid.append(
            drawn.add_subplot(
                rows, columns, k + 1, title=title, sharex=first if share_x else None, sharey=first if share_y else None
            )
        )
        grid[-1].tick_params(
            labelleft=not share_y or k % columns == 0, labelbottom=not share_x or k + columns >= len(titles)
        )
    if handles:
        legend_below(drawn, *handles, across=across)
    return drawn, grid


def label_axes(grid: Sequence[Axes], *, x: str = "", y: str = "") -> None:
    """Write `x` below the panels that have none below them, and `y` at the left of those that have none at their left.

    Raises:
        ValueError: a panel stands in no grid.
    """
    cells = {_cell(axes) for axes in grid}
    for axes in grid:
        row, column = _cell(axes)
        if x and not any(lower > row and there == column for lower, there in cells):
            axes.set_xlabel(x)
        if y and not any(there == row and further < column for there, further in cells):
            axes.set_ylabel(y)
    if grid:
        grid[0].figure.align_ylabels(list(grid))


def _cell(axes: Axes) -> tuple[int, int]:
    place = axes.get_subplotspec()
    if place is None:
        raise ValueError("the axes stand in no grid; make them with subplots or panels")
    return place.rowspan.start, place.colspan.start


def legend_outside(axes: Axes, *handles: Artist, title: str = "") -> None:
    """Put the legend of a panel at its right, outside; of `handles`, or of whatever in it has a label."""
    axes.legend(
        **({"handles": list(handles)} if handles else {}),
        title=title or None,
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        borderaxespad=0.0,
    )


def legend_below(drawn: Figure, *handles: Artist, across: int = 4) -> None:
    """Put a legend below all panels of a figure, at most `across` in a row; of `handles`, or of its panels' labels.

    It reads row by row, and a label that several panels have is shown once.
    """
    entries = {str(handle.get_label()): handle for handle in handles}
    for axes in () if handles else drawn.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    rows = -(-len(entries) // across)
    columns = -(-len(entries) // max(1, rows))
    # matplotlib fills one column after the other.
    labels = [label for column in range(columns) for label in list(entries)[column::columns]]
    drawn.legend([entries[label] for label in labels], labels, loc="outside lower center", ncols=max(1, columns))


def key(label: str, line: str = "-", **how: Any) -> Line2D:
    """A line for a legend, grey by default, with the properties `how`; with the line "" its marker alone."""
    return Line2D([], [], ls=line or "none", label=label, **{"color": GREY, **how})


def patch(label: str, colour: Any, alpha: float = 0.3) -> Patch:
    """A tinted box for a legend."""
    return Patch(color=colour, alpha=alpha, lw=0, label=label)


def note(axes: Axes, text: str, corner: Corner = "upper right", *, behind: Any = None, **how: Any) -> None:
    """Write a text into a corner of a panel, on a ground of the colour `behind` if one is given."""
    vertical, horizontal = corner.split()
    axes.text(
        0.03 if horizontal == "left" else 0.97,
        0.97 if vertical == "upper" else 0.04,
        text,
        transform=axes.transAxes,
        ha=horizontal,
        va="top" if vertical == "upper" else "bottom",
        bbox=None if behind is None else {"color": behind, "pad": 1.0},
        **how,
    )


def name_above(axes: Axes, x: float, text: str, *, colour: Any = BLACK) -> None:
    """Write a text above a panel, over the place `x` of its horizontal axis; a title, if set before, makes room."""
    for place in ("left", "center", "right"):
        if title := axes.get_title(loc=place):
            axes.set_title(title, loc=place, pad=_TITLE_ABOVE_NAMES)
    axes.annotate(
        text,
        (x, 1.0),
        xytext=(0, 3),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        color=colour,
    )
