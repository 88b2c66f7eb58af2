"""Two weights that learn one equation, seen in their own space and in the dual space."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import look


def plot_dynamics(records: Records) -> Figure:
    """Mirror descent of two weights on one equation: paths to the line of solutions, and the same in the dual space.

    Left, grey lines join weights of equal loss, and crosses are the exact limits. Right, the arrow is along the input.
    """
    paths = records["dynamics"].isel(seed=0)
    figure, (left, right) = drawing.panels(["Weights", "Dual space"], columns=2, height=3.1, share_y=False)
    x, y, limits = paths.x.values, float(paths.y), paths.limit.values
    reached = np.concatenate([limits, paths.start.values[None]])
    ranges = [np.linspace(reached[:, k].min() - 0.2, reached[:, k].max() + 0.4, 50) for k in (0, 1)]
    error = np.stack(np.meshgrid(*ranges), axis=-1) @ x - y
    left.contour(*ranges, error**2 / 2, levels=np.linspace(0.2, 1.4, 6) ** 2, colors="0.8", linewidths=0.9)
    left.contour(*ranges, error, levels=[0], colors=drawing.BLACK, linewidths=1.4)
    end = (y - x[1] * ranges[1][0]) / x[0], ranges[1][0]
    left.annotate("all solutions", end, (-16, 6), textcoords="offset points", ha="right")
    left.annotate("start", paths.start.values, (0, -16), textcoords="offset points", ha="center")
    for k, truth in enumerate(paths.truth.values):
        name, colour, _ = look(truth)
        for axes, path, offset in ((left, paths.primal[k].values, (9, 5)), (right, paths.dual[k].values, (-20, 8))):
            axes.plot(*path.T, ".-", color=colour, ms=5)
            axes.plot(*path[0], "o", color=drawing.BLACK, ms=7, zorder=3)
            axes.annotate(name, path[-1], offset, textcoords="offset points", color=drawing.darken(colour))
        left.plot(*limits[k], "x", ms=11, color=drawing.BLACK, mew=2, zorder=3)
    left.set(xlabel="weight 1", ylabel="weight 2", aspect="equal")
    tail = float(paths.dual.isel(weight=0).max()) - 0.4, float(paths.dual.isel(weight=1).min())
    head = tail[0] + 0.4 * x[0], tail[1] + 0.4 * x[1]
    right.annotate("", head, tail, arrowprops={"arrowstyle": "-|>", "lw": 1.6})
    right.annotate("input", head, (0, 5), textcoords="offset points", ha="center")
    right.margins(0.1)
    right.set(xlabel="dual image of weight 1", ylabel="dual image of weight 2", aspect="equal")
    return figure
