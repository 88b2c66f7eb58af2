"""Figure of the trainings that each lack one cause."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import by_seed, fall
from learning_geometry.studies.llm_phases.experiments._free_features import still_rising

_CONDITIONS = {
    "no_bottleneck": "without a bottleneck:\nsingle characters",
    "uniform": "without skew:\nbalanced targets",
    "squared_error": "without cross-entropy:\nsquared errors",
}


def plot_causes(records: Records) -> Figure:
    """RankMe, divided by its peak, of the small model and of trainings that lack one cause each, with its fall.

    The fall is that from the peak to the last checkpoint, as in the claims: located on half of the contexts, measured
    on the others, mean and range over seeds. Seeds that still rise have not fallen yet.
    """
    runs = {"all three causes:\nthe reference": records["pretraining"]}
    runs |= {title: records.select("controls", condition=name) for name, title in _CONDITIONS.items()}
    figure, grid = drawing.panels(list(runs), columns=4, height=2.3)
    for axes, trainings in zip(grid, runs.values(), strict=True):
        rankme = trainings.rankme.transpose("seed", "step")
        peaks = by_seed(trainings, lambda run, turn: run.rankme[turn.peak])
        heights = rankme.values / np.array(list(peaks.values()))[:, None]
        drawing.seeds_and_mean(axes, trainings.step, heights, colour=drawing.BLUE, pale=(drawing.SKY, 0.55))
        falls = np.array(list(by_seed(trainings, lambda run, _: fall(run)).values()))
        text = f"falls by {falls.mean():.1f} %\n({falls.min():.1f} to {falls.max():.1f})".replace("-", "−")
        rising = int(still_rising(trainings.step, rankme).sum())
        drawing.note(axes, text + (f"\n{rising} of {len(falls)} still rise" if rising else ""))
        drawing.log_steps(axes, trainings.step)
        axes.set_xlabel("training steps")
    grid[0].set(ylabel="RankMe / its peak", ylim=(0, 1.35 * grid[0].get_ylim()[1]))  # room for the notes
    return figure
