"""Innate classifiers in environments that they know."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.stochastic_wiring.claims._cells import main, over_deterministic, over_own_mean

LOOKS = {
    "population": (drawing.BLUE, "-", "sampled brains, mean"),
    "mean network": (drawing.RED, "-", "their mean network"),
    "rounded": (drawing.ORANGE, "-", "probabilities rounded"),
    "deterministic": (drawing.BLACK, "--", "deterministic genome"),
    "sampled deterministic": (drawing.GREY, ":", "brains sampled from it"),
}
"""Colour, line and name of the agents."""


def plot_accuracy(records: Records) -> Figure:
    """Accuracy against neurons a type, one panel a variability."""
    cells = main(records)
    titles = [_environment(int(v)) for v in cells.variability]
    figure, grid = drawing.panels(titles, height=2.2)
    for axes, variability in zip(grid, cells.variability.values, strict=True):
        draw_agents(axes, cells.sel(variability=variability), LOOKS)
    drawing.label_axes(grid, x="neurons a type", y="accuracy (%)")
    drawing.legend_below(figure, across=3)
    return figure


def draw_agents(axes: Axes, cell: Any, looks: dict[str, tuple[str, str, str]]) -> None:
    """Draw the accuracy `(seed, neurons, agent)` of agents with these colours, lines and names."""
    for agent, (colour, line, name) in looks.items():
        marker = "" if agent == "deterministic" else "o"
        drawing.band(axes, cell.neurons, cell.sel(agent=agent), colour=colour, line=line, label=name, marker=marker)
    drawing.log_ticks(axes, cell.neurons)


def plot_benefit(records: Records) -> Figure:
    """The benefit of stochasticity over neurons a type and variability, against both references."""
    cells = main(records)
    benefits = {
        "over the mean network of the same genome": over_own_mean(cells),
        "over a deterministic genome": over_deterministic(cells),
    }
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.1)
    grid = figure.subplots(1, 2, sharey=True)
    for axes, (title, benefit) in zip(grid, benefits.items(), strict=True):
        mean = benefit.mean("seed").transpose("variability", "neurons")
        image = drawing.matrix(
            axes,
            mean,
            rows=[f"± {v}" for v in cells.variability.values],
            columns=cells.neurons,
            low=-40,
            high=40,
            write=lambda points: drawing.signed(points, 0),
            cmap="PuOr_r",
        )
        axes.set(title=title, xlabel="neurons a type")
    grid[0].set_ylabel("moves (pixels)")
    figure.colorbar(image, ax=grid, label="points", extend="min", shrink=0.85)
    return figure


def _environment(variability: int) -> str:
    return f"moves of up to {variability} pixel{'s' * (variability > 1)}" if variability else "images at rest"
