"""Figure of the linear model that weights classes by frequency, with all three causes and without each."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.experiments._free_features import moves, still_rising

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
    figure, grid = drawing.panels(titles, columns=6, height=2.4)
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
    drawing.label_axes(grid, x="steps", y="RankMe / dimensions")
    return figure
