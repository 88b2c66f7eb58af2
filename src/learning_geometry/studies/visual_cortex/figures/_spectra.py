"""How spectra are drawn that may be negative, and spectra over a power law; which curvatures count as scale-free.

Values that are not positive have no place on logarithmic axes: a triangle at the foot of the axes stands for each.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from learning_geometry import drawing
from learning_geometry.instruments.scale_free import MARGIN

LOWEST = 0.06
"""The least ratio to a power law that is drawn; the test takes whatever is below 0.05 for that."""

RATIO = "variance over that\nof a power law"


def ranks_axis(axes: Axes) -> None:
    """Make the horizontal axis one of ranks."""
    drawing.plain_log(axes, subs=(1, 3))
    axes.set_xlabel("rank")


def draw_spectrum(axes: Axes, ranks: ArrayLike, values: Any, colour: str, marker: str, line: str = "-") -> None:
    """Draw the mean over seeds of `values` `(seed, rank)` or `(rank,)` and their range as a band, where it is positive."""
    values = np.atleast_2d(values)
    lost = values.mean(axis=0) <= 0
    drawing.band(axes, ranks, np.where(lost, np.nan, values), colour=colour, marker=marker, line=line)
    _mark_lost(axes, np.asarray(ranks)[lost], colour)


def draw_ratio(axes: Axes, ranks: ArrayLike, ratio: Any, spread: Any, colour: str) -> None:
    """Draw ratios `(seed, bin)` or `(bin,)` of observed to expected values, and two standard deviations of power laws in grey."""
    ratio, spread = np.atleast_2d(ratio), np.asarray(spread)
    axes.fill_between(ranks, 1 - 2 * spread, 1 + 2 * spread, color="0.5", alpha=0.3, lw=0)
    axes.axhline(1, color=drawing.GREY, lw=1)
    lost = ratio.mean(axis=0) < LOWEST
    drawn = np.where(lost | (ratio < LOWEST), np.nan, ratio)
    axes.plot(ranks, drawn.T, color=colour, lw=0.6, alpha=0.6)
    axes.plot(ranks, np.where(lost, np.nan, ratio.mean(axis=0)), "o-", color=colour, ms=5)
    _mark_lost(axes, np.asarray(ranks)[lost], colour)
    ranks_axis(axes)


def ratio_axis(axes: Axes) -> None:
    """Make the vertical axis one of ratios to a power law."""
    drawing.plain_log(axes, "y")
    axes.set_ylim(LOWEST, 4)


def mark_margin(axes: Axes, axis: Any = "y") -> None:
    """Shade the curvatures that count as scale-free."""
    drawing.shade(axes, -MARGIN, MARGIN, axis=axis)


def middle_window(features: Any) -> tuple[str, str]:
    """The window that figures show, the middle one, and how an axis calls its ranks."""
    window = str(features.window.values[features.sizes["window"] // 2])
    return window, f"ranks {window.replace('-', ' to ')}"


def _mark_lost(axes: Axes, ranks: ArrayLike, colour: str) -> None:
    axes.plot(ranks, np.full(np.shape(ranks), 0.02), "v", color=colour, ms=7, transform=axes.get_xaxis_transform())
