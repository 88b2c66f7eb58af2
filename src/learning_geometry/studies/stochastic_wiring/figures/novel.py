"""Agents in environments that no genome was selected in."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.stochastic_wiring.claims._cells import accuracy, tried

_ROWS = {
    "best": ("best sampled brain", drawing.PINK),
    "population": ("sampled brains, mean", drawing.BLUE),
    "mean network": ("their mean network", drawing.RED),
    "deterministic": ("deterministic genome", drawing.BLACK),
}


def plot_novel(records: Records) -> Figure:
    """Accuracy in novel environments, one panel a variability, a mark for each seed; most neurons a type."""
    types, variabilities = tried(records)
    titles = [f"known ± {v}, here ± {v + 1}" for v in variabilities]
    figure, grid = drawing.panels(titles, height=1.7)
    for axes, variability in zip(grid, variabilities, strict=True):
        cell = accuracy(records, types=types, variability=variability).sel(world="novel").isel(neurons=-1)
        for row, (agent, (_, colour)) in enumerate(_ROWS.items()):
            drawing.seeds_row(axes, row, cell.sel(agent=agent), colour=colour)
        axes.axvline(10, color=drawing.GREY, lw=1, ls=":")
        axes.set_xlim(0, 45)
    drawing.label_rows(grid[0], [name for name, _ in _ROWS.values()])
    drawing.label_axes(grid, x="accuracy (%)")
    return figure
