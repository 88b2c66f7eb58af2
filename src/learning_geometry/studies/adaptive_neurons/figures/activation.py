"""The activation function, what neurons make of it, and how little its output depends on the gain."""

import numpy as np
import torch
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.activation import derivatives, gamma
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import networks

_X = np.linspace(-1.5, 1.5, 201)
_EXAMPLES = [(2.0, 0.0, drawing.SKY), (6.0, 0.0, drawing.BLUE), (6.0, 0.5, drawing.ORANGE), (6.0, 1.0, drawing.RED)]


def plot_function(records: Records) -> Figure:
    """The family of activations; those of heterogeneous neurons after training; and the effect of gain on the output."""
    shapes = networks(records, "heterogeneous", "shapes").isel(seed=0)
    figure, (left, middle, right) = drawing.panels(
        ["The family", "Learned, neuron by neuron", "What gain can do"], height=2.2, share_y=False
    )
    for n, s, colour in _EXAMPLES:
        left.plot(_X, _curve(n, s), color=colour, label=f"n = {n:g}, s = {s:g}")
    left.set(xlabel="pre-activation", ylabel="output")
    left.legend(loc="upper left")
    order = np.argsort(shapes.saturation.sel(stage="trained").values)
    for place, neuron in enumerate(order):
        trained = shapes.sel(stage="trained").isel(neuron=neuron)
        hue = (0.1 + 0.8 * place / len(order), 0.35, 0.9 - 0.8 * place / len(order))
        middle.plot(_X, _curve(float(trained.gain), float(trained.saturation)), color=hue, lw=0.8, alpha=0.7)
    before = shapes.sel(stage="untrained").isel(neuron=0)
    middle.plot(_X, _curve(float(before.gain), float(before.saturation)), color="black", ls="--", lw=1.4)
    drawing.note(middle, "dashed: before training", "upper left")
    middle.set(xlabel="pre-activation")
    for n, s, colour in _EXAMPLES[:2]:
        x = torch.from_numpy(_X)
        of_n = derivatives(x, torch.tensor(n).double(), torch.tensor(s).double())[1]
        right.plot(_X, -of_n, color=colour)
        right.axhline(np.log(2) / n**2, color=colour, ls=":", lw=1.2)
        right.annotate(f"n = {n:g}", (0.7, float(np.log(2) / n**2)), ha="left", va="bottom", color=colour)
    right.set(xlabel="pre-activation", ylabel="fall of output", ylim=(0, 0.2))
    return figure


def _curve(n: float, s: float) -> np.ndarray:
    x = torch.from_numpy(_X)
    return gamma(x, torch.tensor(n, dtype=x.dtype), torch.tensor(s, dtype=x.dtype)).numpy()
