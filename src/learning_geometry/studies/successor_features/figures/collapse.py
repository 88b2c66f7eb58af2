"""Collapse, and which measures see it."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import NAMES, at_end, part
from learning_geometry.studies.successor_features.figures._looks import LOOKS, curve

_CURVES = ("simple", "canonical", "no stop-gradient", "orthogonality", "reconstruction", "random")


def plot_collapse(records: Records) -> Figure:
    """How far features are from one direction over the first task, and two effective ranks at its end."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.8)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1])
    for agent in _CURVES:
        cosine = part(records, agent, "course").feature_cosine.sel(phase=1)
        curve(left, agent, (1 - cosine).clip(min=1e-6))
    left.set(yscale="log", xlabel="updates", ylabel="1 − mean cosine", title="Spread of features")
    for row, agent in enumerate(_CURVES):
        for measure, marker in (("uncentred rank", "o"), ("centred rank", "D")):
            drawing.seeds_row(
                right, row, at_end(records, agent, measure), colour=LOOKS[agent][0], marker=marker, interval=False
            )
    drawing.label_rows(right, [NAMES[agent] for agent in _CURVES])
    drawing.log_ticks(right, [1, 2, 5, 10, 20])
    right.set(xlabel="effective rank of directions", title="Two ranks after task 1")
    handles = [drawing.key(NAMES[a], LOOKS[a][1], color=LOOKS[a][0]) for a in _CURVES]
    marks = [
        drawing.key("rank, uncentred", "", marker="o", mfc="none"),
        drawing.key("rank, centred", "", marker="D", mfc="none"),
    ]
    drawing.legend_below(figure, *handles, *marks, across=4)
    return figure
