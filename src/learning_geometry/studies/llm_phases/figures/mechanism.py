"""Figure of which classes move in which phase, and whose loss makes the class-weighted model contract."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.figures._phases import TINTS

_LOSSES = {
    "all": ("all losses", drawing.BLACK),
    "frequent": ("frequent classes' alone", drawing.RED),
    "rare": ("rare classes' alone", drawing.BLUE),
}


def plot_mechanism(records: Records) -> Figure:
    """How each class's way is shared among the phases, and RankMe from the peak on under the losses of some classes alone.

    Of the seeds that have a third phase: means, with the range over seeds on the right.
    """
    runs = records["mechanism"]
    runs = runs.isel(seed=np.flatnonzero(runs.contracts)) if bool(runs.contracts.any()) else runs
    figure, (left, right) = drawing.panels(["Share of each class's way", "From the peak on"], columns=2, share_y=False)
    ranks = np.arange(1, runs.sizes["class"] + 1)
    below = np.zeros(len(ranks))
    for phase in runs.phase.values:
        share = runs.path.sel(phase=phase).transpose("seed", "class").values.mean(axis=0)
        left.fill_between(ranks, below, below + share, color=TINTS[str(phase)], alpha=0.75, lw=0, label=str(phase))
        below = below + share
    left.set(xlabel="rank of the class by frequency", ylabel="share", ylim=(0, 1), xlim=(1, ranks[-1]))
    drawing.plain_log(left)
    for name, (label, colour) in _LOSSES.items():
        drawing.band(right, runs.step, runs.continued.sel(loss=name), colour=colour, label=label)
    drawing.log_steps(right, runs.step)
    right.set(xlabel="steps after the peak", ylabel="RankMe / its peak")
    for axes in (left, right):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3 if axes is left else 2)
    return figure
