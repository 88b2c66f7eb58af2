"""How many synapses rule out a wrong geometry."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import look

if TYPE_CHECKING:
    import xarray as xr

_PAIRS = ((1.0, 2.0), (2.0, 1.0), (3.0, 2.0))  # a true exponent, and the rival to be ruled out
_STATISTICS = {"likelihood": ("likelihood", "-"), "shapiro_wilk": ("Shapiro–Wilk", "--"), "cdf_distance": ("ΔCDF", ":")}
_MARKERS = ("o", "D", "v", "P")


def plot_power(records: Records) -> Figure:
    """How often each test rules a rival out, by number of synapses; and how many the likelihood needs, by their spread.

    Above, grey lines are how often the true geometry is rejected. Below, a line for each relative change of a typical
    synapse, with 95 % intervals; an arrow stands for more synapses than were simulated. Of several seeds, the first is drawn.
    """
    curves = records["power", "curves"].isel(seed=0)
    required = records["power", "required"].isel(seed=0).sel(statistic="likelihood")
    tests = [drawing.key(name, line, color=drawing.BLACK) for name, line in _STATISTICS.values()]
    titles = [f"{look(truth)[0]}, not {look(rival)[0]}" for truth, rival in _PAIRS]
    rejected = drawing.key("true geometry rejected", lw=1)
    figure, grid = drawing.panels([*titles, "", "", ""], *tests, rejected, columns=3, height=2.15, share_y=False)
    for axes, (truth, rival) in zip(grid[:3], _PAIRS, strict=True):
        for statistic, (_, line) in _STATISTICS.items():
            power = 100 * curves.power.sel(statistic=statistic, truth=truth)
            axes.plot(curves.synapses, power.sel(rival=truth), line, color=drawing.GREY, lw=1)
            axes.plot(curves.synapses, power.sel(rival=rival), line, color=look(truth)[1], lw=2.2)
        axes.axhline(80, color=drawing.BLACK, lw=0.8)
        axes.set(xlabel="synapses", ylim=(-3, 103))
        drawing.plain_log(axes, "x", subs=(1, 3))
    for axes, (truth, rival) in zip(grid[3:], _PAIRS, strict=True):
        axes.sharey(grid[3])
        _draw_required(axes, required.sel(truth=truth, rival=rival), look(truth)[1])
    grid[3].legend(title="relative change")
    grid[0].set_ylabel(f"rejected (%)\nchange {100 * float(curves.change):g} %, spread {float(curves.spread):g}")
    grid[3].set_ylabel("synapses for 80 %\n(likelihood)")
    return figure


def _draw_required(axes: Axes, required: "xr.Dataset", colour: str) -> None:
    spreads = required.spread.values
    beyond: dict[float, list[str]] = {}
    for k, change in enumerate(required.change.values):
        needed = required.sel(change=change)
        known = needed.isel(spread=(needed.n > 0).values)
        size, marker = f"{100 * change:g} %", _MARKERS[k % len(_MARKERS)]
        axes.plot(known.spread, known.n, f"{marker}-", color=colour, ms=6, mfc="white", mew=1.5, label=size)
        axes.fill_between(known.spread, known.low, known.high, color=colour, alpha=0.15, lw=0)
        for spread in spreads[(needed.n < 0).values]:
            beyond.setdefault(float(spread), []).append(size)
    for spread, sizes in beyond.items():
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.6}
        top, place = axes.get_xaxis_transform(), (spread, 0.88)
        axes.annotate("\n".join(sizes), (spread, 1.0), place, top, None, arrow, color=colour, ha="center", va="top")
    axes.margins(x=0.2)
    axes.set_xticks(spreads, [f"{spread:g}" for spread in spreads])
    axes.set_xlabel("spread of sizes (sd of log)")
    drawing.plain_log(axes, "y", subs=(1, 3))
