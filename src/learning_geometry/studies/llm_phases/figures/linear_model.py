"""Figures of the linear model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from learning_geometry import drawing
from learning_geometry.instruments.phases import Phase, phases
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.experiments._free_features import moves, still_rising
from learning_geometry.studies.llm_phases.figures._phases import TINTS

_LINES = {"collapse": ":", "expansion": "-", "compression": "--"}
_CONDITIONS = {
    "reference": "all three causes:\n{} classes, {} dim.",
    "uniform": "without skew:\nequal frequencies",
    "no_bottleneck": "without a bottleneck:\n{} classes, {} dim.",
    "few_classes": "without a bottleneck:\n4 classes, {1} dim.",
    "squared_error_uniform": "squared errors,\nequal frequencies",
    "squared_error": "without cross-entropy:\nsquared errors",
}


def plot_trajectories(records: Records) -> Figure:
    """Features and classifier rows of 16 classes in the plane over training, with RankMe and both eigenvalues.

    Lines are dotted while `phases` finds a collapse, solid in the expansion, dashed in the compression; dots are ends.
    """
    picture = records.of("trajectories")[0].result
    spans = phases(picture.step, picture.rankme)
    figure = drawing.figure(9, 3.9)
    grid = figure.add_gridspec(2, 3)
    planes = [figure.add_subplot(grid[:, column]) for column in (0, 1)]
    upper = figure.add_subplot(grid[0, 2])
    lower = figure.add_subplot(grid[1, 2], sharex=upper)
    # The pale end of the map would vanish on white.
    shades = ScalarMappable(
        LogNorm(100 * float(picture.frequency.min()), 100 * float(picture.frequency.max())),
        ListedColormap(colormaps[drawing.MAP](np.linspace(0.9, 0, 64))),
    )
    for axes, name, title in zip(
        planes, ("features", "classifier"), ("Features", "Rows of the classifier"), strict=True
    ):
        _draw_paths(axes, picture, name, spans, shades)
        axes.set(title=title, xlabel="first dimension", ylabel="second dimension")
    bar = figure.colorbar(shades, ax=planes, location="bottom", aspect=40, label="frequency of the class (%)")
    bar.set_ticks([2, 5, 10, 20], labels=["2", "5", "10", "20"])
    bar.ax.xaxis.set_minor_locator(NullLocator())
    upper.plot(picture.step, picture.rankme, color=drawing.BLACK)
    upper.set(title="Spectrum of the features", ylabel="RankMe", ylim=(0.95, 2.05))
    upper.tick_params(labelbottom=False)
    for eigenvalue, name, colour in zip(picture.eigenvalues.T, ("first", "second"), drawing.COLOURS, strict=False):
        lower.plot(picture.step, eigenvalue, color=colour, label=name)
    lower.set(yscale="log", ylabel="eigenvalue", xlabel="training steps")
    lower.legend(loc="lower right")
    for axes in (upper, lower):
        drawing.log_steps(axes, picture.step)
        drawing.shade_phases(axes, spans, TINTS)
    figure.align_ylabels([upper, lower])
    if spans:
        lines = [drawing.key(phase.name, _LINES[phase.name], color=drawing.BLACK) for phase in spans]
        pairs: list[Any] = list(zip(drawing.phase_keys(spans, TINTS), lines, strict=True))
        figure.legend(pairs, [phase.name for phase in spans], loc="outside lower right", ncols=3, handlelength=2.5)
    return figure


def _draw_paths(axes: Axes, picture: xr.Dataset, name: str, spans: Sequence[Phase], shades: ScalarMappable) -> None:
    steps, paths = picture.step.values, picture[name].values
    whole = [Phase("expansion", float(steps[0]), float(steps[-1]))]  # a course without phases is drawn in one go
    axes.axhline(0, color="0.85", lw=0.8, zorder=0)
    axes.axvline(0, color="0.85", lw=0.8, zorder=0)
    for path, frequency in zip(paths.swapaxes(0, 1), picture.frequency.values, strict=True):
        colour = shades.to_rgba(100 * frequency)
        for phase in spans or whole:
            inside = (steps >= phase.start) & (steps <= phase.end)
            axes.plot(*path[inside].T, _LINES[phase.name], color=colour, lw=1.2)
        axes.plot(*path[-1], "o", color=colour, ms=4 + 6 * frequency / float(picture.frequency.max()))
    axes.set_aspect("equal", adjustable="datalim")


def plot_conditions(records: Records) -> Figure:
    """RankMe as a share of the dimensions over training, with all three causes and without each; with falls in percent.

    A thin line is a seed, the thick one their median. The fall is that from the peak to the trough after it.
    """
    theory, (unit,) = records["theory"], [record.unit for record in records.of("theory")]
    dimensions = theory.dimension.to_series()
    titles = [title.format(unit.theory_classes, dimensions[name]) for name, title in _CONDITIONS.items()]
    figure, grid = drawing.panels(titles, columns=3, height=2.6)
    for axes, name in zip(grid, _CONDITIONS, strict=True):
        rankme = theory.rankme.sel(condition=name)
        drawing.seeds_and_mean(
            axes, theory.step, rankme / dimensions[name], colour=drawing.BLUE, pale=drawing.SKY, centre=np.median
        )
        courses = rankme.transpose("seed", "step").values
        falls, rising = moves(courses)[2], int(still_rising(theory.step, courses).sum())
        text = f"falls by {falls.mean():.1f} %\n({falls.min():.1f} to {falls.max():.1f})"
        text += f"\n{rising} of {len(falls)} still rise" if rising else ""
        drawing.note(axes, text, "lower right" if courses[:, -1].mean() > 0.5 * dimensions[name] else "upper right")
        drawing.log_steps(axes, theory.step)
        axes.set_ylim(0, 1.02)
    drawing.label_axes(grid, x="training steps", y="RankMe / dimensions")
    return figure


def plot_map(records: Records) -> Figure:
    """Mean fall of RankMe over skew and width; framed where the 95 % interval over seeds lies above 0."""
    falls = records["theory_map"].fall.transpose("exponent", "dimension", "seed")
    mean = falls.mean("seed").values
    framed = [[falls.sizes["seed"] > 1 and mean_interval(cell).low > 0 for cell in row] for row in falls.values]
    figure = drawing.figure(9, 3.9)
    axes = figure.subplots()
    image = drawing.matrix(
        axes,
        mean,
        rows=[f"{exponent:g}" for exponent in falls.exponent.values],
        columns=[f"{int(cell)}\n{float(cell.classes_per_dimension):.3g}" for cell in falls.dimension],
        high=max(1.0, float(mean.max())),  # less than a percent shall not look like much
        write=lambda fall: f"{fall:.1f}" if fall >= 0.05 else f"{fall:.1g}",  # a frame round 0.0 would look wrong
        framed=framed,
        origin="lower",
        aspect="auto",
    )
    axes.set(xlabel="dimensions; below, classes per dimension", ylabel="exponent of Zipf's law")
    axes.set_title("Where RankMe falls; framed: 95 % interval above 0")
    figure.colorbar(image, ax=axes, label="fall from the peak (%)")
    return figure
