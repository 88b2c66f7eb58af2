"""Dual changes that are Gaussian by construction, against supposed geometries."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import DISTANCE, FLOOR, draw_truths


def plot_simulation(records: Records) -> Figure:
    """ΔCDF of exactly Gaussian dual changes by supposed geometry, mean and 5 to 95 % over seeds; a panel for each start."""
    simulation = records["simulation"]
    titles = [f"{initial} initial weights" for initial in simulation.initial.values]
    figure, grid = drawing.panels(titles, *FLOOR, columns=2)
    draw_truths(grid, list(simulation.cdf_distance), weights=[int(simulation.synapses)] * len(grid))
    drawing.label_axes(grid, x="supposed exponent p", y=DISTANCE)
    return figure
