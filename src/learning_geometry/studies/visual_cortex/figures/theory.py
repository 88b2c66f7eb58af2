"""What a power law costs in information and in sensitivity."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_SHOWN = 2  # dimensions, whose sensitivity is drawn against the number of neurons
_SHOWN_EXPONENTS = (0.5, 1.0, 1.5, 2.0, 2.5)


def plot_theory(records: Records) -> Figure:
    """What a power law costs in information (blue) and in sensitivity (red), by exponent and dimension of the stimulus.

    Thick lines are limits of infinitely many neurons, thin ones finite. Last, sensitivity of codes of growing size, and of
    simulated codes.
    """
    costs, codes = records["theory", "costs"], records["simulated_codes"].isel(seed=0)
    handles = [
        drawing.key("information lost", color=drawing.BLUE),
        drawing.key("sensitivity gained", color=drawing.RED),
        drawing.key("from N to more neurons", lw=0.8),
        drawing.key("equal costs", "", marker="o", mfc="white", color=drawing.BLACK),
        drawing.key("1 + 2/d, smooth beyond", ":", color=drawing.BLACK),
    ]
    titles = [f"stimuli of {d} dimension{'s' if d > 1 else ''}" for d in costs.dimension.values]
    titles += [f"sensitivity, {_SHOWN} dimensions", "simulated codes"]
    figure, grid = drawing.panels(titles, *handles, height=2.0, share_y=False, across=3)
    for axes, dimension in zip(grid, costs.dimension.values, strict=False):
        _draw_costs(axes, costs.sel(dimension=dimension))
    for axes in grid[: costs.sizes["dimension"] : 3]:
        axes.set_ylabel("cost (growth with neurons)")
    growing, simulated = grid[costs.sizes["dimension"] :]
    _draw_growth(growing, costs.sensitivity.sel(dimension=_SHOWN))
    looks = zip(codes.dimension.values, "os^", (drawing.BLUE, drawing.ORANGE, drawing.GREEN), strict=False)
    for dimension, marker, colour in looks:
        code = codes.sel(dimension=dimension)
        simulated.plot(code.sensitivity_formula, code.sensitivity, marker, color=colour, ms=7, label=f"d = {dimension}")
    simulated.axline((1, 1), (10, 10), color=drawing.GREY, lw=1, zorder=0)
    simulated.set(xscale="log", yscale="log", xlabel="sensitivity by the formula", ylabel="by finite differences")
    simulated.legend()
    return figure


def _draw_costs(axes: Axes, costs: Any) -> None:
    for cost, colour in (("lost_information", drawing.BLUE), ("gained_sensitivity", drawing.RED)):
        axes.plot(costs.exponent, costs[cost].transpose("exponent", "larger"), color=colour, lw=0.8)
        axes.plot(costs.exponent, costs[f"{cost}_limit"], color=colour, lw=2.4)
    crossing, smooth = costs.crossing_limit.item(), costs.smooth.item()
    axes.plot(crossing, 1 - 1 / crossing, "o", color=drawing.BLACK, mfc="white", ms=8, mew=1.6, zorder=3)
    axes.axvline(smooth, color=drawing.BLACK, lw=1.2, ls=":")
    axes.set(xlabel="exponent α", ylim=(-0.05, 1.05), xlim=(costs.exponent[0], costs.exponent[-1] + 0.1))
    drawing.note(axes, f"equal at {crossing:.2f}\nsmooth from {smooth:.2f}", behind="white")


def _draw_growth(axes: Axes, sensitivity: Any) -> None:
    neurons = sensitivity.neurons.values
    for exponent in _SHOWN_EXPONENTS:
        heights = sensitivity.sel(exponent=exponent).values
        axes.plot(neurons, heights, color=drawing.RED, marker="o", ms=4)
        end = neurons[-1], heights[-1]
        axes.annotate(f"α = {exponent:g}", end, (6, 0), "data", "offset points", va="center")
    axes.set(yscale="log", ylabel="sensitivity", xlabel="neurons N")
    drawing.log_ticks(axes, neurons)
    axes.set_xlim(neurons[0] / 1.5, neurons[-1] * 12)
