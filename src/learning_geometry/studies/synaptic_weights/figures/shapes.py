"""What learning leaves behind: distributions of sizes, and what each geometry predicts of them."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import look

Array = NDArray[np.float64]

_KERNEL = 0.07  # decades: standard deviation of the kernel that makes a density of quantiles


def plot_shapes(records: Records) -> Figure:
    """Densities of the sizes of weights at first and after learning in each geometry, and as that geometry predicts."""
    shapes = records["shapes"]
    learned = [drawing.key(look(truth)[0], color=look(truth)[1]) for truth in shapes.truth.values]
    handles = drawing.key("initial", color="0.7", lw=6), *learned, drawing.key("predicted", "--", color="black", lw=1)
    titles = [f"{initial} initial sizes" for initial in shapes.initial.values]
    figure, grid = drawing.panels(titles, *handles, columns=2, height=2.2, across=5)
    ends = float(shapes.final_quantiles.min()) - 0.2, float(shapes.final_quantiles.max()) + 0.2
    for axes, initial in zip(grid, shapes.initial.values, strict=True):
        start = shapes.sel(initial=initial)
        if initial == "constant":
            axes.axvline(start.initial_quantiles[0], color="0.7", lw=5)
        else:
            axes.fill_between(*_density(start.initial_quantiles), color="0.7", lw=0)
        for truth in shapes.truth.values:
            axes.plot(*_density(start.final_quantiles.sel(truth=truth)), color=look(truth)[1])
            predicted = start.predicted_quantiles.sel(truth=truth, candidate=truth)
            axes.plot(*_density(predicted), "--", color=drawing.BLACK, lw=1)
        axes.set(xlim=ends, ylim=0)
    drawing.label_axes(grid, x="log10 (size / median initial size)", y="density (per decade)")
    return figure


def _density(values: ArrayLike) -> tuple[Array, Array]:
    quantiles = np.asarray(values)
    grid = np.linspace(quantiles[0] - 0.25, quantiles[-1] + 0.25, 300)
    kernels = np.exp(-(((grid[:, None] - quantiles) / _KERNEL) ** 2) / 2)
    return grid, kernels.mean(axis=1) / (_KERNEL * np.sqrt(2 * np.pi))
