"""Figures of the linear model that weights classes by frequency: without each cause, over skew and width, class by class."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.experiments._free_features import moves, still_rising
from learning_geometry.studies.llm_phases.figures._phases import TINTS

_LOSSES = {
    "all": ("all losses", drawing.BLACK),
    "frequent": ("frequent classes'", drawing.RED),
    "rare": ("rare classes'", drawing.BLUE),
}
_CONDITIONS = {
    "reference": "all causes,\n{} in {} dim.",
    "uniform": "equal\nfrequencies",
    "no_bottleneck": "no bottleneck,\n{} in {} dim.",
    "few_classes": "no bottleneck,\n4 in {1} dim.",
    "squared_error_uniform": "squared errors,\nequal freq.",
    "squared_error": "squared errors,\nskewed freq.",
}


def plot_conditions(records: Records) -> Figure:
    """RankMe as a share of the dimensions over training, with all three causes and without each; with falls in percent.

    A thin line is a seed, the thick one their median. The fall is that from the peak to the trough after it. Titles say how
    many classes there are in how many dimensions.
    """
    theory, (unit,) = records["theory"], [record.unit for record in records.of("theory")]
    dimensions = theory.dimension.to_series()
    titles = [title.format(unit.theory_classes, dimensions[name]) for name, title in _CONDITIONS.items()]
    figure, grid = drawing.panels(titles, columns=6, height=2.2)
    for axes, name in zip(grid, _CONDITIONS, strict=True):
        rankme = theory.rankme.sel(condition=name)
        drawing.seeds_and_mean(
            axes,
            theory.step,
            rankme / dimensions[name],
            colour=drawing.BLUE,
            pale=(drawing.SKY, 0.55),
            centre=np.median,
        )
        courses = rankme.transpose("seed", "step").values
        falls, rising = moves(courses)[2], int(still_rising(theory.step, courses).sum())
        text = f"falls by {falls.mean():.1f} %\n({falls.min():.1f} to {falls.max():.1f})"
        text += f"\n{rising} of {len(falls)} still rise" if rising else ""
        drawing.note(axes, text)
        drawing.log_steps(axes, theory.step)
        axes.set(ylim=(0, 1.5), yticks=(0, 0.5, 1))  # room for the notes
    drawing.label_axes(grid, x="steps", y="RankMe / dimensions")
    return figure


def plot_mechanism(records: Records) -> Figure:
    """The fall of RankMe over skew and width; each class's way by phases; RankMe from the peak on under some classes' losses.

    Cells are framed where the 95 % interval over seeds lies above 0. Middle and right: of the seeds that have a third phase,
    means, with the range over seeds on the right.
    """
    runs = records["mechanism"]
    runs = runs.isel(seed=np.flatnonzero(runs.contracts)) if bool(runs.contracts.any()) else runs
    figure = drawing.figure(9, 2.9)
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.7, 1, 1))
    _draw_map(left, records)
    ranks = np.arange(1, runs.sizes["class"] + 1)
    below = np.zeros(len(ranks))
    for phase in runs.phase.values:
        share = runs.path.sel(phase=phase).transpose("seed", "class").values.mean(axis=0)
        middle.fill_between(ranks, below, below + share, color=TINTS[str(phase)], alpha=0.75, lw=0, label=str(phase))
        below = below + share
    middle.set(xlabel="rank of the class", ylabel="share", ylim=(0, 1), xlim=(1, ranks[-1]))
    middle.set_title("Share of a class's way")
    drawing.plain_log(middle)
    for name, (label, colour) in _LOSSES.items():
        drawing.band(right, runs.step, runs.continued.sel(loss=name), colour=colour, label=label)
    drawing.log_steps(right, runs.step)
    right.set(xlabel="steps after the peak", ylabel="RankMe / its peak", title="From the peak on")
    for axes in (middle, right):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24))
    return figure


def _draw_map(axes: Axes, records: Records) -> None:
    falls = records["theory_map"].fall.transpose("exponent", "dimension", "seed")
    mean = falls.mean("seed").values
    drawing.matrix(
        axes,
        mean,
        rows=[f"{exponent:g}" for exponent in falls.exponent.values],
        columns=[f"{int(cell)}\n{float(cell.classes_per_dimension):.3g}" for cell in falls.dimension],
        high=max(1.0, float(mean.max())),  # less than a percent shall not look like much
        write=lambda fall: f"{fall:.1f}" if fall >= 0.05 else f"{fall:.1g}",  # a frame round 0.0 would look wrong
        framed=[[falls.sizes["seed"] > 1 and mean_interval(cell).low > 0 for cell in row] for row in falls.values],
        origin="lower",
        aspect="auto",
    )
    axes.set(xlabel="dimensions; below, classes per dimension", ylabel="exponent of Zipf's law")
    axes.set_title("Fall from the peak (%)")
