"""What becomes of agents that differ in one loss or one gradient."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import NAMES, final, returns
from learning_geometry.studies.successor_features.figures._looks import LOOKS, curve

_AGENTS = ("simple", "same head", "no stop-gradient", "all losses", "canonical", "random")


def plot_losses(records: Records) -> Figure:
    """Return over the first task, and at the ends of the first two tasks."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.5)
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.4, 1, 1])
    for agent in _AGENTS:
        curve(left, agent, returns(records, agent, 1))
    left.set(xlabel="updates", ylabel="greedy return", title="Learning task 1")
    for phase, axes in ((1, middle), (2, right)):
        for row, agent in enumerate(_AGENTS):
            drawing.seeds_row(axes, row, final(records, agent, phase), colour=LOOKS[agent][0])
        drawing.label_rows(axes, [NAMES[a] if phase == 1 else "" for a in _AGENTS])
        axes.set(xlabel="return", title=f"End of task {phase}", xlim=(-0.6, 1.05))
        axes.axvline(0, color=drawing.GREY, lw=1, zorder=0)
    return figure
