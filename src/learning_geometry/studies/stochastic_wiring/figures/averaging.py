"""A pole that is balanced better by the average than by samples."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records


def plot_cart_pole(records: Records) -> Figure:
    """Share of steps that each agent keeps the pole up, a mark for each seed."""
    balanced = 100 * records["cart_pole"].balanced.mean("episode")
    figure = drawing.figure(7, 1.35)
    axes = figure.subplots()
    for row, (agent, colour) in enumerate({"population": drawing.BLUE, "mean network": drawing.RED}.items()):
        drawing.seeds_row(axes, row, balanced.sel(agent=agent), colour=colour)
    drawing.label_rows(axes, ["sampled brains", "their mean network"])
    axes.set_xlabel("steps with the pole up (% of 200)")
    return figure
