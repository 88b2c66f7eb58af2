"""New rewards for old features."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import part

_EXACT = {
    "random successors": (drawing.GREEN, "exact, of random actions"),
    "old successors": (drawing.RED, "exact, of the old policy"),
}


def plot_transfer(records: Records) -> Figure:
    """Return while nothing but the task vector learns, under the same and under switched rewards."""
    alone = part(records, "simple", "task_vector").returns
    full = part(records, "simple", "branches").returns
    exact = records["exact", "returns"].returns
    figure, (left, right) = drawing.panels(["Rewards stay", "Rewards switch"], columns=2, height=2.1)
    for axes, rewards, switch in ((left, "same", "nothing"), (right, "switched", "rewards")):
        drawing.seeds_and_mean(
            axes, alone.update, alone.sel(rewards=rewards), colour=drawing.BLUE, label="task vector alone learns"
        )
        if switch in full.switch.values:
            drawing.seeds_and_mean(
                axes, full.update, full.sel(switch=switch), colour=drawing.GREY, line="--", label="everything learns"
            )
    for policy, (colour, name) in _EXACT.items():
        right.axhline(float(exact.sel(policy=policy)), color=colour, ls=":", label=name)
    drawing.label_axes([left, right], x="updates after the first task", y="greedy return")
    drawing.legend_below(figure)
    return figure
