"""Figure of the likeness to n-grams, of predictions by how far back they reach, and of suffix lengths."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._published import TABLE_7
from learning_geometry.studies.llm_phases.figures._phases import TINTS, median_phases

_LIKENESS = {
    "spearman": ("infini-gram, correlation", drawing.BLUE),
    "top": ("infini-gram, first choice", drawing.GREEN),
    "bigram": ("bigram, first choice", drawing.RED),
}
_REACHES = (drawing.BLUE, drawing.GREEN, drawing.RED)


def plot_memorisation(records: Records) -> Figure:
    """Likeness of the model to n-grams of its training stream, accuracy by reach as a share of its last, and suffix lengths.

    Lines are means over seeds, bands their range. Suffixes stand beside table 7 of the paper.
    """
    trainings = records["pretraining"]
    spans = median_phases(trainings)
    titles = ["Likeness to n-grams", "Accuracy by reach", "Suffixes of the infini-gram"]
    figure, (left, middle, right) = drawing.panels(titles, columns=3, share_y=False, height=2.9)
    for name, (label, colour) in _LIKENESS.items():
        drawing.band(left, trainings.step, trainings.memorisation.sel(likeness=name), colour=colour, label=label)
    for reach, colour in zip(trainings.reach.values, _REACHES, strict=True):
        accuracy = trainings.accuracy_by_reach.sel(reach=reach)
        last = accuracy.isel(step=-1, drop=True)
        drawing.band(middle, trainings.step, accuracy / last.where(last > 0, 1.0), colour=colour, label=str(reach))
    for axes in (left, middle):
        drawing.log_steps(axes, trainings.step)
        drawing.shade_phases(axes, spans, TINTS)
        axes.set_xlabel("training steps")
    left.set_ylabel("correlation, share in agreement")
    middle.set(ylabel="accuracy / last accuracy", ylim=(0, None))
    _draw_suffixes(right, 100 * trainings.suffix_shares.isel(seed=0).values)
    for axes in (left, middle, right):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24))
    return figure


def _draw_suffixes(axes: Axes, own: np.ndarray) -> None:
    places = np.arange(len(TABLE_7))
    axes.bar(places - 0.2, list(TABLE_7.values()), 0.4, color=drawing.ORANGE, label="TriviaQA: table 7, as printed")
    axes.bar(places + 0.2, own, 0.4, color=drawing.BLUE, label="held-out code, here")
    names = ["≤ 3" if "less" in name else "> 8" if "more" in name else name for name in TABLE_7]
    axes.set_xticks(places, names)
    axes.set(xlabel="tokens in the longest suffix", ylabel="contexts (%)")
