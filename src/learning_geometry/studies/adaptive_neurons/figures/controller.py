"""What controllers do: the course of gains and saturations after a step, and what happens without it."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.claims import per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import accuracy, imposed, networks, under

_WAYS = {
    "as it is": drawing.BLUE,
    "frozen": drawing.SKY,
    "shuffled": drawing.ORANGE,
    "transplanted": drawing.PINK,
}


def plot_course(records: Records) -> Figure:
    """Gains and saturations of a few isolated neurons of the first seed over a step of drive, each less its value before."""
    shapes = networks(records, "adaptive", "shapes")
    times = shapes.time.size
    figure, grid = drawing.panels(["Gain n", "Saturation s"], columns=2, share_y=False, height=2.0)
    for axes, quantity in zip(grid, shapes.quantity.values, strict=True):
        courses = shapes.courses.sel(quantity=quantity)
        moved = courses - courses.isel(time=slice(times // 6, times // 3)).mean("time")
        axes.plot(shapes.time, moved.transpose("time", ...), color=drawing.BLUE, lw=0.9, alpha=0.6)
        drawing.shade(axes, times // 3, 2 * times // 3)
        axes.axhline(0, color=drawing.GREY, lw=1)
    drawing.label_axes(grid, x="step")
    grid[0].set_ylabel("change")
    return figure


def plot_imposed(records: Records) -> Figure:
    """Accuracy while the controller runs, is frozen, shuffled or transplanted, under each kind of perturbation."""
    figure, grid = drawing.panels(["Clean", "Noise", "Drift", "Drive"], columns=4, height=1.7)
    for axes, kind in zip(grid, ["clean", "noise", "drift", "drive"], strict=True):
        for row, (way, colour) in enumerate(_WAYS.items()):
            cells = accuracy(records, "adaptive") if not row else imposed(records, way)
            estimate = per_seed(under(cells, kind))
            drawing.seeds_row(axes, row, under(cells, kind), colour=colour, interval=estimate.ends)
        drawing.label_rows(axes, list(_WAYS))
    drawing.label_axes(grid, x="accuracy (%)")
    return figure
