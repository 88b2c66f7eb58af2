"""Exponents, gradients and spectra of trained networks."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import networks
from learning_geometry.studies.adaptive_neurons.figures._looks import LOOKS

_MODELS = ("adaptive", "heterogeneous", "fixed", "relu")


def plot_exponents(records: Records) -> Figure:
    """The largest Lyapunov exponent against the drive, and gradients on their way back; below, eigenvalues of recurrent weights, first seed."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 4.5)
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=[1.05, 1]))
    left, right = above.subplots(1, 2)
    for model in reversed((*_MODELS, "tanh")):
        name, colour = LOOKS[model]
        data = networks(records, model, "dynamics")
        if model != "tanh":
            drawing.band(left, data.drive, data.exponent, colour=colour, label=name, marker="o")
        drawing.band(right, data.time, data.gradient, colour=colour, label=name)
    left.axhline(0, color=drawing.GREY, lw=1)
    left.set(title="Largest exponent", xlabel="constant drive", ylabel="nats a step")
    right.axhline(0, color=drawing.GREY, lw=1)
    right.set(title="Gradients", xlabel="step", ylabel="powers of ten")
    drawing.legend_outside(right)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    grid = below.subplots(1, len(_MODELS), sharey=True)
    for axes, model in zip(grid, _MODELS, strict=True):
        data = networks(records, model, "dynamics").isel(seed=0)
        axes.plot(circle.real, circle.imag, color=drawing.GREY, lw=1)
        axes.plot(data["real"], data["imaginary"], ".", color=LOOKS[model][1], ms=5)
        axes.set_aspect("equal")
        axes.set_title(LOOKS[model][0])
        axes.set_xlabel("real part")
    grid[0].set_ylabel("imaginary part")
    return figure
