"""Two effects of size, of opposite signs, in one chart."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.claims import Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.stochastic_wiring.claims._cells import main, over_deterministic
from learning_geometry.studies.stochastic_wiring.claims.survival import by_chance


def plot_two_effects(records: Records) -> Figure:
    """The benefit over a deterministic genome of classifiers and of populations against neurons a type, mean over seeds."""
    benefit = over_deterministic(main(records))
    benefit = benefit.sel(variability=benefit.variability > 0).mean("variability")
    populations = records["population"].isel(rate=-1)
    lifetime = populations.lifetime.sel(size=populations["size"] > 0).mean("size")
    gained = 100 * (by_chance(lifetime) - lifetime.sel(agent="mean"))
    gained = gained.rename(agent="neurons").assign_coords(
        neurons=[int(agent) for agent in by_chance(lifetime).agent.values]
    )
    titles = ["Classifiers: accuracy", "Populations: life time"]
    figure, (left, right) = drawing.panels(titles, columns=2, height=2.0, share_y=False)
    _draw(left, benefit, drawing.BLUE)
    _draw(right, gained, drawing.GREEN)
    left.set(xlabel="neurons a type", ylabel="benefit of chance (points)")
    right.set(xlabel="possible partners a pair of types", ylabel="benefit (% of generations)")
    return figure


def _draw(axes: Axes, benefit: Any, colour: str) -> None:
    estimates: list[Estimate] = [per_seed(benefit.sel(neurons=m)) for m in benefit.neurons.values]
    values, low, high = ([getattr(e, name) for e in estimates] for name in ("value", "low", "high"))
    drawing.interval_points(axes, benefit.neurons, values, low, high, colour=colour, line="-")
    axes.axhline(0, color=drawing.GREY, lw=1, zorder=0)
    drawing.log_ticks(axes, benefit.neurons)
