"""Figure of the paper's own toy and its controls."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.claims.toy import LEAST
from learning_geometry.studies.llm_phases.experiments._free_features import moves

_TITLES = {
    "reference": "skewed classes\n(figure 4)",
    "uniform": "equal classes\n(figure 12a)",
    "no_bottleneck": "three dimensions\n(figure 12b)",
    "squared_error_uniform": "squared errors,\nequal (13a)",
    "squared_error": "squared errors,\nskewed (13b)",
}


def plot_toy(records: Records) -> Figure:
    """RankMe from the random starts of the first seed under each condition, and how often it falls after its dip.

    A thin line is a start, the thick one their median. The share is that of starts, over all seeds, in which RankMe falls by
    more than 5 % from a peak after its dip.
    """
    toy = records["toy"]
    figure, grid = drawing.panels(list(_TITLES.values()), columns=5, height=2.4)
    for axes, name in zip(grid, _TITLES, strict=True):
        courses = toy.rankme.sel(condition=name).transpose("seed", "start", "step").values
        axes.plot(toy.step, courses[0].T, color=drawing.SKY, lw=0.6)
        axes.plot(toy.step, np.median(courses[0], axis=0), color=drawing.BLUE, lw=1.8)
        share = float((moves(courses)[2] > LEAST).mean())
        drawing.note(axes, f"{100 * share:.0f} % of starts\nfall after the dip", "lower right")
        drawing.log_steps(axes, toy.step)
        axes.set_xlabel("steps")
    grid[0].set(ylabel="RankMe", ylim=(0, 3.05))
    return figure
