"""Exponents, gradients and spectra of trained networks."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import networks
from learning_geometry.studies.adaptive_neurons.figures._looks import LOOKS

_MODELS = ("adaptive", "heterogeneous", "fixed", "relu")


def plot_exponents(records: Records) -> Figure:
    """The largest Lyapunov exponent against the drive, and gradients on their way back through time."""
    titles = ["Largest exponent", "Gradients"]
    figure, (left, right) = drawing.panels(titles, columns=2, height=2.1, share_y=False)
    for model in reversed((*_MODELS, "tanh")):
        name, colour = LOOKS[model]
        data = networks(records, model, "dynamics")
        if model != "tanh":
            drawing.band(left, data.drive, data.exponent, colour=colour, label=name, marker="o")
        drawing.band(right, data.time, data.gradient, colour=colour, label=name)
    left.axhline(0, color=drawing.GREY, lw=1)
    left.set(xlabel="constant drive", ylabel="nats a step")
    right.axhline(0, color=drawing.GREY, lw=1)
    right.set(xlabel="step", ylabel="gradient (powers of ten)")
    drawing.legend_below(figure, across=5)
    return figure


def plot_spectra(records: Records) -> Figure:
    """Eigenvalues of recurrent weights after training, first seed; before training all lie on the circle."""
    figure, grid = drawing.panels([LOOKS[model][0] for model in _MODELS], columns=4, height=2.1)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    for axes, model in zip(grid, _MODELS, strict=True):
        data = networks(records, model, "dynamics").isel(seed=0)
        axes.plot(circle.real, circle.imag, color=drawing.GREY, lw=1)
        axes.plot(data["real"], data["imaginary"], ".", color=LOOKS[model][1], ms=5)
        axes.set_aspect("equal")
    drawing.label_axes(grid, x="real part", y="imaginary part")
    return figure
