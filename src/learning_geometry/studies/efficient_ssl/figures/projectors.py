"""Accuracy against the weight off the diagonal, for small and large projectors."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.claims import per_seed
from learning_geometry.records import Records
from learning_geometry.studies.efficient_ssl.claims._cells import peaks
from learning_geometry.studies.efficient_ssl.claims.projectors import few

_COLOURS = (drawing.SKY, drawing.BLUE, drawing.BLACK, drawing.PINK, drawing.RED)

AUTHORS = {
    64: 0.04,
    128: 0.04,
    256: 0.02,
    512: 0.01,
    768: 0.002,
    1024: 0.002,
    1536: 0.001,
    2048: 0.001,
    2304: 0.001,
    2560: 0.0008,
    3072: 0.001,
    4096: 0.0004,
    6144: 0.001,
    8192: 0.0008,
}
"""Weights for Barlow Twins with two views of CIFAR-10, by dimension of the projector, from the authors' training scripts."""


def _sets(records: Records) -> dict[str, str]:
    return {unit.role: Path(unit.images.name).name for unit in (record.unit for record in records.of("projectors"))}


def plot_accuracy(records: Records) -> Figure:
    """Accuracy from few labels against the weight, a line for each dimension of the projector; a panel for each set of images."""
    sets = dict(sorted(_sets(records).items()))
    figure, grid = drawing.panels([f"{name}" for name in sets.values()], columns=2, height=2.2, share_y=False)
    for axes, role in zip(grid, sets, strict=True):
        accuracy = few(records, role)
        for dimension, colour in zip(accuracy.dimension.values, _COLOURS, strict=False):
            line = accuracy.sel(dimension=dimension)
            drawing.band(axes, line.off_diagonal, line, colour=colour, marker="o", label=f"{dimension} dimensions")
        untrained = float(records.select("projectors", role=role).untrained_few.mean())
        axes.axhline(untrained, color=drawing.GREY, lw=1, ls=":", label="untrained encoder")
        drawing.log_ticks(axes, accuracy.off_diagonal)
    drawing.label_axes(grid, x="weight off the diagonal", y="accuracy, 5 labels (%)")
    drawing.legend_below(figure)
    return figure


def plot_law(records: Records) -> Figure:
    """The best weight against the dimension of the projector: ours on both sets of images, and what the authors' scripts have."""
    figure, (axes,) = drawing.panels(["The best weight"], height=2.3, width=6.4)
    for role, colour in zip(sorted(_sets(records)), (drawing.BLUE, drawing.ORANGE), strict=False):
        best = peaks(few(records, role))
        estimates = [per_seed(best.sel(dimension=d)) for d in best.dimension.values]
        value, low, high = (10 ** np.array([getattr(e, name) for e in estimates]) for name in ("value", "low", "high"))
        shift = 0.96 if role == "first" else 1.04
        drawing.interval_points(
            axes, best.dimension * shift, value, low, high, colour=colour, line="-", label=_sets(records)[role]
        )
    axes.plot(list(AUTHORS), list(AUTHORS.values()), "x", color=drawing.GREY, label="authors' scripts, CIFAR-10")
    x = np.array([few(records, "first").dimension.values.min(), max(AUTHORS)])
    axes.plot(x, 4 / x, ":", color=drawing.BLACK, lw=1, label="4 / dimensions")
    drawing.log_ticks(axes, [16, 64, 256, 1024, 4096])
    axes.set(xlabel="dimensions of the projector", ylabel="weight off the diagonal", yscale="log")
    drawing.legend_outside(axes)
    return figure
