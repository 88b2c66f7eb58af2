"""Curves of several replicates: their mean, with their range behind it or a thin line for each."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from learning_geometry.drawing.replicates import as_rows
from learning_geometry.drawing.style import BLACK, darken

_LEAST_GAP = 0.055  # share of the axes' height that a name takes


def band(
    axes: Axes,
    x: ArrayLike,
    values: ArrayLike,
    *,
    colour: str,
    label: str = "",
    line: str = "-",
    marker: str = "",
    quantiles: tuple[float, float] = (0.0, 1.0),
    dim: str = "seed",
    **how: Any,
) -> None:
    """Draw the mean of `values` `(n_seeds, n)` over `x` `(n,)`, and behind it the range between two `quantiles`.

    The default range is that from the least to the greatest. `how` are properties of the line.
    """
    rows = as_rows(values, dim)
    positions = np.asarray(x)
    axes.plot(
        positions, rows.mean(axis=0), line, color=colour, label=label, **{"marker": marker or None, "ms": 5, **how}
    )
    if len(rows) > 1:
        low, high = np.quantile(rows, quantiles, axis=0)
        axes.fill_between(positions, low, high, color=colour, alpha=0.18, lw=0)


def seeds_and_mean(
    axes: Axes,
    x: ArrayLike,
    values: ArrayLike,
    *,
    colour: str,
    label: str = "",
    line: str = "-",
    pale: Any = None,
    centre: Callable[..., Any] = np.mean,
    dim: str = "seed",
    **how: Any,
) -> None:
    """Draw a thin line for each row of `values` `(n_seeds, n)` over `x` `(n,)`, and a thick one for their mean.

    Thin lines have the colour `pale`, by default half transparent. `centre` may be `np.median` instead of the mean; `how`
    are properties of the thick line.
    """
    rows = as_rows(values, dim)
    positions = np.asarray(x)
    axes.plot(positions, rows.T, line, color=(colour, 0.5) if pale is None else pale, lw=0.8)
    axes.plot(positions, centre(rows, axis=0), line, color=colour, label=label, **{"lw": 2.2, "ms": 5, **how})


def power_law(
    axes: Axes,
    ranks: ArrayLike,
    values: ArrayLike,
    exponent: float,
    *,
    colour: str = BLACK,
    label: str = "",
    line: str = "--",
    **how: Any,
) -> None:
    """Draw the power law of falling `exponent` that lies best on positive `values` `(n,)` at `ranks` `(n,)`.

    Best is the least mean squared distance of logarithms, each rank weighted by its inverse, as if ranks were equally
    dense on a logarithmic axis. Pass the ranks of the fitted window alone: the line is drawn over them.
    """
    positions, heights = np.asarray(ranks, dtype=np.float64), np.asarray(values, dtype=np.float64)
    level = np.average(np.log(heights) + exponent * np.log(positions), weights=1 / positions)
    fitted = np.exp(level) * positions**-exponent
    axes.plot(positions, fitted, line, color=colour, label=label, **{"lw": 1.3, **how})


def name_lines(axes: Axes, x: float, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write the names of lines at `x`, `(height, name, colour)` each, moved apart as far as it takes to read them.

    Draw all lines and set the limits and scale of the vertical axis before.
    """
    axes.get_ylim()  # limits are worked out only when asked for
    scale = axes.transScale + axes.transLimits
    heights = np.array([scale.transform((x, height))[1] for height, _, _ in sorted(ends)])
    steps = _LEAST_GAP * np.arange(len(heights))
    # Those too close are moved upwards, and then all of them down by half of the largest move.
    placed = np.maximum.accumulate(heights - steps) + steps
    placed -= (placed - heights).max(initial=0) / 2
    for height, (_, name, colour) in zip(placed, sorted(ends), strict=True):
        axes.text(x, height, name, color=darken(colour), va="center", transform=axes.get_xaxis_transform())
