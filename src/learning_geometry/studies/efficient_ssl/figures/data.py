"""Accuracy of encoders that were pretrained on a part of the images."""

from pathlib import Path

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.efficient_ssl.claims._cells import arm

_ROWS = {
    "2 views": (drawing.BLACK, "2 views of all images"),
    "4 views, 1/2 steps": (drawing.RED, "4 views of all"),
    "4 views, 1/2 steps, 1/2 images": (drawing.RED, "4 views of half"),
    "8 views, 1/4 steps, 1/4 images": (drawing.ORANGE, "8 views of a quarter"),
    "2 views, 1/2 steps": (drawing.BLUE, "2 views of all, half the steps"),
    "2 views, 1/2 steps, 1/2 images": (drawing.BLUE, "2 views of half, half the steps"),
    "2 views, 1/4 steps": (drawing.SKY, "2 views of all, a quarter of the steps"),
    "2 views, 1/4 steps, 1/4 images": (drawing.SKY, "2 views of a quarter, a quarter of the steps"),
    "untrained": (drawing.GREY, "untrained encoder"),
}


def plot_data(records: Records) -> Figure:
    """Accuracy of each arm, a mark for each seed; a panel for each set of images."""
    sets = {record.unit.role: Path(record.unit.images.name).name for record in records.of("views")}
    figure, grid = drawing.panels([sets[role] for role in sorted(sets)], columns=2, height=2.5)
    known = set(records.select("views", role="first").arm.values)
    rows = [name for name in _ROWS if name in known]
    for axes, role in zip(grid, sorted(sets), strict=True):
        tried = set(records.select("views", role=role).arm.values)
        for row, name in enumerate(rows):
            if name in tried:
                drawing.seeds_row(axes, row, arm(records, name, role), colour=_ROWS[name][0])
        if "2 views" in tried:
            axes.axvline(float(arm(records, "2 views", role).mean()), color=drawing.BLACK, lw=0.8, ls=":")
    drawing.label_rows(grid[0], [_ROWS[name][1] for name in rows])
    drawing.label_axes(grid, x="accuracy, 5 labels a class (%)")
    return figure
