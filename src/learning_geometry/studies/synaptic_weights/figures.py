"""The figures of what plasticity does to weights: each takes records and draws; none computes what a claim does not state.

A geometry keeps its colour and marker. Against supposed geometries, each true one has a line, whose least mean is ringed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from learning_geometry import style
from learning_geometry.instruments.dual_change import cdf_distance_critical, cdf_distance_floor
from learning_geometry.store import Record, Records
from learning_geometry.studies.synaptic_weights.architectures import ARCHITECTURES
from learning_geometry.studies.synaptic_weights.networks import HARDLY

Array = NDArray[np.float64]

BLUE, RED, GREEN, PINK, _, _, BLACK = style.COLOURS
GREY = "0.45"
_DISTANCE = "distance from a Gaussian (ΔCDF)"
_KERNEL = 0.07  # decades: standard deviation of the kernel that makes a density of quantiles
_LINES = ("-", "--")


def look(exponent: float) -> tuple[str, str, str]:
    """Name, colour and marker of the geometry with this exponent; those besides 1, 2 and 3 differ in name only."""
    usual = {1.0: ("entropy", BLUE, "o"), 2.0: ("Euclid", RED, "s"), 3.0: ("3-norm", GREEN, "^")}
    return usual.get(float(exponent), (f"{exponent:g}-norm", PINK, "D"))


def key(label: str, line: str = "-", **how: Any) -> Line2D:
    """A grey line for a legend."""
    return Line2D([], [], ls=line, label=label, **{"color": GREY, **how})


_LEAST = key("best fit", "", marker="o", ms=12, mfc="none", mew=1.4)
_FLOOR = key("floor: Gaussian changes", ":"), key("5 % critical value", "--", lw=1.3), _LEAST


def plot_dynamics(records: Records) -> Figure:
    """Mirror descent of two weights on one equation: paths to the line of solutions, and the same in the dual space.

    Left, grey lines join weights of equal loss, and crosses are the exact limits. Right, the arrow is along the input.
    """
    record = records.of("dynamics")[0]
    figure, (left, right) = panels(["Weights", "Dual space"], "")
    x, y = record["x"], record["y"]
    reached = np.concatenate([record["limit"], record["start"][None]])
    ranges = [np.linspace(reached[:, k].min() - 0.2, reached[:, k].max() + 0.4, 50) for k in (0, 1)]
    error = np.stack(np.meshgrid(*ranges), axis=-1) @ x - y
    left.contour(*ranges, error**2 / 2, levels=np.linspace(0.2, 1.4, 6) ** 2, colors="0.8", linewidths=0.9)
    left.contour(*ranges, error, levels=[0], colors=BLACK, linewidths=1.4)
    end = (y - x[1] * ranges[1][0]) / x[0], ranges[1][0]
    left.annotate("all solutions", end, (-16, 6), textcoords="offset points", ha="right")
    left.annotate("start", record["start"], (0, -16), textcoords="offset points", ha="center")
    for k, exponent in enumerate(record["exponents"]):
        name, colour, _ = look(exponent)
        for axes, path, offset in ((left, record["primal"][k], (9, 5)), (right, record["dual"][k], (-20, 8))):
            axes.plot(*path.T, ".-", color=colour, ms=5)
            axes.plot(*path[0], "o", color=BLACK, ms=7, zorder=3)
            axes.annotate(name, path[-1], offset, textcoords="offset points", color=colour)
        left.plot(*record["limit"][k], "x", ms=11, color=BLACK, mew=2, zorder=3)
    left.set(xlabel="weight 1", ylabel="weight 2", aspect="equal")
    tail = record["dual"].max(axis=(0, 1))[0] - 0.4, record["dual"].min(axis=(0, 1))[1]
    head = tail[0] + 0.4 * x[0], tail[1] + 0.4 * x[1]
    right.annotate("", head, tail, arrowprops={"arrowstyle": "-|>", "lw": 1.6})
    right.annotate("input", head, (0, 5), textcoords="offset points", ha="center")
    right.margins(0.1)
    right.set(xlabel="dual image of weight 1", ylabel="dual image of weight 2", aspect="equal")
    return figure


def plot_simulation(records: Records) -> Figure:
    """ΔCDF of exactly Gaussian dual changes by supposed geometry, mean and 5 to 95 % over seeds; a panel for each start."""
    record = records.of("simulation")[0]
    figure, grid = panels([f"{initial} initial weights" for initial in record["initials"]], _DISTANCE, *_FLOOR)
    for axes, distance in zip(grid, record["cdf_distance"], strict=True):
        draw_truths(axes, record, distance, weights=record["synapses"])
    return figure


def plot_regression(records: Records) -> Figure:
    """ΔCDF under the true geometry against the number of weights, with the control in grey, and by supposed geometry."""
    ordered = sorted(records.of("regression"), key=lambda record: float(record["power"]))
    plain, heavy = ([each for each in ordered if each["inputs"] == name] for name in ("correlated", "heavy-tailed"))
    sizes = plain[0]["dimensions"]
    powers = [key(f"$N = D^{{{record['power']:g}}}$", line) for record, line in zip(plain, _LINES, strict=False)]
    figure, (left, right) = panels(["in the true geometry", f"D = {sizes[-1]:,}"], _DISTANCE, *powers, *_FLOOR)
    _draw_reference(left, np.array([sizes[0] / 1.2, sizes[-1] * 1.2]))
    for record, line in (*zip(plain, _LINES, strict=False), *((control, "-") for control in heavy)):
        chosen = [list(record["candidates"]).index(truth) for truth in record["truths"]]
        matched = record["cdf_distance"].mean(axis=-1)[:, range(len(chosen)), chosen]
        grey = record["inputs"] != "correlated"
        for truth, distance in zip(record["truths"], matched.T, strict=True):
            _, colour, marker = look(truth)
            left.plot(record["dimensions"], distance, line, color=GREY if grey else colour, marker=marker, ms=5)
        if grey:
            at = record["dimensions"][-1], matched[-1].max()
            left.annotate("heavy-tailed inputs (control)", at, (4, 8), "data", "offset points", color=GREY, ha="right")
    left.set(xscale="log", xlabel="weights D")
    left.set_xticks(sizes, [f"{size:,}" for size in sizes])
    left.xaxis.set_minor_locator(NullLocator())
    for record, line in zip(plain, _LINES, strict=False):
        draw_truths(right, record, record["cdf_distance"][-1], line, weights=sizes[-1] * (line == "-"))
    return figure


def plot_networks(records: Records) -> Figure:
    """ΔCDF of all watched layers of each network, and of the control, by supposed geometry; thin lines are seeds."""
    found = records.of("networks")
    weights = {name: int(np.sum(found[0]["networks"][name]["weights"])) for name in _ordered(found[0]["networks"])}
    titles = [f"{name}{' (control)' * (name == HARDLY)}: {count:,} weights" for name, count in weights.items()]
    figure, grid = panels(titles, _DISTANCE, *_FLOOR)
    for axes, (name, count) in zip(grid, weights.items(), strict=True):
        pooled = np.stack([record["networks"][name]["pooled"] for record in found], axis=-1)
        draw_truths(axes, found[0], pooled, weights=count, seeds=True)
    return figure


def plot_exponents(records: Records) -> Figure:
    """Exponents inferred from each layer by likelihood; hollow markers are seeds, bars their means, lines the truths."""
    found = records.of("networks")
    truths, networks = found[0]["truths"], found[0]["networks"]
    rows = [(name, layer) for name in _ordered(networks) for layer in range(len(networks[name]["layers"]))]
    figure, (axes,) = panels([""], "network")
    figure.set_figheight(1.2 + 0.45 * len(rows))
    for t, truth in enumerate(truths):
        name, colour, marker = look(truth)
        axes.axvline(truth, color=colour, lw=1.2, ls=":")
        axes.annotate(
            f"{name}, p = {truth:g}", (truth, -0.5), (0, 4), textcoords="offset points", color=colour, ha="center"
        )
        for row, (network, layer) in enumerate(rows):
            inferred = np.array([record["networks"][network]["exponent"][t, layer] for record in found])
            height = row + 0.25 * (t - (len(truths) - 1) / 2)
            axes.plot(inferred, np.full(len(inferred), height), marker, color=colour, mfc="none", ms=6, mew=1.2)
            axes.plot(inferred.mean(), height, "|", color=colour, ms=14, mew=2.6)
    labels = [f"{name}, layer {layer + 1}" if len(networks[name]["layers"]) > 1 else name for name, layer in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel="inferred exponent p")
    return figure


def _ordered(networks: Mapping[str, Any]) -> list[str]:
    """The names of networks from the simplest to the control, whatever order a record keeps them in."""
    return [name for name in (*ARCHITECTURES, HARDLY) if name in networks]


def plot_shapes(records: Records) -> Figure:
    """Densities of the sizes of weights at first and after learning in each geometry, and as that geometry predicts."""
    record = records.of("shapes")[0]
    learnt = [key(look(truth)[0], color=look(truth)[1]) for truth in record["truths"]]
    handles = key("initial", color="0.7", lw=6), *learnt, key("predicted", "--", color=BLACK, lw=1)
    figure, grid = panels([f"{each} initial sizes" for each in record["initials"]], "density (per decade)", *handles)
    final = record["final_quantiles"]
    for i, (axes, before) in enumerate(zip(grid, record["initial_quantiles"], strict=True)):
        if np.ptp(before) == 0:
            axes.axvline(before[0], color="0.7", lw=5)
        else:
            axes.fill_between(*_density(before), color="0.7", lw=0)
        for t, truth in enumerate(record["truths"]):
            axes.plot(*_density(final[i, t]), color=look(truth)[1])
            predicted = record["predicted_quantiles"][i, t, list(record["candidates"]).index(truth)]
            axes.plot(*_density(predicted), "--", color=BLACK, lw=1)
        axes.set(xlabel="log10 (size / median initial size)", xlim=(final.min() - 0.2, final.max() + 0.2), ylim=0)
    return figure


def _density(quantiles: Array) -> tuple[Array, Array]:
    grid = np.linspace(quantiles[0] - 0.25, quantiles[-1] + 0.25, 300)
    kernels = np.exp(-(((grid[:, None] - quantiles) / _KERNEL) ** 2) / 2)
    return grid, kernels.mean(axis=1) / (_KERNEL * np.sqrt(2 * np.pi))


def plot_predictions(records: Records) -> Figure:
    """Distance of predicted from actual final weights by supposed geometry, weights paired (solid) or not (dashed)."""
    record = records.of("shapes")[0]
    handles = [key("paired"), key("unpaired", "--"), key("floor: mean of perfect predictions", ":"), _LEAST]
    figure, grid = panels([f"{each} initial sizes" for each in record["initials"]], "prediction error (KS)", *handles)
    for axes, paired, unpaired in zip(grid, record["ks"], record["ks_unpaired"], strict=True):
        axes.axhline(record["ks_floor"], ls=":", color=GREY, lw=1.3, zorder=1)
        draw_truths(axes, record, paired)
        draw_truths(axes, record, unpaired, "--")
    return figure


def plot_pretrained(records: Records) -> Figure:
    """ΔCDF of all layers of pretrained classifiers by supposed geometry, a panel for each model; thin lines are seeds."""
    models: dict[str, list[Record]] = {}
    for record in records.of("pretrained"):
        models.setdefault(f"{record['model'].split('/')[-1]}, {record['revision'][:8]}", []).append(record)
    figure, grid = panels(list(models), _DISTANCE, *_FLOOR)
    for axes, found in zip(grid, models.values(), strict=True):
        distance = np.stack([record["cdf_distance"] for record in found], axis=-1)
        weights = int(np.sum(found[0]["layer_sizes"]) - np.max(found[0]["zeros"]))
        draw_truths(axes, found[0], np.where(distance < 0, np.nan, distance), weights=weights, seeds=True)
    return figure


def draw_truths(axes: Axes, record: Any, values: Array, line: str = "-", weights: int = 0, seeds: bool = False) -> None:
    """Draw `values` `(truths, candidates, seeds)` against the candidates: means, their least ringed, solid ones named.

    The spread over seeds is drawn as 5 to 95 % or, with `seeds`, as a line for each; a mean that is NaN is left out.
    With a number of `weights`, the ΔCDF of as many Gaussian changes is drawn too.
    """
    candidates = np.asarray(record["candidates"])
    axes.set(yscale="log", xlabel="supposed exponent p", xlim=(candidates[0] - 0.15, candidates[-1] + 0.65))
    axes.set_xticks(candidates, [f"{p:g}\n{look(p)[0] if p in (1, 2) else ''}" for p in candidates])
    axes.yaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}", minor_locator=NullLocator())
    if weights:
        _draw_reference(axes, np.repeat(weights, 2), axes.get_xlim())
    ends = []
    for truth, each, mean in zip(record["truths"], values, values.mean(axis=-1), strict=True):
        name, colour, marker = look(truth)
        if np.isnan(mean).all():
            continue
        axes.plot(candidates, mean, line, color=colour, marker=marker, ms=5)
        axes.plot(candidates[np.nanargmin(mean)], np.nanmin(mean), "o", color=colour, ms=12, mfc="none", mew=1.4)
        if seeds:
            axes.plot(candidates, each, line, color=colour, lw=0.6, alpha=0.6)
        else:
            axes.fill_between(candidates, *np.quantile(each, (0.05, 0.95), axis=-1), color=colour, alpha=0.15, lw=0)
        ends.append((float(mean[~np.isnan(mean)][-1]), name, colour))
    height, top = axes.get_ylim()
    gap = (top / height) ** 0.07  # names do not stand on each other
    for end, name, colour in sorted(ends) if line == "-" else ():
        height = max(end, height * gap)
        axes.text(candidates[-1] + 0.1, height, name, color=colour, va="center", bbox={"color": "white", "pad": 0.5})


def _draw_reference(axes: Axes, weights: Array, x: ArrayLike | None = None) -> None:
    for statistic, line in ((cdf_distance_floor, ":"), (cdf_distance_critical, "--")):
        heights = [statistic(int(count)) for count in weights]
        axes.plot(weights if x is None else x, heights, line, color=GREY, lw=1.3, zorder=1)


def panels(titles: Sequence[str], label: str, *handles: Line2D, columns: int = 2) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each title, the label at the left of each row, and a legend of `handles` below."""
    columns = min(columns, len(titles))
    rows = -(-len(titles) // columns)
    figure = style.figure(9, 1.2 + 3.2 * rows)
    figure.supylabel(label, fontsize=10)
    grid: list[Axes] = []
    for k, title in enumerate(titles):
        shared = grid[0] if label and grid else None
        grid.append(figure.add_subplot(rows, columns, k + 1, title=title, sharey=shared))
        grid[-1].tick_params(labelleft=not label or k % columns == 0)
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=9)
    return figure, grid
