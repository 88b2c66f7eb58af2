"""What chance can do for a population, and what evolution makes of it."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_RATES = (drawing.BLACK, drawing.BLUE, drawing.SKY, drawing.GREEN, drawing.ORANGE, drawing.RED, drawing.PINK)


def plot_means(records: Records) -> Figure:
    """Arithmetic and geometric mean fitness against the spread of phenotypes, and the best spread against the rate of change."""
    hedging = records["hedging"]
    sizes = hedging["size"].values[hedging["size"].values > 0]
    handles = [
        drawing.key(f"size of change {size:g}", color=colour) for size, colour in zip(sizes, _RATES, strict=False)
    ]
    titles = ["Arithmetic mean fitness", "Geometric mean fitness", "The best spread"]
    figure, (left, middle, right) = drawing.panels(titles, *handles, height=2.1, share_y=False)
    for size, colour in zip(sizes, _RATES, strict=False):
        for axes, mean in ((left, "arithmetic"), (middle, "geometric")):
            fitness = hedging.fitness.sel(size=size, mean=mean)
            axes.plot(hedging.spread, fitness, color=colour)
            top = int(np.argmax(fitness.values))
            axes.plot(hedging.spread[top], fitness[top], "o", color=colour, ms=7)
        right.plot(hedging.rate, hedging.best.sel(size=size), "o-", color=colour, ms=5)
    for axes in (left, middle):
        axes.set(xlabel="sd of phenotypes", ylim=(-0.03, 1.03))
    left.set_ylabel("mean fitness")
    right.set(xlabel="share of time away from home", ylabel="best sd of phenotypes")
    right.set_xscale("symlog", linthresh=0.02, linscale=0.4)
    right.set_xticks([0, 0.02, 0.1, 1.0], ["0", ".02", ".1", "1"])
    return figure


def plot_search(records: Records) -> Figure:
    """Connection probabilities that the search found, against how often the world asks for their sign."""
    search = records["search"]
    cases = [
        ("stable, growth", "stable", "geometric", drawing.BLACK),
        ("unpredictable, growth", "unpredictable", "geometric", drawing.BLUE),
        ("unpredictable, mean fitness", "unpredictable", "arithmetic", drawing.RED),
    ]
    figure, grid = drawing.panels([title for title, *_ in cases], height=2.1)
    rng = np.random.default_rng(0)
    for axes, (_, environment, mean, colour) in zip(grid, cases, strict=True):
        asked = search.asked.sel(environment=environment).values.ravel()
        found = search.probability.sel(environment=environment, mean=mean).transpose(
            *search.asked.sel(environment=environment).dims
        )
        axes.plot([0, 1], [0, 1], color=drawing.GREY, lw=1, zorder=0)
        # A little sideways, so that equal points are seen.
        axes.plot(
            asked + 0.015 * rng.standard_normal(asked.size), found.values.ravel(), "o", color=colour, mfc="none", ms=6
        )
        axes.set(xlim=(-0.08, 1.08), ylim=(-0.05, 1.05))
    drawing.label_axes(grid, x="how often the sign is asked for", y="probability found")
    return figure
