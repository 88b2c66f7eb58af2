"""Gains and slopes of neurons under noise of several spreads."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.gain_scaling import fit_power_law
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import networks
from learning_geometry.studies.adaptive_neurons.figures._looks import LOOKS


def plot_gain(records: Records) -> Figure:
    """The gain of adaptive neurons relative to its value under the least noise, before and after training; and slopes of all models."""
    coding = networks(records, "adaptive", "coding")
    figure, grid = drawing.panels(["Gain before training", "Gain after training", "Slope"], height=2.1, share_y=False)
    for axes, stage in zip(grid, ("untrained", "trained"), strict=False):
        gain = coding.gain.sel(stage=stage)
        relative = 100 * (gain / gain.isel(sd=0) - 1)
        drawing.seeds_and_mean(axes, coding.sd, relative, colour=drawing.BLUE, marker="o")
        fit = fit_power_law(coding.sd.values, relative.mean("seed").values)
        x = np.linspace(float(coding.sd[0]), float(coding.sd[-1]), 100)
        axes.plot(x, fit.amplitude * x**-fit.exponent + fit.offset, ":", color=drawing.BLACK, lw=1.4)
        axes.axhline(0, color=drawing.GREY, lw=1)
        axes.set_xlabel("standard deviation of noise")
    # The same scale for both, so that what training does can be seen.
    reach = max(abs(bound) for axes in grid[:2] for bound in axes.get_ylim())
    for axes in grid[:2]:
        axes.set_ylim(-reach, reach)
    grid[0].set_ylabel("change of gain (%)")
    for model in ("tanh", "relu", "fixed", "adaptive"):
        name, colour = LOOKS[model]
        slope = networks(records, model, "coding").slope.sel(stage="trained")
        drawing.band(grid[2], slope.sd, slope, colour=colour, label=name, marker="o")
    grid[2].set(xlabel="standard deviation of noise", ylabel="mean slope", ylim=(0, 1.02))
    drawing.legend_below(figure)
    return figure
