"""Figure of the collapse: other ramps of the learning rate, the loss of the unigram, and the alignment of eigenvectors."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_COLOURS = (drawing.RED, drawing.GREEN, drawing.ORANGE, drawing.PINK)


def plot_ramps(records: Records) -> Figure:
    """RankMe and held-out loss under several ramps, and the squared cosine of the leading eigenvectors in the reference.

    Lines are means over seeds, bands their range. Vertical lines mark where ramps end; the dotted line is the loss of
    token frequencies.
    """
    trainings, reference = records["warm_ups"], records["pretraining"]
    figure, grid = drawing.panels(
        ["RankMe", "Held-out loss", "Alignment in the reference"], columns=3, share_y=False, height=2.3
    )
    early = reference.isel(step=np.flatnonzero(reference.step <= trainings.step[-1]))
    (ramp,) = {record.unit.warm_up for record in records.of("pretraining")}
    runs = {int(one): trainings.sel(ramp=one) for one in trainings.ramp.values} | {int(ramp): early}
    colours = dict(zip(sorted(runs), _COLOURS, strict=False))
    for length in sorted(runs):
        label = "no ramp" if length == 1 else f"ramp of {length} steps"
        for axes, name in zip(grid, ("rankme", "loss"), strict=False):
            drawing.band(axes, runs[length].step, runs[length][name], colour=colours[length], label=label)
            axes.axvline(length, color=colours[length], lw=0.8, ls="--")
    grid[1].axhline(float(reference.unigram_loss.mean()), color=drawing.BLACK, ls=":", lw=1.2, label="unigram")
    drawing.seeds_and_mean(grid[2], reference.step, reference.alignment, colour=drawing.BLUE, pale=(drawing.SKY, 0.55))
    for axes, steps in zip(grid, (trainings.step, trainings.step, reference.step), strict=True):
        drawing.log_steps(axes, steps)
        axes.set_xlabel("training steps")
    grid[0].set(ylabel="RankMe", ylim=(0, None))
    grid[1].set_ylabel("nats")
    grid[2].set(ylabel="squared cosine", ylim=(0, 1.02))
    drawing.legend_below(figure)
    return figure
