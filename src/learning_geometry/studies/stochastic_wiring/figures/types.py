"""How many neuron types a genome needs."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.stochastic_wiring.claims._cells import accuracy, tried
from learning_geometry.studies.stochastic_wiring.figures.classifier import LOOKS, draw_agents


def plot_types(records: Records) -> Figure:
    """Accuracy against neurons a type, one panel a number of types, at the least variability above 0."""
    variability = min(v for v in tried(records)[1] if v)
    units = [record.unit for record in records.of("classifier", variability=variability, recentred=False)]
    types = sorted(unit.types for unit in units)
    figure, grid = drawing.panels([f"{k} types" for k in types], height=1.9)
    looks = {agent: LOOKS[agent] for agent in ("population", "mean network", "deterministic")}
    for axes, k in zip(grid, types, strict=True):
        draw_agents(axes, accuracy(records, types=k, variability=variability).sel(world="known"), looks)
    drawing.label_axes(grid, x="neurons a type", y="accuracy (%)")
    drawing.legend_below(figure)
    return figure
