"""What the figures share: the look of each geometry, and distances against supposed geometries.

A geometry keeps its colour and marker. Against supposed geometries, each true one has a line, whose least mean is ringed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from learning_geometry import drawing
from learning_geometry.instruments.dual_change import cdf_distance_critical, cdf_distance_floor

if TYPE_CHECKING:
    import xarray as xr

DISTANCE = "distance from a Gaussian (ΔCDF)"
LEAST = drawing.key("best fit", "", marker="o", ms=12, mfc="none", mew=1.4)
FLOOR = drawing.key("floor: Gaussian changes", ":"), drawing.key("5 % critical value", "--", lw=1.3), LEAST


def look(exponent: float) -> tuple[str, str, str]:
    """Name, colour and marker of the geometry with this exponent; those besides 1, 2 and 3 differ in name only."""
    usual = {
        1.0: ("entropy", drawing.BLUE, "o"),
        2.0: ("Euclid", drawing.RED, "s"),
        3.0: ("3-norm", drawing.GREEN, "^"),
    }
    return usual.get(float(exponent), (f"{exponent:g}-norm", drawing.PINK, "D"))


def draw_truths(
    grid: Sequence[Axes],
    distances: "Sequence[xr.DataArray]",
    *,
    line: str = "-",
    weights: Sequence[int] = (),
    seeds: bool = False,
    named: bool = True,
) -> None:
    """Draw `distances` `(truth, candidate, seed)` of each panel against the candidates: means, their least ringed, and names.

    The spread over seeds is drawn as 5 to 95 % or, with `seeds`, as a line for each. With the number of `weights` of each
    panel, the ΔCDF of as many Gaussian changes is drawn too.
    """
    for panel, (axes, distance) in enumerate(zip(grid, distances, strict=True)):
        candidates = distance.candidate.values
        axes.set(xlim=(candidates[0] - 0.15, candidates[-1] + 0.65))
        axes.set_xticks(candidates, [f"{p:g}\n{look(p)[0] if p in (1, 2) else ''}" for p in candidates])
        drawing.plain_log(axes, "y")
        if weights:
            draw_reference(axes, np.repeat(weights[panel], 2), axes.get_xlim())
        for truth, mean in zip(distance.truth.values, distance.mean("seed"), strict=True):
            _, colour, marker = look(truth)
            values, how = distance.sel(truth=truth), dict[str, Any](colour=colour, line=line, marker=marker)
            if seeds:
                drawing.seeds_and_mean(axes, candidates, values, **how)
            else:
                drawing.band(axes, candidates, values, quantiles=(0.05, 0.95), **how)
            axes.plot(mean.idxmin(), mean.min(), "o", color=colour, ms=12, mfc="none", mew=1.4)
    # Names come last: panels share an axis, whose limits the others move.
    for axes, distance in zip(grid, distances, strict=True) if named else ():
        ends = distance.mean("seed").isel(candidate=-1)
        names = [(float(end), *look(truth)[:2]) for truth, end in zip(distance.truth.values, ends, strict=True)]
        drawing.name_lines(axes, distance.candidate.values[-1] + 0.1, names)


def draw_reference(axes: Axes, weights: ArrayLike, x: ArrayLike) -> None:
    """Draw the mean ΔCDF of as many Gaussian changes as there are `weights`, and its 5 % critical value, over `x`."""
    for statistic, line in ((cdf_distance_floor, ":"), (cdf_distance_critical, "--")):
        heights = [statistic(int(count)) for count in np.asarray(weights)]
        axes.plot(x, heights, line, color=drawing.GREY, lw=1.3, zorder=1)
