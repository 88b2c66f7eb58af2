"""The figures of the linear model, and how all figures of this study draw training steps and phases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from learning_geometry import style
from learning_geometry.instruments.phases import Phase, phases
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.store import Records
from learning_geometry.studies.llm_phases.experiments._free_features import turning_points

__all__ = ["plot_map", "plot_theory_conditions", "plot_trajectories"]

_BLUE, _RED, _GREEN, _PINK, _ORANGE, _SKY, _BLACK = style.COLOURS
TINTS = {"collapse": _ORANGE, "expansion": _SKY, "compression": _PINK}
"""The colour behind each phase."""

_LINES = {"collapse": ":", "expansion": "-", "compression": "--"}
_CONDITIONS = {
    "reference": "all three causes\n{} classes in {} dim.",
    "mse": "without cross-entropy:\nsquared errors",
    "uniform": "without skew:\nequal frequencies",
    "no_bottleneck": "without a bottleneck:\n{} classes in {} dim.",
}


def plot_trajectories(records: Records) -> Figure:
    """Features and classifier rows of 16 classes in the plane over training, with RankMe and both eigenvalues.

    Lines are dotted while `phases` finds a collapse, solid in the expansion, dashed in the compression; dots are ends.
    """
    picture = records.of("theory")[0]["picture"]
    steps, spans = picture["steps"], phases(picture["steps"], picture["rankme"])
    figure = style.figure(9, 3.9)
    grid = figure.add_gridspec(2, 3)
    planes = [figure.add_subplot(grid[:, column]) for column in (0, 1)]
    over = [figure.add_subplot(grid[0, 2])]
    over.append(figure.add_subplot(grid[1, 2], sharex=over[0]))
    # The pale end of the map would vanish on white.
    shades = ListedColormap(colormaps[style.MAP](np.linspace(0.9, 0, 64)))
    norm = LogNorm(100 * picture["frequencies"].min(), 100 * picture["frequencies"].max())
    for axes, name, title in zip(
        planes, ("features", "classifier"), ("Features", "Rows of the classifier"), strict=True
    ):
        _draw_paths(axes, picture, name, spans, shades, norm)
        axes.set(title=title, xlabel="first dimension", ylabel="second dimension")
    bar = figure.colorbar(ScalarMappable(norm, shades), ax=planes, location="bottom", aspect=40)
    bar.set_label("frequency of the class (%)")
    bar.set_ticks([2, 5, 10, 20], labels=["2", "5", "10", "20"])
    bar.ax.xaxis.set_minor_locator(NullLocator())
    over[0].plot(steps, picture["rankme"], color=_BLACK)
    over[0].set(title="Spectrum of the features", ylabel="RankMe", ylim=(0.95, 2.05))
    over[0].tick_params(labelbottom=False)
    for at, colour in enumerate((_BLUE, _RED)):
        over[1].plot(steps, picture["eigenvalues"][:, at], color=colour, label=f"{('first', 'second')[at]}")
    over[1].set(yscale="log", ylabel="eigenvalue", xlabel="training steps")
    figure.align_ylabels(over)
    over[1].legend(fontsize=8, loc="lower right")
    for axes in over:
        scale_steps(axes, steps)
        shade(axes, spans)
    tinted = [Rectangle((0, 0), 1, 1, color=TINTS[phase.name], alpha=0.25, lw=0) for phase in spans]
    lines = [planes[0].plot([], [], _LINES[phase.name], color=_BLACK, lw=1.2)[0] for phase in spans]
    if spans:
        handles: list[Any] = list(zip(tinted, lines, strict=True))
        names = [phase.name for phase in spans]
        figure.legend(handles, names, loc="lower right", ncols=3, fontsize=8, handlelength=2.5, columnspacing=1.2)
    return figure


def _draw_paths(axes: Axes, picture: Any, name: str, spans: Sequence[Phase], shades: Colormap, norm: LogNorm) -> None:
    steps, paths = picture["steps"], picture[name]
    whole = [Phase("expansion", float(steps[0]), float(steps[-1]))]  # a course without phases is drawn in one go
    axes.axhline(0, color="0.85", lw=0.8, zorder=0)
    axes.axvline(0, color="0.85", lw=0.8, zorder=0)
    for at, frequency in enumerate(picture["frequencies"]):
        colour = shades(norm(100 * frequency))
        for phase in spans or whole:
            inside = (steps >= phase.start) & (steps <= phase.end)
            axes.plot(*paths[inside, at].T, _LINES[phase.name], color=colour, lw=1.2)
        axes.plot(*paths[-1, at], "o", color=colour, ms=4 + 6 * frequency / picture["frequencies"].max())
    axes.set_aspect("equal", adjustable="datalim")


def plot_theory_conditions(records: Records) -> Figure:
    """RankMe as a share of the dimensions over training, with all three causes and without each; with falls in percent.

    A thin line is a seed, the thick one their median. The fall is that from the peak to the trough after it.
    """
    record = records.of("theory")[0]
    asked = record.unit.parameters
    figure = style.figure(9, 3.3)
    panels = figure.subplots(1, len(_CONDITIONS), sharey=True)
    for axes, (name, title) in zip(panels, _CONDITIONS.items(), strict=True):
        condition = record[name]
        dimensions = asked["classes"] if name == "no_bottleneck" else asked["dimension"]
        share = condition["rankme"] / dimensions
        axes.plot(condition["steps"], share.T, color=_SKY, lw=0.7)
        axes.plot(condition["steps"], np.median(share, axis=0), color=_BLUE, lw=2.2)
        falls = _falls(condition["rankme"])
        note = f"falls by {falls.mean():.1f} %\n({falls.min():.1f} to {falls.max():.1f})"
        axes.text(0.97, 0.24, note, transform=axes.transAxes, ha="right", va="bottom", fontsize=9)
        axes.set_title(title.format(asked["classes"], dimensions), fontsize=9.5)
        axes.set(xlabel="training steps", ylim=(0, 1.02))
        scale_steps(axes, condition["steps"])
    panels[0].set_ylabel("RankMe / dimensions")
    return figure


def _falls(rankme: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fall of each course from its peak to the trough after it, in percent of the peak."""
    _, peak, trough = (np.take_along_axis(rankme, at[:, None], axis=1)[:, 0] for at in turning_points(rankme))
    return 100 * (peak - trough) / peak


def plot_map(records: Records) -> Figure:
    """Mean fall of RankMe over skew and width; framed where the 95 % interval over seeds lies above 0."""
    record = records.of("theory_map")[0]
    falls, dimensions, exponents = record["fall"], record["dimensions"], record["exponents"]
    mean = falls.mean(axis=-1)
    top = max(1.0, float(mean.max()))  # less than a percent shall not look like much
    figure = style.figure(9, 3.9)
    axes = figure.subplots()
    image = axes.imshow(mean, origin="lower", aspect="auto", cmap=style.MAP, vmin=0, vmax=top)
    for (row, column), value in np.ndenumerate(mean):
        shown = f"{value:.1f}" if value >= 0.05 else f"{value:.1g}"  # a frame round 0.0 would be a riddle
        light = value > 0.6 * top
        framed = falls.shape[-1] > 1 and mean_interval(falls[row, column]).low > 0
        axes.text(column, row, shown, ha="center", va="center", color="black" if light else "white")
        if framed:
            box = Rectangle(
                (column - 0.44, row - 0.42), 0.88, 0.84, fill=False, ec="black" if light else "white", lw=1.6
            )
            axes.add_patch(box)
    ratios = [f"{dimension}\n{record['classes'] / dimension:.3g}" for dimension in dimensions]
    axes.set_xticks(np.arange(len(dimensions)), ratios)
    axes.set_yticks(np.arange(len(exponents)), [f"{exponent:g}" for exponent in exponents])
    axes.set(xlabel="dimensions; below, classes per dimension", ylabel="exponent of Zipf's law")
    axes.set_title("Where RankMe falls; framed: 95 % interval above 0")
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, label="fall from the peak (%)")
    return figure


def shade(axes: Axes, spans: Sequence[Phase], *, named: bool = False) -> None:
    """Tint the background of each phase, and write their names on top if asked to; the scale must be set before."""
    scale = axes.xaxis.get_transform()
    for phase in spans:
        axes.axvspan(
            phase.start, phase.end, color=TINTS[phase.name], alpha=0.18, lw=0, zorder=0, label=f"_{phase.name}"
        )
        if named:
            middle = scale.inverted().transform([scale.transform([phase.start, phase.end]).mean()])[0]
            axes.annotate(
                phase.name,
                (middle, 1.0),
                xytext=(0, 3),
                xycoords=axes.get_xaxis_transform(),
                textcoords="offset points",
                ha="center",
            )


def scale_steps(axes: Axes, steps: NDArray[np.int64]) -> None:
    """A logarithmic axis of training steps that has step 0 at its left edge: linear up to the first step after it."""
    positive = steps[steps > 0]
    axes.set_xscale("symlog", linthresh=float(positive[0]), linscale=0.4)
    decades = range(int(np.ceil(np.log10(positive[0]))), int(np.log10(positive[-1])) + 1)
    labels = {0: "1", 1: "10"}
    axes.set_xticks([0, *(10.0**k for k in decades)], ["0", *(labels.get(k, f"$10^{k}$") for k in decades)])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(0, float(steps[-1]))
