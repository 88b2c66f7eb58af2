"""Time to a good policy."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import NAMES, part
from learning_geometry.studies.successor_features.claims.efficiency import updates_to_good
from learning_geometry.studies.successor_features.figures._looks import LOOKS


def plot_efficiency(records: Records) -> Figure:
    """Updates until a good policy, and operations of an update."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    for row, agent in enumerate(NAMES):
        drawing.seeds_row(left, row, updates_to_good(records, agent), colour=LOOKS[agent][0], interval=False)
        cost = float(part(records, agent, "cost").operations) / 1e6
        right.plot([0, cost], [row, row], color=LOOKS[agent][0], lw=7, solid_capstyle="butt")
    drawing.label_rows(left, list(NAMES.values()))
    drawing.label_rows(right, [""] * len(NAMES))
    left.set(xlabel="updates until the return is .5", title="Task 1", xlim=(0, None))
    right.set(xlabel="million operations an update", title="Cost", xlim=(0, None))
    return figure
