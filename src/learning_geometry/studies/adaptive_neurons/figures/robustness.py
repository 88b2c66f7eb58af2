"""Accuracy of all networks, clean and perturbed."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import accuracy, under
from learning_geometry.studies.adaptive_neurons.figures._looks import LOOKS

_KINDS = {
    "noise": ("Noise", "standard deviation of noise"),
    "drift": ("Drift", "amplitude of drift"),
    "drive": ("Drive", "step of drive"),
}
_CURVES = ("adaptive", "heterogeneous", "fixed", "relu", "tanh")


def plot_accuracy(records: Records) -> Figure:
    """Accuracy against the size of a perturbation, one panel a kind."""
    figure, grid = drawing.panels([title for title, _ in _KINDS.values()], height=2.1)
    for axes, (kind, (_, label)) in zip(grid, _KINDS.items(), strict=True):
        for model in reversed(_CURVES):
            name, colour = LOOKS[model]
            cells = accuracy(records, model)
            chosen = cells.isel(condition=np.isin(cells.kind, ["clean", kind]))
            drawing.band(
                axes, chosen["size"], chosen.drop_vars(["kind", "size"]), colour=colour, label=name, marker="o"
            )
        axes.set_xlabel(label)
    drawing.label_axes(grid, y="accuracy (%)")
    drawing.legend_below(figure, across=5)
    return figure


def plot_models(records: Records) -> Figure:
    """Accuracy of every model under each kind of perturbation, mean over its sizes; a mark for each seed."""
    rows = [(name, colour, model, "plain") for model, (name, colour) in LOOKS.items()]
    rows.insert(4, ("fixed, wide", drawing.GREY, "fixed", "wide"))
    rows.insert(5, ("fixed, noise in training", drawing.GREY, "fixed", "noise"))
    figure, grid = drawing.panels(["Clean", *(title for title, _ in _KINDS.values())], columns=4, height=2.8)
    for axes, kind in zip(grid, ["clean", *_KINDS], strict=True):
        for row, (_, colour, model, variant) in enumerate(rows):
            drawing.seeds_row(axes, row, under(accuracy(records, model, variant), kind), colour=colour)
    for axes in grid:
        drawing.label_rows(axes, [name for name, *_ in rows])
    drawing.label_axes(grid, x="accuracy (%)")
    return figure
