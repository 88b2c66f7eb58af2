"""Actions that slip, and frames from within."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import returns
from learning_geometry.studies.successor_features.figures._looks import curve


def plot_slips(records: Records) -> Figure:
    """Return over the first task where actions slip, and with egocentric frames."""
    slips = sorted({record.unit.slip for record in records.of("training", agent="simple")} - {0.0})
    panels = [(f"{slip:.0%} slip", {"slip": slip}) for slip in slips] + [("egocentric", {"view": "egocentric"})]
    figure, grid = drawing.panels([title for title, _ in panels], columns=4, height=2.0)
    for axes, (_, where) in zip(grid, panels, strict=True):
        for agent in ("DQN", "simple"):
            curve(axes, agent, returns(records, agent, 1, **where))
    drawing.label_axes(grid, x="updates", y="greedy return")
    drawing.legend_below(figure)
    return figure
