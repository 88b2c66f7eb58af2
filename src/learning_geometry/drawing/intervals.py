"""Estimates with their intervals: rows of a forest plot, and points with bars."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from learning_geometry.drawing.replicates import as_sample
from learning_geometry.instruments.statistics import mean_interval


def seeds_row(
    axes: Axes,
    row: float,
    values: ArrayLike,
    *,
    colour: str,
    marker: str = "o",
    interval: bool | Sequence[float] = True,
    label: str = "",
) -> None:
    """Draw `values` `(n_seeds,)` hollow along a row, their mean as a bar across it, and an interval as a line on it.

    The interval is Student's at 95 % if there are two seeds or more, the one given as `(low, high)`, or none (False).
    """
    sample = as_sample(values)
    axes.plot(sample, np.full(len(sample), row), marker, color=colour, mfc="none", ms=6, mew=1.2, label=label)
    axes.plot(sample.mean(), row, "|", color=colour, ms=13, mew=2.6)
    if not isinstance(interval, bool):
        low, high = interval
    elif interval and len(sample) > 1:
        low, high = mean_interval(sample)
    else:
        return
    axes.plot((low, high), (row, row), "-", color=colour, lw=2.2)


def interval_row(
    axes: Axes,
    row: float,
    value: float,
    low: float,
    high: float,
    *,
    colour: str,
    marker: str = "o",
    filled: bool = True,
    label: str = "",
) -> None:
    """Draw an estimate as a marker on a row, with the line of its interval from `low` to `high`."""
    axes.plot((low, high), (row, row), "-", color=colour, lw=2.2)
    axes.plot(value, row, marker, color=colour, mfc=colour if filled else "white", ms=8, mew=1.6, label=label)


def interval_points(
    axes: Axes,
    x: ArrayLike,
    values: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    colour: str,
    marker: str = "o",
    line: str = "",
    label: str = "",
) -> None:
    """Draw `values` `(n,)` over `x` `(n,)` as markers, joined by a `line` if asked to, with bars from `low` to `high`."""
    heights = np.asarray(values, dtype=np.float64)
    reach = np.abs(np.array([np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)]) - heights)
    axes.errorbar(
        np.asarray(x),
        heights,
        reach,
        color=colour,
        marker=marker,
        ls=line or "none",
        ms=6,
        capsize=3,
        elinewidth=1.2,
        label=label,
    )


def label_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Name the rows 0, 1, ... of a panel, the first at the top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
