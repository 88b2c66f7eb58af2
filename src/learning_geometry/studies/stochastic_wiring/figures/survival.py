"""Populations under an optimum that moves."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_AGENTS = (drawing.BLACK, drawing.BLUE, drawing.SKY, drawing.GREEN, drawing.ORANGE, drawing.PINK)


def names(agents: list[str]) -> dict[str, tuple[str, str]]:
    """Name and colour of each agent of the population experiment."""
    return {
        agent: ("no chance: genomes' means" if agent == "mean" else f"{agent} partners", colour)
        for agent, colour in zip(agents, _AGENTS, strict=False)
    }


def plot_courses(records: Records) -> Figure:
    """Share of individuals that survive each generation, a line for each seed that ends where its population dies out."""
    populations = records["population"].isel(rate=-1)
    size = float(populations["size"][-2])
    chosen = ["mean", *map(str, populations.agent.values[[-1, 1]])]
    known = names(list(populations.agent.values))
    figure, grid = drawing.panels([known[agent][0] for agent in chosen], height=2.0)
    for axes, agent in zip(grid, chosen, strict=True):
        course = populations.course.sel(size=size, agent=agent).transpose("seed", "generation").values
        colour = known[agent][1]
        for line in course:
            lived = int((line > 0).sum())
            axes.plot(np.arange(1, lived + 1), 100 * line[:lived], color=colour, lw=0.8, alpha=0.6)
            if lived < len(line):
                axes.plot(max(lived, 0.5), 100 * line[lived - 1] if lived else 0.0, "x", color=colour, ms=6, mew=1.6)
        dead = int((course[:, -1] == 0).sum())
        drawing.note(axes, f"{dead} of {len(course)} died out", behind="white")
        axes.set(xlim=(0, course.shape[1] + 1), ylim=(-4, 118))
    drawing.label_axes(grid, x="generation", y="survivors (%)")
    return figure


def plot_survival(records: Records) -> Figure:
    """Share of populations that are alive at the end against the size of change, one panel a rate; lines are exact."""
    populations = records["population"]
    known = names(list(populations.agent.values))
    handles = [drawing.key(name, "", marker="o", color=colour) for name, colour in known.values()]
    titles = [f"rate of change {rate:g}" for rate in populations.rate.values]
    line = drawing.key("no evolution, exact")
    figure, grid = drawing.panels(titles, *handles, line, columns=4, height=2.0, share_x=True)
    for axes, rate in zip(grid, populations.rate.values, strict=True):
        for agent, (_, colour) in known.items():
            cell = populations.sel(rate=rate, agent=agent)
            axes.plot(cell["size"], 100 * cell.exact.mean("seed"), color=colour, lw=1.3)
            axes.plot(cell["size"], 100 * cell.alive.isel(generation=-1).mean("seed"), "o", color=colour, ms=5)
    drawing.label_axes(grid, x="size of change", y="alive at the end (%)")
    return figure
