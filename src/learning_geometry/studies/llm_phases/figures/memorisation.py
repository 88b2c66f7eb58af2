"""Figures of the likeness to n-grams, and of predictions by how far back they reach."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._published import TABLE_7
from learning_geometry.studies.llm_phases.figures._phases import TINTS, median_phases

_PANELS = {
    "spearman": ("Likeness to infini-grams", "Spearman correlation"),
    "top": ("Infini-gram's first choice", "share of contexts in agreement"),
    "bigram": ("Bigram's first choice", "share of contexts in agreement"),
}


def plot_memorisation(records: Records) -> Figure:
    """How closely the small model's predictions follow n-grams of its training stream: thin lines seeds, thick the mean."""
    trainings = records["pretraining"]
    spans = median_phases(trainings)
    titles = [title for title, _ in _PANELS.values()]
    figure, grid = drawing.panels(titles, *drawing.phase_keys(spans, TINTS), share_y=False)
    for axes, (name, (_, label)) in zip(grid, _PANELS.items(), strict=True):
        likeness = trainings.memorisation.sel(likeness=name)
        drawing.seeds_and_mean(axes, trainings.step, likeness, colour=drawing.BLUE, pale=drawing.SKY)
        axes.set(xlabel="training steps", ylabel=label)
        drawing.log_steps(axes, trainings.step)
        drawing.shade_phases(axes, spans, TINTS)
    return figure


def plot_reach(records: Records) -> Figure:
    """Accuracy of predictions by their reach, as a share of its last value, and suffix lengths beside table 7."""
    trainings = records["pretraining"]
    spans = median_phases(trainings)
    figure, (left, right) = drawing.panels(
        ["Accuracy by reach, share of the last", "Suffixes of the infini-gram"], columns=2, share_y=False
    )
    for reach, colour in zip(trainings.reach.values, (drawing.BLUE, drawing.GREEN, drawing.RED), strict=True):
        accuracy = trainings.accuracy_by_reach.sel(reach=reach)
        last = accuracy.isel(step=-1, drop=True)
        drawing.band(left, trainings.step, accuracy / last.where(last > 0, 1.0), colour=colour, label=str(reach))
    drawing.log_steps(left, trainings.step)
    drawing.shade_phases(left, spans, TINTS)
    left.set(xlabel="training steps", ylabel="accuracy / last accuracy", ylim=(0, None))
    left.legend(loc="upper left")
    places = np.arange(len(TABLE_7))
    own = 100 * trainings.suffix_shares.isel(seed=0).values
    right.bar(places - 0.2, list(TABLE_7.values()), 0.4, color=drawing.ORANGE, label="TriviaQA: table 7, as printed")
    right.bar(places + 0.2, own, 0.4, color=drawing.BLUE, label="held-out code, here")
    names = ["≤ 3" if "less" in name else "> 8" if "more" in name else name for name in TABLE_7]
    right.set_xticks(places, names)
    right.set(xlabel="tokens in the longest suffix", ylabel="contexts (%)")
    right.legend(loc="upper right")
    return figure
