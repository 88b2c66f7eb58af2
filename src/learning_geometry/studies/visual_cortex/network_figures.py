"""The figures of small networks and of the theory: each takes records and draws; a network keeps its colour and marker.

Thin lines and hollow markers are seeds, thick lines and bars their means.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from learning_geometry.store import Record, Records
from learning_geometry.studies.visual_cortex.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    RED,
    SKY,
    Array,
    draw_mean,
    ink,
    key,
    label_rows,
    mark_margin,
    middle,
    name_ends,
    panels,
    plain_log,
    ranks_axis,
)

ARMS = {
    "random": ("random", GREY, "o"),
    "barlow_twins": ("Barlow Twins", BLUE, "o"),
    "continued": ("… continued", BLUE, "D"),
    "fine_tuned": ("… then digits", RED, "o"),
    "fine_tuned_augmented": ("… then digits, augmented", RED, "D"),
    "fine_tuned_place": ("… then place", ORANGE, "v"),
    "fine_tuned_photograph": ("… then which photograph", ORANGE, "P"),
    "fine_tuned_permuted": ("… then shuffled digits", PINK, "X"),
    "vicreg": ("VICReg", SKY, "s"),
    "fine_tuned_vicreg": ("… then digits", RED, "s"),
    "supervised": ("supervised", GREEN, "^"),
}
"""What a network is called, its colour and its marker; an ellipsis stands for the network before it."""

_SPECTRA = ("random", "barlow_twins", "vicreg", "fine_tuned", "fine_tuned_augmented", "supervised")
_AFTER_BARLOW_TWINS = (
    "continued",
    "fine_tuned",
    "fine_tuned_augmented",
    "fine_tuned_place",
    "fine_tuned_photograph",
    "fine_tuned_permuted",
)
_SHOWN_RANKS = 100
_PAPER = {"color": "white", "pad": 1.0}  # behind letters that lie on lines


def in_full(arm: str) -> str:
    """The name of a network that stands alone."""
    parent = "VICReg" if arm.endswith("vicreg") else "Barlow Twins"
    return ARMS[arm][0].replace("… ", f"{parent}, ")


def _of_arm(found: Sequence[Record], name: str, arm: str) -> Array:
    """What the records say of a network, `(seeds, ...)`."""
    return np.array([record[name][list(record["arms"]).index(arm)] for record in found])


def plot_network_spectra(records: Records) -> Figure:
    """Spectra of six networks, means over seeds: as they are, and over the power law that fits each best."""
    found = records.of("networks")
    at, first, last = middle(found[0]["windows"])
    lines = {arm: "--" if arm == "fine_tuned_augmented" else "-" for arm in _SPECTRA}
    handles = [key(in_full(arm), line, color=ARMS[arm][1]) for arm, line in lines.items()]
    titles = ["features on held-out images", "over the network's own power law"]
    figure, (left, right) = panels(titles, *handles, columns=2, height=3.6, shared=False, across=3)
    for arm, line in lines.items():
        shares = _of_arm(found, "spectrum", arm)[:, :_SHOWN_RANKS]
        alpha = _of_arm(found, "alpha", arm)[:, at, None]
        rank = np.arange(1, shares.shape[1] + 1)
        raised = np.log(np.maximum(shares, np.finfo(np.float64).tiny)) + alpha * np.log(rank)
        inside = slice(first - 1, last)
        level = np.average(raised[:, inside], axis=1, weights=1 / rank[inside])
        for axes, values in ((left, shares), (right, np.exp(raised - level[:, None]))):
            axes.plot(rank, values.mean(axis=0), line, color=ARMS[arm][1])
    right.axhline(1, color=GREY, lw=1, zorder=0)
    for axes in (left, right):
        axes.set_yscale("log")
        ranks_axis(axes)
    plain_log(right.yaxis, (1, 2, 3, 5, 7))
    left.set_ylabel("share of variance")
    right.set_ylabel(f"variance over power law\n(fitted to ranks {first} to {last})")
    return figure


def plot_network_curvature(records: Records) -> Figure:
    """Curvature of the spectrum of every network: seeds, their mean, Student's 95 % interval; grey is scale-free."""
    found = records.of("networks")
    at, first, last = middle(found[0]["windows"])
    figure, (axes,) = panels([""], height=0.8 + 0.36 * len(ARMS))
    for row, (arm, (_, colour, marker)) in enumerate(ARMS.items()):
        draw_mean(axes, row, _of_arm(found, "curvature", arm)[:, at], colour, marker)
    label_rows(axes, [name for name, _, _ in ARMS.values()])
    for arm, label in zip(ARMS, axes.get_yticklabels(), strict=True):
        label.set_fontweight("normal" if ARMS[arm][0].startswith("…") else "bold")
    mark_margin(axes, vertical=True)
    axes.annotate(
        "counts as scale-free", (0, 1), (0, 3), ("data", "axes fraction"), "offset points", ha="center", color=GREY
    )
    axes.set_xlabel(f"curvature of the spectrum, ranks {first} to {last}")
    return figure


def plot_paths(records: Records) -> Figure:
    """Curvature while networks are trained, means over seeds with thin lines for each; grey is scale-free."""
    found = records.of("networks")
    at, first, last = middle(found[0]["windows"])
    turn = int(found[0]["paths"]["barlow_twins"]["steps"][-1])
    titles = ["Barlow Twins, then a task", "VICReg, then a task; supervised"]
    figure, (left, right) = panels(titles, columns=2, height=4.4)
    courses = (left, "barlow_twins", _AFTER_BARLOW_TWINS), (right, "vicreg", ("fine_tuned_vicreg",))
    end = turn
    for axes, parent, children in courses:
        ends = []
        begun = _of_arm(found, "curvature", "random")[:, at]
        steps, path = _path(found, parent, at, begun)
        _draw_path(axes, steps, path, parent)
        for arm in (*children, *(("supervised",) if axes is right else ())):
            start = begun if arm == "supervised" else path[:, -1]
            own, values = _path(found, arm, at, start)
            own = own if arm == "supervised" else own + turn
            _draw_path(axes, own, values, arm)
            end = max(end, int(own[-1]))
            ends.append((float(values[:, -1].mean()), ARMS[arm][0].removeprefix("… "), ARMS[arm][1]))
        axes.annotate(ARMS[parent][0], (turn / 2, path.max()), (0, 3), "data", "offset points")
        axes.texts[-1].set(color=ink(ARMS[parent][1]), ha="center")
        mark_margin(axes)
        axes.axvline(turn, color=GREY, lw=1, ls=":")
        axes.set(xlabel="training steps", xlim=(-0.02 * end, 1.75 * end), xticks=(0, turn, end))
        name_ends(axes, 1.03 * end, ends)
    left.set_ylabel(f"curvature, ranks {first} to {last}")
    return figure


def _path(found: Sequence[Record], arm: str, at: int, start: Array) -> tuple[Array, Array]:
    """Steps `(looks + 1,)` from zero on, and curvature `(seeds, looks + 1)`, which is `start` `(seeds,)` at first."""
    steps = np.concatenate([[0], found[0]["paths"][arm]["steps"]])
    return steps, np.column_stack([start, [record["paths"][arm]["curvature"][:, at] for record in found]])


def _draw_path(axes: Axes, steps: Array, path: Array, arm: str) -> None:
    _, colour, marker = ARMS[arm]
    axes.plot(steps, path.T, color=colour, lw=0.6, alpha=0.5)
    axes.plot(steps, path.mean(axis=0), color=colour, marker=marker, ms=5)


def plot_robustness(records: Records) -> Figure:
    """Accuracy of a linear probe against curvature and exponent: on clean, noisy and attacked images, means over seeds."""
    found = records.of("networks")
    at, first, last = middle(found[0]["windows"])
    levels = len(found[0]["noise"]) // 2, 0
    noise, attack = found[0]["noise"][levels[0]], found[0]["attacks"][levels[1]]
    titles = ["clean images", f"noise of sd {noise:g}", f"attack of size {attack:g}", "", "", ""]
    handles = [key(in_full(arm), "", color=colour, marker=marker, ms=7) for arm, (_, colour, marker) in ARMS.items()]
    figure, grid = panels(titles, *handles, height=2.7, across=3)
    for arm, (_, colour, marker) in ARMS.items():
        disturbed = [
            _of_arm(found, name, arm)[:, k] for name, k in zip(("probe_noise", "probe_attack"), levels, strict=True)
        ]
        shape = [_of_arm(found, name, arm)[:, at].mean() for name in ("curvature", "alpha")]
        for k, accuracy in enumerate([_of_arm(found, "probe_clean", arm), *disturbed]):
            for axes, x in zip((grid[k], grid[k + 3]), shape, strict=True):
                axes.plot(x, 100 * accuracy.mean(), marker, color=colour, ms=8, mec="white", mew=0.8)
    for axes in grid[:3]:
        mark_margin(axes, vertical=True)
        axes.set_xlabel(f"curvature, ranks {first} to {last}")
    for axes in grid[3:]:
        axes.set_xlabel(f"exponent, ranks {first} to {last}")
    for axes in grid[::3]:
        axes.set(ylabel="probe's accuracy (%)", ylim=(-4, 104))
    return figure


def plot_theory(records: Records) -> Figure:
    """What a power law costs in information (blue) and in sensitivity (red), by exponent and dimension of the stimulus.

    Thick lines are limits of infinitely many neurons, thin ones finite. Last, sensitivity of codes of growing size, and of
    simulated codes.
    """
    record = records.of("theory")[0]
    exponents, dimensions = record["exponents"], [int(d) for d in record["dimensions"]]
    shown = dimensions.index(2) if 2 in dimensions else -1
    handles = [
        key("information lost", color=BLUE),
        key("sensitivity gained", color=RED),
        key("from N to more neurons", lw=0.8),
        key("equal costs", "", marker="o", mfc="white", color=BLACK),
        key("1 + 2/d, smooth beyond", ":", color=BLACK),
    ]
    titles = [f"stimuli of {d} dimension{'s' * (d > 1)}" for d in dimensions]
    titles += [f"sensitivity, {dimensions[shown]} dimensions", "simulated codes"]
    figure, grid = panels(titles, *handles, shared=False, across=5)
    for d, axes in enumerate(grid[: len(dimensions)]):
        for growth, limit, colour in (
            (record["lost_information"], record["lost_information_limit"], BLUE),
            (record["gained_sensitivity"][d], record["gained_sensitivity_limit"][d], RED),
        ):
            axes.plot(exponents, growth, color=colour, lw=0.8)
            axes.plot(exponents, limit, color=colour, lw=2.4)
        crossing, smooth = record["crossing_limit"][d], record["smooth"][d]
        axes.plot(crossing, 1 - 1 / crossing, "o", color=BLACK, mfc="white", ms=8, mew=1.6, zorder=3)
        axes.axvline(smooth, color=BLACK, lw=1.2, ls=":")
        axes.set(xlabel="exponent α", ylim=(-0.05, 1.05), xlim=(exponents[0], exponents[-1] + 0.1))
        said = f"equal at {crossing:.2f}\nsmooth from {smooth:.2f}"
        axes.text(0.98, 0.98, said, transform=axes.transAxes, ha="right", va="top", bbox=_PAPER)
    for axes in grid[: len(dimensions) : 3]:
        axes.set_ylabel("cost (growth with neurons)")
    growing, simulated = grid[len(dimensions) :]
    _draw_growth(growing, record, shown)
    check = record["check"]
    for d, (dimension, marker, colour) in enumerate(
        zip(check["dimensions"], "os^", (BLUE, ORANGE, GREEN), strict=False)
    ):
        name = f"d = {dimension}"
        simulated.plot(check["sensitivity_formula"][d], check["sensitivity"][d], marker, color=colour, ms=7, label=name)
    simulated.axline((1, 1), (10, 10), color=GREY, lw=1, zorder=0)
    simulated.set(xscale="log", yscale="log", xlabel="sensitivity by the formula", ylabel="by finite differences")
    simulated.legend(fontsize=9)
    return figure


def _draw_growth(axes: Axes, record: Record, d: int) -> None:
    exponents, neurons = record["exponents"], record["neurons"]
    for exponent in (0.5, 1.0, 1.5, 2.0, 2.5):
        at = int(np.abs(exponents - exponent).argmin())
        heights = record["sensitivity"][d, at]
        axes.plot(neurons, heights, color=RED, marker="o", ms=4)
        end = neurons[-1], heights[-1]
        axes.annotate(f"α = {exponents[at]:g}", end, (6, 0), "data", "offset points", va="center")
    axes.set(
        xscale="log", yscale="log", xlabel="neurons N", ylabel="sensitivity", xlim=(neurons[0] / 1.5, neurons[-1] * 12)
    )
    axes.set_xticks(neurons, [f"{n:,}" for n in neurons])
    axes.xaxis.set_minor_locator(NullLocator())
