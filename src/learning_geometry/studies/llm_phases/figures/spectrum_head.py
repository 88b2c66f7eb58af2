"""Figure of what the compression is made of: bands of ranks, windows of alpha-ReQ, and the model at a lower rate."""

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
    """What changes in the compression: RankMe by bands of ranks, alpha-ReQ by its window; and RankMe of the slow model.

    Left and middle, dots are seeds and bars their mean: from RankMe's peak to the last checkpoint. Right, of the model at a
    lower rate, lines are means over seeds and bands their range.
    """
    trainings = records["pretraining"]
    titles = ["RankMe by bands of ranks", "Alpha-ReQ by ranks of its fit", "At a lower rate"]
    figure, (left, middle, right) = drawing.panels(titles, columns=3, share_y=False, height=2.9)
    n_ranks = trainings.sizes["rank"]
    bands = [(first, first + BAND - 1) for first in range(1, n_ranks - BAND + 2, BAND)]
    windows = [window for window in _WINDOWS if window[1] < n_ranks]  # a norm leaves the last eigenvalue near zero
    _draw_changes(left, {f"{a}-{b}": _of_band(trainings, a, b) for a, b in bands})
    _draw_changes(middle, {f"{a}-{b}": _of_window(trainings, a, b) for a, b in windows})
    left.set_ylabel("change in the compression (%)")
    middle.set_ylabel("change in the compression")
    middle.tick_params("x", labelrotation=45)
    _draw_slow(right, records["slow_pretraining"])
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


def _draw_slow(axes: Axes, trainings: xr.Dataset) -> None:
    inner = trainings.layer.values[1:-1]
    curves = {
        "last layer": (trainings.rankme, drawing.BLUE, "-"),
        "without the gain": (trainings.rankme_without_gain, drawing.GREEN, "--"),
        "before the norm": (trainings.rankme_before_norm, drawing.RED, "-."),
        "inner blocks, mean": (trainings.rankme_layers.sel(layer=inner).mean("layer"), drawing.BLACK, ":"),
    }
    for label, (curve, colour, line) in curves.items():
        drawing.band(axes, trainings.step, curve, colour=colour, label=label, line=line)
    drawing.log_steps(axes, trainings.step)
    drawing.shade_phases(axes, median_phases(trainings), TINTS)
    axes.set(xlabel="training steps", ylabel="RankMe", ylim=(0, None))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2)
