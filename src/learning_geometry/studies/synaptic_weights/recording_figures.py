"""The figures for those who record synapses: how many, how precisely, and what a table of their sizes says."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray
from scipy import special, stats

from learning_geometry.instruments.synapse_geometry import geometry_name
from learning_geometry.store import Record, Records
from learning_geometry.studies.synaptic_weights.figures import BLACK, GREY, key, look, panels

Array = NDArray[np.float64]

_PAIRS = ((1.0, 2.0), (2.0, 1.0), (3.0, 2.0))  # a true exponent, and the rival to be ruled out
_STATISTICS = {"likelihood": ("likelihood", "-"), "shapiro_wilk": ("Shapiro–Wilk", "--"), "cdf_distance": ("ΔCDF", ":")}
_MARKERS = ("o", "D", "v", "P")
_MANY = 1000  # synapses beyond which they are drawn as pixels, lest the file grow large
_DEPTH = 6.0  # nats below the best exponent, where a profile leaves the picture
_WIDEST = 5.0  # standard deviations, where residuals do
_CRITICAL = float(stats.chi2.ppf(0.95, 1)) / 2


def plot_power(records: Records) -> Figure:
    """How often each test rules a rival out, by number of synapses; and how many the likelihood needs, by their spread.

    Above, grey lines are how often the true geometry is rejected. Below, a line for each relative change of a typical
    synapse, with 95 % intervals; an arrow stands for more synapses than were simulated.
    """
    record = records.of("power")[0]
    truths, curves = list(record["truths"]), record["curves"]
    pairs = [(truths.index(truth), truths.index(rival)) for truth, rival in _PAIRS if {truth, rival} <= set(truths)]
    titles = [f"{look(truths[truth])[0]}, not {look(truths[rival])[0]}" for truth, rival in pairs]
    tests = [_STATISTICS[name] for name in record["statistics"]]
    handles = [key(name, line, color=BLACK) for name, line in tests]
    figure, grid = panels(
        [*titles, *[""] * len(pairs)], "", *handles, key("true geometry rejected", lw=1), columns=len(pairs)
    )
    above, below = grid[: len(pairs)], grid[len(pairs) :]
    for axes, (truth, rival) in zip(above, pairs, strict=True):
        for (_, line), power in zip(tests, curves["power"], strict=True):
            axes.plot(curves["sizes"], 100 * power[truth, truth], line, color=GREY, lw=1)
            axes.plot(curves["sizes"], 100 * power[truth, rival], line, color=look(truths[truth])[1], lw=2.2)
        axes.axhline(80, color=BLACK, lw=0.8)
        axes.set(xscale="log", xlabel="synapses", ylim=(-3, 103))
        _plain_log(axes.xaxis)
    for axes, (truth, rival) in zip(below, pairs, strict=True):
        axes.sharey(below[0])
        _draw_required(axes, record, truth, rival)
    below[0].legend(title="relative change", fontsize=9, title_fontsize=9)
    above[0].set_ylabel(f"rejected (%)\nchange {100 * curves['change']:g} %, spread {curves['spread']:g}")
    below[0].set_ylabel("synapses for 80 %\n(likelihood)")
    return figure


def _draw_required(axes: Axes, record: Record, truth: int, rival: int) -> None:
    spreads, colour = record["spreads"], look(record["truths"][truth])[1]
    test = list(record["statistics"]).index("likelihood")
    beyond: dict[float, list[str]] = {}
    axes.set(yscale="log", xlabel="spread of sizes (sd of log)")
    for k, change in enumerate(record["changes"]):
        needed, low, high = (record[name][test, k, :, truth, rival] for name in ("required", "low", "high"))
        found = needed > 0
        size, marker = f"{100 * change:g} %", _MARKERS[k % len(_MARKERS)]
        axes.plot(spreads[found], needed[found], f"{marker}-", color=colour, ms=6, mfc="white", mew=1.5, label=size)
        axes.fill_between(spreads[found], low[found], high[found], color=colour, alpha=0.15, lw=0)
        for spread in spreads[~found]:
            beyond.setdefault(float(spread), []).append(size)
    for spread, sizes in beyond.items():
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.6}
        top, place = axes.get_xaxis_transform(), (spread, 0.88)
        axes.annotate("\n".join(sizes), (spread, 1.0), place, top, None, arrow, color=colour, ha="center", va="top")
    axes.margins(x=0.2)
    axes.set_xticks(spreads, [f"{spread:g}" for spread in spreads])
    _plain_log(axes.yaxis)


def _plain_log(axis: Any) -> None:
    axis.set(major_locator=LogLocator(subs=(1, 3)), major_formatter="{x:,.0f}", minor_locator=NullLocator())


def plot_noise(records: Records) -> Figure:
    """What measurement noise does to the inferred exponent and to the verdict, at the most synapses.

    Full markers and solid lines take the noise into account, hollow ones and dashed lines do not; bands are one standard
    deviation over simulated experiments.
    """
    record = records.of("noise")[0]
    handles = (
        key("noise ignored", "--", color=BLACK, marker="o", mfc="white"),
        key("noise known", color=BLACK, marker="o"),
    )
    truths = [key(look(truth)[0], color=look(truth)[1], marker=look(truth)[2]) for truth in record["truths"]]
    figure, grid = panels(
        ["inferred exponent", "truth named (%)", "another named (%)"], "", *handles, *truths, columns=3
    )
    noises = 100 * record["noises"]
    for t, truth in enumerate(record["truths"]):
        _, colour, marker = look(truth)
        grid[0].axhline(truth, color=colour, lw=1, ls=":")
        for corrected, line, face in ((0, "--", "white"), (1, "-", colour)):
            mean, sd, right, wrong = (
                record[name][t, :, corrected, -1] for name in ("exponent", "exponent_sd", "identified", "misnamed")
            )
            grid[0].fill_between(noises, mean - sd, mean + sd, color=colour, alpha=0.12, lw=0)
            for axes, values in zip(grid, (mean, 100 * right, 100 * wrong), strict=True):
                axes.plot(noises, values, line, color=colour, marker=marker, mfc=face, ms=6)
    for axes in grid:
        axes.set_xlabel("measurement noise (%)")
    for axes in grid[1:]:
        axes.set_ylim(-3, 103)
    grid[0].set_ylabel(f"p, from {record['synapses'][-1]:,} synapses")
    return figure


def plot_identification(found: Mapping[str, Any]) -> Figure:
    """What a table of paired sizes says: the sizes, the likelihood of each exponent, and how well named geometries fit.

    `found` holds the sizes `before` and `after` and what `spines.both_ways` says of them. In the middle, bars are 95 %
    intervals, and a true exponent that is known is drawn solid. Residuals, corrected for noise if any is known, are shown up
    to 5 standard deviations; the grey band holds 95 % of each Gaussian one.
    """
    ways = {name: found[name] for name in ("uncorrected", "corrected") if name in found}
    names = {"uncorrected": "noise ignored", "corrected": f"noise of {100 * found['noise']:g} % known"}
    last = list(ways.values())[-1]
    styles = (("--", GREY), ("-", BLACK))[-len(ways) :]
    handles = [
        key(
            f"{names[name]}: p = {way['exponent']:.2f} ({way['interval'][0]:.2f} to {way['interval'][1]:.2f})",
            line,
            color=c,
        )
        for (name, way), (line, c) in zip(ways.items(), styles, strict=True)
    ]
    called = {geometry_name(p): look(p)[0] for p in last["candidates"]}
    verdict = called.get(last["verdict"], last["verdict"])
    titles = [f"{last['n_synapses']:,} synapses", f"verdict: {verdict}", "does it fit?"]
    figure, (sizes, likelihood, residuals) = panels(titles, "", *handles, columns=3)
    _draw_sizes(sizes, found["before"], found["after"])
    for way, (line, colour) in zip(ways.values(), styles, strict=True):
        likelihood.plot(way["profile_exponents"], way["profile"], line, color=colour)
        likelihood.plot(way["interval"], (-_CRITICAL, -_CRITICAL), "|-", color=colour, lw=3, ms=12, mew=2)
        likelihood.plot(way["exponent"], 0, "o", color=colour, ms=6)
    for exponent in last["candidates"]:
        name, colour, _ = look(exponent)
        likelihood.axvline(exponent, color=colour, lw=1.4, ls="-" if exponent == found.get("truth") else ":")
        likelihood.text(exponent - 0.04, 0.1 - _DEPTH, name, color=colour, rotation=90, ha="right", va="bottom")
    likelihood.set_xlim(min(likelihood.get_xlim()[0], last["candidates"].min() - 0.4))
    likelihood.set(xlabel="exponent p", ylabel="log-likelihood below the best (nats)", ylim=(-_DEPTH, 0.4))
    _draw_residuals(residuals, last["candidates"], last["residuals"])
    return figure


def _draw_sizes(axes: Axes, before: Array, after: Array) -> None:
    ends = np.array([min(before.min(), after.min()), max(before.max(), after.max())])
    axes.plot(ends, ends, color=GREY, lw=1.2)
    axes.plot(before, after, "o", color=BLACK, ms=3, alpha=0.5, mew=0, rasterized=len(before) > _MANY)
    axes.set(xscale="log", yscale="log", xlabel="size before (any unit)", ylabel="size after")


def _draw_residuals(axes: Axes, exponents: Array, residuals: Array) -> None:
    n = residuals.shape[1]
    rank = np.arange(1, n + 1)
    expected = special.ndtri((rank - 0.5) / n)
    low, high = (special.ndtri(stats.beta.ppf(q, rank, n + 1 - rank)) for q in (0.025, 0.975))
    axes.fill_between(expected, low, high, color="0.5", alpha=0.3, lw=0)
    for exponent, scores in zip(exponents, residuals, strict=True):
        name, colour, marker = look(exponent)
        axes.plot(expected, np.sort(scores), color=colour, marker=marker, ms=5, markevery=max(1, n // 12), label=name)
    axes.set(xlabel="Gaussian quantile", ylabel="quantile of residuals", ylim=(-_WIDEST, _WIDEST))
    axes.legend(fontsize=9, loc="upper left")


def plot_example(records: Records) -> Figure:
    """`plot_identification` of the simulated example."""
    return plot_identification(records.of("example")[0].result)


def plot_spines(records: Records) -> Figure:
    """`plot_identification` of the reader's own table of pairs or, if there was none, `plot_cross_section`."""
    found = records.of("spines")[0].result
    return plot_identification(found["paired"]) if "paired" in found else plot_cross_section(records)


def plot_cross_section(records: Records) -> Figure:
    """Spine volumes that were measured once, with the log-normal and the mixture of two that fit them best.

    Raises:
        KeyError: there was no such table.
    """
    found = records.of("spines")[0]["cross_section"]
    volumes, mixture = found["volumes"], found["mixture"]
    edges = np.linspace(np.log(volumes.min()), np.log(volumes.max()), 41)
    grid = np.linspace(edges[0], edges[-1], 300)
    two = stats.norm.pdf(grid[:, None], mixture["means"], mixture["sds"]) @ mixture["shares"]
    gain = found["bic"][1] - found["bic"][0]
    handles = key("one log-normal", "--", color=BLACK), key(f"mixture of two (BIC {gain:+.1f})", color=BLACK)
    figure, (axes,) = panels([f"{len(volumes):,} spines"], "density (per e-fold)", *handles)
    counts, _ = np.histogram(np.log(volumes), edges, density=True)
    axes.stairs(counts, np.exp(edges), fill=True, color="0.8")
    axes.plot(np.exp(grid), stats.norm.pdf(grid, found["mean_log"], found["sd_log"]), "--", color=BLACK)
    axes.plot(np.exp(grid), two, color=BLACK)
    axes.set(xscale="log", xlabel="spine volume (cubic micrometres)")
    return figure
