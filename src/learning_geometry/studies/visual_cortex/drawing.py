"""What the study's figures are made of: panels, seeds and their means, axes of ranks.

Thin lines and hollow markers are seeds, thick lines and bars their means. Values that are not positive have no place on
logarithmic axes: a triangle at the foot of the axes stands for each.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from learning_geometry import style
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.instruments.statistics import mean_interval

Array = NDArray[np.float64]

BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = style.COLOURS
GREY = "0.45"
LOWEST = 0.06
"""The least ratio to a power law that is drawn; the test takes whatever is below 0.05 for that."""

_ROUNDING = 1e-10  # shares of variance below this are zero
_INK = 0.72  # brightness of letters over that of the line they name: orange and sky are hard to read on white


def key(label: str, line: str = "-", **how: Any) -> Line2D:
    """A grey line for a legend."""
    return Line2D([], [], ls=line, label=label, **{"color": GREY, **how})


def panels(
    titles: Sequence[str], *handles: Line2D, columns: int = 3, height: float = 3.1, shared: bool = True, across: int = 4
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each title and a legend of `handles` below; panels may share their vertical axis."""
    columns = min(columns, len(titles))
    rows = -(-len(titles) // columns)
    figure = style.figure(9, 0.3 + 0.3 * -(-len(handles) // across) + height * rows)
    grid: list[Axes] = []
    for k, title in enumerate(titles):
        first = grid[0] if grid and shared else None
        grid.append(figure.add_subplot(rows, columns, k + 1, title=title, sharey=first))
        grid[-1].tick_params(labelleft=not shared or k % columns == 0)
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=across, fontsize=9)
    return figure, grid


def ink(colour: str) -> tuple[float, ...]:
    """A darker colour, for letters."""
    return tuple(_INK * part for part in to_rgb(colour))


def signed(number: float) -> str:
    """A number of two digits with its sign."""
    return f"{round(number, 2) + 0.0:+.2f}".replace("-", "−")


def plain_log(axis: Any, subs: Sequence[int] = (1, 2, 5)) -> None:
    """Label a logarithmic axis with plain numbers."""
    axis.set(major_locator=LogLocator(subs=subs), major_formatter="{x:g}", minor_locator=NullLocator())


def ranks_axis(axes: Axes) -> None:
    """Make the horizontal axis one of ranks."""
    axes.set(xscale="log", xlabel="rank")
    plain_log(axes.xaxis, (1, 3))


def draw_values(axes: Axes, ranks: ArrayLike, values: Array, colour: str, *, name: str = "", **how: Any) -> None:
    """Draw the mean over seeds of `values` `(seeds, ranks)`, and their range as a band, where these are positive."""
    ranks, mean = np.asarray(ranks), values.mean(axis=0)
    if len(values) > 1:
        ends = [np.where(mean > 0, end, np.nan) for end in (values.min(axis=0), values.max(axis=0))]
        least = values[values > 0].min() / 10 if (values > 0).any() else 1.0
        axes.fill_between(ranks, np.maximum(ends[0], least), ends[1], color=colour, alpha=0.15, lw=0)
    axes.plot(ranks, np.where(mean > 0, mean, np.nan), color=colour, label=name, **{"ms": 5, **how})
    _mark_lost(axes, ranks[mean <= 0], colour)


def _mark_lost(axes: Axes, ranks: Array, colour: str) -> None:
    axes.plot(ranks, np.full(len(ranks), 0.02), "v", color=colour, ms=7, transform=axes.get_xaxis_transform())


def draw_mean(axes: Axes, row: float, values: ArrayLike, colour: str, marker: str, *, interval: bool = True) -> None:
    """Draw values of seeds hollow, their mean as a bar, and its Student's 95 % interval if there are two seeds."""
    found = np.asarray(values, dtype=np.float64)
    axes.plot(found, np.full(len(found), row), marker, color=colour, mfc="none", ms=6, mew=1.2)
    axes.plot(found.mean(), row, "|", color=colour, ms=13, mew=2.6)
    if interval and len(found) > 1:
        axes.plot(mean_interval(found), (row, row), "-", color=colour, lw=2.2)


def label_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Name rows, the first at the top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)


def draw_spectrum(axes: Axes, spectra: Array, alpha: float, ranks: Sequence[int], colour: str) -> None:
    """Draw spectra `(seeds, ranks)` and, dashed, the power law of exponent `alpha` through the mean in a window."""
    mean = spectra.mean(axis=0)
    rank = np.arange(1, len(mean) + 1)
    for each in spectra if len(spectra) > 1 else ():
        axes.plot(rank, np.where(each > _ROUNDING, each, np.nan), color=colour, lw=0.6, alpha=0.6)
    axes.plot(rank, np.where(mean > _ROUNDING, mean, np.nan), color=colour)
    inside = slice(ranks[0] - 1, ranks[1])
    scale = np.average(np.log(mean[inside]) + alpha * np.log(rank[inside]), weights=1 / rank[inside])
    axes.plot(rank[inside], np.exp(scale) * rank[inside] ** -alpha, "--", color=BLACK, lw=1.3)
    ranks_axis(axes)


def draw_ratio(axes: Axes, ranks: Array, ratio: Array, spread: Array, colour: str) -> None:
    """Draw ratios `(seeds, bins)` of observed to expected values, and two standard deviations of power laws in grey.

    Ratios below `LOWEST`, negative ones among them, are triangles at the foot.
    """
    axes.fill_between(ranks, 1 - 2 * spread, 1 + 2 * spread, color="0.5", alpha=0.3, lw=0)
    axes.axhline(1, color=GREY, lw=1)
    for each in ratio if len(ratio) > 1 else ():
        axes.plot(ranks, np.where(each >= LOWEST, each, np.nan), color=colour, lw=0.6, alpha=0.6)
    mean = ratio.mean(axis=0)
    axes.plot(ranks, np.where(mean >= LOWEST, mean, np.nan), color=colour, marker="o", ms=5)
    _mark_lost(axes, ranks[mean < LOWEST], colour)
    ranks_axis(axes)


def middle(windows: Array) -> tuple[int, int, int]:
    """Index, first and last rank of the window that figures show: the middle one."""
    at = len(windows) // 2
    return at, int(windows[at][0]), int(windows[at][1])


def mark_margin(axes: Axes, *, vertical: bool = False) -> None:
    """Shade the curvatures that count as scale-free."""
    (axes.axvspan if vertical else axes.axhspan)(-MARGIN, MARGIN, color="0.5", alpha=0.15, lw=0, zorder=0)


def name_ends(axes: Axes, x: float, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write names at heights of linear axes, `(height, name, colour)` each, far enough from each other to be read."""
    low, high = axes.get_ylim()
    gap = 0.055 * (high - low)
    heights = np.array(sorted(height for height, _, _ in ends))
    # Those too close are moved upwards, and then all of them down by half of the largest move.
    placed = np.maximum.accumulate(heights - gap * np.arange(len(heights))) + gap * np.arange(len(heights))
    placed -= (placed - heights).max() / 2
    for height, (_, name, colour) in zip(placed, sorted(ends), strict=True):
        axes.text(x, height, name, color=ink(colour), va="center")
