"""Figures of what the compression is made of: bands of ranks, windows of alpha-ReQ, and the model at a lower rate."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import BAND, Turns, alpha_of_ranks, by_seed, lost, rankme_of_ranks
from learning_geometry.studies.llm_phases.figures._phases import TINTS, median_phases

_WINDOWS = ((1, 4), (1, 8), (1, 16), (2, 10), (3, 12), (3, 25), (8, 28))


def plot_heads(records: Records) -> Figure:
    """By how many percent RankMe of each band of ranks changes in the compression; the change of alpha-ReQ by its window.

    Dots are seeds, bars their mean: from RankMe's peak to the last checkpoint.
    """
    trainings = records["pretraining"]
    figure, (left, right) = drawing.panels(
        ["RankMe within bands of ranks", "Alpha-ReQ by the ranks of its fit"], columns=2, share_y=False
    )
    n_ranks = trainings.sizes["rank"]
    bands = [(first, first + BAND - 1) for first in range(1, n_ranks - BAND + 2, BAND)]
    windows = [window for window in _WINDOWS if window[1] < n_ranks]  # a norm leaves the last eigenvalue near zero
    _draw_changes(left, {f"{a}-{b}": _of_band(trainings, a, b) for a, b in bands})
    _draw_changes(right, {f"{a}-{b}": _of_window(trainings, a, b) for a, b in windows})
    left.set_ylabel("change in the compression (%)")
    right.set_ylabel("change in the compression")
    return figure


def _of_band(trainings: xr.Dataset, first: int, last: int) -> list[float]:
    changes = by_seed(trainings, lambda run, turn: -lost(rankme_of_ranks(run, first, last), turn))
    return list(changes.values())


def _of_window(trainings: xr.Dataset, first: int, last: int) -> list[float]:
    def change(run: xr.Dataset, turn: Turns) -> float:
        alpha = alpha_of_ranks(run, first, last)
        assert alpha is not None
        return float(alpha[turn.end] - alpha[turn.peak])

    return list(by_seed(trainings, change).values())


def _draw_changes(axes: Axes, changes: Mapping[str, list[float]]) -> None:
    for place, values in enumerate(changes.values()):
        axes.bar(place, np.mean(values), color=drawing.SKY, width=0.7)
        axes.plot(np.full(len(values), place), values, "o", color=drawing.BLUE, ms=4)
    axes.axhline(0, color=drawing.BLACK, lw=0.8)
    axes.set_xticks(range(len(changes)), list(changes))
    axes.set_xlabel("ranks")


def plot_slow(records: Records) -> Figure:
    """RankMe of the model at a lower rate: last layer, without the gain, before the norm, inner layers; each seed."""
    trainings = records["slow_pretraining"]
    inner = trainings.layer.values[1:-1]
    curves = {
        "Last layer": trainings.rankme,
        "Without the gain": trainings.rankme_without_gain,
        "Before the norm": trainings.rankme_before_norm,
        "Inner blocks, mean": trainings.rankme_layers.sel(layer=inner).mean("layer"),
    }
    spans = median_phases(trainings)
    figure, grid = drawing.panels(list(curves), *drawing.phase_keys(spans, TINTS), columns=4, height=2.7)
    for axes, curve in zip(grid, curves.values(), strict=True):
        drawing.seeds_and_mean(axes, trainings.step, curve, colour=drawing.BLUE, pale=drawing.SKY)
        drawing.log_steps(axes, trainings.step)
        drawing.shade_phases(axes, spans, TINTS)
        axes.set_xlabel("training steps")
    grid[0].set(ylabel="RankMe", ylim=(0, None))
    return figure
