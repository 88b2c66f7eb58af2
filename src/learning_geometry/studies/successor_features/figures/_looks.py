"""Colours and lines of agents, the same in every figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from learning_geometry import drawing
from learning_geometry.studies.successor_features.claims._courses import NAMES

LOOKS = {
    "simple": (drawing.BLUE, "-"),
    "DQN": (drawing.BLACK, "-"),
    "same head": (drawing.SKY, "--"),
    "canonical": (drawing.RED, "-"),
    "no stop-gradient": (drawing.ORANGE, "-"),
    "all losses": (drawing.ORANGE, "--"),
    "reconstruction": (drawing.PINK, "-"),
    "orthogonality": (drawing.GREEN, "-"),
    "random": (drawing.GREY, ":"),
}
"""Colour and line of each agent."""


def curve(axes: Axes, agent: str, values: Any) -> None:
    """Draw a quantity `(seed, update)` of an agent: its mean, and the middle half of seeds behind it."""
    colour, line = LOOKS[agent]
    drawing.band(axes, values.update, values, colour=colour, line=line, label=NAMES[agent], quantiles=(0.25, 0.75))


def draw_maze(axes: Axes, walls: Any, boxes: Any) -> None:
    """Draw the walls `(y, x)` of a maze and its boxes `(colour, where)` as squares with their worth."""
    ground = np.where(np.asarray(walls)[..., None], 0.55, 1.0) * np.ones(3)
    axes.imshow(ground, interpolation="nearest")
    for box in boxes:
        x, y, worth = box.values.tolist()
        colour = {"yellow": drawing.ORANGE, "green": drawing.GREEN}[str(box.colour.values)]
        axes.plot(x, y, "s", color=colour, ms=13)
        axes.text(x, y, drawing.signed(worth, 0), ha="center", va="center", color="white", fontsize=9)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
