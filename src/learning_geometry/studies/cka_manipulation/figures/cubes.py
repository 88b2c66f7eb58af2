"""Figure 4 (a, b) of the paper at its own size: two cubes."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.cka_manipulation.claims.cubes import PRINTED


def plot_cubes(records: Records) -> Figure:
    """CKA of two cubes, one moved, or both mapped linearly."""
    figure, (left, right) = drawing.panels(
        ["One of two cubes moves", "An invertible linear map"], columns=2, height=2.8
    )
    _draw_moved(left, records)
    mapped = records["cubes", "linear_map"]
    drawing.band(right, mapped.ratio, mapped.cka, colour=drawing.BLUE, label="linear, mapped", marker="o", ms=4.5)
    right.plot(
        *zip(*PRINTED.items(), strict=True), "x", color=drawing.BLACK, ms=9, mew=2, label="printed by the authors"
    )
    right.set(xscale="log", xlabel="σ / μ of the map's entries")
    drawing.label_axes([left, right], y="CKA with the original")
    drawing.legend_below(figure)
    return figure


def _draw_moved(axes: Axes, records: Records) -> None:
    moved, rbf = records["cubes", "translation"], records["cubes", "rbf"]
    drawing.band(axes, moved.distance, moved.cka, colour=drawing.BLUE, label="linear", marker="o", ms=4.5)
    axes.plot(moved.direct_distance, moved.direct, "x", color=drawing.BLACK, ms=8, mew=2, label="linear, direct")
    for fraction, colour in zip(rbf.fraction.values, (drawing.RED, drawing.GREEN, drawing.PINK), strict=False):
        shared = rbf.cka.sel(bandwidth="shared", fraction=fraction)
        drawing.band(
            axes, rbf.distance, shared, colour=colour, label=f"Gaussian, {fraction:g} × median", marker="s", ms=4.5
        )
    own = rbf.cka.sel(bandwidth="own").isel(fraction=-1).mean("seed")
    axes.plot(rbf.distance, own, ":", color=drawing.PINK, label=f"Gaussian, {rbf.fraction.values[-1]:g} × own median")
    axes.set(xlabel="distance moved (edge lengths)", ylim=(-0.03, 1.03))
