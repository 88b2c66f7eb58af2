"""Figure of the two theorems and of the alignment of singular vectors."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records


def plot_theorems(records: Records) -> Figure:
    """Imbalance against the rate, growth against what theorem 2 predicts, and alignment beside RankMe over training.

    Left, dots are seeds and the line has slope one. Middle, one seed: a dot is a singular value at one time. Right, means over
    seeds.
    """
    balanced, generic = records["theorems", "balanced"], records["theorems", "generic"]
    figure, (left, middle, right) = drawing.panels(
        ["Theorem 1: balance", "Theorem 2: growth", "Alignment"], columns=3, share_y=False, height=2.3
    )
    drift = balanced.drift.transpose("seed", "rate").values
    for one in drift:
        left.plot(balanced.rate, one, "o", color=drawing.BLUE, ms=4)
    mean = np.exp(np.log(drift).mean(axis=0))
    left.plot(balanced.rate, mean[0] * balanced.rate / balanced.rate[0], color=drawing.BLACK, lw=1.2, label="slope 1")
    drawing.log_ticks(left, balanced.rate)
    left.set(yscale="log", xlabel="learning rate", ylabel="largest imbalance")
    left.legend(loc="upper left")
    run = balanced.isel(seed=0)
    size, change, factor = (run[name].values.ravel() for name in ("singular", "change", "factor"))
    middle.plot(size, change, ".", color=drawing.ORANGE, ms=5, label="against σ")
    middle.plot(size * factor, change, ".", color=drawing.BLUE, ms=5, label="against |g| σ")
    ends = [float((size * factor).min()), float((size * factor).max())]
    middle.plot(ends, ends, color=drawing.BLACK, lw=0.9)
    middle.set(xscale="log", yscale="log", xlabel="σ, or |g| σ", ylabel="|dσ / dt|")
    middle.legend(loc="lower right")
    drawing.band(right, generic.step, generic.alignment, colour=drawing.BLUE, label="alignment")
    drawing.band(
        right, generic.step, generic.rankme / generic.rankme.max(), colour=drawing.RED, label="RankMe / largest"
    )
    drawing.log_steps(right, generic.step)
    right.set(xlabel="training steps", ylabel="squared cosine, share", ylim=(0, 1.05))
    right.legend(loc="lower right")
    return figure
