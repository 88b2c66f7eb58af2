"""What features tell of the maze."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import NAMES, at_end, final
from learning_geometry.studies.successor_features.figures._looks import LOOKS

_SHOWN = ("simple", "DQN", "canonical", "orthogonality", "reconstruction")


def plot_maps(records: Records) -> Figure:
    """The cells of the maze, coloured by the first three principal directions of features after the first task."""
    mazes = records["exact", "maze"].sel(task="T1")
    figure = drawing.figure(drawing.PAGE_WIDTH, 1.95)
    for axes, agent in zip(figure.subplots(1, len(_SHOWN)), _SHOWN, strict=True):
        maps = records.of("training", agent=agent, view="allocentric", slip=0.0)[0]["maps"].sel(phase=1)
        axes.imshow(coloured_cells(maps, mazes.walls.values), interpolation="nearest")
        for box in mazes.box:
            axes.plot(box[0], box[1], "s", color="white", mec="black", ms=7)
        axes.set_title(NAMES[agent], fontweight="normal", fontsize=9.5)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return figure


def coloured_cells(maps: Any, walls: NDArray[np.bool_]) -> NDArray[np.float64]:
    """An RGB image `(y, x, 3)`: directions of features, averaged over headings, in three principal directions.

    All three colours share one scale, that of unit vectors: features that have collapsed are one grey.
    """
    features = maps.features.values
    length = np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    image = np.repeat(np.where(walls, 0.3, 0.5)[..., None], 3, axis=2)
    x, y = maps.pose.sel(where="x").values, maps.pose.sel(where="y").values
    cells = sorted(set(zip(y.tolist(), x.tolist(), strict=True)))
    mean = np.array([(features / length)[(y == row) & (x == column)].mean(0) for row, column in cells])
    mean -= mean.mean(0)
    _, _, axes = np.linalg.svd(mean, full_matrices=False)
    for (row, column), place in zip(cells, mean @ axes[:3].T, strict=True):
        image[row, column] = np.clip(0.5 + 0.8 * place, 0, 1)
    return image


def plot_decoding(records: Records) -> Figure:
    """Return against what a linear decoder of the successor representation leaves unexplained, a mark for each seed."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.5)
    axes = figure.subplots()
    for agent in NAMES:
        errors, reached = at_end(records, agent, "decoding"), final(records, agent, 1)
        colour = LOOKS[agent][0]
        filled = colour if LOOKS[agent][1] == "-" else "none"
        axes.plot(errors, reached, "o", color=colour, mfc=filled, ms=6, label=NAMES[agent])
    axes.set(
        xlabel="share of the successor representation that a linear decoder misses",
        ylabel="greedy return, task 1",
    )
    drawing.legend_outside(axes)
    return figure
